import type { Expr } from '../expr/expr.ts';
import type { Field } from '../data/types.ts';
import type { Join, Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { comparison } from './compare.ts';
import type { QueryContext } from './context.ts';
import { withJoinedTime } from './event-time-join.ts';
import { fault } from './fault.ts';
import { columnTyped } from './items.ts';
import { asofPlan } from './join-asof.ts';
import { joinOn, type MakeJoin } from './join-on.ts';
import { withinBounds } from './join-within.ts';
import { Names, sameName } from './names.ts';
import { distinctNames, fieldRef, joinPlan, projectPlan } from './plans.ts';
import { columnNamed, visible, type Relation, type ScopeColumn } from './scope.ts';

/** Joins two relations; names of the right side that the left has too are changed inside the plan only. */
export function bindJoin(
  query: QueryContext,
  left: Relation,
  given: Relation,
  spec: ast.JoinSpec,
  make: MakeJoin = spec.asof ? asofPlan : withTtl(query),
): Relation {
  const kind = spec.type === 'cross' ? 'inner' : spec.type;
  const right = distinctNames(given, left.plan.schema);
  return withJoinedTime(joinedRows(query, left, right, kind, spec, make), left, right, kind);
}

function joinedRows(
  query: QueryContext,
  left: Relation,
  right: Relation,
  kind: Exclude<Join['kind'], 'mark'>,
  spec: ast.JoinSpec,
  make: MakeJoin,
): Relation {
  const shared = sharedColumns(left, right, spec);
  if (shared.length > 0 || spec.using !== undefined) return joinUsing(left, right, kind, shared, spec, make);

  const plan = joinOn(query, left, right, kind, spec, make);
  const columns = kind === 'semi' || kind === 'anti' ? left.columns : [...left.columns, ...right.columns];
  return { plan, columns: fieldsOf(columns, plan) };
}

/** A join as it is made where `SET state_ttl` stands. */
function withTtl({ settings }: QueryContext): MakeJoin {
  const ttl = Number(settings['state_ttl'] ?? 0);
  return ttl === 0 ? joinPlan : (...join) => ({ ...joinPlan(...join), ttl });
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
    return using.map((name) => ({ left: leftmost(left, name.text) ?? columnNamed(left, name), right: leftmost(right, name.text) ?? columnNamed(right, name) })); // prettier-ignore
  if (!natural) return [];
  return visible(right.columns).flatMap((r) => {
    const l = leftmost(left, r.label);
    return l === undefined || leftmost(right, r.label) !== r ? [] : [{ left: l, right: r }];
  });
}

/** Of several tables of one side that have the column SQLite takes the first. */
const leftmost = ({ columns }: Relation, name: string): ScopeColumn | undefined =>
  visible(columns).find((c) => sameName(c.label, name));

/**
 * Each shared column shows once: the left one; of a right join the right one; of a full join whichever is not NULL.
 * `table.column` still reaches both.
 */
function joinUsing(
  left: Relation,
  right: Relation,
  kind: Exclude<Join['kind'], 'mark'>,
  shared: readonly Shared[],
  spec: ast.JoinSpec,
  make: MakeJoin,
): Relation {
  // The last column of an ASOF join is the one by which rows are near.
  const conditions = shared.map(({ left: l, right: r }, i): Expr =>
    comparison(spec.asof && i === shared.length - 1 ? '>=' : '=', columnTyped(l), columnTyped(r)),
  );
  const all = [...conditions, ...withinBounds(spec, left, right)];
  const joined = make(kind, left.plan, right.plan, all, spec.span);
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

/** Adds a column for each pair: the value of either side. It compares as that of the left side does (SQLite: AFF_DEFER). */
function coalesced(
  joined: Plan,
  shared: readonly Shared[],
): { readonly plan: Plan; readonly merged: readonly Field[] } {
  const names = new Names(joined.schema.map((f) => f.name));
  const values = shared.map((s) => call('coalesce', [fieldRef(s.left.field), fieldRef(s.right.field)]));
  const merged = shared.map(({ left: { label, field } }, i): Field => {
    const { affinity, collation } = field;
    return {
      name: names.fresh(label),
      type: values[i]!.type,
      ...(affinity && { affinity }),
      ...(collation && { collation }),
    };
  });
  return {
    plan: projectPlan(joined, [...joined.schema, ...merged], [...joined.schema.map(fieldRef), ...values]),
    merged,
  };
}
