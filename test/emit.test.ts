// EMIT CHANGES and EMIT EVERY. The log of changes, applied to an empty table, gives at the end of each batch what SQLite
// gives for the same query over all rows so far. `SSQL_SEED` moves on to other rows.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { connect } from '../src/index.ts';
import { temporaryFolder } from './support/cli.ts';
import { random, seeds } from './support/random.ts';

type Cell = number | string | null;
type Row = readonly Cell[];

/** Rows of the table `t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL)`: few keys, NULLs among them. */
function randomRows(seed: number, count: number): Row[] {
  const r = random(seed);
  return Array.from({ length: count }, (_, i) => [
    i + 1,
    r.chance(0.1) ? null : r.below(4) - 1,
    r.chance(0.1) ? null : r.of(['', 'x', 'X', 'yy', 'é']),
    r.chance(0.1) ? null : r.below(20) / 4 - 2,
  ]);
}

function tableOf(rows: readonly Row[], name = 't') {
  const file = join(temporaryFolder(), 'data.db');
  const db = new Database(file);
  db.exec(`CREATE TABLE ${name} (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL)`);
  const insert = db.prepare(`INSERT INTO ${name} VALUES (?, ?, ?, ?)`);
  db.transaction(() => {
    for (const [id, a, ...rest] of rows) insert.run(exact(id!), exact(a!), ...rest);
  })();
  return { db, file };
}
const exact = (cell: Cell) => (typeof cell === 'number' ? BigInt(cell) : cell);

/** As a bag: each row as text. */
const bag = (rows: readonly Row[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

/** A table that is kept by a log of changes. @throws where the log takes back a row that is not there. */
class Kept {
  readonly rows: string[] = [];

  apply([op, ...cells]: Row): void {
    const text = JSON.stringify(cells);
    if (op === '+I' || op === '+U') {
      this.rows.push(text);
      return;
    }
    const at = this.rows.indexOf(text);
    if (at < 0) throw new Error(`${String(op)} of a row that is not there: ${text}`);
    this.rows.splice(at, 1);
  }
}

/** What the table was from batch to batch; the last one is the result. */
async function statesOf(setup: string, sql: string, batchRows: number): Promise<string[][]> {
  // Batches are of the rows of the table, not of those that a condition leaves.
  const session = await connect({ settings: { batch_rows: batchRows, pushdown: 'off' } });
  const kept = new Kept();
  const states: string[][] = [[]];
  try {
    for await (const batch of session.stream(`${setup}; ${sql} EMIT CHANGES`)) {
      for (const row of batch.rows()) kept.apply(row as Row);
      states.push([...kept.rows].sort());
    }
  } finally {
    await session.close();
  }
  return states;
}

/** Without states that are the same as the one before. */
const changesOf = (states: readonly string[][]): string[][] =>
  states.filter((state, i) => i === 0 || JSON.stringify(state) !== JSON.stringify(states[i - 1]));

/** Each over `t`; where our spelling is not that of SQLite, theirs comes second. */
const spellings: readonly (readonly [ours: string, theirs?: string])[] = [
  ['SELECT a, count(*), sum(c), min(b), max(c), count(DISTINCT b) FROM t GROUP BY a'],
  ['SELECT a + 1 AS k, avg(c) FROM t WHERE c > -1 GROUP BY a + 1'],
  ['SELECT b, count(*) AS n FROM t GROUP BY b HAVING count(*) % 3 <> 0'],
  ['SELECT count(*), total(c) FROM t'],
  ['SELECT a, b, max(c), id FROM t GROUP BY a'],
  ["SELECT a, group_concat(b, ',' ORDER BY id DESC) FROM t GROUP BY a"],
  ['SELECT b, median(c) AS m FROM t GROUP BY b'],
  ['SELECT median(c), percentile(id, 90) FROM t'],
  ['SELECT DISTINCT a, b FROM t'],
  ['SELECT a, c, id FROM t ORDER BY c DESC, id LIMIT 3'],
  ['SELECT id FROM t WHERE c IS NOT NULL ORDER BY b, c, id DESC LIMIT 4 OFFSET 2'],
  [
    'SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY a, b ORDER BY c DESC, id) = 1',
    'SELECT id, a, b, c FROM (SELECT *, row_number() OVER (PARTITION BY a, b ORDER BY c DESC, id) r FROM t) WHERE r = 1',
  ],
  ['SELECT id, r FROM (SELECT *, rank() OVER (PARTITION BY b ORDER BY c) AS r FROM t) WHERE r <= 2 AND id % 5 > 0'],
  [
    'SELECT id, c FROM t QUALIFY rank() OVER (PARTITION BY b ORDER BY c DESC) < 3',
    'SELECT id, c FROM (SELECT *, rank() OVER (PARTITION BY b ORDER BY c DESC) AS r FROM t) WHERE r < 3',
  ],
  ['SELECT id, r FROM (SELECT *, dense_rank() OVER (PARTITION BY a ORDER BY c) AS r FROM t) WHERE r <= 2'],
  ['SELECT id, r FROM (SELECT *, rank() OVER (PARTITION BY a ORDER BY c) AS r FROM t) WHERE r = 2'],
  ['SELECT id, dense_rank() OVER (ORDER BY c) FROM t'],
  ['SELECT id, sum(c) OVER (PARTITION BY a ORDER BY id) FROM t'],
  ['SELECT id, lag(id) OVER (PARTITION BY a ORDER BY c, id) + count(*) OVER () FROM t'],
  [
    'SELECT DISTINCT ON (b) b, id FROM t ORDER BY b, c, id',
    'SELECT b, id FROM (SELECT *, row_number() OVER (PARTITION BY b ORDER BY c, id) r FROM t) WHERE r = 1',
  ],
  ['SELECT max(n), count(*) FROM (SELECT a, count(*) AS n FROM t GROUP BY a)'],
  ['SELECT b, n FROM (SELECT b, count(*) AS n FROM t GROUP BY b) ORDER BY n DESC, b LIMIT 2'],
  ['SELECT n, count(*) FROM (SELECT a, b, count(*) AS n FROM t GROUP BY a, b) GROUP BY n'],
  ['SELECT n, rank() OVER (ORDER BY n) FROM (SELECT a, count(*) AS n FROM t GROUP BY a)'],
  ['SELECT DISTINCT n % 2 FROM (SELECT a, count(*) AS n FROM t GROUP BY a)'],
  ['SELECT id, a FROM t WHERE c > 0 ORDER BY id DESC'],
];

const queries = spellings.map(([ours, theirs = ours]) => ({ ours, theirs }));

describe.each(queries)('$ours', ({ ours, theirs }) => {
  test.each(seeds(4))('EMIT CHANGES tells what SQLite has after each batch (seed %i)', async (seed) => {
    const r = random(seed * 7919 + ours.length);
    const batchRows = r.of([1, 2, 5, 13]);
    const rows = randomRows(r.below(1e9), r.below(8 * batchRows));
    const { db, file } = tableOf(rows);
    const expected: string[][] = [[]];
    for (let n = Math.min(batchRows, rows.length); ; n = Math.min(n + batchRows, rows.length)) {
      const sql = `WITH t AS (SELECT * FROM main.t WHERE id <= ${n}) ${theirs}`;
      expected.push(bag(db.prepare(sql).raw().all() as Row[]));
      if (n === rows.length) break;
    }
    db.close();
    const found = await statesOf(`ATTACH '${file}' AS d`, ours.replaceAll('FROM t', 'FROM d.t'), batchRows);
    expect(changesOf(found)).toEqual(changesOf(expected));
  });
});

/** Over `t` and `u`, whose rows do not end as far as anybody knows, and come side by side. */
const joins: readonly string[] = [
  'SELECT t.id, u.id FROM t JOIN u ON t.a = u.a AND t.id < u.id + 9',
  'SELECT t.id, u.id FROM t LEFT JOIN u ON t.a = u.a AND t.b = u.b',
  'SELECT t.id, u.id, u.c FROM t RIGHT JOIN u ON t.id = u.id AND t.c < u.c',
  'SELECT t.id, u.id FROM t FULL JOIN u ON t.a = u.a AND t.c < u.c',
  'SELECT id FROM t WHERE a IN (SELECT a FROM u WHERE c > 0)',
  'SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.b = t.b)',
  'SELECT id, (SELECT count(*) FROM u WHERE u.id < t.id) FROM t',
  'SELECT a, b FROM t EXCEPT SELECT a, b FROM u',
  'SELECT a FROM t INTERSECT SELECT a FROM u',
  'SELECT a, b FROM t UNION SELECT a, b FROM u',
  'SELECT a, count(*) FROM t GROUP BY a UNION ALL SELECT a, c FROM u',
  'SELECT x.a, x.n, y.n FROM (SELECT a, count(*) AS n FROM t GROUP BY a) x LEFT JOIN (SELECT a, sum(c) AS n FROM u GROUP BY a) y ON x.a = y.a',
  'SELECT u.b, sum(t.c) FROM t JOIN u ON t.id = u.id GROUP BY u.b',
];

test.each(joins)('EMIT CHANGES over rows that do not end: %s', async (sql) => {
  for (const seed of seeds(2)) {
    const r = random(seed * 104729 + sql.length);
    const db = new Database(':memory:');
    const folder = temporaryFolder();
    const sources = ['t', 'u'].map((name) => {
      const rows = randomRows(r.below(1e9), r.below(30));
      const path = join(folder, `${name}.jsonl`);
      writeFileSync(path, rows.map(([id, a, b, c]) => `${JSON.stringify({ id, a, b, c })}\n`).join(''));
      db.exec(`CREATE TABLE ${name} (id INTEGER, a INTEGER, b TEXT, c REAL)`);
      const insert = db.prepare(`INSERT INTO ${name} VALUES (?, ?, ?, ?)`);
      for (const [id, a, ...rest] of rows) insert.run(exact(id!), exact(a!), ...rest);
      return `CREATE SOURCE ${name} (id INTEGER, a INTEGER, b TEXT, c REAL) WITH (connector = 'shell', command = 'cat ${path}', format = 'jsonl')`;
    });
    const expected = bag(db.prepare(sql).raw().all() as Row[]);
    db.close();
    const states = await statesOf(sources.join('; '), sql, r.of([1, 3, 4096]));
    expect(states.at(-1)).toEqual(expected);
  }
});

describe('into a table with a key', () => {
  /** Runs an INSERT over `t`, batches of 3 rows; gives the table, and what it should have. */
  async function upserted(create: string, insert: string, select: string, before = '') {
    const rows = randomRows(Number(process.env['SSQL_SEED']), 40);
    const { db, file } = tableOf(rows);
    db.exec(`${create}; ${before}`);
    const session = await connect({ settings: { batch_rows: 3 } });
    try {
      await session.execute(`ATTACH '${file}' AS d; ${insert}`);
    } finally {
      await session.close();
    }
    const found = bag(db.prepare('SELECT * FROM k').raw().all() as Row[]);
    const expected = bag(db.prepare(select).raw().all() as Row[]);
    db.close();
    return { found, expected };
  }
  const grouped = 'SELECT a, b, count(*) FROM t GROUP BY a, b HAVING count(*) % 2 = 1';

  test.each(['EMIT CHANGES', 'EMIT EVERY INTERVAL 1 HOUR'])('%s: rows come, change and go', async (emit) => {
    const { found, expected } = await upserted(
      'CREATE TABLE k (a INTEGER, b TEXT, n INTEGER, UNIQUE (a, b))',
      `INSERT INTO d.k ${grouped.replace('FROM t', 'FROM d.t')} ${emit} ON CONFLICT (a, b) DO UPDATE SET n = excluded.n`,
      grouped,
    );
    expect(found).toEqual(expected);
  });

  test('a run begun anew finds its rows, NULL keys among them; those of others stay', async () => {
    const { found, expected } = await upserted(
      'CREATE TABLE k (a INTEGER UNIQUE, n INTEGER)',
      'INSERT INTO d.k SELECT a, count(*) FROM d.t GROUP BY a EMIT CHANGES ON CONFLICT (a) DO UPDATE SET n = excluded.n',
      'SELECT a, count(*) FROM t GROUP BY a UNION ALL SELECT 99, 1',
      'INSERT INTO k VALUES (1, -5), (NULL, -6), (99, 1)',
    );
    expect(found).toEqual(expected);
  });

  test('of rows that agree in the key the last one stands, and the one before it when it goes', async () => {
    const { found, expected } = await upserted(
      'CREATE TABLE k (id INTEGER PRIMARY KEY, c REAL)',
      'INSERT OR REPLACE INTO d.k SELECT id, c FROM d.t ORDER BY c DESC, id LIMIT 5 EMIT CHANGES',
      'SELECT id, c FROM t ORDER BY c DESC, id LIMIT 5',
    );
    expect(found).toEqual(expected);
    const agreeing = await upserted(
      'CREATE TABLE k (one INTEGER PRIMARY KEY, n INTEGER)',
      'INSERT INTO d.k SELECT 1, n FROM (SELECT a, count(*) AS n FROM d.t GROUP BY a) EMIT CHANGES ON CONFLICT DO UPDATE SET n = excluded.n',
      'SELECT 1, count(*) FROM t GROUP BY a',
    );
    expect(agreeing.found).toHaveLength(1);
    expect(agreeing.expected).toContain(agreeing.found[0]);
  });
});

describe('EMIT EVERY', () => {
  test.each(queries)('gives the result at the end: $ours', async ({ ours, theirs }) => {
    const { db, file } = tableOf(randomRows(ours.length, 30));
    const expected = bag(db.prepare(theirs).raw().all() as Row[]);
    db.close();
    const session = await connect({ settings: { batch_rows: 7 } });
    const sql = `ATTACH '${file}' AS d; ${ours.replaceAll('FROM t', 'FROM d.t')} EMIT EVERY INTERVAL 1 HOUR`;
    const { rows } = await session.rows(sql);
    await session.close();
    expect(bag(rows as unknown as Row[])).toEqual(expected);
  });

  test('gives the result of the moment while rows come', async () => {
    const go = join(temporaryFolder(), 'go');
    const session = await connect();
    const source = `CREATE SOURCE s (n INTEGER) WITH (connector = 'shell', format = 'lines',
      command = 'echo 1; while [ ! -e ${go} ]; do sleep 0.02; done; echo 2')`;
    const seen: unknown[] = [];
    for await (const batch of session.stream(`${source}; SELECT count(*) AS n FROM s EMIT EVERY INTERVAL '10 ms'`)) {
      for (const [n] of batch.rows()) seen.push(n);
      if (!existsSync(go)) writeFileSync(go, '');
    }
    await session.close();
    expect(seen[0]).toBe(1);
    expect(seen.at(-1)).toBe(2);
  });
});

test('groups of windows are told early, and again as they change; none is taken back when it closes', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'e.csv');
  const times = [1, 5, 12, 9, 13, 25, 24, 8, 31];
  writeFileSync(path, times.map((s, i) => `2024-01-01 00:00:${String(s).padStart(2, '0')},${i}\n`).join(''));
  const source = `CREATE SOURCE e (ts TIMESTAMP, n INTEGER, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
    WITH (connector = 'shell', command = 'cat ${path}', format = 'csv', header = false)`;
  const sql = `SELECT strftime('%S', window_start) AS s, count(*) AS n FROM TUMBLE(e, ts, INTERVAL '10' SECOND) GROUP BY window_start`;
  const states = await statesOf(source, sql, 2);
  expect(states.at(-1)).toEqual(bag([['00', 3], ['10', 2], ['20', 2], ['30', 1]])); // prettier-ignore
});

describe('rows that several branches share', () => {
  const changing = (rows: string) => `
    CREATE OR REPLACE SOURCE g (n INTEGER) WITH (connector='generator'${rows});
    FROM g |> AGGREGATE count(*) AS c GROUP BY n % 2 AS k
    |> FORK (|> INSERT INTO e.a ON CONFLICT (k) DO UPDATE SET c = excluded.c),
            (|> WHERE c > 3 |> INSERT INTO e.b ON CONFLICT (k) DO UPDATE SET c = excluded.c) EMIT CHANGES`;

  test('are computed for each of them where they change, from one source', async () => {
    const file = join(temporaryFolder(), 'e.db');
    const db = new Database(file);
    for (const name of ['a', 'b']) db.exec(`CREATE TABLE ${name} (k INTEGER PRIMARY KEY, c INTEGER)`);
    const session = await connect({ attach: { e: file }, settings: { batch_rows: 2 } });
    await session.execute(changing(', rows=7'));
    expect(db.prepare('SELECT * FROM a ORDER BY k').raw().all()).toEqual([[0, 3], [1, 4]]); // prettier-ignore
    expect(db.prepare('SELECT * FROM b ORDER BY k').raw().all()).toEqual([[1, 4]]);
    // Rows that do not end are taken, too.
    const lines = (await session.explain(changing(''))).text.split('\n');
    expect(lines.filter((line) => line.includes('as they change'))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('Source generator'))).toHaveLength(1);
    await session.close();
    db.close();
  });
});

describe('of rows that do not end', () => {
  const endless = "CREATE SOURCE g (n INTEGER) WITH (connector='generator');";

  test('DISTINCT gives the first of equal rows with where that comes from', async () => {
    const session = await connect();
    const { rows } = await session.rows(
      `${endless} SELECT * FROM (SELECT k, lineage() AS l FROM (SELECT DISTINCT n % 3 AS k FROM g) LIMIT 3) EMIT CHANGES`,
    );
    expect(rows).toEqual([['+I', 1, '["g:1"]'], ['+I', 2, '["g:2"]'], ['+I', 0, '["g:3"]']]); // prettier-ignore
    await session.close();
  });

  test('a column that is PROCTIME() is the time of windows, whatever event time the rows had', async () => {
    for (const from of ['g', 't']) {
      const session = await connect();
      const { rows } = await session.rows(`${endless}
        CREATE SOURCE t (n INTEGER, ts TIMESTAMP METADATA, WATERMARK FOR ts) WITH (connector='generator');
        SELECT window_start > TIMESTAMP '2026-01-01', count(*) > 0
        FROM TUMBLE(TABLE (SELECT n, PROCTIME() AS p FROM ${from}), p, INTERVAL '20' MILLISECOND) GROUP BY window_start LIMIT 2`);
      expect(rows.map((row) => row.map(Number))).toEqual([[1, 1], [1, 1]]); // prettier-ignore
      await session.close();
    }
  });
});
