import { readdirSync, readFileSync } from 'node:fs';

/** What the processes of a group are doing, as far as the system tells. */
export interface Activity {
  /** Processor time of the processes that are there, and of their children that are gone, in clock ticks. */
  readonly ticks: number;
  /** One of them runs, or waits for a disk: not for input, nor for time to pass. */
  readonly busy: boolean;
  /** It does nothing before it is given more input: each of them reads its stdin, or waits for one that does. */
  readonly starved: boolean;
}

/** @param group 0: not started yet, which counts as being busy. @returns undefined where the system does not tell. */
export function activityOf(group: number): Activity | undefined {
  if (group === 0) return { ticks: 0, busy: true, starved: false };
  let names: readonly string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  let ticks = 0;
  let busy = false;
  const waits = new Set<'for input' | 'for a child' | 'otherwise'>();
  for (const name of names) {
    const fields = statOf(name);
    if (fields === undefined || Number(fields[2]) !== group) continue;
    // Its own, and that of children that it has waited for.
    for (const field of fields.slice(11, 15)) ticks += Number(field);
    busy ||= fields[0] === 'R' || fields[0] === 'D';
    if (fields[0] !== 'Z') waits.add(waitOf(name));
  }
  return { ticks, busy, starved: waits.has('for input') && !waits.has('otherwise') };
}

/** The calls by which a process reads, and waits for a child, on those machines that are known. */
const calls: Readonly<Record<string, { readonly read: string; readonly children: readonly string[] }>> = {
  x64: { read: '0', children: ['61', '247'] },
  arm64: { read: '63', children: ['260', '95'] },
};

/** What a process waits for; 'otherwise' where the system does not tell, and for one that runs. */
function waitOf(pid: string): 'for input' | 'for a child' | 'otherwise' {
  const known = calls[process.arch];
  if (known === undefined) return 'otherwise';
  try {
    const [call = '', first] = readFileSync(`/proc/${pid}/syscall`, 'latin1').split(' ');
    if (call === known.read && first === '0x0') return 'for input';
    return known.children.includes(call) ? 'for a child' : 'otherwise';
  } catch {
    return 'otherwise';
  }
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
