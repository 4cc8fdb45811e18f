import { OptionError } from '../connector.ts';

/** us */
const SECOND = 1e6;
const units: Readonly<Record<string, number>> = {
  Y: 86_400 * SECOND,
  m: 86_400 * SECOND,
  d: 86_400 * SECOND,
  j: 86_400 * SECOND,
  F: 86_400 * SECOND,
  H: 3_600 * SECOND,
  M: 60 * SECOND,
  S: SECOND,
};

/** A path with parts of the time in it, such as `out/%Y-%m-%d.csv`. */
export interface TimePattern {
  /** All moments of a span of this length (us, from 1970 on) have the same path. */
  readonly span: number;
  /** The path of the rows of a moment, in us since 1970 UTC. */
  readonly path: (time: number) => string;
}

/**
 * The time pattern that a path is; undefined for one without. As in strftime(3): %Y %m %d %j (day of the year) %F (%Y-%m-%d)
 * %H %M %S, in UTC; %% is a percent sign.
 *
 * @throws OptionError for another letter.
 */
export function timePattern(path: string): TimePattern | undefined {
  const codes = [...path.matchAll(/%(.?)/g)].map((found) => found[1]!);
  if (codes.length === 0) return undefined;
  const unknown = codes.find((code) => code !== '%' && !Object.hasOwn(units, code));
  if (unknown !== undefined) {
    throw new OptionError('path', `a path with %${unknown}`, [
      `known are: ${Object.keys(units)
        .map((code) => `%${code}`)
        .join(' ')}; %% is a percent sign`,
    ]);
  }
  const spans = codes.flatMap((code) => units[code] ?? []);
  return {
    span: spans.length === 0 ? Infinity : Math.min(...spans),
    path: (time) => path.replace(/%(.)/g, (_, code: string) => (code === '%' ? '%' : part(code, time))),
  };
}

function part(code: string, time: number): string {
  const text = new Date(Math.floor(time / 1000)).toISOString();
  switch (code) {
    case 'Y':
      return text.slice(0, 4);
    case 'm':
      return text.slice(5, 7);
    case 'd':
      return text.slice(8, 10);
    case 'F':
      return text.slice(0, 10);
    case 'H':
      return text.slice(11, 13);
    case 'M':
      return text.slice(14, 16);
    case 'S':
      return text.slice(17, 19);
    default: {
      const day = (Date.parse(text.slice(0, 10)) - Date.parse(`${text.slice(0, 4)}-01-01`)) / 86_400_000;
      return String(day + 1).padStart(3, '0');
    }
  }
}
