import { parseDuration, type Duration } from '../expr/duration.ts';
import type { Span } from '../base/span.ts';
import { integerOf, truthOf } from '../expr/compare.ts';
import type { WindowFrame } from '../plan/windows.ts';
import { lengthText } from '../plan/window-label.ts';
import type * as ast from '../syntax/ast.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { fault, unknown } from './fault.ts';
import { duration } from './literal.ts';
import { fold } from './names.ts';
import { windowFunctions, type WindowFunction, type WindowParameter } from './window-functions.ts';

/** A window function as it is called, in FROM or behind `|> CALL`. */
export interface WindowCall {
  readonly span: Span;
  readonly name: ast.QName;
  readonly args: readonly ast.Arg[];
}

export type WindowArguments = ReadonlyMap<WindowParameter | 'data', ast.Arg>;

/**
 * The arguments by the names of the parameters.
 *
 * @param piped the rows come from the pipe: `data` is no argument.
 */
export function argumentsOf(name: string, call: WindowCall, piped: boolean): WindowArguments {
  const { parameters, usage } = windowFunctions.get(name)!;
  const known: readonly (WindowParameter | 'data')[] = piped ? parameters : ['data', ...parameters];
  const found = new Map<WindowParameter | 'data', ast.Arg>();
  const place = name.toUpperCase();
  for (const [i, arg] of call.args.entries()) {
    const parameter = arg.name === undefined ? known[i] : known.find((p) => p === fold(arg.name!.text));
    if (parameter === undefined) {
      if (arg.name !== undefined)
        unknown('E0308', arg.name.span, `argument of ${place}`, arg.name.text, known, `it takes: ${known.join(', ')}`);
      fault('E0201', arg.span, `${place} takes ${known.length} arguments at most`, {
        label: 'one too many',
        help: [usage],
      });
    }
    if (found.has(parameter)) fault('E0201', arg.span, `${place}: ${parameter} is given twice`, { help: [usage] });
    found.set(parameter, arg);
  }
  const missing = known.find((p) => !found.has(p) && !['offset', 'max_duration', 'partial'].includes(p));
  if (missing !== undefined) fault('E0201', call.span, `${place} lacks its ${missing}`, { label: `expected ${usage}` });
  return found;
}

/** The windows that the constant arguments ask for. @throws QueryError E0203 */
export function frameOf(query: QueryContext, name: string, call: WindowCall, args: WindowArguments): WindowFrame {
  const length = (parameter: WindowParameter): number => {
    const us = lengthOf(query, args.get(parameter)!, parameter);
    if (us > 0) return us;
    return fault('E0203', args.get(parameter)!.span, `${name.toUpperCase()}: ${parameter} must be above zero`);
  };
  const offset = args.has('offset') ? lengthOf(query, args.get('offset')!, 'offset') : 0;
  switch (name) {
    case 'tumble': {
      const size = length('size');
      return { kind: 'hop', size, slide: size, offset };
    }
    case 'hop': {
      const [slide, size] = [length('slide'), length('size')];
      if (slide > size) swapped(call, args, lengthText(slide), lengthText(size));
      return { kind: 'hop', size, slide, offset };
    }
    case 'cumulate': {
      const [step, size] = [length('step'), length('size')];
      if (size % step !== 0)
        fault('E0203', args.get('step')!.span, 'CUMULATE: the size must be a whole number of steps', {
          label: `${lengthText(size)} is not a multiple of ${lengthText(step)}`,
          help: [windowFunctions.get('cumulate')!.usage],
        });
      return { kind: 'cumulate', size, slide: step, offset };
    }
    case 'session': {
      const gap = length('gap');
      return { kind: 'session', gap, ...(args.has('max_duration') && { most: length('max_duration') }) };
    }
    default: {
      const size = countOf(query, args.get('size')!, 'size');
      const slide = args.has('slide') ? countOf(query, args.get('slide')!, 'slide') : size;
      if (slide > size) swapped(call, args, `${slide} rows`, `${size} rows`);
      return { kind: 'rows', size, slide, partial: isPartial(query, args.get('partial')) };
    }
  }
}

/** Rows between two windows would be in none; most probably the two were written the wrong way round. */
function swapped(call: WindowCall, args: WindowArguments, slide: string, size: string): never {
  const byPosition = args.get('slide')!.name === undefined;
  const { usage }: WindowFunction = windowFunctions.get(fold(call.name.parts.at(-1)!.text))!;
  return fault('E0203', args.get('slide')!.span, 'windows that are further apart than they are long', {
    label: `every ${slide}, a window of ${size}`,
    help: byPosition ? [`the slide comes first, then the size: ${usage}`] : ['make SLIDE at most SIZE'],
  });
}

/** us. An INTERVAL, or text such as '10 s'. */
function lengthOf(query: QueryContext, { value, span }: ast.Arg, parameter: WindowParameter): number {
  const given = value.kind === 'expr' ? durationOf(query, value.expr) : undefined;
  if (given === undefined)
    return fault('E0203', span, `${parameter} must be a length of time`, {
      label: "expected INTERVAL '5' MINUTE, or '5 min'",
    });
  if (given.months !== 0)
    fault('E0203', span, `${parameter} must have a fixed length`, {
      label: 'months and years have none',
      help: ["group by the month instead: GROUP BY date_trunc('month', ts)"],
    });
  return given.us;
}

function durationOf(query: QueryContext, e: ast.Expr): Duration | undefined {
  if (e.kind === 'interval') return duration(e);
  if (e.kind === 'unary' && e.op === '-') {
    const positive = durationOf(query, e.arg);
    return positive && { months: -positive.months, us: -positive.us };
  }
  if (e.kind !== 'literal' && e.kind !== 'param') return undefined;
  const text = constantValue(query, e, 'a window');
  return typeof text === 'string' ? parseDuration(text) : undefined;
}

function countOf(query: QueryContext, { value, span }: ast.Arg, parameter: WindowParameter): number {
  const given = value.kind === 'expr' ? constantValue(query, value.expr, parameter) : null;
  const count = typeof given === 'bigint' ? Number(integerOf(given)) : NaN;
  if (Number.isSafeInteger(count) && count > 0) return count;
  return fault('E0203', span, `${parameter} must be a number of rows`, { label: 'expected a whole number above zero' });
}

function isPartial(query: QueryContext, arg: ast.Arg | undefined): boolean {
  if (arg === undefined) return true;
  const given = arg.value.kind === 'expr' ? constantValue(query, arg.value.expr, 'partial') : null;
  if (given === 'true' || given === 'false') return given === 'true';
  if (typeof given === 'bigint' || typeof given === 'number') return truthOf(given) === true;
  return fault('E0203', arg.span, 'partial must be true or false');
}

/** `read_csv('x.csv')` or `'x.csv'` in the place of a table: always the same node for the same argument. */
export function fileIn(value: ast.Arg['value']): ast.TableFunction | ast.TableFile | undefined {
  if (value.kind !== 'expr') return undefined;
  const { expr } = value;
  const known = files.get(expr);
  if (known !== undefined) return known;
  let found: ast.TableFunction | ast.TableFile | undefined;
  if (expr.kind === 'literal' && expr.type === 'string') found = { kind: 'file', span: expr.span, path: expr.text };
  if (expr.kind === 'call' && !expr.star && !expr.distinct && expr.over === undefined) {
    const args = expr.args.map((arg): ast.Arg => ({ span: arg.span, value: { kind: 'expr', expr: arg } }));
    found = { kind: 'table function', span: expr.span, name: expr.name, args };
  }
  if (found !== undefined) files.set(expr, found);
  return found;
}

const files = new WeakMap<ast.Expr, ast.TableFunction | ast.TableFile>();

/** The argument of a window function in FROM that stands for its rows. */
export const dataArgument = (args: readonly ast.Arg[]): ast.Arg | undefined =>
  args.find((arg) => arg.name !== undefined && fold(arg.name.text) === 'data') ??
  (args[0]?.name === undefined ? args[0] : undefined);
