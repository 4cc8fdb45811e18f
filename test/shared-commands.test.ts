// Law C1: plans of a job that have the same command over the same rows share its process.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Engine } from '../src/engine.ts';
import type { Job, Shared } from '../src/plan/job.ts';
import { mapInputs } from '../src/plan/ops.ts';
import type { Plan, Shell } from '../src/plan/plan.ts';
import { rewriteJob } from '../src/rewrite/job.ts';
import type { OperatorStats } from '../src/run/operator.ts';
import type { Need } from '../src/rewrite/rule.ts';
import { oneCommandForPlans } from '../src/rewrite/rules/share.ts';
import { withSharedCommands } from '../src/rewrite/shared-commands.ts';
import { filters, promise, shell, t, twice } from '../src/rewrite/examples.ts';
import { temporaryFolder } from './support/cli.ts';
import { observeJob } from './support/naive.ts';
import { build } from './support/plans.ts';
import { canPush, line, step } from './support/random-plans.ts';

const leaf: Shared = { op: 'shared', schema: t.schema, id: '#1', bounded: true };
/** The plan over the shared lines. */
const sharing = (plan: Plan): Plan =>
  plan.op === 'scan' ? { ...leaf, schema: plan.schema } : mapInputs(plan, sharing);
const rooted = (input: Plan): Plan => ({ op: 'output', input, schema: input.schema, labels: [] });
const jobOf = (...plans: readonly Plan[]): Job => ({
  plans: plans.map((plan) => rooted(sharing(plan))),
  shared: { '#1': t },
});
const shells = (job: Job): number => JSON.stringify(job).split('"op":"shell"').length - 1;

describe('C1', () => {
  test.each(oneCommandForPlans.needs)('is wrong unless $name', (need) => {
    const { plan, lines } = need.brokenBy;
    const job = jobOf(plan, plan);
    const found = oneCommandForPlans.match(plan, 'list');
    expect(oneCommandForPlans.needs.filter(({ holds }) => !holds(found))).toEqual([need]);
    expect(shells(withSharedCommands(job).job)).toBe(2);
    const needs: readonly Need<unknown>[] = oneCommandForPlans.needs.filter((other) => other !== need);
    const { job: wrong } = withSharedCommands(job, { ...oneCommandForPlans, needs });
    expect(shells(wrong)).toBe(1);
    expect(observeJob(wrong, lines)).not.toEqual(observeJob(job, lines));
  });

  const map = promise({ scope: { unit: 'record' }, emits: 'one', determinism: 'deterministic', effects: 'none' });
  const upper = (input: Plan, more: Partial<Shell> = {}) =>
    shell('tr a-z A-Z', map, input, { writes: [{ name: 'y', type: 'TEXT' }], ...more });
  const grep = (input: Plan) => shell('grep a', filters, input);
  test.each<[what: string, job: Job, left: number]>([
    ['two commands over two commands', jobOf(upper(grep(t)), upper(grep(t))), 2],
    ['one over the same, one alone', jobOf(upper(grep(t)), grep(t)), 2],
    ['three plans, two levels', jobOf(upper(grep(t)), grep(t), upper(grep(t))), 2],
    ['another text', jobOf(grep(t), shell('grep b', filters, t)), 2],
    ['other rows', jobOf(grep(t), grep(grep(t))), 2],
    ['rows that are computed', jobOf(grep(twice(t)), grep(twice(t))), 2],
    ['ON ERROR', jobOf(upper(t, { onError: 'skip' }), upper(t, { onError: 'skip' })), 2],
    ['twice in one plan', jobOf({ op: 'union', inputs: [grep(t), grep(t)], schema: t.schema }), 2],
  ])('%s', (_what, job, left) => {
    const { job: done } = withSharedCommands(job);
    expect(shells(done)).toBe(left);
    const lines = ['a', 'b', 'ab'];
    expect(observeJob(done, lines)).toEqual(observeJob(job, lines));
  });
});

const seed = Number(process.env['SSQL_SEED']);
const cases = Math.ceil(Number(process.env['SSQL_FUZZ'] ?? 2000) / 10);
test(`jobs of random plans give what they give without (${cases} cases, seed ${seed})`, { timeout: 600_000 }, () => {
  let shared = 0;
  const options = { pushdown: true, canPush, canReplay: () => true, isKnown: () => true } as const;
  const property = fc.property(
    fc.array(step, { minLength: 1, maxLength: 3 }),
    fc.array(step, { maxLength: 2 }),
    fc.array(step, { maxLength: 2 }),
    fc.array(line, { maxLength: 5 }),
    (first, one, other, lines) => {
      const job: Job = { plans: [build([...first, ...one]), build([...first, ...other])], shared: {} };
      const expected = observeJob(job, lines);
      if (expected.rows === 'fault') return;
      const { job: done, steps } = rewriteJob(job, options);
      if (steps.some(({ rule, refused }) => rule === 'C1' && refused === undefined)) shared++;
      expect(observeJob(done, lines)).toEqual(expected);
    },
  );
  fc.assert(property, { numRuns: cases, seed });
  expect(shared).toBeGreaterThan(cases / 50);
});

test('two statements have one process, with the columns of both around it', async () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  writeFileSync(at('in.csv'), 'k,n\n' + Array.from({ length: 3000 }, (_, i) => `k${i % 7},${i}\n`).join(''));
  const upper = `FROM numbered |> SHELL 'tr a-z A-Z' READS (k) WRITES (y TEXT) AS MAP`;
  const text = `
    CREATE SOURCE numbered (k TEXT, n INTEGER) WITH (connector = 'file', path = '${at('in.csv')}', format = 'csv');
    COPY (${upper} |> WHERE y <> 'K1' |> SELECT n, y) TO '${at('a.csv')}';
    COPY (${upper} |> SELECT y) TO '${at('b.csv')}'`;
  const run = async (settings: Record<string, string>) => {
    const runs: (readonly OperatorStats[])[] = [];
    const taker = { start: () => undefined, batch: () => undefined, end: () => undefined };
    const into = { taker, text: () => undefined, started: (stats: readonly OperatorStats[]) => runs.push(stats) };
    await new Engine({ settings }).run({ name: 'q', text }, into);
    const processes = runs.map((stats) => stats.filter(({ label }) => label.startsWith('Shell')).length);
    return { processes, files: ['a.csv', 'b.csv'].map((name) => readFileSync(at(name), 'utf8')) };
  };
  const shared = await run({});
  const apart = await run({ optimizer: 'off' });
  expect(shared.files).toEqual(apart.files);
  expect([shared.processes, apart.processes]).toEqual([[1], [2]]);
});
