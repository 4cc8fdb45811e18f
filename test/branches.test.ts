// Pipes with several ends, streams that are made once, and INSERTs that run as one job: over real files and tables.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Engine, type RunOptions } from '../src/engine.ts';
import { connect } from '../src/index.ts';
import type { OperatorStats } from '../src/run/operator.ts';
import { runCases } from './support/cases.ts';
import { temporaryFolder } from './support/cli.ts';
import { faultsOf } from './support/faults.ts';

runCases('errors/branches.case', faultsOf);

const ROWS = 5000;

/** `in.txt` with the numbers from 1 on, and a database with tables a, b, c (n, t) and u (n, unique). */
function place() {
  const folder = temporaryFolder();
  const file = join(folder, 'o.db');
  const input = join(folder, 'in.txt');
  writeFileSync(input, Array.from({ length: ROWS }, (_, i) => `${i + 1}\n`).join(''));
  const db = new Database(file);
  onTestFinished(() => void db.close());
  db.exec(
    'CREATE TABLE a (n, t); CREATE TABLE b (n, t); CREATE TABLE c (n, t); CREATE TABLE u (n INTEGER PRIMARY KEY)',
  );
  const numbers = `(SELECT CAST(line AS INTEGER) AS n FROM read_lines('${input}'))`;
  return {
    folder,
    file,
    input,
    db,
    numbers,
    rows: (table: string) => db.prepare(`SELECT * FROM ${table} ORDER BY rowid`).raw().all() as unknown[][],
    count: (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number,
    clear: () => db.exec('DELETE FROM a; DELETE FROM b; DELETE FROM c; DELETE FROM u'),
  };
}

type Place = ReturnType<typeof place>;

/** Runs a script; what was written where, and the counters of each run. */
async function run(
  { file }: Place,
  text: string,
  settings: Record<string, string | number> = {},
  more: Partial<RunOptions> = {},
) {
  const engine = new Engine({ attach: { o: file }, settings });
  const runs: (readonly OperatorStats[])[] = [];
  const written: [string, number | undefined][] = [];
  await engine.run(
    { name: 'q.ssql', text },
    {
      taker: { start: () => undefined, batch: () => undefined, end: () => undefined },
      text: () => undefined,
      started: (stats) => runs.push(stats),
      written: (target, { committed }) => written.push([target, committed]),
      ...more,
    },
  );
  return {
    runs,
    written,
    sources: runs.map((stats) => stats.filter((s) => s.label.startsWith('Source')).map((s) => s.rowsOut)),
  };
}

const upTo = (n: number, keep: (i: number) => boolean): unknown[][] =>
  Array.from({ length: n }, (_, i) => i + 1)
    .filter(keep)
    .map((i) => [i, null]);

describe.each([1, 7, 4096])('batches of %i rows', (batch_rows) => {
  test('SPLIT FIRST: the first WHEN that is true; NULL is not true', async () => {
    const p = place();
    const { sources, written } = await run(
      p,
      `FROM ${p.numbers} |> SPLIT FIRST WHEN n % 3 = 0 THEN (|> INSERT INTO a (n)) WHEN nullif(n % 2, 0) = 1 THEN (|> INSERT INTO b (n)) ELSE (|> INSERT INTO c (n))`,
      { batch_rows },
    );
    expect(p.rows('a')).toEqual(upTo(ROWS, (i) => i % 3 === 0));
    expect(p.rows('b')).toEqual(upTo(ROWS, (i) => i % 3 !== 0 && i % 2 === 1));
    expect(p.rows('c')).toEqual(upTo(ROWS, (i) => i % 3 !== 0 && i % 2 === 0));
    expect(sources).toEqual([[ROWS]]);
    expect(written.map(([target]) => target)).toEqual(['o.a', 'o.b', 'o.c']);
  });

  test('SPLIT ALL: every WHEN that is true, ELSE where none is', async () => {
    const p = place();
    await run(
      p,
      `FROM ${p.numbers} |> SPLIT ALL WHEN n % 3 = 0 THEN (|> INSERT INTO a (n)) WHEN n % 2 = 0 THEN (|> INSERT INTO b (n)) ELSE (|> INSERT INTO c (n))`,
      { batch_rows },
    );
    expect(p.rows('a')).toEqual(upTo(ROWS, (i) => i % 3 === 0));
    expect(p.rows('b')).toEqual(upTo(ROWS, (i) => i % 2 === 0));
    expect(p.rows('c')).toEqual(upTo(ROWS, (i) => i % 3 !== 0 && i % 2 !== 0));
  });

  test('INSERT FIRST and ALL, several targets of one WHEN', async () => {
    const p = place();
    await run(
      p,
      `INSERT FIRST WHEN n < 10 THEN INTO a (n) INTO b (n) WHEN n < 20 THEN INTO b (n) ELSE INTO u SELECT * FROM ${p.numbers}`,
      { batch_rows },
    );
    expect([p.count('a'), p.count('b'), p.count('u')]).toEqual([9, 19, ROWS - 19]);
    p.clear();
    await run(p, `INSERT ALL WHEN n < 10 THEN INTO a (n) WHEN n < 20 THEN INTO b (n) SELECT * FROM ${p.numbers}`, {
      batch_rows,
    });
    expect([p.count('a'), p.count('b')]).toEqual([9, 19]);
  });

  test('a branch of a branch; TEE goes on; a stream of a branch is read by the next statement', async () => {
    const p = place();
    const { sources, written } = await run(
      p,
      `FROM ${p.numbers}
        |> TEE (|> AGGREGATE count(*) AS n |> INSERT INTO a (n))
        |> FORK (|> WHERE n > 10 |> SPLIT WHEN n < 13 THEN (|> INSERT INTO b (n)) ELSE (|> AGGREGATE sum(n) AS n |> INSERT INTO a (n))),
                (|> WHERE n <= 3 |> CREATE STREAM few);
       INSERT INTO c (n) SELECT n * 10 FROM few`,
      { batch_rows },
    );
    expect(sources).toEqual([[ROWS]]);
    expect(p.rows('a').map(([n]) => n)).toEqual([ROWS, (ROWS * (ROWS + 1)) / 2 - 78]);
    expect(p.rows('b').map(([n]) => n)).toEqual([11, 12]);
    expect(p.rows('c').map(([n]) => n)).toEqual([10, 20, 30]);
    expect(written).toHaveLength(4);
  });

  test('the two sides of an operator read the same stream', async () => {
    const p = place();
    const s = await connect({ settings: { batch_rows } });
    await s.execute(`CREATE STREAM s AS FROM ${p.numbers} |> WHERE n <= 500`);
    const one = async (sql: string) => (await s.rows(sql)).rows;
    expect(await one('SELECT count(*), sum(x.n) FROM s x JOIN s y ON x.n = y.n + 1')).toEqual([[499, 125_249]]);
    expect(
      await one('SELECT count(*), count(y.n) FROM s x LEFT JOIN (SELECT n FROM s WHERE n % 5 = 0) y USING (n)'),
    ).toEqual([[500, 100]]);
    expect(await one('SELECT count(*) FROM (SELECT n FROM s EXCEPT SELECT n * 2 FROM s)')).toEqual([[250]]);
    expect(await one('SELECT n FROM s WHERE n IN (SELECT max(n) FROM s)')).toEqual([[500]]);
    expect(
      await one('SELECT n FROM s x WHERE n > 498 AND n < (SELECT max(y.n) FROM s y WHERE y.n % 2 = x.n % 2) + 1'),
    ).toEqual([[499], [500]]);
    // UNION ALL keeps its order, though both sides come at the same time.
    const both = Array.from({ length: 1000 }, (_, i) => [i < 500 ? i + 1 : 499 - i]);
    expect(await one('SELECT n FROM s UNION ALL SELECT -n FROM s')).toEqual(both);
    expect(await one('SELECT n FROM s UNION ALL SELECT -n FROM s LIMIT 2 OFFSET 499')).toEqual(both.slice(499, 501));
    await s.close();
  });

  test('two streams joined both ways around in one job', async () => {
    const p = place();
    const { sources } = await run(
      p,
      `CREATE STREAM x AS FROM ${p.numbers} |> WHERE n % 2 = 0; CREATE STREAM y AS FROM ${p.numbers} |> WHERE n % 3 = 0;
       INSERT INTO a (n) SELECT x.n FROM x JOIN y ON x.n = y.n;
       INSERT INTO b (n) SELECT y.n FROM y JOIN x ON x.n = y.n;
       INSERT INTO c (n) SELECT x.n FROM x LEFT JOIN y ON x.n = y.n WHERE y.n IS NULL`,
      { batch_rows },
    );
    expect(p.rows('a')).toEqual(upTo(ROWS, (i) => i % 6 === 0));
    expect(p.rows('b')).toEqual(upTo(ROWS, (i) => i % 6 === 0));
    expect(p.rows('c')).toEqual(upTo(ROWS, (i) => i % 2 === 0 && i % 3 !== 0));
    expect(sources).toEqual([[ROWS]]);
  });
});

describe('what is shared is made once', () => {
  test('random() of a stream is the same for all readers, and of a WHEN for all branches', async () => {
    const p = place();
    await run(
      p,
      `CREATE STREAM r AS SELECT n, random() AS t FROM ${p.numbers}; INSERT INTO a SELECT n, t FROM r; INSERT INTO b SELECT n, t FROM r`,
    );
    expect(p.rows('a')).toEqual(p.rows('b'));
    p.clear();
    await run(
      p,
      `INSERT FIRST WHEN random() % 2 = 0 THEN INTO a (n) WHEN random() % 2 = 0 THEN INTO b (n) ELSE INTO c (n) SELECT n FROM ${p.numbers}`,
    );
    expect(p.count('a') + p.count('b') + p.count('c')).toBe(ROWS);
    expect(
      p.db
        .prepare('SELECT count(DISTINCT n) FROM (SELECT n FROM a UNION ALL SELECT n FROM b UNION ALL SELECT n FROM c)')
        .pluck()
        .get(),
    ).toBe(ROWS);
    p.clear();
    await run(p, `INSERT ALL WHEN random() % 2 = 0 THEN INTO a (n) ELSE INTO c (n) SELECT n FROM ${p.numbers}`);
    expect(p.count('a') + p.count('c')).toBe(ROWS);
  });

  test('a command of a stream runs once', async () => {
    const p = place();
    await run(
      p,
      `CREATE STREAM s AS FROM read_lines('${p.input}') |> SHELL 'echo ran >> ${p.folder}/ran; cat' AS FILTER;
       INSERT INTO a (n) SELECT line FROM s; INSERT INTO b (n) SELECT line FROM s WHERE line > '3'`,
    );
    expect(p.count('a')).toBe(ROWS);
    const s = await connect();
    expect(await s.all(`SELECT count(*) AS n FROM read_lines('${p.folder}/ran')`)).toEqual([{ n: 1 }]);
    await s.close();
  });

  test('INSERTs that read the same file read it once, each the columns that it wants', async () => {
    const p = place();
    const csv = join(p.folder, 'x.csv');
    writeFileSync(csv, `x,y,z\n${Array.from({ length: 100 }, (_, i) => `${i},${i * 2},${i * 3}\n`).join('')}`);
    const text = `INSERT INTO a (n) SELECT x FROM '${csv}' WHERE x > 9; INSERT INTO b (n, t) SELECT z, x FROM '${csv}'; INSERT INTO c (n) SELECT count(*) FROM '${csv}'`;
    const { sources, runs } = await run(p, text);
    expect(sources).toEqual([[100]]);
    expect(runs[0]!.filter((s) => s.label.startsWith('Source')).map((s) => s.label)).toHaveLength(1);
    const shared = [p.rows('a'), p.rows('b'), p.rows('c')];
    p.clear();
    const apart = await run(p, text, { optimizer: 'off' });
    expect(apart.sources).toEqual([[100, 100, 100]]);
    expect([p.rows('a'), p.rows('b'), p.rows('c')]).toEqual(shared);
  });

  test('a join of INSERTs that share builds its side from a file of its own', async () => {
    const p = place();
    const { sources } = await run(
      p,
      `INSERT INTO a (n) SELECT x.n FROM ${p.numbers} x JOIN ${p.numbers} y ON x.n = y.n; INSERT INTO b (n) SELECT n FROM ${p.numbers}`,
    );
    expect(sources).toEqual([[ROWS, ROWS]]);
    expect([p.count('a'), p.count('b')]).toEqual([ROWS, ROWS]);
  });
});

describe('a job', () => {
  test('ends a branch that wants no more, and goes on for the others', async () => {
    const p = place();
    const { runs } = await run(
      p,
      `FROM ${p.numbers} |> FORK (|> LIMIT 3 |> INSERT INTO a (n)), (|> INSERT INTO b (n))`,
      { batch_rows: 10 },
    );
    expect([p.count('a'), p.count('b')]).toEqual([3, ROWS]);
    expect(runs).toHaveLength(1);
  });

  test('stops the source when no branch wants more', async () => {
    const p = place();
    await run(
      p,
      `FROM SHELL('yes' WRITES (y TEXT)) |> FORK (|> LIMIT 3 |> INSERT INTO a (n)), (|> LIMIT 5 |> INSERT INTO b (n))`,
    );
    expect([p.count('a'), p.count('b')]).toEqual([3, 5]);
  });

  test('fails as a whole: a command of one branch', async () => {
    const p = place();
    const done = run(
      p,
      `FROM ${p.numbers} |> FORK (|> INSERT INTO a (n)), (|> SHELL 'cat; exit 3' READS (n) WRITES (n TEXT) |> INSERT INTO b (n))`,
    );
    await expect(done).rejects.toThrow('exit status 3');
    expect([p.count('a'), p.count('b')]).toEqual([0, 0]);
  });

  test('fails as a whole: a row that a table refuses, also of another database', async () => {
    const p = place();
    const other = new Database(join(p.folder, 'other.db'));
    other.exec('CREATE TABLE d (n)');
    const text = `ATTACH '${p.folder}/other.db' AS x; INSERT INTO a (n) SELECT 1; INSERT INTO x.d SELECT 2; INSERT INTO o.u SELECT n % 100 FROM ${p.numbers}`;
    await expect(run(p, text)).rejects.toThrow('UNIQUE');
    expect(p.count('a')).toBe(0);
    expect(other.prepare('SELECT count(*) FROM d').pluck().get()).toBe(0);
    // Two INSERTs into one table that refuses what they give together.
    await expect(run(p, 'INSERT INTO u SELECT 1; INSERT INTO u SELECT 1')).rejects.toThrow('UNIQUE');
    expect(p.count('u')).toBe(0);
    other.close();
  });

  test('an overflow in one INSERT takes the others with it', async () => {
    const p = place();
    await expect(
      run(
        p,
        `INSERT INTO a (n) SELECT n FROM ${p.numbers}; INSERT INTO b (n) SELECT 9223372036854775000 + n FROM ${p.numbers}`,
      ),
    ).rejects.toThrow();
    expect([p.count('a'), p.count('b')]).toEqual([0, 0]);
  });

  test('what is written to one table comes in the order of the statements', async () => {
    const p = place();
    const { written } = await run(
      p,
      `INSERT INTO a (n) SELECT n FROM ${p.numbers}; INSERT INTO a (n) SELECT -n FROM ${p.numbers}`,
    );
    expect(written).toEqual([
      ['o.a', ROWS],
      ['o.a', ROWS],
    ]);
    expect(p.rows('a').map(([n]) => n)).toEqual(
      Array.from({ length: 2 * ROWS }, (_, i) => (i < ROWS ? i + 1 : ROWS - i - 1)),
    );
  });

  test('an INSERT sees what the one before it wrote', async () => {
    const p = place();
    expect((await run(p, 'INSERT INTO a (n) SELECT 1; INSERT INTO b (n) SELECT count(*) FROM a')).runs).toHaveLength(2);
    expect(p.rows('b')).toEqual([[1, null]]);
    p.clear();
    p.db.exec('CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO c (n) VALUES (7); END');
    await run(p, 'INSERT INTO a (n) SELECT 1; INSERT INTO b (n) SELECT n FROM c');
    expect(p.rows('b')).toEqual([[7, null]]);
    p.clear();
    // A set runs at once by order of the user: each of its INSERTs sees what was there before.
    expect(
      (await run(p, 'BEGIN STATEMENT SET; INSERT INTO a (n) SELECT 1; INSERT INTO b (n) SELECT count(*) FROM a; END'))
        .runs,
    ).toHaveLength(1);
    expect(p.rows('b')).toEqual([[0, null]]);
  });

  test('a query between INSERTs sees the rows of those before it', async () => {
    const p = place();
    const s = await connect({ attach: { o: p.file } });
    const text = 'INSERT INTO a (n) SELECT 1; INSERT INTO b (n) SELECT 2; SELECT n FROM a UNION ALL SELECT n FROM b';
    expect((await s.rows(text)).rows).toEqual([[1], [2]]);
    await s.close();
  });

  test('files: two INSERTs into one file make one header, in order; a set shares the file', async () => {
    const p = place();
    const path = join(p.folder, 'out.csv');
    const sink = `CREATE SINK f (n INTEGER) WITH (connector = 'file', path = '${path}', format = 'csv');`;
    const lines = async () => {
      const s = await connect();
      const { rows } = await s.rows(`SELECT line FROM read_lines('${path}')`);
      await s.close();
      return rows.map(([line]) => line);
    };
    await run(p, `${sink} INSERT INTO f SELECT 1; INSERT INTO f SELECT 2`);
    expect(await lines()).toEqual(['n', '1', '2']);
    writeFileSync(path, '');
    const { written } = await run(
      p,
      `${sink} BEGIN STATEMENT SET; INSERT INTO f SELECT 3; INSERT INTO f SELECT 4 UNION ALL SELECT 5; END`,
    );
    expect(await lines()).toEqual(['n', '3', '4', '5']);
    expect(written).toEqual([
      ['f', 1],
      ['f', 2],
    ]);
  });
});
