// Forms of statements that have no SQLite to ask, each run for real: what they print, and what they leave behind.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { runStatements, type Printed } from './support/statements.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-statements-'));
const file = join(folder, 's.db');
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  rmSync(file, { force: true });
  const db = new Database(file);
  db.exec(`
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, tags TEXT);
    INSERT INTO users VALUES (1, 'Ann', '["x","y"]'), (2, 'bob', '[]'), (3, 'Cid', NULL);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, uid INTEGER, item TEXT, total REAL, at TEXT);
    INSERT INTO orders VALUES (1, 1, 'pen', 2.5, '2026-01-01 10:00:00'), (2, 2, 'ink', 10, '2026-01-01 11:00:00'),
      (3, 1, 'cap', 7, '2026-01-01 18:00:00'), (4, 9, 'bag', 70, '2026-01-02 18:00:00');
    CREATE TABLE ship (oid INTEGER, at TEXT);
    INSERT INTO ship VALUES (1, '2026-01-01 12:00:00'), (2, '2026-01-01 19:00:00'), (3, '2026-01-01 18:30:00');
    CREATE TABLE daily (day TEXT PRIMARY KEY, n INTEGER DEFAULT 5, note DEFAULT "none", made DEFAULT (1 + 1));
    INSERT INTO daily (day, n) VALUES ('mon', 3);`);
  db.close();
});

const run = (script: string): Promise<Printed> =>
  runStatements(`ATTACH '${file}' AS s; ${script.replaceAll('{}', folder)}`);
const rowsOf = async (script: string): Promise<readonly unknown[]> => (await run(script)).rows;

describe('expressions', () => {
  test('x[i] is a part of a JSON text, as `->` gives it', async () => {
    expect(
      await rowsOf(`SELECT tags[0], tags[1] ->> '$', '{"a":[1,{"b":2}]}'['a'][1]['b'] FROM users ORDER BY id`),
    ).toEqual([
      ['"x"', 'y', '2'],
      [null, null, '2'],
      [null, null, '2'],
    ]);
  });

  test('LIKE with case takes any pattern, and ESCAPE', async () => {
    expect(
      await rowsOf(`SET case_sensitive_like = on;
        SELECT name LIKE lower(substr(name, 1, 1)) || '%', name LIKE 'B%', name NOT LIKE 'b_b', like('a!%', 'a%', '!'),
          'A_b' LIKE 'A\\_b' ESCAPE '\\', 'a_b' LIKE 'A\\_b' ESCAPE '\\', NULL LIKE name FROM users WHERE id = 2`),
    ).toEqual([[1, 0, 0, 1, 1, 0, null]]);
  });
});

describe('queries that only SQLite can answer are given to it', () => {
  const docs = `CREATE VIRTUAL TABLE s.docs USING fts5(title, body);
    INSERT INTO s.docs VALUES ('pens', 'ink and paper'), ('bags', 'paper only'), ('caps', 'wool');`;
  test.each<[query: string, rows: unknown[][]]>([
    [`SELECT title FROM docs WHERE docs MATCH 'paper' ORDER BY rank, rowid`, [['bags'], ['pens']]],
    [
      `SELECT rowid, bm25(docs) < 0, highlight(docs, 1, '<', '>') FROM s.docs WHERE docs MATCH 'ink'`,
      [[1, 1, '<ink> and paper']],
    ],
    [`SET VARIABLE q = 'wo''ol OR wool'; SELECT title FROM docs WHERE body MATCH replace(:q, '''', '')`, [['caps']]],
    [
      `WITH f AS (SELECT rowid AS r FROM docs WHERE docs MATCH ('paper')) SELECT name FROM f JOIN users ON id = r ORDER BY id`,
      [['Ann'], ['bob']],
    ],
    [
      `INSERT INTO daily (day) SELECT title FROM docs WHERE docs MATCH 'wool'; SELECT day, n FROM daily WHERE day > 'a' ORDER BY day`,
      [
        ['caps', 5],
        ['mon', 3],
      ],
    ],
    [
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT sum(i), (SELECT count(*) FROM users) FROM n`,
      [[10, 3]],
    ],
    [
      `SELECT * FROM (WITH RECURSIVE a AS (SELECT 1), "N" (i) AS NOT MATERIALIZED (VALUES (1) UNION SELECT i + 1 FROM a, n WHERE i < 2) SELECT i FROM n)`,
      [[1], [2]],
    ],
    [
      `INSERT INTO s.orders (id) WITH RECURSIVE n (i) AS (SELECT 7 UNION ALL SELECT i + 1 FROM n LIMIT 2) SELECT i FROM n; SELECT id FROM orders WHERE id > 4`,
      [[7], [8]],
    ],
    [`SELECT name, type FROM pragma_table_info('users') WHERE pk = 1`, [['id', 'INTEGER']]],
    [`SELECT u.name FROM users u, pragma_user_version v ORDER BY u.id LIMIT 1`, [['Ann']]],
  ])('%s', async (query, rows) => {
    expect(await rowsOf(docs + query)).toEqual(rows);
  });

  test('EXPLAIN QUERY PLAN is what SQLite does', async () => {
    const [[, , , detail]] = (await rowsOf('EXPLAIN QUERY PLAN SELECT * FROM users WHERE id = 3')) as unknown[][] as [
      string[],
    ];
    expect(detail).toMatch(/^SEARCH users USING INTEGER PRIMARY KEY/);
  });

  test('WITH RECURSIVE is like WITH where nothing reads itself', async () => {
    writeFileSync(join(folder, 'plain.csv'), 'n\n3\n');
    expect(
      await rowsOf(
        `WITH RECURSIVE users AS (SELECT n FROM '{}/plain.csv'), m AS (SELECT n FROM users) SELECT n FROM m |> LIMIT 1`,
      ),
    ).toEqual([[3]]);
  });

  test('match and the like are names elsewhere', async () => {
    expect(
      await rowsOf(
        `SELECT match.id AS match, 'x' FROM users match WHERE match.id = 1 UNION ALL SELECT id match, 'y' FROM users WHERE id = 2`,
      ),
    ).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
  });

  test('from a database that is only read, too', async () => {
    await run(docs);
    const { rows } = await runStatements(
      `ATTACH '${file}' AS r (READ_ONLY); SELECT title FROM docs WHERE docs MATCH 'wool'`,
    );
    expect(rows).toEqual([['caps']]);
  });
});

test('a table of the session that holds what its column is not says how it can', async () => {
  await expect(
    run("CREATE TABLE main.m (a INTEGER); INSERT INTO main.m VALUES ('x'); SELECT a FROM main.m"),
  ).rejects.toMatchObject({
    diagnostic: {
      code: 'E0702',
      help: ['a column without a type takes every value as it is: CREATE TABLE t (a, b TEXT)'],
    },
  });
  expect(await rowsOf("CREATE TABLE main.m (a); INSERT INTO main.m VALUES ('x'), (1); SELECT a FROM m")).toEqual([
    ['x'],
    [1],
  ]);
});

test('parameters are values in statements for SQLite, too', async () => {
  expect(
    await rowsOf(`SET VARIABLE name = 'O''Neil; --'; SET VARIABLE id = 2;
      UPDATE users SET name = :name, tags = '[":id"]' WHERE id = $id;
      DELETE FROM users WHERE id > @id; -- :nothing
      INSERT INTO users VALUES (7, :name, 'a::b') RETURNING id; SELECT id, name, tags FROM users ORDER BY id`),
  ).toEqual([[7], [1, 'Ann', '["x","y"]'], [2, "O'Neil; --", '[":id"]'], [7, "O'Neil; --", 'a::b']]);
  await expect(run('UPDATE users SET name = :nobody')).rejects.toThrow('parameter `nobody` has no value');
});

describe('|> ASSERT', () => {
  test('lets rows pass that meet the condition', async () => {
    expect(await rowsOf(`FROM orders |> ASSERT total > 2, 'too cheap', id |> AGGREGATE count(*) AS n`)).toEqual([[4]]);
  });
  test.each([
    ['FROM orders |> ASSERT total > 3', 'ASSERT total > 3 does not hold'],
    ["FROM orders |> ASSERT total > 3, 'too cheap', id", 'ASSERT total > 3 does not hold: too cheap: 1'],
    ['FROM users |> ASSERT tags, tags', 'ASSERT tags does not hold: ["x","y"]'],
    ['FROM users |> WHERE id = 3 |> ASSERT tags > 1, tags', 'ASSERT tags > 1 does not hold: NULL'],
    // It sees all rows that come to it, also those that are left out behind it.
    ['FROM orders |> ASSERT id < 4 |> WHERE id = 1', 'ASSERT id < 4 does not hold'],
    ['FROM orders |> ASSERT id < 4 |> AGGREGATE count(*) AS n', 'ASSERT id < 4 does not hold'],
  ])('%s', async (query, message) => {
    await expect(rowsOf(query)).rejects.toMatchObject({ diagnostic: { code: 'E0508', message } });
  });
  test('says where in the text it stands', async () => {
    await expect(run('FROM orders\n  |> ASSERT id < 4')).rejects.toMatchObject({
      diagnostic: { notes: ['it stands at q.ssql:2:6'] },
    });
  });
});

describe('files that a statement before makes', () => {
  test('can be read, those too that take late rows and rows that could not be read or processed', async () => {
    writeFileSync(
      join(folder, 'in.csv'),
      'ts,v\n2024-01-01 00:00:00,1\n2024-01-01 00:10:00,2\n2024-01-01 00:00:01,3\nx,4\n',
    );
    const sinks = ['late', 'bad', 'failed'].map(
      (name) => `CREATE SINK ${name} WITH (connector='file', path='{}/${name}.csv', format='csv', header=true);`,
    );
    expect(
      await rowsOf(`${sinks.join('')} SET batch_rows = 1;
        CREATE SOURCE t (ts TIMESTAMP, v INTEGER, WATERMARK FOR ts AS ts - INTERVAL '1' MINUTE LATE ROWS INTO late)
          WITH (connector='file', path='{}/in.csv', format='csv', on_error='bad');
        COPY (FROM t |> SHELL 'grep -q 1 && echo 7' READS (v) WRITES (w INTEGER) AS MAP SCOPE RECORD ON ERROR INTO failed) TO '{}/ok.csv';
        SELECT (SELECT group_concat(v) FROM '{}/late.csv'), (SELECT group_concat(text) FROM '{}/bad.csv'),
          (SELECT count(*) FROM '{}/failed.csv'), (SELECT group_concat(w) FROM '{}/ok.csv')`),
    ).toEqual([['3', 'x,4', 1, '7']]);
  });
});

describe('subqueries that refer to the rows around them', () => {
  test.each<[what: string, query: string, rows: unknown[][]]>([
    [
      'below a window of time',
      `SELECT o.id, (SELECT count(*) FROM HOP(TABLE (SELECT at AS ts FROM ship s WHERE s.oid <= o.id), ts,
         INTERVAL '1' HOUR, INTERVAL '2' HOUR)) FROM orders o ORDER BY 1`,
      [[1, 2], [2, 4], [3, 6], [4, 6]], // prettier-ignore
    ],
    [
      'below a session, which is one of the rows for this one only',
      `SELECT o.id, (SELECT count(DISTINCT window_start) FROM SESSION(TABLE (SELECT at AS ts FROM ship s
         WHERE s.oid <= o.id), ts, INTERVAL '1' HOUR)) FROM orders o ORDER BY 1`,
      [[1, 1], [2, 2], [3, 2], [4, 2]], // prettier-ignore
    ],
    [
      'below a window of so many rows',
      `SELECT o.id, (SELECT count(*) FROM TUMBLE_ROWS(TABLE (SELECT oid FROM ship s WHERE s.oid <= o.id), 2,
         partial => false)) FROM orders o ORDER BY 1`,
      [[1, 0], [2, 2], [3, 2], [4, 2]], // prettier-ignore
    ],
    [
      'below an ASOF JOIN',
      `SELECT u.id, (SELECT group_concat(s.oid, ',' ORDER BY s.oid) FROM orders o
         ASOF JOIN (SELECT * FROM ship WHERE oid < u.id + 2) s ON o.at <= s.at AND o.id = s.oid WHERE o.uid >= u.id)
       FROM users u ORDER BY 1`,
      [[1, '1,2'], [2, '2'], [3, null]], // prettier-ignore
    ],
    [
      'below a lookup',
      `SELECT o.id, (SELECT max(u.name) FROM ship s JOIN s.users FOR SYSTEM_TIME AS OF PROCTIME() AS u
         ON u.id = s.oid AND u.id < o.id WHERE s.oid <= o.id) FROM orders o ORDER BY 1`,
      [[1, null], [2, 'Ann'], [3, 'bob'], [4, 'bob']], // prettier-ignore
    ],
    [
      'below a command that gives a row for each row',
      `SELECT u.id, (SELECT group_concat(x) FROM (FROM orders |> WHERE uid <= u.id |> SELECT item
         |> SHELL 'tr a-z A-Z' READS (item) WRITES (x TEXT) AS MAP)) FROM users u ORDER BY 1`,
      [[1, 'PEN,CAP'], [2, 'PEN,INK,CAP'], [3, 'PEN,INK,CAP']], // prettier-ignore
    ],
  ])('%s', async (_what, query, rows) => {
    expect(await rowsOf(query)).toEqual(rows);
  });
});

describe('sinks', () => {
  test('CREATE SINK .. AS query makes the sink and fills it', async () => {
    const { rows } = await run(`CREATE SINK items WITH (connector = 'file', path = '{}/items.csv')
      AS SELECT id, item FROM orders WHERE id < 3; SHOW SINKS`);
    expect(rows).toEqual([['items', 'file']]);
    expect(readFileSync(join(folder, 'items.csv'), 'utf8')).toBe('id,item\n1,pen\n2,ink\n');
  });

  test('IF NOT EXISTS writes nothing into a sink that is there', async () => {
    await run(`CREATE SINK again WITH (connector = 'file', path = '{}/again.csv') AS SELECT 1 AS x;
      CREATE SINK IF NOT EXISTS again WITH (connector = 'file', path = '{}/again.csv') AS SELECT 2 AS x`);
    expect(readFileSync(join(folder, 'again.csv'), 'utf8')).toBe('x\n1\n');
  });

  test('with connector shell, rows are sent to a command, under the names that are declared', async () => {
    await run(`CREATE SINK c (k TEXT, n INTEGER) WITH (connector = 'shell', command = 'cat > {}/c.txt', format = 'jsonl');
      INSERT INTO c SELECT item, id FROM orders WHERE id < 3`);
    expect(readFileSync(join(folder, 'c.txt'), 'utf8')).toBe('{"k":"pen","n":1}\n{"k":"ink","n":2}\n');
  });

  test('and in the format that it says', async () => {
    await run(`CREATE SINK c WITH (connector = 'shell', command = 'cat > {}/d.txt', format = 'csv', delim = ';', header = true)
      AS SELECT item, id FROM orders WHERE id > 3`);
    expect(readFileSync(join(folder, 'd.txt'), 'utf8')).toBe('item;id\nbag;4\n');
  });
});

describe('INSERT', () => {
  test('DEFAULT as a value is what the table declares', async () => {
    expect(
      await rowsOf(`INSERT INTO s.daily VALUES ('tue', DEFAULT, DEFAULT, DEFAULT), ('wed', 1, NULL, 9);
        INSERT INTO s.daily (note, day) VALUES (DEFAULT, 'thu'); INSERT INTO s.users VALUES (DEFAULT, 'Eve', DEFAULT);
        SELECT * FROM daily ORDER BY rowid; SELECT * FROM users WHERE name = 'Eve'`),
    ).toEqual([
      ['mon', 3, 'none', 2],
      ['tue', 5, 'none', 2],
      ['wed', 1, null, 9],
      ['thu', 5, 'none', 2],
      [4, 'Eve', null],
    ]);
  });

  test('ON CONFLICT may ask the database of the target', async () => {
    expect(
      await rowsOf(`INSERT INTO s.daily (day, n) SELECT 'mon', 8 WHERE true
        ON CONFLICT (day) DO UPDATE SET n = (SELECT count(*) FROM orders) + excluded.n
        WHERE EXISTS (SELECT 1 FROM users WHERE id = excluded.n - 7); SELECT day, n FROM daily`),
    ).toEqual([['mon', 12]]);
  });
});

describe('EXPLAIN', () => {
  const linesOf = async (script: string): Promise<string> => (await run(script)).lines.join('\n');

  test('DOT draws operators as boxes, and arrows the way that rows go', async () => {
    expect(await linesOf(`EXPLAIN DOT SELECT item AS "a ""b""" FROM orders WHERE total > 3`)).toBe(
      [
        'digraph plan {',
        '  rankdir=BT;',
        '  node [shape=box];',
        '  n1 [label="Output a \\"b\\""];',
        '  n2 [label="Project item AS a \\"b\\""];',
        '  n3 [label="Source sqlite(s.orders)"];',
        '  n3 -> n2;',
        '  n2 -> n1;',
        '}',
      ].join('\n'),
    );
  });

  test('DOT draws what is shared once', async () => {
    const dot = await linesOf(`CREATE STREAM x AS FROM orders |> WHERE total > 3;
      EXPLAIN LOGICAL DOT FROM x |> SELECT id |> UNION ALL (FROM x |> SELECT uid)`);
    expect(dot.match(/Source sqlite\(s\.orders\)/g)).toHaveLength(1);
    expect(dot.match(/->/g)).toHaveLength(6);
  });

  test('DISTRIBUTED tells where each part runs', async () => {
    expect(await linesOf('EXPLAIN DISTRIBUTED SELECT id FROM users')).toMatch(
      /^Fragment 1: one process\n {2}Output id\n {2}└─ Source sqlite\(s\.users\)/,
    );
  });

  test.each(['CREATE VIEW x AS SELECT id FROM users', 'CREATE STREAM x AS FROM users'])(
    'of %s shows the query, and makes nothing',
    async (statement) => {
      expect(await linesOf(`EXPLAIN ${statement}`)).toContain('Source sqlite(s.users)');
      await expect(run(`EXPLAIN ${statement}; SELECT * FROM x`)).rejects.toThrow('table `x` does not exist');
    },
  );

  test('of CREATE SINK .. AS makes no sink', async () => {
    await expect(
      run(`EXPLAIN CREATE SINK x WITH (connector = 'stdout') AS SELECT 1; INSERT INTO x SELECT 1`),
    ).rejects.toThrow('table `x` does not exist');
  });
});

describe('a script with a faulty statement', () => {
  const tables = (): unknown[] => {
    const db = new Database(file, { readonly: true });
    try {
      return db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
    } finally {
      db.close();
    }
  };

  test.each([
    'CREATE TABLE s.n1 (a); INSERT INTO s.n1 VALUES (1); SELECT nope FROM s.n1',
    'CREATE TABLE s.n1 AS SELECT 1 AS a; SELECT nope FROM s.n1',
    'CREATE TABLE s.n1 (a); CREATE TABLE s.n2 AS SELECT a FROM s.n1; CREATE VIEW v AS SELECT nope FROM s.n2',
    'DROP TABLE s.ship; SELECT * FROM s.ship',
    "CREATE SOURCE g (n INTEGER) WITH (connector = 'generator', rows = 1); CREATE TABLE s.n1 AS FROM g; SELECT m FROM g",
  ])('leaves nothing behind: %s', async (script) => {
    const before = tables();
    await expect(run(script)).rejects.toThrow(/does not exist/);
    expect(tables()).toEqual(before);
  });

  test('is no script whose parts fit together', async () => {
    writeFileSync(join(folder, 'old.csv'), 'other\n1\n');
    expect(
      await rowsOf(`CREATE TABLE s.n1 (a); INSERT INTO s.n1 VALUES (1); DROP TABLE s.n1; CREATE TABLE s.n1 (b);
        INSERT INTO s.n1 VALUES (2); COPY s.n1 TO '{}/old.csv' (FORMAT csv, HEADER); CREATE TABLE s.n2 (c);
        SELECT b FROM '{}/old.csv'; INSERT INTO SHELL('cat > {}/made.txt') SELECT 'x'; CREATE TABLE s.n3 (d);
        SELECT line FROM read_lines('{}/made.txt'); BEGIN; CREATE TABLE s.n4 (e); ROLLBACK; CREATE TABLE s.n4 (f); SELECT f FROM s.n4`),
    ).toEqual([[2], ['x']]);
  });

  test('says what SQLite refuses in its turn', async () => {
    await expect(run('INSERT INTO s.ship VALUES (9, NULL); CREATE TABLE s.ship (a); SELECT 1')).rejects.toThrow(
      'table ship already exists',
    );
    expect(await rowsOf('SELECT count(*) FROM s.ship')).toEqual([[4]]);
  });
});
