import type { Contract } from '../../contract/contract.ts';
import { isPerRecord } from '../../contract/aligned.ts';
import { contractWords } from '../../contract/words.ts';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { slice } from '../../data/gather.ts';
import { RunError } from '../../base/errors.ts';
import { inputs } from '../../plan/ops.ts';
import type { Trial } from '../../plan/canary.ts';
import type { Plan, Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { blamedOn, shownDifference, type Difference } from './canary-blame.ts';
import { ChainRunner, type MakeOperator } from './canary-chain.ts';
import { rowsIn, under, type Row } from './canary-rows.ts';
import { usable } from './canary.ts';
import { nameOf, stagesOf } from './shell-faults.ts';

/**
 * Shows some rows to a plan as written, and as rewritten, as if there were no others. A plan that treats each row by itself
 * is shown them in two parts, so that what it prints for one must not depend on the others.
 *
 * @throws BrokenPromise E0502 where they give different rows, and it is known why; RunError E0502 where it is not.
 */
export async function tryOn(
  { written, rewritten, order }: Trial,
  batch: RecordBatch,
  context: RunContext,
  make: MakeOperator,
): Promise<void> {
  const runner = new ChainRunner(make, context);
  const { schema } = written;
  const n = rowCount(batch);
  const parts = n > 1 && isCuttable(rewritten) ? [slice(batch, 0, n >> 1), slice(batch, n >> 1, n)] : [batch];
  await usable(context, async () => {
    const plain = under(order, rowsIn(schema, await runner.whole(written, [batch])), schema);
    const found: Row[] = [];
    for (const part of parts) found.push(...rowsIn(schema, await runner.whole(rewritten, [part])));
    const other = under(order, found, schema);
    const at = Array.from({ length: Math.max(plain.length, other.length) }, (_, i) => i).find(
      (i) => plain[i]?.text !== other[i]?.text,
    );
    if (at === undefined) return;
    const difference: Difference = { written: plain[at], rewritten: other[at], schema };
    throw (await blamedOn(written, runner, batch, difference)) ?? unknown(written, difference);
  });
}

const isCuttable = (plan: Plan): boolean =>
  plan.op === 'values' ||
  ((plan.op === 'filter' || plan.op === 'project' || (plan.op === 'shell' && isRecord(plan))) &&
    inputs(plan).every(isCuttable));

const isRecord = (shell: Shell): boolean => stagesOf(shell).every(({ contract }) => isPerRecord(contract));

/** Promises that only laws rely on. */
const LICENCES: readonly (keyof Contract)[] = [
  'combine',
  'orderFree',
  'sortedBy',
  'idempotent',
  'commutesWith',
  'online',
  'keepsOrder',
  'emits',
];

function unknown(written: Plan, difference: Difference): RunError {
  const shells = shellsIn(written);
  const words = shells.flatMap((shell) => {
    const promised = LICENCES.flatMap((axis) => {
      const promise = shell.contract[axis];
      return promise === undefined || promise.by === 'implied' ? [] : contractWords({ [axis]: promise });
    });
    return promised.length === 0 ? [] : [`${nameOf(shell)} is relied on to be ${promised.join(', ')}`];
  });
  return new RunError({
    code: 'E0502',
    message: 'SET canary: the laws that were applied make other rows of the same input than the query as written',
    notes: [...words, shownDifference(difference)],
    help: ['ssql verify tells which promise is false; SET optimizer = off runs the query as it is written'],
  });
}

const shellsIn = (plan: Plan): readonly Shell[] => [
  ...inputs(plan).flatMap(shellsIn),
  ...(plan.op === 'shell' ? [plan] : []),
];
