import { resolve } from 'node:path';
import type { ConnectContext } from '../connector.ts';
import { patiently, type Patience } from './busy.ts';
import { transactionOn } from './connections.ts';
import { openDatabase, type Connection } from './driver.ts';
import { stageTable } from './stage.ts';

/** The connection by which all sinks of a job write to one database: what they commit together is one transaction. */
export class SharedDatabase {
  readonly db: Connection;
  /** The session has a transaction open: what is committed here is so far only a part of that. */
  readonly isNested: boolean;
  readonly #patience: Patience;
  #users = 0;
  #stages = 0;
  /** While a transaction is open: settles when it is over. */
  #transaction: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  private constructor(patience: Patience) {
    this.#patience = patience;
    const outer = transactionOn(patience.file);
    this.isNested = outer !== undefined;
    this.db = outer ?? openDatabase(patience.file);
  }

  /** The one of this job; a new one if it has none, or if the context says nothing of a job. */
  static of({ together }: ConnectContext, patience: Patience): SharedDatabase {
    const key = `sqlite ${resolve(patience.file)}`;
    const found = together?.get(key);
    const database = found instanceof SharedDatabase && found.db.open ? found : new SharedDatabase(patience);
    together?.set(key, database);
    database.#users++;
    return database;
  }

  /** A number for each table in which rows wait. */
  nextStage(): number {
    return this.#stages++;
  }

  /** Settles when no transaction is open; undefined where none is. */
  get idle(): Promise<void> | undefined {
    return this.#transaction?.over;
  }

  /** Begins a transaction that writes, unless one is open. */
  async begin(): Promise<void> {
    if (this.#transaction !== undefined) return;
    await patiently(this.#patience, () => this.db.exec(this.isNested ? 'SAVEPOINT ssql' : 'BEGIN IMMEDIATE'));
    let end = (): void => undefined;
    const over = new Promise<void>((settle) => (end = settle));
    this.#transaction = { over, end };
  }

  /** Commits the open transaction, if there is one. */
  async commit(): Promise<void> {
    if (this.#transaction === undefined) return;
    // With a rollback journal this waits for readers; nothing has to be inserted again for that.
    await patiently(this.#patience, () => this.db.exec(this.isNested ? 'RELEASE ssql' : 'COMMIT'));
    this.#end();
  }

  rollback(): void {
    const isOpen = this.isNested ? this.#transaction !== undefined : this.db.inTransaction;
    if (this.db.open && isOpen) this.db.exec(this.isNested ? 'ROLLBACK TO ssql; RELEASE ssql' : 'ROLLBACK');
    this.#end();
    if (this.db.open && !this.isNested) this.#recover();
  }

  /** Lets go of it; the last user closes the connection. */
  close(): void {
    if (--this.#users > 0) return;
    if (!this.isNested) this.db.close();
    else for (let n = 0; n < this.#stages; n++) this.db.exec(`DROP TABLE IF EXISTS ${stageTable(n)}`);
  }

  /** After a fault of the disk, SQLite has left the journal there for the next reader to roll back. */
  #recover(): void {
    try {
      this.db.prepare('SELECT count(*) FROM main.sqlite_schema').get();
    } catch {
      // Whoever opens it next does that, too.
    }
  }

  #end(): void {
    this.#transaction?.end();
    this.#transaction = undefined;
  }
}
