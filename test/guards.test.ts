// What a command is declared to do is watched while it runs: a declaration that is false on the live data lets no wrong row out.
import Database from 'better-sqlite3';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ssql, temporaryFolder } from './support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-guards-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = 110_000;
const file = join(folder, 'in.csv');
beforeAll(() => {
  const lines = Array.from({ length: ROWS }, (_, i) => `${i},v${i}\n`);
  writeFileSync(file, `n,x\n${lines.join('')}`);
});

const from = `FROM read_csv('${file}')`;
/** One row in 10^5 is not answered. */
const swallowing = `SHELL 'sed "/^v100001$/d; s/v/w/"' READS (x) WRITES (y TEXT) AS MAP`;

describe('a MAP that swallows one row in 100,000', () => {
  const told = /error\[E0502\].*declared EMITS ONE[^]*the first row that shows it: x = v100001\n/;

  test.each([
    ['each row once', ''],
    ['a dictionary', `|> SELECT n, 'v' || (n % 101000) AS x`],
  ])('%s: no row reaches a table', (_, first) => {
    const path = join(temporaryFolder(), 'to.db');
    const db = new Database(path);
    db.exec('CREATE TABLE t (n, y)');
    const done = ssql([
      '-c',
      `ATTACH '${path}' AS d; ${from} ${first} |> ${swallowing} |> SELECT n, y |> INSERT INTO d.t`,
    ]);
    expect([done.code, done.err]).toEqual([1, expect.stringMatching(told)]);
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
    db.close();
  });

  test('no file comes of it', () => {
    const to = join(temporaryFolder(), 'out.tsv');
    const done = ssql(['-c', `COPY (${from} |> ${swallowing} |> SELECT n, y) TO '${to}' (FORMAT tsv)`]);
    expect([done.code, done.err]).toEqual([1, expect.stringMatching(told)]);
    expect(existsSync(to)).toBe(false);
  });

  test.each([
    ['printed', '', ''],
    ['given to a command', '', `|> INSERT INTO SHELL('cat')`],
    ['printed, of a dictionary', `|> SELECT n, 'v' || (n % 101000) AS x`, ''],
  ])('rows that are %s are right ones', (_, first, rest) => {
    const done = ssql(['--mode', 'tsv', '-c', `${from} ${first} |> ${swallowing} |> SELECT n, y ${rest}`]);
    expect([done.code, done.err]).toEqual([1, expect.stringMatching(told)]);
    const rows = done.out.split('\n').flatMap((line) => (/^\d/.test(line) ? [line.split(/[\t,]/)] : []));
    const all = first === '' ? ROWS : 101_000;
    expect(rows.filter(([n, y]) => y !== `w${Number(n) % all}`)).toEqual([]);
    expect(rows.length).toBeGreaterThan(1000);
  });

  test('groups are not counted of wrong rows', () => {
    const done = ssql(['-c', `${from} |> ${swallowing} |> AGGREGATE count(*) AS c GROUP BY y |> LIMIT 2`]);
    expect([done.code, done.err, done.out]).toEqual([1, expect.stringMatching(told), expect.not.stringMatching(/w/)]);
  });
});

test.each([
  ['read once more', `(SELECT line FROM read_lines('in.txt') WHERE line <> '')`],
  ['kept', `(SELECT line FROM SHELL('cat in.txt') WHERE line <> '')`],
])('of many rows that are %s, the one to blame is told', (_, from) => {
  const cwd = temporaryFolder();
  // 90 MB, and the row behind the first 64 MiB.
  const lines = Array.from({ length: 900_000 }, (_, i) => `v${i}`.padEnd(99, '.'));
  writeFileSync(join(cwd, 'in.txt'), lines.map((line) => `${line}\n`).join(''));
  const query = `FROM ${from} |> SHELL 'sed /^v800001[.]/d' WRITES (y TEXT) AS MAP |> AGGREGATE count(*) AS n`;
  const done = ssql(['-c', query], { cwd });
  expect([done.code, done.err]).toEqual([
    1,
    expect.stringMatching(/E0502.*declared EMITS ONE[^]*the first row that shows it: line = v800001[.]/),
  ]);
});

test('rows that a source puts aside are not put aside twice to find the one to blame', () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'in.csv'), 'n\n1\nx\n2\n3\n');
  const script = `
    CREATE SINK bad WITH (connector = 'file', path = 'bad.jsonl');
    CREATE SOURCE s (n INTEGER) WITH (connector = 'file', path = 'in.csv', on_error = 'bad');
    FROM s |> SHELL 'sed /2/d' READS (n) WRITES (y TEXT) AS MAP |> AGGREGATE max(y) AS m`;
  const done = ssql(['-c', script], { cwd });
  expect([done.code, done.err]).toEqual([1, expect.stringMatching(/declared EMITS ONE[^]*shows it: n = 2\n/)]);
  expect(done.err.match(/rejected row/g) ?? []).toHaveLength(0);
  expect(existsSync(join(cwd, 'bad.jsonl'))).toBe(false);
});

test('a command that keeps its promise gives all its rows, in order', () => {
  const done = ssql([
    '--mode',
    'tsv',
    '-c',
    `${from} |> SHELL 'sed s/v/w/' READS (x) WRITES (y TEXT) AS MAP |> SELECT n, y`,
  ]);
  const rows = readFileSync(file, 'utf8').replaceAll('v', 'w').replaceAll(',', '\t').slice(4);
  expect([done.code, done.out === `n\ty\n${rows}`]).toEqual([0, true]);
});

test('the first rows come soon, also where thousands would be held back', () => {
  const done = ssql([
    '--mode',
    'tsv',
    '-c',
    `${from} |> SHELL 'sed s/v/w/' READS (x) WRITES (y TEXT) AS MAP |> LIMIT 2`,
  ]);
  expect([done.code, done.out]).toEqual([0, 'n\tx\ty\n0\tv0\tw0\n1\tv1\tw1\n']);
});

describe('EMITS ONE that is false, of a command around which no column goes', () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `v${i}`);
  const input = () => {
    const at = temporaryFolder();
    writeFileSync(join(at, 'in.txt'), lines.map((line) => `${line}\n`).join(''));
    return at;
  };
  const query = (write: string) =>
    `FROM (SELECT line FROM read_lines('in.txt') WHERE line <> '') |> SHELL 'sed /^v20001$/d' WRITES (${write} TEXT) AS MAP`;
  const told = /declared EMITS ONE[^]*EMITS ONE of 'sed .*' is not relied on any more, going on without it/;
  const written = (sql: string, cwd: string) => {
    const db = new Database(join(cwd, 'to.db'));
    db.exec('CREATE TABLE t (x)');
    const done = ssql(['-c', `ATTACH 'to.db' AS d; ${sql} |> INSERT INTO d.t`], { cwd });
    const rows = db.prepare('SELECT x FROM t ORDER BY rowid').pluck().all();
    db.close();
    return { done, rows };
  };

  test('it only licensed laws: the table gets all lines that were printed, each once', () => {
    const { done, rows } = written(query('line'), input());
    expect([done.code, done.err]).toEqual([0, expect.stringMatching(told)]);
    expect(rows).toEqual(lines.filter((line) => line !== 'v20001'));
  });

  test('with a column that goes around it nothing else would do', () => {
    const { done, rows } = written(`${query('y')} |> SELECT line || y AS x`, input());
    expect([done.code, done.err]).toEqual([1, expect.stringMatching(/error\[E0502\].*declared EMITS ONE/)]);
    expect([done.err, rows]).toEqual([expect.not.stringMatching(/going on/), []]);
  });

  test('nor without FILTERS: then it is not said what is written', () => {
    const { done, rows } = written(
      `FROM (SELECT line FROM read_lines('in.txt') WHERE line <> '') |> SHELL 'sed s/^v20001$/new/' READS (line) AS FILTER`,
      input(),
    );
    expect([done.code, done.err]).toEqual([
      1,
      expect.stringMatching(/error\[E0502\].*printed a line it was not given: new/),
    ]);
    expect([done.err, rows]).toEqual([expect.not.stringMatching(/going on/), []]);
  });
});

describe('SORTED BY that is false', () => {
  const sorted = (n: number) => Array.from({ length: n }, (_, i) => `v${String((i * 7919) % n).padStart(6, '0')}`);
  const rows = sorted(9000);
  const cat = `SHELL 'cat' READS (x) WRITES (x TEXT) SORTED BY (x)`;
  const input = (lines: readonly string[], lock = false) => {
    const at = temporaryFolder();
    writeFileSync(join(at, 'in.txt'), lines.map((line) => `${line}\n`).join(''));
    if (lock) writeFileSync(join(at, 'ssql.lock'), '{"format":"ssql-lock","version":1,"commands":{}}');
    return at;
  };
  const read = `FROM (SELECT line AS x FROM read_lines('in.txt')) |> ${cat} |> ORDER BY x`;
  const told = /declared SORTED BY \(x\), but row 3 comes before.*SORTED BY \(x\) of 'cat' is not relied on any more/;

  test('the table gets its rows in order, planned again without it; the lock says so', () => {
    const cwd = input(rows, true);
    const db = new Database(join(cwd, 'to.db'));
    db.exec('CREATE TABLE t (x)');
    writeFileSync(join(cwd, 'q.ssql'), `ATTACH 'to.db' AS d; ${read} |> INSERT INTO d.t`);
    for (const expected of [told, /9,000 rows appended/]) {
      db.exec('DELETE FROM t');
      expect(ssql(['explain', 'q.ssql'], { cwd }).out.includes('applied T3')).toBe(expected === told);
      const done = ssql(['run', 'q.ssql'], { cwd });
      expect([done.code, done.err]).toEqual([0, expect.stringMatching(expected)]);
      expect(db.prepare('SELECT x FROM t ORDER BY rowid').pluck().all()).toEqual([...rows].sort());
    }
    const lock = readFileSync(join(cwd, 'ssql.lock'), 'utf8');
    expect(lock).toMatch(/"words": "SORTED BY \(x\)",\s+"result": "violated",\s+"witness": ".*row 3 comes before/);
    db.close();
  });

  test('rows that are printed are in order, where none was before it was noticed', () => {
    const done = ssql(['--mode', 'csv', '-c', read], { cwd: input(rows) });
    expect([done.code, done.out.split('\n').slice(1, -1)]).toEqual([0, [...rows].sort()]);
  });

  test('what was seen cannot be taken back', () => {
    const lines = [...sorted(50_000)].sort();
    const done = ssql(['--mode', 'csv', '-c', read], { cwd: input([...lines, 'a']) });
    expect([done.code, done.err]).toEqual([
      1,
      expect.stringMatching(/E0502.*row 50,001 comes before.*\n.*a came behind v049999/),
    ]);
    expect(done.out).not.toMatch(/^a$/m);
  });
});

test('TOTAL: a bad exit status is told to be against it, and noted', () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'ssql.lock'), '{"format":"ssql-lock","version":1,"commands":{}}');
  writeFileSync(
    join(cwd, 'q.ssql'),
    `${from} |> SHELL $$cat; exit 3$$ READS (x) WRITES (y TEXT) AS MAP TOTAL |> LIMIT 1;`,
  );
  const done = ssql(['run', 'q.ssql'], { cwd });
  expect([done.code, done.err]).toEqual([1, expect.stringMatching(/failed: exit status 3[^]*declared TOTAL/)]);
  expect(readFileSync(join(cwd, 'ssql.lock'), 'utf8')).toMatch(/"words": "TOTAL",\s+"result": "violated"/);
});

test('SCOPE RECORD: each line is ended', () => {
  const done = ssql(['-c', `${from} |> LIMIT 3 |> SHELL 'tr -d "\\n"' READS (x) WRITES (y TEXT) AS FLATMAP`]);
  expect([done.code, done.err]).toEqual([
    1,
    expect.stringMatching(/E0502.*SCOPE RECORD, but its last line of output is not/),
  ]);
});

describe('EMITS 0..1 and 1..N are counted', () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `v${i}`);
  const told = (emits: string, sent: string, received: string) =>
    new RegExp(`declared EMITS ${emits}, but ${sent} rows? went in and ${received} came out`);
  const rows = `FROM (SELECT line FROM read_lines('in.txt') WHERE line <> '')`;
  const shell = (command: string, more: string) => `|> SHELL $$${command}$$ WRITES (x TEXT) AS FLATMAP ${more}`;
  const twice = `sed '/^v20001$/p'`;
  const never = `sed '/^v20001[.]*$/d'`;
  const run = (query: string) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'in.txt'), lines.map((line) => `${line}\n`).join(''));
    writeFileSync(join(cwd, 'ssql.lock'), '{"format":"ssql-lock","version":1,"commands":{}}');
    const db = new Database(join(cwd, 'to.db'));
    db.exec('CREATE TABLE t (x)');
    writeFileSync(join(cwd, 'q.ssql'), `ATTACH 'to.db' AS d; ${query} |> INSERT INTO d.t`);
    const done = ssql(['run', 'q.ssql'], { cwd });
    const found = db.prepare('SELECT x FROM t ORDER BY rowid').pluck().all();
    db.close();
    return { ...done, found, lock: readFileSync(join(cwd, 'ssql.lock'), 'utf8') };
  };
  const without = lines.filter((line) => line !== 'v20001');
  const doubled = lines.flatMap((line) => (line === 'v20001' ? [line, line] : [line]));

  test.each<[what: string, query: string, message: RegExp, witness: boolean, found: readonly string[]]>([
    ['rows that are sent', `${rows} ${shell(never, 'EMITS 1..N')}`, told('1..N', '30,000', '29,999'), true, without],
    ['at most one', `${rows} ${shell(twice, 'EMITS 0..1')}`, told('0..1', '30,000', '30,001'), true, doubled],
    ['a file that it reads itself', `FROM read_lines('in.txt') ${shell(never, 'EMITS 1..N')}`, told('1..N', '30,000', '29,999'), false, without], // prettier-ignore
    ['and at most one', `FROM read_lines('in.txt') ${shell(twice, 'EMITS 0..1')}`, told('0..1', '30,000', '30,001'), false, doubled], // prettier-ignore
    ['each batch of its own', `${rows} ${shell(never, 'EMITS 1..N MODE BATCH')}`, told('1..N', '4,096', '4,095'), true, without], // prettier-ignore
    ['what is left below LIMIT (L2)', `${rows} ${shell(never, 'EMITS 1..N')} |> LIMIT 25000`, told('1..N', '25,000', '24,999'), true, without.slice(0, 25_000)], // prettier-ignore
    // Over all rows there are fewer lines out than in.
    ['each answer of a process that stays', `${rows} ${shell(`gawk '/end/ { print; fflush(); next } /^v20001$/ { print } !/^v[1-9]$/ { print }'`, "EMITS 0..1 MODE DAEMON MARKER 'end' REPLY 'end'")}`, told('0..1', '4,096', '4,097'), true, doubled.filter((line) => !/^v[1-9]$/.test(line))], // prettier-ignore
  ])('%s: named, noted and not relied on', (_what, query, message, hasWitness, found) => {
    const done = run(query);
    expect([done.code, done.err]).toEqual([0, expect.stringMatching(message)]);
    expect(done.err).toMatch(/EMITS (0\.\.1|1\.\.N) of .* is not relied on any more, going on without it/);
    expect(/the first row that shows it: line = v20001\n/.test(done.err)).toBe(hasWitness);
    expect(done.lock).toMatch(/"words": "EMITS (0\.\.1|1\.\.N)",\s+"result": "violated"/);
    expect(done.found).toEqual(found);
  });

  test('what was seen cannot be taken back', () => {
    const done = ssql(['--mode', 'tsv', '-c', `${from} ${shell(`sed '/^v100001$/d'`, '').replace('WRITES', 'READS (x) WRITES')} EMITS 1..N |> SELECT x`]); // prettier-ignore
    expect([done.code, done.err]).toEqual([1, expect.stringMatching(told('1..N', '110,000', '109,999'))]);
  });

  test('true ones are not blamed', () => {
    for (const [command, emits] of [
      ['fold -w 3', '1..N'],
      [`sed -n '/7/s/v/w/p'`, '0..1'],
      [`sed -n '/7/s/v/w/p'`, '0..1 MODE BATCH'],
    ] as const) {
      const done = run(`${rows} ${shell(command, `EMITS ${emits}`)}`);
      expect([done.code, done.err]).toEqual([0, expect.stringMatching(/^d\.t: [\d,]+ rows appended/)]);
      expect(done.found.length).toBeGreaterThan(1000);
    }
  });
});

test('of commands that are fused all are named, as nobody knows which one it was', () => {
  const query = `${from} |> SHELL $$awk '$0 != "v11001"'$$ READS (x) WRITES (z TEXT) EMITS ONE |> SHELL $$awk 1$$ READS (z) WRITES (y TEXT) EMITS ONE |> SELECT n, y`;
  const done = ssql(['--mode', 'tsv', '-c', query]);
  expect([done.code, done.err]).toEqual([
    1,
    expect.stringMatching(/E0502.*SHELL\('awk .*v11001.*'\) \| SHELL\('awk 1'\): declared EMITS ONE, but/),
  ]);
});

describe('EMITS ONE that is false, of a command that is not SCOPE RECORD', () => {
  test.each(["sed '5d'", 'tail -n +3', 'awk \'1; $0 == "v20001"\''])(
    '%s: no row that is printed is a wrong one',
    (command) => {
      const done = ssql(['--mode', 'tsv', '-c', `${from} |> SHELL $$${command}$$ READS (x) WRITES (y TEXT) EMITS ONE`]);
      expect([done.code, done.err]).toEqual([1, expect.stringMatching(/error\[E0502\].*declared EMITS ONE/)]);
      const rows = done.out.split('\n').flatMap((line) => (/^\d/.test(line) ? [line.split('\t')] : []));
      expect(rows.filter(([, x, y]) => x !== y)).toEqual([]);
    },
  );

  test('a true one gives all its rows', () => {
    const done = ssql(['--mode', 'tsv', '-c', `${from} |> SHELL 'nl -ba -w1' READS (x) WRITES (i INTEGER, y TEXT) EMITS ONE FORMAT tsv`]); // prettier-ignore
    expect([done.code, done.out.split('\n').length]).toEqual([0, ROWS + 2]);
  });
});
