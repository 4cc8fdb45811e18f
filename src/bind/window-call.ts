import { markField, timeField } from '../data/event-time.ts';
import type { Field } from '../data/types.ts';
import { column, type Expr } from '../expr/expr.ts';
import { bounded } from '../plan/facts.ts';
import { lengthText } from '../plan/window-label.ts';
import type { Window, WindowFrame } from '../plan/windows.ts';
import type * as ast from '../syntax/ast.ts';
import { newStage, settle, type ExprContext, type QueryContext } from './context.ts';
import { bindExpr } from './expr.ts';
import { fault, originOf, unknown } from './fault.ts';
import { bindTableRef } from './from.ts';
import { dotted, fold, Names, sameName } from './names.ts';
import { fieldRef, projectPlan } from './plans.ts';
import { byProcessingTime } from './processing-time.ts';
import { bindQuery } from './query.ts';
import { columnNamed, hiddenOf, timeOf, visible, type Relation, type ScopeColumn } from './scope.ts';
import { bindTable } from './table.ts';
import { argumentsOf, fileIn, frameOf, type WindowArguments, type WindowCall } from './window-arguments.ts';
import { Clocks } from './window-clock.ts';
import { isWindowFunction, windowFunctions } from './window-functions.ts';
import { without } from './without.ts';

/**
 * `TUMBLE(t, ts, ..)` and its sisters: rows with the bounds of their windows as further columns.
 *
 * @param piped rows of the pipe, where it stands behind `|> CALL`.
 */
export function bindWindow(query: QueryContext, call: WindowCall, piped?: Relation): Relation {
  const name = fold(call.name.parts.at(-1)!.text);
  const args = argumentsOf(name, call, piped !== undefined);
  const frame = frameOf(query, name, call, args);
  const given = piped ?? dataOf(query, name, args.get('data')!);
  const names = new Names([...given.plan.schema.map((f) => f.name), timeField.name, markField.name]);
  const stage = newStage(names);
  const cx: ExprContext = { query, scope: given, clause: name.toUpperCase(), stage };
  const time = args.has('timecol') ? timeOfRows(cx, args.get('timecol')!) : undefined;
  const by = call.args.flatMap((a) => a.partitionBy ?? []).map((e) => bindExpr(cx, e).expr);
  const settled: Relation = { ...given, plan: settle(stage, given.plan) };
  const rows = byProcessingTime(settled, time, query.streams.plans, call.span);
  const clocks = new Clocks(query.streams.plans);
  const event = eventOf(clocks, rows, time, frame, args, name);
  const input = event === undefined ? withoutTime(rows) : rows;
  if (time !== undefined) checkNested(clocks, rows, time, frame, args, name);
  // In the short form of RisingWave there is no window_time, in the long one of Flink there is.
  const stamped = frame.kind !== 'rows' && [...args.values()].some(({ value }) => value.kind !== 'expr');
  return windowed(input, { name, frame, time, by, stamped, event, span: call.span }, names);
}

interface Parts {
  readonly name: string;
  readonly frame: WindowFrame;
  readonly time: Expr | undefined;
  readonly by: readonly Expr[];
  readonly stamped: boolean;
  readonly event: Window['event'];
  readonly span: WindowCall['span'];
}

function windowed(input: Relation, { name, frame, time, by, stamped, event, span }: Parts, names: Names): Relation {
  const type: Pick<Field, 'type' | 'affinity' | 'notNull'> =
    frame.kind === 'rows'
      ? { type: 'INTEGER', affinity: 'INTEGER', notNull: true }
      : { type: 'TIMESTAMP', affinity: 'TEXT', notNull: true };
  const labels = ['window_start', 'window_end', ...(stamped ? ['window_time'] : [])];
  const added = labels.map((label): Field => ({ name: names.fresh(label), ...type }));
  const hidden = new Set(hiddenOf(input).map((f) => f.name));
  const kept = input.plan.schema.filter((f) => !hidden.has(f.name));
  const [start, end, stamp] = added.map((f) => f.name);
  // Windows of rows count rows, whatever their times are.
  const numbered = frame.kind === 'rows' && !bounded(input.plan);
  const timed = event !== undefined || numbered;
  const plan: Window = {
    op: 'window',
    schema: [...kept, ...added, ...(timed ? [timeField, markField] : [])],
    input: input.plan,
    name,
    frame,
    ...(time && { time: event !== undefined && event.clock === undefined ? column(event.time, 'TIMESTAMP') : time }),
    by,
    start: start!,
    end: end!,
    ...(stamp !== undefined && { stamp }),
    ...(event && { event }),
    ...(numbered && { numbered }),
    origin: originOf(span),
  };
  const tables = new Set(input.columns.map((c) => c.table));
  const [table] = tables.size === 1 ? tables : [];
  return {
    plan,
    columns: [
      // Bounds of windows below stay behind the names of their tables.
      ...input.columns.map((c) => (labels.some((l) => sameName(l, c.label)) ? { ...c, hidden: true as const } : c)),
      ...added.map((field, i): ScopeColumn => ({ label: labels[i]!, field, ...(table !== undefined && { table }) })),
    ],
    ...(timed && { eventTime: { time: timeField, mark: markField } }),
  };
}

/** The rows that a window function is called with: a table, or a query. */
function dataOf(query: QueryContext, name: string, { value, span }: ast.Arg): Relation {
  const table = (qname: ast.QName): Relation => bindTable(query, { kind: 'table', span, name: qname });
  const subquery = (q: ast.Query): Relation => {
    const relation = bindQuery(query, q);
    const columns = visible(relation.columns).map(({ label, field }) => ({ label, field }));
    return { plan: relation.plan, columns, ...timeOf(relation) };
  };
  if (value.kind === 'table') return 'parts' in value.table ? table(value.table) : subquery(value.table);
  if (value.kind === 'expr' && value.expr.kind === 'column') return table(value.expr.name);
  if (value.kind === 'expr' && value.expr.kind === 'subquery') return subquery(value.expr.query);
  const file = fileIn(value);
  if (file !== undefined) return bindTableRef(query, file);
  return fault('E0201', span, `${name.toUpperCase()} needs rows to put into windows`, {
    label: 'expected a table',
    help: [windowFunctions.get(name)!.usage, 'the rows of a query: TABLE (SELECT ..)'],
  });
}

/** The time of a row: DESCRIPTOR(column), or an expression. TEXT is taken for the time that it says. */
function timeOfRows(cx: ExprContext, { value, span }: ast.Arg): Expr {
  if (value.kind === 'table')
    return fault('E0201', span, `${cx.clause} needs the time of the rows`, { label: 'expected a TIMESTAMP column' });
  if (value.kind === 'descriptor') {
    if (value.names.length !== 1)
      fault('E0201', span, `${cx.clause} takes the time of the rows from one column`, {
        label: `${value.names.length} are named`,
      });
    return asTime(fieldRef(columnNamed(cx.scope, value.names[0]!).field), span);
  }
  return asTime(bindExpr(cx, value.expr).expr, span);
}

function asTime(e: Expr, span: ast.Arg['span']): Expr {
  if (e.type === 'TIMESTAMP') return e;
  if (e.type === 'TEXT' || e.type === 'ANY') return { kind: 'cast', arg: e, to: 'TIMESTAMP', type: 'TIMESTAMP' };
  return fault('E0203', span, `a window over ${e.type}`, {
    label: 'expected a TIMESTAMP column',
    help: ['make one of it: to_timestamp(seconds), strptime(text, format)'],
  });
}

/** What windows of time have to know of event time; undefined for rows that are complete before any window is. */
function eventOf(
  clocks: Clocks,
  rows: Relation,
  time: Expr | undefined,
  frame: WindowFrame,
  args: WindowArguments,
  name: string,
): Window['event'] {
  const { plan, eventTime } = rows;
  if (frame.kind === 'rows') return undefined;
  const clock = clocks.clockOf(rows, time!);
  if (eventTime !== undefined && clock !== undefined) {
    const { name: column } = eventTime.time;
    const isTime = clock.kind === 'column' && clock.name === column;
    return { time: column, mark: eventTime.mark.name, ...(!isTime && { clock }) };
  }
  if (bounded(plan)) return undefined;
  return fault('E0211', args.get('timecol')!.span, `${name.toUpperCase()} over rows that do not end`, {
    label: eventTime === undefined ? 'these rows have no event time' : 'this is not the event time of the rows',
    help:
      eventTime === undefined
        ? ['declare it: CREATE SOURCE .. (.., WATERMARK FOR ts AS ts - INTERVAL ..)']
        : [
            'use the column of the WATERMARK: only of its values it is known which are over',
            'rows of a join of streams happen at the later of their two times: SELECT row_time() AS ts, ..',
          ],
  });
}

/** Without the hidden columns, which say nothing of the windows. */
function withoutTime(relation: Relation): Relation {
  const hidden = new Set(hiddenOf(relation).map((f) => f.name));
  if (hidden.size === 0) return relation;
  const kept = relation.plan.schema.filter((f) => !hidden.has(f.name));
  return { ...without(relation, 'eventTime'), plan: projectPlan(relation.plan, kept, kept.map(fieldRef)) };
}

/** Windows of windows add up only if each of the inner ones lies in one of the outer ones. */
function checkNested(
  clocks: Clocks,
  rows: Relation,
  time: Expr,
  frame: WindowFrame,
  args: WindowArguments,
  name: string,
): void {
  const inner = clocks.groupedWindowOf(rows.plan, time)?.frame;
  if (inner?.kind !== 'hop' || inner.size !== inner.slide || frame.kind !== 'hop') return;
  const fits = frame.slide % inner.size === 0 && (frame.offset - inner.offset) % inner.size === 0;
  if (fits) return;
  fault('E0203', args.get('size')!.span, `windows of ${lengthText(frame.size)} over groups of other windows`, {
    label: `a group of ${lengthText(inner.size)} can lie in two of them`,
    help: [`${name.toUpperCase()} the rows themselves, or take a multiple of ${lengthText(inner.size)}`],
  });
}

/** `|> CALL TUMBLE(ts, ..)`: only functions that take rows can stand there. */
export function bindCalled(query: QueryContext, input: Relation, call: WindowCall): Relation {
  const name = dotted(call.name);
  if (!isWindowFunction(name))
    unknown(
      'E0303',
      call.name.span,
      'window function',
      name,
      [...windowFunctions.keys()],
      `known behind CALL: ${[...windowFunctions.keys()].join(', ')}`,
    );
  return bindWindow(query, call, input);
}
