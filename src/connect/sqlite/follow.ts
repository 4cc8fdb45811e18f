import { setTimeout as sleep } from 'node:timers/promises';
import { statSync } from 'node:fs';
import { RunError } from '../../base/errors.ts';
import { offsetPart, type ConnectContext, type Offset, type Positioned, type SourceRequest } from '../connector.ts';
import { patiently } from './busy.ts';
import { Cursor, LEAST_ROWID } from './cursor.ts';
import { openDatabase, type Connection } from './driver.ts';
import { explained } from './faults.ts';
import { quote } from './names.ts';
import { PageReader, type Page } from './page.ts';
import { placeOf } from './place.ts';
import { checkColumns, relationOf } from './source.ts';

/** ms from look to look whether others have committed, by default. */
const POLL = 100;
/** ms from look to look whether the file is still the same. */
const SAME = 1000;

/**
 * Rows of a table as they are appended, in the order of its key (see `followKey`), until the signal aborts. UPDATE,
 * DELETE and rows with a lower key than one that was read are not seen.
 *
 * Each page is read in a transaction of its own, so no writer and no checkpoint ever waits for a reader that is slow;
 * between them `PRAGMA data_version`, which costs microseconds, tells whether another connection has committed.
 */
export async function* openFollow(
  request: SourceRequest,
  at: Offset | undefined,
  context: ConnectContext,
): AsyncGenerator<Positioned> {
  const { file } = placeOf(request.options);
  const { signal, busyTimeout } = context;
  const db = openDatabase(file, { readOnly: true });
  const inode = statSync(file).ino;
  const look = <T>(work: () => T): Promise<T> => patiently({ file, busyTimeout, signal }, work);
  try {
    const follower = await look(() => new TableFollower(db, request, at));
    const poll = (request.options['poll'] as number | undefined) ?? POLL;
    let left = request.limit ?? Infinity;
    let checked = performance.now();
    while (!signal.aborted && left > 0) {
      const version = await look(() => versionOf(db));
      for (;;) {
        const page = await look(() => follower.read(left, context.batchRows));
        if (page === undefined) break;
        context.countBytes(page.bytes);
        left -= page.batch.length;
        yield { batch: page.batch, next: follower.offset };
        if (signal.aborted || left <= 0) return;
      }
      for (let changed = false; !changed && !signal.aborted;) {
        await sleep(poll, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        if (performance.now() - checked > SAME) {
          checkFile(file, inode);
          checked = performance.now();
        }
        changed = (await look(() => versionOf(db))) !== version;
        if (!changed) yield { batch: follower.none, next: follower.offset };
      }
    }
  } catch (error) {
    if (!signal.aborted) throw explained(error, file);
  } finally {
    db.close();
  }
}

const versionOf = (db: Connection): unknown => db.pragma('data_version', { simple: true });

/** A connection goes on reading the file that it has opened, even when nobody else knows that file any more. */
function checkFile(file: string, inode: number): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.ino === inode) return;
  const how = found === undefined ? 'was removed' : 'was replaced by another file';
  throw new RunError({ code: 'E0601', message: `database ${file} ${how} while a table in it was followed` });
}

class TableFollower {
  readonly none;
  readonly #db: Connection;
  readonly #request: SourceRequest;
  #from: bigint;
  #version: unknown;
  #reader: PageReader | undefined;
  #cursor: Cursor | undefined;

  constructor(db: Connection, request: SourceRequest, at: Offset | undefined) {
    this.#db = db;
    this.#request = request;
    this.none = {
      schema: request.schema,
      length: 0,
      columns: request.schema.map(() => ({ kind: 'any', values: [] }) as const),
    };
    const after = at && offsetPart(at, 'after');
    if (after !== undefined) this.#from = BigInt(after) + 1n;
    else this.#from = request.options['start'] === 'latest' ? this.#behindLast() : LEAST_ROWID;
  }

  /** Just after the last row that was read. */
  get offset(): Offset {
    return { after: String(this.#from - 1n) };
  }

  /** The next rows, at most `left`; undefined where there are no more now. */
  read(left: number, batchRows: number): Page | undefined {
    const db = this.#db;
    db.exec('BEGIN');
    try {
      this.#renew();
      const cursor = (this.#cursor ??= new Cursor(this.#reader!, this.#from, left, batchRows));
      const page = cursor.next();
      if (page !== undefined && typeof page.last !== 'bigint') throw this.#notWhole(page.last);
      if (page !== undefined) this.#from = page.last + 1n;
      if (cursor.left === 0) {
        this.#cursor = undefined;
        // With a condition the rows behind the last that fits have been looked at too.
        if (this.#request.pushed.length > 0) this.#from = this.#behindLast();
      }
      return page;
    } finally {
      db.exec('ROLLBACK');
    }
  }

  /** Statements go by the columns that the table had when they were made, so a change of the schema makes them anew. */
  #renew(): void {
    const version = this.#db.pragma('schema_version', { simple: true });
    if (this.#reader !== undefined && version === this.#version) return;
    const table = checkColumns(this.#db, this.#request);
    const relation = { ...relationOf(this.#request, table), rowid: this.#key };
    this.#reader = new PageReader(this.#db, relation, this.#request.schema);
    this.#cursor?.moveTo(this.#reader);
    this.#version = version;
  }

  get #key(): string {
    return quote(this.#request.options['key'] as string);
  }

  /** One more than the greatest key, but never less than where reading is. */
  #behindLast(): bigint {
    const table = quote(placeOf(this.#request.options).table);
    const last = this.#db.prepare(`SELECT max(${this.#key}) FROM main.${table}`).pluck().safeIntegers().get();
    if (last !== null && typeof last !== 'bigint') throw this.#notWhole(last);
    const from = this.#from ?? LEAST_ROWID;
    return last !== null && last >= from ? last + 1n : from;
  }

  #notWhole(value: unknown): RunError {
    const { label, options } = this.#request;
    return new RunError({
      code: 'E0702',
      message: `${label} has the key ${JSON.stringify(value)} in ${options['key'] as string}, and can be followed by whole numbers only`,
    });
  }
}
