import { RunError } from '../../base/errors.ts';
import { rowNumbers, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import { cell } from '../../data/cell.ts';
import { gather, NO_ROW, pick } from '../../data/gather.ts';
import { dropNulls, KeyTable } from '../../data/hash.ts';
import type { Schema, Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { compilePredicate } from '../../expr/kernel/compile.ts';
import { TableLookup } from '../../connect/sqlite/lookup.ts';
import type { Lookup } from '../../plan/joins.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { joinKeys } from './join-keys.ts';

/** Batch by batch: each distinct key of the batch is looked up once, then the rows of the batch meet what was found. */
export const lookupOperator = (plan: Lookup, context: RunContext): Operator => new LookupJoin(plan, context);

class LookupJoin implements Operator {
  readonly #plan: Lookup;
  readonly #right: Schema;
  readonly #pairSchema: Schema;
  readonly #keys: ReturnType<typeof joinKeys>;
  readonly #residual: ((batch: RecordBatch) => Uint32Array) | undefined;
  readonly #lookup: TableLookup;

  constructor(plan: Lookup, { settings, signal }: RunContext) {
    this.#plan = plan;
    this.#right = plan.columns.map((c) => c.field);
    this.#pairSchema = [...plan.input.schema, ...this.#right];
    this.#keys = joinKeys(plan.equal, plan.input.schema, this.#right);
    this.#residual = plan.on && compilePredicate(plan.on, this.#pairSchema);
    const keys = plan.equal.map(({ right, collation = 'BINARY' }) => {
      const found = plan.columns.find((c) => right.kind === 'column' && c.field.name === right.name)!;
      return { column: found.column, collation };
    });
    const { file, table, columns } = plan;
    const request = { file, table, columns: columns.map((c) => c.column), keys };
    this.#lookup = new TableLookup(request, { busyTimeout: settings.busyTimeout, signal });
  }

  async onBatch(batch: RecordBatch, _port: number, out: Output): Promise<void> {
    const table = new KeyTable(this.#keys.fields);
    const keys = this.#keys.left(batch);
    const ids = dropNulls(table.groupIds(keys, batch), this.#keys.strict(keys), batch);
    const right = await this.#rightRows(table);
    const rightKeys = this.#keys.right(right);
    // What SQLite takes for equal is looked at once more by the rules of this join.
    const found = dropNulls(table.find(rightKeys, right), this.#keys.strict(rightKeys), right);
    const pairs = this.#passing(batch, right, pairsOf(batch, ids, found, table.size));
    const joined = this.#joined(batch, right, pairs);
    if (joined !== undefined && joined.length > 0) await out.emit(joined);
  }

  close(): void {
    this.#lookup.close();
  }

  /** The rows that the table has for all keys without NULLs. */
  async #rightRows(table: KeyTable): Promise<RecordBatch> {
    const columns = table.keys();
    const keys: Value[][] = [];
    for (let id = 0; id < table.size; id++) {
      const key = columns.map((column, k) => cell(column, this.#keys.fields[k]!.type, id));
      if (!key.includes(null)) keys.push(key);
    }
    const rows = (await this.#lookup.find(keys)).flat();
    const builders = this.#right.map(({ type }, c) => {
      const builder = columnBuilder(type, rows.length);
      for (const row of rows) builder.append(this.#fitting(row[c]!, type, c));
      return builder.finish();
    });
    return { schema: this.#right, length: rows.length, columns: builders };
  }

  /** SQLite lets any column hold any value; a cell that is not of its column's type cannot go on. */
  #fitting(value: Value, type: Type, c: number): Value {
    if (value === null || classes[type] === undefined || classes[type] === classOf(value)) return value;
    const { label, columns } = this.#plan;
    throw new RunError({
      code: 'E0702',
      message: `${label}: column ${columns[c]!.column} is ${type}, but holds the ${classOf(value)} ${shown(value)}`,
      help: ['ATTACH .. (TYPES any) takes every value as it is'],
    });
  }

  #passing(left: RecordBatch, right: RecordBatch, pairs: Pairs): Pairs {
    if (this.#residual === undefined || pairs.lefts.length === 0) return pairs;
    const selection = this.#residual({ ...this.#paired(left, right, pairs), schema: this.#pairSchema });
    return { lefts: selection.map((i) => pairs.lefts[i]!), rights: selection.map((i) => pairs.rights[i]!) };
  }

  #paired(left: RecordBatch, right: RecordBatch, { lefts, rights }: Pairs): RecordBatch {
    const columns = [...left.columns.map((c) => pick(c, lefts)), ...right.columns.map((c) => gather(c, rights))];
    return { schema: this.#plan.schema, length: lefts.length, columns };
  }

  #joined(left: RecordBatch, right: RecordBatch, pairs: Pairs): RecordBatch | undefined {
    const { kind, schema } = this.#plan;
    if (kind === 'inner') return this.#paired(left, right, pairs);
    const met = new Uint8Array(left.length);
    for (const row of pairs.lefts) met[row] = 1;
    if (kind === 'left') return this.#paired(left, right, withUnmet(left, pairs, met));
    const wanted = kind === 'semi' ? 1 : 0;
    const rows = rowNumbers(left).filter((row) => met[row] === wanted);
    return { schema, length: rows.length, columns: left.columns.map((c) => pick(c, rows)) };
  }
}

/** Row numbers, in the order of the left rows. */
interface Pairs {
  readonly lefts: Uint32Array;
  readonly rights: Uint32Array;
}

function pairsOf(left: RecordBatch, ids: Uint32Array, rightIds: Uint32Array, keys: number): Pairs {
  const first = new Uint32Array(keys).fill(NO_ROW);
  const next = new Uint32Array(rightIds.length).fill(NO_ROW);
  for (let row = rightIds.length - 1; row >= 0; row--) {
    const id = rightIds[row]!;
    if (id === NO_ROW) continue;
    next[row] = first[id]!;
    first[id] = row;
  }
  const lefts: number[] = [];
  const rights: number[] = [];
  for (const row of rowsOf(left)) {
    if (ids[row] === NO_ROW) continue;
    for (let at = first[ids[row]!]!; at !== NO_ROW; at = next[at]!) {
      lefts.push(row);
      rights.push(at);
    }
  }
  return { lefts: Uint32Array.from(lefts), rights: Uint32Array.from(rights) };
}

/** Left rows without a pair get one with a row of NULLs, in their place. */
function withUnmet(left: RecordBatch, pairs: Pairs, met: Uint8Array): Pairs {
  const lefts: number[] = [];
  const rights: number[] = [];
  let at = 0;
  for (const row of rowsOf(left)) {
    if (met[row] === 0) {
      lefts.push(row);
      rights.push(NO_ROW);
    }
    for (; at < pairs.lefts.length && pairs.lefts[at] === row; at++) {
      lefts.push(row);
      rights.push(pairs.rights[at]!);
    }
  }
  return { lefts: Uint32Array.from(lefts), rights: Uint32Array.from(rights) };
}

/** Types whose cells all are of one class. */
const classes: { readonly [K in Type]?: string } = { INTEGER: 'INTEGER', REAL: 'REAL', TEXT: 'TEXT', BLOB: 'BLOB' };

function classOf(value: NonNullable<Value>): string {
  if (typeof value === 'bigint') return 'INTEGER';
  if (typeof value === 'number') return 'REAL';
  return typeof value === 'string' ? 'TEXT' : 'BLOB';
}

/** Longest value shown in a message. */
const LONGEST = 60;

function shown(value: NonNullable<Value>): string {
  const text = value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}..` : text;
}
