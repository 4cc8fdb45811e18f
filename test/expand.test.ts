// Functions that make rows of values, in FROM: json_each, json_tree, generate_series.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Session } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-expand-'));
const file = join(folder, 'e.db');
const db = new Database(file);
db.exec(`
  CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, tags TEXT, doc TEXT);
  INSERT INTO t VALUES (1, 'a', '["x","y","x"]', '{"a":1,"b c":[1,{"q":2.5}],"x":"t"}'), (2, 'b', '[]', '[1,[true,null]]'),
    (3, 'c', NULL, '"é"'), (4, 'd', '[1,2.5,null,true,"1",[],{}]', '{"1a":0,"a1":{"":[[]]},"q\\"":"${'long '.repeat(60)}"}');
  CREATE TABLE u (tag TEXT, note TEXT);
  INSERT INTO u VALUES ('x', 'ex'), ('1', 'one'), ('z', NULL);`);

let sessions: readonly Session[];
beforeAll(async () => {
  sessions = await Promise.all(
    [{}, { batch_rows: 2 }, { optimizer: 'off' }].map((settings) => connect({ attach: { o: file }, settings })),
  );
});
afterAll(async () => {
  for (const session of sessions) await session.close();
  db.close();
  rmSync(folder, { recursive: true });
});

const printed = (rows: readonly (readonly unknown[])[]): string[] =>
  rows.map((row) => row.map((v) => (typeof v === 'bigint' ? Number(v) : v)).join('|'));

describe('as SQLite has it', () => {
  test.each([
    'SELECT * FROM json_each(\'{"a":1,"b c":[1,2],"é":null,"x":{"y":"z"}}\')',
    "SELECT * FROM json_each('5')",
    'SELECT * FROM json_each(NULL)',
    "SELECT * FROM json_each('[1,2]', NULL)",
    "SELECT * FROM json_each('{\"a\":[5,6]}', '$.a')",
    "SELECT * FROM json_each('{\"a\":5}', '$.a')",
    "SELECT * FROM json_each('{\"a\":5}', '$.b')",
    "SELECT * FROM json_tree('[1,[true]]', '$[1]')",
    "SELECT * FROM json_tree('[[7],[true]]', '$[0]')",
    "SELECT * FROM json_tree('{\"a\":[5,6]}', '$.a[1]')",
    "SELECT * FROM json_tree('{\"a\":[5,6]}', '$.a')",
    'SELECT * FROM json_tree(\'{"a b":[5,6]}\', \'$."a b"\')',
    'SELECT t.id, j.* FROM t, json_tree(doc) j',
    'SELECT t.id, j.id, j.parent FROM t, json_tree(t.doc) AS j WHERE j.atom IS NOT NULL',
    'SELECT t.id, value, typeof(value), typeof(atom), typeof(key) FROM t JOIN json_each(tags)',
    'SELECT t.id, j.value FROM t LEFT JOIN json_each(t.tags) j',
    "SELECT t.id, j.key FROM t LEFT JOIN json_each(t.tags) j ON j.value = 'x' AND j.key > 0",
    "SELECT t.id, j.key FROM t JOIN json_each(t.tags) j ON j.value = 'x' AND j.key >= t.id - 1",
    'SELECT t.id, j.value, note FROM t, json_each(t.tags) j LEFT JOIN u ON u.tag = j.value',
    'SELECT value, count(*) FROM t, json_each(tags) GROUP BY value ORDER BY count(*) DESC, value',
    "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM json_each(t.tags) WHERE value = 'x')",
    "SELECT id FROM t WHERE 'y' IN (SELECT value FROM json_each(tags))",
    'SELECT id, (SELECT group_concat(value) FROM json_each(tags) WHERE key < t.id) FROM t',
    'SELECT id, (SELECT sum(j.key) FROM u, json_each(t.tags) j WHERE j.value = u.tag) FROM t',
    'SELECT a.value, b.value FROM t, json_each(tags) a, json_each(tags) b WHERE t.id = 1 AND a.key < b.key',
    "SELECT a.value, b.value FROM json_each('[[1,2],[3]]') a, json_each(a.value) b",
    'SELECT count(*) FROM t, json_each(tags)',
    'SELECT key FROM t, json_each(tags) LIMIT 3',
  ])('%s', async (query) => {
    const theirs = printed(db.prepare(query).raw().all() as unknown[][]).sort();
    for (const session of sessions) expect(printed((await session.rows(query)).rows).sort()).toEqual(theirs);
  });

  test.each([
    "SELECT * FROM json_each('[1')",
    "SELECT * FROM json_each('[1]', 'x')",
    'SELECT * FROM t, json_each(name)',
  ])('an error of %s', async (query) => {
    expect(() => db.prepare(query).all()).toThrow(Database.SqliteError);
    await expect(sessions[0]!.rows(query)).rejects.toThrow(/malformed JSON|bad JSON path/);
  });
});

describe('ours', () => {
  test.each<[call: string, values: number[]]>([
    ['generate_series(1, 5, 2)', [1, 3, 5]],
    ['generate_series(3, 1, -1)', [3, 2, 1]],
    ['generate_series(2, 1)', []],
    ['generate_series(NULL, 1)', []],
    ['generate_series(1, 3, 0)', [1, 2, 3]],
  ])('%s', async (call, values) => {
    expect((await sessions[1]!.rows(`SELECT value FROM ${call}`)).rows).toEqual(values.map((v) => [v]));
  });

  test('a series may be longer than anybody reads', async () => {
    const { rows } = await sessions[0]!.rows('SELECT value FROM generate_series(1, 9223372036854775807) LIMIT 2');
    expect(rows).toEqual([[1], [2]]);
  });

  test('rows of a stream are expanded as they come', async () => {
    const own = await connect();
    await own.execute(`CREATE SOURCE s (tags TEXT) WITH (connector = 'shell', format = 'lines',
      command = 'echo "[1,2]"; echo "[3]"; exec sleep 10000')`);
    expect((await own.rows('SELECT value FROM s, json_each(tags) LIMIT 3')).rows).toEqual([[1], [2], [3]]);
    await own.close();
  });

  test('lineage is that of the row it is made of', async () => {
    const { rows } = await sessions[0]!.rows(
      'SELECT value, lineage() FROM t, json_each(tags) WHERE t.id = 1 AND key = 1',
    );
    expect(rows).toEqual([['y', '["o.t:1"]']]);
  });
});
