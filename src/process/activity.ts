import { readdirSync, readFileSync } from 'node:fs';

/** What the processes of a group are doing, as far as the system tells. */
export interface Activity {
  /** Processor time of the processes that are there, and of their children that are gone, in clock ticks. */
  readonly ticks: number;
  /** One of them runs, or waits for a disk: not for input, nor for time to pass. */
  readonly busy: boolean;
}

/** @param group 0: not started yet, which counts as being busy. @returns undefined where the system does not tell. */
export function activityOf(group: number): Activity | undefined {
  if (group === 0) return { ticks: 0, busy: true };
  let ticks = 0;
  let busy = false;
  let names: readonly string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  for (const name of names) {
    const fields = statOf(name);
    if (fields === undefined || Number(fields[2]) !== group) continue;
    // Its own, and that of children that it has waited for.
    for (const field of fields.slice(11, 15)) ticks += Number(field);
    busy ||= fields[0] === 'R' || fields[0] === 'D';
  }
  return { ticks, busy };
}

/** The fields behind the name, which stands in brackets and may hold anything: state, parent, group, .. */
export function statOf(pid: string): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return undefined;
  }
}
