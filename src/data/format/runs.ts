import type { RecordBatch } from '../batch.ts';
import { rowCount } from '../batch.ts';
import type { Utf8Column } from '../column.ts';

/**
 * The lines of a batch as one stretch of bytes, if they lie one behind the other in one buffer and no cell needs
 * changing: then a run of lines costs no copy of a row. Undefined where that is not so.
 *
 * @param specials bytes that the format would have to escape or quote.
 * @param emptyIsSpecial whether the format writes an empty cell as something else than nothing.
 */
export function runOfLines(
  batch: RecordBatch,
  specials: readonly number[],
  emptyIsSpecial: boolean,
): Uint8Array | undefined {
  const [column, ...others] = batch.columns;
  if (column?.kind !== 'utf8' || others.length > 0 || column.nulls !== undefined || rowCount(batch) === 0)
    return undefined;
  const end =
    batch.selection === undefined
      ? endOfRun(column, batch.length, emptyIsSpecial)
      : endOfSelected(column, batch.selection, emptyIsSpecial);
  if (end === undefined) return undefined;
  const { bytes } = column;
  const run = bytes.subarray(column.starts[batch.selection?.[0] ?? 0], end);
  if (specials.some((special) => run.includes(special))) return undefined;
  return column.oneLine === true || newlinesIn(run) === rowCount(batch) ? run : undefined;
}

/** Just behind the newline of the last cell, if each cell is followed by a newline and then by the next cell. */
function endOfRun({ bytes, starts, ends }: Utf8Column, rows: number, emptyIsSpecial: boolean): number | undefined {
  let at = starts[0]!;
  for (let row = 0; row < rows; row++) {
    const end = ends[row]!;
    if (starts[row] !== at || bytes[end] !== 10 || (emptyIsSpecial && end === at)) return undefined;
    at = end + 1;
  }
  return at;
}

function endOfSelected(
  { bytes, starts, ends }: Utf8Column,
  selection: Uint32Array,
  emptyIsSpecial: boolean,
): number | undefined {
  let at = starts[selection[0]!]!;
  for (const row of selection) {
    const end = ends[row]!;
    if (starts[row] !== at || bytes[end] !== 10 || (emptyIsSpecial && end === at)) return undefined;
    at = end + 1;
  }
  return at;
}

function newlinesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 10) count++;
  return count;
}
