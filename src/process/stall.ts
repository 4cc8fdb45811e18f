import { activityOf } from './activity.ts';
import type { Command } from './command.ts';

/**
 * Calls back, once, when a command that has something to do has not got on for so long: it took and gave no byte, and
 * used no processor time. One that waits for rows, or for us to take its own, is not meant.
 *
 * @param limit ms.
 * @returns what ends the watch.
 */
export function whenStalled(command: Command, limit: number, then: () => void): () => void {
  let last = '';
  let since = performance.now();
  const look = (): void => {
    const now = performance.now();
    const activity = activityOf(command.group);
    const state = `${command.moved} ${activity?.ticks}`;
    if (!command.isOwing || activity?.busy === true || state !== last) {
      last = state;
      since = now;
    } else if (now - since >= limit) {
      clearInterval(timer);
      then();
    }
  };
  const timer = setInterval(look, Math.max(20, limit / 4));
  return () => clearInterval(timer);
}
