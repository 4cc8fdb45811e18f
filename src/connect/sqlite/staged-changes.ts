import { Bug } from '../../base/errors.ts';
import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Connection } from './driver.ts';
import { quote, sameName } from './names.ts';
import type { Stage } from './stage.ts';

/** Staged rows that follow each other and all come, or all go; numbered from 1. */
interface Run {
  readonly from: number;
  to: number;
  readonly isGone: boolean;
}

/** Staged rows of a result that changes: one that comes is inserted, or updates the row of its key; others delete that. */
export class StagedChanges {
  /** Condition for staged rows that come, with an AND before it. */
  readonly come: string;
  readonly #db: Connection;
  readonly #key: readonly string[];
  /** Of the row with the key of one staged row, whose number it takes for each column of the key. */
  readonly #delete: string;
  #runs: Run[] = [];
  #rows = 0;

  /** @param key columns of the table. @param columns of the table, in the order of the staged ones. */
  constructor(db: Connection, table: string, key: readonly string[], columns: readonly string[], stage: Stage) {
    this.#db = db;
    this.#key = key;
    this.come = ` AND ${stage.columns.at(-1)!} = 1`;
    // IS finds a NULL, too, and does so by an index as = does; the affinity is that of the column of the table.
    const isSame = key.map((name) => {
      const staged = stage.columns[columns.findIndex((c) => sameName(c, name))]!;
      return `${quote(name)} IS (SELECT ${staged} FROM ${stage.table} WHERE rowid = ?)`;
    });
    this.#delete = `DELETE FROM main.${quote(table)} WHERE ${isSame.join(' AND ')}`;
  }

  /** The rows of a batch have been staged. */
  note(batch: RecordBatch): void {
    const diff = batch.columns.at(-1)!;
    if (diff.kind !== 'f64') throw new Bug(`changes in a column of kind ${diff.kind}`);
    for (const row of rowsOf(batch)) {
      const isGone = diff.values[row]! < 0;
      this.#rows++;
      const last = this.#runs.at(-1);
      if (last?.isGone === isGone) last.to = this.#rows;
      else this.#runs.push({ from: this.#rows, to: this.#rows, isGone });
    }
  }

  /**
   * Does to the table what the staged rows say, in their order.
   *
   * @param insert of the staged rows from one number to another.
   * @returns how many rows of the table have changed.
   */
  apply(insert: string): number {
    let changed = 0;
    const [put, take] = [this.#db.prepare(insert), this.#db.prepare(this.#delete)];
    for (const { from, to, isGone } of this.#runs) {
      if (!isGone) changed += put.run([BigInt(from), BigInt(to)]).changes;
      else for (let row = from; row <= to; row++) changed += take.run(this.#key.map(() => BigInt(row))).changes;
    }
    return changed;
  }

  clear(): void {
    this.#runs = [];
    this.#rows = 0;
  }
}
