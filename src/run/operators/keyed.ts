import { bounded } from '../../plan/facts.ts';
import type { RecordBatch } from '../../data/batch.ts';
import type { Plan } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';
import { KeyedSpill } from './keyed-spill.ts';

/** Lets rows pass, or not, by what it knows of their keys. Selections are physical row numbers, ascending. */
export interface KeyedRows {
  /** About what it takes. */
  readonly bytes: number;
  /** What it will take on top for a moment, where it is about to grow. */
  readonly growth: number;
  /** @returns the rows that pass. */
  add(batch: RecordBatch): Uint32Array;
  /** As `add`, but rows with keys that are not there yet are left out, and given back as `others`. */
  addKnown(batch: RecordBatch): { readonly passing: Uint32Array; readonly others: Uint32Array };
}

/**
 * Lets rows pass as they come. When the memory does not hold more keys, the rows with keys that are not there yet wait in
 * a scratch file for the end of the input; the rows that pass are in the order of the input all the same.
 *
 * @param positions of the columns that are the key. @param make without any keys.
 */
export function keyedOperator(
  input: Plan,
  positions: readonly number[],
  make: () => KeyedRows,
  context: RunContext,
): Operator {
  const account = context.memory.open();
  const ends = bounded(input);
  let keyed: KeyedRows | undefined = make();
  let spill: KeyedSpill | undefined;
  return {
    onBatch(batch, _port, out) {
      const passing = spill === undefined ? keyed!.add(batch) : spill.addTo(keyed!, batch);
      const isTooMuch = account.hold(keyed!.bytes + keyed!.growth);
      if (isTooMuch && ends) spill ??= new KeyedSpill(batch.schema, positions, make, context);
      if (!ends)
        context.memory.refuse(
          keyed!.bytes,
          'the set of the rows so far',
          'let the rows end: LIMIT n; or let keys be forgotten: SET state_ttl',
        );
      return passing.length === 0 ? undefined : out.emit({ ...batch, selection: passing });
    },
    /** Of rows that wait nothing can be promised. */
    onWatermark: (time, _port, out) => (spill === undefined ? out.watermark(time) : undefined),
    async onEnd(_port, out) {
      // The rows that wait have other keys.
      keyed = undefined;
      account.close();
      if (spill !== undefined && !out.full) await spill.emit(out);
    },
    close() {
      account.close();
      spill?.close();
    },
  };
}
