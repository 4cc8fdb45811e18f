import { givesSameRows } from '../connect/same-rows.ts';
import { columnsOf, conjuncts, type Expr } from '../expr/expr.ts';
import { shellsOf } from '../plan/ops.ts';
import type { Join, Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { newStage, settle, type Addition, type ExprContext, type QueryContext, type Stage } from './context.ts';
import { dependentJoin, filtered } from './dependent.ts';
import { bindPredicate } from './expr.ts';
import { fault } from './fault.ts';
import { Names } from './names.ts';
import { withinBounds } from './join-within.ts';
import { innerQuery } from './outer.ts';
import { fieldRef, joinPlan, joinSchema, projectPlan } from './plans.ts';
import type { Relation } from './scope.ts';

type Kind = Join['kind'];

/** Makes the plan of a join from all of its conditions. */
export type MakeJoin = (
  kind: Exclude<Kind, 'mark'>,
  left: Plan,
  right: Plan,
  conditions: readonly Expr[],
  span: ast.JoinSpec['span'],
) => Plan;

/** A join ON a condition, in which subqueries may stand: each is joined to the side that it reads. */
export function joinOn(
  query: QueryContext,
  left: Relation,
  right: Relation,
  kind: Exclude<Kind, 'mark'>,
  spec: ast.JoinSpec,
  make: MakeJoin,
): Plan {
  const { on: written, span } = spec;
  const names = new Names([...left.plan.schema, ...right.plan.schema].map((f) => f.name));
  const stage = newStage(names);
  const cx: ExprContext = { query, scope: { columns: [...left.columns, ...right.columns] }, clause: 'ON', stage };
  const bounds = withinBounds(spec, left, right);
  const on = [...(written === undefined ? [] : conjuncts(bindPredicate(cx, written))), ...bounds];
  const sides = settleSides(stage, left.plan, right.plan);
  if (sides.both.length === 0) return make(kind, sides.left, sides.right, on, span);
  if (spec.asof) {
    return fault('E0201', span, 'ASOF JOIN on a condition with a subquery that reads both sides', {
      label: 'which row is the nearest must be told by columns alone',
      help: ['join first, and put the subquery into the WHERE of what comes out'],
    });
  }
  switch (kind) {
    case 'inner':
      return askedAbove(sides, stage, on, span);
    case 'full':
      return leftAndAlone(query, left, right, written!, bounds);
    case 'right': {
      const turned = perRow(query, right, left, 'left', written!, bounds);
      const schema = joinSchema('right', left.plan.schema, right.plan.schema);
      return projectPlan(turned, schema, schema.map(fieldRef));
    }
    default:
      return perRow(query, left, right, kind, written!, bounds);
  }
}

/**
 * A full join is the left one, and behind it the rows of the right side that meet no row of the left: both sides are
 * read twice.
 */
function leftAndAlone(
  query: QueryContext,
  left: Relation,
  right: Relation,
  on: ast.Expr,
  bounds: readonly Expr[],
): Plan {
  if (![left, right].every(({ plan }) => shellsOf(plan).length === 0 && givesSameRows(plan)))
    fault('E0201', on.span, 'a FULL JOIN with a subquery that reads both sides, of rows that can be read only once', {
      label: 'both sides would have to be read twice',
      help: ['keep the rows of both sides in tables first: CREATE TABLE .. AS'],
    });
  const schema = joinSchema('full', left.plan.schema, right.plan.schema);
  const met = perRow(query, left, right, 'left', on, bounds);
  const alone = perRow(query, right, left, 'anti', on, bounds);
  const filled = left.plan.schema.map((f): Expr => ({ kind: 'literal', type: f.type, value: null }));
  const inputs = [
    projectPlan(met, schema, schema.map(fieldRef)),
    projectPlan(alone, schema, [...filled, ...right.plan.schema.map(fieldRef)]),
  ];
  return { op: 'union', schema, inputs };
}

interface Sides {
  readonly left: Plan;
  readonly right: Plan;
  /** What reads columns of both. */
  readonly both: readonly Addition[];
}

/** Puts each addition of the stage below the side that has the columns that it reads; the left one if it reads none. */
function settleSides(stage: Stage, left: Plan, right: Plan): Sides {
  const both: Addition[] = [];
  for (const add of stage.pending.splice(0)) {
    const reads = [...(add.reads?.() ?? [])];
    const isIn = (plan: Plan) => reads.some((name) => plan.schema.some((f) => f.name === name));
    const isLate = reads.some((name) => both.some((b) => b.adds === name));
    if (isLate || (isIn(left) && isIn(right))) both.push(add);
    else if (isIn(right)) right = add(right);
    else left = add(left);
  }
  return { left, right, both };
}

/** The pairs that meet the other conditions, then those of them that the subqueries leave. */
function askedAbove({ left, right, both }: Sides, stage: Stage, on: readonly Expr[], span: ast.JoinSpec['span']): Plan {
  const there = new Set([...left.schema, ...right.schema].map((f) => f.name));
  const isAbove = (e: Expr): boolean => [...columnsOf(e)].some((name) => stage.added.has(name) && !there.has(name));
  const pairs: Plan = joinPlan('inner', left, right, on.filter((e) => !isAbove(e)), span); // prettier-ignore
  const asked = both.reduce<Plan>((plan, add) => add(plan), pairs);
  return filtered(asked, on.filter(isAbove), span);
}

/** The rows of the right side are chosen for each row of the left, as in LATERAL. */
function perRow(
  query: QueryContext,
  left: Relation,
  right: Relation,
  kind: 'left' | 'semi' | 'anti',
  on: ast.Expr,
  bounds: readonly Expr[],
): Plan {
  const names = new Names([...left.plan.schema, ...right.plan.schema].map((f) => f.name));
  const around: ExprContext = { query, scope: left, clause: 'ON', stage: newStage(names) };
  const { query: inner, outer } = innerQuery(around);
  const stage = newStage(names);
  const cx: ExprContext = { query: inner, scope: right, clause: 'ON', stage };
  const condition = bindPredicate(cx, on);
  const chosen = filtered(settle(stage, right.plan), [condition], on.span);
  const { schema } = right.plan;
  return dependentJoin({
    kind,
    left: left.plan,
    right: projectPlan(chosen, schema, schema.map(fieldRef)),
    id: outer.id,
    params: outer.params,
    conditions: bounds,
    span: on.span,
  });
}
