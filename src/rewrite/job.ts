import { bounded, fingerprint } from '../plan/facts.ts';
import { inlined, jobOver, leavesOf, readersOf, type Job, type Shared } from '../plan/job.ts';
import { mapInputs, inputs } from '../plan/ops.ts';
import type { Plan, Scan } from '../plan/plan.ts';
import { isWanted, rewrite, type RewriteOptions, type RewriteStep } from './rewrite.ts';
import { subset } from './rules/project.ts';
import { oneCommandForPlans } from './rules/share.ts';
import { withSharedCommands } from './shared-commands.ts';

export interface JobOptions extends RewriteOptions {
  /** Whether a source gives the same rows when it is read again. */
  readonly canReplay: (connector: string) => boolean;
}

/**
 * Rewrites each root and each shared sub-plan by itself. A sub-plan with one reader becomes part of it; of one with
 * several only the columns stay that some reader wants. Then sources that several of them read become shared, and commands
 * over them.
 */
export function rewriteJob(
  job: Job,
  options: JobOptions,
): { readonly job: Job; readonly steps: readonly RewriteStep[] } {
  const steps: RewriteStep[] = [];
  const improved = (plan: Plan): Plan => {
    const done = rewriteGently(plan, options);
    steps.push(...done.steps);
    return done.plan;
  };
  const { plans, shared } = withoutSingleReaders(withSourcesOnce(job));
  const roots = plans.map(improved);
  const subPlans: Record<string, Plan> = {};
  // Readers come before what they read, so all that is wanted of a sub-plan is known when it has its turn.
  for (const [id, plan] of Object.entries(shared)) {
    const leaves = [...roots, ...Object.values(subPlans)].flatMap(leavesOf).filter((leaf) => leaf.id === id);
    const wanted = new Set(leaves.flatMap((leaf) => leaf.schema.map((field) => field.name)));
    if (wanted.size > 0) subPlans[id] = improved(wanted.size < plan.schema.length ? subset([...wanted], plan) : plan);
  }
  const whole = withSharedScans(jobOver(roots, subPlans), options);
  if (!isWanted(oneCommandForPlans.id, options)) return { job: numbered(whole), steps };
  const { job: done, steps: more } = withSharedCommands(whole);
  return { job: numbered(done), steps: [...steps, ...more] };
}

/**
 * The commands of one text stay together where no other law makes anything of them apart: they are fused again in the
 * end, and the plan would only look other than it was written.
 */
function rewriteGently(plan: Plan, options: JobOptions): ReturnType<typeof rewrite> {
  const apart = rewrite(plan, options);
  if (apart.steps.every(({ rule, refused }) => rule !== 'X3' || refused !== undefined)) return apart;
  const together = rewrite(plan, { ...options, except: [...(options.except ?? []), 'X3'] });
  return gains(apart.steps) > gains(together.steps) ? apart : together;
}

/** How many laws applied but for those that only take commands apart and put them together. */
const gains = (steps: readonly RewriteStep[]): number =>
  steps.filter(({ rule, refused }) => refused === undefined && rule !== 'X2' && rule !== 'X3').length;

function withoutSingleReaders(job: Job): Job {
  const used = jobOver(job.plans, job.shared);
  const readers = readersOf(used);
  const isSingle = (id: string): boolean => readers.get(id) === 1;
  const into = (plan: Plan): Plan => inlined(plan, used.shared, isSingle);
  const kept = Object.entries(used.shared).filter(([id]) => !isSingle(id));
  return jobOver(used.plans.map(into), Object.fromEntries(kept.map(([id, plan]) => [id, into(plan)])));
}

/**
 * A command that is a source runs once for all statements that read it in the same way. A source whose late rows go to a
 * sink is read once even for two inputs of one join: each reader would put the same rows there again.
 */
function withSourcesOnce({ plans, shared }: Job): Job {
  const found = new Map<string, { readonly readers: Plan[]; readonly owners: Set<Plan> }>();
  const look = (plan: Plan, owner: Plan): void => {
    if (!isCommand(plan) && !capturesLate(plan)) return inputs(plan).forEach((input) => look(input, owner));
    // Whoever writes a command twice means it to run twice; what CREATE SOURCE says stands in one place.
    const key = JSON.stringify([plan.origin, fingerprint(plan)]);
    const group = found.get(key) ?? { readers: [], owners: new Set() };
    found.set(key, group);
    group.readers.push(plan);
    group.owners.add(owner);
  };
  const targets = new Set<string>();
  for (const plan of [...plans, ...Object.values(shared)]) if (!isSecondTo(targets, plan)) look(plan, plan);
  const leaves = new Map<Plan, Shared>();
  const subPlans: Record<string, Plan> = {};
  for (const { readers, owners } of found.values()) {
    const [first] = readers;
    if (first === undefined || (capturesLate(first) ? readers : [...owners]).length < 2) continue;
    const id = `source ${Object.keys(subPlans).length}`;
    const label = 'label' in first ? first.label : undefined;
    subPlans[id] = first;
    for (const reader of readers)
      leaves.set(reader, {
        op: 'shared',
        schema: first.schema,
        id,
        ...(label !== undefined && { label }),
        bounded: bounded(first),
      });
  }
  const replaced = (plan: Plan): Plan => leaves.get(plan) ?? mapInputs(plan, replaced);
  const rest = Object.entries(shared).map(([id, plan]) => [id, replaced(plan)] as const);
  return jobOver(plans.map(replaced), { ...Object.fromEntries(rest), ...subPlans });
}

/** The command of a CREATE SOURCE; where one stands in FROM, its text is its label. */
const isCommand = (plan: Plan): boolean =>
  plan.op === 'shell' && plan.input === undefined && plan.label !== plan.command;
const capturesLate = (plan: Plan): boolean => plan.op === 'watermark' && plan.late === 'into';

/** Scans of the same rows, and all columns that any of them gives. */
interface SameRows {
  readonly scans: Scan[];
  readonly owners: Set<number>;
  readonly fields: Map<string, Scan['schema'][number]>;
}

/**
 * One scan for all plans that read the same source in the same way. A plan that reads it more than once shares only one
 * of its scans, where the source can be read again and puts no records aside: two inputs of a join at the same time would
 * mean to keep one of them.
 */
function withSharedScans({ plans, shared }: Job, { canReplay }: JobOptions): Job {
  const owners = [...plans, ...Object.values(shared)];
  const mayReadAgain = ({ connector, options }: Scan): boolean =>
    canReplay(connector) && options['rejects'] === undefined;
  const targets = new Set<string>();
  const groups = new Map<string, SameRows[]>();
  owners.forEach((plan, owner) => {
    if (isSecondTo(targets, plan)) return;
    for (const scan of scansOf(plan)) {
      const key = fingerprint({ ...scan, schema: [], label: '' });
      const same = groups.get(key) ?? [];
      groups.set(key, same);
      const group = same.find((g) => scan.schema.every((f) => agrees(g.fields.get(f.name), f)));
      if (group !== undefined && group.owners.has(owner) && mayReadAgain(scan)) continue;
      const {
        scans,
        owners: readers,
        fields,
      }: SameRows = group ?? {
        scans: [],
        owners: new Set(),
        fields: new Map(),
      };
      scans.push(scan);
      readers.add(owner);
      for (const field of scan.schema) fields.set(field.name, field);
      if (group === undefined) same.push({ scans, owners: readers, fields });
    }
  });
  const leaves = new Map<Plan, Shared>();
  const subPlans: Record<string, Plan> = {};
  for (const { scans, owners: readers, fields } of [...groups.values()].flat()) {
    if (readers.size < 2 && (scans.length < 2 || scans[0]!.options['rejects'] === undefined)) continue;
    const { label, bounded } = scans[0]!;
    const id = `scan ${Object.keys(subPlans).length}`;
    subPlans[id] = { ...scans[0]!, schema: [...fields.values()] };
    for (const scan of scans) leaves.set(scan, { op: 'shared', schema: scan.schema, id, label, bounded });
  }
  const replaced = (plan: Plan): Plan => leaves.get(plan) ?? mapInputs(plan, replaced);
  const rest = Object.entries(shared).map(([id, plan]) => [id, replaced(plan)] as const);
  return jobOver(plans.map(replaced), { ...Object.fromEntries(rest), ...subPlans });
}

const scansOf = (plan: Plan): readonly Scan[] => (plan.op === 'scan' ? [plan] : inputs(plan).flatMap(scansOf));

const agrees = (a: Scan['schema'][number] | undefined, b: Scan['schema'][number]): boolean =>
  a === undefined || JSON.stringify(a) === JSON.stringify(b);

/** Rows for one target come in the order of the statements; so what is written second is read second. */
const isSecondTo = (targets: Set<string>, plan: Plan): boolean =>
  plan.op === 'sink' && targets.size === targets.add(targetOf(plan)).size;

/** Where the rows of a sink go, whatever it does with them there. */
function targetOf({ connector, options }: Extract<Plan, { op: 'sink' }>): string {
  const { file, table, target } = options;
  return JSON.stringify([connector, file ?? null, table ?? null, target ?? null]);
}

/** Sub-plans are called #1, #2, .. in the order in which EXPLAIN shows their first readers. */
function numbered({ plans, shared }: Job): Job {
  const names = new Map(Object.keys(shared).map((id, i) => [id, `#${i + 1}`]));
  const renamed = (plan: Plan): Plan =>
    plan.op === 'shared' ? { ...plan, id: names.get(plan.id)! } : mapInputs(plan, renamed);
  const subPlans = Object.entries(shared).map(([id, plan]) => [names.get(id)!, renamed(plan)]);
  return { plans: plans.map(renamed), shared: Object.fromEntries(subPlans) as Job['shared'] };
}
