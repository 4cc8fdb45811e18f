// The command line as people and scripts use it: real processes, real pipes, exit codes, what is left behind.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { processesWith, shell, ssql, start, temporaryFolder } from './support/cli.ts';

describe('exit codes', () => {
  test.each<[code: number, why: string, args: readonly string[]]>([
    [0, 'a query that works', ['-c', 'SELECT 1']],
    [0, 'help', ['--help']],
    [0, 'version', ['--version']],
    [0, 'check without faults', ['check', '-c', 'SELECT 1']],
    [1, 'a failing command', ['-c', "SELECT * FROM SHELL('exit 3' WRITES (x TEXT))"]],
    [2, 'an unknown flag', ['--no-such-flag', '-c', 'SELECT 1']],
    [0, 'a query that begins with a comment', ['-c', '-- why\nSELECT 1']],
    [2, '-c without a query', ['-c']],
    [3, 'more operators than fit on the stack', ['-c', 'SELECT 1' + ' UNION ALL SELECT 1'.repeat(4000)]],
    [2, 'a mode that is none', ['--mode', 'xml', '-c', 'SELECT 1']],
    [2, 'a pair without =', ['--db', 'shop', '-c', 'SELECT 1']],
    [3, 'a syntax error', ['-c', 'SELCT 1']],
    [3, 'an unknown column', ['-c', 'SELECT x FROM (SELECT 1 AS y)']],
    [
      3,
      'a missing program, before anything runs',
      ['check', '-c', "FROM SHELL('no-such-program-xyz' WRITES (x TEXT))"],
    ],
    [3, 'a script that is not there', ['run', 'no-such-file.ssql']],
    [124, 'a time limit', ['--timeout', '300ms', '-c', "SELECT * FROM SHELL('sleep 20' WRITES (x TEXT))"]],
  ])('%i: %s', (code, _why, args) => {
    const ended = ssql(args);
    expect([ended.code, ended.err]).toEqual([code, ended.err]);
    expect(ended.err).not.toMatch(/\n\s+at .*\(.*:\d+:\d+\)/);
    expect(ended.err).not.toContain('internal error');
    if (code !== 0) expect(ended.err).not.toBe('');
  });

  test('130 after Ctrl-C, with a word on what was delivered and nothing left running', async () => {
    const { child, ended } = start(['-c', "SELECT count(*) FROM SHELL('sleep 321.5; echo x' WRITES (x TEXT))"]);
    await until(() => processesWith('sleep 321.5').length > 0);
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect(code).toBe(130);
    expect(err).toContain('stopped by Ctrl-C');
    expect(processesWith('sleep 321.5')).toEqual([]);
  });

  test('Ctrl-C and --timeout also reach a source that never waits; the table stays as it was', () => {
    const folder = temporaryFolder();
    const db = new Database(join(folder, 'o.db'));
    db.exec('CREATE TABLE t (n INTEGER)');
    const args = ['--db', `o=${join(folder, 'o.db')}`, '-c', 'INSERT INTO o.t FROM generate(rows => 1000000000)'];
    const late = ssql(['--timeout', '500ms', ...args]);
    expect([late.code, late.err]).toEqual([
      124,
      expect.stringMatching(/note: [\d,]+ rows read, [\d,]+ delivered; no unfinished/),
    ]);
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
    db.close();
  });

  test('a pattern that would try for ever to match does not', () => {
    const sql = `SELECT repeat('a', 50) || '!' REGEXP '(a+)+$' AS x, regexp_extract('\u{1f600}b', '^.(b)', 1) AS y`;
    expect(ssql(['-c', sql]).out).toBe('x,y\n0,b\n');
  });

  test('143 after TERM', async () => {
    const { child, ended } = start(['-c', "SELECT count(*) FROM SHELL('sleep 322.5' WRITES (x TEXT))"]);
    await until(() => processesWith('sleep 322.5').length > 0);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
    expect(processesWith('sleep 322.5')).toEqual([]);
  });
});

describe('pipes', () => {
  test('an endless input is left as soon as the LIMIT is reached', () => {
    const { code, out } = shell(
      'yes | ssql --mode csv -c "SELECT count(*) AS n FROM (FROM stdin() LIMIT 1000000)"; echo "${PIPESTATUS[1]}"',
    );
    expect([code, out]).toEqual([0, 'n\n1000000\n0\n']);
  });

  test('a reader that leaves early ends the query quietly', () => {
    const { out, err } = shell(
      `ssql --mode csv -c "SELECT n FROM SHELL('seq 1 10000000; : mark-777' WRITES (n INTEGER))" | head -1; echo "\${PIPESTATUS[0]}"`,
    );
    expect([out, err]).toEqual(['n\n0\n', '']);
    expect(processesWith('mark-777')).toEqual([]);
  });

  test('all that is said is written, however long the reader takes', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'many.ssql'), 'SELECT nothing FROM (SELECT 1 AS x);\n'.repeat(3000));
    const { out } = shell('ssql check --error-format json many.ssql 2>&1 | wc -l', folder);
    expect(Number(out)).toBe(3000);
  });

  test('a closed stdout is no crash', () => {
    const { code, err } = shell('ssql -c "SELECT 1" >&-');
    expect(err).not.toContain('    at ');
    expect([0, 1]).toContain(code);
  });

  test('script on stdin, data in stdin()', () => {
    expect(ssql(['--mode', 'csv', '-'], { input: 'SELECT 1 AS x;' }).out).toBe('x\n1\n');
    expect(
      ssql(['--mode', 'csv', '-c', "SELECT b FROM stdin('csv') WHERE a > 1"], { input: 'a,b\n1,x\n2,y\n' }).out,
    ).toBe('b\ny\n');
  });
});

describe('output', () => {
  const sql =
    "SELECT 1 AS n, 2.0 AS r, 'a,b' AS t, NULL AS nothing, 1 = 1 AS yes UNION ALL SELECT 2, 0.5, 'é\"', 'x', 0";
  test.each([
    ['csv', 'n,r,t,nothing,yes\n1,2.0,"a,b",,1\n2,0.5,"é""",x,0\n'],
    ['tsv', 'n\tr\tt\tnothing\tyes\n1\t2.0\ta,b\t\\N\t1\n2\t0.5\té"\tx\t0\n'],
    [
      'md',
      '| n | r | t | nothing | yes |\n| ---: | ---: | --- | --- | ---: |\n| 1 | 2.0 | a,b | NULL | 1 |\n| 2 | 0.5 | é" | x | 0 |\n',
    ],
    ['quiet', ''],
  ])('%s', (mode, text) => {
    expect(ssql(['--mode', mode, '-c', sql]).out).toBe(text);
  });

  test('json and jsonl hold the same objects', () => {
    const lines = ssql(['--mode', 'jsonl', '-c', sql])
      .out.trim()
      .split('\n')
      .map((l) => JSON.parse(l) as unknown);
    expect(JSON.parse(ssql(['--mode', 'json', '-c', sql]).out)).toEqual(lines);
    expect(lines[0]).toMatchObject({ n: 1, r: 2, t: 'a,b', nothing: null });
  });

  test('a table has a box, NULLs and a count', () => {
    const { out } = ssql(['--mode', 'table', '-c', sql]);
    expect(out).toMatch(/^┌─.*\n│ n │/);
    expect(out).toContain('NULL');
    expect(out).toContain('(2 rows)');
  });

  test('control characters of the data do not reach a table', () => {
    expect(ssql(['--mode', 'table', '-c', "SELECT char(27) || '[31m' AS x"]).out).toContain('\\x1b[31m');
  });

  test('-o writes a file, in the mode of its extension', () => {
    const folder = temporaryFolder();
    expect(ssql(['-c', 'SELECT 1 AS x', '-o', join(folder, 'x.jsonl')]).code).toBe(0);
    expect(readFileSync(join(folder, 'x.jsonl'), 'utf8')).toBe('{"x":1}\n');
    expect(ssql(['-c', 'SELECT 1 AS x', '-o', join(folder, 'no', 'x.csv')])).toMatchObject({ code: 1 });
  });

  test('20,000 rows as a table', () => {
    const { out } = ssql(['--mode', 'table', '-c', "SELECT n FROM SHELL('seq 20000' WRITES (n INTEGER))"]);
    expect(out.split('\n').length).toBeGreaterThan(20_000);
  });
});

describe('parameters, databases, settings', () => {
  test('values are bound, never pasted', () => {
    const nasty = "'; DROP TABLE x; --$(touch /tmp/nope)`";
    const { out } = ssql(['--mode', 'jsonl', '-D', `v=${nasty}`, '-c', 'SELECT :v AS v']);
    expect(JSON.parse(out)).toEqual({ v: nasty });
  });

  test('a plan file runs like its script', () => {
    const folder = temporaryFolder();
    const sql = "SELECT n * 2 AS m FROM SHELL('seq 5' WRITES (n INTEGER)) WHERE n > 2";
    const compiled = ssql(['compile', '-c', sql]);
    expect(compiled.code).toBe(0);
    writeFileSync(join(folder, 'plan.json'), compiled.out);
    expect(ssql(['--mode', 'csv', 'run', join(folder, 'plan.json')]).out).toBe(ssql(['--mode', 'csv', '-c', sql]).out);
  });

  test('INSERT into a command says how many rows were sent, whatever it prints', () => {
    const folder = temporaryFolder();
    const into = (as: string, rows: number) => {
      const sql = `INSERT INTO SHELL('cat >> f' AS ${as}) SELECT n, n + 1 AS m FROM generate(${rows})`;
      return shell(`ssql -c "${sql}"`, folder);
    };
    for (const as of ['EFFECT', 'MAP', 'FILTER']) {
      const { code, out, err } = into(as, 2);
      expect([code, out]).toEqual([0, '']);
      expect(err).toContain("SHELL 'cat >> f': 2 rows sent in ");
    }
    expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('1\t2\n2\t3\n'.repeat(3));
  });

  test('--job says so where nothing keeps its progress', () => {
    const { code, err } = ssql(['--job', 'j', '-c', "INSERT INTO SHELL('cat') SELECT 1 AS a"]);
    expect(code).toBe(0);
    expect(err).toContain('only tables keep the progress of job j');
  });

  test('no colours into a pipe, even where CI is set', () => {
    const { err } = ssql(['-c', 'SELECT nope'], { env: { CI: 'true', FORCE_COLOR: '1' } });
    expect(err).toContain('error[E0301]');
    expect(err).not.toContain('\x1b');
  });

  test('of a very long line a fault shows what is around it', () => {
    const { err } = ssql(['-c', `SELECT ${'1, '.repeat(3000)} nope ${', 1'.repeat(3000)}`]);
    const [, , , text, carets] = err.split('\n');
    expect(text!.length).toBeLessThan(500);
    expect(text!.slice(carets!.indexOf('^'))).toMatch(/^nope /);
  });

  test('what cannot be a rowid is named with its row', () => {
    const file = join(temporaryFolder(), 'o.db');
    new Database(file).exec('CREATE TABLE t (id INTEGER PRIMARY KEY)').close();
    const { code, err } = ssql(['--db', `o=${file}`, '-c', "INSERT INTO o.t VALUES ('1'), ('x')"]);
    expect(code).toBe(1);
    expect(err).toContain('o.t refused the rows: datatype mismatch');
    expect(err).toContain("row 2: id = 'x'");
  });

  test('--db attaches, INSERT appends and says so on stderr only', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'shop.db');
    const db = new Database(file);
    db.exec('CREATE TABLE t (a INTEGER, b TEXT)');
    const { code, out, err } = ssql(['--db', `shop=${file}`, '-c', "INSERT INTO shop.t VALUES (1, 'x'), (2, 'y')"]);
    expect([code, out]).toEqual([0, '']);
    expect(err).toContain('2 rows appended');
    expect(db.prepare('SELECT * FROM t').raw().all()).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
    db.close();
  });
});

test('a table shows rows that come slowly as they come', async () => {
  const source =
    "CREATE SOURCE s (n INTEGER) WITH (connector = 'shell', command = 'echo 41; exec sleep 323.5', format = 'lines')";
  const { child, ended } = start(['--mode', 'table', '-c', `${source}; FROM s`]);
  let out = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('│ 41 │')) resolve();
    });
  });
  child.kill('SIGINT');
  await ended;
  expect(out).toMatch(/^┌────┐\n│ {2}n │\n├────┤\n│ 41 │\n/);
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(condition()).toBe(true);
}

test('SHOW JOBS tells what attached databases know of jobs, and SHOW WORKERS of this process', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'jobs.db');
  new Database(file).exec('CREATE TABLE t (n)').close();
  const database = ['--db', `o=${file}`];
  // Other tests run things meanwhile.
  const alone = { env: { XDG_RUNTIME_DIR: folder } };
  const before = ssql([...database, '--mode', 'jsonl', '-c', 'SHOW JOBS'], alone);
  expect([before.code, before.out]).toEqual([0, '']);
  ssql(['--job', 'night', ...database, '-c', 'INSERT INTO o.t VALUES (1), (2)']);
  const { out } = ssql([...database, '--mode', 'jsonl', '-c', 'SHOW JOBS; SHOW WORKERS'], alone);
  const [job, worker] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(job).toMatchObject({ job: 'night', database: 'o', state: 'complete', rows: '2' });
  expect(job!['target']).toMatch(/t$/);
  expect(worker).toMatchObject({ worker: 'local', cores: expect.stringMatching(/^[1-9]/) as string });
});
