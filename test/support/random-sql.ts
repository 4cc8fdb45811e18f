import fc from 'fast-check';

/**
 * Random tables and bounded queries over them, as SQL text that SQLite and ssql both take. What SQL leaves open is not
 * asked: rows are compared as bags, LIMIT stands over a total order, sums of REALs are exact in binary, and cells that
 * are equal but not the same (1 and 1.0) never meet in one group.
 */
export interface RandomTable {
  readonly name: string;
  readonly rows: readonly (readonly Cell[])[];
}
type Cell = null | number | bigint | string;

/** Each table has these columns: typed ones, one of NOCASE text, one without a type. */
export const columns = ['a', 'b', 'c', 'd', 'e'] as const;
export const createTable = (name: string): string =>
  `CREATE TABLE ${name} (a INTEGER, b TEXT, c REAL, d, e TEXT COLLATE NOCASE)`;

const integers = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -5, max: 5 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1_000_000, -2_147_483_648, 9_007_199_254_740_993n, -9_223_372_036_854_775_807n),
  },
);
const reals = fc.oneof(
  fc.integer({ min: -40, max: 40 }).map((n) => n / 4),
  fc.constantFrom(0.1, 1e10, -2.5e-3, 1e300),
);
const texts = fc.constantFrom(
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
);
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 6, nil: null });

const rowOf = fc.tuple(
  orNull(integers),
  orNull(texts),
  orNull(fc.integer({ min: -40, max: 40 }).map((n) => n / 4)),
  // No value of one class equals one of another.
  orNull(
    fc.oneof(fc.integer({ min: -3, max: 3 }).map(BigInt), fc.constantFrom(0.5, -1.25), fc.constantFrom('x', 'y', '1')),
  ),
  orNull(fc.constantFrom('k', 'l', 'm', 'no')),
);
export const tables: fc.Arbitrary<readonly RandomTable[]> = fc
  .tuple(fc.array(rowOf, { maxLength: 12 }), fc.array(rowOf, { maxLength: 8 }))
  .map(([t, u]) => [
    { name: 't', rows: t },
    { name: 'u', rows: u },
  ]);

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Names of columns that stand for something where an expression is made, such as `t.a`. */
type Scope = readonly string[];

export const expression = (scope: Scope, depth: number): fc.Arbitrary<string> => {
  const leaf = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...scope) },
    { weight: 1, arbitrary: integers.map((n) => (Number(n) < 0 ? `(${n})` : String(n))) },
    { weight: 1, arbitrary: reals.map((n) => `(${realText(n)})`) },
    { weight: 1, arbitrary: texts.map(quoted) },
    { weight: 1, arbitrary: fc.constantFrom('NULL', 'TRUE', "x'6162'") },
  );
  if (depth === 0) return leaf;
  const e = expression(scope, depth - 1);
  const p = predicate(scope, depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    {
      weight: 3,
      arbitrary: fc
        .tuple(e, fc.constantFrom('+', '-', '*', '/', '%', '||', '&', '|'), e)
        .map(([a, o, b]) => `(${a} ${o} ${b})`),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('-', '+', '~', 'NOT '), e).map(([o, a]) => `(${o}${a})`) },
    { weight: 1, arbitrary: fc.tuple(p, e, e).map(([w, a, b]) => `CASE WHEN ${w} THEN ${a} ELSE ${b} END`) },
    { weight: 1, arbitrary: fc.tuple(e, e, e).map(([x, a, b]) => `CASE ${x} WHEN ${a} THEN ${b} END`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(e, fc.constantFrom('INTEGER', 'REAL', 'TEXT', 'NUMERIC', 'BLOB'))
        .map(([a, t]) => `CAST(${a} AS ${t})`),
    },
    {
      weight: 3,
      arbitrary: fc.oneof(
        fc
          .tuple(
            fc.constantFrom('length', 'upper', 'lower', 'typeof', 'hex', 'quote', 'trim', 'round', 'sign', 'unicode'),
            e,
          )
          .map(([f, a]) => `${f}(${a})`),
        fc
          .tuple(fc.constantFrom('coalesce', 'ifnull', 'nullif', 'instr', 'min', 'max', 'ltrim'), e, e)
          .map(([f, a, b]) => `${f}(${a}, ${b})`),
        fc
          .tuple(e, fc.integer({ min: -3, max: 4 }), fc.integer({ min: 0, max: 3 }))
          .map(([a, b, c]) => `substr(${a}, ${b}, ${c})`),
        fc.tuple(e, e, e).map(([a, b, c]) => `replace(${a}, ${b}, ${c})`),
        fc.tuple(p, e, e).map(([a, b, c]) => `iif(${a}, ${b}, ${c})`),
      ),
    },
    { weight: 2, arbitrary: p.map((x) => `(${x})`) },
  );
};

const realText = (n: number): string =>
  (Number.isInteger(n) ? n.toFixed(1) : String(n)).replace(/^(-?\d+)(e)/, '$1.0$2');

export const predicate = (scope: Scope, depth: number): fc.Arbitrary<string> => {
  const e = expression(scope, Math.max(0, depth - 1));
  const simple = fc.oneof(
    fc
      .tuple(e, fc.constantFrom('=', '<>', '<', '<=', '>', '>=', 'IS', 'IS NOT'), e)
      .map(([a, o, b]) => `${a} ${o} ${b}`),
    fc
      .tuple(e, fc.constantFrom('', 'NOT '), fc.array(e, { maxLength: 3 }))
      .map(([a, n, list]) => `${a} ${n}IN (${list.join(', ')})`),
    fc.tuple(e, fc.constantFrom('', 'NOT '), e, e).map(([a, n, lo, hi]) => `${a} ${n}BETWEEN ${lo} AND ${hi}`),
    fc
      .tuple(e, fc.constantFrom('', 'NOT '), fc.constantFrom("'a%'", "'%b'", "'%b%'", "'_b'", "''", "'A_'", "'1%'"))
      .map(([a, n, l]) => `${a} ${n}LIKE ${l}`),
    fc.tuple(e, fc.constantFrom("'a*'", "'[ab]*'", "'?b'")).map(([a, g]) => `${a} GLOB ${g}`),
    fc.tuple(e, fc.constantFrom('IS NULL', 'IS NOT NULL')).map(([a, o]) => `${a} ${o}`),
  );
  if (depth === 0) return simple;
  const p = predicate(scope, depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: simple },
    { weight: 1, arbitrary: fc.tuple(p, fc.constantFrom('AND', 'OR'), p).map(([a, o, b]) => `(${a}) ${o} (${b})`) },
    { weight: 1, arbitrary: p.map((a) => `NOT (${a})`) },
  );
};

/** A FROM clause and the columns in reach behind it. */
const from: fc.Arbitrary<{ readonly text: string; readonly scope: Scope }> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('t', 'u').map((name) => ({ text: name, scope: columns.map((c) => `${name}.${c}`) })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'),
        fc.oneof(
          fc.constantFrom('t.a = u.a', 't.b = u.b', 't.e = u.e', 't.a = u.b', 't.c = u.a'),
          predicate(both(), 1),
        ),
        fc.boolean(),
      )
      .map(([kind, on, more]) => ({ text: `t ${kind} u ON ${on}${more ? ' AND t.a IS NOT u.c' : ''}`, scope: both() })),
  },
  { weight: 1, arbitrary: fc.constant({ text: 't CROSS JOIN u', scope: both() }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(expression(columns, 1), predicate(columns, 1))
      .map(([e, p]) => ({ text: `(SELECT a, ${e} AS x, b FROM t WHERE ${p}) AS s`, scope: ['s.a', 's.x', 's.b'] })),
  },
);
function both(): Scope {
  return [...columns.map((c) => `t.${c}`), ...columns.map((c) => `u.${c}`)];
}

const aggregateOf = (scope: Scope): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant('count(*)'),
    fc.tuple(fc.constantFrom('count', 'min', 'max'), expression(scope, 1)).map(([f, e]) => `${f}(${e})`),
    // Arguments whose sums are exact: integers, and quarters.
    fc
      .tuple(
        fc.constantFrom('sum', 'total', 'avg'),
        fc.constantFrom(...scope.filter((c) => /\.[ac]$/.test(c)), '1', '2.5'),
      )
      .map(([f, e]) => `${f}(${e})`),
    fc
      .tuple(fc.constantFrom('count', 'sum'), fc.constantFrom(...scope.filter((c) => /\.[ab]$/.test(c))))
      .map(([f, e]) => `${f}(DISTINCT ${e})`),
    fc.tuple(fc.constantFrom('count(*)', 'max(1)'), predicate(scope, 1)).map(([f, p]) => `${f} FILTER (WHERE ${p})`),
    fc.constantFrom(...scope).map((c) => `group_concat(quote(${c}), ';' ORDER BY quote(${c}))`),
  );

const select: fc.Arbitrary<{ readonly text: string; readonly width: number }> = from.chain(({ text, scope }) => {
  const where = fc.option(predicate(scope, 2), { nil: undefined }).map((p) => (p === undefined ? '' : ` WHERE ${p}`));
  const plain = fc
    .tuple(fc.boolean(), fc.array(expression(scope, 2), { minLength: 1, maxLength: 3 }), where)
    .map(([distinct, items, w]) => ({
      text: `SELECT ${distinct ? 'DISTINCT ' : ''}${items.map((i) => (distinct ? `quote(${i})` : i)).join(', ')} FROM ${text}${w}`,
      width: items.length,
    }));
  const keys = scope.filter((c) => /\.[abd]$/.test(c));
  const grouped = fc
    .tuple(
      fc.array(fc.constantFrom(...keys), { maxLength: 2 }),
      fc.array(aggregateOf(scope), { minLength: 1, maxLength: 3 }),
      where,
      fc.option(aggregateOf(scope), { nil: undefined }),
    )
    .map(([by, aggregates, w, having]) => ({
      text:
        `SELECT ${[...by, ...aggregates].join(', ')} FROM ${text}${w}` +
        (by.length > 0 ? ` GROUP BY ${by.join(', ')}${having === undefined ? '' : ` HAVING ${having} IS NOT 2`}` : ''),
      width: by.length + aggregates.length,
    }));
  return fc.oneof({ weight: 3, arbitrary: plain }, { weight: 2, arbitrary: grouped });
});

/** One query; `ordered` where its rows have one right order. */
export const query: fc.Arbitrary<{ readonly sql: string; readonly ordered: boolean }> = fc.oneof(
  { weight: 5, arbitrary: select.map(({ text }) => ({ sql: text, ordered: false })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(select, fc.constantFrom('', ' DESC', ' DESC NULLS LAST', ' NULLS LAST'), fc.nat(6), fc.nat(3))
      .map(([{ text, width }, direction, limit, offset]) => {
        const names = Array.from({ length: width }, (_, i) => `c${i}`);
        const order = names.map((c) => `quote(${c})${direction}`).join(', ');
        return {
          sql: `WITH q(${names.join(', ')}) AS (${text}) SELECT * FROM q ORDER BY ${order} LIMIT ${limit} OFFSET ${offset}`,
          ordered: true,
        };
      }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(select, select, fc.constantFrom('UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT'))
      .filter(([l, r]) => l.width === r.width)
      .map(([l, r, op]) => {
        const names = Array.from({ length: l.width }, (_, i) => `c${i}`);
        // Set operations on text: which of two equal cells stands for both is open in SQL.
        const side = (text: string) =>
          op === 'UNION ALL'
            ? text
            : `SELECT ${names.map((c) => `quote(${c})`).join(', ')} FROM (SELECT * FROM q)`.replace(
                '(SELECT * FROM q)',
                `(WITH q(${names.join(', ')}) AS (${text}) SELECT * FROM q)`,
              );
        return { sql: `${side(l.text)} ${op} ${side(r.text)}`, ordered: false };
      }),
  },
);
