import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { isHidden, NO_MARK, timeField } from '../../data/event-time.ts';
import type { Field } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { column as columnRef, type Expr } from '../../expr/expr.ts';
import { compileExpr, type Kernel } from '../../expr/kernel/compile.ts';
import type { Aggregate, AggregateCall } from '../../plan/plan.ts';
import type { Closing } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import { DueRows, type IsDue } from '../due-rows.ts';
import type { Operator, Output } from '../operator.ts';
import { Pause } from '../pause.ts';
import { aggregateOperator } from './aggregate.ts';
import { instant } from './window-open.ts';
import { placeOf } from './window-times.ts';

/**
 * The rows of groups for which the memory has no room, in scratch files until their windows are over: then they are
 * aggregated, some windows at a time. Groups come out in the order of their windows, then in that of their first rows.
 */
export class WindowSpill {
  /** Whether new groups are to be kept here. */
  isShort = false;
  readonly #plan: Aggregate;
  readonly #closing: Closing;
  readonly #context: RunContext;
  readonly #keys: readonly Kernel[];
  readonly #rows: DueRows;
  readonly #isNumber: boolean;
  readonly #result: (batch: RecordBatch) => RecordBatch;
  /** That of the windows at hand. */
  #aggregate: Operator | undefined;

  constructor(plan: Aggregate, closing: Closing, context: RunContext) {
    const { schema } = plan.input;
    const { keys, plan: inner } = ofKeptRows(plan, closing);
    this.#plan = inner;
    this.#closing = closing;
    this.#context = context;
    this.#keys = keys.map((key) => compileExpr(key, schema));
    this.#isNumber = ['INTEGER', 'REAL', 'TIMESTAMP', 'BOOLEAN'].includes(closing.value.type);
    const due = this.#isNumber ? 'REAL' : 'ANY';
    this.#rows = new DueRows(inner.input.schema, due, placeOf(schema, closing.time), context);
    this.#result = resultOf(plan);
  }

  /** About what it takes in memory. */
  get bytes(): number {
    return this.#rows.bytes;
  }

  /** None of the rows happened before; us. */
  get earliest(): number {
    return this.#rows.earliest;
  }

  /** Whether a row whose group is not in memory goes here, by what its window closes by. */
  takes(value: Value): boolean {
    // What closes by no number where numbers are expected is as rare as NULL, which never closes.
    if (value === null || (this.#isNumber && typeof value !== 'number')) return false;
    // Of a group that has rows here all others have to come here, too.
    return this.isShort || this.#rows.spans(value);
  }

  /** Keeps rows. @param values what they close by. @param keys of the groups, see `keysOf`. */
  keep(batch: RecordBatch, values: Column, keys: readonly Column[]): void {
    const { type } = this.#closing.value;
    const due: Column = this.#isNumber
      ? { kind: 'f64', values: new Float64Array(batch.length), nulls: undefined }
      : { kind: 'any', values: new Array<Value>(batch.length).fill(null) };
    for (const row of rowsOf(batch)) (due.values as Value[])[row] = instant(values, type, row);
    this.#rows.add({ ...batch, columns: [...batch.columns, ...keys] }, due);
  }

  /** The keys of the groups, by physical row. */
  keysOf(batch: RecordBatch): Column[] {
    return this.#keys.map((key) => key(batch));
  }

  has(isDue: IsDue): boolean {
    return this.#rows.has(isDue);
  }

  /** Gives the groups whose windows are over, and forgets them. */
  async emit(isDue: IsDue, out: Output): Promise<void> {
    const pause = new Pause(this.#context.signal);
    const aggregate = (this.#aggregate = aggregateOperator(this.#plan, this.#context));
    const given: Output = {
      emit: (batch) => out.emit(this.#result(batch)),
      watermark: () => undefined,
      get full() {
        return out.full;
      },
    };
    for (const batch of this.#rows.take(isDue)) {
      await aggregate.onBatch(batch, 0, given);
      await pause.taken();
    }
    await aggregate.onEnd!(0, given);
    await aggregate.close!(false);
  }

  async close(failed: boolean): Promise<void> {
    await this.#aggregate?.close!(failed);
    this.#rows.close();
  }
}

/** The aggregation of the rows as they are kept: behind them their keys, which are computed once. */
function ofKeptRows(plan: Aggregate, { time }: Closing): { readonly keys: readonly Expr[]; readonly plan: Aggregate } {
  const { closing: _, ...whole } = plan;
  const keys = plan.keys.map(({ name, expr }, k): Field => ({ ...plan.schema[k]!, name: `$${name}`, type: expr.type }));
  const visible = plan.schema.slice(0, plan.keys.length + plan.aggregates.length);
  // Which row bare columns come from is said by the only min() or max().
  const fn = plan.bare.length > 0 ? 'arg_max' : 'max';
  const at = columnRef(time, 'TIMESTAMP');
  const latest: AggregateCall = { name: timeField.name, fn, args: fn === 'max' ? [at] : [at, at], distinct: false, type: 'TIMESTAMP' }; // prettier-ignore
  const bare = plan.schema.slice(visible.length, visible.length + plan.bare.length);
  return {
    keys: plan.keys.map(({ expr }) => expr),
    plan: {
      ...whole,
      schema: [...visible, timeField, ...bare],
      input: { op: 'values', schema: [...plan.input.schema, ...keys], rows: [] },
      keys: keys.map(({ name, type }, k) => ({ name: plan.keys[k]!.name, expr: columnRef(name, type) })),
      aggregates: [...plan.aggregates, latest],
    },
  };
}

/** Makes the rows of the plan of those of `ofKeptRows`. */
function resultOf({ schema, keys, aggregates }: Aggregate): (batch: RecordBatch) => RecordBatch {
  const timeAt = keys.length + aggregates.length;
  return ({ columns, ...batch }) => {
    const visible = columns.toSpliced(timeAt, 1);
    const mark = (): Column => ({
      kind: 'f64',
      values: new Float64Array(batch.length).fill(NO_MARK),
      nulls: undefined,
    });
    const hidden = schema.filter(isHidden).map(({ name }) => (name === timeField.name ? columns[timeAt]! : mark()));
    return { ...batch, schema, columns: [...visible, ...hidden] };
  };
}
