import type { Conflict } from '../connect/sqlite/insert.ts';
import { toSqlite } from '../expr/print.ts';
import type { Field } from '../data/types.ts';
import { newStage, type ExprContext, type QueryContext } from './context.ts';
import type * as ast from '../syntax/ast.ts';
import { bindExpr } from './expr.ts';
import { fault, textOf, unknown } from './fault.ts';
import { hasParam, hasQuery } from './function-body.ts';
import { Names, sameName } from './names.ts';
import type { ScopeColumn } from './scope.ts';

/** INSERT OR .. and ON CONFLICT .. as options of the SQLite sink, which has SQLite do it: expressions become its SQL. */
export function conflictOptions(
  query: QueryContext,
  or: ast.Insert['or'],
  onConflict: ast.OnConflict | undefined,
  columns: readonly string[],
): { readonly or?: string; readonly conflict?: Conflict } {
  return {
    ...(or !== undefined && { or }),
    ...(onConflict !== undefined && { conflict: conflictOf(query, onConflict, columns) }),
  };
}

function conflictOf(
  query: QueryContext,
  { columns: keys, set, where }: ast.OnConflict,
  columns: readonly string[],
): Conflict {
  const known = (name: ast.Name): string =>
    columns.find((c) => sameName(c, name.text)) ??
    unknown('E0301', name.span, 'column', name.text, columns, `the target has: ${columns.join(', ')}`);
  const cx: ExprContext = {
    query,
    scope: { columns: scopeOf(columns) },
    clause: 'ON CONFLICT',
    stage: newStage(new Names()),
  };
  const sql = (e: ast.Expr): string => {
    if (hasQuery(e)) return sqlOfQuery(e);
    const bound = bindExpr(cx, e).expr;
    const text = toSqlite(bound);
    if (text === undefined)
      fault('E0204', e.span, 'SQLite cannot compute this', { label: 'ON CONFLICT is carried out by SQLite itself' });
    return text.replaceAll(`"${MARK}`, 'excluded."');
  };
  return {
    ...(keys !== undefined && { columns: keys.map(known) }),
    set: set === undefined ? 'nothing' : set.map(({ column, value }) => ({ column: known(column), sql: sql(value) })),
    ...(where !== undefined && { where: sql(where) }),
  };
}

/** A query inside is one of SQLite in the database of the target: it stays as it is written. */
function sqlOfQuery(e: ast.Expr): string {
  if (hasParam(e))
    fault('E0204', e.span, 'a parameter in a query in ON CONFLICT', {
      label: 'SQLite itself runs this query, and knows no parameters of ours',
      help: ['put the value into a column of the rows, and name it: excluded.x'],
    });
  return textOf(e.span);
}

/** The row that is there by its plain names, the one that comes as `excluded.x`. The names are SQL text later on. */
function scopeOf(columns: readonly string[]): readonly ScopeColumn[] {
  const field = (name: string): Field => ({ name, type: 'ANY', affinity: 'BLOB' });
  return columns.flatMap((name): readonly ScopeColumn[] => [
    { label: name, field: field(name), table: 'target' },
    { label: name, field: field(`${MARK}${name}`), table: 'excluded', hidden: true },
  ]);
}

/** Stands in a quoted name for `excluded.`, which is no part of the name. */
const MARK = '\u0001';
