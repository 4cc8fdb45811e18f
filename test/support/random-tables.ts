import type { Random } from './random.ts';
import { sqlOf, type Piece } from './sql-tree.ts';

/** What a column can be relied on for by those who make queries. A `key` is an INTEGER that no two rows share. */
export type Kind = 'key' | 'int' | 'real' | 'text' | 'nocase' | 'rtrim' | 'any' | 'num' | 'date' | 'json';
export interface Column {
  readonly name: string;
  /** `expr`: the result of an expression, of whatever class. */
  readonly kind: Kind | 'expr';
  readonly declared: string;
  /** A generated column takes no value. */
  readonly generated?: true;
}
export type Cell = null | number | bigint | string | Uint8Array;
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Cells of the columns that are not generated. */
  readonly rows: readonly (readonly Cell[])[];
  /** What stands behind the columns: STRICT, WITHOUT ROWID. */
  readonly options: string;
  /** CREATE INDEX .. */
  readonly indexes: readonly string[];
  /** A view has no rows of its own. */
  readonly query?: Piece;
}

/** Types as people declare them; what counts is the affinity that SQLite sees in the name. */
const declarations: Readonly<Record<Kind, readonly string[]>> = {
  key: ['INTEGER PRIMARY KEY', 'INT PRIMARY KEY NOT NULL', 'INTEGER UNIQUE', 'BIGINT NOT NULL'],
  int: ['INTEGER', 'INTEGER', 'BIGINT', 'TINYINT(3)'],
  real: ['REAL', 'REAL', 'DOUBLE PRECISION', 'FLOAT'],
  text: ['TEXT', 'TEXT', 'VARCHAR(20)', 'CLOB'],
  nocase: ['TEXT COLLATE NOCASE'],
  rtrim: ['CHAR(3) COLLATE RTRIM'],
  any: ['', '', 'BLOB'],
  num: ['NUMERIC', 'DECIMAL(10, 2)', 'BOOLEAN', '"of some sort"'],
  date: ['TEXT', 'TEXT', '', 'DATETIME'],
  json: ['TEXT', 'JSON', ''],
};
const strict: Readonly<Record<Kind, string>> = {
  ...{ key: 'INTEGER PRIMARY KEY', int: 'INT', real: 'REAL', text: 'TEXT', any: 'ANY', date: 'TEXT', json: 'TEXT' },
  ...{ nocase: 'TEXT COLLATE NOCASE', rtrim: 'TEXT COLLATE RTRIM', num: 'ANY' },
};

/** What columns of a name mostly are: tables share names, so that they can be joined by them. */
const usual: readonly (readonly [name: string, kind: Kind])[] = [
  ['id', 'key'],
  ['a', 'int'],
  ['b', 'text'],
  ['c', 'real'],
  ['d', 'any'],
  ['e', 'nocase'],
  ['f', 'num'],
  ['"x y"', 'int'],
  ['g', 'rtrim'],
  ['h', 'date'],
  ['j', 'json'],
];
const kinds = (Object.keys(declarations) as readonly Kind[]).filter((kind) => kind !== 'key');
const chances: Partial<Record<Kind, number>> = { key: 0.5, rtrim: 0.2, date: 0.25, json: 0.2 };

export const tableNames = ['t', 'u', 'v', 'w'] as const;

/** The statements that make it. */
export const createTable = ({ name, columns, options, indexes, query }: Table): readonly string[] =>
  query !== undefined
    ? [`CREATE VIEW ${name} (${columns.map((c) => c.name).join(', ')}) AS ${sqlOf(query, 'theirs')}`]
    : [
        `CREATE TABLE ${name} (${columns.map((c) => `${c.name} ${c.declared}`.trim()).join(', ')})${options}`,
        ...indexes.map((on, i) => `CREATE INDEX ${name}_${i} ON ${name} ${on}`),
      ];

export const insertedColumns = ({ columns }: Table): readonly Column[] => columns.filter((c) => c.generated !== true);

/** Some tables: few rows each, so that queries over four of them are soon done; equal values are frequent. */
export const randomTables = (r: Random): readonly Table[] => tableNames.map((name) => randomTable(r, name));

function randomTable(r: Random, name: string): Table {
  const isStrict = r.chance(0.12);
  const declared = (kind: Kind): string => (isStrict ? strict[kind] : r.of(declarations[kind]));
  const columns = usual
    .filter(([, kind]) => r.chance(chances[kind] ?? 0.6))
    .map(([column, usually]): Column => {
      const kind = usually === 'key' || r.chance(0.85) ? usually : r.of(kinds);
      return { name: column, kind, declared: declared(kind) };
    });
  if (columns.length < 2)
    columns.push({ name: 'k', kind: 'int', declared: 'INT' }, { name: 'm', kind: 'text', declared: 'TEXT' });
  const count = r.chance(0.12) ? 0 : r.below(8) + 1;
  const rows = Array.from({ length: count }, (_, i) => columns.map(({ kind }) => cell(r, kind as Kind, i)));
  const generated = r.chance(0.2) ? [generatedColumn(r, columns)] : [];
  const hasKey = columns.some((c) => c.declared.includes('PRIMARY KEY'));
  const options = [isStrict ? 'STRICT' : '', hasKey && r.chance(0.3) ? 'WITHOUT ROWID' : ''].filter((o) => o !== '');
  const indexes = r.chance(0.3) ? [indexOn(r, columns)] : [];
  return {
    name,
    columns: [...columns, ...generated],
    rows,
    options: options.length > 0 ? ` ${options.join(', ')}` : '',
    indexes,
  };
}

function generatedColumn(r: Random, columns: readonly Column[]): Column {
  const stored = r.of(['STORED', 'VIRTUAL']);
  const text = columns.find((c) => c.kind === 'text');
  const int = columns.find((c) => c.kind === 'int');
  if (text !== undefined && r.chance(0.5))
    return { name: 'y', kind: 'text', declared: `TEXT AS (upper(${text.name})) ${stored}`, generated: true };
  if (int !== undefined)
    return { name: 'y', kind: 'int', declared: `INT AS (${int.name} % 3) ${stored}`, generated: true };
  return { name: 'y', kind: 'int', declared: `INT GENERATED ALWAYS AS (7) ${stored}`, generated: true };
}

function indexOn(r: Random, columns: readonly Column[]): string {
  const column = r.of(columns).name;
  const other = r.of(columns).name;
  return r.of([
    `(${column})`,
    `(${column} DESC)`,
    `(${column} COLLATE NOCASE)`,
    `(${column}) WHERE ${column} IS NOT NULL`,
    ...(other === column ? [] : [`(${column}, ${other})`]),
  ]);
}

const texts = [
  ...['', 'a', 'A', 'ab', 'Ab', 'b', 'abc', '12', '-3', '1.5', '12abc', ' 7 ', 'é', 'É', '😀x', 'a%b', 'a_b', '%'],
  ...["it's", 'x', 'X', 'ß', '0', '1e2', 'null', 'A B', 'ab ', '日本'],
];
const folded = ['k', 'K', 'l', 'L', 'm', 'no', 'No', ''];
const padded = ['k', 'k ', 'l', 'l  ', 'm', '', ' '];
const moments = [
  ...['2024-01-31', '2024-02-29 12:34:56', '2023-12-31 23:59:59.5', '1969-07-20', '12:00', '2024-03-10T05:06Z'],
  ...['2024-13-01', 'x'],
];
const documents = [
  '{"a": 1, "b": [1, 2.5, "x"]}',
  '[1, "a", null]',
  '"é"',
  '{"a": {"b": true}}',
  '17',
  '[]',
  '{"a":"A"}',
];
const huge = [
  ...[1_000_000n, -2_147_483_648n, 9_007_199_254_740_993n, -9_223_372_036_854_775_807n, 4_611_686_018_427_387_904n],
];
const mixed: readonly Cell[] = [0.5, -1.25, 'x', 'y', '1', 'K', new Uint8Array([97])];

/** Values of one class never equal those of another, so that it does not matter which of two equal ones is shown. */
function cell(r: Random, kind: Kind, row: number): Cell {
  if (kind === 'key') return BigInt(row + 1);
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
    case 'rtrim':
      return r.of(padded);
    case 'any':
      return r.chance(0.4) ? BigInt(r.below(5) - 2) : r.of(mixed);
    case 'num':
      return r.of<Cell>([BigInt(r.below(5) - 1), 0.5, 2.25, 'x', 'zz']);
    case 'date':
      return r.of(moments);
    case 'json':
      return r.of(documents);
  }
}
