import { RunError } from '../../base/errors.ts';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { ConnectContext, Offset, Progress, SinkHandle, SinkRequest } from '../connector.ts';
import { patiently, type Patience } from './busy.ts';
import { openDatabase, type Connection } from './driver.ts';
import { explained, isRefusal } from './faults.ts';
import { insertSql } from './insert.ts';
import { Claim } from './job.ts';
import { findOffender } from './offender.ts';
import { placeOf } from './place.ts';
import { Stage } from './stage.ts';

/**
 * Opens a table for appending. Rows are staged beside it, without a lock; each commit is one short transaction, in which
 * the table's constraints, foreign keys and triggers hold as for any other writer.
 *
 * @throws RunError E0601, E0602, E0603; E0604 where the job's progress is that of another query.
 */
export async function openSink(request: SinkRequest, context: ConnectContext): Promise<SinkHandle> {
  const { file } = placeOf(request.options);
  const patience: Patience = { file, busyTimeout: context.busyTimeout, signal: context.signal };
  const db = openDatabase(file);
  try {
    db.pragma('foreign_keys = ON');
    // What was reported as committed must outlive a power failure. Neither setting is kept in the file.
    db.pragma('synchronous = FULL');
    const claim = await patiently(patience, () => prepare(db, request));
    return new TableSink(db, request, patience, claim, context.countBytes);
  } catch (error) {
    db.close();
    throw explained(error, file);
  }
}

/** Sees that the table is still there, and claims the job. */
function prepare(db: Connection, request: SinkRequest): Claim | undefined {
  const { job, options } = request;
  db.prepare('SELECT count(*) FROM main.sqlite_schema').get();
  if (job === undefined) return undefined;
  db.exec('BEGIN IMMEDIATE');
  try {
    const claim = new Claim(db, job, placeOf(options).table);
    db.exec('COMMIT');
    return claim;
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
  }
}

class TableSink implements SinkHandle {
  committed = 0;
  readonly progress?: Progress;
  readonly #db: Connection;
  readonly #request: SinkRequest;
  readonly #patience: Patience;
  readonly #claim: Claim | undefined;
  readonly #countBytes: (bytes: number) => void;
  readonly #stage: Stage;
  /** INSERT of the staged rows from one number to another. */
  readonly #insert: string;

  constructor(
    db: Connection,
    request: SinkRequest,
    patience: Patience,
    claim: Claim | undefined,
    countBytes: (bytes: number) => void,
  ) {
    this.#db = db;
    this.#request = request;
    this.#patience = patience;
    this.#claim = claim;
    this.#countBytes = countBytes;
    if (claim !== undefined) this.progress = claim.progress;
    this.#stage = new Stage(db, request.columns.length);
    const staged = `SELECT ${this.#stage.columns.join(', ')} FROM ${Stage.table} WHERE rowid BETWEEN ? AND ? ORDER BY rowid`;
    this.#insert = insertSql(placeOf(request.options).table, request.columns, staged, request.options);
  }

  write(batch: RecordBatch): void {
    try {
      this.#stage.write(batch);
      this.#countBytes(sizeOf(batch));
    } catch (error) {
      throw explained(error, this.#patience.file);
    }
  }

  async commit(offset: Offset | undefined, final: boolean): Promise<void> {
    const { rows } = this.#stage;
    if (rows === 0 && this.#claim === undefined) return;
    const db = this.#db;
    await patiently(this.#patience, () => db.exec('BEGIN IMMEDIATE'));
    try {
      this.#claim?.record(offset, final, rows);
      const { changes } = db.prepare(this.#insert).run([1n, BigInt(rows)]);
      // With a rollback journal this waits for readers; nothing has to be inserted again for that.
      await patiently(this.#patience, () => db.exec('COMMIT'));
      this.#claim?.recorded();
      // Triggers of a view insert elsewhere, which SQLite does not count.
      this.committed += changes === 0 && this.#isView() ? rows : changes;
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK');
      throw this.#refusal(error);
    }
    this.#stage.clear();
  }

  abort(): void {
    if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
  }

  close(): void {
    this.#db.close();
  }

  #isView(): boolean {
    const sql = 'SELECT 1 FROM main.sqlite_schema WHERE type = ? AND name = ?';
    return this.#db.prepare(sql).get('view', placeOf(this.#request.options).table) !== undefined;
  }

  /** The error with the row that caused it, if one did. */
  #refusal(error: unknown): unknown {
    // An error at COMMIT comes explained; what it explains is its cause.
    const cause = error instanceof RunError ? error.cause : error;
    if (!isRefusal(cause)) return explained(error, this.#patience.file);
    const { label, columns, job } = this.#request;
    const found = findOffender(this.#db, this.#insert, this.#stage, columns);
    return explained(cause, this.#patience.file, {
      message: `${label} refused the rows: ${(cause as Error).message}`,
      notes: [
        ...(found === undefined ? [] : [`row ${found.row}: ${found.values}`]),
        job === undefined ? `nothing was written to ${label}` : `what earlier commits of job ${job.name} wrote stays`,
      ],
    });
  }
}

/** Bytes of the cells, roughly: for progress. */
function sizeOf({ columns, ...batch }: RecordBatch): number {
  const rows = rowCount({ columns, ...batch });
  let bytes = 0;
  for (const column of columns) {
    if (column.kind !== 'utf8') bytes += 8 * rows;
    else if (batch.length > 0) bytes += Math.max(0, column.ends[batch.length - 1]! - column.starts[0]!);
  }
  return bytes;
}
