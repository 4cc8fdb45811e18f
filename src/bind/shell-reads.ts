import type * as ast from '../syntax/ast.ts';
import type { Expr } from '../expr/expr.ts';
import type { Plan } from '../plan/plan.ts';
import { fieldOfTyped } from './aggregate.ts';
import { newStage, settle, type ExprContext, type QueryContext } from './context.ts';
import { collect } from './fault.ts';
import { shown } from './interval.ts';
import { bindItem, expandItems, itemLabel } from './items.ts';
import { Names } from './names.ts';
import { fieldRef, projectPlan } from './plans.ts';
import type { Relation } from './scope.ts';

export interface Reads {
  /** The columns that may go around the command. */
  readonly input: Relation;
  /** The rows with the expressions of READS computed. */
  readonly plan: Plan;
  /** Names of the fields sent, in order, and what the user calls them. */
  readonly names: readonly string[];
  readonly labels: readonly string[];
  readonly all: boolean;
}

/** READS (..): columns, or expressions that are computed below the command and go nowhere but into it. */
export function bindReads(
  query: QueryContext,
  input: Relation,
  clause: Extract<ast.ShellClause, { clause: 'reads' }> | undefined,
): Reads {
  const isAll = clause === undefined || (clause.items.length === 1 && isPlainStar(clause.items[0]!));
  if (isAll) {
    const { columns, plan } = input;
    return { input, plan, names: columns.map((c) => c.field.name), labels: columns.map((c) => c.label), all: true };
  }
  const stage = newStage(new Names(input.plan.schema.map((f) => f.name)));
  const cx: ExprContext = { query, scope: input, clause: 'READS', stage };
  const sent = collect(expandItems(input, clause.items), (item) => {
    const bound = bindItem(cx, item);
    const typed = { ...bound, expr: shown(bound.expr) };
    const label = itemLabel(cx, item);
    // A plain column is sent as it is, unless it gets another name (which jsonl and headers show). Those of subqueries are
    // joined to the rows below the command only.
    const isPlain = isColumnOf(input, typed.expr) && item.alias === undefined;
    return { label, typed, field: isPlain ? undefined : fieldOfTyped(stage.names.fresh(label), typed) };
  });
  const computed = sent.flatMap((s) => (s.field === undefined ? [] : [{ field: s.field, expr: s.typed.expr }]));
  const below = settle(stage, input.plan);
  const plan = projectPlan(
    below,
    [...input.plan.schema, ...computed.map((c) => c.field)],
    [...input.plan.schema.map(fieldRef), ...computed.map((c) => c.expr)],
    clause.span,
  );
  const names = sent.map((s) => s.field?.name ?? (s.typed.expr as { name: string }).name);
  return { input, plan, names, labels: sent.map((s) => s.label), all: false };
}

const isColumnOf = ({ plan }: Relation, e: Expr): boolean =>
  e.kind === 'column' && plan.schema.some(({ name }) => name === e.name);

const isPlainStar = (item: ast.Item): boolean =>
  item.kind === 'star' && item.table === undefined && item.exclude.length === 0 && item.replace.length === 0;
