import { alignmentOf } from '../../contract/aligned.ts';
import { column } from '../../expr/expr.ts';
import { exprsOf } from '../../plan/ops.ts';
import type { Shell } from '../../plan/plan.ts';
import type { Window } from '../../plan/windows.ts';
import { promise, shell, t, twice } from '../examples.ts';
import { answersAlike } from '../alike.ts';
import { isPlainShell, isVolatile, within } from '../needs.ts';
import { rule } from '../rule.ts';
import { columnsRead } from './project.ts';

interface OverWindow {
  readonly inner: Shell;
  readonly window: Window;
}
const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const map = promise({ scope: record, emits: 'one', ...pure });
const y = { reads: ['k'], writes: [{ name: 'y', type: 'TEXT' }] } as const;

/** Windows of two seconds, one each second: each row is in two of them. `x` is a time, and so is `k`. */
export const hopping: Window = {
  op: 'window',
  input: twice(t),
  name: 'HOP',
  frame: { kind: 'hop', size: 2e6, slide: 1e6, offset: 0 },
  time: column('x', 'TIMESTAMP'),
  by: [],
  start: 'window_start',
  end: 'window_end',
  schema: [...twice(t).schema, { name: 'window_start', type: 'TIMESTAMP' }, { name: 'window_end', type: 'TIMESTAMP' }],
};
const times = ['1970-01-01 00:00:05', '1970-01-01 00:00:07'];

const added = ({ input, schema }: Window): readonly string[] =>
  schema.map((f) => f.name).filter((name) => !input.schema.some((f) => f.name === name));

/** W1: a command sees each row once, and not once for each window that it is in. */
export const commandBelowWindows = rule<OverWindow>({
  id: 'W1',
  law: 'shell(c, windows(r)) = windows(shell(c, r)) for windows that overlap',
  why: 'the windows of a row follow from its time alone, and a row gets the same answer in each of them',
  gain: 'the command sees each row once, not once for each of its windows',
  command: ({ inner }) => inner,
  // Of rows that have event time a command below would keep back the watermark that closes their windows.
  match: (p) =>
    isPlainShell(p) &&
    alignmentOf(p.contract) !== undefined &&
    p.input.op === 'window' &&
    (p.input.frame.kind === 'cumulate' || (p.input.frame.kind === 'hop' && p.input.frame.slide < p.input.frame.size)) &&
    p.input.event === undefined &&
    !exprsOf(p.input).some(isVolatile)
      ? { inner: p, window: p.input }
      : undefined,
  needs: [
    {
      name: 'the command reads no column that the windows add',
      holds: ({ inner, window }) => within(inner.reads, window.input.schema.map((f) => f.name)), // prettier-ignore
      brokenBy: { plan: shell('cut -c18-', map, hopping, { ...y, reads: ['window_start'] }), lines: times },
    },
    {
      name: 'it writes neither the time of the rows nor a column that the windows add',
      holds: ({ inner, window }) => {
        const kept = new Set([...columnsRead(exprsOf(window)), ...added(window)]);
        return !inner.writes.some((w) => kept.has(w.name));
      },
      brokenBy: { plan: shell('sed s/05/15/', map, hopping), lines: times },
    },
    ...answersAlike((command, contract) => shell(command, contract, hopping, y), times),
  ],
  apply: ({ inner, window }) => {
    const { input } = window;
    const written = inner.writes.map((w) => w.name);
    const carried = input.schema.map((f) => f.name).filter((name) => !written.includes(name));
    const below: Shell = {
      ...inner,
      input,
      carried,
      schema: [...input.schema.filter((f) => carried.includes(f.name)), ...inner.writes],
    };
    const bounds = window.schema.filter((f) => added(window).includes(f.name));
    const above: Window = { ...window, input: below, schema: [...below.schema, ...bounds] };
    const exprs = inner.schema.map((f) => column(f.name, f.type));
    return { op: 'project', input: above, exprs, schema: inner.schema };
  },
});
