// What a process is told of its place, and where it runs. As a user sees it: with the program.
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { ssql, temporaryFolder } from './support/cli.ts';

const csv = ['--mode', 'csv', '-q'] as const;
const told = `SHELL 'while read n; do echo "$n $SSQL_QUERY/$SSQL_EPOCH/$SSQL_ATTEMPT/$SSQL_TASK/$SSQL_SCHEMA"; done'`;

describe('what a process is told', () => {
  test('outside of a job: which operator it is of, what it is sent, and that it is the first', () => {
    const { out } = ssql([
      ...csv,
      '-c',
      `FROM generate(rows => 1) |> ${told} READS (n) WRITES (x TEXT) AS MAP |> SELECT x`,
    ]);
    expect(out).toMatch(/^x\n1 \/\/1\/\d+\/n INTEGER\n$/);
  });

  test('in a job: its name, and an epoch that goes on from run to run', () => {
    const folder = temporaryFolder();
    const [file, target] = [join(folder, 'rows'), join(folder, 'a.db')];
    const db = new Database(target);
    db.exec('CREATE TABLE t (x TEXT)');
    const query = `INSERT INTO d.t FROM read_lines('${file}') |> ${told} READS (line) WRITES (x TEXT) AS MAP |> SELECT x`;
    const run = () =>
      ssql(['--db', `d=${target}`, '--job', 'j', '--set', 'epoch_ms=0', '--set', 'batch_rows=2', '-c', query]);
    writeFileSync(file, '1\n2\n3\n4\n5\n');
    expect(run()).toMatchObject({ code: 0 });
    appendFileSync(file, '6\n');
    expect(run()).toMatchObject({ code: 0 });
    const seen = db.prepare('SELECT x FROM t').pluck().all() as string[];
    db.close();
    expect(seen.map((x) => x.replace(/\/1\/\d+\/line TEXT$/, ''))).toHaveLength(6);
    const epochs = seen.map((x) => Number(/ j\/(\d+)\/1\//.exec(x)![1]));
    // Batches of two rows, an epoch each, and the end of the first run.
    expect(epochs.slice(0, 4)).toEqual([1, 1, 2, 2]);
    expect(epochs[4]).toBeGreaterThan(2);
    expect(epochs[5]).toBeGreaterThan(epochs[4]!);
  });

  test.each<[what: string, query: string, expected: string]>([
    [
      'the same rows once more',
      `FROM generate(rows => 1) |> SHELL 'cat > /dev/null; test $SSQL_ATTEMPT -eq 3 && echo $SSQL_ATTEMPT'
         READS (n) WRITES (x TEXT) SCOPE RECORD ON ERROR RETRY 4 |> SELECT x`,
      '3',
    ],
    [
      'a source that is started again',
      `CREATE SOURCE s (n INTEGER) WITH (connector = 'shell', command = 'test $SSQL_ATTEMPT -eq 2 && echo $SSQL_ATTEMPT',
         restart = 'on-failure', restart_delay = '10 ms');
       SELECT n FROM s`,
      '2',
    ],
  ])('how often it was tried: %s', (_what, query, expected) => {
    const { out, err } = ssql([...csv, '-c', query]);
    expect(out.trim().split('\n').at(-1), err).toBe(expected);
  });
});

test('a job remembers the programs that it ran, and says so when one is another', () => {
  const folder = temporaryFolder();
  const [file, target, tool] = [join(folder, 'rows'), join(folder, 'a.db'), join(folder, 'tool')];
  const db = new Database(target);
  db.exec('CREATE TABLE t (x TEXT)');
  const query = `INSERT INTO d.t FROM read_lines('${file}') |> SHELL '${tool} | sed p' READS (line) WRITES (x TEXT) EMITS 1..N SCOPE RECORD |> SELECT x`;
  const run = (line: string, program: string) => {
    appendFileSync(file, `${line}\n`);
    writeFileSync(tool, `#!/bin/sh\n${program}\n`, { mode: 0o755 });
    return ssql(['--db', `d=${target}`, '--job', 'j', '-c', query]);
  };
  expect(run('a', 'cat')).toMatchObject({ code: 0 });
  const tools = JSON.parse(db.prepare('SELECT tools FROM _ssql_commit').pluck().get() as string) as object;
  expect(Object.keys(tools).sort()).toEqual([tool, 'sed'].sort());
  expect(Object.values(tools)).toContainEqual(expect.stringMatching(new RegExp(`^${tool} [0-9a-f]{64}$`)));
  expect(run('b', 'cat').err).not.toContain('another program');
  const { code, err } = run('c', 'tr a-z A-Z');
  expect(code).toBe(0);
  expect(err).toMatch(
    /job j: \S+tool is another program than before \(\S+tool, sha256 [0-9a-f]{12}, now .*\): its output may differ/,
  );
  expect(err).not.toContain('sed is');
  expect(db.prepare('SELECT x FROM t').pluck().all()).toEqual(['a', 'a', 'b', 'b', 'C', 'C']);
  db.close();
});

describe('SET shell_folder = private', () => {
  const where = (text: string, folder: string, ...more: readonly string[]) =>
    ssql([...csv, '--set', 'shell_folder=private', ...more, '-c', text], { cwd: folder, env: { TMPDIR: folder } });

  test('each process runs in an empty folder of its own, and what it makes is for its owner alone', () => {
    const folder = temporaryFolder();
    const { out } = where(
      `FROM generate(rows => 1) |> SHELL 'ls -A; echo > made; stat -c %a made .; pwd' READS (n) WRITES (x TEXT) EFFECTS ANY`,
      folder,
    );
    const [, file, itself, path] = out.trim().split('\n');
    expect([file, itself]).toEqual(['600', '700']);
    expect(path!.startsWith(join(folder, 'ssql-run-'))).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['a file that it NEEDS is found there', `cat given' NEEDS FILES ('given')`, 'in it'],
    ['a folder that is named is where it runs', `pwd' NEEDS CWD '/'`, '/'],
  ])('%s', (_what, command, expected) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'given'), 'in it\n');
    expect(where(`FROM SHELL('${command})`, folder).out.trim().split('\n')[1]).toBe(expected);
    expect(readFileSync(join(folder, 'given'), 'utf8')).toBe('in it\n');
  });

  test('without it a command runs where ssql does', () => {
    const folder = temporaryFolder();
    const { out } = ssql([...csv, '-c', `FROM SHELL('pwd')`], { cwd: folder });
    expect(out.trim().split('\n')[1]).toBe(folder);
  });
});
