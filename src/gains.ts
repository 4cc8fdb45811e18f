import { closeContract } from './contract/closure.ts';
import type { Contract } from './contract/contract.ts';
import { profiles, type Profile } from './contract/profiles.ts';
import { canConfine } from './confine.ts';
import type { Variant, Variants } from './compiled.ts';
import type { Job } from './plan/job.ts';
import { inputs, mapInputs } from './plan/ops.ts';
import type { Plan, Shell } from './plan/plan.ts';
import type { RewriteStep } from './rewrite/rewrite.ts';

/** Rows of each source. */
const SAMPLE = 20_000;
/** Times that each plan is run; the shortest counts. */
const TIMES = 3;
/** ms for all of it. */
const PATIENCE = 20_000;

/** Laws that read less of a source: of a sample they save nothing, so they are tried on all rows. */
const OF_SOURCES = ['Q1', 'Q2', 'K2', 'limit-into-source'];
/** ms for one run over all rows. */
const LONGEST = 5_000;

type Run = (job: Job, stop?: AbortSignal) => Promise<void>;

/**
 * What laws gain where they applied, and would gain where they were refused: the job is run with and without each of them,
 * over the first rows of its sources, and gives its rows to nobody. Commands that may have effects are kept from them.
 *
 * @param run runs a job to its end, or until it is stopped. @returns lines for EXPLAIN.
 */
export async function measuredGains(
  trace: readonly RewriteStep[],
  variants: Variants,
  run: Run,
): Promise<readonly string[]> {
  const begun = performance.now();
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const step of trace) {
    const what = `${step.rule} for ${step.at}`;
    const isApplied = step.refused === undefined;
    const key = isApplied ? step.rule : `${what} ${step.command}`;
    if (seen.has(key) || (step.gain === undefined && !isApplied)) continue;
    seen.add(key);
    if (performance.now() - begun > PATIENCE) {
      lines.push('  the rest is not measured: it takes too long');
      break;
    }
    const told = await gainOf(step, variants, run);
    if (told !== undefined) lines.push(`  ${isApplied ? 'applied' : 'refused'} ${what}: ${told}`);
  }
  return lines.length === 0
    ? []
    : [`Gains, on at most ${SAMPLE.toLocaleString('en-US')} rows of each source:`, ...lines];
}

async function gainOf(step: RewriteStep, variants: Variants, run: Run) {
  const { rule, refused, command, missing } = step;
  const isOfSources = OF_SOURCES.includes(rule);
  const assume = refused === undefined ? undefined : promised(missing ?? []);
  if (refused !== undefined && (assume === undefined || command === undefined))
    return missing === undefined ? undefined : 'not measured: that cannot be had by a promise alone';
  const more: Variant = {
    ...(!isOfSources && { sample: SAMPLE }),
    ...(assume && { assume: { command: command!, contract: assume } }),
  };
  const [on, off] = [variants(more), variants({ ...more, except: [rule] })];
  const hasFired = on.trace.some((s) => s.rule === rule && s.refused === undefined);
  if (!hasFired) return 'not measured: it does not apply to a sample';
  // What is only assumed keeps nothing from happening.
  const isAssumed = assume?.effects !== undefined;
  const jobs = [harmless(on.job, isAssumed), harmless(off.job, isAssumed)];
  if (jobs.some((job) => job === undefined))
    return 'not measured: a command may have effects, and `bwrap` is not there';
  try {
    const [fast, slow] = await (isOfSources ? timedOnce : timed)(jobs as readonly Job[], run);
    const rows = isOfSources ? ', all rows' : '';
    if (fast === undefined) return `not measured: all rows take more than ${ms(LONGEST)}`;
    if (slow === undefined) return `${ms(fast)} with it, without it not done after ${ms(LONGEST)}${rows}`;
    const ratio = slow / fast;
    const times = `${ms(fast)} with it, ${ms(slow)} without${rows}`;
    if (ratio > 0.9 && ratio < 1.1) return `no difference (${times})`;
    const said = (n: number) => (n < 99.5 ? n.toPrecision(2) : n.toFixed(0));
    return ratio > 1 ? `${said(ratio)} times as fast (${times})` : `${said(1 / ratio)} times as slow (${times})`;
  } catch (error) {
    return `not measured: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Over all rows; undefined for one that was stopped, and for those behind it. */
async function timedOnce(jobs: readonly Job[], run: Run): Promise<readonly (number | undefined)[]> {
  const taken: number[] = [];
  for (const job of jobs) {
    const stop = AbortSignal.timeout(LONGEST);
    const start = performance.now();
    try {
      await run(job, stop);
    } catch (error) {
      if (!stop.aborted) throw error;
    }
    if (stop.aborted) break;
    taken.push(performance.now() - start);
  }
  return taken;
}

/** In turns, so that what else goes on here is shared. */
async function timed(jobs: readonly Job[], run: Run): Promise<readonly (number | undefined)[]> {
  const best = jobs.map(() => Infinity);
  for (let n = 0; n < TIMES; n++) {
    for (const [i, job] of jobs.entries()) {
      const start = performance.now();
      await run(job);
      best[i] = Math.min(best[i]!, performance.now() - start);
    }
  }
  return best;
}

const ms = (n: number): string => `${n.toFixed(n < 10 ? 1 : 0)} ms`;

/** The contract that these words are; undefined where one of them has to be spelt out. */
function promised(words: readonly string[]): Contract | undefined {
  const by = 'declared' as const;
  const known: Readonly<Record<string, Contract>> = {
    'SCOPE RECORD': { scope: { value: { unit: 'record' }, by } },
    'EMITS ONE': { emits: { value: 'one', by } },
    FILTERS: { filters: { value: true, by }, emits: { value: '0..1', by } },
    DETERMINISTIC: { determinism: { value: 'deterministic', by } },
    'EFFECTS NONE': { effects: { value: 'none', by } },
    TOTAL: { total: { value: true, by } },
    ONLINE: { online: { value: true, by } },
    'ORDER FREE': { orderFree: { value: true, by } },
    'KEEPS ORDER': { keepsOrder: { value: true, by } },
    IDEMPOTENT: { idempotent: { value: true, by } },
    ...Object.fromEntries((Object.keys(profiles) as Profile[]).map((name) => [`AS ${name}`, profiles[name]])),
  };
  if (words.length === 0 || words.some((word) => known[word] === undefined)) return undefined;
  const all = words.reduce<Contract>((so, word) => ({ ...so, ...known[word] }), {});
  return closeContract(all, { reads: [], writes: [] }).contract;
}

/** The job without targets, its commands kept from effects; undefined where that cannot be. */
function harmless({ plans, shared }: Job, isAssumed: boolean): Job | undefined {
  let isPossible = true;
  const visit = (plan: Plan): Plan => {
    const below = mapInputs(plan, visit);
    if (below.op !== 'shell' || (isPure(below) && !isAssumed)) return below;
    isPossible &&= canConfine();
    return { ...below, sandbox: 'bwrap' };
  };
  const roots = plans.map((plan): Plan => {
    const [input] = inputs(plan);
    return { op: 'output', input: visit(input!), schema: input!.schema, labels: input!.schema.map((f) => f.name) };
  });
  const subPlans = Object.entries(shared).map(([id, plan]) => [id, visit(plan)] as const);
  return isPossible ? { plans: roots, shared: Object.fromEntries(subPlans) } : undefined;
}

const isPure = ({ contract, fused = [] }: Shell): boolean =>
  [contract, ...fused.map((stage) => stage.contract)].every(
    ({ effects }) => effects?.value === 'none' && effects.by !== 'quarantined',
  );
