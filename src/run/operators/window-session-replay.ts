import type { RecordBatch } from '../../data/batch.ts';
import type { F64Column } from '../../data/column.ts';
import type { Field } from '../../data/types.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Pause } from '../pause.ts';
import type { PartitionKeys } from './window-keys.ts';
import type { SessionNode, SessionNodes } from './window-session-nodes.ts';
import type { SessionFrame } from './window-session.ts';
import { OpenSessions, type Cluster } from './window-sessions.ts';

/** What is kept behind the columns of a row: its time and mark, how many watermarks came before it, its number, and its session. */
export const sessionFields = ['$at', '$since', '$epoch', '$ordinal', '$session'].map((name): Field => ({ name, type: 'REAL' })); // prettier-ignore

/** In place of the session of rows that have come since sessions were looked for. */
export const NEW = -1;

/** A session that has no rows yet. */
export const nothing = (): Pick<Cluster<never>, 'start' | 'end' | 'times' | 'stretch'> => ({
  start: Infinity,
  end: -Infinity,
  times: [],
  stretch: NaN,
});

/** A row of the session. */
export function widen(session: Omit<Cluster<never>, 'members'>, time: number, { gap, most }: SessionFrame): void {
  session.start = Math.min(session.start, time);
  session.end = Math.max(session.end, time + gap);
  if (most !== undefined) session.times.push(time);
}

/** What happens to all parts alike. */
export interface Replay {
  readonly frame: SessionFrame;
  readonly keys: PartitionKeys;
  /** Watermarks that may have ended sessions, in order. */
  readonly epochs: readonly number[];
  readonly context: RunContext;
  readonly account: Account;
}

/**
 * Lets the rows of a part come once more, with the watermarks in between: those first whose sessions are known.
 *
 * @param nodes to which the rows come; those of sessions that are over say so. @returns the sessions that are open.
 */
export async function replayed(
  rows: Iterable<RecordBatch>,
  nodes: SessionNodes,
  { frame, keys, epochs, context, account }: Replay,
  pause: Pause,
): Promise<OpenSessions<SessionNode>> {
  const open = new OpenSessions(frame, () => nodes.make());
  const before = new Map<number, { readonly key: number; readonly cluster: Cluster<SessionNode> }>();
  let [first, epoch] = [0, 0];
  const knownOf = (session: number, key: number): Cluster<SessionNode> => {
    let known = before.get(session);
    if (known === undefined) before.set(session, (known = { key, cluster: { ...nothing(), members: nodes.make() } }));
    return known.cluster;
  };
  const closeUpTo = (end: number): void => {
    for (const [, { key, cluster }] of [...before].sort(([a], [b]) => a - b)) open.put(key, cluster);
    before.clear();
    for (; epoch < end; epoch++)
      for (const { start, end, members } of open.close(epochs[epoch]!)) members.over = { epoch, start, end, first: -1 };
  };
  keys.clear();
  for (const batch of rows) {
    const ids = keys.of(batch);
    const [at, marks, when, , sessions] = batch.columns
      .slice(-sessionFields.length)
      .map((c) => (c as F64Column).values);
    for (let row = 0; row < batch.length; row++) {
      const session = sessions![row]!;
      if (session === NEW) {
        if (epoch < when![row]! || before.size > 0) closeUpTo(when![row]!);
        if (!open.add(ids[row]!, first + row, at![row]!, marks![row]!)) context.progress.rowsLate++;
      } else {
        const known = knownOf(session, ids[row]!);
        widen(known, at![row]!, frame);
        known.members.add(first + row);
      }
    }
    first += batch.length;
    const bytes = nodes.bytes + keys.bytes + (frame.most === undefined ? 0 : first * 8);
    account.hold(bytes);
    context.memory.refuse(bytes, 'a part of the state of sessions', 'a smaller gap, or PARTITION BY more');
    await pause.taken();
  }
  closeUpTo(epochs.length);
  return open;
}
