import { rowCount, rowRange, type RecordBatch } from './batch.ts';
import { copyBytes } from './bytes.ts';
import { columnBuilder } from './builder.ts';
import { cell } from './cell.ts';
import { isNull, newNulls, setNull, type Column, type Nulls, type Utf8Column } from './column.ts';
import type { Schema, Type } from './types.ts';

/** In place of a row number: a row of NULLs (outer joins), or no group (`KeyTable`). */
export const NO_ROW = 0xffffffff;

/** The given cells in that order as a fresh column that shares nothing; `NO_ROW` gives NULL. */
export function gather(column: Column, rows: Uint32Array): Column {
  if (column.kind !== 'utf8') return pick(column, rows);
  const n = rows.length;
  const offsets = new Uint32Array(n + 1);
  const { bytes, starts, ends } = column;
  const nulls = gatherNulls(column.nulls, rows);
  let size = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    if (!isNull(nulls, i)) size += ends[row]! - starts[row]!;
    offsets[i + 1] = size;
  }
  const copy = Buffer.allocUnsafeSlow(size);
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    if (!isNull(nulls, i)) copyBytes(bytes, starts[row]!, ends[row]!, copy, offsets[i]!);
  }
  return { kind: 'utf8', bytes: copy, starts: offsets.subarray(0, n), ends: offsets.subarray(1), nulls };
}

/** As `gather`, but TEXT stays a view into the same bytes: cheaper, and it keeps them alive. */
export function pick(column: Column, rows: Uint32Array): Column {
  const n = rows.length;
  if (column.kind === 'any') {
    const values = column.values;
    return { kind: 'any', values: Array.from(rows, (row) => (row === NO_ROW ? null : (values[row] ?? null))) };
  }
  const nulls = gatherNulls(column.nulls, rows);
  switch (column.kind) {
    case 'f64': {
      const values = new Float64Array(n);
      for (let i = 0; i < n; i++) values[i] = rows[i] === NO_ROW ? 0 : column.values[rows[i]!]!;
      return { kind: 'f64', values, nulls };
    }
    case 'i64': {
      const values = new BigInt64Array(n);
      for (let i = 0; i < n; i++) values[i] = rows[i] === NO_ROW ? 0n : column.values[rows[i]!]!;
      return { kind: 'i64', values, nulls };
    }
    case 'bool': {
      const values = new Uint8Array(n);
      for (let i = 0; i < n; i++) values[i] = rows[i] === NO_ROW ? 0 : column.values[rows[i]!]!;
      return { kind: 'bool', values, nulls };
    }
    case 'utf8': {
      const starts = new Uint32Array(n);
      const ends = new Uint32Array(n);
      for (let i = 0; i < n; i++) {
        const row = rows[i]!;
        if (row === NO_ROW) continue;
        starts[i] = column.starts[row]!;
        ends[i] = column.ends[row]!;
      }
      return { kind: 'utf8', bytes: column.bytes, starts, ends, nulls };
    }
  }
}

function gatherNulls(nulls: Nulls, rows: Uint32Array): Nulls {
  let out: Uint8Array | undefined;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row !== NO_ROW && (nulls === undefined || (nulls[row >> 3]! & (1 << (row & 7))) === 0)) continue;
    out ??= newNulls(rows.length);
    setNull(out, i);
  }
  return out;
}

/** The given rows in that order, as a batch without selection that shares nothing with this one. */
export const gatherBatch = (batch: RecordBatch, rows: Uint32Array): RecordBatch => ({
  schema: batch.schema,
  length: rows.length,
  columns: batch.columns.map((column) => gather(column, rows)),
});

/** The same rows without a selection. TEXT still shares the bytes. */
export function compact(batch: RecordBatch): RecordBatch {
  const { schema, selection } = batch;
  if (selection === undefined) return batch;
  return { schema, length: selection.length, columns: batch.columns.map((column) => pick(column, selection)) };
}

/** Rows `from .. to` (counted among those that exist) of a batch; shares everything. */
export function slice(batch: RecordBatch, from: number, to: number): RecordBatch {
  const count = rowCount(batch);
  const end = Math.min(to, count);
  if (from === 0 && end === count) return batch;
  if (batch.selection !== undefined) return { ...batch, selection: batch.selection.subarray(from, end) };
  return { ...batch, selection: rowRange(from, end) };
}

/** All rows of the batches, in order, as one fresh batch without selection. The batches agree in their types. */
export function concat(schema: Schema, batches: readonly RecordBatch[]): RecordBatch {
  const length = batches.reduce((sum, batch) => sum + rowCount(batch), 0);
  return { schema, length, columns: schema.map((field, c) => concatColumn(field.type, c, batches, length)) };
}

function concatColumn(type: Type, c: number, batches: readonly RecordBatch[], length: number): Column {
  const kinds = new Set(batches.map((batch) => batch.columns[c]!.kind));
  const parts = batches.map((batch) => {
    const column = batch.columns[c]!;
    return batch.selection === undefined ? column : pick(column, batch.selection);
  });
  const counts = batches.map(rowCount);
  if (kinds.size === 1 && kinds.has('f64')) {
    const values = new Float64Array(length);
    let at = 0;
    parts.forEach((part, p) => {
      values.set((part as { values: Float64Array }).values.subarray(0, counts[p]), at);
      at += counts[p]!;
    });
    return { kind: 'f64', values, nulls: concatNulls(parts, counts, length) };
  }
  if (kinds.size === 1 && kinds.has('utf8')) return concatText(parts as Utf8Column[], counts, length);
  const builder = columnBuilder(type, length);
  parts.forEach((part, p) => {
    for (let row = 0; row < counts[p]!; row++) builder.append(cell(part, type, row));
  });
  return builder.finish();
}

function concatText(parts: readonly Utf8Column[], counts: readonly number[], length: number): Column {
  let size = 0;
  parts.forEach(({ starts, ends, nulls }, p) => {
    for (let row = 0; row < counts[p]!; row++) if (!isNull(nulls, row)) size += ends[row]! - starts[row]!;
  });
  const bytes = Buffer.allocUnsafeSlow(size);
  const offsets = new Uint32Array(length + 1);
  let at = 0;
  let used = 0;
  parts.forEach((part, p) => {
    for (let row = 0; row < counts[p]!; row++) {
      if (!isNull(part.nulls, row)) {
        const start = part.starts[row]!;
        const end = part.ends[row]!;
        copyBytes(part.bytes, start, end, bytes, used);
        used += end - start;
      }
      offsets[++at] = used;
    }
  });
  const nulls = concatNulls(parts, counts, length);
  return { kind: 'utf8', bytes, starts: offsets.subarray(0, length), ends: offsets.subarray(1), nulls };
}

function concatNulls(parts: readonly Column[], counts: readonly number[], length: number): Nulls {
  let out: Uint8Array | undefined;
  let base = 0;
  parts.forEach((part, p) => {
    const nulls = part.kind === 'any' ? undefined : part.nulls;
    if (nulls !== undefined) {
      for (let row = 0; row < counts[p]!; row++) {
        if (isNull(nulls, row)) setNull((out ??= newNulls(length)), base + row);
      }
    }
    base += counts[p]!;
  });
  return out;
}
