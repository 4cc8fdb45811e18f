import { unify, affinityOf, type Affinity, type Collation, type Type } from '../data/types.ts';
import { boolean, nullLiteral, text, type Expr } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { unreachable } from '../base/errors.ts';
import { bindCall, call } from './call.ts';
import { comparison, membership } from './compare.ts';
import { truthOf } from './contains.ts';
import type { ExprContext, Typed } from './context.ts';
import { fault, unknown } from './fault.ts';
import { bindConnective, lazinessOf, notTrue } from './guard.ts';
import { inZone, zoneOf } from './in-zone.ts';
import { intervalOf, lengthIn, stored } from './interval.ts';
import { literal } from './literal.ts';
import { fold, sameName } from './names.ts';
import { paramLiteral } from './params.ts';
import { columnTyped } from './items.ts';
import { outerColumn } from './outer.ts';
import { areRows, rowBetween, rowComparison, rowEquals, rowInList, rowIs } from './row.ts';
import { ambiguous, candidates, unknownColumn } from './scope.ts';
import { checkNumber, compareLengths, lengthValue, reckoned, shiftTime } from './time-arithmetic.ts';
import { existsSubquery, inSubquery, scalarSubquery, valuesOf } from './subquery.ts';
import { shared } from './stage.ts';
import { without } from './without.ts';

/** Binds an expression: names, functions, parameters and types are settled; subqueries go to the stage of the clause. */
export function bindExpr(cx: ExprContext, e: ast.Expr): Typed {
  const zone = zoneOf(cx.query.settings);
  const typed = bindInUtc(cx, e, zone);
  return zone === undefined ? typed : { ...typed, expr: inZone(typed.expr, zone) };
}

function bindInUtc(cx: ExprContext, e: ast.Expr, zone: string | undefined): Typed {
  switch (e.kind) {
    case 'literal':
      return { expr: literal(e, false, zone) };
    case 'param':
      return { expr: paramLiteral(e, cx.query.params) };
    case 'column':
      return bindColumn(cx, e);
    case 'unary':
      return bindUnary(cx, e);
    case 'binary':
      return bindBinary(cx, e);
    case 'is':
      return { expr: bindIs(cx, e) };
    case 'between':
      return { expr: bindBetween(cx, e) };
    case 'in':
      return { expr: bindIn(cx, e) };
    case 'like':
      return { expr: bindLike(cx, e) };
    case 'case':
      return { expr: bindCase(cx, e) };
    case 'cast':
      return bindCast(cx, e);
    case 'collate':
      return { ...bindExpr(cx, e.arg), collation: collationNamed(e.collation), explicit: true };
    case 'call':
      return bindCall(cx, e);
    case 'subquery':
      return scalarSubquery(cx, e.query);
    case 'exists':
      return { expr: existsSubquery(cx, e.query) };
    case 'interval':
      return { expr: lengthValue(cx, e) };
    case 'row':
      return fault('E0203', e.span, 'a row of values stands alone', {
        label: 'it can only be compared with another row',
      });
    case 'index':
      // An element of an array or a member of an object, as JSON: what `->` gives.
      return bindBinary(cx, { kind: 'binary', span: e.span, op: '->', left: e.arg, right: e.index });
    case 'default':
      return fault('E0203', e.span, 'DEFAULT stands in an expression', {
        label: 'it can only be a whole value of an INSERT',
      });
    default:
      return unreachable(e);
  }
}

function bindColumn(cx: ExprContext, e: ast.ColumnExpr): Typed {
  const parameter = e.name.parts.length === 1 ? cx.parameters?.get(fold(e.name.parts[0]!.text)) : undefined;
  if (parameter !== undefined) return parameter;
  const own = candidates(cx.scope.columns, e);
  const found = own.length > 0 || cx.around === undefined ? own : candidates(cx.around, e);
  if (found.length > 1) ambiguous(e, found);
  const [column] = found;
  if (column !== undefined) return columnTyped(column);
  const alias = e.name.parts.length === 1 ? cx.aliases?.get(fold(e.name.parts[0]!.text)) : undefined;
  if (alias !== undefined) {
    return bindExpr(without(cx, 'aliases'), alias);
  }
  return outerColumn(cx, e) ?? clockWord(e) ?? unknownColumn(e, cx.scope);
}

const clockWords: ReadonlySet<string> = new Set(['current_date', 'current_time', 'current_timestamp']);

/** `CURRENT_DATE` and its kin, where no column has that name. */
function clockWord({ name: { parts } }: ast.ColumnExpr): Typed | undefined {
  const word = fold(parts[0]!.text);
  return parts.length === 1 && !parts[0]!.quoted && clockWords.has(word) ? { expr: call(word, []) } : undefined;
}

function bindUnary(cx: ExprContext, { op, arg }: ast.Unary): Typed {
  if (op === '-' && arg.kind === 'literal') {
    if (arg.type === 'integer' || arg.type === 'real') return { expr: literal(arg, true) };
  }
  const bound = bindExpr(cx, arg);
  switch (op) {
    case '+':
      // A plus only takes the affinity away; the collation stays.
      return without(bound, 'affinity');
    case '-': {
      const length = lengthIn(bound.expr);
      return length ? { expr: intervalOf(call('neg', [length])) } : inherit(call('neg', [bound.expr]), bound);
    }
    case '~':
      return inherit(call('~', [bound.expr]), bound);
    case 'not':
      return inherit(call('not', [bound.expr]), bound);
  }
}

/** A COLLATE inside an operand still counts for the whole expression. */
function inherit(expr: Expr, ...from: readonly Typed[]): Typed {
  const explicit = from.find((t) => t.explicit);
  return explicit === undefined ? { expr } : { expr, collation: explicit.collation!, explicit: true };
}

const comparisons: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

function bindBinary(cx: ExprContext, e: ast.Binary): Typed {
  if (e.left.kind === 'row' || e.right.kind === 'row' || (comparisons.has(e.op) && areRows(e.left, e.right)))
    return { expr: rowComparison(cx, e) };
  const ofTime = mayBeTime(e) ? timeBinary(cx, e) : undefined;
  if (ofTime !== undefined) return ofTime;
  const isLazy = e.op === 'and' || e.op === 'or';
  const [left, right] = isLazy ? bindConnective(cx, e) : [bindExpr(cx, e.left), bindExpr(cx, e.right)];
  const ofLengths = reckoned(e, left.expr, right.expr);
  if (ofLengths !== undefined) return { expr: ofLengths };
  if (comparisons.has(e.op)) return inherit(comparison(e.op, left, right), left, right);
  if (arithmetic.has(e.op))
    for (const [side, { expr }] of [
      [e.left, left],
      [e.right, right],
    ] as const)
      checkNumber(cx, side, expr);
  return inherit(call(e.op, [left.expr, right.expr]), left, right);
}

/** Whether an INTERVAL stands in it: all else is not asked if it is about time. */
const mayBeTime = (e: ast.Expr): boolean =>
  e.kind === 'interval' ||
  (e.kind === 'unary' && mayBeTime(e.arg)) ||
  (e.kind === 'binary' && (mayBeTime(e.left) || mayBeTime(e.right)));

function timeBinary(cx: ExprContext, e: ast.Binary): Typed | undefined {
  if (comparisons.has(e.op)) return compareLengths(cx, e.op, e.left, e.right);
  return e.op === '+' || e.op === '-' ? shiftTime(cx, e) : undefined;
}

const arithmetic: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%']);

function bindIs(cx: ExprContext, { left, right, not, span }: ast.IsExpr): Expr {
  if (areRows(left, right)) return rowIs(cx, left, right, not, span);
  const a = bindExpr(cx, left);
  if (right.kind === 'literal' && right.type === 'null') return call(not ? 'notnull' : 'isnull', [a.expr]);
  // IS TRUE asks whether the value counts as true; it does not compare with 1.
  const truth = truthOf(right);
  if (truth !== undefined) {
    const when = truth ? a.expr : call('not', [a.expr]);
    return { kind: 'case', branches: [{ when, then: boolean(!not) }], otherwise: boolean(not), type: 'BOOLEAN' };
  }
  return comparison(not ? 'is not' : 'is', a, bindExpr(cx, right));
}

function bindBetween(cx: ExprContext, e: ast.Between): Expr {
  const { arg, low, high, not } = e;
  if (arg.kind === 'row') return rowBetween(cx, e);
  const [from, to] = mayBeTime(low) ? [compareLengths(cx, '>=', arg, low), compareLengths(cx, '<=', arg, high)] : [];
  if (from !== undefined && to !== undefined) {
    const within = call('and', [from.expr, to.expr]);
    return not ? call('not', [within]) : within;
  }
  const operand = shared(cx, bindExpr(cx, arg));
  const above = comparison('>=', operand, bindExpr(cx, low));
  const below = comparison('<=', operand, bindExpr(cx, high));
  const both = call('and', [above, below]);
  return not ? call('not', [both]) : both;
}

function bindIn(cx: ExprContext, e: ast.InExpr): Expr {
  const { arg, list, not } = e;
  if ('kind' in list || 'parts' in list) return inSubquery(cx, arg, list, not);
  if (arg.kind === 'row') return rowInList(cx, e, list);
  const found = membership(
    bindExpr(cx, arg),
    list.map((e) => bindExpr(cx, e)),
  );
  return not ? call('not', [found]) : found;
}

function bindLike(cx: ExprContext, { op, arg, pattern, escape, not }: ast.LikeExpr): Expr {
  const args = [arg, pattern, ...(escape ? [escape] : [])].map((e) => bindExpr(cx, e).expr);
  if (escape !== undefined && op !== 'like') fault('E0201', escape.span, `${op.toUpperCase()} takes no ESCAPE`);
  const matched = likeCall(cx, op, args);
  return not ? call('not', [matched]) : matched;
}

/**
 * LIKE as the setting `case_sensitive_like` wants it; arguments are subject, pattern and maybe the escape character.
 * With case it is a GLOB of the same pattern where that is known, which SQLite can do too.
 */
export function likeCall(cx: ExprContext, op: string, args: readonly Expr[]): Expr {
  if (op !== 'like' || cx.query.settings['case_sensitive_like'] !== 'on') return call(op, args);
  const [subject, pattern, escape] = args;
  if (pattern?.kind !== 'literal' || typeof pattern.value !== 'string' || escape !== undefined)
    return call('like with case', args);
  const glob = pattern.value.replace(/[*?[%_]/g, (c) => (c === '%' ? '*' : c === '_' ? '?' : `[${c}]`));
  return call('glob', [subject!, text(glob)]);
}

function bindCase(cx: ExprContext, { operand, branches, otherwise }: ast.CaseExpr): Expr {
  const row = operand?.kind === 'row' ? valuesOf(cx, operand) : undefined;
  const subject = row === undefined && operand ? shared(cx, bindExpr(cx, operand)) : undefined;
  const parts = branches.flatMap(({ when, then }) => [when, then]);
  const { decides, under } = lazinessOf(cx, ...parts, ...(otherwise ? [otherwise] : []));
  let reached = cx;
  const bound = branches.map(({ when: condition, then }) => {
    const test = row === undefined ? bindExpr(reached, condition) : { expr: rowEquals(reached, row, condition) };
    const when = decides(subject === undefined ? test : { expr: comparison('=', subject, test) }).expr;
    const branch = { when, then: bindExpr(under(reached, when), then).expr };
    reached = under(reached, notTrue(when));
    return branch;
  });
  const last = otherwise === undefined ? nullLiteral : bindExpr(reached, otherwise).expr;
  const values = [...bound.map((b) => b.then), last];
  if (values.some(lengthIn) && values.every((v) => v.type === 'NULL' || lengthIn(v))) {
    const whole = bound.map((b) => ({ ...b, then: stored(b.then) }));
    return intervalOf({ kind: 'case', branches: whole, otherwise: stored(last), type: 'INTEGER' });
  }
  return {
    kind: 'case',
    branches: bound,
    otherwise: last,
    type: bound.reduce((t, b) => unify(t, b.then.type), last.type),
  };
}

function bindCast(cx: ExprContext, e: ast.CastExpr): Typed {
  const { explicit, collation, expr: arg } = bindExpr(cx, e.arg);
  if (e.type.name === 'INTERVAL') return { expr: lengthIn(arg) ? arg : intervalOf(call('interval_us', [arg])) };
  const { to, type } = castTarget(e.type);
  if (lengthIn(arg) && (to === 'INTEGER' || to === 'REAL' || to === 'NUMERIC'))
    fault('E0203', e.span, `an INTERVAL as ${e.type.name}`, {
      label: 'its text is no number',
      help: ['epoch_ms(b - a) is its length in milliseconds'],
    });
  const affinity: Affinity = to === 'BOOLEAN' ? 'NUMERIC' : to === 'TIMESTAMP' ? 'TEXT' : to;
  return {
    expr: { kind: 'cast', arg, to, type, ...(e.try && { strict: true as const }) },
    affinity,
    ...(collation && { collation }),
    ...(explicit && { explicit }),
  };
}

/** What CAST (x AS name) converts to, and the static type of the result. */
export function castTarget({ name }: ast.TypeName): {
  readonly to: Affinity | 'BOOLEAN' | 'TIMESTAMP';
  readonly type: Type;
} {
  if (name === 'BOOLEAN' || name === 'BOOL') return { to: 'BOOLEAN', type: 'BOOLEAN' };
  if (name.startsWith('TIMESTAMP')) return { to: 'TIMESTAMP', type: 'TIMESTAMP' };
  const to = name === 'JSON' || name === 'STRING' ? 'TEXT' : affinityOf(name);
  // NUMERIC gives INTEGER or REAL, as the value wants it.
  return { to, type: to === 'NUMERIC' ? 'ANY' : to };
}

const collations: readonly Collation[] = ['BINARY', 'NOCASE', 'RTRIM'];

export function collationNamed({ text: name, span }: ast.Name): Collation {
  const found = collations.find((c) => sameName(c, name));
  return found ?? unknown('E0311', span, 'collation', name, collations, `expected one of: ${collations.join(', ')}`);
}

/** The truth of a predicate position: WHERE, HAVING, ON, FILTER. */
export const bindPredicate = (cx: ExprContext, e: ast.Expr): Expr => bindExpr(cx, e).expr;
