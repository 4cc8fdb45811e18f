import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { rowBytes } from '../../data/footprint.ts';
import { concat, gatherBatch } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import type { Changes } from '../../plan/changes.ts';
import { diffField } from '../../plan/changes.ts';
import { diffOf, withDiff, withoutDiff } from './diff.ts';
import { positionsOf } from './positions.ts';

/** Bytes of a batch of one row, beside its cells. */
const BATCH = 600;

/** A row, by the batch that it came in. */
interface Row {
  readonly kind: number;
  readonly row: RecordBatch;
}

/** Of a result whose rows may agree in the keys, the row of each key that came last; if it goes, the one before it. */
export class LatestRows {
  readonly #keysAt: readonly number[];
  readonly #keys: KeyTable;
  readonly #kinds: KeyTable;
  readonly #schema: RecordBatch['schema'];
  /** By key, in the order in which they came. */
  readonly #rows: Row[][] = [];
  #held = 0;

  constructor({ input, keys = [] }: Changes) {
    this.#schema = input.schema.filter((f) => f.name !== diffField.name);
    this.#keysAt = positionsOf(keys, this.#schema);
    this.#keys = new KeyTable(this.#keysAt.map((at) => this.#schema[at]!));
    this.#kinds = new KeyTable(this.#schema.map(({ type }) => ({ type })));
  }

  /** About what all of it takes. */
  get bytes(): number {
    return this.#keys.bytes + this.#kinds.bytes + this.#held;
  }

  /** The changes of the latest rows that some changes of the result make. */
  changes(batch: RecordBatch): RecordBatch {
    const diff = diffOf(batch);
    const rows = withoutDiff(batch);
    const ids = this.#keys.groupIds(
      this.#keysAt.map((at) => rows.columns[at]!),
      rows,
    );
    const kinds = this.#kinds.groupIds(rows.columns, rows);
    const before = new Map<number, Row | undefined>();
    for (const row of rowsOf(batch)) {
      const all = (this.#rows[ids[row]!] ??= []);
      if (!before.has(ids[row]!)) before.set(ids[row]!, all.at(-1));
      const kind = kinds[row]!;
      if (diff === undefined || diff[row]! > 0) {
        const own = gatherBatch(rows, Uint32Array.of(row));
        all.push({ kind, row: own });
        this.#held += rowBytes(own) + BATCH;
      } else {
        const at = all.findLastIndex((r) => r.kind === kind);
        if (at >= 0) for (const gone of all.splice(at, 1)) this.#held -= rowBytes(gone.row) + BATCH;
      }
    }
    const changed = [...before].filter(([id, old]) => this.#rows[id]!.at(-1) !== old);
    const old = changed.flatMap(([, row]) => (row === undefined ? [] : [row.row]));
    const now = changed.flatMap(([id]) => this.#rows[id]!.at(-1)?.row ?? []);
    return withDiff(concat(this.#schema, [...old, ...now]), old.length);
  }
}
