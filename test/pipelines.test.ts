// Shell pipelines as people write them, as plain strings and with everything inferred, give what bash gives, to the byte:
// in one SHELL or in one for each command, in any number of copies, however the rows are cut into batches.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../src/index.ts';
import { writeCorpus } from './support/corpus.ts';
import { pipelines, type Pipeline } from './support/pipelines.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-pipelines-'));
beforeAll(() => writeCorpus(folder));
afterAll(() => rmSync(folder, { recursive: true }));

const placed = (text: string): string => text.replaceAll('@', folder);
const quoted = (text: string): string => `'${placed(text).replaceAll("'", "''")}'`;

/** What bash prints. A row of the engine is a line, and lines are ended: also the last one, where `tr -d '\n'` does not. */
function bash({ over, stages }: Pipeline): string {
  const done = spawnSync('bash', ['--norc', '-c', placed(stages.join(' | '))], {
    input: readFileSync(join(folder, over)),
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    encoding: 'latin1',
  });
  expect(done.stderr).toBe('');
  return done.stdout === '' || done.stdout.endsWith('\n') ? done.stdout : `${done.stdout}\n`;
}

interface Way {
  readonly copies: number;
  readonly batchRows: number;
  readonly as: 'one command' | 'commands';
}
let outputs = 0;

async function ssql({ over, stages }: Pipeline, { copies, batchRows, as }: Way): Promise<string> {
  const to = join(folder, `out${outputs++}`);
  const commands = as === 'commands' ? stages : [stages.join(' | ')];
  const session = await connect({ settings: { parallelism: copies, batch_rows: batchRows } });
  try {
    const from = `FROM read_lines('${join(folder, over)}')`;
    const shells = commands.map((command) => ` |> SHELL ${quoted(command)}`).join('');
    await session.execute(`COPY (${from}${shells}) TO '${to}' (FORMAT lines)`);
  } finally {
    await session.close();
  }
  return readFileSync(to, 'latin1');
}

const sizes = [1, 7, 4096];
/** Each number of copies meets each size of batches, half of them in one command; in `npm run fuzz` all do in both. */
const ways: readonly Way[] = (['one command', 'commands'] as const).flatMap((as, a) =>
  [1, 2, 4].flatMap((copies, c) =>
    sizes
      .filter((_, s) => process.env['SSQL_FUZZ'] !== undefined || (a + c + s) % 3 === 0)
      .map((batchRows) => ({ as, copies, batchRows })),
  ),
);

describe('a pipeline gives what bash gives', () => {
  test.each(pipelines.map((pipeline) => [pipeline.stages.join(' | '), pipeline] as const))(
    '%s',
    async (_, pipeline) => {
      const expected = bash(pipeline);
      for (const way of ways) expect([way, await ssql(pipeline, way)]).toEqual([way, expected]);
    },
  );
});
