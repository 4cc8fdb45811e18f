import type { Arg, Cte, Emit, Item, JoinSpec, Limit, Query, QueryBody, Select, TableRef } from '../ast.ts';
import { expr, exprs, orderBy, windowSpec } from './expression.ts';
import { commas, type Doc, flat, hang, lines, nest } from './layout.ts';
import { name, names, qname, text } from './names.ts';
import { pipeOp } from './pipe.ts';
import { shellSpec } from './shell.ts';

export const query = (q: Query): Doc =>
  lines(
    q.with.length > 0 ? [`WITH ${q.recursive ? 'RECURSIVE ' : ''}`, separated(q.with.map(cte))] : '',
    ...body(q.body),
    orderBy(q.orderBy),
    q.limit ? limit(q.limit) : '',
    ...q.pipes.map((op): Doc => ['|> ', pipeOp(op)]),
    q.emit ? emit(q.emit) : '',
  );

const separated = (docs: readonly Doc[]): Doc => docs.flatMap((doc, i) => (i === 0 ? [doc] : [', ', doc]));

const cte = (c: Cte): Doc => [`${name(c.name)}${c.columns ? ` ${names(c.columns)}` : ''} AS `, nest(query(c.query))];

/** The clauses, each of which may stand on a line of its own. */
function body(b: QueryBody): Doc[] {
  switch (b.kind) {
    case 'select':
      return select(b);
    case 'from':
      return [['FROM ', separated(b.from.map(tableRef))]];
    case 'values':
      return [`VALUES ${b.rows.map((row) => `(${exprs(row)})`).join(', ')}`];
    case 'nested':
      return [nest(query(b.query))];
    case 'set operation':
      return [...body(b.left), `${b.op.toUpperCase()}${b.all ? ' ALL' : ''}`, ...body(b.right)];
  }
}

function select(s: Select): Doc[] {
  const distinct = s.distinctOn ? `DISTINCT ON (${exprs(s.distinctOn)}) ` : s.distinct ? 'DISTINCT ' : '';
  const windows = s.windows.map((w) => `${name(w.name)} AS ${windowSpec(w.spec)}`).join(', ');
  return [
    hang(...commas(s.items.map(item)).map((i, at) => (at === 0 ? `SELECT ${distinct}${i}` : i))),
    s.from.length > 0 ? ['FROM ', separated(s.from.map(tableRef))] : '',
    s.where ? `WHERE ${expr(s.where)}` : '',
    s.groupBy ? `GROUP BY ${groupBy(s.groupBy, s.groupingSets)}` : '',
    s.having ? `HAVING ${expr(s.having)}` : '',
    windows === '' ? '' : `WINDOW ${windows}`,
    s.qualify ? `QUALIFY ${expr(s.qualify)}` : '',
  ];
}

function groupBy(keys: NonNullable<Select['groupBy']>, sets: Select['groupingSets']): string {
  if (keys === 'all') return 'ALL';
  if (sets === undefined) return exprs(keys);
  return groupingSets(sets, keys.map((key) => expr(key))); // prettier-ignore
}

/** @param keys as written, by their numbers. */
export const groupingSets = (sets: NonNullable<Select['groupingSets']>, keys: readonly string[]): string =>
  `GROUPING SETS (${sets.map((set) => `(${set.map((i) => keys[i]).join(', ')})`).join(', ')})`;

export const items = (list: readonly Item[]): string => list.map(item).join(', ');

function item(i: Item): string {
  if (i.kind === 'item') return `${expr(i.expr)}${i.alias ? ` AS ${name(i.alias)}` : ''}`;
  const exclude = i.exclude.length > 0 ? ` EXCLUDE ${names(i.exclude)}` : '';
  const replace = i.replace.length > 0 ? ` REPLACE (${items(i.replace)})` : '';
  return `${i.table ? `${name(i.table)}.` : ''}*${exclude}${replace}`;
}

export const limit = (l: Limit): string =>
  [l.count ? `LIMIT ${expr(l.count)}` : '', l.offset ? `OFFSET ${expr(l.offset)}` : ''].filter(Boolean).join(' ');

function emit(e: Emit): string {
  const interval = e.interval ? `${e.mode === 'every' ? '' : ' WITH DELAY'} ${expr(e.interval, 'unary')}` : '';
  const timeout = e.timeout ? ` TIMEOUT ${expr(e.timeout, 'unary')}` : '';
  return `EMIT ${e.mode.toUpperCase()}${interval}${timeout}`;
}

/** A table with its name. A join stands in parentheses where it was written so; it needs them to have a name. */
export function tableRef(t: TableRef): Doc {
  if (t.alias === undefined) return t.kind === 'join' && t.nested ? nest(unnamed(t)) : unnamed(t);
  const alias = ` AS ${name(t.alias)}${t.columnAliases ? ` ${names(t.columnAliases)}` : ''}`;
  return [t.kind === 'join' ? nest(unnamed(t)) : unnamed(t), alias];
}

function unnamed(t: TableRef): Doc {
  switch (t.kind) {
    case 'table':
      return `${qname(t.name)}${t.asOf ? ` FOR SYSTEM_TIME AS OF ${expr(t.asOf)}` : ''}`;
    case 'file':
      return text(t.path);
    case 'table function':
      return tableFunction(t);
    case 'table query':
      return [t.lateral ? 'LATERAL ' : '', nest(query(t.query))];
    case 'table shell':
      return ['SHELL', nest(shellSpec(t.shell))];
    case 'table stream':
      return t.args.length > 0
        ? `STREAM(${[qname(t.name), ...t.args.map(arg)].join(', ')})`
        : `STREAM ${qname(t.name)}`;
    case 'join':
      return lines(tableRef(t.left), join(t.right, t.join));
  }
}

/** `LEFT JOIN right ON ..`: what follows the left side. */
export function join(right: TableRef, j: JoinSpec): Doc {
  const type = j.type === 'inner' ? '' : j.type.toUpperCase();
  const words = [j.natural ? 'NATURAL' : '', j.asof ? 'ASOF' : '', j.positional ? 'POSITIONAL' : type, 'JOIN']
    .filter(Boolean)
    .join(' ');
  const inner = right.kind === 'join' && right.alias === undefined ? nest(tableRef(right)) : tableRef(right);
  const within = j.within ? ` WITHIN ${expr(j.within)}` : '';
  const condition = j.on ? ` ON ${expr(j.on)}` : j.using ? ` USING ${names(j.using)}` : '';
  return [`${words} `, inner, `${within}${condition}`];
}

export const tableFunction = (f: {
  readonly name: Parameters<typeof qname>[0];
  readonly args: readonly Arg[];
}): string => `${qname(f.name)}(${f.args.map(arg).join(', ')})`;

export function arg(a: Arg): string {
  // Any word may stand before `=>`, reserved ones too.
  const label = a.name ? `${a.name.quoted ? name(a.name) : a.name.text} => ` : '';
  return `${label}${argValue(a.value)}${a.partitionBy ? ` ${partitionBy(a.partitionBy)}` : ''}`;
}

function argValue(value: Arg['value']): string {
  switch (value.kind) {
    case 'expr':
      return expr(value.expr);
    case 'descriptor':
      return `DESCRIPTOR${names(value.names)}`;
    case 'table':
      return `TABLE ${'parts' in value.table ? qname(value.table) : `(${flat(query(value.table))})`}`;
  }
}

/** With its own parentheses unless it is one expression that does not begin with one. */
export function partitionBy(keys: readonly Parameters<typeof expr>[0][]): string {
  const list = exprs(keys);
  return `PARTITION BY ${keys.length === 1 && !list.startsWith('(') ? list : `(${list})`}`;
}
