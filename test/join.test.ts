// Joins by ranges, by nearness and by lookup give what SQLite makes of the same question asked in its own words.
// `SSQL_SEED` moves on to other rows.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { connect, type Session } from '../src/index.ts';
import { runCases } from './support/cases.ts';
import { temporaryFolder } from './support/cli.ts';
import { random, seeds, type Random } from './support/random.ts';
import { faultsOf } from './support/faults.ts';

runCases('errors/join.case', faultsOf);

type Cell = null | bigint | number | string;

/** Two tables of the same columns: `n` tells rows apart, `i`, `f`, `x` and `m` are to be compared. */
function twoTables(r: Random, most: number): { readonly file: string; readonly db: Database.Database } {
  const file = join(temporaryFolder(), 'j.db');
  const db = new Database(file);
  for (const name of ['a', 'b']) {
    db.exec(`CREATE TABLE ${name} (n INTEGER PRIMARY KEY, k INTEGER, i INTEGER, f REAL, x TEXT, m)`);
    const insert = db.prepare(`INSERT INTO ${name} VALUES (?, ?, ?, ?, ?, ?)`);
    const rows = r.below(most);
    for (let n = 0; n < rows; n++) insert.run(BigInt(n), ...cells(r));
  }
  db.exec('CREATE INDEX bk ON b (k); CREATE INDEX bx ON b (x)');
  return { file, db };
}

function cells(r: Random): Cell[] {
  const text = () => `2024-01-0${1 + r.below(3)} 0${r.below(4)}:00:00`;
  const some = (value: () => Cell) => (r.chance(0.12) ? null : value());
  // Around 2^53 numbers of JS have gaps, those of SQLite have none.
  const integer = () => (r.chance(0.05) ? 2n ** 53n + BigInt(r.below(5)) : BigInt(r.below(30) - 5));
  return [
    some(() => BigInt(r.below(5))),
    some(integer),
    some(() => r.below(60) / 2 - 3),
    some(text),
    some(() => r.of<() => Cell>([integer, () => r.below(9) / 4, text])()),
  ];
}

const printed = (rows: readonly (readonly unknown[])[]): string[] =>
  rows
    .map((row) => row.map((cell) => (cell === null ? 'NULL' : `${typeof cell} ${String(cell as Cell)}`)).join(' | '))
    .sort();

const theirs = (db: Database.Database, sql: string): string[] =>
  printed(db.prepare(sql).raw().safeIntegers().all() as unknown[][]);

/** The same query in each of some ways to run it. */
async function check(file: string, db: Database.Database, sql: string, ours = sql): Promise<void> {
  const expected = theirs(db, sql);
  for (const settings of [{ batch_rows: 1 }, { batch_rows: 7, optimizer: 'off' }, { batch_rows: 4096 }] as const) {
    const session = await connect({ attach: { o: file }, settings });
    try {
      expect(printed(widened((await session.rows(ours)).rows)), `${ours}\n  ${JSON.stringify(settings)}`).toEqual(
        expected,
      );
    } finally {
      await session.close();
    }
  }
}

/** Small INTEGERs come as numbers; all of the columns that the tests ask for are INTEGERs. */
const widened = (rows: readonly (readonly unknown[])[]): unknown[][] =>
  rows.map((row) => row.map((cell) => (typeof cell === 'number' ? BigInt(cell) : cell)));

const conditions: readonly ((r: Random) => string)[] = [
  (r) => `b.i BETWEEN a.i AND a.i + ${r.below(6)}`,
  (r) => `a.i BETWEEN b.i - ${r.below(6)} AND b.i`,
  (r) => `a.i - ${r.below(3)} < b.i + ${r.below(3)} AND b.i <= a.i`,
  () => 'b.f > a.i AND b.f < a.i + 4',
  () => 'b.i >= a.f',
  () => 'a.x <= b.x AND b.x < a.m',
  () => 'b.m BETWEEN a.i AND a.x',
  () => 'b.x > a.x COLLATE NOCASE AND b.i <> a.i',
  () => 'a.f * 2 < b.i AND b.i < a.f * 2 + 5',
  () => "b.x BETWEEN a.x AND datetime(a.x, '+1 hours')",
];

describe.each(seeds(6))('seed %i', (seed) => {
  test('a range, with and without keys, in joins of every kind', async () => {
    const r = random(seed);
    const { file, db } = twoTables(r, 40);
    for (const condition of conditions) {
      const on = `${r.chance(0.5) ? 'a.k = b.k AND ' : ''}${condition(r)}`;
      const kind = r.of(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']);
      await check(file, db, `SELECT a.n, b.n FROM a ${kind} b ON ${on}`);
      await check(file, db, `SELECT a.n, b.n FROM a, b WHERE ${on} AND b.n % 3 <> 0`);
      const not = r.chance(0.5) ? '' : 'NOT ';
      await check(
        file,
        db,
        `SELECT a.n FROM a WHERE ${not}EXISTS (SELECT 1 FROM b WHERE ${on})`,
        `SELECT a.n FROM a ${not ? 'ANTI' : r.of(['SEMI', 'LEFT SEMI'])} JOIN b ON ${on}`,
      );
    }
    await check(
      file,
      db,
      `SELECT a.n, b.n, c.n FROM (a JOIN b ON a.i < b.i) LEFT JOIN (b c JOIN a d ON c.i = d.i) ON c.f > b.f`,
    );
    await check(file, db, `SELECT a.n, b.n FROM a JOIN b ON (a.k, b.i) = (b.k, a.i)`);
    db.close();
  });

  test('ASOF: the nearest row, of equally near ones the last', async () => {
    const r = random(seed + 1000);
    const { file, db } = twoTables(r, 60);
    for (const [compare, order] of [
      ['>=', 'DESC'],
      ['>', 'DESC'],
      ['<=', 'ASC'],
      ['<', 'ASC'],
    ] as const) {
      for (const column of ['i', 'f', 'x', 'm']) {
        const key = r.chance(0.7) ? 'a.k = b.k AND ' : '';
        const best = `(SELECT b.n FROM b WHERE ${key}a.${column} ${compare} b.${column} ORDER BY b.${column} ${order}, b.n DESC LIMIT 1)`;
        const mirrored = compare.replace(/[<>]/, (c) => (c === '<' ? '>' : '<'));
        const near = r.of([`a.${column} ${compare} b.${column}`, `b.${column} ${mirrored} a.${column}`]);
        await check(file, db, `SELECT a.n, ${best} FROM a`, `SELECT a.n, b.n FROM a ASOF LEFT JOIN b ON ${key}${near}`);
        await check(
          file,
          db,
          `SELECT n, m FROM (SELECT a.n, ${best} AS m FROM a) WHERE m IS NOT NULL`,
          `FROM a |> ASOF JOIN b ON ${key}${near} |> SELECT a.n, b.n`,
        );
      }
    }
    const best = '(SELECT b.n FROM b WHERE a.k = b.k AND b.i <= a.i ORDER BY b.i DESC, b.n DESC LIMIT 1)';
    await check(
      file,
      db,
      `SELECT k, i, a.n, ${best} FROM a`,
      'SELECT k, i, a.n, b.n FROM a ASOF LEFT JOIN b USING (k, i)',
    );
    db.close();
  });

  test('a lookup is a join with what is there', async () => {
    const r = random(seed + 2000);
    const { file, db } = twoTables(r, 60);
    const lookup = (sql: string) => sql.replace('JOIN b', 'JOIN o.b FOR SYSTEM_TIME AS OF PROCTIME() AS b');
    for (const on of [
      'b.n = a.i',
      'b.k = a.k',
      'a.k + 1 = b.k AND b.i > a.i',
      'b.k = a.f',
      'b.k = a.x',
      'b.k = a.m',
      'b.x = a.x AND a.k = b.k',
      'b.x = a.x COLLATE NOCASE AND a.k <> b.k',
    ]) {
      for (const kind of ['JOIN', 'LEFT JOIN']) {
        const sql = `SELECT a.n, b.n, b.i FROM a ${kind} b ON ${on}`;
        await check(file, db, sql, lookup(sql));
      }
      for (const [not, kind] of [
        ['', 'SEMI'],
        ['NOT ', 'ANTI'],
      ] as const) {
        await check(
          file,
          db,
          `SELECT a.n FROM a WHERE ${not}EXISTS (SELECT 1 FROM b WHERE ${on})`,
          lookup(`SELECT a.n FROM a ${kind} JOIN b ON ${on}`),
        );
      }
    }
    await check(
      file,
      db,
      'SELECT k, a.n, b.n FROM a JOIN b USING (k)',
      lookup('SELECT k, a.n, b.n FROM a JOIN b USING (k)'),
    );
    db.close();
  });
});

describe('a lookup', () => {
  const prepared = async (): Promise<{ readonly db: Database.Database; readonly session: Session }> => {
    const file = join(temporaryFolder(), 'l.db');
    const db = new Database(file);
    db.pragma('journal_mode = wal');
    db.exec(`CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO users VALUES (1, 'ann');
      CREATE TABLE orders (uid INTEGER); INSERT INTO orders VALUES (1), (1), (1)`);
    return { db, session: await connect({ attach: { d: file }, settings: { batch_rows: 1 } }) };
  };
  const sql = 'SELECT u.name FROM orders o LEFT JOIN d.users FOR SYSTEM_TIME AS OF PROCTIME() AS u ON u.id = o.uid';

  test('sees what has been written since the batch before', async () => {
    const { db, session } = await prepared();
    const writes = ["UPDATE users SET name = 'eve'", 'DELETE FROM users', 'SELECT 1'];
    const seen: unknown[] = [];
    for await (const batch of session.stream(sql)) {
      seen.push(...[...batch.rows()].flat());
      const write = writes.shift()!;
      if (write !== 'SELECT 1') db.exec(write);
    }
    expect(seen).toEqual(['ann', 'eve', null]);
    await session.close();
    db.close();
  });

  test('of a cell that is not of its type says which', async () => {
    const { db, session } = await prepared();
    db.exec("CREATE TABLE odd (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO odd VALUES (1, 'many')");
    const odd = sql.replace('d.users', 'd.odd').replace('u.name', 'u.v');
    await expect(session.rows(odd)).rejects.toThrow(/d\.odd: column v is INTEGER, but holds the TEXT many/);
    await session.close();
    db.close();
  });

  test('of a table that is gone says so', async () => {
    const { db, session } = await prepared();
    const rows = async () => {
      for await (const batch of session.stream(sql)) {
        expect([...batch.rows()]).toEqual([['ann']]);
        db.exec('DROP TABLE users');
      }
    };
    await expect(rows()).rejects.toThrow(/no such table/);
    await session.close();
    db.close();
  });
});

test('100,000 rows join 100,000 by a range without trying all pairs', { timeout: 60_000 }, async () => {
  const session = await connect();
  // Trying all pairs takes minutes.
  const side = (name: string, factor: number) =>
    `CREATE SOURCE ${name} (n INTEGER) WITH (connector = 'shell', command = 'seq 100000', format = 'lines', bounded = true);
     CREATE VIEW ${name}v AS SELECT n * ${factor} % 100003 AS v FROM ${name};`;
  const { rows } = await session.rows(
    `${side('a', 7)} ${side('b', 11)} SELECT count(*) FROM av a JOIN bv b ON b.v BETWEEN a.v AND a.v + 9`,
  );
  // Both sides are all numbers from 1 to 100002 but two.
  expect(Number(rows[0]![0])).toBeGreaterThan(999_800);
  await session.close();
});
