import { parseDuration } from '../expr/duration.ts';
import type * as ast from '../syntax/ast.ts';
import type { ExprContext } from './context.ts';
import { fault } from './fault.ts';
import { isLength } from './time-arithmetic.ts';

const units = /^(micro|milli)?seconds?$|^(minute|hour|day|week|month|quarter|year)s?$/i;

/** The unit of time that an argument is, if it is a plain word; such a column would have quotes. */
function unitIn(e: ast.Expr | undefined): string | undefined {
  const word = e?.kind === 'column' && e.name.parts.length === 1 ? e.name.parts[0]! : undefined;
  return word?.quoted === false && units.test(word.text) ? word.text.toLowerCase() : undefined;
}

/** `TIMESTAMPDIFF(DAY, a, b)`: the unit stands there as a word; to the function it is text. */
export function unitAsText(name: string, e: ast.CallExpr): ast.CallExpr {
  if (!/^(timestampdiff|timestampadd|date_?diff|date_trunc)$/.test(name)) return e;
  const [first, ...rest] = e.args;
  const last = unitIn(rest.at(-1));
  // As in BigQuery; a column of such a name may be the time of DuckDB's order.
  if (last !== undefined && !(first?.kind === 'literal' && first.type === 'string') && unitIn(first) === undefined)
    fault('E0201', e.span, `\`${name}\` takes the unit first`, {
      label: 'its last argument is a unit',
      help: [name === 'date_trunc' ? `date_trunc('${last}', ts)` : `${name}('${last}', earlier, later)`],
    });
  const unit = name === 'date_trunc' ? undefined : unitIn(first);
  if (unit === undefined) return e;
  return { ...e, args: [{ kind: 'literal', type: 'string', span: first!.span, text: unit }, ...rest] };
}

/** `date_add(ts, INTERVAL ..)` and `timestampadd(unit, n, ts)` mean `ts + ..`; undefined for any other call. */
export function movedTime(cx: ExprContext, fn: string, e: ast.CallExpr): ast.Expr | undefined {
  const { args, name, span } = e;
  const [a, b, c] = args;
  if (/^date_(add|sub)$/.test(fn) && args.length === 2 && isLength(cx, b!))
    return { kind: 'binary', span, op: fn === 'date_add' ? '+' : '-', left: a!, right: b! };
  if (fn !== 'timestampadd' || args.length !== 3 || a!.kind !== 'literal' || !units.test(a.text)) return undefined;
  const { months, us } = parseDuration('1', a.text)!;
  const times = (factor: number): ast.Expr => {
    const by: ast.Expr = { kind: 'literal', type: 'integer', span: a.span, text: String(factor) };
    return factor === 0 ? by : { kind: 'binary', span, op: '*', left: b!, right: by };
  };
  const [given] = name.parts;
  return {
    ...e,
    name: { ...name, parts: [{ ...given!, text: 'timestamp_add' }] },
    args: [c!, times(months), times(us)],
  };
}
