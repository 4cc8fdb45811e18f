import { RunError } from '../../base/errors.ts';
import type { JobRequest, Offset, Progress, Tools } from '../connector.ts';
import { quotedName } from '../../plan/running-job.ts';
import type { Connection } from './driver.ts';

/**
 * Progress of jobs, kept beside the rows it speaks of, so that one transaction commits both. `gen` counts the owners:
 * each run claims the row by raising it, and an earlier owner that is still alive can then commit nothing more.
 * The idea is that of fencing tokens: https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
 */
const CREATE = `CREATE TABLE IF NOT EXISTS main._ssql_commit (
  job TEXT, sink TEXT, part INT, gen INT NOT NULL, epoch INT NOT NULL, done INT NOT NULL, fingerprint TEXT,
  offset TEXT, rows INT, at TEXT, tools TEXT, PRIMARY KEY (job, sink, part)) WITHOUT ROWID`;

/** Makes the table of progress; one that an earlier release made gets the columns that it did not have yet. */
function makeTable(db: Connection): void {
  db.exec(CREATE);
  const names = db.prepare("SELECT name FROM pragma_table_info('_ssql_commit', 'main')").pluck().all();
  if (!names.includes('tools')) db.exec('ALTER TABLE main._ssql_commit ADD COLUMN tools TEXT');
}

interface Row {
  readonly epoch: number;
  readonly done: number;
  readonly fingerprint: string;
  readonly offset: string | null;
  readonly rows: number | null;
  readonly tools: string | null;
}

/** One run's claim on a job and sink. */
export class Claim {
  readonly progress: Progress;
  readonly #db: Connection;
  readonly #job: JobRequest;
  readonly #sink: string;
  readonly #gen: number;
  #epoch: number;

  /**
   * Takes the job over from whoever had it. Within a transaction that writes.
   *
   * @throws RunError E0604 if another query has made progress under this name.
   */
  constructor(db: Connection, job: JobRequest, sink: string) {
    this.#db = db;
    this.#job = job;
    this.#sink = sink;
    makeTable(db);
    const key = [job.name, sink, BigInt(job.part)];
    const row = db
      .prepare(
        'SELECT epoch, done, fingerprint, offset, rows, tools FROM main._ssql_commit WHERE job = ? AND sink = ? AND part = ?',
      )
      .get(key) as Row | undefined;
    if (row !== undefined && row.epoch > 0 && row.fingerprint !== job.fingerprint) {
      throw new RunError({
        code: 'E0604',
        message: `job ${job.name} was begun by another query: its progress does not fit this one`,
        help: ['give this query another name: --job NAME', `or forget that progress: DROP JOB ${quotedName(job.name)}`],
      });
    }
    this.#gen = db
      .prepare(
        `INSERT INTO main._ssql_commit (job, sink, part, gen, epoch, done, fingerprint, rows) VALUES (?, ?, ?, 1, 0, 0, ?, 0)
         ON CONFLICT DO UPDATE SET gen = gen + 1, fingerprint = excluded.fingerprint RETURNING gen`,
      )
      .pluck()
      .get([...key, job.fingerprint]) as number;
    this.#epoch = row?.epoch ?? 0;
    this.progress = {
      epoch: this.#epoch,
      done: row?.done === 1,
      offset: row?.offset == null ? undefined : (JSON.parse(row.offset) as Offset),
      rows: row?.rows ?? 0,
      ...(row?.tools != null && { tools: JSON.parse(row.tools) as Tools }),
    };
  }

  /**
   * Records the next epoch. Within the transaction that inserts its rows, before them.
   *
   * @throws RunError E0604 if this run is not the owner any more; then the transaction must be rolled back.
   */
  record(offset: Offset | undefined, done: boolean, rows: number): void {
    const { changes } = this.#db
      .prepare(
        `UPDATE main._ssql_commit SET epoch = epoch + 1, done = ?, offset = ?, rows = rows + ?, tools = ?,
         at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
         WHERE job = ? AND sink = ? AND part = ? AND gen = ? AND epoch = ?`,
      )
      .run([
        done ? 1n : 0n,
        offset === undefined ? null : JSON.stringify(offset),
        BigInt(rows),
        this.#job.tools === undefined ? null : JSON.stringify(this.#job.tools),
        this.#job.name,
        this.#sink,
        BigInt(this.#job.part),
        BigInt(this.#gen),
        BigInt(this.#epoch),
      ]);
    if (changes !== 1) {
      throw new RunError({
        code: 'E0604',
        message: `another run of job ${this.#job.name} has taken over`,
        help: ['let only one of them run'],
      });
    }
  }

  /** The transaction of the last `record` is durable. */
  recorded(): void {
    this.#epoch++;
  }
}
