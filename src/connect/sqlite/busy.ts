import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from './driver.ts';
import { explained, isBusy, resultCode } from './faults.ts';

/** How long to wait for locks of other programs. */
export interface Patience {
  /** For messages. */
  readonly file: string;
  /** ms */
  readonly busyTimeout: number;
  readonly signal?: AbortSignal;
}

/** ms between two tries: short at first, since most writers hold the lock for moments only. */
const PAUSES = [1, 2, 5, 10, 15, 20, 25, 30, 40, 50];

/**
 * Does `work`, and again as long as the database is locked, without blocking anything else meanwhile. `work` must leave
 * nothing behind when it throws.
 *
 * @throws RunError E0602 after `busyTimeout`, and others for what SQLite says otherwise; the signal's reason.
 */
export async function patiently<T>({ file, busyTimeout, signal }: Patience, work: () => T): Promise<T> {
  const deadline = performance.now() + busyTimeout;
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted();
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) && !mended(error, file)) throw explained(error, file);
      const left = deadline - performance.now();
      if (left <= 0) {
        throw explained(error, file, {
          message: `database ${file} stayed locked by another program for ${busyTimeout / 1000} s`,
          help: ["SET busy_timeout = '30 s' waits longer", `\`fuser ${file}\` shows who has it open`],
        });
      }
      const pause = Math.min(PAUSES[tries] ?? PAUSES.at(-1)!, left);
      await sleep(pause, undefined, signal && { signal }).catch(() => undefined);
    }
  }
}

/**
 * A writer that was killed leaves a journal that the next to come must roll back; a connection that only reads may not.
 * Returns whether that was the matter and was seen to, or is being seen to by another program.
 */
function mended(error: unknown, file: string): boolean {
  if (resultCode(error) !== 'SQLITE_READONLY_ROLLBACK') return false;
  const db = openDatabase(file);
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return true;
  } catch (refused) {
    return isBusy(refused);
  } finally {
    db.close();
  }
}
