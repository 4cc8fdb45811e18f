import fc from 'fast-check';

/**
 * Random window queries over one random table, which SQLite and ssql both take. What SQL leaves open is not asked: where
 * the order of equal rows can be seen (ROWS, lag, group_concat, sums of REALs) the order ends with the unique `id`.
 */
export type OverRow = readonly [
  a: number | bigint | null,
  b: string | null,
  c: number | null,
  d: number | bigint | string | null,
  e: string | null,
];
export const createOverTable = `CREATE TABLE w (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL, d, e TEXT COLLATE NOCASE)`;

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 5, nil: null });
const row: fc.Arbitrary<OverRow> = fc.tuple(
  orNull(
    fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: -3, max: 5 }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(4_611_686_018_427_387_904n, -9_007_199_254_740_993n, 9_007_199_254_740_991),
      },
    ),
  ),
  // group_concat of '' is not text but a zero byte in SQLite once rows leave the frame.
  orNull(fc.constantFrom('a', 'A', 'ab', 'b', '12', '-3x', 'é', '😀x', "it's")),
  orNull(
    fc.oneof(
      fc.integer({ min: -8, max: 8 }).map((n) => n / 4),
      fc.constantFrom(0.1, 0.7, 1e16, -1e16, 3.3e-5),
    ),
  ),
  orNull(
    fc.oneof(
      fc.integer({ min: -3, max: 3 }).map(BigInt),
      fc.constantFrom(1, 2, 0.5, -1.25),
      fc.constantFrom('x', 'X', '1', '2.5'),
    ),
  ),
  orNull(fc.constantFrom('k', 'K', 'l', 'L', 'm')),
);
export const overRows: fc.Arbitrary<readonly OverRow[]> = fc.oneof(
  { weight: 4, arbitrary: fc.array(row, { maxLength: 9 }) },
  { weight: 1, arbitrary: fc.array(row, { minLength: 10, maxLength: 40 }) },
);

const pick = fc.constantFrom;
const columns = ['a', 'b', 'c', 'd', 'e', 'id'] as const;
const direction = pick('', ' DESC', ' NULLS LAST', ' DESC NULLS FIRST', ' ASC');
const orderKey = fc.tuple(
  fc.oneof(
    { weight: 6, arbitrary: pick<string>(...columns) },
    { weight: 1, arbitrary: pick('a % 2', 'abs(a)', 'e COLLATE BINARY', 'b COLLATE NOCASE', 'c > 0', '1') },
  ),
  direction,
);
const orderList = fc.array(orderKey, { maxLength: 2 }).map((keys) => keys.map(([k, dir]) => `${k}${dir}`));
const partition = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 5,
    arbitrary: fc
      .array(pick<string>('a', 'b', 'd', 'e', 'a % 2', 'id % 3', 'e COLLATE BINARY'), { minLength: 1, maxLength: 2 })
      .map((keys) => `PARTITION BY ${keys.join(', ')}`),
  },
);

/** A frame that may begin and end anywhere; `n` gives distances. */
const frameOf = (unit: string, n: fc.Arbitrary<string>): fc.Arbitrary<string> => {
  const exclude = fc.oneof(
    { weight: 5, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: pick(' EXCLUDE NO OTHERS', ' EXCLUDE CURRENT ROW', ' EXCLUDE GROUP', ' EXCLUDE TIES') },
  );
  const starts = fc.oneof(
    { weight: 2, arbitrary: pick('UNBOUNDED PRECEDING', 'CURRENT ROW') },
    { weight: 3, arbitrary: fc.tuple(n, pick('PRECEDING', 'PRECEDING', 'FOLLOWING')).map((b) => b.join(' ')) },
  );
  const place = (bound: string) =>
    bound.startsWith('UNBOUNDED') ? 0 : bound.startsWith('CURRENT') ? 2 : bound.endsWith('PRECEDING') ? 1 : 3;
  const between = fc
    .tuple(
      starts,
      fc.oneof(
        { weight: 2, arbitrary: pick('UNBOUNDED FOLLOWING', 'CURRENT ROW') },
        { weight: 3, arbitrary: fc.tuple(n, pick('PRECEDING', 'FOLLOWING', 'FOLLOWING')).map((b) => b.join(' ')) },
      ),
    )
    .filter(([s, e]) => e.startsWith('UNBOUNDED') || place(s) <= place(e))
    .map(([s, e]) => `BETWEEN ${s} AND ${e}`);
  const short = starts.filter((s) => !s.endsWith('FOLLOWING'));
  return fc
    .tuple(fc.oneof({ weight: 4, arbitrary: between }, { weight: 1, arbitrary: short }), exclude)
    .map(([bounds, without]) => ` ${unit} ${bounds}${without}`);
};
const small = fc.nat({ max: 4 }).map(String);
const distances = pick('0', '1', '2', '0.5', '1.25', '3', '1e16');

const totalOrder = orderList.map((keys) => `ORDER BY ${[...keys, 'id'].join(', ')}`);
/** A window in which no two rows are equal. */
const totalWindow = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(partition, totalOrder, fc.oneof(fc.constant(''), frameOf('ROWS', small), frameOf('GROUPS', small)))
      .map((parts) => parts.join(' ')),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(partition, pick('', ' DESC'), frameOf('RANGE', distances))
      .map(([p, dir, frame]) => `${p} ORDER BY id${dir}${frame}`),
  },
);
/** Any window: for functions that do not see the order of equal rows. */
const anyWindow = fc.oneof(
  {
    weight: 2,
    arbitrary: fc
      .tuple(partition, orderList, fc.oneof(fc.constant(''), frameOf('GROUPS', small)))
      .map(([p, keys, frame]) => `${p} ${keys.length > 0 ? `ORDER BY ${keys.join(', ')}` : ''}${frame}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(partition, orderKey, frameOf('RANGE', distances))
      .map(([p, [k, dir], frame]) => `${p} ORDER BY ${k}${dir}${frame}`),
  },
);

const filter = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: pick('a > 0', 'b IS NOT NULL', 'id % 2 = 1', "e = 'k'").map((p) => ` FILTER (WHERE ${p})`) },
);
// Distances of lag are not negative: SQLite looks only at rows that it has read.
const seesOrder: fc.Arbitrary<string> = fc.oneof(
  pick('row_number()', 'ntile(3)', 'ntile(a + 9)', 'ntile(1)').map((f) => f),
  fc.tuple(pick('lag', 'lead'), pick<string>(...columns)).map(([f, c]) => `${f}(${c})`),
  fc
    .tuple(pick('lag', 'lead'), pick<string>(...columns), pick('2', '0', 'id % 3', 'abs(c)', "'1'", 'NULL'))
    .map(([f, c, n]) => `${f}(${c}, ${n})`),
  fc
    .tuple(pick('lag', 'lead'), pick<string>(...columns), pick('1', '3', 'abs(c)'), pick('id', "'none'", 'NULL', 'c'))
    .map(([f, c, n, x]) => `${f}(${c}, ${n}, ${x})`),
  fc.tuple(pick('first_value', 'last_value'), pick<string>(...columns)).map(([f, c]) => `${f}(${c})`),
  fc.tuple(pick<string>(...columns), pick('1', '2', '3', "'2'", '2.0')).map(([c, n]) => `nth_value(${c}, ${n})`),
  fc
    .tuple(
      fc.oneof(
        fc
          .tuple(
            pick('sum', 'total', 'avg', 'min', 'max', 'count'),
            pick<string>('a', 'c', 'd', 'e', 'b', 'c / 3', 'a + c'),
          )
          .map(([f, c]) => `${f}(${c})`),
        pick('group_concat(b)', "group_concat(b, '-')", 'group_concat(id, b)', "string_agg(e, ';')", 'group_concat(a)'),
        pick(
          'json_group_array(b)',
          'json_group_array(c)',
          'json_group_array(json_array(a))',
          'json_group_object(b, a)',
        ),
        pick('median(c)', 'percentile(a, 30)', 'percentile_cont(c, 0.25)', 'percentile_disc(a, 0.6)'),
      ),
      filter,
    )
    .map((parts) => parts.join('')),
);
const seesNoOrder: fc.Arbitrary<string> = fc.oneof(
  pick('rank()', 'dense_rank()', 'percent_rank()', 'cume_dist()').map((f) => f),
  fc
    .tuple(
      fc.oneof(
        pick(
          'count(*)',
          'count(b)',
          'count(d)',
          'sum(id)',
          'avg(id)',
          'total(a)',
          'min(id)',
          'max(a)',
          'max(b)',
          'min(c)',
        ),
        pick('median(id)', 'percentile_disc(c, 0.5)'),
      ),
      filter,
    )
    .map((parts) => parts.join('')),
);
const call = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(seesOrder, totalWindow) },
  { weight: 2, arbitrary: fc.tuple(seesNoOrder, anyWindow) },
);
const over = call.map(([f, window]) => `${f} OVER (${window})`);
const item = fc.oneof(
  { weight: 5, arbitrary: over },
  // The class of a result is seen in quote().
  { weight: 2, arbitrary: over.map((o) => `quote(${o})`) },
  {
    weight: 1,
    arbitrary: fc.tuple(over, pick('+ a', '|| b', 'IS NULL', '= 2', 'BETWEEN 1 AND 3')).map(([o, x]) => `(${o} ${x})`),
  },
  { weight: 1, arbitrary: over.map((o) => `CASE WHEN a > 0 THEN ${o} ELSE quote(${o}) END`) },
);

/** A query, and the same for SQLite where it is spelt otherwise there. */
export interface OverQuery {
  readonly ours: string;
  readonly theirs: string;
}
const same = (sql: string): OverQuery => ({ ours: sql, theirs: sql });
const where = pick('', '', ' WHERE a IS NOT NULL', ' WHERE id % 3 > 0', ' WHERE id < 0');

const plain = fc
  .tuple(fc.array(item, { minLength: 1, maxLength: 3 }), where)
  .map(([items, w]) => same(`SELECT id, ${items.join(', ')} FROM w${w}`));
const named = fc
  .tuple(partition, fc.array(seesOrder, { minLength: 1, maxLength: 3 }), frameOf('ROWS', small), where)
  .map(([p, calls, frame, w]) => {
    const items = calls.map((f, i) => `${f} OVER ${i === 0 ? 'v' : `(u ORDER BY id${i === 1 ? ' DESC' : frame})`}`);
    return same(`SELECT id, ${items.join(', ')} FROM w${w} WINDOW u AS (${p}), v AS (u ORDER BY a, id)`);
  });
const grouped = fc
  .tuple(
    pick('a', 'b', 'd', 'e', 'id % 4'),
    pick('count(*)', 'sum(id)', 'max(c)', 'min(b)'),
    pick('', ' HAVING count(*) > 1'),
    pick('rank()', 'count(*)', 'sum(sum(id))', 'max(count(*))', 'dense_rank()'),
    pick('', 'PARTITION BY count(*)'),
  )
  .map(([key, aggregate, having, f, p]) =>
    same(
      `SELECT quote(${key}) IS NULL, ${aggregate}, ${f} OVER (${p} ORDER BY ${aggregate}) FROM w GROUP BY ${key}${having}`,
    ),
  );
const ordered = fc
  .tuple(over, fc.nat({ max: 5 }))
  .map(([o, n]) => same(`SELECT id FROM w ORDER BY ${o}, id LIMIT ${n}`));
const distinct = over.map((o) => same(`SELECT DISTINCT quote(${o}) FROM w`));
const qualify = fc
  .tuple(over, over, pick('> 1', 'IS NOT NULL', '= 1', '<= a'))
  .map(([first, second, test]): OverQuery => ({
    ours: `SELECT id, ${first} AS x FROM w QUALIFY ${second} ${test} AND x IS NOT 3`,
    theirs: `SELECT id, x FROM (SELECT *, ${first} AS x, ${second} AS y FROM w) WHERE y ${test} AND x IS NOT 3`,
  }));
const pipe = fc.tuple(over, over).map(([first, second]): OverQuery => ({
  ours: `FROM w |> EXTEND ${first} AS x |> QUALIFY ${second} IS NOT 1 |> SELECT id, x`,
  theirs: `SELECT id, x FROM (SELECT *, ${second} AS y FROM (SELECT *, ${first} AS x FROM w)) WHERE y IS NOT 1`,
}));

export const overQuery: fc.Arbitrary<OverQuery> = fc.oneof(
  { weight: 8, arbitrary: plain },
  { weight: 2, arbitrary: named },
  { weight: 2, arbitrary: grouped },
  { weight: 1, arbitrary: ordered },
  { weight: 1, arbitrary: distinct },
  { weight: 2, arbitrary: qualify },
  { weight: 1, arbitrary: pipe },
);

/** A call of an aggregate that SQLite does not have, and the window that it stands over. */
export const ownAggregate: fc.Arbitrary<{
  readonly fn: string;
  readonly args: readonly string[];
  readonly filter: string;
  readonly window: string;
}> = fc
  .record({
    fn: pick('first', 'last', 'any_value', 'approx_count_distinct', 'variance', 'stddev_pop', 'list'),
    args: pick<readonly string[]>(['a'], ['b'], ['c'], ['d']),
    filter,
    window: totalWindow,
  })
  .chain((one) =>
    fc
      .boolean()
      .map((extreme) => (extreme ? { ...one, fn: one.fn < 'f' ? 'arg_min' : 'arg_max', args: ['b', 'a'] } : one)),
  );
