import type { RecordBatch } from './batch.ts';
import { columnBuilder } from './builder.ts';
import { copyBytes } from './bytes.ts';
import { isNull, newNulls, setNull, type Column, type Nulls, type Utf8Column } from './column.ts';
import type { Schema, Type } from './types.ts';

/** Rows of several batches: the i-th is row `rows[i]` of `sources[which[i]]`. The result shares nothing with them. */
export function interleave(
  schema: Schema,
  sources: readonly RecordBatch[],
  which: Uint32Array,
  rows: Uint32Array,
): RecordBatch {
  const columns = schema.map(({ type }, c) =>
    interleaved(
      type,
      sources.map((source) => source.columns[c]!),
      which,
      rows,
    ),
  );
  return { schema, length: rows.length, columns };
}

function interleaved(type: Type, sources: readonly Column[], which: Uint32Array, rows: Uint32Array): Column {
  const n = rows.length;
  if (sources.every((column) => column.kind === 'f64')) {
    const values = new Float64Array(n);
    for (let i = 0; i < n; i++) values[i] = sources[which[i]!]!.values[rows[i]!]!;
    return { kind: 'f64', values, nulls: interleavedNulls(sources, which, rows) };
  }
  if (sources.every((column) => column.kind === 'utf8')) return interleavedText(sources, which, rows);
  const builder = columnBuilder(type, n);
  for (let i = 0; i < n; i++) builder.appendFrom(sources[which[i]!]!, type, rows[i]!);
  return builder.finish();
}

function interleavedText(sources: readonly Utf8Column[], which: Uint32Array, rows: Uint32Array): Utf8Column {
  const n = rows.length;
  const nulls = interleavedNulls(sources, which, rows);
  const offsets = new Uint32Array(n + 1);
  let size = 0;
  for (let i = 0; i < n; i++) {
    const { starts, ends } = sources[which[i]!]!;
    if (!isNull(nulls, i)) size += ends[rows[i]!]! - starts[rows[i]!]!;
    offsets[i + 1] = size;
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let i = 0; i < n; i++) {
    if (isNull(nulls, i)) continue;
    const source = sources[which[i]!]!;
    copyBytes(source.bytes, source.starts[rows[i]!]!, source.ends[rows[i]!]!, bytes, offsets[i]!);
  }
  return { kind: 'utf8', bytes, starts: offsets.subarray(0, n), ends: offsets.subarray(1), nulls };
}

function interleavedNulls(sources: readonly { readonly nulls: Nulls }[], which: Uint32Array, rows: Uint32Array): Nulls {
  if (sources.every(({ nulls }) => nulls === undefined)) return undefined;
  let out: Uint8Array | undefined;
  for (let i = 0; i < rows.length; i++)
    if (isNull(sources[which[i]!]!.nulls, rows[i]!)) setNull((out ??= newNulls(rows.length)), i);
  return out;
}
