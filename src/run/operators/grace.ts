import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { Footprint } from '../../data/footprint.ts';
import type { KeyColumn } from '../../data/hash.ts';
import { RowHasher } from '../../data/hash/row-hash.ts';
import type { MergeKey } from '../../data/merge-order.ts';
import type { Schema } from '../../data/types.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Operator, Output } from '../operator.ts';
import { ordinalField, Ordinals } from '../ordinal.ts';
import { Partitions } from '../partitions.ts';
import { Pause } from '../pause.ts';
import { SortedRuns } from '../sorted-runs.ts';
import type { HeldElsewhere } from './join-spill.ts';

/** Bytes for each row of the right side when it is indexed: its place in the index, and that of its key. */
const INDEXED = 48;

/** About what it takes to keep and to index rows of these bytes: they are put together in one piece. */
export const indexedBytes = (bytes: number, rows: number): number => bytes * 2 + rows * INDEXED;

/** An operator over two inputs, in which only rows with equal keys have to do with each other. */
export interface TwoSided {
  readonly left: Schema;
  readonly right: Schema;
  readonly fields: readonly KeyColumn[];
  readonly leftKeys: (batch: RecordBatch) => readonly Column[];
  readonly rightKeys: (batch: RecordBatch) => readonly Column[];
  /** The operator for some of the keys, which keeps to memory. Both sides have their numbers as last column. */
  readonly make: () => Operator;
  /** The same for one key that has more rows than the memory holds. Absent: that is refused. */
  readonly makeLarge?: () => HeldElsewhere;
  /** Of its rows; the order in which they come: by the numbers of their rows. */
  readonly schema: Schema;
  readonly order: readonly MergeKey[];
  /** What comes out in the end. */
  readonly result: (batch: RecordBatch) => RecordBatch;
}

/** Two sides divided alike. */
interface Sides {
  readonly left: Partitions;
  readonly right: Partitions;
}

/**
 * Both inputs divided by the hashes of their keys, because the right one does not fit into memory: then each part is
 * done by itself. Rows come out in the order in which they would have come otherwise.
 *
 * Grace hash join: Kitsuregawa, Tanaka, Moto-oka 1983.
 */
export class Grace implements HeldElsewhere {
  readonly holdsBack = true;
  readonly #what: TwoSided;
  readonly #context: RunContext;
  readonly #hasher: RowHasher;
  readonly #top: Sides;
  readonly #runs: SortedRuns;
  readonly #account: Account;
  readonly #lefts = new Ordinals();
  readonly #rights = new Ordinals();
  readonly #open = new Set<Sides>();
  /** The part at hand, where it cannot be divided once more. */
  #large: HeldElsewhere | undefined;

  constructor(what: TwoSided, context: RunContext) {
    this.#what = what;
    this.#context = context;
    this.#hasher = new RowHasher(what.fields);
    this.#top = this.#sides(0);
    this.#runs = new SortedRuns(what.schema, what.order, context);
    this.#account = context.memory.open();
  }

  addLeft(batch: RecordBatch): void {
    this.#divide(this.#top, 'left', this.#lefts.of(batch));
  }

  addRight(batch: RecordBatch): void {
    this.#divide(this.#top, 'right', this.#rights.of(batch));
  }

  async emit(out: Output): Promise<void> {
    const pause = new Pause(this.#context.signal);
    await this.#do(this.#top, 1, pause);
    this.#account.close();
    for await (const batch of this.#runs.merged(pause)) {
      await out.emit(this.#what.result(batch));
      if (out.full) return;
    }
  }

  close(): void {
    this.#account.close();
    for (const sides of [this.#top, ...this.#open]) this.#close(sides);
    this.#large?.close();
    this.#runs.close();
  }

  #sides(level: number): Sides {
    const { left, right } = this.#what;
    return {
      left: new Partitions([...left, ordinalField], level, this.#context),
      right: new Partitions([...right, ordinalField], level, this.#context),
    };
  }

  #close(sides: Sides): void {
    this.#open.delete(sides);
    sides.left.close();
    sides.right.close();
  }

  #divide(sides: Sides, side: 'left' | 'right', batch: RecordBatch): void {
    const keys = side === 'left' ? this.#what.leftKeys(batch) : this.#what.rightKeys(batch);
    sides[side].add(batch, this.#hasher.hash(keys, batch));
  }

  async #do(sides: Sides, level: number, pause: Pause): Promise<void> {
    for (let part = 0; part < Partitions.count; part++) {
      const rights: RecordBatch[] = [];
      const footprint = new Footprint();
      let rows = 0;
      let below: Sides | undefined;
      for (const batch of sides.right.part(part)) {
        if (below !== undefined) this.#divide(below, 'right', batch);
        else if (this.#large !== undefined) this.#large.addRight(batch);
        else {
          rights.push(batch);
          footprint.add(batch);
          rows += rowCount(batch);
          const bytes = indexedBytes(footprint.bytes, rows);
          const isTooMuch = this.#account.hold(bytes) && rights.length > 1;
          if (isTooMuch && sides.right.deeper) {
            this.#open.add((below = this.#sides(level)));
            for (const waiting of rights.splice(0)) this.#divide(below, 'right', waiting);
            this.#account.close();
          } else if (isTooMuch && this.#what.makeLarge !== undefined) {
            this.#large = this.#what.makeLarge();
            for (const waiting of rights.splice(0)) this.#large.addRight(waiting);
            this.#account.close();
          } else this.#context.memory.refuse(bytes, 'the right side of a join for one key', 'join the sides the other way round'); // prettier-ignore
        }
        await pause.taken();
      }
      if (this.#large !== undefined) await this.#joinLarge(this.#large, sides.left.part(part), pause);
      else if (below === undefined) await this.#join(rights, sides.left.part(part), pause);
      else {
        for (const batch of sides.left.part(part)) {
          this.#divide(below, 'left', batch);
          await pause.taken();
        }
        await this.#do(below, level + 1, pause);
        this.#close(below);
      }
    }
  }

  async #joinLarge(large: HeldElsewhere, lefts: Iterable<RecordBatch>, pause: Pause): Promise<void> {
    const run = this.#runs.builder();
    const out: Output = { emit: (batch) => run.add(batch), watermark: () => undefined, full: false };
    for (const batch of lefts) {
      await large.addLeft(batch, out);
      await pause.taken();
    }
    await large.emit(out);
    run.end();
    large.close();
    this.#large = undefined;
  }

  async #join(rights: readonly RecordBatch[], lefts: Iterable<RecordBatch>, pause: Pause): Promise<void> {
    const run = this.#runs.builder();
    const out: Output = { emit: (batch) => run.add(batch), watermark: () => undefined, full: false };
    const operator = this.#what.make();
    for (const batch of rights) await operator.onBatch(batch, 1, out);
    await operator.onEnd?.(1, out);
    for (const batch of lefts) {
      await operator.onBatch(batch, 0, out);
      await pause.taken();
    }
    await operator.onEnd?.(0, out);
    run.end();
  }
}
