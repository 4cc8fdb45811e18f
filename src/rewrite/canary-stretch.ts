import type { Expr } from '../expr/expr.ts';
import { isVolatile } from '../expr/may-fail.ts';
import type { Tap } from '../plan/canary.ts';
import type { Edge } from '../plan/edge.ts';
import type { Job } from '../plan/job.ts';
import { inputs, mapInputs } from '../plan/ops.ts';
import type { Plan, Scan, Shell } from '../plan/plan.ts';
import { essence, isNarrowing, isSameSource, stagesOf, widened } from './canary-parts.ts';
import { prune } from './prune.ts';
import { subset } from './rules/project.ts';

/**
 * SET canary, where nobody can tell which rows of the output come of which batch (FLATMAP), or an operator sums rows up or
 * counts them (aggregates, DISTINCT, sorts, LIMIT): some batches are shown to both plans, as if each were all there is, and
 * both must give the same of it. For every law says so of all rows that there may be. Only over one source, by operators
 * with one input that depend on nothing but their rows.
 *
 * @returns the plan as rewritten over a tap that does so; undefined where that says nothing.
 */
export function stretchOver(
  written: Plan,
  rewritten: Plan,
  { shared, share, order }: { readonly shared: Job['shared']; readonly share: number; readonly order: Edge },
): Plan | undefined {
  const leaf = leafOf(rewritten);
  const source = leafOf(written);
  if (leaf === undefined || source === undefined || !isSameSource(source, leaf, shared)) return undefined;
  if (!hasShell(written) || textOf(written) === textOf(rewritten)) return undefined;
  const wanted = namesOf(rewritten);
  if (!wanted.every((name) => written.schema.some((f) => f.name === name))) return undefined;
  const asWritten = prune(subset(wanted, written), () => undefined);
  const needed = leafOf(asWritten);
  // Rows that a LIMIT in the source leaves out are seen by the plan as written.
  const { limit, ...whole } = leaf as Scan;
  const below = needed && widened(whole, needed.schema);
  if (below === undefined) return undefined;
  const rows: Plan = { op: 'values', schema: below.schema, rows: [] };
  const onto = (plan: Plan, from: Plan, to: Plan): Plan =>
    plan === from ? to : mapInputs(plan, (input) => onto(input, from, to));
  const narrowed = (from: Plan): Plan => {
    const rows = from.schema.length === leaf.schema.length ? from : subset(namesOf(leaf), from);
    return limit === undefined ? rows : { op: 'limit', input: rows, schema: rows.schema, count: limit, offset: 0 };
  };
  const trial = {
    written: onto(asWritten, needed!, rows),
    rewritten: onto(rewritten, leaf, narrowed(rows)),
    order,
  };
  const tap: Tap = { op: 'tap', input: below, share, schema: below.schema, trial };
  return onto(rewritten, leaf, narrowed(tap));
}

const namesOf = ({ schema }: Plan): readonly string[] => schema.map((f) => f.name);

/** What stands below operators that make of some rows always the same; undefined where one of them does not. */
function leafOf(plan: Plan): Plan | undefined {
  if (plan.op === 'scan' || plan.op === 'shared') return plan;
  const [input] = inputs(plan);
  return input !== undefined && isFunction(plan) ? leafOf(input) : undefined;
}

/** What operators over each other do, whatever columns are carried past them. */
const textOf = (plan: Plan): string => JSON.stringify(lineOf(plan));
const lineOf = (plan: Plan): readonly unknown[] => [
  ...(isNarrowing(plan) ? [] : [essence(plan)]),
  ...inputs(plan).flatMap(lineOf),
];

const hasShell = (plan: Plan): boolean => plan.op === 'shell' || inputs(plan).some(hasShell);

function isFunction(plan: Plan): boolean {
  switch (plan.op) {
    case 'filter':
      return !isVolatile(plan.predicate);
    case 'project':
      return isStable(plan.exprs);
    case 'sort':
      return isStable(plan.keys.map(({ expr }) => expr));
    case 'limit':
    case 'limitby':
      return true;
    case 'distinct':
      return plan.ttl === undefined;
    case 'aggregate':
      return (
        [plan.closing, plan.changes, plan.ttl].every((way) => way === undefined) &&
        isStable([...plan.keys, ...plan.bare].map(({ expr }) => expr)) &&
        plan.aggregates.every(({ args, filter, orderBy = [] }) =>
          isStable([...args, ...(filter ? [filter] : []), ...orderBy.map(({ expr }) => expr)]),
        )
      );
    case 'shell':
      return isPure(plan);
    default:
      return false;
  }
}

const isStable = (exprs: readonly Expr[]): boolean => !exprs.some(isVolatile);

/** Each process of it gives the same for the same rows, and does nothing else. */
function isPure(shell: Shell): boolean {
  if (shell.input === undefined || (shell.onError ?? 'fail') !== 'fail') return false;
  const { mode, groups, time, retries, protocol, call } = shell;
  if ([mode, groups, time, retries, protocol, call?.when].some((way) => way !== undefined)) return false;
  return stagesOf(shell).every(
    ({ determinism, effects }) =>
      determinism?.value === 'deterministic' && determinism.by !== 'quarantined' && effects?.value === 'none',
  );
}
