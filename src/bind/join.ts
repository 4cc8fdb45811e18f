import type { Expr } from '../expr/expr.ts';
import type { Field } from '../data/types.ts';
import type { Join, Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { comparison } from './compare.ts';
import { newStage, settle, type ExprContext, type QueryContext } from './context.ts';
import { bindPredicate } from './expr.ts';
import { fault, later } from './fault.ts';
import { columnTyped } from './items.ts';
import { Names, sameName } from './names.ts';
import { distinctNames, fieldRef, joinPlan, projectPlan } from './plans.ts';
import { columnNamed, visible, type Relation, type ScopeColumn } from './scope.ts';

/** Joins two relations; names of the right side that the left has too are changed inside the plan only. */
export function bindJoin(query: QueryContext, left: Relation, given: Relation, spec: ast.JoinSpec): Relation {
  if (spec.asof) later(spec.span, 'ASOF JOIN comes');
  if (spec.within !== undefined)
    later(spec.within.span, 'JOIN .. WITHIN comes', 'write the bounds as a condition: b.at BETWEEN a.at AND ..');
  const kind = spec.type === 'cross' ? 'inner' : spec.type;
  const right = distinctNames(given, left.plan.schema);
  const shared = sharedColumns(left, right, spec);
  if (shared.length > 0 || spec.using !== undefined) return joinUsing(left, right, kind, shared, spec);

  const columns = [...left.columns, ...right.columns];
  const stage = newStage(new Names([...left.plan.schema, ...right.plan.schema].map((f) => f.name)));
  const cx: ExprContext = { query, scope: { columns }, clause: 'ON', stage };
  const on = spec.on && bindPredicate(cx, spec.on);
  const plan = joinPlan(kind, settle(stage, left.plan), right.plan, on === undefined ? [] : [on], spec.span);
  return { plan, columns: fieldsOf(kind === 'semi' || kind === 'anti' ? left.columns : columns, plan) };
}

/** Columns as the join gives them: a side that is filled up with NULLs is no longer NOT NULL. */
const fieldsOf = (
  columns: readonly ScopeColumn[],
  { schema }: { readonly schema: readonly Field[] },
): readonly ScopeColumn[] =>
  columns.map((c) => ({ ...c, field: schema.find((f) => f.name === c.field.name) ?? c.field }));

interface Shared {
  readonly left: ScopeColumn;
  readonly right: ScopeColumn;
}

/** The columns of USING, or those that both sides of a NATURAL join have. */
function sharedColumns(left: Relation, right: Relation, { using, natural, on, span }: ast.JoinSpec): readonly Shared[] {
  if (natural && (using !== undefined || on !== undefined)) {
    fault('E0201', span, 'a NATURAL join has no ON or USING', {
      label: 'it joins on all columns that both sides have',
    });
  }
  if (using !== undefined)
    return using.map((name) => ({ left: columnNamed(left, name), right: columnNamed(right, name) }));
  if (!natural) return [];
  return visible(left.columns).flatMap((l) => {
    const r = visible(right.columns).find((c) => sameName(c.label, l.label));
    return r === undefined ? [] : [{ left: l, right: r }];
  });
}

/**
 * Each shared column shows once: the left one; of a right join the right one; of a full join whichever is not NULL.
 * `table.column` still reaches both.
 */
function joinUsing(
  left: Relation,
  right: Relation,
  kind: Join['kind'],
  shared: readonly Shared[],
  spec: ast.JoinSpec,
): Relation {
  const conditions = shared.map((s): Expr => comparison('=', columnTyped(s.left), columnTyped(s.right)));
  const joined = joinPlan(kind, left.plan, right.plan, conditions, spec.span);
  if (kind === 'semi' || kind === 'anti') return { plan: joined, columns: left.columns };
  const { plan, merged } =
    kind === 'full' ? coalesced(joined, shared) : { plan: joined, merged: shared.map((s) => s.right.field) };
  const leftColumns = left.columns.flatMap((c): readonly ScopeColumn[] => {
    const at = shared.findIndex((s) => s.left === c || s.left.field.name === c.merged?.name);
    if (at < 0 || kind === 'inner' || kind === 'left') return [c];
    const field = merged[at]!;
    return c.hidden
      ? [{ ...c, merged: field }]
      : [
          { label: c.label, field },
          { ...c, hidden: true, merged: field },
        ];
  });
  const rightColumns = right.columns.map((c): ScopeColumn =>
    shared.some((s) => s.right === c) ? { ...c, hidden: true } : c,
  );
  return { plan, columns: fieldsOf([...leftColumns, ...rightColumns], plan) };
}

/** Adds a column for each pair: the value of either side. */
function coalesced(
  joined: Plan,
  shared: readonly Shared[],
): { readonly plan: Plan; readonly merged: readonly Field[] } {
  const names = new Names(joined.schema.map((f) => f.name));
  const values = shared.map((s) => call('coalesce', [fieldRef(s.left.field), fieldRef(s.right.field)]));
  const merged = shared.map((s, i): Field => ({ name: names.fresh(s.left.label), type: values[i]!.type }));
  return {
    plan: projectPlan(joined, [...joined.schema, ...merged], [...joined.schema.map(fieldRef), ...values]),
    merged,
  };
}
