import { hasEventTime, markField, timeField } from '../data/event-time.ts';
import { column } from '../expr/expr.ts';
import type { Aggregate, Plan } from '../plan/plan.ts';
import type { Closing, Window } from '../plan/windows.ts';
import type { QueryContext } from './context.ts';
import type { EventTime, Relation } from './scope.ts';
import { Clocks } from './window-clock.ts';

/**
 * The aggregation with its groups given as the watermark passes them, where they are grouped by windows, or by anything
 * else that never falls as event time rises: date(ts), date_trunc('month', ts). Otherwise as it is.
 */
export function closingGroups(query: QueryContext, plan: Aggregate, eventTime: EventTime | undefined): Aggregate {
  const closing = eventTime && closingOf(new Clocks(query.streams.plans), plan, eventTime);
  return closing === undefined ? plan : { ...plan, schema: [...plan.schema, timeField, markField], closing };
}

/** What the rows of a plan that `closingGroups` may have given are told apart by in time. */
export const groupTime = ({ schema }: Plan): Pick<Relation, 'eventTime'> =>
  hasEventTime(schema) ? { eventTime: { time: timeField, mark: markField } } : {};

function closingOf(clocks: Clocks, { input, keys }: Aggregate, eventTime: EventTime): Closing | undefined {
  const columns = { time: eventTime.time.name, mark: eventTime.mark.name };
  const bounds = keys.map(({ expr }) => clocks.windowColumnOf(input, expr));
  const numbered = bounds.find((b) => b?.window.numbered && isBound(b.window, b.name))?.window;
  if (numbered?.by.every((e) => bounds.some((b) => b?.window === numbered && isColumn(e, b.name)))) {
    const number = column(columns.time, 'TIMESTAMP');
    return { ...columns, value: number, clock: number };
  }
  for (const { expr } of keys) {
    const clock = clocks.clockOf({ plan: input, eventTime }, expr);
    if (clock !== undefined) return { ...columns, value: expr, clock };
  }
  return undefined;
}

const isBound = ({ start, end }: Window, name: string): boolean => name === start || name === end;
const isColumn = (e: Window['by'][number], name: string): boolean => e.kind === 'column' && e.name === name;
