// Rules of SQL that the binder turns into plans (NULLs in IN, merged columns, collations, aliases): SQLite says what is right.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Session } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-bind-'));
const file = join(folder, 'o.db');
const db = new Database(file);
db.exec(`
  CREATE TABLE t (a INTEGER, b TEXT, c REAL, d, e TEXT COLLATE NOCASE);
  CREATE TABLE u (a INTEGER, b TEXT, c REAL, d, e TEXT COLLATE NOCASE);
  CREATE TABLE none (a INTEGER);
  INSERT INTO t VALUES (1, 'x', 1.5, 1, 'k'), (1, 'X', NULL, '1', 'K'), (2, NULL, -1.0, 2.5, 'l'), (NULL, '2', 2.0, NULL, NULL),
    (3, '12', 1.0, x'61', 'm'), (3, 'y ', 3.0, 'x', 'M ');
  INSERT INTO u VALUES (1, '1', 1.0, 'x', 'K'), (2, 'x', NULL, 1, 'k'), (NULL, NULL, 7.0, NULL, NULL), (5, '12', 2.5, 2.5, 'z');`);

let sessions: readonly Session[];
beforeAll(async () => {
  sessions = await Promise.all(
    ['on', 'off'].map((pushdown) => connect({ attach: { o: file }, settings: { pushdown } })),
  );
});
afterAll(async () => {
  for (const session of sessions) await session.close();
  db.close();
  rmSync(folder, { recursive: true });
});

const printed = (rows: readonly (readonly unknown[])[]): string[] =>
  rows.map((row) =>
    row
      .map((v) =>
        v instanceof Uint8Array ? Buffer.from(v).toString('hex') : String(typeof v === 'boolean' ? Number(v) : v),
      )
      .join('|'),
  );

const kinds = ['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'];
const columns = ['a', 'b', 'c', 'd', 'e'];
const each = (list: readonly string[], query: (item: string) => string): string[] => list.map(query);

describe.each<[what: string, queries: string[]]>([
  [
    'IN and EXISTS',
    [
      ...each(columns, (c) => `SELECT a, b FROM t WHERE ${c} IN (SELECT ${c} FROM u)`),
      ...each(columns, (c) => `SELECT a, b FROM t WHERE ${c} NOT IN (SELECT ${c} FROM u)`),
      ...each(columns, (c) => `SELECT a, b FROM t WHERE ${c} NOT IN (SELECT ${c} FROM u WHERE ${c} IS NOT NULL)`),
      ...each(
        columns,
        (c) => `SELECT ${c} IN (SELECT ${c} FROM u), ${c} NOT IN (SELECT ${c} FROM u WHERE a < 5) FROM t`,
      ),
      'SELECT a IN (SELECT a FROM none), NULL NOT IN (SELECT a FROM none), a NOT IN (SELECT a FROM none) FROM t',
      'SELECT a FROM t WHERE NULL NOT IN (SELECT a FROM none) AND NOT NULL IN (SELECT a FROM none)',
      'SELECT a FROM t WHERE b IN (SELECT a FROM u) OR d IN (SELECT d FROM u)',
      "SELECT a IN (1, '2', NULL), b IN (1, 'x', 12), d IN (1, 'x'), e IN ('k', 'L'), a IN () FROM t",
      'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM none) OR a = 1',
      'SELECT a, EXISTS (SELECT 1 FROM u WHERE a = 5), NOT EXISTS (SELECT 1 FROM none) FROM t',
      'SELECT a, b FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.c < 5)',
      'SELECT a, b FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.e = t.e)',
      'SELECT a, b FROM t WHERE t.c IN (SELECT u.c FROM u WHERE u.a <= t.a)',
      'SELECT a, b FROM t WHERE t.c NOT IN (SELECT u.c FROM u WHERE u.a <= t.a)',
    ],
  ],
  [
    'values of subqueries',
    [
      'SELECT a, (SELECT max(a) FROM u), (SELECT a FROM none) FROM t',
      'SELECT count(*), sum(a) + (SELECT min(c) FROM u), (SELECT count(*) FROM t) FROM none',
      'SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > (SELECT min(a) FROM u)',
      'SELECT a FROM t WHERE b = (SELECT a FROM u WHERE a = 2)',
      'SELECT sum((SELECT max(a) FROM u)) FROM t',
      'VALUES ((SELECT max(a) FROM t)), (NULL)',
    ],
  ],
  [
    'joins on conditions with subqueries',
    kinds.flatMap((join) => [
      `SELECT t.a, t.c, u.a, u.c FROM t ${join} u ON EXISTS (SELECT 1 FROM u x WHERE x.a <= t.a AND x.a >= u.a)`,
      `SELECT t.a, t.c, u.a, u.c FROM t ${join} u ON t.a = u.a AND t.c < (SELECT max(x.c) FROM t x WHERE x.a = u.a)`,
      `SELECT t.a, u.a FROM t ${join} u ON t.b IN (SELECT x.b FROM u x WHERE x.a = u.a)`,
      `SELECT count(*), sum(t.a), sum(u.a) FROM t ${join} u ON t.a > (SELECT count(*) FROM t x WHERE x.c > t.c + u.c)`,
    ]),
  ],
  [
    'shared columns of joins',
    kinds.flatMap((join) => [
      ...each(columns, (c) => `SELECT * FROM t ${join} u USING (${c})`),
      `SELECT t.*, u.*, a, t.a, u.a FROM t ${join} u USING (a, e)`,
      `SELECT * FROM (SELECT a, b FROM t) x NATURAL ${join} (SELECT b, c FROM u) y`,
      `SELECT * FROM t ${join} u ON t.a = u.a AND t.c < 2 LEFT JOIN none ON none.a = t.a`,
      `SELECT x.a, e, b, t.c, t.b, u.e FROM none x RIGHT JOIN (t ${join} u USING (e, b)) ON TRUE`,
      `SELECT * FROM none RIGHT JOIN (t NATURAL ${join} (SELECT e, a, 7 AS z FROM u)) ON TRUE`,
      `SELECT t.*, u.a, u.e FROM none RIGHT JOIN (t ${join} u USING (e)) ON TRUE`,
      `SELECT * FROM none RIGHT JOIN (t NATURAL ${join} (u JOIN (SELECT 'z' AS z) w ON TRUE)) ON TRUE`,
      `SELECT * FROM none RIGHT JOIN (t ${join} (u JOIN (SELECT 1 AS w) w ON w < 2) USING (c, a)) ON TRUE`,
      `SELECT * FROM none, (t ${join} u USING (c, a)) AS y`,
      `SELECT * FROM (t ${join} u USING (c, b)), none`,
      `SELECT * FROM t ${join} u USING (a) ${join} (SELECT 5 AS a, 'z' AS z) w USING (a)`,
    ]),
  ],
  [
    'names and positions',
    [
      'SELECT a + 1 AS b, b AS z FROM t WHERE z IS NOT NULL ORDER BY b, z',
      'SELECT upper(b) AS b, count(*) FROM t GROUP BY b ORDER BY 1, 2',
      'SELECT upper(b) AS k, count(*) AS n FROM t GROUP BY k HAVING n >= 1 ORDER BY n DESC, k',
      "SELECT e, count(*), group_concat(quote(b), ',' ORDER BY quote(b)) FROM t GROUP BY 1 ORDER BY lower(e)",
      'SELECT (SELECT max(u.a) FROM u WHERE u.e = t.e), count(*) FROM t GROUP BY 1 ORDER BY 1',
      'SELECT (SELECT 1), sum(count(*)) OVER () FROM t GROUP BY 1, a',
      'SELECT b, max(c) FROM t GROUP BY a ORDER BY a',
      'SELECT DISTINCT e FROM t ORDER BY e COLLATE NOCASE DESC NULLS FIRST',
      'SELECT a FROM t UNION SELECT a FROM u EXCEPT SELECT 3 ORDER BY a DESC',
      'SELECT 1 UNION SELECT 2 INTERSECT SELECT 2',
      'SELECT a FROM t ORDER BY a LIMIT 2 OFFSET -1',
      "SELECT a FROM t ORDER BY a DESC LIMIT '1' + 1",
      "SELECT x FROM (SELECT a AS x, a AS y FROM t UNION ALL SELECT b, c FROM u) WHERE x >= '1'",
      'WITH r(x) AS (SELECT a FROM t), s AS (SELECT x * 2 AS y FROM r) SELECT x, y FROM r JOIN s ON y = x + 1',
    ],
  ],
  [
    'limits that subqueries give',
    [
      'SELECT a FROM t ORDER BY a DESC, b LIMIT (SELECT count(*) FROM none) + 2 OFFSET (SELECT min(a) FROM u)',
      'SELECT (SELECT a FROM u ORDER BY a DESC LIMIT 1 OFFSET (SELECT min(a) FROM t))',
      'SELECT a, (SELECT u.a FROM u WHERE u.a > t.a ORDER BY u.a LIMIT 1 OFFSET (SELECT min(a) FROM t)) FROM t',
      'SELECT a, (SELECT group_concat(x) FROM (SELECT u.a AS x FROM u WHERE u.a >= t.a ORDER BY u.a LIMIT (SELECT 2))) FROM t',
      'SELECT a FROM t WHERE a IN (SELECT a FROM u ORDER BY a DESC LIMIT (SELECT count(*) FROM t) - 4)',
      'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a LIMIT (SELECT count(*) FROM none))',
      'SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT (SELECT 3)) UNION ALL SELECT * FROM (SELECT a FROM u LIMIT (SELECT 0))',
    ],
  ],
  [
    'names in brackets',
    [
      'SELECT [a] AS [x y], t.[b], [t].c FROM [t] WHERE [a] > 1 AND [t].[a] IN (SELECT [a] FROM [u]) ORDER BY [a], [x y]',
      'WITH [q] ([m]) AS (SELECT [a] FROM t) SELECT [m], count(*) FROM [q] AS [r] GROUP BY [m] ORDER BY [r].[m]',
      "SELECT json_extract('[1, 2]', '$[1]') AS [it's], [a]+[c] FROM t JOIN [u] AS [v w] USING ([a], [c])",
    ],
  ],
  [
    'collations and affinities',
    [
      "SELECT a FROM t WHERE +a = '1'",
      "SELECT a FROM t WHERE a = '1' AND d IN (1, 'x') AND c > '0'",
      "SELECT a FROM (SELECT a, b FROM t UNION ALL SELECT b, a FROM u) WHERE a = '1' OR a = 1",
      "SELECT e = 'K', 'K' = e, e = b, b = e, b COLLATE NOCASE = e, e = b COLLATE BINARY, b = 'Y' COLLATE RTRIM FROM t",
      "SELECT max(e, 'L'), min('L', e), nullif(e, 'K'), nullif('K', e), CASE e WHEN 'K' THEN 1 END, e BETWEEN 'K' AND 'l' FROM t",
      "SELECT a = '1', +a = '1', a = b, d = '1', d = 1, d = a, c = '1.0', CAST(d AS TEXT) = 1, b < 3, a IS '1' FROM t",
      'SELECT count(DISTINCT b), count(DISTINCT b COLLATE NOCASE), count(DISTINCT e), max(e COLLATE BINARY) FROM t',
      "SELECT (a, b) = (1, 'x'), (a, b) < (2, 'x'), (a, e) >= (1, 'K'), (a, b) <> (1, 'X') FROM t",
      'SELECT a IS TRUE, a IS NOT TRUE, a IS FALSE, b IS NOT FALSE, NOT a, a ISNULL, b NOTNULL FROM t',
      "SELECT 'k' || '' AS x UNION SELECT e FROM t ORDER BY x",
      "SELECT upper(x) FROM (SELECT e AS x FROM t UNION SELECT 'Q' UNION SELECT 'q')",
      'SELECT b FROM t UNION SELECT e FROM t',
      "SELECT 'K' UNION SELECT b FROM t UNION SELECT e FROM t UNION SELECT 'k'",
      "SELECT 'k' EXCEPT SELECT e FROM t",
      "SELECT 'L' || '' INTERSECT SELECT e FROM t",
      "SELECT max(e) FROM t INTERSECT SELECT e FROM u UNION ALL SELECT 'm'",
      "SELECT 'L' AS x UNION ALL SELECT e FROM t UNION ALL SELECT 'a' ORDER BY x, 1 COLLATE BINARY",
      'SELECT e FROM t ORDER BY 1 COLLATE BINARY',
      'SELECT b, a FROM t ORDER BY 1 COLLATE NOCASE, 2 DESC, b',
      "SELECT x FROM (SELECT 'k' AS x) UNION SELECT e FROM t ORDER BY 1 COLLATE BINARY",
      'SELECT -9223372036854775808, 0xff, 9223372036854775808, -0x1, .5e1, 1e400, ~a, -b FROM t',
    ],
  ],
])('%s', (_what, queries) => {
  test.each(queries)('%s', async (query) => {
    const theirs = printed(db.prepare(query).raw().safeIntegers().all() as unknown[][]);
    // Without ORDER BY the order of rows is open.
    const inOrder = (rows: string[]) => (/ORDER BY(?!.*\))/.test(query) ? rows : [...rows].sort());
    for (const session of sessions) {
      expect(inOrder(printed((await session.rows(query)).rows))).toEqual(inOrder(theirs));
    }
  });
});
