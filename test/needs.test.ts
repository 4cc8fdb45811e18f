// What a command needs is looked for before anything runs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Engine } from '../src/engine.ts';
import { temporaryFolder } from './support/cli.ts';

/** Codes and messages of what `check` finds in a query over one command. */
async function faults(clauses: string): Promise<string[]> {
  const text = `FROM generate(rows => 1) |> SHELL 'cat' READS (n) WRITES (x TEXT) ${clauses}`;
  const found = await new Engine().check({ name: 'q', text });
  return found.map(({ code, message, label }) => `${code} ${message} (${label ?? ''})`);
}

describe('NEEDS', () => {
  const folder = () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'rules.txt'), 'a\n');
    writeFileSync(join(path, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
    mkdirSync(join(path, 'bin'));
    return path;
  };

  test('all is there', async () => {
    const at = folder();
    expect(await faults(`NEEDS TOOLS ('sed', '${at}/tool') NEEDS FILES ('rules.txt') NEEDS CWD '${at}'`)).toEqual([]);
    expect(await faults(`NEEDS TOOLS ('tool') ENV (PATH = '/usr/bin:/bin:${at}')`)).toEqual([]);
  });

  test.each<[what: string, clauses: (at: string) => string, expected: string]>([
    ['a tool', () => `NEEDS TOOLS ('no-such-tool')`, 'E0403 command not found: `no-such-tool` (declared NEEDS TOOLS)'],
    [
      'a file that is no program',
      (at) => `NEEDS TOOLS ('${at}/rules.txt')`,
      'E0403 command not found: `AT/rules.txt` (declared NEEDS TOOLS)',
    ],
    [
      'a program, elsewhere',
      (at) => `ENV (PATH = '${at}/bin')`,
      'E0403 command not found: `cat` (no such program on PATH)',
    ],
    [
      'a file',
      (at) => `NEEDS FILES ('x.txt') NEEDS CWD '${at}'`,
      'E0407 the command needs the file x.txt, which does not exist (declared NEEDS FILES)',
    ],
    [
      'a folder',
      (at) => `NEEDS CWD '${at}/rules.txt'`,
      'E0407 the command is to run in AT/rules.txt, which is no folder (declared NEEDS CWD)',
    ],
  ])('%s is not there', async (_what, clauses, expected) => {
    const at = folder();
    expect((await faults(clauses(at))).map((fault) => fault.replaceAll(at, 'AT'))).toEqual([expected]);
  });

  test('nothing of a script runs where something is missing', async () => {
    const file = join(temporaryFolder(), 'made.txt');
    const text = `INSERT INTO SHELL('cat > ${file}') SELECT 1; SELECT * FROM SHELL('cat x' NEEDS FILES ('no/such/file'))`;
    const taker = { start: () => undefined, batch: () => undefined, end: () => undefined };
    await expect(new Engine().run({ name: 'q', text }, { taker, text: () => undefined })).rejects.toThrow(
      'no/such/file',
    );
    expect(await faults(`NEEDS FILES ('${file}')`)).toHaveLength(1);
  });
});
