import type { CallExpr, Expr, Frame, FrameBound, OrderItem, WindowSpec } from '../ast.ts';
import { flat } from './layout.ts';
import { name, qname, text, type } from './names.ts';
import { query } from './query.ts';

/** How tightly each kind of operator binds, loosest first: a name for each level of the grammar. */
const levels = [
  'or',
  'and',
  'not',
  'equality',
  'comparison',
  'bits',
  'sum',
  'product',
  'concat',
  'collate',
  'unary',
  'postfix',
] as const;
type Level = (typeof levels)[number];

const levelOf: Readonly<Record<string, Level>> = {
  ...{ or: 'or', and: 'and', '=': 'equality', '<>': 'equality', '<': 'comparison', '<=': 'comparison' },
  ...{ '>': 'comparison', '>=': 'comparison', '&': 'bits', '|': 'bits', '<<': 'bits', '>>': 'bits', '+': 'sum' },
  ...{ '-': 'sum', '*': 'product', '/': 'product', '%': 'product', '||': 'concat', '->': 'concat', '->>': 'concat' },
};
const tighter = (level: Level): Level => levels[levels.indexOf(level) + 1] ?? 'postfix';

/** An expression, in parentheses where it binds more loosely than `least`. */
export function expr(e: Expr, least: Level = 'or'): string {
  const [level, written] = write(e);
  return levels.indexOf(level) < levels.indexOf(least) ? `(${written})` : written;
}

export const exprs = (list: readonly Expr[]): string => list.map((e) => expr(e)).join(', ');

/** The text of `e`, and how tightly its outermost operator binds; `postfix` where nothing can tear it apart. */
function write(e: Expr): [Level, string] {
  const whole = (written: string): [Level, string] => ['postfix', written];
  switch (e.kind) {
    case 'literal':
      return whole(literal(e.type, e.text));
    case 'interval':
      return whole(`INTERVAL ${text(e.amount)}${e.unit ? ` ${e.unit}` : ''}${e.to ? ` TO ${e.to}` : ''}`);
    case 'param':
      return whole(e.name !== undefined ? `:${e.name}` : `?${e.position}`);
    case 'column':
      return whole(qname(e.name));
    case 'unary':
      if (e.op === 'not') return ['not', `NOT ${expr(e.arg, 'not')}`];
      // Two minus signs in a row would begin a comment.
      return ['unary', [e.op, expr(e.arg, 'unary')].join(e.arg.kind === 'unary' && e.arg.op === '-' ? ' ' : '')];
    case 'binary': {
      const level = levelOf[e.op]!;
      return [level, `${expr(e.left, level)} ${e.op.toUpperCase()} ${expr(e.right, tighter(level))}`];
    }
    case 'is':
      return ['equality', `${expr(e.left, 'equality')} IS ${e.not ? 'NOT ' : ''}${expr(e.right, 'comparison')}`];
    case 'between': {
      const range = `BETWEEN ${expr(e.low, 'comparison')} AND ${expr(e.high, 'comparison')}`;
      return ['equality', `${expr(e.arg, 'equality')} ${not(e)}${range}`];
    }
    case 'in':
      return ['equality', `${expr(e.arg, 'equality')} ${not(e)}IN ${inList(e.list)}`];
    case 'like': {
      const escape = e.escape ? ` ESCAPE ${expr(e.escape, 'comparison')}` : '';
      const pattern = `${e.op.toUpperCase()} ${expr(e.pattern, 'comparison')}${escape}`;
      return ['equality', `${expr(e.arg, 'equality')} ${not(e)}${pattern}`];
    }
    case 'case': {
      const branches = e.branches.map((b) => ` WHEN ${expr(b.when)} THEN ${expr(b.then)}`).join('');
      const otherwise = e.otherwise ? ` ELSE ${expr(e.otherwise)}` : '';
      return whole(`CASE${e.operand ? ` ${expr(e.operand)}` : ''}${branches}${otherwise} END`);
    }
    case 'cast':
      return whole(`${e.try ? 'TRY_CAST' : 'CAST'}(${expr(e.arg)} AS ${type(e.type)})`);
    case 'collate':
      return ['collate', `${expr(e.arg, 'collate')} COLLATE ${name(e.collation)}`];
    case 'call':
      return whole(call(e));
    case 'subquery':
      return whole(`(${flat(query(e.query))})`);
    case 'exists':
      return whole(`EXISTS (${flat(query(e.query))})`);
    case 'row':
      return whole(`(${exprs(e.parts)})`);
    case 'index':
      return whole(`${indexed(expr(e.arg, 'postfix'))}[${expr(e.index)}]`);
    case 'default':
      return whole('DEFAULT');
  }
}

/** A bracket behind one of these words begins a name. */
const indexed = (base: string): string => (/^(NULL|TRUE|FALSE|DEFAULT)$/i.test(base) ? `(${base})` : base);

const not = (e: { readonly not: boolean }): string => (e.not ? 'NOT ' : '');

function literal(kind: (Expr & { kind: 'literal' })['type'], value: string): string {
  switch (kind) {
    case 'string':
      return text(value);
    case 'blob':
      return `x'${value}'`;
    case 'timestamp':
    case 'date':
    case 'time':
      return `${kind.toUpperCase()} ${text(value)}`;
    default:
      return value;
  }
}

function inList(list: (Expr & { kind: 'in' })['list']): string {
  if ('parts' in list) return qname(list);
  return `(${'kind' in list ? flat(query(list)) : exprs(list)})`;
}

/** Names of functions that are reserved words elsewhere. */
const functionWords = new Set(['LEFT', 'RIGHT', 'GLOB', 'LIKE', 'REGEXP']);

function call(e: CallExpr): string {
  const [first] = e.name.parts;
  const plain = e.name.parts.length === 1 && !first!.quoted && functionWords.has(first!.text.toUpperCase());
  const named = (arg: Expr, i: number): string =>
    e.argNames?.[i] ? `${name(e.argNames[i])} => ${expr(arg)}` : expr(arg);
  const args = e.star ? '*' : `${e.distinct ? 'DISTINCT ' : ''}${e.args.map(named).join(', ')}`;
  return [
    plain ? first!.text : qname(e.name),
    `(${[args, orderBy(e.orderBy)].filter(Boolean).join(' ')})`,
    e.withinGroup.length > 0 ? ` WITHIN GROUP (${orderBy(e.withinGroup)})` : '',
    e.filter ? ` FILTER (WHERE ${expr(e.filter)})` : '',
    e.over ? ` OVER ${'kind' in e.over ? windowSpec(e.over) : name(e.over)}` : '',
  ].join('');
}

export function windowSpec(w: WindowSpec): string {
  const partition = w.partitionBy.length > 0 ? `PARTITION BY ${exprs(w.partitionBy)}` : '';
  const parts = [w.base ? name(w.base) : '', partition, orderBy(w.orderBy), w.frame ? frame(w.frame) : ''];
  return `(${parts.filter(Boolean).join(' ')})`;
}

function frame(f: Frame): string {
  const extent = f.end ? `BETWEEN ${bound(f.start)} AND ${bound(f.end)}` : bound(f.start);
  return `${f.unit.toUpperCase()} ${extent}${f.exclude ? ` EXCLUDE ${f.exclude.toUpperCase()}` : ''}`;
}

const bound = (b: FrameBound): string =>
  b.offset ? `${expr(b.offset, 'sum')} ${b.kind.toUpperCase()}` : b.kind.toUpperCase();

/** Empty where there is nothing to order by. */
export function orderBy(items: readonly OrderItem[]): string {
  if (items.length === 0) return '';
  const key = (o: OrderItem): string =>
    `${expr(o.expr)}${o.descending ? ' DESC' : ''}${o.nulls ? ` NULLS ${o.nulls.toUpperCase()}` : ''}`;
  return `ORDER BY ${items.map(key).join(', ')}`;
}
