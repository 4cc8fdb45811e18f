import { readdirSync, readFileSync } from 'node:fs';

/** What the processes of a group are doing, as far as the system tells. */
export interface Activity {
  /** Processor time of the processes that are there, in clock ticks. */
  readonly ticks: number;
  /** One of them runs, or waits for a disk: not for input, nor for time to pass. */
  readonly busy: boolean;
}

/** @returns undefined where the system does not tell (there is no /proc). */
export function activityOf(group: number): Activity | undefined {
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
    ticks += Number(fields[11]) + Number(fields[12]);
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
