import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { later } from './fault.ts';
import { bindJoin } from './join.ts';
import { oneRow } from './plans.ts';
import { bindQuery } from './query.ts';
import { renamed, type Relation } from './scope.ts';
import { bindShellSource } from './shell-source.ts';
import { bindFile, bindTable, bindTableFunction } from './table.ts';

/** FROM a, b: the product, in the order written; no FROM: one row without columns. */
export function bindFrom(query: QueryContext, refs: readonly ast.TableRef[]): Relation {
  const [first, ...rest] = refs;
  if (first === undefined) return { plan: oneRow, columns: [] };
  return rest.reduce(
    (left, ref) =>
      bindJoin(query, left, bindTableRef(query, ref), { span: ref.span, type: 'cross', natural: false, asof: false }),
    bindTableRef(query, first),
  );
}

export function bindTableRef(query: QueryContext, ref: ast.TableRef): Relation {
  if (ref.kind === 'join') {
    const joined = bindJoin(query, bindTableRef(query, ref.left), bindTableRef(query, ref.right), ref.join);
    return renamed(joined, ref.alias, ref.columnAliases);
  }
  return renamed(bindPrimary(query, ref), ref.alias, ref.columnAliases);
}

function bindPrimary(query: QueryContext, ref: Exclude<ast.TableRef, ast.TableJoin>): Relation {
  switch (ref.kind) {
    case 'table':
      if (ref.asOf !== undefined)
        later(ref.span, 'FOR SYSTEM_TIME AS OF comes', 'without it the table is read once, at the start');
      return bindTable(query, ref);
    case 'file':
      return bindFile(query, ref);
    case 'table function':
      return bindTableFunction(query, ref);
    case 'table query': {
      const { plan, columns } = bindQuery(query, ref.query);
      // A subquery hides the tables inside it.
      return { plan, columns: columns.filter((c) => !c.hidden).map(({ label, field }) => ({ label, field })) };
    }
    case 'table shell':
      return bindShellSource(query, ref.shell);
    case 'table stream':
      return later(
        ref.span,
        'STREAM, which follows a growing table, comes',
        'without STREAM the rows that are there now are read',
      );
  }
}
