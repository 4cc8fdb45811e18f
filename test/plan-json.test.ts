import { expect, test } from 'vitest';
import { QueryError } from '../src/base/errors.ts';
import { readPlanFile } from '../src/plan/json.ts';
import type { Plan } from '../src/plan/plan.ts';
import type { PlanFile } from '../src/plan/step.ts';
import { planFile } from '../src/plan/schema.ts';
import { ssql } from './support/cli.ts';

const SCRIPTS = [
  'SELECT 1',
  'SELECT a, count(*) FROM (VALUES (1), (2)) AS v(a) WHERE a > 1 GROUP BY a HAVING count(*) > 0 ORDER BY 1 DESC LIMIT 2',
  "SELECT n FROM SHELL('seq 3' WRITES (n INTEGER)) UNION ALL SELECT 2",
  "FROM read_lines('package.json') |> SHELL 'grep a' AS FILTER |> SHELL 'tr a-z A-Z' READS (line) WRITES (up TEXT) AS MAP |> WHERE line <> ''",
  'SELECT * FROM (SELECT 1 AS a) x LEFT JOIN (SELECT 2 AS b) y ON x.a = y.b',
];

test.each(SCRIPTS)('%s: what is compiled can be read', async (sql) => {
  const { code, out, err } = ssql(['compile', '-c', sql]);
  expect([code, err]).toEqual([0, '']);
  expect(await readPlanFile(out, 'plan.json')).toEqual(JSON.parse(out));
});

/** The plan file with the plans of its only step changed. */
const withPlan = (file: PlanFile, change: (plan: Plan) => unknown): unknown => ({
  ...file,
  steps: file.steps.map((step) => (step.kind === 'run' ? { ...step, plans: step.plans.map(change) } : step)),
});

test.each<[why: string, change: (file: PlanFile) => unknown, message: string]>([
  ['another format', (f) => ({ ...f, format: 'other' }), '$.format'],
  ['a later version', (f) => ({ ...f, version: 2 }), 'version 2'],
  ['an unknown field', (f) => ({ ...f, more: 1 }), 'more'],
  [
    'an operator that is none',
    (f) => ({ ...f, steps: [{ kind: 'run', plans: [{ op: 'magic', schema: [] }], shared: {} }] }),
    '$.steps[0].plans[0]',
  ],
  [
    'a column that is not there',
    (f) => withPlan(f, (p) => ({ ...p, schema: [{ name: 'other', type: 'INTEGER' }] })),
    '$.steps[0].plans[0]: Output',
  ],
])('refuses %s', async (_why, change, message) => {
  const file = JSON.parse(ssql(['compile', '-c', 'SELECT 1']).out) as PlanFile;
  const read = readPlanFile(JSON.stringify(change(file)), 'plan.json');
  await expect(read).rejects.toBeInstanceOf(QueryError);
  await expect(read).rejects.toThrow(message);
});

test('the published schema describes the same fields', () => {
  expect(Object.keys(planFile.shape)).toEqual(['format', 'version', 'databases', 'settings', 'steps']);
});
