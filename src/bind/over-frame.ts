import type { Span } from '../base/span.ts';
import type { Type } from '../data/types.ts';
import { MAX_SAFE, type Value } from '../data/value.ts';
import { numberOfText } from '../expr/compare.ts';
import { literalOf } from '../expr/evaluate.ts';
import { integer, type Literal } from '../expr/expr.ts';
import { defaultFrame, type Frame, type FrameBound } from '../plan/over.ts';
import type * as ast from '../syntax/ast.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { fault } from './fault.ts';
import { duration } from './literal.ts';

const places: readonly FrameBound['kind'][] = [
  'unbounded preceding',
  'preceding',
  'current row',
  'following',
  'unbounded following',
];

/** @param orderTypes types of the keys of ORDER BY. @param over where the window is written. */
export function bindFrame(
  query: QueryContext,
  frame: ast.Frame | undefined,
  orderTypes: readonly Type[],
  over: Span,
): Frame {
  if (frame === undefined) return defaultFrame;
  const { unit, start, exclude } = frame;
  const end: ast.FrameBound = frame.end ?? { kind: 'current row', span: start.span };
  if (start.kind === 'unbounded following' || end.kind === 'unbounded preceding') {
    fault('E0209', (start.kind === 'unbounded following' ? start : end).span, 'a frame outside of its partition', {
      label: start.kind === 'unbounded following' ? 'nothing can begin here' : 'nothing can end here',
    });
  }
  if (places.indexOf(start.kind) > places.indexOf(end.kind)) {
    fault('E0209', frame.span, 'a frame that ends before it begins', {
      label: frame.end ? 'begin and end are the wrong way round' : 'without BETWEEN the frame ends at the current row',
    });
  }
  if (unit === 'range' && (start.offset ?? end.offset) !== undefined && orderTypes.length !== 1) {
    fault('E0209', frame.span, 'RANGE with a distance needs one key of ORDER BY', {
      label: `the window has ${orderTypes.length === 0 ? 'none' : orderTypes.length}`,
      ...(over.source === frame.span.source && { help: ['use ROWS or GROUPS to count rows or groups of equal rows'] }),
    });
  }
  const bind = (b: ast.FrameBound): FrameBound =>
    b.offset === undefined
      ? { kind: b.kind }
      : { kind: b.kind, offset: bindOffset(query, unit, b.offset, orderTypes[0]) };
  return { unit, start: bind(start), end: bind(end), ...(exclude && { exclude }) };
}

function bindOffset(query: QueryContext, unit: ast.Frame['unit'], e: ast.Expr, key: Type | undefined): Literal {
  if (e.kind === 'interval') return bindInterval(unit, e, key);
  if (unit === 'range' && key === 'TIMESTAMP') {
    fault('E0203', e.span, 'a distance of times must be an INTERVAL', {
      label: 'expected INTERVAL, as ORDER BY is a TIMESTAMP',
      help: ["write INTERVAL '5' MINUTE PRECEDING"],
    });
  }
  const given = constantValue(query, e, 'the bound of a frame');
  const number: Value = typeof given === 'string' ? numberOfText(given) : given;
  const isNumber = typeof number === 'bigint' || typeof number === 'number';
  const isWhole = typeof number === 'bigint' || Number.isInteger(number);
  if (!isNumber || number < 0 || (unit !== 'range' && !isWhole)) {
    const wanted = unit === 'range' ? 'a non-negative number' : 'a non-negative integer';
    return fault('E0203', e.span, `the bound of a frame must be ${wanted}`, { label: 'this is none' });
  }
  if (unit === 'range') return literalOf(number);
  return integer(Number(number) < Number(MAX_SAFE) ? Number(number) : Number(MAX_SAFE));
}

function bindInterval(unit: ast.Frame['unit'], e: ast.Interval, key: Type | undefined): Literal {
  if (unit !== 'range') {
    fault('E0203', e.span, `an INTERVAL as a number of ${unit}`, { label: 'only RANGE takes an INTERVAL' });
  }
  if (key !== 'TIMESTAMP') {
    fault('E0203', e.span, 'an INTERVAL around what is no TIMESTAMP', {
      label: `ORDER BY is ${key}`,
      help: ['order by CAST(x AS TIMESTAMP)'],
    });
  }
  const { months, us } = duration(e);
  if (months !== 0 || us < 0) {
    fault('E0203', e.span, `INTERVAL '${e.amount}' is no fixed length`, {
      label: us < 0 ? 'it must not be negative' : 'months and years differ in length: use days',
    });
  }
  return integer(us);
}
