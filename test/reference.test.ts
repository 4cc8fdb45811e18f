// Every example of grammar/reference.md is run, by itself, in a folder with the project's sample data; what it prints is
// what stands behind it. `npx vitest run test/reference.test.ts -u` writes the answers anew.
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLI } from './support/cli.ts';

const reference = readFileSync('grammar/reference.md', 'utf8');
const samples = mkdtempSync(join(tmpdir(), 'ssql-reference-'));
beforeAll(() => {
  execFileSync(process.execPath, [resolve('queries/make-data.mjs'), samples]);
});
afterAll(() => rmSync(samples, { recursive: true }));

/** ```sql (or ```sql fault: it is to fail), and the ```text behind it with what is printed; without one, nothing is. */
const EXAMPLE = /^```sql( fault)?\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm;

/** What an example prints, in a folder of its own. */
async function printed(sql: string, fails: boolean): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'ssql-reference-'));
  try {
    cpSync(samples, folder, { recursive: true });
    mkdirSync(join(folder, 'out'));
    const { code, out, err } = await run(['--mode', 'table', '-q', '--db', 'shop=shop.db', '-c', sql], folder);
    expect([sql, code !== 0, err]).toEqual([sql, fails, fails ? err : '']);
    return fails ? err.replaceAll(folder, '..') : out;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const run = (args: readonly string[], cwd: string): Promise<{ code: number; out: string; err: string }> =>
  new Promise((ended) => {
    const env = { ...process.env, FORCE_COLOR: '0' };
    const child = execFile(process.execPath, [CLI, ...args], { cwd, env, timeout: 60_000 }, (error, out, err) =>
      ended({ code: error === null ? 0 : Number(error.code ?? 1), out, err }),
    );
    child.stdin?.end();
  });

test('the examples print what stands behind them', { timeout: 300_000 }, async () => {
  const examples = [...reference.matchAll(EXAMPLE)];
  expect(examples.length).toBeGreaterThan(25);
  const answers: string[] = [];
  // Two at a time: as many as a small machine has cores.
  for (let i = 0; i < examples.length; i += 2) {
    const pair = examples.slice(i, i + 2).map(([, fault, sql]) => printed(sql!, fault !== undefined));
    answers.push(...(await Promise.all(pair)));
  }
  let next = 0;
  const fresh = reference.replace(EXAMPLE, (_, fault: string | undefined, sql: string) => {
    const answer = answers[next++]!.trimEnd();
    return `\`\`\`sql${fault ?? ''}\n${sql}\`\`\`\n${answer === '' ? '' : `\n\`\`\`text\n${answer}\n\`\`\`\n`}`;
  });
  await expect(fresh).toMatchFileSnapshot('../grammar/reference.md');
});
