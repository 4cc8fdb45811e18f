import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSession } from '../src/bind/bind.ts';
import { RunError } from '../src/base/errors.ts';
import { supervisor } from '../src/process/supervisor.ts';
import { runCases } from './support/cases.ts';
import { faultsOf } from './support/faults.ts';
import { remaining } from './support/processes.ts';
import { lastRows, runScript } from './support/scripts.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'ssql-function-'))));
afterAll(async () => {
  await supervisor.closeAll();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  expect(await remaining(supervisor.groups)).toEqual([]);
  expect(supervisor.groups).toEqual([]);
});

// What is wrong with a definition or a call, as users see it.
runCases('errors/function.case', (text) => faultsOf(text, createSession()));

const bigints = (...rows: readonly (readonly (number | string | null)[])[]) =>
  rows.map((row) => row.map((v) => (typeof v === 'number' && Number.isInteger(v) ? BigInt(v) : v)));

describe('a function of SQL', () => {
  const macros = `
    CREATE FUNCTION clamp(x INTEGER, lo INTEGER DEFAULT 0, hi INTEGER DEFAULT 10) RETURNS INTEGER
      AS (CASE WHEN x < lo THEN lo WHEN x > hi THEN hi ELSE x END);
    CREATE FUNCTION half(x REAL) RETURNS REAL AS (x / 2);
    CREATE FUNCTION shout(t TEXT) RETURNS TEXT AS (upper(t) || '!');
    CREATE FUNCTION loud(t TEXT) RETURNS TEXT AS (shout(shout(t)));
    CREATE FUNCTION same(a ANY) RETURNS BOOLEAN AS (a = a);
    CREATE FUNCTION count_of(k TEXT) RETURNS INTEGER AS ((SELECT count(*) FROM pairs WHERE key = k));
    CREATE VIEW pairs AS SELECT column1 AS key, column2 AS n FROM (VALUES ('a', 1), ('b', 2), ('a', 3));`;

  test.each<[query: string, rows: readonly (readonly unknown[])[]]>([
    ['SELECT clamp(5), clamp(-3), clamp(99), clamp(99, 0, 50), clamp(NULL)', bigints([5, 0, 10, 50, null])],
    ['SELECT clamp(clamp(20, 0, 15), 0, clamp(12, 0, 12))', bigints([12])],
    ['SELECT half(3), half(NULL), half(1 = 1)', [[1.5, null, 0.5]]],
    [`SELECT loud('a'), shout(7)`, [['A!!', '7!']]],
    // a name of the parameters, not of the columns around the call
    ['SELECT lo, clamp(lo * 10) FROM (SELECT 2 AS lo, 5 AS x, 1 AS hi)', bigints([2, 10])],
    ['SELECT key, count_of(key) FROM pairs ORDER BY n', bigints(['a', 2], ['b', 1], ['a', 2])],
    [
      'SELECT clamp(n, 2, 3), sum(n), clamp(sum(n), 0, 3) FROM pairs GROUP BY clamp(n, 2, 3) ORDER BY 1',
      bigints([2, 3, 3], [3, 3, 3]),
    ],
    ['SELECT a.n FROM pairs a JOIN pairs b ON clamp(a.n, 0, 1) = clamp(b.n) ORDER BY a.n', bigints([1], [2], [3])],
    ["FROM pairs |> WHERE shout(key) = 'A!' |> EXTEND clamp(n, 0, 2) AS c |> SELECT c", bigints([1], [2])],
  ])('%s', async (query, rows) => {
    expect(await lastRows(macros.replace(/(CREATE FUNCTION count_of.*)\n(.*)/, '$2\n$1') + query)).toEqual(rows);
  });

  test('an argument that draws is drawn once', async () => {
    const [[same]] = (await lastRows(`${macros.split('CREATE FUNCTION count_of')[0]}
      SELECT sum(same(random())) FROM SHELL('seq 200')`)) as [[bigint]];
    expect(same).toBe(200n);
  });

  test('arguments of calls in calls are not written out again and again', async () => {
    const nested = Array.from({ length: 40 }, () => 'twice(').join('');
    const [[sum]] = (await lastRows(`CREATE FUNCTION twice(x REAL) RETURNS REAL AS (x + x);
      SELECT ${nested} column1 ${')'.repeat(40)} FROM (VALUES (1.0))`)) as [[number]];
    expect(sum).toBe(2 ** 40);
  });

  test('dropped, made anew, kept', async () => {
    const { rows } = await runScript(`
      CREATE FUNCTION f(x INTEGER) RETURNS INTEGER AS (x);
      CREATE FUNCTION IF NOT EXISTS f(x INTEGER) RETURNS INTEGER AS (0);
      SELECT f(1);
      CREATE OR REPLACE FUNCTION f(x INTEGER) RETURNS INTEGER AS (x + 1);
      CREATE FUNCTION g(x INTEGER, y TEXT DEFAULT 'n') RETURNS TEXT AS SHELL 'cat' FORMAT tsv AS MAP;
      SELECT f(1);
      SHOW FUNCTIONS;
      DESCRIBE g;
      DROP FUNCTION f;
      DROP FUNCTION IF EXISTS f;
      SHOW FUNCTIONS`);
    expect(rows).toEqual([
      [[1n]],
      [[2n]],
      [
        ['f', 'x INTEGER', 'INTEGER', 'x + 1'],
        ['g', 'x INTEGER, y TEXT', 'TEXT', `SHELL 'cat' FORMAT tsv AS MAP`],
      ],
      [
        ['x', 'INTEGER', null],
        ['y', 'TEXT', `'n'`],
        [null, 'RETURNS TEXT', null],
      ],
      [['g', 'x INTEGER, y TEXT', 'TEXT', `SHELL 'cat' FORMAT tsv AS MAP`]],
    ]);
  });
});

describe('a function that is a command', () => {
  const up = `CREATE FUNCTION up(t TEXT) RETURNS TEXT AS SHELL 'tr a-z A-Z' AS MAP NULLS SKIP;
    CREATE VIEW t AS SELECT column1 AS x, column2 AS n FROM (VALUES ('a', 1), (NULL, 2), ('b', 3), ('a', 4));`;

  test.each<[query: string, rows: readonly (readonly unknown[])[]]>([
    [
      'SELECT x, up(x) FROM t',
      [
        ['a', 'A'],
        [null, null],
        ['b', 'B'],
        ['a', 'A'],
      ],
    ],
    ["SELECT n FROM t WHERE up(x) = 'A'", bigints([1], [4])],
    ["SELECT up(x), count(*) FROM t GROUP BY up(x) HAVING up(x) <> 'B' ORDER BY up(x)", bigints(['A', 2])],
    ['SELECT up(x), sum(n) FROM t GROUP BY 1 ORDER BY 1', bigints([null, 2], ['A', 5], ['B', 3])],
    ['SELECT up(max(x)), length(up(group_concat(x))) FROM t', bigints(['B', 5])],
    ['SELECT group_concat(up(x)), count(DISTINCT up(x)) FROM t', bigints(['A,B,A', 2])],
    ['SELECT n FROM t ORDER BY up(x) DESC, n', bigints([3], [1], [4], [2])],
    ["SELECT DISTINCT up(x) || up('x') FROM t WHERE x IS NOT NULL", [['AX'], ['BX']]],
    ["SELECT up(up(x) || 'y') FROM t LIMIT 1", [['AY']]],
    ["SELECT (SELECT up(x) FROM t WHERE n = 3), up((SELECT 'q'))", [['B', 'Q']]],
    ['SELECT a.n, b.n FROM t a JOIN t b ON up(a.x) = up(b.x) AND a.n < b.n', bigints([1, 4])],
    [
      "SELECT a.n, b.n FROM t a LEFT JOIN t b ON a.n = b.n AND up(b.x) = 'B'",
      bigints([1, null], [2, null], [3, 3], [4, null]),
    ],
    ["SELECT a.n, b.n FROM t a JOIN t b ON up(a.x || b.x) = 'BA'", bigints([3, 1], [3, 4])],
    ["VALUES (up('x')), ('y')", [['X'], ['y']]],
    ["FROM t |> EXTEND up(x) AS u |> AGGREGATE count(*) GROUP BY up(u) AS k |> WHERE k = 'A'", bigints(['A', 2])],
    ["SELECT n FROM t WHERE up(x) IN ('A', up('b')) AND n BETWEEN 2 AND 3", bigints([3])],
  ])('%s', async (query, rows) => {
    for (const batch of ['1', '3', '4096']) expect(await lastRows(up + query, { batch_rows: batch })).toEqual(rows);
    expect(await lastRows(up + query, { optimizer: 'off' })).toEqual(rows);
  });

  test.each<[what: string, definition: string, query: string, rows: readonly (readonly unknown[])[]]>([
    [
      'several arguments',
      `f(a TEXT, n INTEGER) RETURNS TEXT AS SHELL $$awk -F'\\t' '{ print $2 $1 }'$$ AS MAP`,
      `f('x', 7)`,
      [['7x']],
    ],
    ['none', `f() RETURNS INTEGER AS SHELL $$awk '{ print NR }'$$`, 'f(), f()', bigints([1, 1])],
    [
      'names in jsonl',
      `f(a TEXT, n INTEGER) RETURNS INTEGER AS SHELL $$sed 's/.*"n":\\([0-9]*\\).*/{"f":\\1}/'$$ FORMAT jsonl AS MAP`,
      `f('x', 7)`,
      bigints([7]),
    ],
    [
      'a type of its own',
      `f(n INTEGER) RETURNS REAL AS SHELL 'sed s/$/.5/' AS MAP`,
      'f(2) * 2, typeof(f(2))',
      [[5, 'real']],
    ],
    ['NULL as a text', `f(t TEXT) RETURNS TEXT AS SHELL 'cat' AS MAP NULLS AS 'none'`, 'f(NULL)', [['none']]],
    ['a named command', `f(t TEXT) RETURNS TEXT AS SHELL twice`, `f('a')`, [['aa']]],
    ['row by row', `f(t TEXT) RETURNS TEXT AS SHELL 'sort -r' AS MAP MODE ROW`, `f('a')`, [['a']]],
    [
      'a daemon',
      `f(t TEXT) RETURNS TEXT AS SHELL $$sed -u 's/.*/&&/'$$ AS MAP NULLS SKIP MODE DAEMON MARKER 'm' REPLY '^m+$'`,
      `f('a'), f(NULL)`,
      [['aa', null]],
    ],
    [
      'a row that fails is NULL',
      `f(t TEXT) RETURNS TEXT AS SHELL $$awk '/b/ { exit 3 } { print }'$$ AS MAP ON ERROR SKIP`,
      `f('a'), f('b')`,
      [['a', null]],
    ],
  ])('%s', async (_what, definition, items, rows) => {
    const script = `CREATE COMMAND twice AS 'sed "s/.*/&&/"' AS MAP; CREATE FUNCTION ${definition}; SELECT ${items}`;
    expect(await lastRows(script)).toEqual(rows);
  });

  /** What a command was asked, in order. */
  async function asked(query: string, promises: string, settings = {}): Promise<string> {
    const file = join(folder, 'asked');
    writeFileSync(file, '');
    await runScript(
      `CREATE FUNCTION ask(t TEXT) RETURNS TEXT AS SHELL 'tee -a ${file}' ${promises};
       CREATE FUNCTION ask2(t TEXT) RETURNS TEXT AS (ask('2' || t));
       CREATE VIEW s AS SELECT n FROM SHELL('seq 6' WRITES (n INTEGER)); ${query}`,
      settings,
    );
    return readFileSync(file, 'utf8').trim().split('\n').sort().join(' ');
  }
  const pure = 'AS MAP';
  const volatile = 'VOLATILE EFFECTS ANY';

  // ClickHouse#71398: a command that a branch which is not taken would ask.
  test.each<[query: string, asked: string]>([
    ['SELECT CASE WHEN 1 <> 1 THEN ask(n) ELSE 0 END FROM s', ''],
    ['SELECT CASE WHEN n > 4 THEN ask(n) WHEN n = 2 THEN ask(20) ELSE 0 END FROM s', '20 5 6'],
    ['SELECT CASE n WHEN 3 THEN ask(n) END FROM s', '3'],
    [
      `SELECT CASE WHEN ask(n) > '4' THEN ask(n + 10) WHEN ask(n) > '3' THEN ask(n + 20) END FROM s`,
      '1 15 16 2 24 3 4 5 6',
    ],
    [`SELECT n > 4 AND ask(n) = '5' FROM s`, '5 6'],
    [`SELECT n > 4 OR ask(n) = '5' FROM s`, '1 2 3 4'],
    [`SELECT nullif(n, 2) > 4 AND ask(n) = '5' FROM s`, '2 5 6'],
    ['SELECT coalesce(nullif(n, 3), ask(n), ask(99)) FROM s', '3'],
    ['SELECT iif(n < 3, ask(n), iif(n = 3, ask(30), 0)) FROM s', '1 2 30'],
    [`SELECT n FROM s WHERE n > 4 AND ask(n) <> ''`, '5 6'],
    [`SELECT n FROM s WHERE ask(n) > '4' AND ask(n + 10) = '15' AND n < 6`, '1 15 2 3 4 5'],
    [`SELECT count(*) FILTER (WHERE n > 5 AND ask(n) = '6') FROM s`, '6'],
    ['SELECT CASE WHEN n = 6 THEN ask2(n) END FROM s', '26'],
    // its argument is not computed either
    ['SELECT CASE WHEN n < 2 THEN ask(9223372036854775806 + n) END FROM s', '9223372036854775807'],
    ['SELECT n FROM s WHERE n > 100 AND ask(n) = 1', ''],
  ])('%s', async (query, expected) => {
    expect(await asked(query, pure)).toBe(expected);
    expect(await asked(query, pure, { optimizer: 'off', batch_rows: '2' })).toBe(expected);
    if (!query.includes('ask(n) >')) expect(await asked(query, volatile)).toBe(expected);
  });

  test('equal arguments are asked about once, unless it is VOLATILE', async () => {
    expect(await asked('SELECT ask(n % 2), ask(n % 2) FROM s', pure, { batch_rows: '1' })).toBe('0 1');
    expect(await asked('SELECT ask(n % 2) FROM s WHERE ask(n % 2) >= 0', pure)).toBe('0 1');
    expect(await asked('SELECT ask(n % 2), count(*) FROM s GROUP BY ask(n % 2)', pure)).toBe('0 1');
    expect(await asked('SELECT ask(n % 2), count(*) FROM s GROUP BY 1', volatile)).toBe('0 0 0 1 1 1');
    expect(await asked('SELECT ask(n % 2), ask(n % 2) FROM s', volatile)).toBe('0 0 0 0 0 0 1 1 1 1 1 1');
    expect(await asked('SELECT ask(n % 2) FROM s', 'STABLE EFFECTS NONE')).toBe('0 1');
  });

  test('a command that remembers sees the rows in their order', async () => {
    const script = `CREATE FUNCTION nr(t TEXT) RETURNS INTEGER AS SHELL $$awk '{ print NR }'$$;
      SELECT n, CASE WHEN n % 2 = 0 THEN nr(n) END FROM SHELL('seq 6' WRITES (n INTEGER))`;
    expect(await lastRows(script, { batch_rows: '2' })).toEqual(
      bigints([1, null], [2, 1], [3, null], [4, 2], [5, null], [6, 3]),
    );
  });

  test('many rows, few and many distinct', async () => {
    const script = (arg: string) => `CREATE FUNCTION f(n INTEGER) RETURNS INTEGER AS SHELL 'sed s/$/0/' AS MAP;
      SELECT count(*), sum(f(${arg}) = 10 * (${arg})) FROM SHELL('seq 300000' WRITES (n INTEGER))`;
    expect(await lastRows(script('n % 7'))).toEqual(bigints([300_000, 300_000]));
    expect(await lastRows(script('n'))).toEqual(bigints([300_000, 300_000]));
    expect(await lastRows(script('n').replace('AS MAP', ''))).toEqual(bigints([300_000, 300_000]));
  });

  test('over rows that do not end, answers come before the end', async () => {
    const source = `CREATE SOURCE s (n INTEGER) WITH (connector = 'shell', bounded = false,
      command = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done');`;
    // tr holds its output back until its input ends, which it does again and again.
    const map = `CREATE FUNCTION f(n INTEGER) RETURNS TEXT AS SHELL 'tr 0-9 a-j' SCOPE RECORD EFFECTS ANY;`;
    expect(await lastRows(`${source}${map} SELECT f(n) FROM s LIMIT 3`, { epoch_ms: '200' })).toEqual([
      ['b'],
      ['c'],
      ['d'],
    ]);
    const online = `CREATE FUNCTION f(n INTEGER) RETURNS INTEGER AS SHELL $$awk '{ print NR; fflush() }'$$ FLUSHES RECORD;`;
    expect(await lastRows(`${source}${online} SELECT f(n) FROM s LIMIT 3`)).toEqual(bigints([1], [2], [3]));
    const opaque = `CREATE FUNCTION f(n INTEGER) RETURNS TEXT AS SHELL 'nl';`;
    await expect(lastRows(`${source}${opaque} SELECT f(n) FROM s LIMIT 3`)).rejects.toThrow('rows that do not end');
  });

  test.each<[what: string, definition: string, message: RegExp]>([
    ['too few answers', `'head -1'`, /declared EMITS ONE|EMITS ONE, but 3 rows went in and 1 came out/],
    ['an answer of another type', `'tr 0-9 a-j'`, /'b' is not an INTEGER/],
    ['it fails', `'cat; exit 3'`, /SHELL f failed: exit status 3/],
  ])('%s', async (_what, command, message) => {
    const script = `CREATE FUNCTION f(n INTEGER) RETURNS INTEGER AS SHELL ${command}; SELECT f(n) FROM SHELL('seq 3' WRITES (n INTEGER))`;
    const error: unknown = await lastRows(script).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RunError);
    expect((error as RunError).message).toMatch(message);
  });

  test('cancelled while a command holds its answer', async () => {
    const cancel = new AbortController();
    const running = runScript(
      `CREATE FUNCTION f(n INTEGER) RETURNS INTEGER AS SHELL 'sleep 100; cat'; SELECT f(n) FROM SHELL('seq 3' WRITES (n INTEGER))`,
      { kill_grace: '200' },
      cancel.signal,
    );
    setTimeout(() => cancel.abort(new Error('enough')), 300);
    await expect(running).rejects.toThrow('enough');
  });
});
