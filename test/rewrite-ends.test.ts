// Rewriting ends, at a plan at which no law can do more, after a number of steps that is in proportion to the plan.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainPlan } from '../src/plan/explain.ts';
import { inputs } from '../src/plan/ops.ts';
import type { Plan } from '../src/plan/plan.ts';
import { rewrite } from '../src/rewrite/rewrite.ts';
import { build } from './support/plans.ts';
import { everything, ids, LONGEST, step } from './support/random-plans.ts';

const cases = Number(process.env['SSQL_FUZZ'] ?? 2000);
const seed = Number(process.env['SSQL_SEED']);
/** Steps for each operator: it may pass all others, and each may be taken apart, merged and narrowed on the way. */
const MOST = 6;

const sizeOf = (plan: Plan): number => 1 + inputs(plan).reduce((sum, input) => sum + sizeOf(input), 0);

test(
  `random plans are rewritten in few steps, whichever laws there are (${cases} cases, seed ${seed})`,
  { timeout: 600_000 },
  () => {
    let longest = 0;
    const property = fc.property(
      fc.array(step, { minLength: 1, maxLength: LONGEST }),
      fc.oneof({ weight: 3, arbitrary: fc.constant(ids) }, fc.subarray(ids)),
      (steps, only) => {
        const plan = build(steps);
        const size = sizeOf(plan);
        const done = rewrite(plan, everything(only));
        const fired = done.steps.filter((s) => s.refused === undefined).length;
        longest = Math.max(longest, fired / size);
        expect(fired, explainPlan(plan).join('\n')).toBeLessThanOrEqual(MOST * size);
      },
    );
    fc.assert(property, { numRuns: cases, seed });
    expect(longest).toBeGreaterThan(1);
  },
);
