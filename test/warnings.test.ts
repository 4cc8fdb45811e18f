// What Node itself complains of, such as listeners that pile up, is a fault of ours: nothing is to be seen on stderr.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ssql, start, temporaryFolder } from './support/cli.ts';

const many = 'FROM generate(rows => 400000)';
const twelve = (text: (i: number) => string): string => Array.from({ length: 12 }, (_, i) => text(i)).join(' ');

describe('to a pipe that is full again and again', () => {
  test.each<[what: string, query: string]>([
    ['rows of a query', `${many} |> SELECT n`],
    ['rows that come through a command', `${many} |> SHELL 'cat' READS (n) WRITES (x TEXT) AS MAP |> SELECT x`],
    ['a target', `CREATE SINK o WITH (connector = 'stdout', format = 'csv'); INSERT INTO o SELECT n ${many}`],
  ])('%s', async (_what, query) => {
    const { child, ended } = start(['--mode', 'csv', '-q', '-c', query]);
    // Each time the reader stops, until there is no more room.
    child.stdout.on('data', () => {
      child.stdout.pause();
      setImmediate(() => child.stdout.resume());
    });
    const { code, out, err } = await ended;
    expect(err).toBe('');
    expect([code, out.trim().split('\n').length]).toEqual([0, 400_001]);
  });

  test('a file', () => {
    const file = join(temporaryFolder(), 'out.csv');
    const { code, err } = ssql(['--mode', 'csv', '-q', '-o', file, '-c', `${many} |> SELECT n`]);
    expect([code, err]).toEqual([0, '']);
    expect(readFileSync(file, 'latin1').trim().split('\n')).toHaveLength(400_001);
  });
});

describe('a dozen at a time', () => {
  test.each<[what: string, query: string]>([
    ['commands', `FROM generate(rows => 3) ${twelve((i) => `|> SHELL 'cat' WRITES (x${i} TEXT) EFFECTS ANY`)}`],
    [
      'targets that are standard output',
      `CREATE SINK o WITH (connector = 'stdout', format = 'csv'); ${twelve((i) => `INSERT INTO o SELECT ${i} AS a${i};`)}`,
    ],
    ['commands as sources', twelve((i) => `FROM SHELL('echo ${i}') ${i < 11 ? 'UNION ALL' : ''}`)],
    [
      'copies of a daemon',
      `${many} |> SHELL 'cat' READS (n) WRITES (x TEXT) AS MAP MODE DAEMON MARKER 'm' PARALLEL 12 |> AGGREGATE sum(x) AS s`,
    ],
    ['copies', `${many} |> SHELL 'cat' READS (n) WRITES (x TEXT) AS MAP PARALLEL 12 |> AGGREGATE sum(x) AS s`],
  ])('%s', (_what, query) => {
    const { code, err } = ssql(['--mode', 'csv', '-q', '-c', query]);
    expect([code, err]).toEqual([0, '']);
  });
});
