import { isHidden, markField, timeField } from '../data/event-time.ts';
import type { Field } from '../data/types.ts';
import { integer, type Expr } from '../expr/expr.ts';
import type { Plan, Shell } from '../plan/plan.ts';
import type { Watermark } from '../plan/watermark.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { fault } from './fault.ts';
import { sameName } from './names.ts';
import { fieldRef, projectPlan } from './plans.ts';
import { timeOf, type Relation, type ScopeColumn } from './scope.ts';
import { without } from './without.ts';

type TimeClause = Extract<ast.ShellClause, { clause: 'time' }>;

/**
 * The event time of what a command gives. Rows that carry theirs around the command keep it. Of others TIME decides:
 * a column of the output, the end of the window, or the latest (earliest) time among the rows sent so far; without TIME
 * the end of the window where a process sees one window, else the latest.
 *
 * @param output what SHELL gives; with the hidden columns among those carried where rows are aligned.
 * @param input what it gets, with the hidden columns if it has event time.
 */
export function withShellTime(output: Relation, input: Relation, clause: TimeClause | undefined): Relation {
  const { plan } = output;
  if (plan.op !== 'shell') return output;
  if (clause?.value === 'from') return timedBy(output, plan, timeColumn(output, clause));
  if (input.eventTime === undefined) return output;
  const isCarried = plan.carried.includes(timeField.name);
  const wanted =
    clause?.value ?? (isCarried ? 'inherit' : plan.groups?.windowEnd !== undefined ? 'window end' : 'latest');
  switch (wanted) {
    case 'inherit':
      if (isCarried) return { ...output, ...timeOf(input) };
      return fault('E0402', clause!.span, 'TIME INHERIT where no row is known to come of one input row', {
        label: 'whose time would it be?',
        help: ['declare `EMITS ONE` (or `AS MAP`), or `AS FILTER`; or TIME LATEST, TIME FROM column'],
      });
    case 'window end': {
      const end = plan.schema.find((f) => f.name === plan.groups?.windowEnd);
      if (end !== undefined) return timedBy(output, plan, lastMoment(end));
      return fault('E0402', clause!.span, 'TIME WINDOW END of a command that sees no windows', {
        label: 'there is no window',
        help: ['declare SCOPE WINDOW, over rows of TUMBLE, HOP and the like'],
      });
    }
    case 'earliest':
    case 'latest': {
      const bare = plain(plan);
      const stamped: Shell = { ...bare, time: wanted, schema: [...bare.schema, timeField, markField] };
      return { ...output, plan: stamped, ...timeOf(input) };
    }
  }
}

/** The command, none of the hidden columns carried around it. */
function plain(plan: Shell): Shell {
  const carried = plan.carried.filter((name) => !isHidden({ name }));
  return { ...plan, carried, schema: plan.schema.filter((f) => !isHidden(f)) };
}

function timeColumn(output: Relation, { column: name, span }: TimeClause): Expr {
  const found = output.columns.find((c: ScopeColumn) => name !== undefined && sameName(c.label, name.text));
  if (found === undefined || found.field.type !== 'TIMESTAMP')
    fault('E0203', name?.span ?? span, `TIME FROM \`${name?.text}\`, which is ${found?.field.type ?? 'not written'}`, {
      label: 'expected a TIMESTAMP column of the output',
      help: ['declare it so: WRITES (.. at TIMESTAMP)'],
    });
  return fieldRef(found.field);
}

/** [start, end) */
const lastMoment = (end: Field): Expr => call('timestamp_add', [fieldRef(end), integer(0), integer(-1)]);

/** Rows in the order of their times, as far as the command keeps that; one that falls behind is late. */
function timedBy(output: Relation, shell: Shell, time: Expr): Relation {
  const bare = plain(shell);
  const input: Plan = projectPlan(bare, bare.schema, bare.schema.map(fieldRef));
  const plan: Watermark = {
    op: 'watermark',
    schema: [...input.schema, timeField, markField],
    input,
    label: shell.label,
    time,
    bound: time,
    late: 'drop',
    onError: 'fail',
    ...(shell.origin && { origin: shell.origin }),
  };
  return { ...without(output, 'eventTime'), plan, eventTime: { time: timeField, mark: markField } };
}
