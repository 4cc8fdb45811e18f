import { isPerRecord } from '../contract/aligned.ts';
import type { Field } from '../data/types.ts';
import { isVolatile } from '../expr/may-fail.ts';
import { inputs } from './ops.ts';
import type { Aggregate, Plan, Shell, Sort } from './plan.ts';

/** What is asked of the rows of an operator: these rows in this order, or only these rows. */
export type Edge = 'list' | 'bag';

/**
 * The edge above each operator, from the root down. A law is legal iff it preserves the equality of the edge above what
 * it changes; so order is kept exactly where somebody looks: a LIMIT, a frame, a command that is not declared ORDER FREE,
 * a sink, whoever reads the result.
 */
export function edgesOf(root: Plan): ReadonlyMap<Plan, Edge> {
  const edges = new Map<Plan, Edge>([[root, 'list']]);
  const visit = (plan: Plan): void => {
    const own = edges.get(plan)!;
    inputs(plan).forEach((input, port) => {
      // A part that stands in two places is one value: who looks at its order in one of them does so in both.
      if (edges.get(input) !== 'list') edges.set(input, below(plan, own, port));
      visit(input);
    });
  };
  visit(root);
  return edges;
}

/** The edge between an operator and one of its inputs. What ORDER FREE allows, law T2 says. */
function below(plan: Plan, own: Edge, port: number): Edge {
  switch (plan.op) {
    case 'filter':
      return isVolatile(plan.predicate) ? 'list' : own;
    case 'project':
      return plan.exprs.some(isVolatile) ? 'list' : own;
    case 'union':
      return own;
    case 'distinct':
      return plan.on === undefined && plan.schema.every(isOneForm) ? own : 'list';
    case 'setop':
      return port === 1 ? 'bag' : plan.left.schema.every(isOneForm) ? own : 'list';
    case 'join':
      if (plan.domain !== undefined || plan.retention !== undefined) return 'list';
      return port === 1 && (plan.kind === 'semi' || plan.kind === 'anti') ? 'bag' : own;
    case 'sort':
      return isTotal(plan) || (own === 'bag' && plan.limit === undefined) ? 'bag' : 'list';
    case 'aggregate':
      // Groups come in the order of their first rows.
      return isOrderFree(plan) && (plan.keys.length === 0 || own === 'bag') ? 'bag' : 'list';
    case 'shell':
      return ofCommand(plan, own);
    default:
      return 'list';
  }
}

/** Whether equal cells are the same cell, so that it cannot be seen which of them stands for all. */
export const isOneForm = ({ type, collation = 'BINARY' }: Omit<Field, 'name'>): boolean =>
  type === 'INTEGER' || type === 'BOOLEAN' || (type === 'TEXT' && collation === 'BINARY');

/** Whether rows that have equal keys are the same row. */
function isTotal({ keys, schema, input }: Sort): boolean {
  const sorted = new Set(
    keys.flatMap(({ expr, collation = 'BINARY' }) =>
      expr.kind === 'column' && collation === 'BINARY' ? [expr.name] : [],
    ),
  );
  const is = (f: Field) => sorted.has(f.name) && isOneForm(f);
  // The keys of a group tell it from all others.
  if (input.op === 'aggregate' && !input.partial && input.closing === undefined && input.keys.length > 0)
    return input.keys.every(({ name }) => input.schema.some((f) => f.name === name && is(f)));
  return schema.every(is);
}

function isOrderFree({ aggregates, bare, closing, keys, schema }: Aggregate): boolean {
  if (bare.length > 0 || closing !== undefined) return false;
  if (!keys.every(({ name }) => schema.some((f) => f.name === name && isOneForm(f)))) return false;
  return aggregates.every(({ fn, args, distinct, filter, orderBy }) => {
    if ([...args, ...(filter ? [filter] : [])].some(isVolatile) || orderBy !== undefined) return false;
    const [arg] = args;
    if (fn === 'count') return !distinct || arg?.type === 'INTEGER' || arg?.type === 'TEXT';
    // Sums of REALs depend on their order in the last digit, and equal texts may differ where they are collated.
    return /^(sum|total|avg|min|max)$/.test(fn) && arg?.type === 'INTEGER';
  });
}

function ofCommand({ contract, fused, mode, groups, call, time, stopsEarly }: Shell, own: Edge): Edge {
  const ways = [fused, mode, groups, call, time, stopsEarly];
  if (ways.some((way) => way !== undefined)) return 'list';
  const isFunction =
    isPerRecord(contract) && contract.determinism?.value === 'deterministic' && contract.effects?.value === 'none';
  return isFunction ? own : 'list';
}
