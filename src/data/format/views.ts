import { isNull, newNulls, setNull, type Utf8Column } from '../column.ts';

/** Batches that come in small pieces share index arrays, so that a row does not cost an array of its own. */
const SLAB = 4;

/** Where the cells of one column begin and end, for the rows of the batch that is being cut. */
export class Views {
  /** Room for `batchRows` cells; what `take` has given away is never written again. */
  starts: Uint32Array;
  ends: Uint32Array;
  #nulls: Uint8Array | undefined;
  readonly #rows: number;

  constructor(batchRows: number) {
    this.#rows = batchRows;
    this.starts = new Uint32Array(batchRows);
    this.ends = new Uint32Array(batchRows);
  }

  setNull(row: number): void {
    this.#nulls ??= newNulls(this.#rows);
    this.starts[row] = this.ends[row] = 0;
    setNull(this.#nulls, row);
  }

  isNull(row: number): boolean {
    return isNull(this.#nulls, row);
  }

  /** The first `rows` cells as a column; the next batch starts afresh. */
  take(bytes: Uint8Array, rows: number, keep: boolean): Utf8Column {
    const { starts, ends } = this;
    const nulls = this.#nulls;
    this.#nulls = undefined;
    if (keep) this.#advance(rows);
    return { kind: 'utf8', bytes, starts: starts.subarray(0, rows), ends: ends.subarray(0, rows), nulls };
  }

  #advance(rows: number): void {
    if (this.starts.length - rows >= this.#rows) {
      this.starts = this.starts.subarray(rows);
      this.ends = this.ends.subarray(rows);
    } else {
      this.starts = new Uint32Array(this.#rows * SLAB);
      this.ends = new Uint32Array(this.#rows * SLAB);
    }
  }
}
