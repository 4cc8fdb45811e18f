// SET canary: a share of the batches is also run as the query was written. Commands lie rarely; the table gets right rows.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { isChosen } from '../src/run/operators/tap.ts';
import { ssql, temporaryFolder } from './support/cli.ts';

const ROWS = 60_000;
/** 'v1', 'v2', ..: all of them different. */
const numbered = `FROM (SELECT n, 'v' || n AS x FROM generate(rows => ${ROWS}))`;
/** Each ten times. */
const repeated = `FROM (SELECT n, 'v' || (n / 10) AS x FROM generate(rows => ${ROWS}))`;

/** A folder with an empty table and a lock, and what a query makes of them. */
function folder(files: Readonly<Record<string, string>> = {}) {
  const cwd = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const db = new Database(join(cwd, 'to.db'));
  db.exec('CREATE TABLE t (n INTEGER, y TEXT)');
  writeFileSync(join(cwd, 'ssql.lock'), '{"format":"ssql-lock","version":1,"commands":{}}');
  const rows = () => db.prepare('SELECT n, y FROM t ORDER BY n').raw().all() as [number, string][];
  let isKept = false;
  return {
    rows,
    /** The rows of the next run come behind those of the last one. */
    keep: () => void (isKept = true),
    /** What was logged; and the rows of the table, which is empty again. */
    run: (query: string, canary: string, ...more: readonly string[]) => {
      if (!isKept) db.exec('DELETE FROM t');
      writeFileSync(join(cwd, 'q.ssql'), `ATTACH 'to.db' AS d; ${query} |> INSERT INTO d.t`);
      const { code, err } = ssql(['run', '--set', `canary=${canary}`, ...more, 'q.ssql'], { cwd });
      return { code, err, rows: rows() };
    },
    lock: () => readFileSync(join(cwd, 'ssql.lock'), 'utf8'),
  };
}

const odd = '|> WHERE n % 2 = 1 |> SELECT n, y';
const numbers = Array.from({ length: ROWS / 2 }, (_, i) => 2 * i + 1);

/** Once a line has come it lies. */
const after = (line: string) => `awk '$0 == "${line}" { seen = 1 } seen { $0 = "lie" } 1'`;
/** From a line on, it gives another answer each time. */
const changing = (from: number) =>
  `awk -v s="$(od -An -N4 -tu4 /dev/urandom)" 'BEGIN { srand(s) } { print (substr($0, 2) + 0 > ${from} ? rand() : $0) }'`;

describe('a job goes on from its last commit', () => {
  const rows = Array.from({ length: ROWS }, (_, i) => `${i + 1},v${i + 1}\n`).join('');
  const job = ['--job', 'j', '--set', 'epoch_ms=1', '--set', 'batch_rows=1000'];
  const query = (command: string) =>
    `FROM read_csv('in.csv') |> SHELL $$${command}$$ READS (x) WRITES (y TEXT) AS MAP ${odd}`;

  test('where the rest of the promises allows it, with each row once', () => {
    const at = folder({ 'in.csv': `n,x\n${rows}` });
    const done = at.run(query(changing(40_000)), '0.3', ...job);
    expect([done.code, done.err]).toEqual([0, expect.stringMatching(/DETERMINISTIC of .* going on without it/)]);
    expect(done.rows.map(([n]) => n)).toEqual(numbers);
    expect(done.rows.slice(0, 20_000).map(([, y]) => y)).toEqual(numbers.slice(0, 20_000).map((n) => `v${n}`));
    expect(Number(/d\.t: ([\d,]+) rows/.exec(done.err)![1]!.replace(',', ''))).toBeLessThan(ROWS / 2);
  });

  test('else it says why it cannot, and keeps the rows that are right', () => {
    const at = folder({ 'in.csv': `n,x\n${rows}` });
    for (const told of [
      /declared SCOPE RECORD, but[^]*error\[E0604\]: job j was committed in the middle/,
      /^error\[E0604\]/,
    ]) {
      const done = at.run(query(after('v40000')), '1', ...job);
      expect([done.code, done.err]).toEqual([1, expect.stringMatching(told)]);
      at.keep();
    }
    const kept = at.rows();
    expect(kept.length).toBeGreaterThan(100);
    expect(kept).toEqual(numbers.slice(0, kept.length).map((n) => [n, `v${n}`]));
  });
});

describe('a promise that is false is named, quarantined and not relied on', () => {
  test.each<[what: string, query: string, promise: string, told: RegExp, rows: readonly (readonly [number, string])[]]>(
    [
      [
        'SCOPE RECORD, within a batch',
        `${numbered} |> SHELL $$awk 'NR % 3001 == 0 { $0 = "lie" } 1'$$ READS (x) WRITES (y TEXT) AS MAP ${odd}`,
        'SCOPE RECORD',
        /what it prints for a row depends on the rows around it; SCOPE RECORD of/,
        numbers.map((n) => [n, n % 3001 === 0 ? 'lie' : `v${n}`]),
      ],
      [
        'SCOPE RECORD, after many rows',
        `${numbered} |> SHELL $$awk 'NR > 8000 { $0 = "lie" } 1'$$ READS (x) WRITES (y TEXT) AS MAP ${odd}`,
        'SCOPE RECORD',
        /depends on rows that came before/,
        numbers.map((n) => [n, n > 8000 ? 'lie' : `v${n}`]),
      ],
      [
        'SCOPE RECORD of a filter',
        `${repeated} |> SHELL 'uniq' READS (x) AS FILTER |> WHERE n % 2 = 0 |> SELECT n, x AS y`,
        'SCOPE RECORD',
        /SHELL\('uniq'\).*depends on the rows/,
        Array.from({ length: ROWS / 10 }, (_, i) => [10 * i + 10, `v${i + 1}`] as const),
      ],
    ],
  )('%s', (_what, query, promise, told, rows) => {
    const at = folder();
    const done = at.run(query, '1');
    expect([done.code, done.err]).toEqual([0, expect.stringMatching(told)]);
    expect(done.rows).toEqual(rows);
    expect(at.lock()).toMatch(new RegExp(`"words": "${promise}",\\s+"result": "violated"`));
    // The next run relies on it no more, so there is nothing to look at.
    const again = at.run(query, '1');
    expect([again.code, again.err, again.rows]).toEqual([0, expect.not.stringContaining('declared'), rows]);
  });

  test('DETERMINISTIC: what differs is shown', () => {
    const seed = '"$(od -An -N4 -tu4 /dev/urandom)"';
    const lying = `${numbered} |> SHELL $$awk -v s=${seed} 'BEGIN { srand(s) } { print rand() < .01 ? "lie" : $0 }'$$
      READS (x) WRITES (y TEXT) AS MAP`;
    const { code, err } = ssql(['--set', 'canary=1', '-c', `${lying} ${odd}`]);
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/declared DETERMINISTIC, but the same rows .* going on without it\n/),
    ]);
    expect(err).toMatch(/note: the first row that shows it: x = v\d+\n/);
    expect(err).toMatch(/note: as written the query gives n = \d+, y = \w+; as rewritten n = \d+, y = \w+\n/);
  });
});

describe('batches as if they were all there is', { timeout: 300_000 }, () => {
  const [few, again] = [numbered, repeated].map((rows) => rows.replace(String(ROWS), '12000')) as [string, string];
  /** A table of numbers and texts: what comes of a query. */
  const table = (query: string, canary: string, ...more: readonly string[]) => {
    const at = folder();
    return { ...at.run(query, canary, ...more), lock: at.lock() };
  };

  test.each<[what: string, query: string, promise: string, told: RegExp]>([
    [
      'FLATMAP',
      `${few} |> SHELL $$awk '{ print } NR % 3001 == 0 { print "lie" }'$$ READS (x) WRITES (y TEXT) AS FLATMAP PARALLEL 2 |> SELECT 1 AS n, y`,
      'SCOPE RECORD',
      /depends on the rows around it; SCOPE RECORD of .* going on without it/,
    ],
    [
      'an aggregate',
      `${again} |> SHELL $$awk '$0 == "v77" && n++ { $0 = "lie" } 1'$$ READS (x) WRITES (y TEXT) AS MAP |> AGGREGATE count(*) AS n GROUP BY y |> SELECT n, y`,
      'SCOPE RECORD',
      /rows that are equal in what it READS get different answers; SCOPE RECORD of .* going on without it/,
    ],
    [
      'DISTINCT',
      `${again} |> SHELL $$awk '$0 == "v77" && n++ { $0 = "lie" } 1'$$ READS (x) WRITES (y TEXT) AS MAP |> SELECT 1 AS n, y |> DISTINCT`,
      'SCOPE RECORD',
      /rows that are equal in what it READS get different answers; SCOPE RECORD of .* going on without it/,
    ],
    [
      'LIMIT',
      `${few} |> SHELL 'tac' READS (x) WRITES (y TEXT) EMITS ONE ONLINE DETERMINISTIC EFFECTS NONE |> SELECT 1 AS n, y |> LIMIT 9`,
      'ONLINE',
      /what it has printed for the first rows changes with those behind them; ONLINE of .* going on without it/,
    ],
    [
      'a sort below',
      `${few} |> ORDER BY n % 7 |> SHELL $$awk '{ s = s + length($0) * NR } END { print s }'$$ READS (x) WRITES (y TEXT) AS AGGREGATE |> SELECT 1 AS n, y`,
      'ORDER FREE',
      /the same rows in another order gave something else; ORDER FREE of .* going on without it/,
    ],
  ])('%s: the false promise is named, noted and not relied on', (_what, query, promise, told) => {
    const plain = table(query, '0');
    const done = table(query, '1');
    expect([done.code, done.err]).toEqual([0, expect.stringMatching(told)]);
    expect(done.lock).toContain(`"words": "${promise}",\n          "result": "violated"`);
    expect(plain.rows.length).toBeGreaterThan(0);
    expect(done.rows).toEqual(table(query, '0', '--set', 'optimizer=off').rows);
  });

  test.each([
    `${few} |> SHELL 'fold -w 3' READS (x) WRITES (y TEXT) AS FLATMAP EMITS 1..N PARALLEL 2 |> SELECT 1 AS n, y`,
    `${few} |> SHELL 'fold -w 3' READS (x) WRITES (y TEXT) AS FLATMAP EMITS 1..N |> SELECT 1 AS n, y |> LIMIT 900`,
    `${again} |> SHELL 'sed s/v/w/' READS (x) WRITES (y TEXT) AS MAP |> AGGREGATE count(*) AS n GROUP BY y |> SELECT n, y`,
    `${again} |> SHELL 'grep -a 77' READS (x) AS FILTER |> AGGREGATE count(*) AS n, max(x) AS y`,
    `${again} |> SHELL 'grep -a nothing' READS (x) AS FILTER |> AGGREGATE count(*) AS n, max(x) AS y`,
    `${again} |> SHELL 'sed s/v/w/' READS (x) WRITES (y TEXT) AS MAP |> SELECT 1 AS n, y |> DISTINCT`,
    `${few} |> SHELL 'sed s/v/w/' READS (x) WRITES (y TEXT) AS MAP |> ORDER BY n DESC |> LIMIT 5 |> SELECT n, y`,
    `${again} |> SHELL 'sort -u' READS (x) WRITES (y TEXT) AS AGGREGATE COMBINE WITH 'sort -u' PARALLEL 2 |> SELECT 1 AS n, y`,
  ])('true promises are not blamed: %s', (query) => {
    const done = table(query, '1');
    expect([done.code, done.err]).toEqual([0, expect.stringMatching(/^d\.t: [\d,]+ rows? appended/)]);
    expect(done.rows).toEqual(table(query, '0').rows);
  });

  test('EXPLAIN shows it', () => {
    const query = `${again} |> SHELL 'sed s/v/w/' READS (x) WRITES (y TEXT) AS MAP |> AGGREGATE count(*) AS n GROUP BY y`;
    expect(ssql(['explain', '--set', 'canary=0.5', '-c', query]).out).toMatch(
      /Canary of 50 % of the batches {2}as written: .*Aggregate .* over Shell 'sed s.v.w.'/,
    );
  });
});

test('the same batches are chosen whenever a source is read again, and about as many as asked for', () => {
  const places = Array.from({ length: 20_000 }, (_, i) => JSON.stringify({ file: 'a.csv', offset: i * 65_536 }));
  const chosen = places.filter((place) => isChosen(0.01, place));
  expect(chosen.length).toBeGreaterThan(120);
  expect(chosen.length).toBeLessThan(300);
  expect(places.filter((place) => isChosen(0.01, place))).toEqual(chosen);
  expect(places.filter((place) => isChosen(0, place))).toEqual([]);
  expect(places.every((place) => isChosen(1, place))).toBe(true);
});

test('a command that keeps its promises gives what it gives without', () => {
  const at = folder();
  const query = `${repeated} |> SHELL 'sed s/v/w/' READS (x) WRITES (y TEXT) AS MAP |> SHELL 'grep -a 7' READS (y) AS FILTER ${odd}`;
  const [on, off] = [at.run(query, '0.3'), at.run(query, '0')];
  expect([on.code, on.rows.length > 1000, on.rows]).toEqual([0, true, off.rows]);
  expect(on.err).toMatch(/^d\.t: .* rows appended/);
});

test('EXPLAIN shows it, where there is something to look at', () => {
  const plan = (query: string, canary: string) => ssql(['explain', '--set', `canary=${canary}`, '-c', query]).out;
  const query = `${numbered} |> SHELL 'tr a b' READS (x) WRITES (y TEXT) AS MAP ${odd}`;
  expect(plan(query, '0.01')).toMatch(
    /Canary of 1 % of the batches {2}as written: .*Filter n % 2 = 1 over Shell 'tr a b'/,
  );
  expect(plan(query, '0')).not.toMatch(/Canary|Tap/);
  expect(ssql(['explain', '--set', 'canary=1.5', '-c', query]).err).toContain('expected a number from 0 to 1');
});
