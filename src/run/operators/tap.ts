import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Tap, Trial } from '../../plan/canary.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';
import type { MakeOperator } from './canary-chain.ts';

/** A batch that a canary looks at: its rows with their numbers, which are `first .. last`. */
export interface Chosen {
  readonly first: number;
  readonly last: number;
  readonly batch: RecordBatch;
}

/** What taps have chosen and nobody has looked at, in order. */
const chosenBy = new WeakMap<Tap, Chosen[]>();
export const chosenOf = (tap: Tap): readonly Chosen[] => chosenBy.get(tap) ?? [];
export const dropChosen = (tap: Tap): void => void chosenBy.get(tap)?.shift();

const SEED = 0x63616e61;

/**
 * Whether to look at a batch: by where it stands in its source, so that whoever reads the source again chooses the same.
 * FNV-1a, and then the finalizer of MurmurHash3, for the last bytes of a place hardly differ from batch to batch.
 */
export function isChosen(share: number, place: string): boolean {
  let hash = SEED;
  for (let i = 0; i < place.length; i++) hash = Math.imul(hash ^ place.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < share;
}

/** Numbers the rows as they pass, and keeps the batches that a canary above it is to look at. */
export function tapOperator(plan: Tap, context: RunContext, make: MakeOperator): Operator {
  const { schema, share, trial } = plan;
  if (trial !== undefined) return trialOperator(share, trial, context, make);
  const { place } = context;
  const chosen: Chosen[] = [];
  chosenBy.set(plan, chosen);
  let next = 1;
  let batches = 0;
  return {
    onBatch(given, _port, out) {
      const values = new Float64Array(given.length);
      const first = next;
      for (const row of rowsOf(given)) values[row] = next++;
      const batch = {
        ...given,
        schema,
        columns: [...given.columns, { kind: 'f64', values, nulls: undefined } as const],
      };
      batches++;
      if (isChosen(share, JSON.stringify(place?.() ?? batches))) chosen.push({ first, last: next - 1, batch });
      return out.emit(batch);
    },
    close: () => void chosen.splice(0),
  };
}

/** Hands rows on, those of batches that it looks at when both plans have given the same of them. */
function trialOperator(share: number, trial: Trial, context: RunContext, make: MakeOperator): Operator {
  const { place } = context;
  let batches = 0;
  return {
    async onBatch(batch, _port, out) {
      batches++;
      if (isChosen(share, JSON.stringify(place?.() ?? batches))) {
        const { tryOn } = await import('./tap-trial.ts');
        await tryOn(trial, batch, context, make);
      }
      await out.emit(batch);
    },
  };
}
