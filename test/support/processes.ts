import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Processes, zombies aside, that are in one of the groups. */
export function alive(groups: readonly number[]): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // The fields behind the name, which is in brackets and may hold anything: state, parent, group, ..
        const [state, , group] = readFileSync(`/proc/${name}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ');
        return state !== 'Z' && state !== 'X' && groups.includes(Number(group));
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Waits until none is left. @returns those that are, when `ms` are over. */
export async function remaining(groups: readonly number[], ms = 3000): Promise<readonly number[]> {
  const until = Date.now() + ms;
  while (alive(groups).length > 0 && Date.now() < until) await sleep(20);
  return alive(groups);
}
