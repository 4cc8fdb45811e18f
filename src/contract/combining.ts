import type { Contract } from './contract.ts';
import { isSubsequence, split, type Trial, type Violation } from './trial.ts';
import { shownOutput } from './witness.ts';

type Combine = NonNullable<Contract['combine']>['value'];

/** COMBINE WITH a word: what we do with the outputs of the parts, one after the other. */
const builtin: Readonly<Record<string, (lines: readonly string[]) => readonly string[]>> = {
  concat: (lines) => lines,
  first: (lines) => lines.slice(0, 1),
  last: (lines) => lines.slice(-1),
  sum: (lines) => [summed(lines)],
  min: (lines) => extreme(lines, (a, b) => a < b),
  max: (lines) => extreme(lines, (a, b) => a > b),
};

/** Column by column, numbers only. */
function summed(lines: readonly string[]): string {
  const rows = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const width = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0)).join(' ');
}

function extreme(lines: readonly string[], better: (a: number, b: number) => boolean): readonly string[] {
  const best = lines.reduce<string | undefined>(
    (found, line) => (found === undefined || better(Number(line), Number(found)) ? line : found),
    undefined,
  );
  return best === undefined ? [] : [best];
}

/** Blanks that only make columns stand one below the other do not count where numbers were added. */
const same = (word: string, a: string, b: string): boolean =>
  a === b ||
  (word === 'sum' &&
    split(a)
      .map((line) => summed([line]))
      .join() ===
      split(b)
        .map((l) => summed([l]))
        .join());

/**
 * COMBINE: f(g(m(x)·m(y)·m(z))) = c(x·y·z), and it does not matter which of the parts meet first.
 *
 * @param inAnyOrder whether the latter is tried, too.
 */
export async function combined(
  trial: Trial,
  lines: readonly string[],
  parts: readonly (readonly string[])[],
  { with: g, partial, finish }: Combine,
  inAnyOrder: boolean,
): Promise<Violation | undefined> {
  const whole = await trial.output(lines);
  const m = (part: readonly string[]): Promise<string> =>
    partial === undefined ? trial.output(part) : trial.by(partial, part.map((line) => `${line}\n`).join(''));
  const [a, b, c] = (await Promise.all(parts.map(m))) as [string, string, string];
  const shown = parts.map((part, i) => ({
    ...trial.shows(part, [a, b, c][i]!),
  }));
  const wrong = (message: string, output: string): Violation => ({
    message,
    shows: [
      trial.shows(lines, whole),
      ...shown,
      { shell: `COMBINE WITH '${g}' of these`, prints: shownOutput(output) },
    ],
  });
  if (g === 'merge') {
    const all = split(whole);
    const fits = [a, b, c].every((part) => isSubsequence(split(part), all));
    const merged = [a, b, c].flatMap(split).sort();
    if (fits && merged.join('\n') === [...all].sort().join('\n')) return undefined;
    return wrong('its output is no merge of what it prints for the parts', a + b + c);
  }
  const put = (input: string): Promise<string> => {
    const known = builtin[g];
    return known === undefined
      ? trial.by(g, input)
      : Promise.resolve(
          known(split(input))
            .map((l) => `${l}\n`)
            .join(''),
        );
  };
  const f = (output: string): Promise<string> =>
    finish === undefined ? Promise.resolve(output) : trial.by(finish, output);
  const together = await put(a + b + c);
  const result = await f(together);
  if (!same(g, result, whole)) return wrong('the parts put together are not what it prints for the whole', result);
  if (!inAnyOrder) return undefined;
  const [left, right] = await Promise.all([put(a + b).then((ab) => put(ab + c)), put(b + c).then((bc) => put(a + bc))]);
  if (!same(g, left, together) || !same(g, right, together))
    return wrong('it matters which parts are put together first', same(g, left, together) ? right : left);
  return undefined;
}
