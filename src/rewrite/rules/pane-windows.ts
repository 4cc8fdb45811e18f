import { column, type Expr } from '../../expr/expr.ts';
import type { Field } from '../../data/types.ts';
import type { Aggregate, Filter, Plan, Project, Shell, Sort } from '../../plan/plan.ts';
import type { Closing, EventColumns, Window, WindowFrame } from '../../plan/windows.ts';

export type Hopping = Window & { readonly frame: Extract<WindowFrame, { readonly kind: 'hop' | 'cumulate' }> };
/** Of a row with time `t`: the part of its windows that it is in begins at this. */
export const PANE: Field = { name: ' pane', type: 'TIMESTAMP' };
/** Of what was printed of a part of a pane: the end of the first window that gets it. */
export const OPEN: Field = { name: ' open', type: 'TIMESTAMP' };

/** The columns of a window. */
export const boundsOf = ({ groups }: Shell): readonly Field[] =>
  groups!.keys.map((name): Field => ({ name, type: 'TIMESTAMP' }));

/** The windows of the parts that the command has printed of each pane. */
export function windowsOfParts(inner: Shell, window: Hopping, parts: Project): Plan {
  const { stamp: _, event, ...frame } = window;
  const windows: Window = {
    ...frame,
    ...(event !== undefined && { event: ATTENDED }),
    input: parts,
    time: column(PANE.name, 'TIMESTAMP'),
    schema: [...parts.schema, ...boundsOf(inner)],
  };
  return event === undefined ? windows : onlyOpen(inner, windows);
}

/** Parts come before the watermark that closes the first window that they are in: none is late. */
const ATTENDED: EventColumns = { time: PANE.name, mark: PANE.name };

/** Of the windows that a part of a pane lies in, those that get it. */
function onlyOpen({ groups }: Shell, windows: Window): Filter {
  const args = [column(groups!.windowEnd!, 'TIMESTAMP'), column(OPEN.name, 'TIMESTAMP')];
  return {
    op: 'filter',
    input: windows,
    schema: windows.schema,
    predicate: { kind: 'call', fn: '>=', args, type: 'BOOLEAN' },
  };
}

/** The numbers of the parts summed up for each window. */
export function summed(inner: Shell, input: Plan): Plan {
  const bounds = boundsOf(inner);
  const calls = inner.writes.map(({ name, type }) => ({
    name,
    fn: 'sum',
    args: [column(name, type)],
    distinct: false,
    type,
  }));
  const sums: Aggregate = {
    op: 'aggregate',
    input,
    keys: bounds.map(({ name, type }) => ({ name, expr: column(name, type) })),
    aggregates: calls,
    bare: [],
    ...(inner.groups!.mark !== undefined && { closing: closingAt(inner.groups!.windowEnd!) }),
    schema: [...bounds, ...inner.writes],
  };
  return inOrder(inner, sums);
}

/** A window is over when the watermark is at its end. */
const closingAt = (end: string): Closing => ({
  ...ATTENDED,
  value: {
    kind: 'call',
    fn: 'timestamp_add',
    args: [column(end, 'TIMESTAMP'), ...[0, -1].map((value): Expr => ({ kind: 'literal', type: 'INTEGER', value }))],
    type: 'TIMESTAMP',
  },
  clock: column(PANE.name, 'TIMESTAMP'),
});

/** Windows come in the order of their ends. */
const inOrder = ({ groups, schema }: Shell, input: Plan): Plan => {
  const exprs = schema.map((f) => column(f.name, f.type));
  if (groups!.mark !== undefined) return { op: 'project', input, schema, exprs };
  const sort: Sort = {
    op: 'sort',
    input,
    schema: input.schema,
    keys: [{ expr: column(groups!.windowEnd!, 'TIMESTAMP'), descending: false, nullsFirst: true }],
  };
  return { op: 'project', input: sort, schema, exprs };
};
