import type { Field } from '../data/types.ts';
import { conjoin, substitute, type Expr } from '../expr/expr.ts';
import { rowFunctions } from '../expr/functions/json-rows.ts';
import type { Expand } from '../plan/expand.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { newStage, settle, type ExprContext, type QueryContext } from './context.ts';
import type { Param } from './dependent.ts';
import { bindExpr } from './expr.ts';
import { collect, fault, originOf } from './fault.ts';
import { freeNames } from './free.ts';
import { bindJoin } from './join.ts';
import type { MakeJoin } from './join-on.ts';
import { bindLateral } from './lateral.ts';
import { dotted, fold, Names } from './names.ts';
import { oneRow } from './plans.ts';
import { renamed, type Relation } from './scope.ts';

/** Whether a name in FROM is that of a function that makes rows of values. */
export const isRowFunction = (name: string): boolean => rowFunctions.has(fold(name));

/** `FROM json_each(x)`: x is constant, or of a query around. */
export function bindExpand(query: QueryContext, ref: ast.TableFunction): Relation {
  const name = fold(dotted(ref.name));
  const fn = rowFunctions.get(name)!;
  const [least, most] = fn.arity;
  if (ref.args.length < least || ref.args.length > most)
    fault('E0201', ref.span, `${name} takes ${least} to ${most} arguments, not ${ref.args.length}`, { label: fn.doc });
  const stage = newStage(new Names());
  const cx: ExprContext = { query, scope: { columns: [] }, clause: name, stage };
  const args = collect(ref.args, ({ value, span, name: argument }): Expr => {
    if (value.kind === 'expr' && argument === undefined) return bindExpr(cx, value.expr).expr;
    return fault('E0201', span, `${name} takes values`, { label: 'expected an expression', help: [fn.doc] });
  });
  // Of the columns of such tables SQLite knows no type, so that none is compared as another.
  const columns = fn.columns.map(({ name: column, type }) => ({
    column,
    field: { name: column, type, affinity: 'BLOB' } satisfies Field,
  }));
  const input = settle(stage, oneRow);
  const schema = [...input.schema, ...columns.map((c) => c.field)];
  const plan: Expand = {
    op: 'expand',
    kind: 'inner',
    schema,
    input,
    fn: name,
    args,
    columns,
    origin: originOf(ref.span),
  };
  return {
    plan,
    columns: columns.map(({ field }, i) => ({
      label: field.name,
      field,
      table: name,
      ...(i >= columns.length - fn.hidden && { hidden: 'rowid' as const }),
      ...(/^json_(each|tree)$/.test(name) && field.name === 'value' && { ofJson: true as const }),
    })),
  };
}

/** `left, json_each(left.x)`: each row of the left side with the rows that are made of it. */
export function bindExpandJoin(
  query: QueryContext,
  left: Relation,
  ref: ast.TableFunction,
  spec: ast.JoinSpec,
): Relation {
  const bound = (inner: QueryContext): Relation => renamed(bindExpand(inner, ref), ref.alias, ref.columnAliases);
  const lateral = bindLateral(query, left, bound, spec);
  const make: MakeJoin = (kind, l, r, conditions, span) =>
    expanded(kind, l, r, conditions, lateral.params()) ?? lateral.make(kind, l, r, conditions, span);
  return bindJoin(query, left, lateral.right, spec, make);
}

/** The function called for the rows of the left side themselves; undefined where it does not read them. */
function expanded(
  kind: Parameters<MakeJoin>[0],
  input: Plan,
  right: Plan,
  conditions: readonly Expr[],
  params: readonly Param[],
): Expand | undefined {
  const read = freeNames(right);
  if ((kind !== 'inner' && kind !== 'left') || !params.some((p) => read.has(p.name))) return undefined;
  const found = expandBelow(right);
  if (found === undefined) return undefined;
  const values = new Map(params.map((p) => [p.name, p.expr]));
  const columns = kind === 'left' ? found.columns.map((c) => ({ ...c, field: nullable(c.field) })) : found.columns;
  return {
    ...found,
    kind,
    input,
    columns,
    args: found.args.map((e) => substitute(e, values)),
    schema: [...input.schema, ...columns.map((c) => c.field)],
    ...(conditions.length > 0 && { on: conjoin(conditions) }),
  };
}

const nullable = ({ notNull: _, ...field }: Field): Field => field;

/** The call, with its columns under the names that the plan above it gives them. */
function expandBelow(plan: Plan): Expand | undefined {
  if (plan.op === 'expand') return plan.input === oneRow ? plan : undefined;
  const below = plan.op === 'project' ? expandBelow(plan.input) : undefined;
  if (below === undefined || plan.op !== 'project') return undefined;
  const columns = plan.schema.flatMap((field, i) => {
    const expr = plan.exprs[i]!;
    const of = expr.kind === 'column' ? below.columns.find((c) => c.field.name === expr.name) : undefined;
    return of === undefined ? [] : [{ column: of.column, field }];
  });
  return columns.length === plan.schema.length ? { ...below, columns } : undefined;
}
