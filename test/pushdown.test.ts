// Law Q2: what goes into SQLite gives the same rows in the same order as here, and what it would compute otherwise stays.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Session } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-pushdown-'));
const shop = join(folder, 'shop.db');
new Database(shop)
  .exec(
    `CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, total INTEGER, weight REAL, note TEXT COLLATE NOCASE);
     CREATE TABLE customers (name TEXT, city TEXT);
     CREATE TABLE loose (x, n INTEGER);
     CREATE INDEX by_total ON orders (total);
     INSERT INTO orders SELECT value, 'c' || (value * 7 % 5), value * 31 % 11, value / 3.0, substr('aAbB', value % 4 + 1, 1)
       FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 60) SELECT value FROM s);
     INSERT INTO orders (id, customer, total) VALUES (-5, 'late', NULL), (70, NULL, 3), (71, NULL, NULL);
     INSERT INTO customers VALUES ('c3', 'Oslo'), ('c0', 'Rome'), ('c3', 'Bern'), ('c9', 'Kiel'), (NULL, 'none');
     INSERT INTO loose VALUES (1, 1), (1.0, 2), ('1', 3), (NULL, 4);`,
  )
  .close();

const sessions = new Map<string, Session>();
beforeAll(async () => {
  for (const pushdown of ['on', 'off'])
    sessions.set(pushdown, await connect({ attach: { shop }, settings: { pushdown, batch_rows: 7 } }));
});
afterAll(async () => {
  for (const session of sessions.values()) await session.close();
  rmSync(folder, { recursive: true });
});

/** The plan as EXPLAIN shows it, without what was done to it. */
const explained = async (sql: string): Promise<string> =>
  (await sessions.get('on')!.explain(sql)).text.split('Rewrites:')[0]!;

test.each([
  'SELECT count(*) AS n FROM shop.orders',
  'SELECT customer, count(*) AS n, max(total) AS m FROM shop.orders GROUP BY customer',
  'SELECT total % 3 AS t, sum(id) AS s FROM shop.orders WHERE id > 3 GROUP BY total',
  'SELECT customer, count(*) AS n FROM shop.orders GROUP BY customer HAVING count(*) > 5 ORDER BY n DESC LIMIT 3',
  'SELECT customer, total FROM shop.orders ORDER BY total DESC LIMIT 9 OFFSET 2',
  'SELECT note, id FROM shop.orders ORDER BY note NULLS LAST LIMIT 20',
  'SELECT DISTINCT customer, total FROM shop.orders',
  "SELECT count(DISTINCT customer) AS n, count(*) FILTER (WHERE total > 4) AS big, min(customer) AS c FROM shop.orders WHERE customer <> 'c1'",
  'SELECT customer AS total, count(*) AS customer FROM shop.orders GROUP BY customer ORDER BY 1 DESC',
  'SELECT city, count(*) AS n FROM shop.orders JOIN shop.customers ON customer = name GROUP BY city ORDER BY city',
  // A number alone would be the place of a column for SQLite.
  'SELECT note, 1 AS k, id FROM shop.orders ORDER BY k, total, id LIMIT 3',
  'SELECT -1 AS k, 7 AS l, customer, count(*) AS n FROM shop.orders GROUP BY k, l, customer ORDER BY k, customer LIMIT 5',
  'SELECT count(*) AS n, count(name) AS known FROM shop.orders LEFT JOIN shop.customers ON customer = name AND total > 5',
  'SELECT c, max(n) AS m FROM (SELECT customer AS c, total AS t, count(*) AS n FROM shop.orders GROUP BY 1, 2) GROUP BY c',
])('%s', async (sql) => {
  const text = await explained(sql);
  expect(text).toContain('SQL: SELECT');
  expect(text).not.toContain('Aggregate');
  const [there, here] = await Promise.all(['on', 'off'].map((at) => sessions.get(at)!.rows(sql)));
  expect(there!.rows).toEqual(here!.rows);
  expect(there!.rows.length).toBeGreaterThan(0);
});

test.each([
  ['the last digit of a sum of REALs depends on their order', 'SELECT sum(weight) AS s FROM shop.orders'],
  [
    "'a' and 'A' are one group, and which of them stands for it is not said",
    'SELECT note FROM shop.orders GROUP BY note',
  ],
  ['1 and 1.0 are one group', 'SELECT x, count(*) AS n FROM shop.loose GROUP BY x'],
  ['an INTEGER that overflows is an error here', 'SELECT sum(total + 9223372036854775800) AS s FROM shop.orders'],
  ['what a bare column shows depends on the order', 'SELECT customer, id FROM shop.orders GROUP BY customer'],
  ['draws are not repeated', 'SELECT count(*) AS n FROM shop.orders WHERE random() > 0'],
  ['rows of a join have no number of their own to tell the order of groups', 'SELECT city, count(*) AS n FROM shop.orders JOIN shop.customers ON customer = name GROUP BY city'], // prettier-ignore
])('stays here, as %s', async (_why, sql) => {
  expect(await explained(sql)).not.toContain('SQL:');
});

test('of tables of several databases each sums up its own (law G4), and no part has a sum that is too large', async () => {
  const [first, second] = ['one', 'two'].map((name) => join(folder, `${name}.db`)) as [string, string];
  const big = '9223372036854775807';
  new Database(first)
    .exec(`CREATE TABLE t (n INTEGER, s TEXT); INSERT INTO t VALUES (-${big}, 'b'), (0, NULL)`)
    .close();
  new Database(second)
    .exec(`CREATE TABLE t (n INTEGER, s TEXT); INSERT INTO t VALUES (${big}, 'a'), (${big} - 20, 'c')`)
    .close();
  const sql = `SELECT count(*) AS n, count(s) AS known, sum(n) AS s, avg(n) AS m, min(n) AS least, max(s) AS last,
    sum(n) FILTER (WHERE s = 'z') AS none, avg(n) FILTER (WHERE n < 9) AS low
    FROM (SELECT * FROM one.t UNION ALL SELECT * FROM two.t UNION ALL SELECT 7, 'x')`;
  const [there, here] = await Promise.all(
    ['on', 'off'].map(async (pushdown) => {
      const session = await connect({ attach: { one: first, two: second }, settings: { pushdown } });
      const { text } = await session.explain(sql);
      const { rows } = await session.rows(sql);
      await session.close();
      return { text, rows };
    }),
  );
  expect(there!.text.match(/SQL: SELECT/g)).toHaveLength(2);
  expect(here!.text).not.toContain('SQL');
  expect(there!.rows).toEqual(here!.rows);
  expect(there!.rows[0]!.slice(0, 3)).toEqual([5, 4, 9223372036854775794n]);
});

test('a table that has gone, or a column of it, is missed as ever', async () => {
  const sql = 'SELECT count(n) AS n FROM shop.loose';
  const session = await connect({ attach: { shop } });
  const { plan } = await session.explain(sql);
  await session.close();
  new Database(shop).exec('ALTER TABLE loose RENAME COLUMN n TO m').close();
  const { Engine } = await import('../src/engine.ts');
  const taker = { start: () => undefined, batch: () => undefined, end: () => undefined };
  const run = new Engine().runFile(plan, { taker, text: () => undefined });
  await expect(run).rejects.toMatchObject({ diagnostic: { code: 'E0301' } });
});
