/** Numbers in [0, 1), the same for the same seed. */
export type Random = () => number;

/** mulberry32: small, and good enough to choose lines by. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What a line of the input of a command is made of. */
export interface LineShape {
  readonly format: 'lines' | 'tsv' | 'csv' | 'jsonl';
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/**
 * What commands trip over: nothing, blanks, cases, equal and nearly equal words, numbers, separators, what looks like an
 * option, several bytes a character, a byte that is no character.
 */
const ATOMS: readonly string[] = [
  ...['', '', 'a', 'a', 'b', 'A', 'ab', 'aa', 'c', ' ', ' a', 'a ', 'a b', 'b  a', 'a,b', 'b:a', 'x=1', '/a/b', '-n'],
  ...['0', '1', '2', '10', '-1', '1.5', '007', '"', "'", '\\', '&', '*', '.', '$', '--', 'é', '😀', 'a\r', '\xff'],
];
/** Longer than a block of most tools is divided by anything. */
const LONG = 'long '.repeat(120);

/** Lines of a pool: few enough that each is run alone once, and that equal lines meet. */
const poolSize = (cases: number): number => Math.min(72, Math.max(24, Math.floor(cases / 6)));

/**
 * The lines that a command is tried on, as bytes (latin1), without their newlines. Pieces of its own text are among what
 * they are made of, so that what it looks for is there, and so are lines of the real input.
 */
export function linePool(
  random: Random,
  command: string,
  shape: LineShape,
  sample: readonly string[],
  cases: number,
): string[] {
  const atoms = [...ATOMS, ...literalsOf(command)].map(bytes);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const text = (): string => {
    const n = random();
    if (n < 0.5) return pick(atoms);
    if (n < 0.85) return pick(atoms) + pick(['', ' ', ' ', ',', ':', '\t']) + pick(atoms);
    return n < 0.98 ? [pick(atoms), pick(atoms), pick(atoms)].join(pick([' ', '', ','])) : LONG + pick(atoms);
  };
  const line = (): string => lineOf(shape, (type) => cellOf(type, text, random));
  const size = poolSize(cases);
  const made = Array.from({ length: size }, line);
  // Of the real rows half the pool, where there are so many.
  const real = [...sample].sort(() => random() - 0.5).slice(0, size / 2);
  return [...new Set([...made.slice(real.length), ...real])];
}

const bytes = (text: string): string => (text === '\xff' ? text : Buffer.from(text, 'utf8').toString('latin1'));

/** Words, numbers and short quoted pieces of a command: what its patterns look for. */
function literalsOf(command: string): readonly string[] {
  const words = command.match(/[A-Za-z]+|\d+/g) ?? [];
  const quoted = Array.from(command.matchAll(/['"]([^'"]{1,20})['"]/g), ([, text]) => text!.replace(/[\n\\^$]/g, ''));
  return [...new Set([...words, ...quoted])].filter((word) => word.length <= 20).slice(0, 24);
}

function cellOf(type: string, text: () => string, random: Random): string | number {
  const n = Math.floor(random() * 12);
  switch (type) {
    case 'INTEGER':
      return [0, 1, 2, 2, 3, 10, -1, 100, 7, 99999, 12, 1][n]!;
    case 'REAL':
      return [0.5, 1.5, 2, -1.25, 10, 3.75, 0, 1, 100.125, 2.5, 1e3, 7][n]!;
    case 'BOOLEAN':
      return n % 2;
    case 'TIMESTAMP':
      return `2026-01-0${1 + (n % 9)} 0${n % 10}:00:00`;
    default:
      return text();
  }
}

function lineOf({ format, columns }: LineShape, cell: (type: string) => string | number): string {
  const cells = columns.map(({ type }) => cell(type));
  switch (format) {
    case 'lines':
      return String(cells[0] ?? '');
    case 'tsv':
      return cells.map((c) => String(c).replace(/[\t\\]/g, ' ')).join('\t');
    case 'csv':
      return cells
        .map((c) => (/[",\r]/.test(String(c)) ? `"${String(c).replaceAll('"', '""')}"` : String(c)))
        .join(',');
    case 'jsonl':
      // The pool is bytes already; JSON is written of characters.
      return bytes(
        JSON.stringify(
          Object.fromEntries(
            columns.map(({ name }, i) => {
              const c = cells[i]!;
              return [name, typeof c === 'string' ? Buffer.from(c, 'latin1').toString('utf8') : c];
            }),
          ),
        ),
      );
  }
}

/**
 * Lists of lines, short ones first: what is wrong with a command mostly shows on five lines, and sometimes only on many.
 * The n-th is the same for the same pool and seed.
 */
export function* lists(random: Random, pool: readonly string[]): Generator<readonly string[], never> {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  yield [];
  for (let n = 1; ; n++) {
    const most = n % 97 === 0 ? 1000 : n % 11 === 0 ? 60 : n % 3 === 0 ? 12 : 5;
    const length = Math.floor(random() * (most + 1));
    // Few different lines, so that equal ones stand side by side, also over a cut.
    const few = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(pool));
    const lines = Array.from({ length }, () => (random() < 0.7 ? pick(few) : pick(pool)));
    const order = random();
    if (order < 0.15) lines.sort();
    else if (order < 0.2) lines.sort().reverse();
    yield lines;
  }
}
