// Tables as sinks, on real files: values arrive as they are, and a bounded INSERT is all or nothing.
import { describe, expect, test } from 'vitest';
import { batchOf } from '../src/data/builder.ts';
import type { RecordBatch } from '../src/data/batch.ts';
import type { Schema, Type } from '../src/data/types.ts';
import type { Value } from '../src/data/value.ts';
import type { Options } from '../src/plan/plan.ts';
import { database, openSink, truth } from './support/sqlite.ts';

const schemaOf = (...types: Type[]): Schema => types.map((type, i) => ({ name: `c${i}`, type }));
const n: Schema = [{ name: 'n', type: 'INTEGER' }];
const numbers = (...values: number[]): RecordBatch =>
  batchOf(
    n,
    values.map((v) => [BigInt(v)]),
  );
const integrity = (db: { pragma: (sql: string, o: object) => unknown }) =>
  db.pragma('integrity_check', { simple: true });

/** One bounded INSERT. */
async function insert(
  file: string,
  batches: readonly RecordBatch[],
  how: { options?: Options; columns?: string[] } = {},
): Promise<number> {
  const handle = await openSink(file, 't', batches[0]!.schema, how);
  try {
    for (const batch of batches) await handle.write(batch);
    await handle.commit(undefined, true);
    return handle.committed;
  } finally {
    await handle.close();
  }
}

describe('values', () => {
  const cases: [Type, Value[]][] = [
    ['INTEGER', [null, 0n, -7n, 9007199254740991n]],
    ['INTEGER', [9007199254740993n, -9223372036854775808n, 9223372036854775807n, null]],
    ['REAL', [1, -0, 1e308, Infinity, 0.1, null]],
    ['TEXT', ['', 'é', 'a\0b', '😀', '12', null]],
    ['TEXT', ['plain', 'ascii', '', null]],
    ['BOOLEAN', [0n, 1n, null]],
    ['TIMESTAMP', ['2024-02-29 23:59:59', '1969-12-31 23:59:59.999999', null]],
    ['ANY', [1n, 1, '1', new Uint8Array([0, 1]), new Uint8Array(0), 9007199254740993n, null]],
    ['BLOB', [new Uint8Array([255]), null]],
  ];
  test.each(cases)('%s arrive as any client would bind them: %o', async (type, values) => {
    const { file, db } = database(
      'CREATE TABLE t (a, i INTEGER, r REAL, s TEXT, n NUMERIC); CREATE TABLE u AS SELECT * FROM t; DROP TABLE u; CREATE TABLE u (a, i INTEGER, r REAL, s TEXT, n NUMERIC)',
    );
    const schema = schemaOf(type, type, type, type, type);
    await insert(file, [
      batchOf(
        schema,
        values.map((v) => [v, v, v, v, v]),
      ),
    ]);
    const bind = db.prepare('INSERT INTO u VALUES (?, ?, ?, ?, ?)');
    for (const v of values) bind.run(v, v, v, v, v);
    expect(truth(db, 'SELECT *, typeof(a), typeof(i), typeof(r), typeof(s), typeof(n) FROM t')).toEqual(
      truth(db, 'SELECT *, typeof(a), typeof(i), typeof(r), typeof(s), typeof(n) FROM u'),
    );
  });

  test('bytes that are no UTF-8 stay as they are; only selected rows arrive', async () => {
    const { file, db } = database('CREATE TABLE t (s TEXT, k INT)');
    const bytes = new Uint8Array([0x61, 0xff, 0x00, 0xc3, 0x62, 0xc3, 0xa9]);
    const batch: RecordBatch = {
      schema: schemaOf('TEXT', 'INTEGER'),
      length: 4,
      columns: [
        {
          kind: 'utf8',
          bytes,
          starts: Uint32Array.of(0, 0, 5, 4),
          ends: Uint32Array.of(1, 4, 7, 5),
          nulls: Uint8Array.of(0b1000),
        },
        { kind: 'f64', values: Float64Array.of(0, 1, 2, 3), nulls: undefined },
      ],
      selection: Uint32Array.of(1, 2, 3),
    };
    await insert(file, [batch]);
    expect(truth(db, 'SELECT hex(s), typeof(s), k FROM t')).toEqual([
      ['61FF00C3', 'text', 1n],
      ['C3A9', 'text', 2n],
      ['', 'null', 3n],
    ]);
  });

  test('many rows in many batches keep their order', async () => {
    const { file, db } = database('CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)');
    const batches = Array.from({ length: 13 }, (_, b) =>
      numbers(...Array.from({ length: 777 }, (__, i) => b * 777 + i)),
    );
    expect(await insert(file, batches, { columns: ['N'] })).toBe(10_101);
    expect(db.prepare('SELECT count(*), sum(n = id - 1) FROM t').raw().get()).toEqual([10_101, 10_101]);
  });
});

const raising = (how: string) =>
  `CREATE TABLE t (n INTEGER); CREATE TRIGGER r BEFORE INSERT ON t WHEN new.n = 3000 BEGIN SELECT RAISE(${how}, 'no such luck'); END`;

describe('what the table demands', () => {
  const tables = `CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, g AS (n + 1));
    CREATE TABLE strict (i INTEGER, s TEXT, b BLOB, r REAL, a ANY) STRICT; CREATE VIEW v AS SELECT n FROM t;`;
  test.each<[name: string, table: string, types: Type[], columns: string[] | undefined, says: string]>([
    ['a table that is not there', 'strct', ['INTEGER'], undefined, 'table `strct` does not exist'],
    ['a view', 'v', ['INTEGER'], undefined, 'v is a view'],
    ['too few columns', 't', ['INTEGER'], undefined, 't has 2 columns, but the rows have 1: c0'],
    [
      'too many columns',
      't',
      ['INTEGER', 'INTEGER', 'INTEGER'],
      undefined,
      't has 2 columns, but the rows have 3: c0, c1, c2',
    ],
    ['an unknown column', 't', ['INTEGER'], ['nn'], 't has no column `nn`'],
    ['a generated column', 't', ['INTEGER', 'INTEGER'], ['n', 'g'], 'column `g` of t is generated by the table itself'],
    ['a column twice', 't', ['INTEGER', 'INTEGER'], ['n', 'N'], 'column `N` of t is named twice'],
    [
      'names that are too few',
      't',
      ['INTEGER', 'INTEGER'],
      ['n'],
      '1 columns of t are named, but the rows have 2: c0, c1',
    ],
    [
      'NOT NULL without a value',
      't',
      ['INTEGER'],
      ['id'],
      'n of t would get no value, but is NOT NULL without a default',
    ],
    [
      'text in a STRICT table',
      'strict',
      ['TEXT'],
      ['i'],
      'column i of strict takes INTEGER only (the table is STRICT), but `c0` is TEXT',
    ],
    [
      'numbers as BLOB',
      'strict',
      ['INTEGER'],
      ['b'],
      'column b of strict takes BLOB only (the table is STRICT), but `c0` is INTEGER',
    ],
  ])('%s is refused before anything runs', async (_name, table, types, columns, says) => {
    const { file } = database(tables);
    const opened = openSink(file, table, schemaOf(...types), columns && { columns });
    await expect(opened).rejects.toMatchObject({ diagnostics: [{ message: says }] });
  });

  test('an ON CONFLICT that fits no key is refused', async () => {
    const { file } = database(tables);
    const options = { conflict: { columns: ['n'], set: 'nothing' } };
    await expect(openSink(file, 't', n, { columns: ['n'], options })).rejects.toMatchObject({
      diagnostics: [{ code: 'E0405' }],
    });
  });

  test.each<[string, Options, (number | string)[][], number]>([
    [
      'OR REPLACE',
      { or: 'replace' },
      [
        [1, 'new'],
        [2, 'new'],
        [3, 'new'],
      ],
      3,
    ],
    [
      'OR IGNORE',
      { or: 'ignore' },
      [
        [1, 'old'],
        [2, 'new'],
        [3, 'new'],
      ],
      2,
    ],
    [
      'DO NOTHING',
      { conflict: { set: 'nothing' } },
      [
        [1, 'old'],
        [2, 'new'],
        [3, 'new'],
      ],
      2,
    ],
    [
      'DO UPDATE',
      { conflict: { columns: ['k'], set: [{ column: 's', sql: "s || '+' || excluded.s" }] } },
      [
        [1, 'old+new'],
        [2, 'new'],
        [3, 'new'],
      ],
      3,
    ],
    [
      'DO UPDATE WHERE',
      { conflict: { columns: ['k'], set: [{ column: 's', sql: '1' }], where: "excluded.s = 'x'" } },
      [
        [1, 'old'],
        [2, 'new'],
        [3, 'new'],
      ],
      2,
    ],
  ])('INSERT %s', async (_name, options, expected, committed) => {
    const { file, db } = database("CREATE TABLE t (k INT UNIQUE, s TEXT); INSERT INTO t VALUES (1, 'old')");
    const batch = batchOf(schemaOf('INTEGER', 'TEXT'), [
      [1n, 'new'],
      [2n, 'new'],
      [3n, 'new'],
    ]);
    expect(await insert(file, [batch], { options })).toBe(committed);
    expect(db.prepare('SELECT * FROM t ORDER BY k').raw().all()).toEqual(expected);
  });

  test('triggers fire, also those of a view', async () => {
    const { file, db } =
      database(`CREATE TABLE base (n INT); CREATE TABLE log (n INT); CREATE VIEW t AS SELECT n FROM base;
      CREATE TRIGGER i INSTEAD OF INSERT ON t BEGIN INSERT INTO base VALUES (new.n * 10); END;
      CREATE TRIGGER l AFTER INSERT ON base BEGIN INSERT INTO log VALUES (new.n); END;`);
    expect(await insert(file, [numbers(1, 2)])).toBe(2);
    expect(db.prepare('SELECT n FROM log').pluck().all()).toEqual([10, 20]);
  });

  test.each([
    [
      'CHECK',
      'CREATE TABLE t (n INTEGER CHECK (n < 3000))',
      'CHECK constraint failed: n < 3000',
      ['row 3001: n = 3000'],
    ],
    [
      'UNIQUE',
      'CREATE TABLE t (n INTEGER UNIQUE); INSERT INTO t VALUES (3000)',
      'UNIQUE constraint failed: t.n',
      ['row 3001: n = 3000'],
    ],
    [
      'FOREIGN KEY',
      'CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p WITH RECURSIVE g(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM g WHERE i < 2999) SELECT i FROM g; CREATE TABLE t (n INTEGER REFERENCES p)',
      'FOREIGN KEY constraint failed',
      ['row 3001: n = 3000'],
    ],
    [
      'deferred FOREIGN KEY',
      'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (n INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED)',
      'FOREIGN KEY constraint failed',
      [],
    ],
    ['RAISE', raising('ABORT'), 'no such luck', ['row 3001: n = 3000']],
    ['RAISE that ends the transaction', raising('ROLLBACK'), 'no such luck', []],
  ])('%s: one bad row, and the table is as it was', async (_name, sql, says, names) => {
    const { file, db } = database(`${sql}; CREATE TABLE other (x); INSERT INTO other VALUES (1)`);
    const before = db.serialize();
    const batches = [numbers(...Array.from({ length: 3000 }, (_, i) => i)), numbers(3000)];
    await expect(insert(file, batches)).rejects.toMatchObject({
      diagnostic: {
        code: 'E0603',
        message: `t refused the rows: ${says}`,
        notes: [...names, 'nothing was written to t'],
      },
    });
    expect(db.serialize().equals(before)).toBe(true);
    expect(integrity(db)).toBe('ok');
  });

  test('rows may refer to later rows of the same INSERT, as in SQLite', async () => {
    const { file, db } = database('CREATE TABLE t (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES t)');
    await insert(file, [
      batchOf(schemaOf('INTEGER', 'INTEGER'), [
        [1n, 2n],
        [2n, null],
      ]),
    ]);
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(2);
  });

  test('a table of 700 columns', async () => {
    const names = Array.from({ length: 700 }, (_, i) => `k${i}`);
    const { file, db } = database(`CREATE TABLE t (${names.join(' INT, ')} INT)`);
    const rows = Array.from({ length: 120 }, (_, r) => names.map((_name, c) => BigInt(r * c)));
    await insert(file, [batchOf(schemaOf(...names.map(() => 'INTEGER' as const)), rows)]);
    expect(truth(db, 'SELECT * FROM t')).toEqual(rows);
  });
});
