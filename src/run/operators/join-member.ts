import { rowCount, rowNumbers, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { isNull, isNullAt, newNulls, setNull, type BoolColumn } from '../../data/column.ts';
import { KeyTable } from '../../data/hash.ts';
import type { Join } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import type { Grace } from './grace.ts';
import { graceJoin } from './join-grace.ts';
import { joinKeys, type JoinKeys } from './join-keys.ts';
import type { HeldElsewhere } from './join-spill.ts';

/** Whether rows are marked by one value alone, `x IN (SELECT y ..)`: then equal values can be looked at by themselves. */
export const isOfOneValue = ({ kind, equal, on, member = [] }: Join): boolean =>
  kind === 'mark' && equal.length === 0 && on === undefined && member.length === 1;

/**
 * Marks rows by one value, with a right side that the memory does not hold: both are divided by that value. What is NULL
 * because of a NULL somewhere else is known without looking at the rows again.
 */
export class MemberJoin implements HeldElsewhere {
  readonly holdsBack = true;
  readonly #keys: JoinKeys;
  readonly #schema: Join['schema'];
  readonly #grace: Grace;
  /** Of the right side. */
  #hasRows = false;
  #hasNull = false;

  /** @param make the join that keeps its right side in memory. */
  constructor(plan: Join, make: (plan: Join) => Operator, context: RunContext) {
    const pairs = plan.member!;
    this.#keys = joinKeys(pairs, plan.left.schema, plan.right.schema);
    this.#schema = plan.schema;
    const makeLarge = (inner: Join): HeldElsewhere => new FewValues(inner, make(inner));
    this.#grace = graceJoin(plan, pairs, make, context, makeLarge);
  }

  addRight(batch: RecordBatch): void {
    const [values] = this.#keys.right(batch);
    const all = rowNumbers(batch);
    const rows = all.filter((row) => !isNullAt(values!, row));
    this.#hasRows ||= all.length > 0;
    this.#hasNull ||= rows.length < all.length;
    this.#grace.addRight({ ...batch, selection: rows });
  }

  addLeft(batch: RecordBatch): void {
    this.#grace.addLeft(batch);
  }

  emit(out: Output): Promise<void> {
    return this.#grace.emit({
      emit: (batch) => out.emit(this.#marked(batch)),
      watermark: () => undefined,
      get full() {
        return out.full;
      },
    });
  }

  close(): void {
    this.#grace.close();
  }

  /** What is TRUE is so whatever else there is. */
  #marked(batch: RecordBatch): RecordBatch {
    const mark = batch.columns.at(-1) as BoolColumn;
    const [values] = this.#keys.left(batch);
    const nulls = newNulls(batch.length);
    for (const row of rowsOf(batch)) {
      if (mark.values[row] === 1 && !isNull(mark.nulls, row)) continue;
      if (isNullAt(values!, row) ? this.#hasRows : this.#hasNull) setNull(nulls, row);
    }
    return { ...batch, schema: this.#schema, columns: [...batch.columns.slice(0, -1), { ...mark, nulls }] };
  }
}

/** Right rows of so few values that they cannot be divided: one of each is enough. */
class FewValues implements HeldElsewhere {
  readonly holdsBack = false;
  readonly #inner: Operator;
  readonly #keys: JoinKeys;
  readonly #known: KeyTable;
  #hasEnded = false;

  constructor(plan: Join, inner: Operator) {
    this.#inner = inner;
    this.#keys = joinKeys(plan.member!, plan.left.schema, plan.right.schema);
    this.#known = new KeyTable(this.#keys.fields);
  }

  addRight(batch: RecordBatch): void {
    let next = this.#known.size;
    const ids = this.#known.groupIds(this.#keys.right(batch), batch);
    const rows = rowNumbers(batch).filter((row) => ids[row] === next && ++next > 0);
    if (rows.length > 0) void this.#inner.onBatch({ ...batch, selection: rows }, 1, nowhere);
  }

  async addLeft(batch: RecordBatch, out: Output): Promise<void> {
    if (!this.#hasEnded) await this.#inner.onEnd?.(1, out);
    this.#hasEnded = true;
    if (rowCount(batch) > 0) await this.#inner.onBatch(batch, 0, out);
  }

  async emit(out: Output): Promise<void> {
    if (this.#hasEnded) await this.#inner.onEnd?.(0, out);
  }

  close(): void {
    void this.#inner.close?.(false);
  }
}

/** Nothing comes out while the right side comes. */
const nowhere: Output = { emit: () => undefined, watermark: () => undefined, full: false };
