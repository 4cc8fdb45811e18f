// What people who come from elsewhere write, each run for real.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runStatements } from './support/statements.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-spellings-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'n.csv'), 'n,t\n1,a\n');

const rowsOf = async (script: string): Promise<readonly unknown[]> =>
  (await runStatements(script.replaceAll('{}', folder))).rows;

describe('what is there', () => {
  test('DESCRIBE takes a file and a query', async () => {
    expect(await rowsOf(`DESCRIBE '{}/n.csv'; DESCRIBE SELECT 1 AS x, 'a' AS y; DESCRIBE FROM '{}/n.csv'`)).toEqual([
      ...[['n', 'ANY', null, 'yes'], ['t', 'ANY', null, 'yes']], // prettier-ignore
      ...[['x', 'INTEGER', null, 'yes'], ['y', 'TEXT', null, 'yes']], // prettier-ignore
      ...[['n', 'ANY', null, 'yes'], ['t', 'ANY', null, 'yes']], // prettier-ignore
    ]);
  });

  test('DESCRIBE takes a command and a sink', async () => {
    expect(
      await rowsOf(`CREATE COMMAND c AS 'cat' READS (x); CREATE SINK s (x INTEGER, y TEXT) WITH (connector = 'blackhole');
        DESCRIBE c; DESCRIBE s`),
    ).toEqual([['c', `'cat' READS (x)`], ['x'], ['y']]);
  });

  test('SHOW takes VARIABLES, and a setting by its name', async () => {
    expect(
      await rowsOf(`SET VARIABLE v = 'it''s'; SET VARIABLE n = 2; SET VARIABLE z = NULL; SHOW VARIABLES;
        SET batch_rows = 7; SHOW Batch_Rows; RESET ALL; SHOW batch_rows`),
    ).toEqual([
      ['v', "it's"],
      ['n', '2'],
      ['z', null],
      ['batch_rows', '7', expect.any(String)],
      ['batch_rows', '4096', expect.any(String)],
    ]);
  });
});

test('a temporary table is one of the scratch database', async () => {
  expect(await rowsOf('CREATE TEMP TABLE t (a); INSERT INTO t VALUES (4); SELECT * FROM t, main.t AS u')).toEqual([
    [4, 4],
  ]);
});
