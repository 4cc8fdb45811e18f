import type { Span } from '../base/span.ts';
import type { Collation, Type } from '../data/types.ts';
import type { Call, Expr, SortKey } from '../expr/expr.ts';
import { aggregateFunctions, scalarFunctions, typeOfCall } from '../expr/functions/catalog.ts';
import type { AggregateFunction } from '../expr/functions/function.ts';
import { windowFunctions } from '../expr/functions/window.ts';
import type * as ast from '../syntax/ast.ts';
import { newStage, type ExprContext, type Typed } from './context.ts';
import { timeCall } from './event-time-call.ts';
import { bindExpr, likeCall } from './expr.ts';
import { fault, textOf, unknown } from './fault.ts';
import { equivalentOf } from './function-hints.ts';
import { bindFunctionCall, functionNamed } from './function.ts';
import { bindLazyArguments } from './guard.ts';
import { aggregatedInZone, zoneOf } from './in-zone.ts';
import { jsonArgument } from './json-result.ts';
import { stored } from './interval.ts';
import { aggregatedLengths, calledWithLengths } from './interval-calls.ts';
import { lineageCall } from './lineage-call.ts';
import { dotted, fold, Names } from './names.ts';
import { ownerOf, type OuterQuery } from './outer.ts';
import { bindOver, needsOver } from './over.ts';
import { movedTime, unitAsText } from './moved-time.ts';
import { sqliteCall } from './sqlite-call.ts';
import { columnOf } from './stage.ts';
import { checkTimeUnit } from './time-unit.ts';
import { windowUsage } from './window-functions.ts';
import { without } from './without.ts';

/** An operator or function by its name in the catalogue; the caller has checked the number of arguments. */
export const call = (fn: string, args: readonly Expr[]): Call => ({
  kind: 'call',
  fn,
  args,
  type: typeOfCall(
    fn,
    args.map((a) => a.type),
  ),
});

/** Operators that are spelt as words are no functions; `like(p, s)` and the like take their arguments the other way. */
const operatorWords: ReadonlySet<string> = new Set(['and', 'or', 'not', 'neg', 'in', 'is', 'isnull', 'notnull']);
const patternFunctions: ReadonlySet<string> = new Set(['like', 'glob', 'regexp']);

/** Functions whose result depends on how texts compare. */
const comparing: ReadonlySet<string> = new Set(['min', 'max', 'nullif', 'greatest', 'least']);

export function bindCall(cx: ExprContext, given: ast.CallExpr): Typed {
  const name = fold(dotted(given.name));
  const own = functionNamed(cx.query, given.name);
  if (own !== undefined) return bindFunctionCall(cx, given, own);
  const e = unitAsText(name, given);
  const moved = movedTime(cx, name, e);
  if (moved !== undefined) return bindExpr(cx, moved);
  const named = e.argNames?.find((argName) => argName !== undefined);
  if (named !== undefined && (scalarFunctions.has(name) || aggregateFunctions.has(name)))
    fault('E0201', named.span, `\`${dotted(e.name)}\` has no argument called \`${named.text}\``, {
      label: 'arguments of built-in functions go by their places',
      help: ['only functions of CREATE FUNCTION, and those that stand in FROM, take arguments by name'],
    });
  if (e.over !== undefined) return bindOver(cx, { ...e, over: e.over });
  const time = timeCall(cx, name, e) ?? lineageCall(cx, name, e);
  if (time !== undefined) return time;
  if (name === 'grouping' || name === 'grouping_id') return bindGrouping(cx, e);
  const scalar = operatorWords.has(name) || !/^\w+$/.test(name) ? undefined : scalarFunctions.get(name);
  const aggregate = aggregateFunctions.get(name);
  // min(x) is an aggregate and min(x, y) is not; `*`, DISTINCT, FILTER and ORDER BY are for aggregates only.
  const count = e.star ? 0 : e.args.length + e.withinGroup.length;
  if (aggregate !== undefined && (scalar === undefined || fits(aggregate.arity, count)))
    return bindAggregate(cx, e, aggregate);
  if (scalar === undefined) {
    if (windowFunctions.has(name)) needsOver(e, name);
    const told = sqliteCall(cx, name, e);
    if (told !== undefined) return { expr: told };
    const usage = windowUsage(name);
    if (usage !== undefined)
      fault('E0204', e.name.span, `\`${dotted(e.name)}\` stands outside of FROM`, {
        label: 'windows are a relation, not a value',
        help: [`write ${usage}`],
      });
    if (name === 'rollup' || name === 'cube')
      fault('E0204', e.span, `${name.toUpperCase()} outside of GROUP BY`, {
        label: 'it stands for several sets of keys',
        help: [`write GROUP BY ${name.toUpperCase()} (..)`],
      });
    const equivalent = equivalentOf(name);
    if (equivalent !== undefined)
      fault('E0303', e.name.span, `function \`${dotted(e.name)}\` does not exist`, {
        label: 'it is written in another way here',
        help: [equivalent],
      });
    const known = [
      ...cx.query.catalog.functions.keys(),
      ...scalarFunctions.keys(),
      ...aggregateFunctions.keys(),
    ].filter((f) => /^\w+$/.test(f) && !operatorWords.has(f));
    return unknown('E0303', e.name.span, 'function', dotted(e.name), known, 'unknown function');
  }
  if (e.star || e.distinct || e.orderBy.length > 0 || e.withinGroup.length > 0 || e.filter !== undefined) {
    const what = e.star ? '`*`' : e.distinct ? 'DISTINCT' : e.filter !== undefined ? 'FILTER' : 'ORDER BY';
    fault('E0201', e.span, `\`${name}\` takes no ${what}`, { label: `only aggregate functions take ${what}` });
  }
  checkArity(name, scalar.arity, count, e.span);
  const argument = (a: ast.Expr, i: number) => (scalar.json === true ? jsonArgument(cx, name, i, a) : bindExpr(cx, a));
  const args = scalar.lazy === true ? bindLazyArguments(cx, name, e.args) : e.args.map(argument);
  const exprs = args.map((a) => a.expr);
  const ofTime = calledWithLengths(name, exprs, e);
  if (ofTime !== undefined) return { expr: ofTime };
  const explicit = args.find((a) => a.explicit);
  const inherited = explicit && { collation: explicit.collation!, explicit: true as const };
  if (name === 'likelihood') checkLikelihood(e);
  checkTimeUnit(name, e.args);
  if (name === 'strftime' && exprs[0]?.type === 'TIMESTAMP')
    fault('E0201', e.span, '`strftime` takes the format first, as in SQLite', {
      label: 'its first argument is a TIMESTAMP',
      help: ["strftime('%Y-%m-%d', ts)"],
    });
  if (patternFunctions.has(name)) {
    const [pattern, subject, ...rest] = exprs;
    return { expr: likeCall(cx, name, [subject!, pattern!, ...rest]), ...inherited };
  }
  const collation = comparing.has(name) ? args.find((a) => a.collation !== undefined)?.collation : undefined;
  return { expr: { ...call(name, exprs), ...needed(collation) }, ...inherited };
}

/** As SQLite: a guess, which is written there. */
function checkLikelihood({ args: [, guess] }: ast.CallExpr): void {
  if (guess?.kind === 'literal' && guess.type === 'real' && Number(guess.text) <= 1) return;
  fault('E0203', guess!.span, 'the second argument of likelihood() is no guess', {
    label: 'expected a constant between 0.0 and 1.0',
  });
}

/** Which of its keys a group lacks, where there are several sets of them. */
function bindGrouping(cx: ExprContext, e: ast.CallExpr): Typed {
  if (cx.aggregates === undefined || e.args.length === 0)
    return fault('E0202', e.span, `\`grouping\` in ${cx.clause}`, {
      label: e.args.length === 0 ? 'it takes expressions of GROUP BY' : 'it can only stand where aggregates can',
    });
  const inner = { ...cx, aliases: cx.aliases ?? cx.aggregates.aliases };
  const args = e.args.map((arg) => stored(bindExpr(inner, arg).expr));
  return { expr: cx.aggregates.grouping(args, e.span) };
}

const needed = (collation: Collation | undefined) =>
  collation !== undefined && collation !== 'BINARY' ? { collation } : {};

const fits = ([least, most]: readonly [number, number], count: number): boolean => count >= least && count <= most;

export function checkArity(name: string, arity: readonly [number, number], count: number, span: Span): void {
  if (fits(arity, count)) return;
  const [least, most] = arity;
  const wanted = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  fault('E0201', span, `\`${name}\` takes ${wanted} argument${wanted === '1' ? '' : 's'}, not ${count}`, {
    label:
      (scalarFunctions.get(name) ?? aggregateFunctions.get(name) ?? windowFunctions.get(name))?.doc ??
      'wrong number of arguments',
  });
}

function bindAggregate(cx: ExprContext, e: ast.CallExpr, fn: AggregateFunction): Typed {
  const owner = outerAggregate(cx, e);
  if (owner !== undefined) return owner.param(bindAggregate(owner.cx, e, fn), fn.name);
  if (cx.aggregates === undefined || cx.parameters !== undefined) {
    return fault('E0202', e.span, `aggregate \`${fn.name}\` in ${cx.clause}`, {
      label: cx.clause === 'an aggregate' ? 'aggregates cannot be nested' : 'an aggregate cannot stand here',
      ...(cx.clause === 'WHERE' && {
        help: ['conditions on groups belong into HAVING, or into a WHERE behind the aggregation'],
      }),
      ...(cx.clause.startsWith('|>') && { help: ['use `|> AGGREGATE .. GROUP BY ..`'] }),
    });
  }
  const written = e.withinGroup.length > 0 ? [...e.withinGroup.map((o) => o.expr), ...e.args] : e.args;
  if (e.star && fn.name !== 'count') fault('E0201', e.span, `\`${fn.name}\` takes no \`*\``, { label: fn.doc });
  checkArity(fn.name, fn.arity, written.length, e.span);
  if (e.distinct && written.length !== 1 && fn.name !== 'group_concat' && fn.name !== 'string_agg') {
    fault('E0201', e.span, `DISTINCT in \`${fn.name}\` needs exactly one argument`, {
      label: `${written.length} arguments`,
    });
  }
  const calls = cx.aggregates;
  const plain = without(cx, 'aggregates', 'overs');
  const inner: ExprContext = { ...plain, clause: 'an aggregate', stage: calls.stage };
  const args = written.map((a, i) => collated(inner, aggregateArgument(inner, fn.name, a, i)));
  const filter = e.filter && bindExpr(inner, e.filter).expr;
  const ofLengths = aggregatedLengths(fn.name, args.map((a) => a.expr), e); // prettier-ignore
  const exprs = ofLengths?.args ?? args.map((a) => a.expr);
  const types: readonly Type[] = exprs.map((a) => a.type);
  const expr = calls.add(
    {
      fn: fn.name,
      args: exprs,
      distinct: e.distinct,
      ...(filter && { filter }),
      ...(e.orderBy.length > 0 && { orderBy: sortKeys(inner, e.orderBy) }),
      type: typeOfCallOf(fn, types),
    },
    aggregateName(e, fn.name),
  );
  return { expr: ofLengths?.result(expr) ?? expr };
}

/** Argument `index` of an aggregate, as that takes it: JSON for JSON, and a moment that it joins to others as text. */
export function aggregateArgument(cx: ExprContext, fn: string, e: ast.Expr, index: number): Typed {
  const typed = jsonArgument(cx, fn, index, e);
  const zone = zoneOf(cx.query.settings);
  return zone === undefined ? typed : { ...typed, expr: aggregatedInZone(fn, typed.expr, zone) };
}

/** An aggregate over columns of a query further out is one of that query. */
function outerAggregate(cx: ExprContext, e: ast.CallExpr): OuterQuery | undefined {
  const parts = [...e.args, ...(e.filter ? [e.filter] : []), ...[...e.orderBy, ...e.withinGroup].map((o) => o.expr)];
  if (cx.query.outer.length === 0 || parts.length === 0) return undefined;
  const apart = { ...without(cx, 'aggregates', 'overs', 'around'), stage: newStage(new Names()) };
  return ownerOf(
    cx,
    parts.map((part) => bindExpr(apart, part).expr),
  );
}

const typeOfCallOf = (fn: AggregateFunction, types: readonly Type[]): Type =>
  typeof fn.type === 'string' ? fn.type : fn.type(types);

/** Aggregates compare by the collation of their argument's column: one that is asked for otherwise gets a column. */
export function collated(cx: ExprContext, typed: Typed): Typed {
  const { expr, collation = 'BINARY' } = typed;
  const { collation: own = 'BINARY' } =
    cx.scope.columns.find((c) => expr.kind === 'column' && c.field.name === expr.name)?.field ?? {};
  return collation === own ? typed : columnOf(cx, typed);
}

/** Names longer than this make plans hard to read. */
const LONGEST = 40;

/** The call as written, if that is short: SQLite names such columns the same way. */
function aggregateName(e: ast.CallExpr, fn: string): string {
  const text = textOf(e.span);
  return text.length <= LONGEST && !text.includes('\n') ? text : fn;
}

export const sortKeys = (cx: ExprContext, items: readonly ast.OrderItem[]): readonly SortKey[] =>
  items.map((item) => sortKey(item, bindExpr(cx, item.expr)));

/** NULLs are smallest unless the query says where they go. */
export const sortKey = ({ descending, nulls }: ast.OrderItem, { expr, collation }: Typed): SortKey => ({
  expr: stored(expr),
  descending,
  nullsFirst: nulls === undefined ? !descending : nulls === 'first',
  ...needed(collation),
});
