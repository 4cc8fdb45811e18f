import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { concat } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import type { Refresh } from '../../plan/changes.ts';
import { bounded } from '../../plan/facts.ts';
import type { Plan } from '../../plan/plan.ts';
import type { StateTtl } from '../../plan/state-ttl.ts';
import type { RunContext } from '../context.ts';
import type { Held } from '../held.ts';
import type { Operator, Output } from '../operator.ts';
import { CurrentRows } from './current-rows.ts';
import { difference } from './diff.ts';
import { KeyTtl } from './key-ttl.ts';
import { positionsOf } from './positions.ts';
import { resultOf, type ResultRequest } from './refresh-result.ts';

type Tools = Pick<ResultRequest, 'operatorOf' | 'domainOf'>;

export const refreshOperator = (plan: Refresh, context: RunContext, tools: Tools): Operator =>
  new RefreshOperator(plan, context, tools);

/** Computes the result of a query over all rows so far, again and again; of groups of rows, where the plan has them. */
class RefreshOperator implements Operator {
  readonly #plan: Refresh;
  readonly #context: RunContext;
  readonly #tools: Tools;
  readonly #inputs: CurrentRows[];
  readonly #byAt: readonly (readonly number[])[] | undefined;
  #groups: KeyTable | undefined;
  readonly #ttl: KeyTtl | undefined;
  readonly #keepsResult: boolean;
  /** Where the changes go at the moment. */
  #target: Output | undefined;
  /** Inputs that end while others do not: a result that lacks some of their rows is of no use to anybody. */
  readonly #awaited: Set<number>;
  #open: number;
  /** The last result that was told of, where it is computed as a whole. */
  #before: RecordBatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** A result that the clock asked for and that is still being handed on. Never rejects. */
  #giving: Promise<void> | undefined;
  #isBusy = false;
  /** The clock asked for a result in the middle of a batch. */
  #isDue = false;

  constructor(plan: Refresh, context: RunContext, tools: Tools) {
    const { inputs, by } = plan;
    this.#plan = plan;
    this.#context = context;
    this.#tools = tools;
    this.#inputs = inputs.map(({ schema }) => new CurrentRows(schema));
    this.#byAt = by?.map((names, i) => positionsOf(names, inputs[i]!.schema));
    const keys = this.#byAt?.[0]?.map((at) => inputs[0]!.schema[at]!) ?? [];
    if (keys.length > 0) this.#groups = new KeyTable(keys);
    this.#ttl = plan.ttl && this.#newTtl(plan.ttl);
    this.#keepsResult = JSON.stringify(plan.keep) === JSON.stringify(plan.query);
    const ending = inputs.flatMap((input, i) => (bounded(input) ? [i] : []));
    this.#awaited = new Set(ending.length < inputs.length ? ending : []);
    this.#open = inputs.length;
  }

  get held(): Held {
    return {
      bytes: this.#inputs.reduce((sum, rows) => sum + rows.bytes, this.#groups?.bytes ?? 0),
      what: 'the set of rows that a result is computed from again and again',
      help: 'group by windows of time, so that rows are forgotten, or SET state_ttl',
    };
  }

  async onBatch(batch: RecordBatch, port: number, out: Output): Promise<void> {
    await this.#giving;
    this.#isBusy = true;
    try {
      this.#target = out;
      await (this.#ttl?.take(batch) ?? this.#take(batch, port, out));
      this.#watch(out);
      if (this.#isDue) await this.#give(out);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Results are of all rows, whenever they happened: nothing can be promised of their changes. */
  async onWatermark(time: number): Promise<void> {
    await this.#giving;
    if (this.#plan.ttl?.eventTime !== undefined) await this.#ttl!.watermark(time);
  }

  async onEnd(port: number, out: Output): Promise<void> {
    await this.#giving;
    const isLast = --this.#open === 0;
    if (this.#plan.every !== undefined) {
      this.#awaited.delete(port);
      if (!isLast) return;
      clearTimeout(this.#timer);
      return this.#give(out);
    }
    if (this.#awaited.delete(port) && this.#awaited.size === 0) await this.#give(out);
    // A result over no rows may have one, too.
    else if (isLast && this.#before === undefined && this.#isWhole) await this.#give(out);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#giving;
  }

  async #take(batch: RecordBatch, port: number, out: Output): Promise<void> {
    const rows = this.#inputs[port]!;
    const isQuiet = this.#plan.every !== undefined || this.#awaited.size > 0;
    const ids = this.#groupsOf(batch, port);
    const touched = new Set<number>();
    for (const row of rowsOf(batch)) touched.add(ids[row]!);
    const old = isQuiet || this.#isWhole ? undefined : await this.#result(touched);
    rows.take(batch, ids);
    const kept = await this.#reduce(touched);
    if (old !== undefined) await this.#tell(old, kept ?? (await this.#result(touched)), out);
    else if (!isQuiet) await this.#give(out);
  }

  #newTtl(ttl: StateTtl): KeyTtl {
    const { schema } = this.#plan.inputs[0]!;
    const sizeOf = (): number => this.#groups!.size;
    return new KeyTtl(ttl, schema, {
      get size() {
        return sizeOf();
      },
      number: (batch) => this.#groupsOf(batch, 0),
      take: (rows) => this.#take(rows, 0, this.#target!),
      retain: (ids) => {
        const rows = this.#inputs[0]!.of(ids);
        this.#groups = this.#groups!.retained(ids);
        this.#inputs[0] = new CurrentRows(schema);
        this.#inputs[0].take(rows, this.#groupsOf(rows, 0));
      },
    });
  }

  get #isWhole(): boolean {
    return this.#groups === undefined;
  }

  #groupsOf(batch: RecordBatch, port: number): Uint32Array {
    if (this.#groups === undefined) return new Uint32Array(batch.length);
    return this.#groups.groupIds(this.#byAt![port]!.map((at) => batch.columns[at]!), batch); // prettier-ignore
  }

  /** Forgets what can never be in a result. @returns the result, where that is all that is kept. */
  async #reduce(touched: ReadonlySet<number>): Promise<RecordBatch | undefined> {
    const { keep } = this.#plan;
    const [rows] = this.#inputs;
    if (keep === undefined) return undefined;
    const kept = await this.#resultOf(keep, () => [rows!.of(touched)]);
    const at = positionsOf(this.#plan.inputs[0]!.schema.map((f) => f.name), kept.schema); // prettier-ignore
    const columns = at.map((c) => kept.columns[c]!);
    const batch = { schema: this.#plan.inputs[0]!.schema, length: kept.length, columns };
    rows!.replace(touched, batch, this.#groupsOf(batch, 0));
    return this.#keepsResult ? kept : undefined;
  }

  /** Of some groups, or the whole result. */
  #result(groups?: ReadonlySet<number>): Promise<RecordBatch> {
    const of = (input: number) => {
      const rows = this.#inputs[input]!;
      return groups === undefined ? rows.all() : [rows.of(groups)];
    };
    return this.#resultOf(this.#plan.query, of);
  }

  #resultOf(query: Plan, rows: ResultRequest['rowsOf']): Promise<RecordBatch> {
    return resultOf(query, { ...this.#tools, context: this.#context, rowsOf: rows });
  }

  /** The whole result, or what has become of the last one. */
  async #give(out: Output): Promise<void> {
    this.#isDue = false;
    if (this.#awaited.size > 0) return;
    const now = await this.#result();
    if (this.#plan.gives === 'changes') {
      const old = this.#before ?? concat(now.schema, []);
      this.#before = now;
      await this.#tell(old, now, out);
    } else if (rowCount(now) > 0 && !out.full) await out.emit(now);
  }

  async #tell(old: RecordBatch, now: RecordBatch, out: Output): Promise<void> {
    const changes = difference(old, now);
    if (changes.length > 0 && !out.full) await out.emit(changes);
  }

  #watch(out: Output): void {
    const { every } = this.#plan;
    if (every === undefined || this.#timer !== undefined) return;
    this.#timer = setInterval(() => {
      if (this.#giving !== undefined) return;
      if (this.#isBusy) {
        this.#isDue = true;
        return;
      }
      this.#giving = this.#give(out)
        .catch((error: unknown) => this.#context.fail(error))
        .finally(() => (this.#giving = undefined));
    }, every).unref();
  }
}
