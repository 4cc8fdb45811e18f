import { AsyncLocalStorage } from 'node:async_hooks';
import { resolve } from 'node:path';
import type { Patience } from './busy.ts';
import { openDatabase, type Connection, type OpenOptions } from './driver.ts';
import { runOn, type SqliteResult } from './passthrough.ts';

/** Knows a database by a connection of its own, which sees more than others do. */
export interface View {
  connection(file: string): Connection | undefined;
}

/** That of the session on whose behalf code runs, while it has a transaction open, or is only rehearsed. */
const current = new AsyncLocalStorage<View>();
const all = new Set<Connections>();

/**
 * The connections of one session, one for each database, by which statements run that are SQLite's own. They stay, so
 * that BEGIN holds until COMMIT, and PRAGMAs and temporary tables until the session is closed.
 *
 * While a transaction is open, the session reads and writes that database by the same connection (`within`): its queries
 * see what the transaction has done, and what they write is committed or taken back with it.
 */
export class Connections {
  readonly #open = new Map<string, { readonly db: Connection; readonly readOnly: boolean }>();

  /** Runs one statement as SQLite understands it. @throws RunError with what SQLite says. */
  async run(file: string, sql: string, options: OpenOptions & Partial<Patience> = {}): Promise<SqliteResult> {
    return runOn(this.#connection(file, options.readOnly === true), file, sql, options);
  }

  /** Does `work` such that what it reads belongs to the open transactions. */
  within<T>(work: () => T): T {
    return [...this.#open.values()].some(({ db }) => db.inTransaction) ? seeing(this, work) : work();
  }

  /** Takes open transactions back. */
  close(): void {
    for (const { db } of this.#open.values()) db.close();
    this.#open.clear();
    all.delete(this);
  }

  /** The connection that has a transaction open on this database. */
  connection(file: string): Connection | undefined {
    const found = this.#open.get(resolve(file));
    return found?.db.inTransaction ? found.db : undefined;
  }

  #connection(file: string, readOnly: boolean): Connection {
    const key = resolve(file);
    const found = this.#open.get(key);
    if (found !== undefined && (!found.readOnly || readOnly)) return found.db;
    found?.db.close();
    const db = openDatabase(file, { readOnly });
    db.pragma('foreign_keys = ON');
    if (!watching) process.once('exit', closeAll);
    watching = true;
    all.add(this);
    this.#open.set(key, { db, readOnly });
    return db;
  }
}

/** The end of the process is waited for, once for all sessions. */
let watching = false;

function closeAll(): void {
  for (const connections of [...all]) connections.close();
}

/** Does `work` such that catalogues, and what it reads, are as `view` sees them. */
export const seeing = <T>(view: View, work: () => T): T => current.run(view, work);

/** The connection by which the session that asks sees this database, if it has one of its own. */
export const transactionOn = (file: string): Connection | undefined => current.getStore()?.connection(file);
