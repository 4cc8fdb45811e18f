import { Encoder, setSizeLimits } from 'cbor-x';
import { rowRange, type RecordBatch } from './batch.ts';
import { isNull, newNulls, type Column, type F64Column, type Nulls } from './column.ts';
import { gather } from './gather.ts';
import { blobCount, packCells, unpackable, unpackCells, type PackedCells } from './packed-cells.ts';
import type { Schema, Type } from './types.ts';
import type { Value } from './value.ts';

/** Bytes that are no batch of the schema. */
export class CodecError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CodecError';
  }
}

// A hostile header may announce an array of a hundred million entries; ours has one entry per column.
setSizeLimits({ maxArraySize: 100_000, maxMapSize: 64, maxObjectSize: 64 });
const cbor = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false, variableMapSize: true });

/**
 * A column on the wire; `u` is its null bitmap. TEXT stays packed, since decoding it would cost twenty times the rest.
 * Cells of any class are packed too: CBOR itself would lose -0.0 and the difference of 7 and 7.0.
 */
type Wire =
  | { k: 'f64'; v: Float64Array; u?: Uint8Array }
  | { k: 'i64'; v: BigInt64Array; u?: Uint8Array }
  | { k: 'bool'; v: Uint8Array; u?: Uint8Array }
  | { k: 'utf8'; o: Uint32Array; d: Uint8Array; u?: Uint8Array }
  | ({ k: 'any' } & PackedCells);

/** The rows of the batch as CBOR, without what its columns share with others. The schema is not part of it. */
export function encodeBatch(batch: RecordBatch): Uint8Array {
  const rows = batch.selection;
  const n = rows?.length ?? batch.length;
  const all = rows ?? rowRange(0, n);
  return cbor.encode({ n, c: batch.columns.map((column) => toWire(column, all, rows === undefined)) });
}

/**
 * The batch that `encodeBatch` was given, without selection; it shares no memory with `bytes`.
 *
 * @throws CodecError for anything but such bytes, and where the columns do not fit the schema.
 */
export function decodeBatch(bytes: Uint8Array, schema: Schema): RecordBatch {
  let found: unknown;
  try {
    found = cbor.decode(bytes);
  } catch (error) {
    throw new CodecError('a batch that is cut off or garbled', { cause: error });
  }
  if (typeof found !== 'object' || found === null) throw new CodecError('not a batch');
  const { n, c } = found as { n?: unknown; c?: unknown };
  if (typeof n !== 'number' || !Number.isInteger(n) || n < 0) throw new CodecError('a batch without a number of rows');
  if (!Array.isArray(c) || c.length !== schema.length) {
    throw new CodecError(
      `a batch of ${Array.isArray(c) ? c.length : 'no'} columns where ${schema.length} are expected`,
    );
  }
  return { schema, length: n, columns: schema.map((field, i) => fromWire(c[i], field.type, n, field.name)) };
}

function toWire(column: Column, rows: Uint32Array, whole: boolean): Wire {
  if (column.kind === 'any') return packed(rows, column.values);
  const tight = whole && column.kind !== 'utf8' ? column : gather(column, rows);
  const n = rows.length;
  const u = tight.kind === 'any' || tight.nulls === undefined ? {} : { u: tight.nulls.subarray(0, (n + 7) >> 3) };
  switch (tight.kind) {
    case 'f64':
      return { k: 'f64', v: tight.values.subarray(0, n), ...u };
    case 'i64':
      return { k: 'i64', v: tight.values.subarray(0, n), ...u };
    case 'bool':
      return { k: 'bool', v: tight.values.subarray(0, n), ...u };
    case 'utf8':
      return { k: 'utf8', o: offsetsOf(tight.ends, n), d: tight.bytes, ...u };
    case 'any':
      return packed(rows, tight.values);
  }
}

const packed = (rows: Uint32Array, values: readonly Value[]): Wire => ({ k: 'any', ...packCells(rows, values) });

/** Of a freshly gathered column, whose cells follow each other without gaps. */
function offsetsOf(ends: Uint32Array, n: number): Uint32Array {
  const offsets = new Uint32Array(n + 1);
  offsets.set(ends.subarray(0, n), 1);
  return offsets;
}

/** The kinds that a column of a type may come in; every type also may be boxed. */
const kindsOf: { readonly [T in Type]: readonly Wire['k'][] } = {
  INTEGER: ['f64', 'i64'],
  REAL: ['f64'],
  TIMESTAMP: ['f64'],
  BOOLEAN: ['bool'],
  TEXT: ['utf8'],
  JSON: ['utf8'],
  BLOB: [],
  NULL: [],
  ANY: [],
};

function fromWire(found: unknown, type: Type, n: number, name: string): Column {
  const fail = (what: string): never => {
    throw new CodecError(`column ${name} of a batch ${what}`);
  };
  if (typeof found !== 'object' || found === null) return fail('is missing');
  const wire = found as Partial<Record<string, unknown>>;
  const k = wire['k'];
  if (k !== 'any' && !kindsOf[type].includes(k as Wire['k'])) return fail(`is of kind ${String(k)}, not of ${type}`);
  const array = <T extends ArrayLike<unknown>>(key: string, shape: new (length: number) => T): T => {
    const value = wire[key];
    return value instanceof shape ? value : fail(`lacks its part ${key}`);
  };
  const sized = <T extends ArrayLike<unknown>>(key: string, shape: new (length: number) => T): T => {
    const value = array(key, shape);
    return value.length === n ? value : fail(`has ${value.length} cells where ${n} are expected`);
  };
  /** A copy: a decoded byte string is a view that would keep the whole message alive. */
  const bytes = (key: string): Uint8Array => Buffer.from(array(key, Uint8Array));
  const nulls = (): Nulls => {
    if (wire['u'] === undefined) return undefined;
    const bitmap = array('u', Uint8Array);
    if (bitmap.length !== newNulls(n).length) return fail('has a bitmap of the wrong size');
    return Uint8Array.from(bitmap);
  };
  const offsets = (count: number, size: number): Uint32Array => {
    const o = array('o', Uint32Array);
    if (o.length !== count + 1 || o[0] !== 0 || o[count] !== size) return fail('has offsets that do not fit its text');
    for (let i = 0; i < count; i++) if (o[i]! > o[i + 1]!) return fail('has offsets that go backwards');
    return o;
  };
  switch (k as Wire['k']) {
    case 'f64': {
      const column: F64Column = { kind: 'f64', values: sized('v', Float64Array), nulls: nulls() };
      return holdsNumbers(column, type) ? column : fail(`has a number that is none of ${type}`);
    }
    case 'i64':
      return { kind: 'i64', values: sized('v', BigInt64Array), nulls: nulls() };
    case 'bool': {
      const values = Uint8Array.from(sized('v', Uint8Array));
      return values.every((value) => value <= 1) ? { kind: 'bool', values, nulls: nulls() } : fail('is not BOOLEAN');
    }
    case 'utf8': {
      const text = bytes('d');
      const o = offsets(n, text.length);
      return { kind: 'utf8', bytes: text, starts: o.subarray(0, n), ends: o.subarray(1), nulls: nulls() };
    }
    case 'any': {
      const t = sized('t', Uint8Array);
      const d = bytes('d');
      const cells = { t, r: array('r', Float64Array), i: array('i', BigInt64Array), d };
      const why = unpackable({ ...cells, o: new Uint32Array() });
      if (why !== undefined) return fail(why);
      return { kind: 'any', values: unpackCells({ ...cells, o: offsets(blobCount(t), d.length) }) };
    }
  }
}

/** Safe integers for INTEGER, else anything but NaN; cells that are NULL may hold anything. */
function holdsNumbers({ values, nulls }: F64Column, type: Type): boolean {
  return values.every((value, row) =>
    type === 'INTEGER' ? Number.isSafeInteger(value) || isNull(nulls, row) : value === value || isNull(nulls, row),
  );
}
