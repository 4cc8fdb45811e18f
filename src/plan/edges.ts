import { isPerRecord } from '../contract/aligned.ts';
import type { Field, Schema } from '../data/types.ts';
import { column, type Expr, type SortKey } from '../expr/expr.ts';
import { isVolatile } from '../expr/may-fail.ts';
import { both, isOneForm, keyOf, perKey, type Edge } from './edge.ts';
import { inputs } from './ops.ts';
import type { Aggregate, Distinct, Plan, Shell, Sort } from './plan.ts';

/**
 * The edge above each operator, from the root down. A law is legal iff it preserves the equality of the edge above what
 * it changes; so order is kept exactly where somebody looks: a LIMIT, a frame, a command that is not declared ORDER FREE,
 * a sink, whoever reads the result. Who sorts by some columns looks only at the order of rows that agree in these, and
 * who sums up groups, or starts a process for each, only at the order of the rows of a group.
 */
export function edgesOf(root: Plan): ReadonlyMap<Plan, Edge> {
  const edges = new Map<Plan, Edge>([[root, 'list']]);
  const visit = (plan: Plan): void => {
    const own = edges.get(plan)!;
    inputs(plan).forEach((input, port) => {
      // A part that stands in two places is one value: who looks at its order in one of them does so in both.
      edges.set(input, both(edges.get(input) ?? 'bag', below(plan, own, port), input.schema));
      visit(input);
    });
  };
  visit(root);
  return edges;
}

/** The edge between an operator and one of its inputs. */
function below(plan: Plan, own: Edge, port: number): Edge {
  switch (plan.op) {
    case 'filter':
      return isVolatile(plan.predicate) ? 'list' : own;
    case 'project':
      return plan.exprs.some(isVolatile) ? 'list' : throughColumns(plan, own);
    case 'union':
      return throughColumns(
        { schema: plan.schema, input: plan.inputs[port]!, exprs: columnsIn(plan.inputs[port]!) },
        own,
      );
    case 'distinct':
      return ofDistinct(plan, own);
    case 'limitby':
      return among(plan.by, own, plan.input.schema);
    case 'setop':
      return port === 1 ? 'bag' : plan.left.schema.every(isOneForm) ? own : among(namesOf(plan), own, plan.left.schema);
    case 'join':
      if (plan.domain !== undefined || plan.retention !== undefined) return 'list';
      if (port === 1 && (plan.kind === 'semi' || plan.kind === 'anti')) return 'bag';
      return narrowed(own, inputs(plan)[port]!.schema);
    case 'sort':
      return ofSort(plan, own);
    case 'aggregate':
      return ofGroups(plan, own);
    case 'shell':
      return ofCommand(plan, own);
    default:
      return 'list';
  }
}

const namesOf = ({ schema }: Plan): readonly string[] => schema.map((field) => field.name);
const columnsIn = ({ schema }: Plan): readonly Expr[] => schema.map(({ name, type }) => column(name, type));

/** The edge below where only some of the columns are there. */
const narrowed = (own: Edge, schema: Schema): Edge =>
  own === 'list' || own === 'bag' ? own : perKey(own.perKey, schema);

/** Rows that agree in the columns that are handed on as they are. */
function throughColumns(
  { schema, exprs, input }: { readonly schema: Schema; readonly exprs: readonly Expr[]; readonly input: Plan },
  own: Edge,
): Edge {
  if (own === 'list' || own === 'bag') return own;
  const read = own.perKey.map((name) => exprs[schema.findIndex((field) => field.name === name)]!);
  return perKey(
    read.flatMap((expr) => (expr.kind === 'column' ? [expr.name] : [])),
    input.schema,
  );
}

/** Where the order within each group of rows that agree in `columns` is looked at, and above that of `own`. */
const among = (columns: readonly string[], own: Edge, schema: Schema): Edge =>
  both(perKey(columns, schema), own, schema);

function ofDistinct({ on, schema, ttl, input }: Distinct, own: Edge): Edge {
  if (ttl !== undefined) return 'list';
  if (on === undefined && schema.every(isOneForm)) return own;
  return among(on ?? namesOf(input), own, input.schema);
}

function ofSort(plan: Sort, own: Edge): Edge {
  const { keys, limit, input } = plan;
  if (isTotal(plan) || (own === 'bag' && limit === undefined)) return 'bag';
  const kept = limit === undefined ? keyOf(own)! : [];
  return perKey([...kept, ...plainKeys(keys)], input.schema);
}

/** Columns that rows are sorted by, as they are. */
export const plainKeys = (keys: readonly SortKey[]): readonly string[] =>
  keys.flatMap(({ expr, collation = 'BINARY' }) =>
    expr.kind === 'column' && collation === 'BINARY' ? [expr.name] : [],
  );

/** Whether rows that have equal keys are the same row. */
function isTotal({ keys, schema, input }: Sort): boolean {
  const sorted = new Set(plainKeys(keys));
  const is = (f: Field) => sorted.has(f.name) && isOneForm(f);
  // The keys of a group tell it from all others.
  if (input.op === 'aggregate' && !input.partial && input.closing === undefined && input.keys.length > 0)
    return input.keys.every(({ name }) => input.schema.some((f) => f.name === name && is(f)));
  return schema.every(is);
}

/** Groups come in the order of their first rows. */
function ofGroups(plan: Aggregate, own: Edge): Edge {
  const { keys, schema, input, closing, changes, ttl } = plan;
  if ([closing, changes, ttl].some((way) => way !== undefined) || !isStable(plan)) return 'list';
  const asIs = keys.flatMap(({ name, expr }) => (expr.kind === 'column' ? [{ name, read: expr.name }] : []));
  const sure = asIs.filter(({ name }) => schema.some((f) => f.name === name && isOneForm(f)));
  const told = keyOf(own);
  // Each group is one row: of those that differ in a key nobody asks which comes first.
  const isOrdered = keys.length > 0 && told !== undefined && !keys.every(({ name }) => told.includes(name));
  const ofOrder: Edge = isOrdered
    ? perKey(
        sure.flatMap(({ name, read }) => (told.includes(name) ? [read] : [])),
        input.schema,
      )
    : 'bag';
  if (isOrderFree(plan)) return ofOrder;
  return among(
    sure.map(({ read }) => read),
    ofOrder,
    input.schema,
  );
}

/** Nothing that it computes is drawn. */
const isStable = ({ keys, aggregates, bare }: Aggregate): boolean =>
  ![...keys, ...bare].some(({ expr }) => isVolatile(expr)) &&
  !aggregates.some(({ args, filter, orderBy = [] }) =>
    [...args, ...(filter ? [filter] : []), ...orderBy.map((key) => key.expr)].some(isVolatile),
  );

function isOrderFree({ aggregates, bare, keys, schema }: Aggregate): boolean {
  if (bare.length > 0) return false;
  if (!keys.every(({ name }) => schema.some((f) => f.name === name && isOneForm(f)))) return false;
  return aggregates.every(({ fn, args, distinct, orderBy }) => {
    if (orderBy !== undefined) return false;
    const [arg] = args;
    if (fn === 'count') return !distinct || arg?.type === 'INTEGER' || arg?.type === 'TEXT';
    // Sums of REALs depend on their order in the last digit, and equal texts may differ where they are collated.
    return /^(sum|total|avg|min|max)$/.test(fn) && arg?.type === 'INTEGER';
  });
}

function ofCommand(plan: Shell, own: Edge): Edge {
  const { contract, carried, fused, mode, groups, call, time, stopsEarly, partial } = plan;
  const { schema, op } = plan.input!;
  const isFunction = contract.determinism?.value === 'deterministic' && contract.effects?.value === 'none';
  if ([fused, mode, call, time, stopsEarly, partial].some((way) => way !== undefined) || !isFunction) return 'list';
  const around = narrowed(
    own,
    schema.filter((field) => carried.includes(field.name)),
  );
  // Of groups, the first rows say in which order they come.
  if (groups !== undefined) return groups.windowEnd === undefined ? among(groups.keys, around, schema) : 'list';
  if (isPerRecord(contract)) return around;
  // T2 takes a sort away that stands below it, and says why.
  return contract.orderFree !== undefined && carried.length === 0 && op !== 'sort' ? 'bag' : 'list';
}
