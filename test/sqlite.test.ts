// Tables as sources, on real files: what is read is what better-sqlite3 reads.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCatalogue, readCatalogue } from '../src/connect/sqlite/catalogue.ts';
import { runSqlite } from '../src/connect/sqlite/passthrough.ts';
import type { RecordBatch } from '../src/data/batch.ts';
import { column, integer, text, type Expr } from '../src/expr/expr.ts';
import { database, read, truth } from './support/sqlite.ts';

const SEED = Number(process.env['SSQL_SEED']);
const CHINOOK = '../shared/data/chinook.sqlite';

const compare = (fn: string, name: string, to: Expr, more: Partial<Expr> = {}): Expr =>
  ({ kind: 'call', fn, args: [column(name, to.type), to], type: 'BOOLEAN', ...more }) as Expr;

describe('cells', () => {
  const values = [
    null,
    0n,
    -1n,
    9007199254740991n,
    9007199254740993n,
    9223372036854775807n,
    -9223372036854775808n,
    999999999999999n,
    1000000000000000n,
    0.1,
    -0,
    1e308,
    5e-324,
    Infinity,
    -1.5,
    '',
    'é',
    'a\0b',
    '😀',
    new Uint8Array(0),
    new Uint8Array([0, 255, 44]),
  ];
  test.each([1, 3, 4096])('of every class, in columns of every type, are exact (batches of %d)', async (batchRows) => {
    const { file, db } = database('CREATE TABLE t (i INTEGER, r REAL, s TEXT, x, n NUMERIC, b BLOB, d DATETIME)');
    const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)');
    for (const value of values) {
      const whole = typeof value === 'bigint' || value === null ? value : null;
      const real = typeof value === 'number' || whole !== null ? value : null;
      insert.run(whole, real, value instanceof Uint8Array ? null : value, value, value, value, value);
    }
    const got = await read(file, 't', { context: { batchRows } });
    expect(got.schema.map((f) => `${f.type} ${f.affinity}`)).toEqual([
      'INTEGER INTEGER',
      'REAL REAL',
      'TEXT TEXT',
      'ANY BLOB',
      'ANY NUMERIC',
      'ANY BLOB',
      'ANY NUMERIC',
    ]);
    expect(got.rows).toEqual(truth(db, 'SELECT * FROM t'));
    expect((await read(file, 't', { options: { types: 'any' } })).rows).toEqual(got.rows);
  });

  test('random rows, both journals', async () => {
    const value = fc.option(fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.integer().map(BigInt)), { nil: null });
    const rows = fc.array(
      fc.tuple(
        value,
        fc.option(fc.string({ unit: 'binary' }), { nil: null }),
        fc.option(fc.double({ noNaN: true }), { nil: null }),
      ),
      { maxLength: 40 },
    );
    const bases = (['wal', 'delete'] as const).map((j) => database('CREATE TABLE t (a INTEGER, s TEXT, r REAL)', j));
    const property = fc.asyncProperty(
      rows,
      fc.integer({ min: 1, max: 12 }),
      fc.nat(1),
      async (content, batchRows, which) => {
        const { file, db } = bases[which]!;
        db.exec('DELETE FROM t');
        for (const row of content) db.prepare('INSERT INTO t VALUES (?, ?, ?)').run(row);
        expect((await read(file, 't', { context: { batchRows } })).rows).toEqual(truth(db, 'SELECT * FROM t'));
      },
    );
    await fc.assert(property, { numRuns: 100, seed: SEED });
  });

  test.each([
    ['INTEGER', "'abc'", "INTEGER, but holds the TEXT 'abc'"],
    ['INTEGER', '1.5', 'INTEGER, but holds the REAL 1.5'],
    ['INTEGER', '1e300', 'INTEGER, but holds the REAL 1.0e+300'],
    ['REAL', "x'00'", "REAL, but holds the BLOB X'00'"],
    ['TEXT', "x'ff'", "TEXT, but holds the BLOB X'FF'"],
  ])('%s with %s in it: an error that names the cell', async (type, value, says) => {
    const { file, db } = database(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, c ${type}); INSERT INTO t VALUES (7, NULL), (42, ${value}), (43, NULL)`,
    );
    await expect(read(file, 't')).rejects.toMatchObject({
      diagnostic: { code: 'E0702', message: `t, row 42: column c is ${says}` },
    });
    expect((await read(file, 't', { options: { types: 'any' } })).rows).toEqual(truth(db, 'SELECT * FROM t'));
  });

  test('bytes that are no UTF-8, and a database in UTF-16', async () => {
    const odd = database("CREATE TABLE t (s TEXT); INSERT INTO t VALUES (CAST(x'41ff00fe' AS TEXT))");
    const { rows } = await read(odd.file, 't');
    expect(rows).toEqual([['A\ufffd\0\ufffd']]);
    const wide = database(
      "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (s TEXT, n INT); INSERT INTO t VALUES ('é😀', 1), (NULL, NULL)",
      'delete',
    );
    expect((await read(wide.file, 't')).rows).toEqual([
      ['é😀', 1n],
      [null, null],
    ]);
  });

  // 1 GB of text, so not in the usual run.
  test.skipIf(!process.env['SSQL_FUZZ'])('rows too wide for one packed value', async () => {
    const ten = '(VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10))';
    const { file } = database(
      `CREATE TABLE t (s TEXT); INSERT INTO t SELECT printf('%.*c', 110000000, 'x') FROM ${ten}`,
    );
    const lengths: number[] = [];
    const { offsets } = await read(file, 't', {
      columns: ['s'],
      convert: (batch) => (lengths.push(...sizes(batch)), []),
    });
    expect(lengths).toEqual(Array.from({ length: 10 }, () => 110_000_000));
    expect(offsets.length).toBeGreaterThan(1);
  });
});

const sizes = ({ columns: [s] }: RecordBatch): number[] =>
  s?.kind === 'utf8' ? Array.from(s.ends, (end, i) => end - s.starts[i]!) : [];

describe('relations', () => {
  const make = `
    CREATE TABLE "odd "" name" (rowid TEXT, _rowid_ INT, "c0" INT, r INT);
    INSERT INTO "odd "" name" VALUES ('a', 1, 2, 3), ('b', 4, 5, 6);
    CREATE TABLE hidden (rowid, _rowid_, oid); INSERT INTO hidden VALUES (1, 2, 3);
    CREATE TABLE wr (k TEXT PRIMARY KEY, v INT) WITHOUT ROWID; INSERT INTO wr VALUES ('b', 1), ('a', 2);
    CREATE TABLE g (id INTEGER PRIMARY KEY AUTOINCREMENT, a INT, b INT AS (a * 2), c TEXT COLLATE NOCASE DEFAULT 'x' NOT NULL);
    INSERT INTO g (id, a) VALUES (-9223372036854775808, 1), (0, 2), (9223372036854775807, 3);
    CREATE VIEW v AS SELECT c, a + 1 AS n, id FROM g WHERE a > 1;
    CREATE VIEW broken AS SELECT nope FROM g;
    CREATE VIRTUAL TABLE f USING fts5(x, y); INSERT INTO f VALUES ('hello', 'world');
    CREATE TABLE empty (a INT); CREATE TABLE s (a INT, b ANY, c BLOB) STRICT; INSERT INTO s VALUES (1, '1', x'31');`;
  const tables = ['odd " name', 'hidden', 'wr', 'g', 'v', 'f', 'empty', 's'];

  test.each(['wal', 'delete'] as const)('of every kind (%s)', async (journal) => {
    const { file, db } = database(make, journal);
    for (const table of tables) {
      const quoted = `"${table.replaceAll('"', '""')}"`;
      for (const batchRows of [1, 2, 4096]) {
        expect((await read(file, table, { context: { batchRows } })).rows, table).toEqual(
          truth(db, `SELECT * FROM ${quoted}`),
        );
      }
      expect((await read(file, table, { columns: [] })).rows.length).toBe(
        db.prepare(`SELECT count(*) FROM ${quoted}`).pluck().get(),
      );
      expect((await read(file, table, { limit: 1, context: { batchRows: 3 } })).rows).toEqual(
        truth(db, `SELECT * FROM ${quoted} LIMIT 1`),
      );
    }
  });

  test('a view converts what SQLite says that it does', async () => {
    const { file } = database(
      'CREATE TABLE n (a INT); CREATE VIEW mixed AS SELECT quote(a) AS m FROM n UNION ALL SELECT a FROM n',
    );
    // One side may hold texts, so none is taken for a number, though the other side is INTEGER.
    const { columns } = (await openCatalogue(file)).table('mixed')!;
    expect(columns.map((c) => c.field)).toEqual([{ name: 'm', type: 'ANY', affinity: 'BLOB' }]);
  });

  test('are described from the schema', async () => {
    const { file } = database(make);
    const catalogue = await openCatalogue(file);
    const table = (name: string) => catalogue.table(name);
    expect(catalogue.tables.map((t) => t.name)).toEqual(expect.arrayContaining(tables));
    expect(table('broken')).toBeUndefined();
    expect(table('G')).toMatchObject({ autoincrement: true, stableRowid: true, rowid: '"id"', insertable: true });
    expect(table('g')!.columns.map((c) => c.field)).toEqual([
      { name: 'id', type: 'INTEGER', affinity: 'INTEGER', notNull: true },
      { name: 'a', type: 'INTEGER', affinity: 'INTEGER' },
      { name: 'b', type: 'INTEGER', affinity: 'INTEGER' },
      { name: 'c', type: 'TEXT', affinity: 'TEXT', collation: 'NOCASE', notNull: true },
    ]);
    expect(table('g')!.columns.map((c) => [c.generated, c.default])).toEqual([
      [false, undefined],
      [false, undefined],
      [true, undefined],
      [false, "'x'"],
    ]);
    expect(table('v')!.columns.map((c) => c.field)).toEqual([
      { name: 'c', type: 'TEXT', affinity: 'TEXT', collation: 'NOCASE' },
      { name: 'n', type: 'ANY' },
      { name: 'id', type: 'INTEGER', affinity: 'INTEGER' },
    ]);
    expect(table('wr')).toMatchObject({ withoutRowid: true, stableRowid: false });
    expect(table('hidden')!.rowid).toBeUndefined();
    expect(table('s')!.columns.map((c) => `${c.field.type} ${c.field.affinity}`)).toEqual([
      'INTEGER INTEGER',
      'ANY BLOB',
      'BLOB BLOB',
    ]);
  });

  test('are described anew when anything of them changes, and else as before', async () => {
    const { file, db } = database(
      'CREATE TABLE a (x INTEGER); CREATE TABLE b (y TEXT); CREATE VIEW v AS SELECT x FROM a',
    );
    const described = async () => {
      const { tables } = await openCatalogue(file);
      return tables.map(
        (t) => `${t.name}(${t.columns.map((c) => `${c.name} ${c.field.type}`).join()}) ${t.unique.join()}`,
      );
    };
    const first = await openCatalogue(file);
    expect(await openCatalogue(file)).toBe(first);
    db.exec('INSERT INTO a VALUES (1)');
    expect(await openCatalogue(file)).toBe(first);
    db.exec('CREATE UNIQUE INDEX i ON b (y)');
    expect(await described()).toEqual(['a(x INTEGER) ', 'b(y TEXT) y', 'v(x INTEGER) ']);
    expect((await openCatalogue(file)).table('a')).toBe(first.table('a'));
    db.exec('DROP INDEX i; DROP TABLE a; CREATE TABLE a (x TEXT, z REAL)');
    expect(await described()).toEqual(['a(x TEXT,z REAL) ', 'b(y TEXT) ', 'v(x TEXT) ']);
    db.exec('ALTER TABLE a DROP COLUMN z; ALTER TABLE b RENAME TO c; DROP VIEW v');
    expect(await described()).toEqual(['a(x TEXT) ', 'c(y TEXT) ']);
    db.exec('CREATE VIEW v AS SELECT y FROM c; BEGIN; DROP TABLE a');
    expect(readCatalogue(db, file).tables.map((t) => t.name)).toEqual(['c', 'v']);
    db.exec('ROLLBACK');
    expect(readCatalogue(db, file).tables.map((t) => t.name)).toEqual(['a', 'c', 'v']);
  });

  test.each([
    ['CREATE TABLE t (a TEXT COLLATE nocase, b TEXT)', { a: 'NOCASE' }],
    [
      'CREATE TABLE t ("a, (b" TEXT /* COLLATE RTRIM */ COLLATE NOCASE, [c] TEXT -- COLLATE NOCASE\n COLLATE rtrim)',
      { 'a, (b': 'NOCASE', c: 'RTRIM' },
    ],
    [
      "CREATE TABLE t (a TEXT DEFAULT 'COLLATE NOCASE', b TEXT CHECK (b <> 'x' COLLATE NOCASE), UNIQUE (a COLLATE NOCASE))",
      {},
    ],
    ['CREATE TABLE t (`collate` TEXT, b TEXT NOT NULL COLLATE "nocase" UNIQUE)', { b: 'NOCASE' }],
  ])('collations: %s', async (sql, collations) => {
    const { file } = database(sql);
    const columns = (await openCatalogue(file)).table('t')!.columns;
    expect(
      Object.fromEntries(columns.filter((c) => c.field.collation).map((c) => [c.name, c.field.collation])),
    ).toEqual(collations);
  });

  test('predicates are applied by SQLite, and rows keep their order though an index is used', async () => {
    const { file, db } = database(`CREATE TABLE t (a INTEGER, s TEXT); CREATE INDEX i ON t (a);
      INSERT INTO t WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 500) SELECT (n * 7919) % 500, 's' || n FROM g; ANALYZE`);
    const pushed = [compare('>', 'a', integer(490), { affinity: 'INTEGER' }), compare('<>', 's', text('s3'))];
    const expected = truth(db, "SELECT s FROM t WHERE +a > 490 AND s <> 's3' ORDER BY rowid");
    expect(expected.length).toBeGreaterThan(5);
    for (const batchRows of [2, 4096]) {
      expect((await read(file, 't', { pushed, columns: ['s'], context: { batchRows } })).rows).toEqual(expected);
    }
    expect((await read(file, 't', { pushed, columns: ['s'], limit: 3 })).rows).toEqual(expected.slice(0, 3));
  });

  // With a rollback journal, 32 MiB are held and the rest is copied.
  test.each([
    ['wal', 1],
    ['delete', 1],
    ['delete', 100_000],
  ] as const)('an index that tells which rows are wanted gives their rowids first (%s, %d)', async (journal, width) => {
    const { file, db } = database(
      `CREATE TABLE wanted ("ssql rowid" TEXT, a INTEGER, s TEXT); CREATE INDEX i ON wanted (a);
      WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 500)
      INSERT INTO wanted SELECT 'r' || n, (n * 7919) % 500, printf('%.*c', ${width}, char(97 + n % 26)) FROM g;
      DELETE FROM wanted WHERE rowid % 7 = 0`,
      journal,
    );
    const pushed = [compare('>', 'a', integer(90), { affinity: 'INTEGER' })];
    const columns = ['s', 'ssql rowid', 'a'];
    const expected = truth(db, 'SELECT s, "ssql rowid", a FROM wanted WHERE +a > 90 ORDER BY rowid');
    expect(expected.length).toBeGreaterThan(340);
    for (const batchRows of [2, 4096]) {
      const got = await read(file, 'wanted', { pushed, columns, context: { batchRows } });
      expect(got.rows).toEqual(expected);
    }
    expect((await read(file, 'wanted', { pushed, columns, limit: 3 })).rows).toEqual(expected.slice(0, 3));
  });

  test('offsets: reading goes on behind the last row; without a key there is nothing to go on from', async () => {
    const { file, db } = database(
      'CREATE TABLE t (id INTEGER PRIMARY KEY, v INT); INSERT INTO t VALUES (-3, 1), (5, 2), (9007199254740993, 3); CREATE TABLE u (v INT); INSERT INTO u VALUES (1)',
    );
    const { offsets } = await read(file, 't', { context: { batchRows: 2 } });
    expect(offsets).toEqual([{ rowid: '5' }, { rowid: '9007199254740993' }]);
    db.exec('INSERT INTO t VALUES (9007199254740994, 4)');
    expect((await read(file, 't', { at: { rowid: '5' }, columns: ['v'] })).rows).toEqual([[3n], [4n]]);
    const at = (await read(file, 'u')).offsets[0] as { partial: number };
    await expect(read(file, 'u', { at })).rejects.toMatchObject({ diagnostic: { code: 'E0604' } });
  });
});

describe('what is not a database', () => {
  test.each<[string, (file: string) => void, string]>([
    ['nothing', () => undefined, 'does not exist'],
    ['a folder', (file) => void mkdirSync(file), 'not a file'],
    ['a text', (file) => writeFileSync(file, 'hello '.repeat(200)), 'not an SQLite database'],
  ])('%s', async (_what, make, says) => {
    const file = join(dirname(database('').file), 'x.db');
    make(file);
    await expect(openCatalogue(file)).rejects.toMatchObject({
      diagnostic: { code: 'E0601', message: expect.stringContaining(says) as string },
    });
  });

  test('a table that is not there: the nearest name', async () => {
    const { file } = database('CREATE TABLE orders (a INT)');
    await expect(read(file, 'ordrs')).rejects.toMatchObject({
      option: 'table',
      help: expect.arrayContaining(['did you mean orders?']) as string[],
    });
  });
});

test('statements are passed through', async () => {
  const { file, db } = database('CREATE TABLE t (a INTEGER PRIMARY KEY, b INT)');
  expect(await runSqlite(file, 'INSERT INTO t VALUES (1, 2), (2, 9007199254740993)')).toEqual({
    columns: [],
    changes: 2,
  });
  const { columns, batch } = await runSqlite(file, 'SELECT b, b FROM t ORDER BY a');
  expect([columns, batch!.columns[0]]).toEqual([['b', 'b'], { kind: 'any', values: [2n, 9007199254740993n] }]);
  await expect(runSqlite(file, 'INSERT INTO t VALUES (1, 1)')).rejects.toMatchObject({
    diagnostic: { code: 'E0603', message: expect.stringContaining('UNIQUE') as string },
  });
  await expect(runSqlite(file, 'DELETE FROM t', { readOnly: true })).rejects.toMatchObject({
    diagnostic: { code: 'E0603' },
  });
  expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(2);
});

test.skipIf(!existsSync(CHINOOK))(
  'all tables of a public sample database (skipped where it is not at hand)',
  async () => {
    const { file } = database('');
    const copy = join(dirname(file), 'chinook.db');
    copyFileSync(CHINOOK, copy);
    const db = new Database(copy, { readonly: true });
    const { tables } = await openCatalogue(copy);
    expect(tables.length).toBeGreaterThanOrEqual(11);
    for (const { name } of tables)
      expect((await read(copy, name)).rows, name).toEqual(truth(db, `SELECT * FROM "${name}"`));
    db.close();
  },
);
