import type * as ast from '../syntax/ast.ts';
import type { Cte, QueryContext } from './context.ts';
import { fault, later } from './fault.ts';
import { delayed } from './emit-delay.ts';
import { bindFrom } from './from.ts';
import { fold } from './names.ts';
import { limited, ordered } from './order.ts';
import { bindPipe } from './pipe.ts';
import type { Relation } from './scope.ts';
import { bindSelect } from './select.ts';
import { bindSetOperation } from './setop.ts';
import { bindValues } from './values.ts';
import { without } from './without.ts';

/** `[WITH ..] body [ORDER BY] [LIMIT] {|> op}`, as rows with names. */
export function bindQuery(outer: QueryContext, q: ast.Query): Relation {
  if (q.recursive && q.with.some(({ name, query }) => readsTable(query, fold(name.text))))
    later(q.span, 'WITH RECURSIVE comes', 'a statement with it, without |> and EMIT, is given to SQLite as it is');
  checkPlace(q.emit);
  const query = withCtes(outer, q.with);
  const bound = q.pipes.reduce((relation, pipe) => bindPipe(query, relation, pipe), seenOutside(bindOrdered(query, q)));
  return delayed(query, bound, q.emit);
}

/** Whether a name of this text stands in a FROM somewhere. */
function readsTable(node: object, name: string): boolean {
  const { kind, name: found } = node as Partial<ast.TableName>;
  if (kind === 'table' && found?.parts.length === 1 && fold(found.parts[0]!.text) === name) return true;
  return Object.entries(node).some(
    ([key, value]) =>
      key !== 'span' && typeof value === 'object' && value !== null && readsTable(value as object, name),
  );
}

const seenOutside = (relation: Relation): Relation => ({
  ...relation,
  columns: relation.columns.map((c) => (c.plainOutside ? { ...c, field: without(c.field, 'collation') } : c)),
});

/** Windows give their rows when they close, and all else does at the end, whether it is written or not. */
function checkPlace(emit: ast.Emit | undefined): void {
  if (emit?.mode !== 'changes' && emit?.mode !== 'every') return;
  fault('E0212', emit.span, `EMIT ${emit.mode.toUpperCase()} inside of a statement`, {
    label: 'rows that are taken back go to the user or into a table with a key only',
    help: ['write it at the end of the statement that reads this'],
  });
}

function bindOrdered(query: QueryContext, { body, orderBy, limit }: ast.Query): Relation {
  if (body.kind === 'select') return bindSelect(query, body, orderBy, limit);
  const relation = ordered(query, bindBody(query, body), orderBy);
  return { ...relation, plan: limited(query, relation.plan, limit) };
}

export function bindBody(query: QueryContext, body: ast.QueryBody): Relation {
  switch (body.kind) {
    case 'select':
      return bindSelect(query, body, [], undefined);
    case 'from':
      return bindFrom(query, body.from);
    case 'values':
      return bindValues(query, body);
    case 'set operation':
      return bindSetOperation(query, body);
    case 'nested':
      return bindQuery(query, body.query);
  }
}

/** Each member sees those before it. */
export function withCtes(outer: QueryContext, definitions: readonly ast.Cte[]): QueryContext {
  let query = outer;
  for (const definition of definitions) {
    const cte: Cte = { definition, context: query };
    query = { ...query, ctes: new Map([...query.ctes, [fold(definition.name.text), cte]]) };
  }
  return query;
}
