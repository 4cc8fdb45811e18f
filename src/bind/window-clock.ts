import { timeField } from '../data/event-time.ts';
import { column, columnsOf, integer, substitute, type ColumnRef, type Expr } from '../expr/expr.ts';
import type { Job } from '../plan/job.ts';
import type { Aggregate, Join, Plan, Union } from '../plan/plan.ts';
import type { Window } from '../plan/windows.ts';
import { call } from './call.ts';
import { isMonotone } from './window-monotone.ts';
import type { Relation } from './scope.ts';

/** Stands for the event time that a column is traced back to. */
const TIME: ColumnRef = column(timeField.name, 'TIMESTAMP');

/** A column as a function (over `TIME`) of the column `name` of the operator `from`. */
interface Traced {
  readonly from: Plan;
  readonly name: string;
  readonly form: Expr;
  /** There is an aggregation in between. */
  readonly grouped?: true;
}

const itself = (from: Plan, name: string): Traced => ({ from, name, form: TIME });
const sameOrigin = (a: Traced, b: Traced): boolean => a.from === b.from && a.name === b.name;

/** Follows columns down to where they come from. */
export class Clocks {
  readonly #shared: Job['shared'];

  /** @param shared the sub-plans that `shared` leaves read. */
  constructor(shared: Job['shared']) {
    this.#shared = shared;
  }

  /**
   * An expression over the columns of a relation as a function of its event time that never falls, over the column with
   * the event time.
   *
   * @returns undefined where it is none, or where that cannot be seen.
   */
  clockOf({ plan, eventTime }: Pick<Relation, 'plan' | 'eventTime'>, e: Expr): Expr | undefined {
    if (eventTime === undefined) return undefined;
    const time = this.#trace(plan, eventTime.time.name);
    const found = this.#traceExpr(plan, e);
    if (found === undefined || time.form !== TIME || !sameOrigin(time, found) || !isMonotone(found.form))
      return undefined;
    return substitute(found.form, new Map([[TIME.name, column(eventTime.time.name, 'TIMESTAMP')]]));
  }

  /** The column of a window operator's output that an expression is. */
  windowColumnOf(plan: Plan, e: Expr): { readonly window: Window; readonly name: string } | undefined {
    if (e.kind !== 'column') return undefined;
    const { from, name, form } = this.#trace(plan, e.name);
    return from.op === 'window' && form === TIME ? { window: from, name } : undefined;
  }

  /** The windows whose groups a time comes from. */
  groupedWindowOf(plan: Plan, e: Expr): Window | undefined {
    const found = this.#traceExpr(plan, e);
    return found?.from.op === 'window' && found.grouped ? found.from : undefined;
  }

  #traceExpr(plan: Plan, e: Expr): Traced | undefined {
    const traced = [...columnsOf(e)].map((name) => [name, this.#trace(plan, name)] as const);
    const [first] = traced;
    if (first === undefined || !traced.every(([, t]) => sameOrigin(t, first[1]))) return undefined;
    if (e.kind === 'column') return first[1];
    return { ...first[1], form: substitute(e, new Map(traced.map(([name, t]) => [name, t.form]))) };
  }

  /** Follows a column down to the operator that made it; further where that is a function of a single column. */
  #trace(plan: Plan, name: string): Traced {
    switch (plan.op) {
      case 'project': {
        const at = plan.schema.findIndex((f) => f.name === name);
        return this.#traceExpr(plan.input, plan.exprs[at]!) ?? itself(plan, name);
      }
      case 'filter':
      case 'sort':
      case 'timesort':
      case 'delay':
      case 'limit':
      case 'limitby':
      case 'distinct':
      case 'over':
      case 'lookup':
      case 'expand':
        return plan.input.schema.some((f) => f.name === name) ? this.#trace(plan.input, name) : itself(plan, name);
      case 'shell':
        return plan.input !== undefined && plan.carried.includes(name)
          ? this.#trace(plan.input, name)
          : itself(plan, name);
      case 'shared': {
        const read = this.#shared[plan.id];
        return read === undefined ? itself(plan, name) : this.#trace(read, name);
      }
      case 'watermark':
        return itself(plan, plan.time.kind === 'column' && plan.time.name === name ? timeField.name : name);
      case 'window':
        return traceWindow(plan, name);
      case 'aggregate':
        return this.#traceGroup(plan, name);
      case 'union':
        return this.#traceUnion(plan, name);
      case 'join':
        return this.#traceJoin(plan, name);
      default:
        return itself(plan, name);
    }
  }

  /** The event time of a group is that of one of its rows, all of which agree in the keys. */
  #traceGroup(plan: Aggregate, name: string): Traced {
    const key = plan.keys.find((k) => k.name === name)?.expr;
    const found =
      plan.closing === undefined
        ? undefined
        : name === timeField.name
          ? this.#trace(plan.input, plan.closing.time)
          : key && this.#traceExpr(plan.input, key);
    return found === undefined ? itself(plan, name) : { ...found, grouped: true };
  }

  /** A side that may be filled up with NULLs is not what it was. */
  #traceJoin(plan: Join, name: string): Traced {
    const { kind, left, right } = plan;
    if (left.schema.some((f) => f.name === name))
      return kind === 'right' || kind === 'full' ? itself(plan, name) : this.#trace(left, name);
    return kind === 'inner' || kind === 'right' ? this.#trace(right, name) : itself(plan, name);
  }

  /** All inputs must have made the column from their event time in the same way. */
  #traceUnion(plan: Union, name: string): Traced {
    const at = plan.schema.findIndex((f) => f.name === name);
    const timeAt = plan.schema.findIndex((f) => f.name === timeField.name);
    if (timeAt < 0) return itself(plan, name);
    const forms = plan.inputs.map((input) => {
      const time = this.#trace(input, input.schema[timeAt]!.name);
      const found = this.#trace(input, input.schema[at]!.name);
      return time.form === TIME && sameOrigin(time, found) ? found.form : undefined;
    });
    const texts = new Set(forms.map((form) => JSON.stringify(form)));
    return texts.size === 1 && forms[0] !== undefined
      ? { from: plan, name: timeField.name, form: forms[0] }
      : itself(plan, name);
  }
}

/** The event time of a windowed row is the end of its window less 1 us. */
function traceWindow(plan: Window, name: string): Traced {
  const { event, frame, start, end, stamp } = plan;
  if (event === undefined || frame.kind === 'rows') return itself(plan, name);
  const later = (us: number): Traced => ({
    from: plan,
    name: timeField.name,
    form: call('timestamp_add', [TIME, integer(0), integer(us)]),
  });
  if (name === end) return later(1);
  if (name === stamp) return itself(plan, timeField.name);
  return name === start && frame.kind === 'hop' ? later(1 - frame.size) : itself(plan, name);
}
