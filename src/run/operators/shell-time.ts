import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { F64Column } from '../../data/column.ts';
import { isHidden, markField, NO_MARK, timeField } from '../../data/event-time.ts';
import type { Schema } from '../../data/types.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';

type Make = (plan: Shell, context: RunContext) => Operator;

/**
 * A command whose output has event time. Where rows carry theirs around it, the marks that come out with them tell how
 * far the watermark is; else each row gets the latest (or earliest) time among the rows that were sent before it.
 */
export function withShellTime(plan: Shell, context: RunContext, make: Make): Operator {
  const at = placeOf(plan.schema, markField.name);
  if (plan.input === undefined || at < 0) return make(plan, context);
  if (plan.time === undefined) return wrapped(make(plan, context), (out) => new Carried(out, at));
  const inner = make({ ...plan, schema: plan.schema.filter((f) => !isHidden(f)) }, context);
  return stamped(plan, inner);
}

const placeOf = (schema: Schema, name: string): number => schema.findIndex((f) => f.name === name);

/** The operator as it is, but for what it hands on. */
function wrapped(inner: Operator, wrap: (out: Output) => Output): Operator {
  let given: Output | undefined;
  let own: Output;
  const outOf = (out: Output): Output => {
    if (given !== out) [given, own] = [out, wrap(out)];
    return own;
  };
  return {
    onBatch: (batch, port, out) => inner.onBatch(batch, port, outOf(out)),
    onWatermark: (time, port, out) => inner.onWatermark?.(time, port, outOf(out)),
    onEnd: (port, out) => inner.onEnd?.(port, outOf(out)),
    onBarrier: (out) => inner.onBarrier?.(outOf(out)),
    ...(inner.wants && { wants: (port, out) => inner.wants!(port, outOf(out)) }),
    close: (failed) => inner.close?.(failed),
  };
}

/** Rows keep their order, so no later one was sent under a lower watermark than the marks that have come out. */
class Carried implements Output {
  readonly #out: Output;
  readonly #mark: number;

  constructor(out: Output, mark: number) {
    this.#out = out;
    this.#mark = mark;
  }

  get full(): boolean {
    return this.#out.full;
  }

  async emit(batch: RecordBatch): Promise<void> {
    await this.#out.emit(batch);
    const greatest = extreme(batch, this.#mark, Math.max, NO_MARK);
    if (greatest > NO_MARK) await this.#out.watermark(greatest);
  }

  watermark(time: number): void | Promise<void> {
    return this.#out.watermark(time);
  }
}

function stamped(plan: Shell, inner: Operator): Operator {
  const pick = plan.time === 'earliest' ? Math.min : Math.max;
  const none = plan.time === 'earliest' ? Infinity : -Infinity;
  const at = placeOf(plan.input!.schema, timeField.name);
  let seen = none;
  let mark = NO_MARK;
  const stamp = (out: Output): Output => ({
    get full() {
      return out.full;
    },
    async emit(batch) {
      // A command that writes before it was sent a row has the first moment there is.
      const time = Number.isFinite(seen) ? seen : NO_MARK;
      const column = (value: number): F64Column => ({
        kind: 'f64',
        values: new Float64Array(batch.length).fill(value),
        nulls: undefined,
      });
      const values = new Map([
        [timeField.name, time],
        [markField.name, mark],
      ]);
      const { schema } = plan;
      const columns = schema.map((f) => {
        const value = values.get(f.name);
        return value === undefined ? batch.columns[placeOf(batch.schema, f.name)]! : column(value);
      });
      await out.emit({ schema, length: batch.length, columns, selection: batch.selection });
      if (plan.time !== 'latest' || time <= mark) return;
      mark = time;
      await out.watermark(mark);
    },
    watermark: () => undefined,
  });
  const shell = wrapped(inner, stamp);
  return {
    ...shell,
    onBatch(batch, port, out) {
      seen = extreme(batch, at, pick, seen);
      return shell.onBatch(batch, port, out);
    },
  };
}

/** The least or greatest value of a TIMESTAMP column without NULLs. */
function extreme(batch: RecordBatch, at: number, pick: typeof Math.max, from: number): number {
  const { values } = batch.columns[at] as F64Column;
  let found = from;
  for (const row of rowsOf(batch)) found = pick(found, values[row]!);
  return found;
}
