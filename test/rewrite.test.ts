import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, test } from 'vitest';
import { Bug } from '../src/base/errors.ts';
import { Engine } from '../src/engine.ts';
import { explainJob } from '../src/plan/explain.ts';
import { eq, filter, promise, shell, t } from '../src/rewrite/examples.ts';
import { rewrite } from '../src/rewrite/rewrite.ts';
import { describeSteps } from '../src/rewrite/why-not.ts';
import { runCases } from './support/cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-rewrite-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'access.csv'), 'ip,status,host,path\n10.0.0.1,500,a,/\n');
const shop = join(folder, 'shop.db');
new Database(shop)
  .exec('CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, total REAL, note TEXT COLLATE NOCASE)')
  .close();

/** `access (ip, status, host, path)`, a file, and `shop.orders`, a table. */
const prelude = `CREATE SOURCE access (ip TEXT, status INTEGER, host TEXT, path TEXT)
  WITH (connector = 'file', path = '${join(folder, 'access.csv')}', format = 'csv', header = true);`;

/** What was done and what was not, and the plan that came of it. */
runCases('rewrites', async (query) => {
  const engine = new Engine({ attach: { shop }, settings: { trust: 'declared' } });
  const lines: string[] = [];
  for await (const steps of engine.compile({ name: 'case', text: `${prelude}${query}` })) {
    for (const { step, trace } of steps) {
      if (step.kind === 'run') lines.push(...describeSteps(trace, true), ...explainJob(step));
    }
  }
  return lines.join('\n');
});

const never = { pushdown: false, canPush: () => false };
const plan = filter(
  eq('x', 'a'),
  shell(
    'grep a',
    promise({ filters: true, emits: '0..1', scope: { unit: 'record' }, determinism: 'deterministic', effects: 'none' }),
    t,
  ),
);

test('each step tells its rule, the operator and the plan after it', () => {
  const { plan: after, steps } = rewrite(plan, never);
  expect(steps.map(({ rule, at }) => [rule, at])).toEqual([
    ['F1', "Filter x = 'a'"],
    ['K1', "Shell 'grep a'"],
  ]);
  expect(steps.at(-1)!.after).toEqual(after);
  expect(after.op).toBe('shell');
});

test.each([{ only: ['L1'] }, { except: ['F1', 'K1'] }])('rules can be left out: %o', (choice) => {
  expect(rewrite(plan, { ...never, ...choice })).toEqual({ plan, steps: [] });
});

test('a plan that is broken is a fault of ours, and the rule is named', () => {
  const broken = { ...plan, input: { ...plan.input, carried: ['x', 'y'] } };
  expect(() => rewrite(broken as typeof plan, never)).toThrow(Bug);
  expect(() => rewrite(broken as typeof plan, never)).toThrow(/rule F1 broke the plan: .*y of its input/);
});
