import type { Window } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';
import { assignWindows } from './window-assign.ts';
import { rowWindows } from './window-rows.ts';
import { streamingSessions } from './window-session.ts';
import { settledSessions } from './window-session-settled.ts';

/** Gives each row the bounds of its windows. */
export function windowOperator(plan: Window, context: RunContext): Operator {
  const { frame, event } = plan;
  switch (frame.kind) {
    case 'hop':
    case 'cumulate':
      return assignWindows(plan, frame, context);
    case 'session':
      return event === undefined ? settledSessions(plan, frame, context) : streamingSessions(plan, frame, context);
    case 'rows':
      return rowWindows(plan, frame, context);
  }
}
