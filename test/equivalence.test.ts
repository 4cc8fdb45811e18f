import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainPlan } from '../src/plan/explain.ts';
import { rewrite } from '../src/rewrite/rewrite.ts';
import { observeEngine } from './support/engine.ts';
import { observe } from './support/naive.ts';
import { build } from './support/plans.ts';
import { everything, ids, line, LONGEST, step } from './support/random-plans.ts';

/** `SSQL_FUZZ=20000 SSQL_SEED=1` for more cases, or for the same ones again. */
const cases = Number(process.env['SSQL_FUZZ'] ?? 2000);
const seed = Number(process.env['SSQL_SEED']);

test(
  `rewritten plans give what unrewritten plans give (${cases} cases, seed ${seed})`,
  { timeout: 3_600_000 },
  async () => {
    const fired = new Map<string, number>();
    let compared = 0;
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: LONGEST }),
      fc.array(line, { maxLength: 6 }),
      fc.oneof({ weight: 3, arbitrary: fc.constant(ids) }, fc.subarray(ids)),
      fc.integer({ min: 0, max: 4 }),
      async (steps, lines, only, engine) => {
        const plan = build(steps);
        const { plan: rewritten, steps: trace } = rewrite(plan, everything(only));
        const done = trace.filter((s) => s.refused === undefined);
        for (const { rule } of done) fired.set(rule, (fired.get(rule) ?? 0) + 1);
        const expected = observe(plan, lines);
        // A fault in work that nobody wants may vanish; see rule.ts.
        if (expected.rows === 'fault') return;
        const plans = [...explainPlan(plan), 'became', ...explainPlan(rewritten)].join('\n');
        if (done.length > 0) {
          expect(observe(rewritten, lines), plans).toEqual(expected);
          compared++;
        }
        // The real engine is asked now and then: it starts processes that the obvious executor remembers the answers of.
        if (engine === 0)
          expect(await observeEngine(rewritten, lines, 1 + (lines.length % 3)), `engine: ${plans}`).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: cases, seed });
    expect(compared).toBeGreaterThan(cases / 3);
    expect(ids.filter((id) => (fired.get(id) ?? 0) < cases / 1000)).toEqual([]);
  },
);
