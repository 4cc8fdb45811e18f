// Pipelines put together at random give what bash gives, to the byte: as one text or as one command behind the other, in
// any number of copies, however rows are cut into batches, with laws and without.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { connect } from '../src/index.ts';
import { randomLines, randomStages } from './support/random-pipeline.ts';
import { random, seeds, type Random } from './support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-random-pipelines-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [input, output] = [join(folder, 'in'), join(folder, 'out')];

interface Case {
  readonly stages: readonly string[];
  readonly lines: readonly string[];
}
const SETTINGS = [
  {},
  { parallelism: 2, batch_rows: 7 },
  { parallelism: 4, batch_rows: 1 },
  { optimizer: 'off' },
  { parallelism: 3, batch_rows: 100, native: 'off' },
] as const;

/** What bash prints, its last line ended as rows are; undefined where a program complains. */
function bash({ stages, lines }: Case): string | undefined {
  const done = spawnSync('bash', ['--norc', '-c', stages.join(' | ')], {
    input: lines.map((line) => `${line}\n`).join(''),
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    encoding: 'utf8',
    cwd: folder,
  });
  if (done.stderr !== '') return undefined;
  return done.stdout === '' || done.stdout.endsWith('\n') ? done.stdout : `${done.stdout}\n`;
}

async function ssql({ stages }: Case, settings: object, isOne: boolean): Promise<string> {
  const session = await connect({ settings: { ...settings } });
  const commands = isOne ? [stages.join(' | ')] : stages;
  const shells = commands.map((command) => ` |> SHELL '${command.replaceAll("'", "''")}'`).join('');
  try {
    await session.execute(`COPY (FROM read_lines('${input}')${shells}) TO '${output}' (FORMAT lines)`);
    return readFileSync(output, 'utf8');
  } catch (error) {
    // In the middle of a pipeline bash does not tell of it.
    return `error: ${String(error)}`;
  } finally {
    await session.close();
  }
}

/** The ways that give something else than bash does. */
async function wrong(asked: Case): Promise<readonly string[]> {
  const expected = bash(asked);
  if (expected === undefined) return [];
  writeFileSync(input, asked.lines.map((line) => `${line}\n`).join(''));
  const found: string[] = [];
  for (const settings of SETTINGS)
    for (const isOne of [true, false]) {
      const got = await ssql(asked, settings, isOne);
      if (got !== expected) found.push(`${isOne ? 'one text' : 'commands'}, ${JSON.stringify(settings)}: ${got}`);
    }
  return found;
}

/** With fewer stages and lines, as long as something is wrong. */
async function shrunk(asked: Case): Promise<Case> {
  const { stages, lines } = asked;
  const half = lines.length >> 1;
  const smaller: readonly Case[] = [
    ...(stages.length > 1 ? stages.map((_, i) => ({ lines, stages: stages.toSpliced(i, 1) })) : []),
    ...(half > 0 ? [lines.slice(0, half), lines.slice(half)].map((part) => ({ stages, lines: part })) : []),
  ];
  for (const one of smaller) if ((await wrong(one)).length > 0) return shrunk(one);
  return asked;
}

test.each(seeds(40).map((seed) => [seed] as const))('seed %i', { timeout: 120_000 }, async (seed) => {
  const r = random(seed);
  const asked = { stages: randomStages(r), lines: randomLines(r) };
  if ((await wrong(asked)).length === 0) return;
  const least = await shrunk(asked);
  expect([least, await wrong(least)]).toEqual([least, [bash(least)]]);
});

const file = `read_lines('${input}')`;
const operator = (r: Random): string =>
  r.of([
    () => `WHERE line LIKE '%${r.of(['a', 'e', '1', ' '])}%'`,
    () => `WHERE length(line) > ${r.below(12)}`,
    () => `WHERE line < 'm'`,
    () => 'DISTINCT',
    () => `LIMIT ${1 + r.below(20)}${r.of(['', ' OFFSET 3'])}`,
    () => `ORDER BY line${r.of(['', ' DESC', ' |> LIMIT 7'])}`,
    () => `SELECT upper(line) || 'x' AS line`,
    () => `UNION ALL (FROM ${file})`,
    () => 'EXTEND length(line) AS n |> WHERE n % 2 = 0 |> SELECT line',
    () => 'AGGREGATE count(*) AS n GROUP BY line |> ORDER BY line |> SELECT line',
  ])();

test.each(seeds(15).map((seed) => [seed] as const))('with operators in between, seed %i', async (seed) => {
  const r = random(seed);
  writeFileSync(input, randomLines(r).map((line) => `${line}\n`).join('')); // prettier-ignore
  const parts = randomStages(r).filter((stage) => !/shuf|xargs/.test(stage)).flatMap((stage) => {
    const shell = `SHELL '${stage.replaceAll("'", "''")}'${r.chance(0.2) ? ' PARALLEL 2' : ''}`;
    return [r.chance(0.6) ? operator(r) : '', shell, r.chance(0.6) ? operator(r) : ''].filter((part) => part !== '');
  }); // prettier-ignore
  const sql = [`FROM ${file}`, ...parts].join(' |> ');
  const rows = async (settings: object): Promise<unknown> => {
    const session = await connect({ settings: { ...settings } });
    // A program that complains (`comm` of lines that are not sorted) does so either way.
    return session.rows(sql).then((found) => found.rows, () => 'error').finally(() => session.close()); // prettier-ignore
  };
  const plain = await rows({ optimizer: 'off', native: 'off' });
  for (const settings of SETTINGS) expect([sql, settings, await rows(settings)]).toEqual([sql, settings, plain]);
});
