import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Affinity, Collation, Type } from '../src/data/types.ts';
import type { Value } from '../src/data/value.ts';
import { evaluate, foldConstants } from '../src/expr/evaluate.ts';
import { boolean, column, integer, nullLiteral, text, type Call, type Expr, type Literal } from '../src/expr/expr.ts';
import { typeOfCall } from '../src/expr/functions/catalog.ts';
import { printExpr, toSqlite } from '../src/expr/print.ts';
import { blob, outcome, shown } from './support/sqlite-oracle.ts';

const call = (fn: string, args: readonly Expr[], more: Partial<Call> = {}): Call => ({
  kind: 'call',
  fn,
  args,
  type: typeOfCall(
    fn,
    args.map((a) => a.type),
  ),
  ...more,
});
const real = (value: number | string): Literal => ({ kind: 'literal', type: 'REAL', value });
const [a, b, c] = ['a', 'b', 'c'].map((name) => column(name, 'INTEGER')) as [Expr, Expr, Expr];

test.each<[Expr, string]>([
  [call('*', [call('+', [a, b]), c]), '(a + b) * c'],
  [call('+', [a, call('*', [b, c])]), 'a + b * c'],
  [call('-', [a, call('-', [b, c])]), 'a - (b - c)'],
  [call('-', [call('-', [a, b]), c]), 'a - b - c'],
  [call('and', [call('or', [a, b]), c]), '(a OR b) AND c'],
  [call('not', [call('=', [a, b])]), 'NOT a = b'],
  [call('=', [call('not', [a]), b]), '(NOT a) = b'],
  [call('not', [call('in', [a, integer(1), integer(2)])]), 'a NOT IN (1, 2)'],
  [call('not', [call('like', [column('s', 'TEXT'), text("it's%"), text('!')])]), "s NOT LIKE 'it''s%' ESCAPE '!'"],
  [call('isnull', [call('+', [a, b])]), 'a + b IS NULL'],
  [call('is not', [a, nullLiteral]), 'a IS NOT NULL'],
  [call('neg', [integer(-5)]), '-(-5)'],
  [call('neg', [call('neg', [a])]), '-(-a)'],
  [call('=', [column('s', 'TEXT'), text('x')], { collation: 'NOCASE' }), "s COLLATE NOCASE = 'x'"],
  [call('||', [call('||', [a, b]), c]), 'a || b || c'],
  [column('odd name', 'TEXT'), '"odd name"'],
  [boolean(true), 'TRUE'],
  [real('-Infinity'), '-9e999'],
  [{ kind: 'literal', type: 'TIMESTAMP', value: 0 }, "TIMESTAMP '1970-01-01 00:00:00'"],
  [
    { kind: 'case', branches: [{ when: a, then: b }], otherwise: nullLiteral, type: 'INTEGER' },
    'CASE WHEN a THEN b END',
  ],
  [{ kind: 'cast', arg: call('+', [a, b]), to: 'TEXT', strict: true, type: 'TEXT' }, 'TRY_CAST(a + b AS TEXT)'],
])('%#: %2$s', (e, wanted) => expect(printExpr(e)).toBe(wanted));

test.each<[string, Expr]>([
  ['regular expressions', call('regexp', [text('a'), text('b')])],
  ['volatile', call('random', [])],
  ['the clock', call('date', [text('now')])],
  ['the time zone', call('datetime', [column('t', 'TEXT'), text('localtime')])],
  ['another last digit', call('sin', [a])],
  ['TIMESTAMP', call('=', [column('t', 'TIMESTAMP'), text('x')])],
  ['TRY_CAST', { kind: 'cast', arg: a, to: 'INTEGER', strict: true, type: 'INTEGER' }],
  ['NUL', text('a\0b')],
  ['half a surrogate pair', text('\ud800')],
  ['deep inside', call('+', [a, call('extract', [text('year'), text('2024-01-01')])])],
])('no SQLite text for %s', (_why, e) => expect(toSqlite(e)).toBeUndefined());

// Random expressions over a row: what `evaluate` gives is what SQLite gives for the text that `toSqlite` writes.

interface Known {
  readonly expr: Expr;
  readonly affinity?: Affinity;
  readonly collation?: Collation;
}

const columns: readonly (Known & { readonly declared: string })[] = [
  { expr: column('i', 'INTEGER'), affinity: 'INTEGER', collation: 'BINARY', declared: 'INTEGER' },
  { expr: column('r', 'REAL'), affinity: 'REAL', collation: 'BINARY', declared: 'REAL' },
  { expr: column('s', 'TEXT'), affinity: 'TEXT', collation: 'BINARY', declared: 'TEXT' },
  { expr: column('n "x"', 'TEXT'), affinity: 'TEXT', collation: 'NOCASE', declared: 'TEXT COLLATE NOCASE' },
  { expr: column('any', 'ANY'), affinity: 'BLOB', collation: 'BINARY', declared: '' },
];

/** The affinity of a comparison, by https://sqlite.org/datatype3.html 4.2. */
function affinityOf(x: Known, y: Known): Affinity | undefined {
  const numeric = (k: Known): boolean => k.affinity !== undefined && k.affinity !== 'TEXT' && k.affinity !== 'BLOB';
  if (numeric(x) || numeric(y)) return 'NUMERIC';
  if (x.affinity !== undefined && y.affinity !== undefined) return undefined;
  return x.affinity ?? y.affinity;
}

/** A call without a collation compares by BINARY. */
const unlessBinary = (collation: Collation | undefined): Partial<Call> =>
  collation === undefined || collation === 'BINARY' ? {} : { collation };

const compareCall = (fn: string, x: Known, y: Known): Known => {
  const affinity = affinityOf(x, y);
  return {
    expr: call(fn, [x.expr, y.expr], {
      ...(affinity === undefined ? {} : { affinity }),
      ...unlessBinary(x.collation ?? y.collation),
    }),
  };
};

const literals: fc.Arbitrary<Literal> = fc.oneof(
  fc.constantFrom<Literal>(nullLiteral, integer(0), integer(-7), {
    kind: 'literal',
    type: 'INTEGER',
    value: '9223372036854775807',
  }),
  fc.constantFrom<Literal>(real(0.1), real(-0), real(2), real(1e300), real('Infinity'), real(-2.5e-7), boolean(true)),
  fc.constantFrom<Literal>(text(''), text("o'k"), text('12abc'), text('Abc'), text('7'), text('é😀')),
  fc.constant<Literal>({ kind: 'literal', type: 'BLOB', value: '6162' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => real(value)),
);
const unary = ['neg', '~', 'not', 'isnull', 'notnull', 'typeof', 'abs', 'length', 'quote', 'upper'];
const binary = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '&',
  '|',
  '<<',
  '>>',
  'and',
  'or',
  'like',
  'glob',
  'ifnull',
  'instr',
  'round',
];
const comparisons = ['=', '<>', '<', '<=', '>', '>=', 'is', 'is not'];

const { known } = fc.letrec<{ known: Known }>((tie) => ({
  known: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(
      literals.map((expr): Known => ({ expr })),
      fc.constantFrom<Known>(...columns),
    ),
    fc.tuple(fc.constantFrom(...unary), tie('known')).map(([fn, x]): Known => ({ expr: call(fn, [x.expr]) })),
    fc
      .tuple(fc.constantFrom(...binary), tie('known'), tie('known'))
      .map(([fn, x, y]): Known => ({ expr: call(fn, [x.expr, y.expr]) })),
    fc.tuple(fc.constantFrom(...comparisons), tie('known'), tie('known')).map(([fn, x, y]) => compareCall(fn, x, y)),
    fc.tuple(tie('known'), tie('known'), tie('known')).map(([x, y, z]): Known => ({
      expr: call('in', [x.expr, y.expr, z.expr], {
        ...(x.affinity === undefined ? {} : { affinity: x.affinity }),
        ...(x.collation === undefined ? {} : { collation: x.collation }),
      }),
    })),
    fc.tuple(tie('known'), tie('known'), tie('known')).map(([when, then, otherwise]): Known => ({
      expr: { kind: 'case', branches: [{ when: when.expr, then: then.expr }], otherwise: otherwise.expr, type: 'ANY' },
    })),
    fc
      .tuple(tie('known'), fc.constantFrom<Affinity>('INTEGER', 'REAL', 'TEXT', 'NUMERIC', 'BLOB'))
      .map(([x, to]): Known => ({
        expr: { kind: 'cast', arg: x.expr, to, type: to === 'NUMERIC' ? 'ANY' : to },
        affinity: to,
        ...(x.collation === undefined ? {} : { collation: x.collation }),
      })),
  ),
}));

const db = new Database(':memory:');
db.exec(
  `CREATE TABLE t (${columns.map((k) => `"${(k.expr as { name: string }).name.replaceAll('"', '""')}" ${k.declared}`).join(', ')})`,
);
const rows: readonly (readonly Value[])[] = [
  [5n, 2.5, '5', 'aBC', 5.0],
  [-1n, -0.5, 'Abc', 'abc', '12abc'],
  [null, null, null, null, null],
  [9223372036854775807n, 1e18, 'x', ' 7 ', blob('3132')],
];
for (const row of rows) db.prepare(`INSERT INTO t VALUES (${row.map(() => '?').join(', ')})`).run(...row);

const classes: Readonly<Record<string, readonly Type[]>> = {
  bigint: ['INTEGER', 'BOOLEAN', 'ANY'],
  number: ['REAL', 'ANY'],
  string: ['TEXT', 'JSON', 'ANY'],
  "x'": ['BLOB', 'ANY'],
};

test('evaluate agrees with SQLite on the text of toSqlite, and types do not lie', () => {
  const property = fc.property(known, ({ expr }) => {
    const sql = toSqlite(expr)!;
    const read = db.prepare(`SELECT ${sql} FROM t WHERE rowid = ?`).safeIntegers().pluck();
    const folded = foldConstants(expr);
    for (const [index, row] of rows.entries()) {
      const cell = (name: string): Value => row[columns.findIndex((k) => (k.expr as { name: string }).name === name)]!;
      const got = outcome(() => evaluate(expr, cell));
      const wanted = outcome(() => read.get(index + 1) as Value);
      expect(
        outcome(() => evaluate(folded, cell)),
        `folded ${sql}`,
      ).toBe(got);
      if (got === 'error') continue; // an INTEGER overflows, where SQLite goes on with a REAL
      expect(got, `${sql} of row ${index}`).toBe(wanted);
      const kind = /^(bigint|number|string|x')/.exec(got)?.[0];
      if (kind !== undefined) expect(classes[kind], `type of ${sql}: ${got}`).toContain(expr.type);
    }
  });
  fc.assert(property, { numRuns: 4000 });
});

test('folding keeps what fails, reads the clock or is drawn at random', () => {
  const overflow = call('+', [{ kind: 'literal', type: 'INTEGER', value: '9223372036854775807' }, integer(1)]);
  for (const e of [overflow, call('random', []), call('date', []), call('date', [text('NOW')])])
    expect(foldConstants(e)).toBe(e);
  expect(foldConstants(call('+', [integer(1), call('*', [integer(2), integer(3)])]))).toEqual(integer(7));
  expect(foldConstants(call('date', [text('2024-01-31'), text('+1 day')]))).toEqual(text('2024-02-01'));
  expect(shown(evaluate(foldConstants(call('=', [integer(1), nullLiteral])), () => null))).toBe('NULL');
});
