import type { Span } from '../base/span.ts';
import type { Field, Schema } from '../data/types.ts';
import type { Described } from '../connect/connector.ts';
import { text, type Expr } from '../expr/expr.ts';
import type { Options, Scan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { fieldOfTyped } from './aggregate.ts';
import { call } from './call.ts';
import type { ShellSourceObject, SourceObject } from './catalog.ts';
import { newStage, settle, type QueryContext } from './context.ts';
import { insideOf } from './definition.ts';
import { withEventTime, withPlaces } from './event-time.ts';
import { bindExpr } from './expr.ts';
import { fault, originOf } from './fault.ts';
import { zoneOf } from './in-zone.ts';
import { Failure } from './inputs.ts';
import { lengthIn, shown, stored } from './interval.ts';
import { fold, Names, sameName } from './names.ts';
import { atOption } from './options.ts';
import { realLiteral } from './params.ts';
import { fieldRef, projectPlan } from './plans.ts';
import type { Relation, ScopeColumn } from './scope.ts';
import { declaredField, typeNamed } from './types.ts';

export const scanOf = (
  connector: string,
  options: Options,
  label: string,
  bounded: boolean,
  schema: Schema,
  span: Span,
): Scan => ({
  op: 'scan',
  schema,
  connector,
  options,
  label,
  bounded,
  origin: originOf(span),
});

/** A CREATE SOURCE in FROM: a scan, and above it what the connector does not do: defaults and computed columns. */
export function bindSource(query: QueryContext, source: SourceObject, span: Span): Relation {
  const inside = insideOf(query, source.name, span);
  const found = query.inputs.sources.get(source)!;
  if (found instanceof Failure) return atOption(found.error, source.options.span, source.options.spans);
  const { timing } = source;
  const isBounded = found.bounded && source.unbounded !== true;
  const options = optionsInZone(query, found);
  const schema = found.options['rejects'] === undefined ? found.schema : withTimesSet(found.schema, source);
  const plain = scanOf(source.connector.name, options, source.name, isBounded, schema, span);
  const { scan, partitions } = timing === undefined ? { scan: plain } : withPlaces(plain);
  const raw = { plan: scan, columns: columnsOf(schema, source.name) };
  const rows = completed(inside, raw, source.columns, source.name, options);
  if (timing === undefined) return rows;
  const onError = (found.options['on_error'] ?? 'fail') === 'fail' ? 'fail' : 'skip';
  return withEventTime(query, rows, source.name, timing, { onError, ...(partitions && { partitions }) });
}

/** The record of a row without event time goes where those go that cannot be read: only who reads it still has it. */
function withTimesSet(schema: Schema, { timing, columns }: SourceObject): Schema {
  const time = timing?.watermark.column.parts.at(-1)?.text;
  const isTime = (name: string): boolean => time !== undefined && sameName(name, time);
  if (columns.some((c) => isTime(c.name.text) && (c.as !== undefined || c.default !== undefined))) return schema;
  return schema.map((field) => (isTime(field.name) ? { ...field, notNull: true } : field));
}

/** Where times are read from text, the zone that they are in is told, if it is not UTC. */
function optionsInZone({ settings }: QueryContext, { options, schema }: Described): Options {
  const zone = zoneOf(settings);
  const isTold = zone === undefined || options['timezone'] !== undefined || !schema.some((f) => f.type === 'TIMESTAMP');
  return isTold ? options : { ...options, timezone: zone };
}

export function columnsOfShellSource(
  query: QueryContext,
  scan: Relation,
  source: ShellSourceObject,
  span: Span,
): Relation {
  const { timing, unbounded, restart, name } = source;
  const plan =
    scan.plan.op === 'shell'
      ? { ...scan.plan, ...(unbounded && { unbounded }), ...(restart && { restart }) }
      : scan.plan;
  const raw = { plan, columns: columnsOf(plan.schema, name) };
  const rows = completed(insideOf(query, name, span), raw, source.columns, name);
  if (timing === undefined) return rows;
  const skips = source.shell.clauses.some((c) => c.clause === 'on error' && c.action === 'skip');
  return withEventTime(query, rows, name, timing, { onError: skips ? 'skip' : 'fail' });
}

const columnsOf = (schema: Schema, table: string): readonly ScopeColumn[] =>
  schema.map((field) => ({ label: field.name, field, table }));

/** Defaults and computed columns, in the order of the declaration; a computed column sees all others, as they are then. */
export function completed(
  query: QueryContext,
  raw: Relation,
  columns: readonly ast.SourceColumn[],
  table: string,
  options: Options = {},
): Relation {
  let rows = converted(query, raw, columns, table, options);
  for (let left = columns.filter((c) => c.as !== undefined); left.length > 0;) {
    const missing = new Set(left.map((c) => fold(c.name.text)));
    const ready = left.filter((c) => !reads(c.as!, missing));
    const [circular] = left;
    if (ready.length === 0)
      fault('E0203', circular!.as!.span, `column \`${circular!.name.text}\` is computed from itself`, {
        label: 'directly, or by way of other computed columns',
      });
    rows = withComputed(query, rows, columns, ready, table);
    left = left.filter((c) => !ready.includes(c));
  }
  return rows;
}

/** Whether one of these columns (folded names) is named in an expression. */
const reads = (node: object, names: ReadonlySet<string>): boolean =>
  ('kind' in node && node.kind === 'column' && names.has(fold((node as ast.ColumnExpr).name.parts.at(-1)!.text))) ||
  Object.entries(node).some(
    ([key, value]) => key !== 'span' && typeof value === 'object' && value !== null && reads(value as object, names),
  );

/** Columns that come as they are declared to be: their defaults, moments and lengths of time. */
function converted(
  query: QueryContext,
  raw: Relation,
  columns: readonly ast.SourceColumn[],
  table: string,
  options: Options,
): Relation {
  const given = columns.filter((c) => c.as === undefined);
  const rawOf = (c: ast.SourceColumn) => raw.columns.find((r) => sameName(r.label, c.name.text))!.field;
  const isMoment = (c: ast.SourceColumn) =>
    c.type !== undefined && typeNamed(c.type) === 'TIMESTAMP' && rawOf(c).type !== 'TIMESTAMP';
  const isLength = (c: ast.SourceColumn) => c.type?.name === 'INTERVAL';
  if (!given.some((c) => c.default !== undefined || isMoment(c) || isLength(c))) return raw;
  const stage = newStage(new Names(raw.plan.schema.map((f) => f.name)));
  const cx = { query, scope: { columns: [] }, clause: 'DEFAULT', stage };
  const made = given.map((c): { field: Field; expr: Expr } => {
    const field = rawOf(c);
    const orDefault = (cell: Expr): Expr =>
      c.default === undefined ? cell : call('coalesce', [cell, bindExpr(cx, c.default).expr]);
    if (isLength(c)) {
      const length: Field = { name: field.name, type: 'INTEGER', interval: true };
      return { field: length, expr: call('interval_us', [orDefault(fieldRef(field))]) };
    }
    const expr = orDefault(isMoment(c) ? moment(query, fieldRef(field), options) : fieldRef(field));
    if (c.default === undefined) return { field: { ...field, ...(isMoment(c) && momentField) }, expr };
    return { field: { ...field, type: expr.type }, expr };
  });
  // Fields that no name reaches go along.
  const unnamed = raw.plan.schema.filter((f) => !raw.columns.some((c) => c.field.name === f.name));
  const fields = made.map((m) => m.field);
  const exprs = [...made.map((m) => m.expr), ...unnamed.map(fieldRef)];
  const plan = projectPlan(settle(stage, raw.plan), [...fields, ...unnamed], exprs);
  return { plan, columns: columnsOf(fields, table) };
}

/** Computed columns that read none that is not there yet, each in its place. */
function withComputed(
  query: QueryContext,
  rows: Relation,
  columns: readonly ast.SourceColumn[],
  ready: readonly ast.SourceColumn[],
  table: string,
): Relation {
  const stage = newStage(new Names(rows.plan.schema.map((f) => f.name)));
  const cx = { query, scope: rows, clause: 'a computed column', stage };
  const made = columns.flatMap((c): { field: Field; expr: Expr }[] => {
    if (ready.includes(c)) return [computed(bindExpr(cx, c.as!), c)];
    const found = rows.columns.find((r) => sameName(r.label, c.name.text))?.field;
    return found === undefined ? [] : [{ field: found, expr: fieldRef(found) }];
  });
  const unnamed = rows.plan.schema.filter((f) => !rows.columns.some((c) => c.field.name === f.name));
  const fields = made.map((m) => m.field);
  const exprs = [...made.map((m) => m.expr), ...unnamed.map(fieldRef)];
  const plan = projectPlan(settle(stage, rows.plan), [...fields, ...unnamed], exprs);
  return { plan, columns: columnsOf(fields, table) };
}

const momentField = { type: 'TIMESTAMP', affinity: 'TEXT' } as const;

/** The TIMESTAMP that a cell of a table stands for; NULL where it is none. */
function moment({ settings }: QueryContext, cell: Expr, options: Options): Expr {
  const { timestamp_format: format, timezone = zoneOf(settings) } = options;
  if (format === 'unix') return call('to_timestamp', [cell]);
  if (format === 'unix_ms') return call('to_timestamp', [call('/', [cell, realLiteral(1000)])]);
  if (typeof timezone === 'string') return call('timestamp_in_zone', [cell, text(timezone)]);
  return { kind: 'cast', arg: cell, to: 'TIMESTAMP', type: 'TIMESTAMP' };
}

/** A declared type is kept only if the expression has it: no value is converted behind the user's back. */
function computed(
  typed: Parameters<typeof fieldOfTyped>[1],
  { name, type, as }: ast.SourceColumn,
): { field: Field; expr: Expr } {
  if (lengthIn(typed.expr) && (type === undefined || type.name === 'INTERVAL'))
    return { field: fieldOfTyped(name.text, typed), expr: stored(typed.expr) };
  const field = fieldOfTyped(name.text, { ...typed, expr: shown(typed.expr) });
  const wanted = type && declaredField(name.text, type);
  if (wanted === undefined || wanted.type === 'ANY' || wanted.type === field.type || field.type === 'NULL')
    return { field: wanted?.type === field.type ? wanted : field, expr: typed.expr };
  const isNumber = field.type === 'BOOLEAN' && wanted.type === 'INTEGER';
  if (isNumber || (field.type === 'ANY' && wanted.type !== 'JSON' && wanted.type !== 'NULL')) {
    return { field: wanted, expr: { kind: 'cast', arg: typed.expr, to: wanted.type, type: wanted.type } };
  }
  return fault(
    'E0203',
    as!.span,
    `column \`${name.text}\` is declared ${wanted.type}, its expression is ${field.type}`,
    {
      label: `this is ${field.type}`,
      help: [`CAST (.. AS ${wanted.type})`],
    },
  );
}
