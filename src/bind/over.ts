import { aggregateFunctions, scalarFunctions } from '../expr/functions/catalog.ts';
import type { AggregateFunction } from '../expr/functions/function.ts';
import { windowFunctions, type WindowFunction } from '../expr/functions/window.ts';
import type { Expr, SortKey } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { aggregateArgument, checkArity, collated, sortKey } from './call.ts';
import type { ExprContext, Typed } from './context.ts';
import { bindExpr } from './expr.ts';
import { collect, fault, together, unknown } from './fault.ts';
import { bindFrame } from './over-frame.ts';
import { stored } from './interval.ts';
import { aggregatedLengths } from './interval-calls.ts';
import { dotted, fold } from './names.ts';
import { columnOf } from './stage.ts';
import { without } from './without.ts';

type OverExpr = ast.CallExpr & { readonly over: NonNullable<ast.CallExpr['over']> };

/** `f(x) FILTER (..) OVER w`: a column that the stage of the clause adds. */
export function bindOver(cx: ExprContext, e: OverExpr): Typed {
  const name = fold(dotted(e.name));
  const fn = functionNamed(e, name);
  const { overs } = cx;
  if (overs === undefined) return misplaced(cx, e, name);
  refuseClauses(e, fn);
  const written = [...e.withinGroup.map((o) => o.expr), ...e.args];
  checkArity(fn.name, fn.arity, written.length, e.span);
  const inner: ExprContext = { ...without(cx, 'overs'), clause: 'a window function' };
  const spec = overs.specOf(e.over);
  const [args, filter, partitionBy, orderBy] = together<
    [Expr[], Expr | undefined, Typed[], { item: ast.OrderItem; typed: Typed }[]]
  >(
    () => collect(written, (a, i) => collated(inner, aggregateArgument(inner, fn.name, a, i)).expr),
    () => e.filter && bindExpr(inner, e.filter).expr,
    () => collect(spec.partitionBy, (key) => bindExpr(inner, key)),
    () => collect(spec.orderBy, (item) => ({ item, typed: bindExpr(inner, item.expr) })),
  );
  const frame = bindFrame(
    cx.query,
    spec.frame,
    orderBy.map((key) => stored(key.typed.expr).type),
    e.over.span,
  );
  const ofLengths = aggregatedLengths(fn.name, args, e);
  const taken = ofLengths?.args ?? args;
  const types = taken.map((a) => a.type);
  const ascending = { descending: false };
  const column = overs.add(
    inner,
    [
      partitionBy.map((typed): SortKey => sortKey({ ...ascending, span: e.span, expr: e }, typed)),
      orderBy.map(({ item, typed }): SortKey => sortKey(item, typed)),
    ],
    (key, collation) => columnOf(inner, { expr: key, ...(collation && { collation }) }).expr,
    {
      fn: fn.name,
      args: taken,
      ...(filter && { filter }),
      frame,
      type: typeof fn.type === 'string' ? fn.type : fn.type(types),
    },
    fn.name,
    e.span,
  );
  return { expr: ofLengths?.result(column) ?? column };
}

/** The function, which must be one that can stand with OVER. */
function functionNamed(e: OverExpr, name: string): WindowFunction | AggregateFunction {
  const found = windowFunctions.get(name) ?? aggregateFunctions.get(name);
  const count = e.star ? 0 : e.args.length + e.withinGroup.length;
  const scalar = scalarFunctions.has(name) && /^\w+$/.test(name);
  if (found !== undefined && !(scalar && count > found.arity[1])) return found;
  if (scalar) {
    return fault('E0209', e.span, `\`${name}\` is no window function`, {
      label: 'OVER stands only behind aggregates and window functions',
    });
  }
  const known = [...windowFunctions.keys(), ...aggregateFunctions.keys()];
  return unknown('E0303', e.name.span, 'window function', dotted(e.name), known, 'unknown function');
}

/** `row_number()` without OVER. */
export function needsOver(e: ast.CallExpr, name: string): never {
  return fault('E0209', e.span, `\`${name}\` without OVER`, {
    label: 'a window function needs a window',
    help: [`write ${name}(..) OVER (ORDER BY ..)`],
  });
}

function refuseClauses(e: OverExpr, fn: WindowFunction | AggregateFunction): void {
  const isAggregate = aggregateFunctions.get(fn.name) === fn;
  if (e.distinct) {
    fault('E0209', e.span, 'DISTINCT in a window function', {
      label: 'not supported, as in SQLite',
      help: ['aggregate in a subquery with GROUP BY, and join it'],
    });
  }
  if (e.orderBy.length > 0) {
    fault('E0209', e.orderBy[0]!.span, `ORDER BY among the arguments of \`${fn.name}\` with OVER`, {
      label: 'the window has an order of its own',
      help: ['write it inside OVER (..)'],
    });
  }
  if (e.filter !== undefined && !isAggregate) {
    fault('E0209', e.filter.span, `FILTER with \`${fn.name}\``, { label: 'only aggregates take FILTER' });
  }
  if (e.star && fn.name !== 'count') fault('E0201', e.span, `\`${fn.name}\` takes no \`*\``, { label: fn.doc });
}

const laterClauses = 'filter on it with QUALIFY, or in a query around this one';

function misplaced({ clause }: ExprContext, e: OverExpr, name: string): never {
  const nested = clause === 'a window function' || clause === 'an aggregate';
  const help = nested
    ? 'compute the inner one in a subquery'
    : clause === '|> AGGREGATE'
      ? 'put it behind: |> EXTEND .. OVER (..)'
      : clause === 'WHERE' || clause === 'HAVING' || clause === '|> WHERE'
        ? laterClauses
        : 'compute it in a subquery';
  return fault('E0209', e.span, `window function \`${name}\` in ${clause}`, {
    label: nested ? 'window functions cannot be nested' : 'a window function cannot stand here',
    help: [help],
  });
}
