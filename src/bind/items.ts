import type * as ast from '../syntax/ast.ts';
import type { ExprContext, Typed } from './context.ts';
import { bindExpr } from './expr.ts';
import { fault, textOf } from './fault.ts';
import { intervalOf } from './interval.ts';
import { fold, sameName } from './names.ts';
import { fieldRef } from './plans.ts';
import { columnNamed, columnsOfTable, visible, type Relation, type ScopeColumn } from './scope.ts';

/** One output column of a SELECT: an expression as written, or a column that a `*` stands for. */
export interface SelectItem {
  readonly label: string;
  /** Names the table that a column of `*` is of, where pipes keep it. */
  readonly column?: ScopeColumn;
  readonly expr?: ast.Expr;
  readonly alias?: ast.Name;
  readonly span: ast.Item['span'];
}

/** Items one by one, each `*` replaced by the columns that it stands for. */
export const expandItems = (relation: Relation, items: readonly ast.Item[]): readonly SelectItem[] =>
  items.flatMap((item) => (item.kind === 'star' ? expandStar(relation, item) : [exprItem(item)]));

export function exprItem({ expr, alias, span }: ast.ExprItem): SelectItem {
  return { label: alias?.text ?? textOf(expr.span), expr, span, ...(alias && { alias }) };
}

function expandStar(relation: Relation, star: Extract<ast.Item, { kind: 'star' }>): readonly SelectItem[] {
  const columns =
    star.table === undefined ? visible(relation.columns) : columnsOfTable(relation, star.table).map(shown);
  if (columns.length === 0)
    fault('E0201', star.span, '`*` without columns', { label: 'there is no FROM that has any' });
  const replaced = new Map(star.replace.map((item) => [fold(item.alias?.text ?? ''), item]));
  for (const name of star.exclude) columnNamed({ columns }, name);
  for (const { alias } of star.replace) if (alias !== undefined) columnNamed({ columns }, alias);
  return columns
    .filter((c) => !star.exclude.some((name) => sameName(name.text, c.label)))
    .map((column): SelectItem => {
      const by = replaced.get(fold(column.label));
      if (by !== undefined)
        return { label: column.label, expr: by.expr, span: by.span, alias: { ...by.alias!, text: column.label } };
      return { label: column.label, column, span: star.span };
    });
}

/** As in SQLite `t.*` shows what a right or full join with USING has merged, though `t.a` does not. */
const shown = (column: ScopeColumn): ScopeColumn =>
  column.merged === undefined ? column : { ...column, field: column.merged };

export const columnTyped = ({ field }: ScopeColumn): Typed => ({
  expr: field.interval ? intervalOf(fieldRef(field)) : fieldRef(field),
  collation: field.collation ?? 'BINARY',
  ...(field.affinity && { affinity: field.affinity }),
});

export const bindItem = (cx: ExprContext, item: SelectItem): Typed =>
  item.column !== undefined ? columnTyped(item.column) : bindExpr(cx, item.expr!);

/** What results call the column: a plain column has its declared name, an expression its text. */
export function itemLabel(cx: ExprContext, item: SelectItem): string {
  if (item.alias !== undefined || item.expr?.kind !== 'column') return item.label;
  const { parts } = item.expr.name;
  const found = cx.scope.columns.find((c) => sameName(c.label, parts.at(-1)!.text));
  return found?.label ?? parts.at(-1)!.text;
}

/** The aliases that SQLite lets other clauses use. */
export const aliasesOf = (items: readonly SelectItem[]): ReadonlyMap<string, ast.Expr> =>
  new Map([...items].reverse().flatMap((i) => (i.alias && i.expr ? [[fold(i.alias.text), i.expr]] : [])));
