import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { QueryError, RunError } from '../../src/base/errors.ts';
import { rowsOf } from '../../src/data/batch.ts';
import { cell } from '../../src/data/cell.ts';
import type { Value } from '../../src/data/value.ts';
import { Engine } from '../../src/engine.ts';
import type { RowTaker } from '../../src/row-taker.ts';
import { shown } from './sqlite-oracle.ts';

/** Rows as text, sorted where their order is open; or what failed. A fault of the rows is one of the data, not of ours. */
export type Outcome =
  { readonly rows: readonly string[] } | { readonly error: string; readonly of: 'data' | 'query' | 'engine' };

/** How a query is run. */
export interface Way {
  readonly name: string;
  readonly engine: Engine;
}

const BATCH_ROWS = [1, 7, 4096] as const;

/** One database file that SQLite and engines of ours read: with and without optimizer and pushdown, in batches of every size. */
export class Oracle {
  readonly db: Database.Database;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ssql-oracle-'));
  /** With pushdown, without, without optimizer; for each of them every size of batch. */
  readonly ways: readonly (readonly Way[])[];

  constructor(sql = '') {
    const file = join(this.#folder, 'oracle.db');
    this.db = new Database(file);
    this.db.pragma('journal_mode = wal');
    this.db.exec(sql);
    // The last holds so little that everything goes to scratch files.
    const offs = [{}, { pushdown: 'off' }, { optimizer: 'off' }, { pushdown: 'off', memory_limit: 1 }];
    this.ways = offs.map((off) =>
      BATCH_ROWS.map((batch_rows): Way => {
        const settings = { ...off, batch_rows };
        return { name: JSON.stringify(settings), engine: new Engine({ attach: { o: file }, settings }) };
      }),
    );
  }

  close(): void {
    for (const { engine } of this.ways.flat()) engine.close();
    this.db.close();
    rmSync(this.#folder, { recursive: true });
  }

  theirs(sql: string, ordered: boolean): Outcome {
    try {
      const rows = this.db.prepare(sql).raw().safeIntegers().all() as Value[][];
      return { rows: printed(rows, ordered) };
    } catch (error) {
      return { error: (error as Error).message, of: 'data' };
    }
  }

  /** What SQLite gives where it has to do without the indexes that were made by CREATE INDEX. */
  withoutIndexes(sql: string, ordered: boolean): Outcome {
    const made = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
    this.db.exec('BEGIN');
    try {
      for (const name of this.db.prepare(made).pluck().all() as string[]) this.db.exec(`DROP INDEX "${name}"`);
      return this.theirs(sql, ordered);
    } finally {
      this.db.exec('ROLLBACK');
    }
  }

  async ours({ engine }: Way, sql: string, ordered: boolean): Promise<Outcome> {
    const rows: Value[][] = [];
    const taker: RowTaker = {
      start: () => undefined,
      batch: (batch) => {
        for (const row of rowsOf(batch)) rows.push(batch.schema.map((f, c) => cell(batch.columns[c]!, f.type, row)));
      },
      end: () => undefined,
    };
    try {
      await engine.run({ name: 'q.ssql', text: sql }, { taker, text: () => undefined });
      return { rows: printed(rows, ordered) };
    } catch (error) {
      const of = error instanceof RunError ? 'data' : error instanceof QueryError ? 'query' : 'engine';
      return { error: of === 'engine' ? ((error as Error).stack ?? String(error)) : (error as Error).message, of };
    }
  }
}

/** Both answers, to be read by a person; empty where they are the same. */
export function difference(ours: Outcome, theirs: Outcome): string {
  const [mine, wanted] = [ours, theirs].map((one) => ('rows' in one ? one.rows.join('\n') : one.error));
  return 'rows' in ours && 'rows' in theirs && mine === wanted ? '' : `SQLite:\n${wanted}\nssql:\n${mine}`;
}

/** Each cell with its class: 1 is not 1.0. */
export function printed(rows: readonly (readonly Value[])[], ordered: boolean): readonly string[] {
  const lines = rows.map((row) => row.map(shown).join(' | '));
  return ordered ? lines : lines.sort();
}
