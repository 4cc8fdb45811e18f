import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';
import { RunError } from '../../base/errors.ts';
import { explained } from './faults.ts';

export type Connection = Database.Database;
export type Statement = Database.Statement<unknown[], unknown>;

export interface OpenOptions {
  /** Opened for reading only; where SQLite must first repair what a crashed writer left, it is allowed to. */
  readonly readOnly?: boolean;
  /** Makes an empty database where there is no file. Default: an error. */
  readonly create?: boolean;
}

const scratch = new Set<string>();

/** Says of a database that it ends with this process: nothing of it need survive a crash, so no commit waits for the disk. */
export function declareScratch(file: string): void {
  scratch.add(file);
}

export const isScratch = (file: string): boolean => scratch.has(file);

/**
 * Opens a database file. The connection never waits by itself for a lock, since that would stop everything else in
 * this process: who uses it waits with `patiently`. Changes no setting that is kept in the file.
 *
 * @throws RunError E0601: no such file, a directory, or better-sqlite3 cannot be loaded.
 */
export function openDatabase(file: string, { readOnly = false, create = false }: OpenOptions = {}): Connection {
  const Driver = driver();
  // Looked at by `stat` alone: to open and close the file by other means would drop the locks of this process.
  if (!existsSync(file)) {
    if (!create) throw new RunError({ code: 'E0601', message: `database ${file} does not exist` });
  } else if (!statSync(file).isFile()) {
    throw new RunError({ code: 'E0601', message: `${file} is not a file, so not a database` });
  }
  try {
    const db = new Driver(file, { readonly: readOnly, fileMustExist: !create, timeout: 0 });
    // As in the command line tool of SQLite; better-sqlite3 has another default.
    db.pragma('recursive_triggers = OFF');
    if (readOnly) db.pragma('trusted_schema = OFF');
    db.pragma('temp_store = FILE');
    if (isScratch(file)) db.pragma('synchronous = OFF');
    return db;
  } catch (error) {
    throw explained(error, file);
  }
}

let loaded: typeof Database | undefined;

/** better-sqlite3, loaded when first needed: queries that touch no database work even where it could not be built. */
function driver(): typeof Database {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  let version: string;
  try {
    ({ version } = require('better-sqlite3/package.json') as { version: string });
  } catch (cause) {
    throw new RunError(
      {
        code: 'E0601',
        message: 'the package better-sqlite3, which reads databases, is not installed',
        help: ['npm install better-sqlite3@12'],
      },
      { cause },
    );
  }
  const node = Number(process.versions.node.split('.')[0]);
  // Loading that combination does not fail, it ends the process.
  if (Number(version.split('.')[0]) >= 13 && node < 22) {
    throw new RunError({
      code: 'E0601',
      message: `better-sqlite3 ${version} needs Node 22 or later, and this is Node ${process.versions.node}`,
      help: ['npm install better-sqlite3@12', 'or use a newer Node'],
    });
  }
  try {
    loaded = require('better-sqlite3') as typeof Database;
    new loaded(':memory:').close();
    return loaded;
  } catch (cause) {
    loaded = undefined;
    throw new RunError(
      {
        code: 'E0601',
        message: 'the native part of better-sqlite3, which reads databases, cannot be loaded',
        notes: [cause instanceof Error ? cause.message.split('\n')[0]! : String(cause)],
        help: [
          `npm rebuild better-sqlite3 (built for another Node than ${process.versions.node}, or its install script did not run)`,
        ],
      },
      { cause },
    );
  }
}
