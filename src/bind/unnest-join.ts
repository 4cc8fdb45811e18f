import type { Field } from '../data/types.ts';
import { column, conjoin, conjuncts, type Expr } from '../expr/expr.ts';
import type { Filter, Join, JoinPair, Plan } from '../plan/plan.ts';
import { call } from './call.ts';
import { dependentJoin } from './dependent.ts';
import { freeIn } from './free.ts';
import { Names } from './names.ts';
import { fieldRef, joinPlan, projectPlan } from './plans.ts';
import type { Unnested, Unnester } from './unnest.ts';

/**
 * A join below a dependent one. What is kept of a side that may be filled up with NULLs must not take the values from
 * it: outer joins and their like get them from the side whose rows all stay.
 */
export function unnestJoin(u: Unnester, join: Join): Unnested {
  if (join.domain !== undefined) return nested(u, join, join.domain);
  const conditions = conditionsOf(join);
  const names = u.namesIn(join);
  switch (join.kind) {
    case 'inner': {
      const own = conditions.filter((e) => freeIn(e).some((name) => names.includes(name)));
      if (own.length > 0) return u.unnest(filterOver(join, own));
      let left = u.unnest(join.left);
      const right = u.unnest(join.right);
      const isApart =
        right.has.some((name) => !left.has.includes(name)) && left.has.some((n) => !right.has.includes(n));
      if (isApart) left = u.extend(left, right.has);
      return sideBySide(join, left, right, conditions);
    }
    case 'right':
      return sideBySide(join, u.unnest(join.left), u.extend(u.unnest(join.right), names), conditions);
    case 'full':
      return sideBySide(join, u.extend(u.unnest(join.left), names), u.extend(u.unnest(join.right), names), conditions);
    case 'left':
    case 'semi':
    case 'anti':
    case 'mark':
      return sideBySide(join, u.extend(u.unnest(join.left), names), u.unnest(join.right), conditions);
  }
}

/** The conditions of a join but its pairs that take NULLs as equal. */
const conditionsOf = ({ equal, on }: Join): readonly Expr[] => [
  ...equal.filter((pair) => pair.nulls === undefined).map(equation),
  ...(on === undefined ? [] : conjuncts(on)),
];

const equation = ({ left, right, affinity, collation }: JoinPair): Expr => ({
  ...call('=', [left, right]),
  ...(affinity && { affinity }),
  ...(collation && { collation }),
});

/** What an inner join asks of its pairs of rows may as well be asked behind it. */
function filterOver(join: Join, own: readonly Expr[]): Filter {
  const rest = conditionsOf(join).filter((e) => !own.includes(e));
  const plain = joinPlan('inner', join.left, join.right, rest);
  const safe = join.equal.filter((pair) => pair.nulls !== undefined);
  const input: Plan = { ...plain, equal: [...plain.equal, ...safe] };
  return { op: 'filter', schema: input.schema, input, predicate: conjoin(own) };
}

/** The join of the unnested sides: rows meet only where their values are the same. */
function sideBySide(join: Join, left: Unnested, right: Unnested, conditions: readonly Expr[]): Unnested {
  const both = left.has.filter((name) => right.has.includes(name));
  const names = new Names([...left.plan.schema, ...right.plan.schema].map((f) => f.name));
  const other = new Map(both.map((name) => [name, names.fresh(name)]));
  // The side that keeps the name is the one whose rows all stay.
  const [a, b] = join.kind === 'right' ? [renamed(left, other), right] : [left, renamed(right, other)];
  const field = (side: Unnested, name: string): Field => side.plan.schema.find((f) => f.name === name)!;
  const pairs = both.map((name): JoinPair => {
    const { type } = field(left, name);
    const [l, r] = join.kind === 'right' ? [other.get(name)!, name] : [name, other.get(name)!];
    return { left: column(l, type), right: column(r, type), nulls: 'equal' };
  });
  const isHalf = join.kind === 'semi' || join.kind === 'anti' || join.kind === 'mark';
  const plain = joinPlan(join.kind === 'mark' ? 'semi' : join.kind, a.plan, b.plan, conditions);
  const safe = join.equal.filter((pair) => pair.nulls !== undefined);
  const mark = join.kind === 'mark' ? join.schema.slice(-1) : [];
  const made: Join = {
    ...plain,
    kind: join.kind,
    schema: [...plain.schema, ...mark],
    equal: [...plain.equal, ...safe, ...pairs],
    ...(join.member && { member: join.member }),
    ...(join.origin && { origin: join.origin }),
  };
  const has = isHalf ? left.has : [...new Set([...left.has, ...right.has])];
  const links = has.map((name) => (left.has.includes(name) ? field(left, name) : field(right, name)));
  const valueOf = (f: Field): Expr =>
    join.kind === 'full' && other.has(f.name)
      ? call('coalesce', [fieldRef(f), column(other.get(f.name)!, f.type)])
      : fieldRef(f);
  const plan = projectPlan(made, [...join.schema, ...links], [...join.schema.map(fieldRef), ...links.map(valueOf)]);
  return { plan, has };
}

function renamed({ plan, has }: Unnested, names: ReadonlyMap<string, string>): Unnested {
  const schema = plan.schema.map((f) => ({ ...f, name: names.get(f.name) ?? f.name }));
  return { plan: projectPlan(plan, schema, plan.schema.map(fieldRef)), has };
}

/** A dependent join whose right side reads further values: for it they are columns of its left side. */
function nested(u: Unnester, join: Join, { id, params }: NonNullable<Join['domain']>): Unnested {
  const left = u.extend(u.unnest(join.left), u.namesIn(join));
  const outer = u
    .namesIn(join.right)
    .filter((name) => !params.some((p) => p.name === name))
    .map((name) => ({ name, expr: fieldRef(left.plan.schema.find((f) => f.name === name)!) }));
  const plan = dependentJoin({
    kind: join.kind as 'inner',
    left: left.plan,
    right: join.right,
    id,
    params: [...params, ...outer],
    conditions: conditionsOf(join),
    pairs: join.equal.filter((pair) => pair.nulls !== undefined),
    ...(join.member && { member: join.member }),
    ...(join.kind === 'mark' && { mark: join.schema.at(-1)! }),
    span: u.span,
  });
  const links = left.has.map((name) => left.plan.schema.find((f) => f.name === name)!);
  const schema = [...join.schema, ...links];
  return { plan: projectPlan(plan, schema, schema.map(fieldRef)), has: left.has };
}
