import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { fault } from './fault.ts';
import { bindExpand, bindExpandJoin, isRowFunction } from './expand.ts';
import { bindJoin } from './join.ts';
import { bindLateral } from './lateral.ts';
import { bindLookup } from './join-lookup.ts';
import { dotted } from './names.ts';
import { oneRow } from './plans.ts';
import { bindQuery } from './query.ts';
import { renamed, timeOf, type Relation } from './scope.ts';
import { bindShellSource } from './shell-source.ts';
import { bindStream } from './stream.ts';
import { bindFile, bindTable, bindTableFunction } from './table.ts';
import { bindWindow } from './window-call.ts';
import { isWindowFunction } from './window-functions.ts';

/** FROM a, b: the product, in the order written; no FROM: one row without columns. */
export function bindFrom(query: QueryContext, refs: readonly ast.TableRef[]): Relation {
  const [first, ...rest] = refs;
  if (first === undefined) return { plan: oneRow, columns: [] };
  return rest.reduce((left, ref) => joinedTo(query, left, ref), bindTableRef(query, first));
}

/** `left, ref`; as in SQLite `a, b JOIN c` is `(a, b) JOIN c`, so ON may read all of the tables before it. */
function joinedTo(query: QueryContext, left: Relation, ref: ast.TableRef): Relation {
  if (ref.kind === 'join' && ref.alias === undefined && !ref.nested)
    return joinWith(query, joinedTo(query, left, ref.left), ref.right, ref.join);
  return joinWith(query, left, ref, { span: ref.span, type: 'cross', natural: false, asof: false });
}

export function bindTableRef(query: QueryContext, ref: ast.TableRef): Relation {
  if (ref.kind === 'join') {
    const joined = joinWith(query, bindTableRef(query, ref.left), ref.right, ref.join);
    return renamed(joined, ref.alias, ref.columnAliases);
  }
  return renamed(bindPrimary(query, ref), ref.alias, ref.columnAliases);
}

/** `left JOIN right ..`: a table FOR SYSTEM_TIME AS OF PROCTIME() is looked up, LATERAL reads the left side, any other is read. */
export function joinWith(query: QueryContext, left: Relation, right: ast.TableRef, spec: ast.JoinSpec): Relation {
  if (right.kind === 'table' && right.asOf !== undefined)
    return bindLookup(query, left, { ...right, asOf: right.asOf }, spec);
  if (right.kind === 'table function' && isRowFunction(dotted(right.name)))
    return bindExpandJoin(query, left, right, spec);
  if (right.kind !== 'table query' || !right.lateral) return bindJoin(query, left, bindTableRef(query, right), spec);
  const lateral = bindLateral(query, left, (inner) => bindTableRef(inner, right), spec);
  return bindJoin(query, left, lateral.right, spec, lateral.make);
}

function bindPrimary(query: QueryContext, ref: Exclude<ast.TableRef, ast.TableJoin>): Relation {
  switch (ref.kind) {
    case 'table':
      if (ref.asOf !== undefined)
        fault('E0201', ref.span, 'FOR SYSTEM_TIME AS OF looks up rows for those of another relation', {
          label: 'expected on the right side of a JOIN',
          help: ['without it the table is read once, at the start'],
        });
      return bindTable(query, ref);
    case 'file':
      return bindFile(query, ref);
    case 'table function':
      if (isRowFunction(dotted(ref.name))) return bindExpand(query, ref);
      return isWindowFunction(dotted(ref.name)) ? bindWindow(query, ref) : bindTableFunction(query, ref);
    case 'table query': {
      const relation = bindQuery(query, ref.query);
      const { plan, columns } = relation;
      // A subquery hides the tables inside it.
      const shown = columns.filter((c) => !c.hidden).map(({ label, field }) => ({ label, field }));
      return { plan, columns: shown, ...timeOf(relation) };
    }
    case 'table shell':
      return bindShellSource(query, ref.shell);
    case 'table stream':
      return bindStream(query, ref);
  }
}
