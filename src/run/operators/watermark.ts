import { performance } from 'node:perf_hooks';
import { Bug, RunError } from '../../base/errors.ts';
import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { isNull, numberColumn, type Column, type F64Column, type Utf8Column } from '../../data/column.ts';
import { NO_MARK } from '../../data/event-time.ts';
import type { Schema } from '../../data/types.ts';
import type { Expr } from '../../expr/expr.ts';
import { compileExpr, type Kernel } from '../../expr/kernel/compile.ts';
import { printExpr } from '../../expr/print.ts';
import { bounded } from '../../plan/facts.ts';
import type { Watermark } from '../../plan/watermark.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { IdleClock } from './idle-clock.ts';
import { LateRows } from './late-sink.ts';
import { Places } from './watermark-places.ts';

export const watermarkOperator = (plan: Watermark, context: RunContext): Operator =>
  new WatermarkOperator(plan, context);

/** Rows of one batch, told apart. */
interface Judged {
  readonly time: Float64Array;
  readonly mark: Float64Array;
  /** Physical numbers of the rows that go on; of those that go to the sink of late rows. */
  readonly kept: Uint32Array;
  readonly late: Uint32Array;
}

/** Each row gets its time and the watermark before it; the watermark itself follows each batch. */
class WatermarkOperator implements Operator {
  readonly #plan: Watermark;
  readonly #context: RunContext;
  readonly #time: Kernel;
  readonly #bound: Kernel;
  /** Columns of the input that are handed on, and the one that tells the place of a row. */
  readonly #columns: readonly number[];
  readonly #placeColumn: number | undefined;
  readonly #places: Places;
  readonly #lateRows: LateRows | undefined;
  #rows = 0;
  readonly #clock: IdleClock;

  constructor(plan: Watermark, context: RunContext) {
    const { schema } = plan.input;
    this.#plan = plan;
    this.#context = context;
    this.#clock = new IdleClock(plan.idle, (now) => this.#byClock(now), context);
    this.#time = compileExpr(plan.time, schema);
    this.#bound = compileShift(plan.bound, schema);
    this.#places = new Places(plan.partitions, performance.now());
    this.#columns = schema.flatMap(({ name }, i) => (name === plan.partitions?.column ? [] : [i]));
    if (plan.partitions !== undefined)
      this.#placeColumn = schema.findIndex(({ name }) => name === plan.partitions!.column);
    if (plan.into !== undefined) {
      const handedOn = this.#columns.map((i) => schema[i]!);
      this.#lateRows = new LateRows(plan.into, handedOn, context, !bounded(plan.input));
    }
  }

  wants(_port: number, out: Output): boolean {
    return !out.full;
  }

  onBatch(batch: RecordBatch, _port: number, out: Output): Promise<void> {
    return this.#clock.attended(out, () => this.#hand(batch, out));
  }

  /** What is said further up the stream is about other times. */
  onWatermark(): void {
    return undefined;
  }

  onEnd(): Promise<void> {
    return this.#clock.stop();
  }

  async close(failed: boolean): Promise<void> {
    await this.#clock.stop();
    await this.#lateRows?.close(failed);
  }

  async #hand(batch: RecordBatch, out: Output): Promise<void> {
    const { time, mark, kept, late } = this.#judge(batch);
    const { schema, input } = this.#plan;
    const columns = this.#columns.map((i) => batch.columns[i]!);
    if (late.length > 0)
      await this.#lateRows!.write({
        schema: this.#columns.map((i) => input.schema[i]!),
        length: batch.length,
        columns,
        selection: late,
      });
    if (kept.length > 0) {
      const selection = kept.length === rowCount(batch) ? batch.selection : kept;
      const hidden = [time, mark].map(numberColumn);
      await out.emit({ schema, length: batch.length, columns: [...columns, ...hidden], selection });
    }
    const { watermark } = this.#places;
    if (watermark > NO_MARK) await out.watermark(watermark);
  }

  #judge(batch: RecordBatch): Judged {
    const times = moments(this.#time(batch));
    const bounds = moments(this.#bound(batch));
    const { late: policy, perBatch } = this.#plan;
    const places = this.#places;
    const now = performance.now();
    const placeOf = this.#placesOf(batch, now);
    const time = new Float64Array(batch.length);
    const mark = new Float64Array(batch.length);
    const kept = new Uint32Array(rowCount(batch));
    const late = new Uint32Array(policy === 'into' ? kept.length : 0);
    const last = perBatch ? latest(batch, times) : undefined;
    let [n, m] = [0, 0];
    let { watermark } = places;
    for (const row of rowsOf(batch)) {
      this.#rows++;
      if (isNull(times.nulls, row)) {
        this.#timeless();
        continue;
      }
      const at = last ?? times.values[row]!;
      const isLate = at < watermark;
      time[row] = at;
      mark[row] = isLate && policy === 'keep' ? NO_MARK : watermark;
      if (isLate && policy === 'into') late[m++] = row;
      else kept[n++] = row;
      if (isNull(bounds.nulls, row)) continue;
      const raised = places.raise(placeOf(row), bounds.values[row]!);
      if (!perBatch) watermark = raised;
    }
    return { time, mark, kept: kept.subarray(0, n), late: late.subarray(0, m) };
  }

  /** The place of each row; its name is only read where it changes. */
  #placesOf(batch: RecordBatch, now: number): (row: number) => number {
    const places = this.#places;
    if (this.#placeColumn === undefined) {
      places.heard(0, now);
      return () => 0;
    }
    const names = batch.columns[this.#placeColumn] as Utf8Column;
    const { bytes, starts, ends } = names;
    let [start, end, place] = [-1, -1, -1];
    return (row) => {
      if (starts[row] === start && ends[row] === end) return place;
      [start, end] = [starts[row]!, ends[row]!];
      place = places.place(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString(), now);
      places.heard(place, now);
      return place;
    };
  }

  #timeless(): void {
    const { label, time, onError } = this.#plan;
    const message = `source ${label}: row ${this.#rows} has no event time: ${printExpr(time)} is NULL`;
    if (onError === 'fail')
      throw new RunError({
        code: 'E0702',
        message,
        help: ["on_error = 'skip' leaves such rows out, and counts them"],
      });
    this.#context.progress.rowsSkipped++;
    if (this.#context.progress.rowsSkipped <= MOST_SHOWN) this.#context.log(`skipped: ${message}`);
  }

  #byClock(now: number): number | undefined {
    const before = this.#places.watermark;
    const watermark = this.#places.tick(now, this.#plan.idle!);
    return watermark > before ? watermark : undefined;
  }
}

/** `x +- INTERVAL` of fixed length, which nearly all watermarks are, as one addition; others as any expression. */
function compileShift(e: Expr, schema: Schema): Kernel {
  const [time, months, us] = e.kind === 'call' && e.fn === 'timestamp_add' ? e.args : [];
  const isFixed = months?.kind === 'literal' && months.value === 0 && us?.kind === 'literal';
  if (time?.type !== 'TIMESTAMP' || !isFixed || typeof us.value !== 'number') return compileExpr(e, schema);
  const kernel = compileExpr(time, schema);
  const shift = us.value;
  return (batch) => {
    const { values, nulls } = moments(kernel(batch));
    return { kind: 'f64', values: values.map((value) => value + shift), nulls };
  };
}

/** After that many, rows left out are only counted. */
const MOST_SHOWN = 5;

function moments(column: Column): F64Column {
  if (column.kind !== 'f64') throw new Bug(`event time in a column of kind ${column.kind}`);
  return column;
}

/** The greatest time of a batch; undefined where it has none. */
function latest(batch: RecordBatch, { values, nulls }: F64Column): number | undefined {
  let found: number | undefined;
  for (const row of rowsOf(batch)) {
    if (!isNull(nulls, row) && (found === undefined || values[row]! > found)) found = values[row]!;
  }
  return found;
}
