import type { Random } from './random.ts';

/** What a column can be relied on for by those who make queries. */
export type Kind = 'int' | 'real' | 'text' | 'nocase' | 'any' | 'num';
export interface Column {
  readonly name: string;
  readonly kind: Kind;
}
export type Cell = null | number | bigint | string | Uint8Array;
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

const declared: Readonly<Record<Kind, string>> = {
  int: 'INTEGER',
  real: 'REAL',
  text: 'TEXT',
  nocase: 'TEXT COLLATE NOCASE',
  any: '',
  num: 'NUMERIC',
};
/** What columns of a name mostly are: tables share names, so that they can be joined by them. */
const usual: readonly (readonly [name: string, kind: Kind])[] = [
  ['a', 'int'],
  ['b', 'text'],
  ['c', 'real'],
  ['d', 'any'],
  ['e', 'nocase'],
  ['f', 'num'],
  ['"x y"', 'int'],
];
const kinds = Object.keys(declared) as readonly Kind[];

export const tableNames = ['t', 'u', 'v', 'w'] as const;

export const createTable = ({ name, columns }: Table): string =>
  `CREATE TABLE ${name} (${columns.map((c) => `${c.name} ${declared[c.kind]}`.trim()).join(', ')})`;

/** Some tables: few rows each, so that queries over four of them are soon done; equal values are frequent. */
export const randomTables = (r: Random): readonly Table[] =>
  tableNames.map((name) => {
    const columns = usual
      .filter(() => r.chance(0.62))
      .map(([column, kind]): Column => ({ name: column, kind: r.chance(0.85) ? kind : r.of(kinds) }));
    if (columns.length < 2) columns.push({ name: 'k', kind: 'int' }, { name: 'm', kind: 'text' });
    const count = r.chance(0.12) ? 0 : r.below(8) + 1;
    return { name, columns, rows: Array.from({ length: count }, () => columns.map(({ kind }) => cell(r, kind))) };
  });

const texts = [
  ...[
    '',
    'a',
    'A',
    'ab',
    'Ab',
    'b',
    'abc',
    '12',
    '-3',
    '1.5',
    '12abc',
    ' 7 ',
    'é',
    'É',
    '😀x',
    'a%b',
    'a_b',
    '%',
    "it's",
  ],
  ...['x', 'X', 'ß', '0', '1e2', 'null', 'A B', 'ab ', '日本'],
];
const folded = ['k', 'K', 'l', 'L', 'm', 'no', 'No', ''];
const huge = [
  1_000_000n,
  -2_147_483_648n,
  9_007_199_254_740_993n,
  -9_223_372_036_854_775_807n,
  4_611_686_018_427_387_904n,
];

/** Values of one class never equal those of another, so that it does not matter which of two equal ones is shown. */
function cell(r: Random, kind: Kind): Cell {
  if (r.chance(0.15)) return null;
  switch (kind) {
    case 'int':
      return r.chance(0.03) ? r.of(huge) : BigInt(r.below(9) - 3);
    case 'real':
      return (r.below(60) - 24) / 4;
    case 'text':
      return r.chance(0.5) ? r.of(['a', 'b', 'x', '1', '2']) : r.of(texts);
    case 'nocase':
      return r.of(folded);
    case 'any':
      return r.of<Cell>([
        BigInt(r.below(5) - 2),
        BigInt(r.below(3)),
        0.5,
        -1.25,
        'x',
        'y',
        '1',
        'K',
        new Uint8Array([97]),
      ]);
    case 'num':
      return r.of<Cell>([BigInt(r.below(5) - 1), 0.5, 2.25, 'x', 'zz']);
  }
}
