import { rowCount, rowNumbers, type RecordBatch } from '../../data/batch.ts';
import { Footprint } from '../../data/footprint.ts';
import { concat, gather, NO_ROW } from '../../data/gather.ts';
import type { Schema } from '../../data/types.ts';
import { compilePredicate, type Predicate } from '../../expr/kernel/compile.ts';
import { bounded } from '../../plan/facts.ts';
import type { Join } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Output } from '../operator.ts';
import { ordinalField, ordinalKey } from '../ordinal.ts';
import { Pause } from '../pause.ts';
import { Scratch, type Frame } from '../scratch.ts';
import { SortedRuns } from '../sorted-runs.ts';
import { joinIndex, remaining } from './join-index.ts';
import type { HeldElsewhere } from './join-spill.ts';

/** Most pairs of rows that are put together at once. */
const PAIRS = 65_536;
/** What is worth a pass over the right side; and what of it is in memory at once, before it is indexed. */
const PART = 8;

/**
 * A join whose right side the memory does not hold, and which cannot be divided by keys: the right side is in a scratch
 * file, and read once for as many left rows as there is room for. Rows come out as they would otherwise.
 *
 * Block nested loop join: Kim 1980.
 */
export class BlockJoin implements HeldElsewhere {
  /** Left rows that never end are joined batch by batch, as they come. */
  readonly holdsBack: boolean;
  readonly #plan: Join;
  readonly #context: RunContext;
  readonly #pairSchema: Schema;
  readonly #residual: Predicate | undefined;
  readonly #account: Account;
  readonly #scratch: Scratch;
  readonly #frames: Frame[] = [];
  readonly #footprint = new Footprint();
  readonly #pause: Pause;
  /** The runs of what is put in order at the moment. */
  #runs: SortedRuns | undefined;
  #lefts: RecordBatch[] = [];
  #rights = 0;
  /** Of joins that keep right rows: which of them have met a left one. */
  #met = new Uint8Array(0);

  constructor(plan: Join, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.holdsBack = bounded(plan.left);
    this.#pairSchema = [...plan.left.schema, ...plan.right.schema];
    const rest = remaining(plan);
    this.#residual = rest && compilePredicate(rest, this.#pairSchema);
    this.#account = context.memory.open();
    this.#scratch = new Scratch(context);
    this.#pause = new Pause(context.signal);
  }

  addRight(batch: RecordBatch): void {
    const { batchRows } = this.#context.settings;
    const rows = rowNumbers(batch);
    for (let at = 0; at < rows.length; at += batchRows)
      this.#frames.push(this.#scratch.write(batch, rows.subarray(at, at + batchRows)));
    this.#rights += rows.length;
  }

  async addLeft(batch: RecordBatch, out: Output): Promise<void> {
    if (rowCount(batch) === 0) return;
    this.#lefts.push(batch);
    this.#footprint.add(batch);
    const isTooMuch = this.#account.hold(this.#footprint.bytes * 2);
    if (isTooMuch || !this.holdsBack || this.#footprint.bytes * PART > this.#context.memory.share)
      await this.#loop(out);
  }

  async emit(out: Output): Promise<void> {
    if (this.#lefts.length > 0) await this.#loop(out);
    const { kind, left, schema } = this.#plan;
    if ((kind !== 'right' && kind !== 'full') || out.full) return;
    this.#noteMet(new Uint32Array(0));
    const empty = concat(left.schema, []);
    for (const { rights, first } of this.#blocks()) {
      const alone = rowNumbers(rights).filter((row) => this.#met[first + row] === 0);
      const nothing = new Uint32Array(alone.length).fill(NO_ROW);
      if (alone.length > 0) await out.emit({ ...this.#paired(empty, nothing, rights, alone), schema });
      if (out.full) return;
      await this.#pause.taken();
    }
  }

  close(): void {
    this.#account.close();
    this.#scratch.close();
    this.#runs?.close();
  }

  /** Joins the left rows that wait with all right rows. */
  async #loop(out: Output): Promise<void> {
    const { kind, left, schema } = this.#plan;
    const lefts = concat(left.schema, this.#lefts);
    this.#lefts = [];
    this.#footprint.clear();
    const hit = new Uint8Array(lefts.length);
    if (kind === 'semi' || kind === 'anti') {
      for await (const pairs of this.#pairs(lefts, hit)) for (const row of pairs.lefts) hit[row] = 1;
      const wanted = kind === 'semi' ? 1 : 0;
      const selection = rowNumbers(lefts).filter((row) => hit[row] === wanted);
      if (selection.length > 0) await out.emit({ ...lefts, schema, selection });
    } else await this.#emitPairs(lefts, hit, out);
    this.#account.close();
  }

  /** The pairs of one block are in the order of the left rows; those of all blocks are merged to that. */
  async #emitPairs(lefts: RecordBatch, hit: Uint8Array, out: Output): Promise<void> {
    const { kind, schema } = this.#plan;
    const kept = [...this.#pairSchema, ordinalField];
    const runs = (this.#runs = new SortedRuns(kept, [ordinalKey(kept.length - 1)], this.#context));
    const add = (
      run: ReturnType<SortedRuns['builder']>,
      rows: Uint32Array,
      rights: RecordBatch,
      others: Uint32Array,
    ): void => {
      const { length, columns } = this.#paired(lefts, rows, rights, others);
      const order = { kind: 'f64', values: Float64Array.from(rows), nulls: undefined } as const;
      run.add({ schema: kept, length, columns: [...columns, order] });
    };
    let run: ReturnType<SortedRuns['builder']> | undefined;
    let block: RecordBatch | undefined;
    for await (const pairs of this.#pairs(lefts)) {
      if (pairs.rights !== block) {
        run?.end();
        run = runs.builder();
        block = pairs.rights;
      }
      if (pairs.lefts.length > 0) add(run!, pairs.lefts, pairs.rights, pairs.others);
      for (const row of pairs.lefts) hit[row] = 1;
      if (kind === 'right' || kind === 'full') this.#noteMet(pairs.others.map((row) => row + pairs.first));
    }
    run?.end();
    if (kind === 'left' || kind === 'full') {
      const alone = rowNumbers(lefts).filter((row) => hit[row] === 0);
      const nothing = new Uint32Array(alone.length).fill(NO_ROW);
      const last = runs.builder();
      if (alone.length > 0) add(last, alone, concat(this.#plan.right.schema, []), nothing);
      last.end();
    }
    for await (const { length, columns } of runs.merged(this.#pause)) {
      await out.emit({ schema, length, columns: columns.slice(0, schema.length) });
      if (out.full) break;
    }
    runs.close();
    this.#runs = undefined;
  }

  /** @param hit left rows that need no further pair. */
  async *#pairs(lefts: RecordBatch, hit?: Uint8Array): AsyncGenerator<Pairs> {
    for (const { rights, first } of this.#blocks()) {
      const open = hit && rowNumbers(lefts).filter((row) => hit[row] === 0);
      if (open?.length === 0) return;
      const pairs = joinIndex(this.#plan, rights).pairs(open === undefined ? lefts : { ...lefts, selection: open });
      for (;;) {
        const chunk = pairs.next(PAIRS);
        const passing = chunk.lefts.length > 0 ? this.#residual?.(this.#paired(lefts, chunk.lefts, rights, chunk.rights)) : undefined; // prettier-ignore
        const of = (rows: Uint32Array): Uint32Array => passing?.map((i) => rows[i]!) ?? rows;
        yield { lefts: of(chunk.lefts), others: of(chunk.rights), rights, first };
        await this.#pause.taken();
        if (chunk.done) break;
      }
    }
  }

  /** The right side in pieces that fit into memory, and the number of the first row of each. */
  *#blocks(): Generator<{ readonly rights: RecordBatch; readonly first: number }> {
    const { schema } = this.#plan.right;
    let waiting: RecordBatch[] = [];
    let [bytes, first, rows] = [0, 0, 0];
    for (const frame of this.#frames) {
      waiting.push(this.#scratch.read(frame, schema));
      bytes += frame.bytes;
      rows += frame.rows;
      if (bytes * PART < this.#context.memory.share) continue;
      yield { rights: concat(schema, waiting), first };
      first += rows;
      waiting = [];
      bytes = rows = 0;
    }
    if (rows > 0) yield { rights: concat(schema, waiting), first };
  }

  #paired(lefts: RecordBatch, rows: Uint32Array, rights: RecordBatch, others: Uint32Array): RecordBatch {
    const columns = [...lefts.columns.map((c) => gather(c, rows)), ...rights.columns.map((c) => gather(c, others))];
    return { schema: this.#pairSchema, length: rows.length, columns };
  }

  #noteMet(rights: Uint32Array): void {
    if (this.#met.length < this.#rights) {
      const grown = new Uint8Array(this.#rights);
      grown.set(this.#met);
      this.#met = grown;
    }
    for (const row of rights) this.#met[row] = 1;
  }
}

/** Left and right rows, by their numbers among `lefts` and in the block `rights`, whose first row is `first` of all. */
interface Pairs {
  readonly lefts: Uint32Array;
  readonly others: Uint32Array;
  readonly rights: RecordBatch;
  readonly first: number;
}
