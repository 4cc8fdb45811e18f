import { columnsOf, type Expr } from '../expr/expr.ts';
import type { Contract } from '../contract/contract.ts';
import type { Field } from '../data/types.ts';
import { bounded } from '../plan/facts.ts';
import type { Plan } from '../plan/plan.ts';
import type { ShellGroups } from '../plan/shell-ways.ts';
import type * as ast from '../syntax/ast.ts';
import { fieldOfTyped } from './aggregate.ts';
import { newStage, settle, type ExprContext, type QueryContext } from './context.ts';
import { bindExpr } from './expr.ts';
import { collect, fault, textOf } from './fault.ts';
import { shown } from './interval.ts';
import { Names, sameName } from './names.ts';
import { fieldRef, projectPlan } from './plans.ts';
import { columnNamed, visible, type Relation, type ScopeColumn } from './scope.ts';
import { without } from './without.ts';

/** The groups whose rows a process each gets. */
export interface Grouped {
  readonly groups: ShellGroups;
  /** The rows with what they are grouped by. */
  readonly plan: Plan;
  /** The columns that make a group, which every output row of it gets. */
  readonly columns: readonly ScopeColumn[];
}

interface Clauses {
  readonly scope: Extract<ast.ShellClause, { clause: 'scope' }> | undefined;
  readonly input: Extract<ast.ShellClause, { clause: 'input' }> | undefined;
}

/**
 * SCOPE KEY (..), PARTITION BY and SCOPE WINDOW over rows in windows: a process for each group. Undefined where one
 * process may get all rows.
 *
 * @param plan the rows with what READS computes.
 */
export function groupsOf(
  query: QueryContext,
  input: Relation,
  plan: Plan,
  contract: Contract,
  { scope, input: from }: Clauses,
): Grouped | undefined {
  const unit = contract.scope?.value.unit;
  const partition = from?.partitionBy ?? [];
  if (partition.length > 0 && scope?.unit === 'stream')
    fault('E0401', scope.span, 'SCOPE STREAM with PARTITION BY', {
      label: 'either one process gets all rows, or one each group',
    });
  const window = unit === 'window' ? windowOf(input) : undefined;
  if (unit === 'window' && window === undefined && !bounded(plan))
    fault(
      'E0402',
      (scope ?? from)?.span ?? partition[0]!.span,
      'SCOPE WINDOW over rows that do not end and are in no windows',
      {
        label: 'there is no end of a window at which the command could run',
        help: ["put the rows into windows first: FROM TUMBLE(t, ts, INTERVAL '1' MINUTE) |> SHELL .."],
      },
    );
  const keys = contract.scope?.value.unit === 'key' ? contract.scope.value.columns : [];
  const named = keys.map((name) => input.columns.find((c) => !c.hidden && sameName(c.label, name))!);
  const computed = partitionColumns(query, input, plan, partition);
  const all = [...(window ?? []), ...named, ...computed.columns];
  const columns = all.filter((c, i) => all.findIndex((other) => other.field.name === c.field.name) === i);
  if (columns.length === 0) return undefined;
  const end = window?.[1];
  if (end === undefined && !bounded(plan))
    fault('E0402', (scope ?? from)!.span, 'a process for each key, over rows that do not end', {
      label: 'no group is ever complete',
      help: ['put the rows into windows, and declare SCOPE WINDOW: a group is complete when its window is'],
    });
  return {
    plan: computed.plan,
    columns,
    groups: {
      keys: columns.map((c) => c.field.name),
      ...(end && { windowEnd: end.field.name }),
      ...(end && input.eventTime && { mark: input.eventTime.mark.name }),
    },
  };
}

/** The bounds of the windows that rows are in: what TUMBLE and its like add. */
function windowOf({ columns }: Relation): readonly [ScopeColumn, ScopeColumn] | undefined {
  const bound = (name: string): ScopeColumn | undefined =>
    visible(columns).find(
      (c) => sameName(c.label, name) && (c.field.type === 'TIMESTAMP' || c.field.type === 'INTEGER'),
    );
  const [start, end] = [bound('window_start'), bound('window_end')];
  return start === undefined || end === undefined ? undefined : [start, end];
}

/** PARTITION BY: columns, or expressions that are computed below. */
function partitionColumns(
  query: QueryContext,
  input: Relation,
  plan: Plan,
  exprs: readonly ast.Expr[],
): { readonly plan: Plan; readonly columns: readonly ScopeColumn[] } {
  const stage = newStage(new Names(plan.schema.map((f) => f.name)));
  const cx: ExprContext = { query, scope: input, clause: 'PARTITION BY', stage };
  const added: { field: Field; expr: Expr }[] = [];
  const columns = collect(exprs, (e): ScopeColumn => {
    if (e.kind === 'column' && e.name.parts.length === 1) return columnNamed(input, e.name.parts[0]!);
    const bound = bindExpr(cx, e);
    const typed = { ...bound, expr: shown(bound.expr) };
    if (columnsOf(typed.expr).size === 0)
      fault('E0203', e.span, 'PARTITION BY a constant', { label: 'all rows are one group' });
    const field = fieldOfTyped(stage.names.fresh(textOf(e.span)), typed);
    added.push({ field, expr: typed.expr });
    return { label: field.name, field };
  });
  if (added.length === 0) return { plan, columns };
  const below = settle(stage, plan);
  const schema = [...plan.schema, ...added.map((a) => a.field)];
  return { plan: projectPlan(below, schema, [...plan.schema.map(fieldRef), ...added.map((a) => a.expr)]), columns };
}

/** Of windows, whose parts may be put together. */
export function eachOf({ combine, orderFree, sortedBy }: Contract, { groups }: Grouped): ShellGroups {
  if (groups.windowEnd === undefined || (combine ?? orderFree) === undefined) return groups;
  return {
    ...groups,
    each: { ...(combine && { combine }), ...(orderFree && { orderFree }), ...(sortedBy && { sortedBy }) },
  };
}

/**
 * What is promised of a command holds for the rows of each group, not for all: of the operator, only that rows can be
 * found again.
 */
export function groupedContract(contract: Contract, { columns, groups }: Grouped): Contract {
  const scope: Contract['scope'] =
    groups.windowEnd === undefined
      ? { value: { unit: 'key', columns: columns.map((c) => c.label) }, by: contract.scope?.by ?? 'implied' }
      : contract.scope;
  return {
    ...without(contract, 'online', 'keepsOrder', 'sortedBy', 'orderFree', 'flushes', 'marker', 'combine', 'idempotent'),
    ...(scope && { scope }),
  };
}
