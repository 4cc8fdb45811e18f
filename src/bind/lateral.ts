import type * as ast from '../syntax/ast.ts';
import { newStage, type QueryContext } from './context.ts';
import { dependentJoin, type Param } from './dependent.ts';
import { fault } from './fault.ts';
import type { MakeJoin } from './join-on.ts';
import { Names } from './names.ts';
import { innerQuery } from './outer.ts';
import type { Relation } from './scope.ts';

/** `LATERAL (query)`, which may read columns of the tables before it, and the join that gives it their rows. */
export function bindLateral(
  query: QueryContext,
  left: Relation,
  bind: (inner: QueryContext) => Relation,
  spec: ast.JoinSpec,
): { readonly right: Relation; readonly make: MakeJoin; readonly params: () => readonly Param[] } {
  if (spec.type === 'right' || spec.type === 'full' || spec.asof) {
    fault('E0201', spec.span, `LATERAL behind ${spec.asof ? 'ASOF' : spec.type.toUpperCase()} JOIN`, {
      label: 'the rows of LATERAL come from those of the left side, so each belongs to one',
      help: ['use JOIN LATERAL or LEFT JOIN LATERAL'],
    });
  }
  const stage = newStage(new Names(left.plan.schema.map((f) => f.name)));
  const { query: inner, outer } = innerQuery({ query, scope: left, clause: 'LATERAL', stage });
  const right = bind(inner);
  const make: MakeJoin = (kind, l, r, conditions, span) =>
    dependentJoin({ kind: kind as 'inner', left: l, right: r, id: outer.id, params: outer.params, conditions, span: span ?? spec.span }); // prettier-ignore
  return { right, make, params: () => outer.params };
}
