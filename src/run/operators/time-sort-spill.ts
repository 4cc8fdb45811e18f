import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { timeField } from '../../data/event-time.ts';
import type { MergeKey } from '../../data/merge-order.ts';
import type { Field, Schema } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { compileExpr, type Kernel } from '../../expr/kernel/compile.ts';
import type { TimeSort } from '../../plan/watermark.ts';
import type { RunContext } from '../context.ts';
import { DueRows, type IsDue } from '../due-rows.ts';
import { instant } from './window-open.ts';
import { placeOf } from './window-times.ts';

/** Rows that wait for the watermark, in scratch files: in the order of the keys. */
export class TimeSortSpill {
  readonly #schema: Schema;
  /** Keys that are no columns are kept beside the rows: they need not come out the same again. */
  readonly #computed: readonly Kernel[];
  /** Place and type of what rows are due by. */
  readonly #due: { readonly at: number; readonly type: Field['type'] };
  readonly #isTime: boolean;
  readonly #rows: DueRows;

  constructor(plan: TimeSort, context: RunContext) {
    const { schema } = plan.input;
    this.#schema = schema;
    this.#isTime = plan.closing === undefined;
    const timeAt = placeOf(schema, timeField.name);
    const at = plan.closing === undefined ? timeAt : placeOf(schema, plan.closing.column);
    this.#due = { at, type: schema[at]!.type };
    const computed = plan.keys.filter(({ expr }) => expr.kind !== 'column');
    this.#computed = computed.map(({ expr }) => compileExpr(expr, schema));
    const order = plan.keys.map((key): MergeKey => {
      const { expr, descending, nullsFirst, collation } = key;
      const own = expr.kind === 'column' ? placeOf(schema, expr.name) : schema.length + computed.indexOf(key);
      return { at: own, type: expr.type, descending, nullsFirst, collation };
    });
    const kept = [...schema, ...computed.map(({ expr }, k): Field => ({ name: `$key${k}`, type: expr.type }))];
    this.#rows = new DueRows(kept, this.#isTime ? 'REAL' : 'ANY', timeAt, context, order);
  }

  get isEmpty(): boolean {
    return this.#rows.isEmpty;
  }

  /** About what it takes in memory. */
  get bytes(): number {
    return this.#rows.bytes;
  }

  /** None of the rows happened before; us. */
  get earliest(): number {
    return this.#rows.earliest;
  }

  /** @throws RunError E0701 */
  add(batch: RecordBatch): void {
    const columns = [...batch.columns, ...this.#computed.map((kernel) => kernel(batch))];
    this.#rows.add({ ...batch, columns }, this.#isTime ? batch.columns[this.#due.at]! : this.#values(batch));
  }

  /** Takes out the rows that are due, by their time or by what they close by. */
  *take(isDue: IsDue): Generator<RecordBatch> {
    const width = this.#schema.length;
    for (const batch of this.#rows.take(isDue))
      yield { ...batch, schema: this.#schema, columns: batch.columns.slice(0, width) };
  }

  close(): void {
    this.#rows.close();
  }

  /** What rows close by. */
  #values(batch: RecordBatch): Column {
    const { at, type } = this.#due;
    const values = new Array<Value>(batch.length).fill(null);
    for (const row of rowsOf(batch)) values[row] = instant(batch.columns[at]!, type, row);
    return { kind: 'any', values };
  }
}
