import { alignmentOf } from '../../contract/aligned.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { BoundedReceiver, boundsOf } from './shell-bounds.ts';
import { CountedReceiver } from './shell-counted.ts';
import { stagesOf, type Counts } from './shell-faults.ts';
import { FilterReceiver } from './shell-filter.ts';
import { OneReceiver } from './shell-one.ts';
import { PlainReceiver, type Receiver } from './shell-receiver.ts';

/**
 * What makes rows of the output of a command that is sent rows: how it finds the row that each line belongs to follows
 * from what is declared.
 *
 * @param start what the process gets before the first row.
 */
export function receiverFor(plan: Shell, context: RunContext, counts: Counts, start: Uint8Array): Receiver {
  const alignments = new Set(stagesOf(plan).map(({ contract }) => alignmentOf(contract)));
  const [alignment] = alignments;
  if (alignments.size > 1 || alignment === undefined) {
    const bounds = boundsOf(plan);
    return bounds === undefined
      ? new PlainReceiver(plan, context, counts)
      : new BoundedReceiver(plan, bounds, context, counts);
  }
  if (alignment === 'filters') return new FilterReceiver(plan, counts, start);
  return isAllWritten(plan) ? new CountedReceiver(plan, context, counts) : new OneReceiver(plan, context, counts);
}

/** No column is carried around the command, and no row is left out on either side of it. */
const isAllWritten = ({ schema, writes, contract, onError }: Shell): boolean =>
  schema.every(({ name }) => writes.some((field) => field.name === name)) &&
  contract.nulls?.value.policy !== 'skip' &&
  onError !== 'skip';
