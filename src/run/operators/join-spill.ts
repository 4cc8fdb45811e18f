import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { Footprint } from '../../data/footprint.ts';
import type { Field, Schema } from '../../data/types.ts';
import { bounded } from '../../plan/facts.ts';
import type { Join } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Operator, Output } from '../operator.ts';
import { ordinalField, ordinalKey } from '../ordinal.ts';
import { Grace, indexedBytes } from './grace.ts';
import { BlockJoin } from './join-blocks.ts';
import { joinKeys } from './join-keys.ts';

/** A join with its right side in scratch files. */
export interface HeldElsewhere {
  /** Nothing comes out before the end of the left side. */
  readonly holdsBack: boolean;
  addRight(batch: RecordBatch): void;
  addLeft(batch: RecordBatch, out: Output): void | Promise<void>;
  /** Both sides have ended. */
  emit(out: Output): Promise<void>;
  close(): void;
}

/** What is known of the size of a join's right side while it comes. */
export class HeldRight {
  /** Takes all rows from the moment on at which there were too many. */
  elsewhere: HeldElsewhere | undefined;
  readonly #plan: Join;
  readonly #context: RunContext;
  readonly #account: Account;
  readonly #footprint = new Footprint();
  #rows = 0;

  constructor(plan: Join, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#account = context.memory.open();
  }

  /** Whether the right side should go to scratch files, this batch of it included. */
  isTooMuch(batch: RecordBatch): boolean {
    this.#footprint.add(batch);
    this.#rows += rowCount(batch);
    const bytes = indexedBytes(this.#footprint.bytes, this.#rows);
    const isTooMuch = this.#account.hold(bytes);
    if (this.#plan.kind !== 'mark' || this.#isDivisible) return isTooMuch;
    this.#context.memory.refuse(bytes, 'the right side of IN', 'compare columns of both sides by =');
    return false;
  }

  /** @param waiting the rows so far; they are taken out. @param make the join that keeps the right side in memory. */
  divide(waiting: RecordBatch[], make: (plan: Join) => Operator): void {
    this.elsewhere = this.#isDivisible
      ? graceJoin(this.#plan, make, this.#context)
      : new BlockJoin(this.#plan, this.#context);
    for (const batch of waiting.splice(0)) this.elsewhere.addRight(batch);
    this.#account.close();
    this.#footprint.clear();
  }

  close(): void {
    this.#account.close();
    this.elsewhere?.close();
  }

  /** Pairs without keys are found among all rows, and rows without end cannot be kept to the end. */
  get #isDivisible(): boolean {
    return this.#plan.equal.length > 0 && bounded(this.#plan.left);
  }
}

/** A join whose right side does not fit into memory. @param make the join that keeps it there. */
function graceJoin(plan: Join, make: (plan: Join) => Operator, context: RunContext): Grace {
  const [left, right] = [plan.left.schema, plan.right.schema];
  const keys = joinKeys(plan.equal, left, right);
  const inner = numbered(plan);
  const isPair = plan.kind !== 'semi' && plan.kind !== 'anti' && plan.kind !== 'mark';
  const own = (batch: RecordBatch): RecordBatch['columns'] => [
    ...batch.columns.slice(0, left.length),
    ...batch.columns.slice(left.length + 1, isPair ? -1 : undefined),
  ];
  return new Grace(
    {
      left,
      right,
      fields: keys.fields,
      leftKeys: keys.left,
      rightKeys: keys.right,
      make: () => make(inner),
      ...(plan.kind !== 'mark' && { makeLarge: () => new BlockJoin(inner, context) }),
      schema: inner.schema,
      order: [ordinalKey(left.length), ...(isPair ? [ordinalKey(inner.schema.length - 1)] : [])],
      result: (batch) => ({ schema: plan.schema, length: batch.length, columns: own(batch) }),
    },
    context,
  );
}

/** The same join of rows that have a number more on each side. */
function numbered(plan: Join): Join {
  const { kind } = plan;
  const left = [...plan.left.schema, named('$left')];
  const right = [...plan.right.schema, named('$right')];
  const isPair = kind !== 'semi' && kind !== 'anti' && kind !== 'mark';
  const behind = isPair ? right : kind === 'mark' ? plan.schema.slice(-1) : [];
  return { ...plan, left: rows(left), right: rows(right), schema: [...left, ...behind] };
}

const named = (name: string): Field => ({ ...ordinalField, name });
const rows = (schema: Schema) => ({ op: 'values', schema, rows: [] }) as const;
