import { foldConstants } from '../expr/evaluate.ts';
import { integer, type Expr, type Literal } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { comparison } from './compare.ts';
import type { ExprContext, Typed } from './context.ts';
import { bindExpr } from './expr.ts';
import { fault } from './fault.ts';
import { intervalOf, lengthIn } from './interval.ts';
import { duration } from './literal.ts';

/** The text of a moment would count as its year: nobody means that. Any other text may be meant as it counts. */
export function checkNumber({ query }: ExprContext, { span }: ast.Expr, { type }: Expr): void {
  if (type === 'TEXT')
    query.warn({
      code: 'E0213',
      message: 'arithmetic with TEXT',
      span,
      label: 'it counts as the number that it begins with, or as 0',
      help: [
        'CAST (.. AS INTEGER) or CAST (.. AS REAL) says that this is meant; TRY_CAST gives NULL for what is no number',
      ],
    });
  if (type !== 'TIMESTAMP') return;
  fault('E0201', span, 'arithmetic with a TIMESTAMP', {
    label: 'this is a TIMESTAMP',
    help: ['add an INTERVAL, take one time from another, or take numbers: epoch_ms(ts)'],
  });
}

/** A length of time that an expression stands for: whole months, and microseconds, which only a row may tell. */
interface Length {
  readonly months: number;
  readonly us: Expr;
}

const whole = (value: number): Literal => integer(value === 0 ? 0 : value);

/**
 * INTERVALs, with a sign, added to each other, or times a number; or `ts - ts`. Undefined for anything else.
 *
 * @throws QueryError where months, which have no length, are multiplied by what is no whole number.
 */
export function lengthOf(cx: ExprContext, e: ast.Expr): Length | undefined {
  if (e.kind === 'interval') {
    const { months, us } = duration(e);
    return { months, us: whole(us) };
  }
  if (e.kind === 'unary' && e.op === '-') return scaled(cx, e, e.arg, integer(-1), '*');
  if (isNamed(e)) {
    const us = lengthIn(bindExpr(cx, e).expr);
    return us && { months: 0, us };
  }
  if (e.kind !== 'binary' || !['+', '-', '*', '/'].includes(e.op)) return undefined;
  const { op, left, right } = e;
  if (op === '*' || op === '/') {
    if (isLength(cx, left)) return scaled(cx, e, left, bindExpr(cx, right).expr, op);
    return op === '*' && isLength(cx, right) ? scaled(cx, e, right, bindExpr(cx, left).expr, op) : undefined;
  }
  if (op === '-' && !isLength(cx, left) && isMoment(cx, left) && isMoment(cx, right)) {
    const [later, earlier] = [left, right].map((side) => call('epoch_us', [bindExpr(cx, side).expr]));
    return { months: 0, us: call('-', [later!, earlier!]) };
  }
  if (!isLength(cx, left) || !isLength(cx, right)) return undefined;
  const [a, b] = [lengthOf(cx, left)!, lengthOf(cx, right)!];
  return { months: op === '+' ? a.months + b.months : a.months - b.months, us: foldConstants(call(op, [a.us, b.us])) };
}

/** Looks at the form alone, but for `ts - ts`. */
export function isLength(cx: ExprContext, e: ast.Expr): boolean {
  if (e.kind === 'interval') return true;
  if (e.kind === 'unary') return e.op === '-' && isLength(cx, e.arg);
  if (isNamed(e)) return lengthIn(bindExpr(cx, e).expr) !== undefined;
  if (e.kind !== 'binary') return false;
  if (e.op === '*') return isLength(cx, e.left) || isLength(cx, e.right);
  if (e.op === '/') return isLength(cx, e.left);
  if (e.op === '+') return isLength(cx, e.left) && isLength(cx, e.right);
  return e.op === '-' && (isLength(cx, e.left) ? isLength(cx, e.right) : isMoment(cx, e.left) && isMoment(cx, e.right));
}

/** What may stand for an INTERVAL without being written as one. */
const isNamed = (e: ast.Expr): boolean => ['column', 'call', 'cast', 'case'].includes(e.kind);

/** Only what can be one is bound to see. */
const isMoment = (cx: ExprContext, e: ast.Expr): boolean =>
  ['column', 'call', 'cast', 'literal', 'binary'].includes(e.kind) &&
  !isPlainNumber(e) &&
  bindExpr(cx, e).expr.type === 'TIMESTAMP';

const isPlainNumber = (e: ast.Expr): boolean => e.kind === 'literal' && (e.type === 'integer' || e.type === 'real');

function scaled(cx: ExprContext, { span }: ast.Expr, e: ast.Expr, by: Expr, op: string): Length | undefined {
  if (!isLength(cx, e)) return undefined;
  const { months, us } = lengthOf(cx, e)!;
  const factor = by.kind === 'literal' && by.type === 'INTEGER' && op === '*' ? Number(by.value) : undefined;
  if (months !== 0 && factor === undefined)
    fault('E0203', span, 'months times what is no whole number', { label: 'a month has no fixed length' });
  const product = foldConstants(call(op, [us, by]));
  return { months: months === 0 ? 0 : months * factor!, us: foldConstants(rounded(product)) };
}

/** `ts + INTERVAL '5' SECOND`, `ts - n * INTERVAL '1' HOUR`; undefined where no length of time is added or taken. */
export function shiftTime(cx: ExprContext, e: ast.Binary): Typed | undefined {
  const { op, left, right, span } = e;
  const [isLeft, isRight] = [isLength(cx, left), isLength(cx, right)];
  if (isLeft && isRight) return { expr: lengthValue(cx, e) };
  if (!isLeft && !isRight) return undefined;
  if (isLeft && op === '-')
    fault('E0201', span, 'only an INTERVAL can be taken from a time', { label: 'expected TIMESTAMP - INTERVAL' });
  const [time, interval] = isRight ? [left, right] : [right, left];
  const bound = bindExpr(cx, time).expr;
  const { type } = bound;
  if (type !== 'TIMESTAMP' && type !== 'TEXT' && type !== 'ANY' && type !== 'NULL') {
    fault('E0201', time.span, `an INTERVAL cannot be added to ${type}`, { label: 'expected a TIMESTAMP' });
  }
  const { months, us } = lengthOf(cx, interval)!;
  const signed = op === '-' ? foldConstants(call('neg', [us])) : us;
  return { expr: call('timestamp_add', [bound, whole(op === '-' ? -months : months), signed]) };
}

/** `b - a < INTERVAL '5' MINUTE`; undefined where no side is a length of time. */
export function compareLengths(cx: ExprContext, op: string, left: ast.Expr, right: ast.Expr): Typed | undefined {
  if (!isLength(cx, left) || !isLength(cx, right)) return undefined;
  const sides = [left, right].map((side): Typed => {
    const { months, us } = lengthOf(cx, side)!;
    if (months !== 0) fault('E0203', side.span, 'months are compared', { label: 'a month has no fixed length' });
    return { expr: us };
  });
  return { expr: comparison(op, sides[0]!, sides[1]!) };
}

/** A length of time as a value. */
export function lengthValue(cx: ExprContext, e: ast.Expr): Expr {
  const { months, us } = lengthOf(cx, e)!;
  if (months === 0) return intervalOf(us);
  return fault('E0203', e.span, 'an INTERVAL of months stands alone', {
    label: 'a month has no fixed length: it can only be added to or taken from a TIMESTAMP',
  });
}

/**
 * Arithmetic and comparisons of values that are INTERVALs, or of two times; undefined where neither side is one.
 *
 * @throws QueryError where the other side does not go with it.
 */
export function reckoned({ op, left, right, span }: ast.Binary, a: Expr, b: Expr): Expr | undefined {
  if (op === '-' && a.type === 'TIMESTAMP' && b.type === 'TIMESTAMP')
    return intervalOf(call('-', [call('epoch_us', [a]), call('epoch_us', [b])]));
  const [x, y] = [lengthIn(a), lengthIn(b)];
  if (x === undefined && y === undefined) return undefined;
  const other = x === undefined ? a : b;
  const isNumber = other.type === 'INTEGER' || other.type === 'REAL' || other.type === 'ANY' || other.type === 'NULL';
  switch (op) {
    case '+':
    case '-':
      if (x && y) return intervalOf(call(op, [x, y]));
      if (op === '-' && x) break;
      if (other.type !== 'TIMESTAMP' && other.type !== 'ANY') break;
      return call('timestamp_add', [other, whole(0), op === '-' ? call('neg', [y!]) : (x ?? y!)]);
    case '*':
      if (isNumber) return intervalOf(rounded(call(op, [x ?? a, y ?? b])));
      break;
    case '/':
      if (x && y) return call(op, [{ kind: 'cast', arg: x, to: 'REAL', type: 'REAL' }, y]);
      if (x && isNumber) return intervalOf(rounded(call(op, [x, { kind: 'cast', arg: b, to: 'REAL', type: 'REAL' }])));
      break;
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      if ((x && y) || other.type === 'TEXT' || other.type === 'NULL' || other.type === 'ANY') return undefined;
      break;
    case '%':
    case '&':
    case '|':
    case '<<':
    case '>>':
      break;
    case '||':
    case '->':
    case '->>':
    case 'and':
    case 'or':
      return undefined;
  }
  return fault('E0201', span, `an INTERVAL and ${other.type} do not go with \`${op}\``, {
    label: `${(x === undefined ? left : right).kind === 'literal' ? 'this' : 'one side'} is ${other.type}`,
    help: ["compare with INTERVAL '5' MINUTE, or take a number: epoch_ms(b - a)"],
  });
}

const rounded = (e: Expr): Expr =>
  e.type === 'INTEGER' ? e : { kind: 'cast', arg: call('round', [e]), to: 'INTEGER', type: 'INTEGER' };
