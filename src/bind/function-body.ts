import type * as ast from '../syntax/ast.ts';
import type { Catalog, FunctionObject } from './catalog.ts';
import { dotted, fold, sameName } from './names.ts';

interface AstNode {
  readonly kind?: string;
}

/** Nodes of an expression that pass the test, in no order; nested queries are looked into only where `deep` says so. */
function nodesOf(e: object, test: (node: AstNode) => boolean, deep: boolean): readonly AstNode[] {
  const found: AstNode[] = [];
  const visit = (node: object): void => {
    const { kind } = node as AstNode;
    if (kind === 'full query' && !deep) return;
    if (test(node)) found.push(node);
    for (const [key, value] of Object.entries(node))
      if (key !== 'span' && typeof value === 'object' && value !== null) visit(value as object);
  };
  visit(e);
  return found;
}

/** Whether a query stands somewhere in an expression. */
export const hasQuery = (e: ast.Expr): boolean => nodesOf(e, (node) => node.kind === 'full query', true).length > 0;

/** Whether a parameter of the query stands somewhere in an expression. */
export const hasParam = (e: ast.Expr): boolean => nodesOf(e, (node) => node.kind === 'param', true).length > 0;

/** How often an expression names a parameter. */
export const usesOf = (e: ast.Expr, parameter: string): number =>
  nodesOf(
    e,
    (node) => {
      if (node.kind !== 'column') return false;
      const { parts } = (node as ast.ColumnExpr).name;
      return parts.length === 1 && sameName(parts[0]!.text, parameter);
    },
    true,
  ).length;

/** The functions of CREATE FUNCTION that an expression calls. */
export const functionsIn = (e: object, catalog: Catalog, deep = false): readonly FunctionObject[] =>
  nodesOf(e, (node) => node.kind === 'call', deep).flatMap((node) => {
    const found = catalog.functions.get(fold(dotted((node as ast.CallExpr).name)));
    return found?.kind === 'function' ? [found] : [];
  });

/** Whether evaluating an expression asks a command: it calls such a function, maybe by way of others. */
export function asksCommand(
  e: ast.Expr,
  catalog: Catalog,
  seen: ReadonlySet<FunctionObject> = new Set<FunctionObject>(),
): boolean {
  if (catalog.functions.size === 0) return false;
  return functionsIn(e, catalog).some((found) => {
    const { body } = found.definition;
    if ('shell' in body) return true;
    return !seen.has(found) && asksCommand(body.expr, catalog, new Set([...seen, found]));
  });
}
