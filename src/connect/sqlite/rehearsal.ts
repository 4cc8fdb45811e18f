import { resolve } from 'node:path';
import { openDatabase, type Connection } from './driver.ts';
import { explained } from './faults.ts';

/**
 * Stands in for databases that are not to be changed: while a script is only looked at, its CREATE TABLE and the like
 * are made in a copy of the schema, without rows, so that the statements behind them find what they will find.
 */
export class Rehearsal {
  readonly #copies = new Map<string, Connection>();

  /** @throws RunError with what SQLite says. */
  run(file: string, sql: string): void {
    const copy = this.#copyOf(file);
    try {
      copy.exec(sql);
    } catch (error) {
      throw explained(error, file);
    }
  }

  /** The copy of this database, if a statement has changed it. */
  connection(file: string): Connection | undefined {
    return this.#copies.get(resolve(file));
  }

  close(): void {
    for (const copy of this.#copies.values()) copy.close();
    this.#copies.clear();
  }

  #copyOf(file: string): Connection {
    const known = this.connection(file);
    if (known !== undefined) return known;
    const copy = openDatabase(':memory:', { create: true });
    for (const sql of schemaOf(file)) {
      try {
        copy.exec(sql);
      } catch {
        // Of a module that is not here, or made with its virtual table: the catalogue leaves such tables out, too.
      }
    }
    this.#copies.set(resolve(file), copy);
    return copy;
  }
}

function schemaOf(file: string): readonly string[] {
  const db = openDatabase(file, { readOnly: true });
  try {
    const sql = "SELECT sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY type <> 'table', rowid"; // prettier-ignore
    return db.prepare(sql).pluck().all() as string[];
  } catch (error) {
    throw explained(error, file);
  } finally {
    db.close();
  }
}
