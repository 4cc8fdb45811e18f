import { hasEventTime, timeField } from '../data/event-time.ts';
import type { Expr } from '../expr/expr.ts';
import type { Job } from './job.ts';
import type { Join, Plan, Project, Union } from './plan.ts';
import type { Watermark } from './watermark.ts';
import type { Window } from './windows.ts';

type Names = ReadonlySet<string>;
const none: Names = new Set();

/**
 * Columns that order the rows of a plan just as their event time does: `$time`, the columns that it was taken from, and
 * the bounds of windows. Empty where rows have no event time.
 *
 * @param shared the sub-plans that `shared` leaves read.
 */
export function timeOrdered(plan: Plan, shared: Job['shared']): Names {
  return new Tracer(shared).of(plan);
}

class Tracer {
  readonly #shared: Job['shared'];

  constructor(shared: Job['shared']) {
    this.#shared = shared;
  }

  of(plan: Plan): Names {
    if (!hasEventTime(plan.schema)) return none;
    const found = this.#own(plan);
    return new Set(plan.schema.map((f) => f.name).filter((name) => name === timeField.name || found.has(name)));
  }

  #own(plan: Plan): Names {
    switch (plan.op) {
      case 'shared':
        return plan.id in this.#shared ? this.of(this.#shared[plan.id]!) : none;
      case 'watermark':
        return ofWatermark(plan);
      case 'project':
        return ofProject(plan, this.of(plan.input));
      case 'filter':
      case 'limit':
      case 'sort':
      case 'timesort':
      case 'delay':
      case 'distinct':
      case 'over':
        return this.of(plan.input);
      case 'shell': {
        const below = plan.input === undefined ? none : this.of(plan.input);
        return below.has(timeField.name) && plan.carried.includes(timeField.name)
          ? new Set(plan.carried.filter((name) => below.has(name)))
          : none;
      }
      case 'window':
        return ofWindow(plan);
      case 'aggregate': {
        const below = this.of(plan.input);
        const closing = JSON.stringify(plan.closing?.value);
        const isTimed = (e: Expr): boolean => isOneOf(e, below) || JSON.stringify(e) === closing;
        return new Set(plan.keys.filter((key) => isTimed(key.expr)).map((key) => key.name));
      }
      case 'union':
        return ofUnion(
          plan,
          plan.inputs.map((input) => this.of(input)),
        );
      case 'join':
        return ofJoin(plan, this.of(plan.left), this.of(plan.right));
      default:
        return none;
    }
  }
}

const isOneOf = (e: Expr, names: Names): boolean => e.kind === 'column' && names.has(e.name);

const ofWatermark = ({ time, perBatch }: Watermark): Names =>
  time.kind === 'column' && !perBatch ? new Set([time.name]) : none;

/** A projection that makes a time of its own of several (a join's) is over columns of which none alone is the time. */
function ofProject({ schema, exprs }: Project, below: Names): Names {
  const time = exprs[schema.findIndex((f) => f.name === timeField.name)];
  if (time?.kind !== 'column' || time.name !== timeField.name) return none;
  return new Set(schema.filter((_, i) => isOneOf(exprs[i]!, below)).map((f) => f.name));
}

/** Windows of one length begin in the order in which they end. */
function ofWindow({ frame, start, end, stamp, event }: Window): Names {
  if (event === undefined || frame.kind === 'rows') return none;
  return new Set([end, ...(stamp === undefined ? [] : [stamp]), ...(frame.kind === 'hop' ? [start] : [])]);
}

function ofUnion({ inputs: parts, schema }: Union, found: readonly Names[]): Names {
  return new Set(
    schema.filter((_, i) => parts.every((part, p) => found[p]!.has(part.schema[i]!.name))).map((f) => f.name),
  );
}

/** A join with rows that have no event time of their own keeps that of the others. */
function ofJoin({ kind }: Join, left: Names, right: Names): Names {
  if (kind === 'semi' || kind === 'anti' || kind === 'mark') return left;
  return left.size > 0 && right.size > 0 ? none : left.size > 0 ? left : right;
}
