import type { Field } from '../data/types.ts';
import { bounded } from '../plan/facts.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { comparison } from './compare.ts';
import { fault } from './fault.ts';
import { Names } from './names.ts';
import { distinctNames, fieldRef, joinPlan } from './plans.ts';
import type { Relation } from './scope.ts';

/** `a POSITIONAL JOIN b` of DuckDB: the first row with the first one, the second with the second; NULLs behind the shorter side. */
export function bindPositional(left: Relation, given: Relation, spec: ast.JoinSpec): Relation {
  const condition =
    spec.on !== undefined ? 'ON' : spec.using !== undefined ? 'USING' : spec.within ? 'WITHIN' : undefined;
  const word = spec.natural ? 'NATURAL' : spec.asof ? 'ASOF' : condition;
  if (word !== undefined)
    fault('E0201', spec.span, `${word} with POSITIONAL JOIN`, { label: 'it pairs rows by their places alone' });
  const right = distinctNames(given, left.plan.schema);
  for (const { plan } of [left, right])
    if (!bounded(plan))
      fault('E0208', spec.span, 'POSITIONAL JOIN over rows that do not end', {
        label: 'the shorter side is filled up at the end',
      });
  const names = new Names([...left.plan.schema, ...right.plan.schema].map((f) => f.name));
  const [l, r] = [numbered(left.plan, names), numbered(right.plan, names)];
  const isSame = comparison('=', { expr: fieldRef(l.number) }, { expr: fieldRef(r.number) });
  const plan = joinPlan('full', l.plan, r.plan, [isSame], spec.span);
  const columns = [...left.columns, ...right.columns].map((c) => ({
    ...c,
    field: plan.schema.find((f) => f.name === c.field.name) ?? c.field,
  }));
  return { plan, columns };
}

function numbered(input: Plan, names: Names): { readonly plan: Plan; readonly number: Field } {
  const number: Field = { name: names.fresh('number'), type: 'INTEGER' };
  return { plan: { op: 'numbered', schema: [...input.schema, number], input, name: number.name }, number };
}
