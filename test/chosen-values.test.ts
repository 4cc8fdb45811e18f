// Law K2 as it runs: a database gives only the rows whose value a command keeps, and all of them, whatever they are.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, test } from 'vitest';
import { connectors } from '../src/connect/catalog.ts';
import type { ConnectContext } from '../src/connect/connector.ts';
import type { RecordBatch } from '../src/data/batch.ts';
import { runStatements, type Printed } from './support/statements.ts';

const context: ConnectContext = {
  signal: new AbortController().signal,
  batchRows: 100,
  busyTimeout: 1000,
  maxRecord: 1 << 20,
  countBytes: () => undefined,
  log: () => undefined,
  expectBytes: () => undefined,
  countSkipped: () => undefined,
};
const folder = mkdtempSync(join(tmpdir(), 'ssql-chosen-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A table of `rows` rows with `hosts` values, one in 100 of which has a 7 at its end. */
function database(name: string, rows: number, hosts: number, journal = 'delete'): string {
  const file = join(folder, name);
  const db = new Database(file);
  db.pragma(`journal_mode = ${journal}`);
  db.exec(
    `CREATE TABLE log (id INTEGER PRIMARY KEY, host TEXT, level INTEGER);
     WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${rows})
     INSERT INTO log SELECT n, 'h' || (n % ${hosts}), n % 3 FROM s`,
  );
  db.close();
  return file;
}

/** What a query gives, its plan, and how many rows came from the table. */
async function asked(file: string, query: string, pushdown = 'on') {
  const script = (words: string) => `ATTACH '${file}' AS db; SET pushdown = ${pushdown}; ${words} ${query}`;
  const [{ rows }, { lines }, analyzed] = (await Promise.all(
    ['', 'EXPLAIN', 'EXPLAIN ANALYZE JSON'].map((words) => runStatements(script(words))),
  )) as [Printed, Printed, Printed];
  const source = /"rowsOut": (\d+)(?![^]*"rowsOut")/.exec(analyzed.lines.join('\n'));
  return { rows: rows.flat(), text: lines.join('\n'), read: Number(source?.[1]) };
}

const grep = (pattern: string) => `FROM db.log |> SHELL 'grep ${pattern}' READS (host) AS FILTER |> SELECT id`;

test.each(['delete', 'wal'])(
  'only rows of values that the command keeps leave the database (journal: %s)',
  async (journal) => {
    const file = database(`few-${journal}.db`, 20_000, 100, journal);
    const [on, off] = await Promise.all(['on', 'off'].map((pushdown) => asked(file, grep('7$'), pushdown)));
    expect(on!.rows).toHaveLength(2000);
    expect(on!.rows).toEqual(off!.rows);
    expect(on!.text).toContain("host IN (those that Shell 'grep 7$' keeps), where they are few");
    expect(on!.text).toContain("applied K2 for Shell 'grep 7$'");
    expect([on!.read, off!.read]).toEqual([2000, 20_000]);
  },
);

test('of a union each table is asked by itself, whatever its columns are called', async () => {
  const file = database('union.db', 20_000, 100);
  const query = `FROM (SELECT host, id FROM db.log UNION ALL SELECT host AS h, -id FROM db.log WHERE level = 1)
    |> SHELL 'grep 7$' READS (host) AS FILTER |> SELECT id`;
  const [on, off] = await Promise.all(['on', 'off'].map((pushdown) => asked(file, query, pushdown)));
  expect(on!.text.match(/applied K2 for Shell 'grep 7\$'/g)).toHaveLength(2);
  expect(on!.text).toContain("applied shell-below-union for Shell 'grep 7$'");
  expect(off!.text).not.toContain('shell-below-union');
  expect(on!.rows).toEqual(off!.rows);
  expect(on!.rows).toHaveLength(2667);
});

test('of a column with very many values nobody is asked first', async () => {
  const file = database('many.db', 30_000, 30_000);
  const { rows, read } = await asked(file, grep('77$'));
  expect(rows).toHaveLength(300);
  expect(read).toBe(30_000);
});

test('NULL is a value; values that are no UTF-8 stay what they are; integers are numbers', async () => {
  const file = database('odd.db', 10, 5);
  const db = new Database(file);
  db.exec(
    `INSERT INTO log VALUES (20, NULL, 1), (21, NULL, 1), (22, CAST(x'ff37' AS TEXT), 1), (23, 'x' || char(233), 2)`,
  );
  db.close();
  const pattern = `-v h`;
  const query = `FROM db.log |> SHELL 'grep ${pattern}' READS (host) AS FILTER NULLS AS 'none' |> SELECT id`;
  const [on, off] = await Promise.all(['on', 'off'].map((pushdown) => asked(file, query, pushdown)));
  expect(on!.rows).toEqual([20, 21, 22, 23]);
  expect(off!.rows).toEqual(on!.rows);
  const numbers = await asked(file, `FROM db.log |> SHELL 'grep 2' READS (level) AS FILTER |> SELECT id`);
  expect(numbers.rows).toEqual([2, 5, 8, 23]);
});

test.each(['', 'COLLATE NOCASE', 'DESC', "WHERE host > 'h5'"])(
  'values that an index finds are those of the column: an index of all sorts of values (%s)',
  async (index) => {
    const file = database(`index${index.length}.db`, 2000, 10);
    const db = new Database(file);
    db.exec(
      `CREATE INDEX of_hosts ON log (host ${index.startsWith('WHERE') ? `) ${index}` : `${index})`};
       INSERT INTO log VALUES (3000, NULL, 1), (3001, '', 1), (3002, 'H7', 1), (3003, CAST(x'ff37' AS TEXT), 1), (3004, 'h7 ', 1)`,
    );
    db.close();
    for (const pattern of ['7', '-v h']) {
      const query = `FROM db.log |> SHELL 'grep ${pattern}' READS (host) AS FILTER NULLS AS 'none' |> SELECT id`;
      const [on, off] = await Promise.all(['on', 'off'].map((pushdown) => asked(file, query, pushdown)));
      expect(on!.rows).toEqual(off!.rows);
      expect(on!.rows.length).toBeGreaterThan(3);
      expect(on!.read).toBe(on!.rows.length);
    }
  },
);

test('a predicate that the database applies itself is applied first', async () => {
  const file = database('both.db', 2000, 10);
  const query = `FROM db.log |> WHERE level = 1 |> SHELL 'grep 7' READS (host) AS FILTER |> SELECT id`;
  const [on, off] = await Promise.all(['on', 'off'].map((pushdown) => asked(file, query, pushdown)));
  expect(on!.rows).toEqual(off!.rows);
  expect(on!.rows.length).toBeGreaterThan(0);
});

test.each(['delete', 'wal'])(
  'what is written while the command is asked is not missed (journal: %s)',
  async (journal) => {
    const file = database(`moving-${journal}.db`, 1000, 10, journal);
    const other = new Database(file);
    const field = { name: 'host', type: 'TEXT' } as const;
    let values = 0;
    const request = {
      options: { file, table: 'log' },
      schema: [field],
      pushed: [],
      label: 'db.log',
      chosen: {
        column: 'host',
        keep: async (batches: readonly RecordBatch[]) => {
          values = batches.reduce((sum, batch) => sum + batch.length, 0);
          other.exec(`INSERT INTO log VALUES (5000, 'x7', 0)`);
          return [1];
        },
      },
    };
    let rows = 0;
    for await (const { batch } of connectors.get('sqlite')!.source!.open(request, undefined, context))
      rows += batch.length;
    other.close();
    expect(values).toBe(10);
    // What is known of the values is not of these rows: all are given, and the command above will tell.
    expect(rows).toBe(1001);
  },
);

test('a command that fails when it is asked fails the query as it would have without', async () => {
  const file = database('fails.db', 1000, 10);
  const log = join(folder, 'runs');
  const query = `FROM db.log |> SHELL 'echo run >> ${log}; exit 3' READS (host) AS FILTER`;
  await expect(asked(file, query)).rejects.toThrow('exit');
  expect(readFileSync(log, 'utf8').split('\n').length).toBeGreaterThan(1);
});
