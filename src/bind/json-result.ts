import { nullLiteral, text, type Call, type Expr } from '../expr/expr.ts';
import { aggregateFunctions, scalarFunctions } from '../expr/functions/catalog.ts';
import { unify } from '../data/types.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import type { ExprContext, Typed } from './context.ts';
import { bindExpr } from './expr.ts';
import { jsonOfSubqueries } from './json-subquery.ts';
import { dotted, fold } from './names.ts';
import { fieldRef } from './plans.ts';
import { candidates } from './scope.ts';
import { isVolatile } from './stage.ts';

/**
 * An argument of a JSON function. What another JSON function gives is taken for JSON there, and other text for a string;
 * where that result is a column by now (of an aggregate, a window or a subquery), `json` says it again.
 *
 * @param index which argument it is: some are JSON themselves, labels or paths, and no values.
 */
export function jsonArgument(cx: ExprContext, fn: string, index: number, given: ast.Expr): Typed {
  const written = isValue(fn, index) ? jsonOfSubqueries(given) : given;
  const typed = bindExpr(cx, written);
  const { expr } = typed;
  if (expr.kind === 'column' && expr.type === 'JSON' && isJsonResult(written))
    return { ...typed, expr: call('json', [expr]) };
  if (!isValue(fn, index)) return typed;
  const ofRow = valueOfJsonRow(cx, written, expr);
  if (ofRow !== undefined) return { ...typed, expr: ofRow };
  return mayBeJson(expr) ? { ...typed, expr: asJson(expr) } : typed;
}

/** `value` of json_each, which is JSON if the row is of an array or an object. */
function valueOfJsonRow({ scope }: ExprContext, written: ast.Expr, expr: Expr): Expr | undefined {
  if (written.kind !== 'column' || expr.kind !== 'column') return undefined;
  const [found] = candidates(scope.columns, written);
  if (found?.ofJson !== true || found.field.name !== expr.name) return undefined;
  const type = scope.columns.find((c) => c.label === 'type' && c.table === found.table);
  if (type === undefined) return undefined;
  const when = call('in', [fieldRef(type.field), text('array'), text('object')]);
  return {
    kind: 'case',
    branches: [{ when, then: call('json', [expr]) }],
    otherwise: call('json value', [expr]),
    type: 'JSON',
  };
}

function isValue(fn: string, index: number): boolean {
  const name = fn.replace(/^jsonb_/, 'json_');
  if (/^json_(array|quote|group_array)$/.test(name) || name === 'list' || name === 'array_agg') return true;
  if (/^json_(object|group_object)$/.test(name)) return index % 2 === 1;
  return /^json_(set|insert|replace|array_insert)$/.test(name) && index > 0 && index % 2 === 0;
}

/** Whether only its value tells if it is JSON: what json_extract gives, or one of several branches. */
const mayBeJson = (e: Expr): boolean =>
  (e.kind === 'call' && e.fn === 'json_extract') ||
  (e.kind === 'cast' && e.to === 'TEXT' && isJson(e.arg)) ||
  (valuesOf(e) ?? extremesOf(e))?.some((v) => isJson(v) || mayBeJson(v)) === true;

const isJson = (e: Expr): boolean => e.type === 'JSON' && (e.kind === 'call' || e.kind === 'literal');

/** What an expression that gives one of several values chooses from; undefined for any other. */
function valuesOf(e: Expr): readonly Expr[] | undefined {
  if (e.kind === 'case') return [...e.branches.map((b) => b.then), e.otherwise];
  if (e.kind !== 'call') return undefined;
  if (e.fn === 'coalesce' || e.fn === 'ifnull') return e.args;
  if (/^(un)?like(ly|lihood)$/.test(e.fn)) return e.args.slice(0, 1);
  return e.fn === 'iif' || e.fn === 'if' ? e.args.filter((_, i) => isIifValue(e, i)) : undefined;
}

/** What `min` or `max` of several values chooses from. */
const extremesOf = (e: Expr): readonly Expr[] | undefined =>
  e.kind === 'call' && (e.fn === 'min' || e.fn === 'max') && !isVolatile(e) ? e.args : undefined;

const isIifValue = ({ args }: Call, i: number): boolean => i % 2 === 1 || (i === args.length - 1 && i > 1);

/** The same value as JSON text: each branch says for itself what it is. NULL stays NULL. */
function asJson(e: Expr): Expr {
  if (isJson(e) || e.type === 'NULL') return e;
  if (e.kind === 'case') {
    const branches = e.branches.map((b) => ({ ...b, then: asJson(b.then) }));
    const otherwise = asJson(e.otherwise);
    return { ...e, branches, otherwise, type: branches.reduce((t, b) => unify(t, b.then.type), otherwise.type) };
  }
  if (e.kind === 'cast' && isJson(e.arg)) return e.arg;
  if (e.kind === 'call' && /^(un)?like(ly|lihood)$/.test(e.fn)) return asJson(e.args[0]!);
  if (e.kind === 'call' && e.fn === 'json_extract') return call('json extracted', e.args);
  if (e.kind === 'call' && valuesOf(e) !== undefined) {
    const isChoice = e.fn === 'iif' || e.fn === 'if';
    return call(
      e.fn,
      e.args.map((a, i) => (isChoice && !isIifValue(e, i) ? a : asJson(a))),
    );
  }
  if (e.kind === 'call' && extremesOf(e) !== undefined) return extremeAsJson(e);
  return call('json value', [e]);
}

/** They are compared as what they are; of equal ones `max` takes the first, and `min` the last. */
function extremeAsJson(e: Call): Expr {
  const ordered = e.fn === 'max' ? e.args : e.args.toReversed();
  const branches = ordered.map((arg) => ({ when: call('=', [arg, e]), then: asJson(arg) }));
  return { kind: 'case', branches, otherwise: nullLiteral, type: 'JSON' };
}

function isJsonResult(e: ast.Expr): boolean {
  if (e.kind === 'call') {
    const name = fold(dotted(e.name));
    // One of the values, as it is.
    if ((name === 'min' || name === 'max') && e.args.length === 1) return isJsonResult(e.args[0]!);
    return (scalarFunctions.get(name) ?? aggregateFunctions.get(name))?.type === 'JSON';
  }
  if (e.kind !== 'subquery' || e.query.body.kind !== 'select') return false;
  if (e.query.orderBy.length > 0 && e.query.body.from.length > 0) return false;
  const [item] = e.query.body.items;
  return item?.kind === 'item' && isJsonResult(item.expr);
}
