// Plans whose parts are shared, and read in any order and from any place, come to their end.
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { rowsOf } from '../src/data/batch.ts';
import { cell } from '../src/data/cell.ts';
import { column, integer } from '../src/expr/expr.ts';
import { inlined, jobOver, type Job } from '../src/plan/job.ts';
import type { Join, Plan } from '../src/plan/plan.ts';
import { heldBack } from '../src/run/held-back.ts';
import { runJob } from '../src/run/local.ts';
import type { OperatorStats } from '../src/run/operator.ts';
import { runContext } from '../src/run/start.ts';
import { random, seeds, type Random } from './support/random.ts';

/** Turns of the event loop in which no batch moves: nothing outside is waited for, so nothing will. */
const STILL = 20;

const named = (name: string) => [{ name, type: 'INTEGER' }] as const;
const ref = (name: string) => column(name, 'INTEGER');
const renamed = (input: Plan, name: string): Plan => ({
  op: 'project',
  input,
  schema: named(name),
  exprs: [ref(input.schema[0]!.name)],
});
const output = (input: Plan): Plan => ({ op: 'output', input, schema: input.schema, labels: ['n'] });

/** Random plans of one column `n` over sub-plans that come before, and over values of joins around them. */
class Plans {
  readonly #rng: Random;
  #joins = 0;

  constructor(rng: Random) {
    this.#rng = rng;
  }

  job(): Job {
    const shared: Record<string, Plan> = {};
    const count = 2 + this.#rng.below(3);
    for (let i = 1; i <= count; i++) shared[`#${i}`] = this.#plan(1 + this.#rng.below(2), Object.keys(shared), []);
    const ids = Object.keys(shared);
    const plans = Array.from({ length: 1 + this.#rng.below(2) }, () => output(this.#plan(4, ids, [])));
    return jobOver(plans, shared);
  }

  #plan(depth: number, ids: readonly string[], domains: readonly number[]): Plan {
    const rng = this.#rng;
    if (depth === 0) return this.#leaf(ids, domains);
    const below = (): Plan => this.#plan(rng.below(depth), ids, domains);
    const [left, right] = [below(), below()];
    switch (rng.below(6)) {
      case 0:
        return { op: 'union', inputs: rng.chance(0.3) ? [left, right, below()] : [left, right], schema: left.schema };
      case 1:
        return { op: 'setop', kind: rng.of(['intersect', 'except']), left, right, schema: left.schema };
      case 2:
        return { op: 'distinct', input: left, schema: left.schema };
      case 3:
        return this.#joined(left, right);
      default: {
        const id = ++this.#joins;
        const domain = { id, params: [{ name: `d${id}`, expr: ref('n') }] };
        return { ...this.#joined(left, this.#plan(rng.below(depth), ids, [...domains, id]), domain) };
      }
    }
  }

  #leaf(ids: readonly string[], domains: readonly number[]): Plan {
    const rng = this.#rng;
    if (domains.length > 0 && rng.chance(0.5)) {
      const id = rng.of(domains);
      return renamed({ op: 'domain', id, schema: named(`d${id}`) }, 'n');
    }
    if (ids.length > 0 && rng.chance(0.8)) return { op: 'shared', id: rng.of(ids), schema: named('n'), bounded: true };
    const rows = Array.from({ length: rng.below(5) }, () => [integer(rng.below(4))]);
    return { op: 'values', rows, schema: named('n') };
  }

  #joined(left: Plan, right: Plan, domain?: Join['domain']): Plan {
    const kind = this.#rng.of(
      domain
        ? (['inner', 'left', 'semi', 'anti'] as const)
        : (['inner', 'left', 'right', 'full', 'semi', 'anti'] as const),
    );
    const schema = kind === 'semi' || kind === 'anti' ? left.schema : [...named('n'), ...named('m')];
    const equal = [{ left: ref('n'), right: ref('m') }];
    const plan: Join = { op: 'join', kind, left, right: renamed(right, 'm'), equal, schema, ...(domain && { domain }) };
    return plan.schema.length === 1 ? plan : { op: 'project', input: plan, schema: named('n'), exprs: [ref('n')] };
  }
}

/** The rows of each root, sorted; or that the job stands still. */
async function outcome(job: Job): Promise<readonly string[] | 'stands still'> {
  const rows: string[] = [];
  let stats: readonly OperatorStats[] = [];
  const own = new AbortController();
  const hooks = { signal: own.signal, started: (all: readonly OperatorStats[]) => void (stats = all) };
  const context = runContext(hooks, {}, { batch_rows: '2' }, (batch) => {
    for (const row of rowsOf(batch)) rows.push(String(cell(batch.columns[0]!, 'INTEGER', row)));
  });
  const moved = (): number => stats.reduce((sum, { batchesIn, batchesOut }) => sum + batchesIn + batchesOut, 0);
  let isOver = false;
  const over = runJob(job, context).finally(() => (isOver = true));
  over.catch(() => undefined);
  for (let still = 0, before = -1; !isOver; still = moved() === before ? still + 1 : 0) {
    if (still === STILL) {
      own.abort(new Error('stands still'));
      await over.catch(() => undefined);
      return 'stands still';
    }
    before = moved();
    await setImmediate();
  }
  await over;
  return rows.sort();
}

/** The same without sharing: each root on its own, every part as often as it is read. */
async function unshared({ plans, shared }: Job): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const plan of plans) rows.push(...(await outcome({ plans: [inlined(plan, shared)], shared: {} })));
  return rows.sort();
}

test('jobs whose parts are shared crosswise end, with the rows of the same plans without sharing', async () => {
  let heldAny = 0;
  for (const seed of seeds(400)) {
    const job = new Plans(random(seed)).job();
    heldAny += heldBack(job).size > 0 ? 1 : 0;
    expect(await outcome(job), `SSQL_SEED=${seed} ${JSON.stringify(job)}`).toEqual(await unshared(job));
  }
  expect(heldAny).toBeGreaterThan(20);
});
