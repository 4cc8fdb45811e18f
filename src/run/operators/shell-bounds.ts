import type { RunError } from '../../base/errors.ts';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { brokenPromise, counted, stagesOf, type Counts } from './shell-faults.ts';
import { PlainReceiver, type Receiver } from './shell-receiver.ts';
import { rowsSent, type Sent } from './shell-sender.ts';

/** How many rows come out for those that go in: EMITS 0..1 is at most as many, 1..N at least as many. */
export interface Bounds {
  readonly atMost: boolean;
  readonly atLeast: boolean;
}

/**
 * What EMITS says of a command whose rows cannot be told apart by their places; of several all must say it. Undefined
 * where nothing is to be counted: a part of a COMBINE is another command, and FORMAT raw makes one row of any output.
 */
export function boundsOf(plan: Shell): Bounds | undefined {
  if (plan.input === undefined || plan.partial === true || plan.outputFormat.name === 'raw') return undefined;
  const emits = stagesOf(plan).map(({ contract }) => contract.emits?.value ?? 'any');
  const atMost = emits.every((word) => word === 'one' || word === '0..1');
  // What cannot be parsed is left out, and nobody knows how many rows it would have been.
  const atLeast = plan.onError !== 'skip' && emits.every((word) => word === 'one' || word === '1..n');
  return atMost || atLeast ? { atMost, atLeast } : undefined;
}

/** Whether so many rows may come of so many. */
export const areWithin = ({ atMost, atLeast }: Bounds, sent: number, received: number): boolean =>
  !(atMost && received > sent) && !(atLeast && received < sent);

/** How messages begin that tell of a false EMITS. */
export function emitsOf(plan: Shell): string {
  const stages = stagesOf(plan).flatMap(({ contract }) => contract.emits ?? []);
  const words = [...new Set(stages.map(({ value }) => `EMITS ${value.toUpperCase()}`))].join(' and ');
  return `${stages.every(({ by }) => by === 'inferred') ? 'taken for' : 'declared'} ${words}`;
}

/** E0502: more, or fewer, rows came out than EMITS says. */
export function outOfBounds(plan: Shell, sent: number, received: number, notes: readonly string[] = []): RunError {
  const came = `${counted(sent)} went in and ${received.toLocaleString('en-US')} came out`;
  return brokenPromise(plan, 'emits', `${emitsOf(plan)}, but ${came}`, notes);
}

/** Rows as they are parsed, and counted: in each process, or answer of a process that stays. */
export class BoundedReceiver implements Receiver {
  readonly held = 0;
  readonly #plan: Shell;
  readonly #bounds: Bounds;
  readonly #inner: PlainReceiver;
  #sent = 0;
  #received = 0;

  constructor(plan: Shell, bounds: Bounds, context: RunContext, counts: Counts) {
    this.#plan = plan;
    this.#bounds = bounds;
    this.#inner = new PlainReceiver(plan, context, counts);
  }

  sent(sent: Sent): void {
    this.#sent += rowsSent(sent);
  }

  take(chunks: readonly Buffer[]): readonly RecordBatch[] {
    return this.#count(this.#inner.take(chunks));
  }

  end(): readonly RecordBatch[] {
    const batches = this.#count(this.#inner.end());
    if (!areWithin(this.#bounds, this.#sent, this.#received)) throw outOfBounds(this.#plan, this.#sent, this.#received);
    return batches;
  }

  /** More may be sent, and make up for rows that are missing now; rows too many stay so. */
  #count(batches: readonly RecordBatch[]): readonly RecordBatch[] {
    for (const batch of batches) this.#received += rowCount(batch);
    if (this.#bounds.atMost && this.#received > this.#sent) throw outOfBounds(this.#plan, this.#sent, this.#received);
    return batches;
  }
}
