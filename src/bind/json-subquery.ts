import type * as ast from '../syntax/ast.ts';

/** Functions that give one of their arguments. */
const choosing: ReadonlySet<string> = new Set(['coalesce', 'ifnull', 'iif', 'if', 'likely', 'unlikely', 'likelihood']);

/**
 * An expression whose value a JSON function takes, with each subquery that its value may come from told to give JSON: only
 * inside of it is known what is JSON and what is a string. A sorter of SQLite forgets it, so ORDER BY leaves a string.
 */
export function jsonOfSubqueries(e: ast.Expr): ast.Expr {
  switch (e.kind) {
    case 'subquery': {
      const query = quoting(e.query);
      return query === undefined ? e : called('json', [{ ...e, query }], e);
    }
    case 'case':
      return {
        ...e,
        branches: e.branches.map((b) => ({ ...b, then: jsonOfSubqueries(b.then) })),
        ...(e.otherwise && { otherwise: jsonOfSubqueries(e.otherwise) }),
      };
    case 'call':
      return e.over === undefined && choosing.has(e.name.parts.map((p) => p.text.toLowerCase()).join('.'))
        ? { ...e, args: e.args.map(jsonOfSubqueries) }
        : e;
    default:
      return e;
  }
}

/** The query with its one column as JSON text; undefined where it is not known that SQLite tells JSON there. */
function quoting(query: ast.Query): ast.Query | undefined {
  if (query.orderBy.length > 0 || query.pipes.length > 0) return undefined;
  const body = quotingBody(query.body);
  return body && { ...query, body };
}

function quotingBody(body: ast.QueryBody): ast.QueryBody | undefined {
  switch (body.kind) {
    case 'select': {
      const [item, ...more] = body.items;
      const isPlain = !body.distinct && body.groupBy === undefined && more.length === 0;
      if (!isPlain || item?.kind !== 'item') return undefined;
      return { ...body, items: [{ ...item, expr: quoted(item.expr) }] };
    }
    case 'values':
      return body.rows.some((row) => row.length !== 1)
        ? undefined
        : { ...body, rows: body.rows.map(([e]) => [quoted(e!)]) };
    case 'set operation': {
      const [left, right] = body.op === 'union' && body.all ? [quotingBody(body.left), quotingBody(body.right)] : [];
      return left && right && { ...body, left, right };
    }
    case 'nested': {
      const query = quoting(body.query);
      return query && { ...body, query };
    }
    case 'from':
      return undefined;
  }
}

/** NULL stays NULL. */
function quoted(e: ast.Expr): ast.Expr {
  const none: ast.Expr = { kind: 'literal', span: e.span, type: 'null', text: 'NULL' };
  const when: ast.Expr = { kind: 'is', span: e.span, left: e, right: none, not: true };
  return { kind: 'case', span: e.span, branches: [{ when, then: called('json_quote', [e], e) }] };
}

const called = (text: string, args: readonly ast.Expr[], { span }: ast.Expr): ast.CallExpr => ({
  ...{ kind: 'call', span, name: { span, parts: [{ span, text, quoted: false }] } },
  ...{ star: false, distinct: false, args, orderBy: [], withinGroup: [] },
});
