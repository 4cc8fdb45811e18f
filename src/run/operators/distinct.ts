import { rowCount, rowNumbers, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { NO_ROW } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import type { Schema } from '../../data/types.ts';
import type { Distinct } from '../../plan/plan.ts';
import type { StateTtl } from '../../plan/state-ttl.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { KeyTtl } from './key-ttl.ts';
import { keyedOperator, type KeyedRows } from './keyed.ts';
import { positionsOf } from './positions.ts';
import { firstRows } from './window-groups.ts';

/** Lets the first row of each kind pass, as it comes. */
export function distinctOperator(plan: Distinct, context: RunContext): Operator {
  const { schema } = plan.input;
  const positions = positionsOf(plan.on ?? plan.schema.map((f) => f.name), schema);
  if (plan.ttl !== undefined) return fadingDistinct(plan.ttl, schema, positions);
  return keyedOperator(plan.input, positions, () => new DistinctKeys(schema, positions), context);
}

/** Lets the first row of each key pass, and the first one after its key has been forgotten. */
function fadingDistinct(plan: StateTtl, schema: Schema, positions: readonly number[]): Operator {
  let table = new KeyTable(positions.map((p) => schema[p]!));
  let target: Output;
  const ttl = new KeyTtl(plan, schema, {
    get size() {
      return table.size;
    },
    number: (batch) => table.groupIds(positions.map((p) => batch.columns[p]!), batch), // prettier-ignore
    take(rows, ids, before) {
      const selection = Uint32Array.from(firstRows(rows, ids, before));
      return selection.length === 0 ? undefined : target.emit({ ...rows, selection });
    },
    retain(ids) {
      table = table.retained(ids);
    },
  });
  return {
    get held() {
      const help = 'let rows be forgotten sooner: SET state_ttl';
      return { bytes: table.bytes + ttl.bytes, what: 'the set of the rows so far', help };
    },
    onBatch(batch, _port, out) {
      target = out;
      return ttl.take(batch);
    },
    async onWatermark(time, _port, out) {
      target = out;
      if (plan.eventTime !== undefined) await ttl.watermark(time);
      await out.watermark(time);
    },
  };
}

/** Lets the first row of each key pass. */
export class DistinctKeys implements KeyedRows {
  readonly #table: KeyTable;
  readonly #positions: readonly number[];

  constructor(schema: Schema, positions: readonly number[]) {
    this.#positions = positions;
    this.#table = new KeyTable(
      positions.map((p) => schema[p]!),
      false,
    );
  }

  get bytes(): number {
    return this.#table.bytes;
  }

  get growth(): number {
    return this.#table.growth;
  }

  add(batch: RecordBatch): Uint32Array {
    let next = this.#table.size;
    const ids = this.#table.groupIds(this.#keysOf(batch), batch);
    const selection = new Uint32Array(rowCount(batch));
    let n = 0;
    // Groups are numbered in the order they come, so a row is the first of its group iff it has the next number.
    for (const row of rowsOf(batch)) {
      if (ids[row] !== next) continue;
      selection[n++] = row;
      next++;
    }
    return selection.subarray(0, n);
  }

  addKnown(batch: RecordBatch): { readonly passing: Uint32Array; readonly others: Uint32Array } {
    const ids = this.#table.find(this.#keysOf(batch), batch);
    const others = rowNumbers(batch).filter((row) => ids[row] === NO_ROW);
    return { passing: new Uint32Array(0), others };
  }

  #keysOf(batch: RecordBatch): RecordBatch['columns'] {
    return this.#positions.map((p) => batch.columns[p]!);
  }
}
