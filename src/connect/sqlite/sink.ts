import { RunError } from '../../base/errors.ts';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { Options } from '../../plan/plan.ts';
import type { ConnectContext, Offset, Progress, SinkHandle, SinkRequest } from '../connector.ts';
import type { TimestampFormat } from './bind.ts';
import { patiently, type Patience } from './busy.ts';
import { isScratch, type Connection } from './driver.ts';
import { explained, isRefusal } from './faults.ts';
import { insertSql } from './insert.ts';
import { Claim } from './job.ts';
import { findOffender } from './offender.ts';
import { placeOf } from './place.ts';
import { SharedDatabase } from './shared-database.ts';
import { Stage } from './stage.ts';
import { StagedChanges } from './staged-changes.ts';

/**
 * Opens a table for appending. Rows are staged beside it, without a lock; each commit is one short transaction, in which
 * the table's constraints, foreign keys and triggers hold as for any other writer.
 *
 * @throws RunError E0601, E0602, E0603; E0604 where the job's progress is that of another query.
 */
export async function openSink(request: SinkRequest, context: ConnectContext): Promise<SinkHandle> {
  const { file } = placeOf(request.options);
  const patience: Patience = { file, busyTimeout: context.busyTimeout, signal: context.signal };
  const database = SharedDatabase.of(context, patience);
  const { db } = database;
  try {
    // What was reported as committed must outlive a power failure. Neither setting is kept in the file.
    if (!database.isNested)
      db.exec(`PRAGMA foreign_keys = ON; PRAGMA synchronous = ${isScratch(file) ? 'OFF' : 'FULL'}`);
    const claim = await patiently(patience, () => claimed(db, request));
    return new TableSink(database, request, patience, claim, context);
  } catch (error) {
    database.close();
    throw explained(error, file);
  }
}

/** Sees that the table is still there, and claims the job. */
function claimed(db: Connection, request: SinkRequest): Claim | undefined {
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
  /** The table is there: it was, or CREATE TABLE .. AS has been committed. */
  #made: boolean;
  /** Rows that the open transaction has put into the table. */
  #inserted: number | undefined;
  readonly #database: SharedDatabase;
  readonly #db: Connection;
  readonly #request: SinkRequest;
  readonly #patience: Patience;
  readonly #claim: Claim | undefined;
  readonly #context: ConnectContext;
  readonly #stage: Stage;
  /** Of a result that changes: its last column says whether a row comes or goes. */
  readonly #changes: StagedChanges | undefined;
  /** INSERT of the staged rows from one number to another. */
  readonly #insert: string;

  constructor(
    database: SharedDatabase,
    request: SinkRequest,
    patience: Patience,
    claim: Claim | undefined,
    context: ConnectContext,
  ) {
    const { db } = database;
    this.#database = database;
    this.#db = db;
    this.#request = request;
    this.#patience = patience;
    this.#claim = claim;
    this.#context = context;
    if (claim !== undefined) this.progress = claim.progress;
    this.#made = claim !== undefined && this.#isThere('table');
    const { columns, options } = request;
    const key = options['changes'] as readonly string[] | undefined;
    this.#stage = new Stage(db, columns.length + (key === undefined ? 0 : 1), database.nextStage(), timesOf(options));
    if (key !== undefined) this.#changes = new StagedChanges(db, placeOf(options).table, key, columns, this.#stage);
    const staged = `SELECT ${this.#stage.columns.slice(0, columns.length).join(', ')} FROM ${this.#stage.table} WHERE rowid BETWEEN ? AND ?${this.#changes?.come ?? ''} ORDER BY rowid`;
    this.#insert = insertSql(placeOf(options).table, columns, staged, options);
  }

  write(batch: RecordBatch): void | Promise<void> {
    return this.#database.idle === undefined ? this.#put(batch) : this.#putWhenIdle(batch);
  }

  async #putWhenIdle(batch: RecordBatch): Promise<void> {
    while (this.#database.idle !== undefined) await this.#database.idle;
    this.#put(batch);
  }

  #put(batch: RecordBatch): void {
    try {
      this.#stage.write(batch);
      this.#changes?.note(batch);
      this.#context.countBytes(sizeOf(batch));
    } catch (error) {
      throw explained(error, this.#patience.file);
    }
  }

  /** Inserts the rows; the transaction stays open. */
  async prepare(offset: Offset | undefined, final: boolean): Promise<void> {
    const { rows } = this.#stage;
    const create = this.#made ? undefined : this.#request.options['create'];
    if (rows === 0 && this.#claim === undefined && create === undefined) return;
    await this.#database.begin();
    try {
      if (typeof create === 'string') this.#db.exec(create);
      this.#claim?.record(offset, final && this.#context.isCut?.() !== true, rows);
      const changes =
        this.#changes?.apply(this.#insert) ?? this.#db.prepare(this.#insert).run([1n, BigInt(rows)]).changes;
      // Triggers of a view insert elsewhere, which SQLite does not count.
      this.#inserted = changes === 0 && this.#isThere('view') ? rows : changes;
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  async commit(offset: Offset | undefined, final: boolean): Promise<void> {
    if (this.#inserted === undefined) await this.prepare(offset, final);
    if (this.#inserted === undefined) return;
    try {
      await this.#database.commit();
    } catch (error) {
      throw this.#refusal(error);
    }
    this.#made = true;
    this.#claim?.recorded();
    this.committed += this.#inserted;
    this.#inserted = undefined;
    this.#stage.clear();
    this.#changes?.clear();
  }

  abort(): void {
    this.#database.rollback();
  }

  close(): void {
    this.#database.close();
  }

  #isThere(type: 'table' | 'view'): boolean {
    const sql = 'SELECT 1 FROM main.sqlite_schema WHERE type = ? AND name = ?';
    return this.#db.prepare(sql).get(type, placeOf(this.#request.options).table) !== undefined;
  }

  /** Takes the transaction back. The error with the row that caused it, if one did. */
  #refusal(error: unknown): unknown {
    this.#database.rollback();
    this.#inserted = undefined;
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

const timesOf = ({ timestamp_format: format }: Options): TimestampFormat => (format ?? 'text') as TimestampFormat;

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
