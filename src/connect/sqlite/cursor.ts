import { resultCode } from './faults.ts';
import type { Page, PageReader } from './page.ts';

/** Rows of the first page, which may be wide; later ones grow or shrink towards `PAGE_BYTES`. */
const FIRST_PAGE = 128;
const PAGE_BYTES = 1 << 20;

export const LEAST_ROWID = -(2n ** 63n);
export const GREATEST_ROWID = 2n ** 63n - 1n;

/** A place in a relation, moving from page to page to its end. */
export class Cursor {
  /** rowid from which on rows are still to be read. */
  from: bigint;
  /** How many of them at most; 0: all is read. */
  left: number;
  #reader: PageReader;
  readonly #batchRows: number;
  #most: number;

  constructor(reader: PageReader, from: bigint, left: number, batchRows: number) {
    this.#reader = reader;
    this.from = from;
    this.left = left;
    this.#batchRows = batchRows;
    this.#most = Math.min(FIRST_PAGE, batchRows);
  }

  /** Goes on in a copy, which has what is still to be read. */
  moveTo(copy: PageReader): void {
    this.#reader = copy;
  }

  /** The next rows; undefined at the end. */
  next(): Page | undefined {
    if (this.left === 0) return undefined;
    const [page, wanted] = this.#read(Math.min(this.#most, this.left));
    const length = page?.batch.length ?? 0;
    if (page === undefined || length < wanted || page.last === GREATEST_ROWID) this.left = 0;
    else {
      this.left -= length;
      this.from = page.last + 1n;
      this.#most = Math.max(
        1,
        Math.min(this.#most * 4, this.#batchRows, Math.floor((PAGE_BYTES * length) / page.bytes)),
      );
    }
    return page;
  }

  /** Rows so wide that a page of them exceeds what SQLite can hold in one value are read in smaller pages. */
  #read(wanted: number): readonly [page: Page | undefined, wanted: number] {
    for (let most = wanted; ; most = Math.ceil(most / 16)) {
      try {
        return [this.#reader.read(this.from, most), most];
      } catch (error) {
        if (most === 1 || !/^SQLITE_(TOOBIG|NOMEM)/.test(resultCode(error) ?? '')) throw error;
      }
    }
  }
}
