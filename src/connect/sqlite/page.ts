import { Bug, RunError } from '../../base/errors.ts';
import type { RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import { newNulls, setNull, type Column } from '../../data/column.ts';
import type { Field, Schema, Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { isScratch, type Connection, type Statement } from './driver.ts';
import { unpackIntegers, unpackTexts } from './unpack.ts';

/** Some rows of a relation that has rowids, in their order. */
export interface Page {
  readonly batch: RecordBatch;
  /** rowid of the last row. */
  readonly last: bigint;
  /** Bytes of its cells. */
  readonly bytes: number;
}

/** What rows are read from. */
export interface Relation {
  /** FROM clause. */
  readonly from: string;
  /** SQL of the rowid. */
  readonly rowid: string;
  /** SQL of each column of the schema. */
  readonly columns: readonly string[];
  /** SQL of a condition. */
  readonly where?: string;
  /** For messages. */
  readonly label: string;
  readonly file: string;
}

/**
 * Reads rows page by page. Columns of INTEGER and TEXT come packed, one value of SQLite for all cells of a column and
 * page, which is three times as fast as row by row; other columns come row by row.
 */
export class PageReader {
  readonly #schema: Schema;
  readonly #relation: Relation;
  readonly #db: Connection;
  readonly #packed: Statement;
  readonly #rows: Statement | undefined;
  readonly #isPacked: readonly boolean[];

  constructor(db: Connection, relation: Relation, schema: Schema) {
    this.#db = db;
    this.#schema = schema;
    this.#relation = relation;
    // The bytes of a text are its UTF-8 only in databases that keep texts so.
    let room = db.pragma('encoding', { simple: true }) === 'UTF-8' ? MOST_COLUMNS : 0;
    this.#isPacked = schema.map(({ type }) => (type === 'INTEGER' || type === 'TEXT') && (room -= 3) >= 0);
    const packed = schema.flatMap((f, i) =>
      !this.#isPacked[i] ? [] : f.type === 'TEXT' ? packedText(i) : packedInteger(i),
    );
    this.#packed = db
      .prepare(`SELECT count(*), max(r)${packed.map((p) => `, ${p}`).join('')} FROM (${pageSql(relation)})`)
      .raw()
      .safeIntegers();
    const others = schema.flatMap((_, i) => (this.#isPacked[i] ? [] : [`c${i}`]));
    this.#rows =
      others.length === 0
        ? undefined
        : db
            .prepare(`SELECT ${others.join(', ')} FROM (${pageSql(relation)})`)
            .raw()
            .safeIntegers();
  }

  /**
   * At most `most` rows whose rowid is at least `from`; undefined where there are none.
   *
   * @throws RunError E0702 for a cell that is not of its column's type.
   */
  read(from: bigint, most: number): Page | undefined {
    const [count, last, ...packed] = this.#packed.get(from, most) as [bigint, bigint, ...unknown[]];
    const length = Number(count);
    if (length === 0) return undefined;
    const others = (this.#rows?.all(from, most) ?? []) as Value[][];
    let bytes = 8 * this.#schema.length * length + sizeOf(others);
    let next = 0;
    let other = 0;
    const columns = this.#schema.map((field, c) => {
      let column: Column | undefined;
      if (!this.#isPacked[c]) column = fromRows(field, others, other++);
      else if (field.type === 'INTEGER') {
        const [type, text] = packed.slice(next, (next += 2)) as [string, Uint8Array];
        if (type === 'integer' || type === 'null') column = unpackIntegers(text, length);
      } else {
        const [type, lengths, text] = packed.slice(next, (next += 3)) as [string, Uint8Array, Uint8Array | null];
        if (type === 'text' || type === 'null') column = unpackTexts(text ?? new Uint8Array(0), lengths, length);
        bytes += text?.length ?? 0;
      }
      return column ?? this.#misfit(field, c, from, most);
    });
    return { batch: { schema: this.#schema, length, columns }, last, bytes };
  }

  /** Names the cell that keeps a page from being read. */
  #misfit(field: Field, c: number, from: bigint, most: number): never {
    const fitting = `'null', '${field.type.toLowerCase()}'`;
    const found = this.#db
      .prepare(
        `SELECT r, typeof(c${c}), quote(c${c}) FROM (${pageSql(this.#relation)}) WHERE typeof(c${c}) NOT IN (${fitting}) LIMIT 1`,
      )
      .raw()
      .get(from, most) as [number, string, string] | undefined;
    if (found === undefined) throw new Bug(`column ${field.name} of ${this.#relation.label} came back garbled`);
    const [rowid, type, value] = found;
    const shown = value.length > 60 ? `${value.slice(0, 60)}..` : value;
    throw new RunError({
      code: 'E0702',
      message: `${this.#relation.label}, row ${rowid}: column ${field.name} is ${field.type}, but holds the ${type.toUpperCase()} ${shown}`,
      notes: ['SQLite lets any column hold any value, unless the table is STRICT'],
      help: [
        isScratch(this.#relation.file)
          ? 'a column without a type takes every value as it is: CREATE TABLE t (a, b TEXT)'
          : `ATTACH '${this.#relation.file}' AS name (TYPES any) takes every value as it is`,
      ],
    });
  }
}

/** Columns that one SELECT may give; SQLite allows 2000. */
const MOST_COLUMNS = 1900;

/** Rows from a rowid on, at most so many: `r` is the rowid, `c0`, `c1`, .. are the columns. */
export function pageSql({ from, rowid, columns, where }: Relation): string {
  const items = [`${rowid} AS r`, ...columns.map((sql, i) => `${sql} AS c${i}`)];
  return `SELECT ${items.join(', ')} FROM ${from} WHERE ${rowid} >= ?${where === undefined ? '' : ` AND (${where})`} ORDER BY 1 LIMIT ?`;
}

/** max() tells the highest class of values in the page: NULL < numbers < TEXT < BLOB. */
const packedInteger = (i: number): readonly string[] => [
  `typeof(max(c${i}))`,
  `CAST(group_concat(ifnull(c${i}, '')) AS BLOB)`,
];
const packedText = (i: number): readonly string[] => [
  `typeof(max(c${i}))`,
  `CAST(group_concat(ifnull(octet_length(c${i}), '')) AS BLOB)`,
  `CAST(group_concat(c${i}, '') AS BLOB)`,
];

/** Bytes of texts and blobs. */
function sizeOf(rows: readonly Value[][]): number {
  let bytes = 0;
  for (const row of rows) {
    for (const cell of row) if (typeof cell === 'string' || cell instanceof Uint8Array) bytes += cell.length;
  }
  return bytes;
}

/** Cell `at` of each row as a column; undefined where one is not of the column's type. */
function fromRows({ type }: Field, rows: readonly Value[][], at: number): Column | undefined {
  if (type === 'ANY') return { kind: 'any', values: rows.map((row) => row[at]!) };
  if (type === 'REAL') {
    const values = new Float64Array(rows.length);
    let nulls: Uint8Array | undefined;
    for (let i = 0; i < rows.length; i++) {
      const value = rows[i]![at]!;
      if (typeof value === 'number') values[i] = value;
      else if (value === null) setNull((nulls ??= newNulls(rows.length)), i);
      else return undefined;
    }
    return { kind: 'f64', values, nulls };
  }
  const builder = columnBuilder(type, rows.length);
  for (const row of rows) {
    const value = row[at]!;
    if (value !== null && !fits(type, value)) return undefined;
    builder.append(value);
  }
  return builder.finish();
}

const fits = (type: Type, value: NonNullable<Value>): boolean =>
  type === 'BLOB' ? value instanceof Uint8Array : typeof value === (type === 'INTEGER' ? 'bigint' : 'string');
