import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { fault } from './fault.ts';
import { bindExpand, bindExpandJoin, isRowFunction } from './expand.ts';
import { bindJoin } from './join.ts';
import { bindLateral } from './lateral.ts';
import { bindLookup } from './join-lookup.ts';
import { bindPositional } from './join-positional.ts';
import { dotted, fold } from './names.ts';
import { oneRow } from './plans.ts';
import { bindQuery } from './query.ts';
import { renamed, timeOf, visible, type Relation, type ScopeColumn } from './scope.ts';
import { bindShellSource } from './shell-source.ts';
import { bindStream } from './stream.ts';
import { bindFile, bindTable, bindTableFunction } from './table.ts';
import { readFromSetOperation } from './union-affinity.ts';
import { bindWindow } from './window-call.ts';
import { isWindowFunction } from './window-functions.ts';
import { without } from './without.ts';

/** FROM a, b: the product, in the order written; no FROM: one row without columns. */
export function bindFrom(query: QueryContext, refs: readonly ast.TableRef[]): Relation {
  const [first, ...rest] = refs;
  if (first === undefined) return { plan: oneRow, columns: [] };
  return rest.reduce((left, ref) => joinedTo(query, left, ref), bindTableRef(query, first, true));
}

/** `left, ref`; as in SQLite `a, b JOIN c` is `(a, b) JOIN c`, so ON may read all of the tables before it. */
function joinedTo(query: QueryContext, left: Relation, ref: ast.TableRef): Relation {
  if (ref.kind === 'join' && ref.alias === undefined && !ref.nested)
    return joinWith(query, joinedTo(query, left, ref.left), ref.right, ref.join);
  return joinWith(query, left, ref, { span: ref.span, type: 'cross', natural: false, asof: false });
}

/** @param isFirst brackets around a join that comes first mean nothing. */
export function bindTableRef(query: QueryContext, ref: ast.TableRef, isFirst = false): Relation {
  if (ref.kind === 'join') {
    const isOpen = isFirst && ref.alias === undefined;
    const left = bindTableRef(query, ref.left, isOpen);
    const joined = joinWith(query, left, ref.right, ref.join);
    return renamed(isOpen ? joined : bracketed(joined, ref, left), ref.alias, ref.columnAliases);
  }
  return renamed(bindPrimary(query, ref), ref.alias, ref.columnAliases);
}

/**
 * A join in brackets is to SQLite a subquery, whose `*` has the columns of USING before all others; and what these have
 * merged shows in no `t.*` outside of it.
 */
function bracketed(relation: Relation, { left, join }: ast.TableJoin, { columns: own }: Relation): Relation {
  const columns = relation.columns.map((c) => without(c, 'merged'));
  // A semi join shows one side as it is; of more tables SQLite mostly finds the names ambiguous.
  if (left.kind === 'join' || join.type === 'semi' || join.type === 'anti') return { ...relation, columns };
  const names = join.using?.map((name) => fold(name.text)) ?? sharedNames(columns, own);
  const first = names.flatMap((name) => columns.find((c) => !c.hidden && fold(c.label) === name) ?? []);
  const rest = columns.flatMap((c): readonly ScopeColumn[] => {
    if (!first.includes(c)) return [c];
    return c.table === undefined ? [] : [{ ...c, hidden: true }];
  });
  return { ...relation, columns: [...first.map((c) => without(c, 'table')), ...rest] };
}

/** The names of a NATURAL join in the order of its right side. @param own what its left side had. */
function sharedNames(columns: readonly ScopeColumn[], own: readonly ScopeColumn[]): readonly string[] {
  const isOwn = (c: ScopeColumn): boolean => own.some((o) => o.label === c.label && o.table === c.table);
  const ownNames = new Set(visible(own).map((c) => fold(c.label)));
  const right = columns.filter((c) => c.hidden === true && !isOwn(c)).map((c) => fold(c.label));
  return [...new Set(right)].filter((name) => ownNames.has(name));
}

/** `left JOIN right ..`: a table FOR SYSTEM_TIME AS OF PROCTIME() is looked up, LATERAL reads the left side, any other is read. */
export function joinWith(query: QueryContext, left: Relation, right: ast.TableRef, spec: ast.JoinSpec): Relation {
  if (spec.positional) return bindPositional(left, bindTableRef(query, right), spec);
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
      const relation = readFromSetOperation(bindQuery(query, ref.query), ref.query);
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
