import { distance } from 'fastest-levenshtein';
import { formatOfPath, formats, isFormat, type FormatName } from '../data/format/catalog.ts';
import type { Json, Options } from '../plan/plan.ts';
import { OptionError, type OptionSpec } from './connector.ts';

type Specs = Readonly<Record<string, OptionSpec>>;

/** What an option called `name` takes. A key such as `fields.*.min` stands for every name of that form. */
export function specOf(specs: Specs, name: string): OptionSpec | undefined {
  if (Object.hasOwn(specs, name)) return specs[name];
  const pattern = Object.keys(specs).find((key) => {
    const [before, after] = key.split('*');
    return after !== undefined && name.startsWith(before!) && name.endsWith(after);
  });
  return pattern === undefined ? undefined : specs[pattern];
}

/** @throws OptionError for an unknown option, one of the wrong type, or one that is missing. */
export function checkOptions(connector: string, specs: Specs, options: Options): void {
  for (const [name, value] of Object.entries(options)) {
    // Put there by `describe`, not by the user.
    if (internal.has(name)) continue;
    const spec = specOf(specs, name);
    if (spec === undefined) {
      const known = Object.keys(specs);
      throw new OptionError(name, `${connector} has no option ${name}`, [
        ...meant(name, known),
        `it has: ${known.join(', ')}`,
      ]);
    }
    checkOption(name, spec, value);
  }
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.required === true && options[name] === undefined) {
      throw new OptionError(name, `${connector} needs the option ${name}: ${spec.doc}`);
    }
  }
}

/**
 * Columns that tell of a row's place, by name; files found; names of a header; whether a job can go on from offsets; the
 * sink of rows that cannot be read.
 */
const internal: ReadonlySet<string> = new Set([
  ...['metadata', 'files', 'patterns', 'names', 'byPosition', 'epochs', 'target', 'rejects', 'batch_rows', 'timezone'],
]);

function checkOption(name: string, spec: OptionSpec, value: Json): void {
  if (!fits[spec.type](value)) throw new OptionError(name, `option ${name} takes ${described[spec.type]}`);
  const words = spec.oneOf;
  if (words === undefined || spec.orSink || typeof value !== 'string' || words.includes(value)) return;
  throw new OptionError(name, `option ${name} is '${value}'`, [
    ...meant(value, words),
    `it can be: ${words.join(', ')}`,
  ]);
}

const fits: Readonly<Record<OptionSpec['type'], (value: Json) => boolean>> = {
  text: (value) => typeof value === 'string',
  integer: (value) => Number.isSafeInteger(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  duration: (value) => typeof value === 'number' && value >= 0,
  list: (value) => typeof value === 'string' || (Array.isArray(value) && value.every((v) => typeof v === 'string')),
};

const described: Readonly<Record<OptionSpec['type'], string>> = {
  text: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  duration: "a length of time such as '5 s'",
  list: 'a list of texts',
};

export const textOption = (options: Options, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
};

export const numberOption = (options: Options, name: string): number | undefined => {
  const value = options[name];
  return typeof value === 'number' ? value : undefined;
};

/** A single text is a list of one. */
export const listOption = (options: Options, name: string): readonly string[] | undefined => {
  const value = options[name];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : undefined;
};

/** Option `format`, else what the extension of `path` tells. @throws OptionError where neither does. */
export function formatOption(options: Options, path: string | undefined): FormatName {
  const given = textOption(options, 'format');
  if (given !== undefined) {
    if (isFormat(given)) return given;
    throw new OptionError('format', `unknown format ${given}`, meant(given, Object.keys(formats)));
  }
  const found = path === undefined ? undefined : formatOfPath(path);
  if (found !== undefined) return found;
  throw new OptionError('path', `the name ${path ?? ''} does not tell the format`, [
    `say format = 'lines', or another of: ${Object.keys(formats).join(', ')}`,
  ]);
}

/** Checks the options of formats, as far as their type does not say it all. @throws OptionError */
export function checkFormatOptions(options: Options, format: FormatName): void {
  for (const name of ['delim', 'quote']) {
    const value = textOption(options, name);
    if (value === undefined || value === '\\t') continue;
    const isByte = value.length === 1 && value.charCodeAt(0) < 128 && value !== '\n' && value !== '\r';
    if (!isByte && !(name === 'quote' && value === '')) {
      throw new OptionError(name, `option ${name} is '${value}'`, ['it must be a single ASCII character']);
    }
    if (format !== 'csv') throw new OptionError(name, `option ${name} is for format csv, not ${format}`);
  }
  const pattern = textOption(options, 'pattern');
  if ((pattern !== undefined) !== (format === 'regex')) {
    throw new OptionError(
      'pattern',
      pattern === undefined
        ? 'format regex needs the option pattern'
        : `option pattern is for format regex, not ${format}`,
    );
  }
}

/** `did you mean ..`, where one of the names is close enough. */
export function meant(name: string, known: readonly string[]): readonly string[] {
  const [near] = known
    .map((other) => ({ other, far: distance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ far }) => far <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.far - b.far);
  return near === undefined ? [] : [`did you mean ${near.other}?`];
}
