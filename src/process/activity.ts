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
  const members = membersOf(group);
  if (members === undefined) return undefined;
  let ticks = 0;
  let busy = false;
  for (const { fields } of members) {
    // Its own, and that of children that it has waited for.
    for (const field of fields.slice(11, 15)) ticks += Number(field);
    busy ||= fields[0] === 'R' || fields[0] === 'D';
  }
  return { ticks, busy };
}

/** The calls by which a process reads, and waits for a child, on those machines that are known. */
const calls: Readonly<Record<string, { readonly read: string; readonly children: readonly string[] }>> = {
  x64: { read: '0', children: ['61', '247'] },
  arm64: { read: '63', children: ['260', '95'] },
};

/**
 * Whether a group (0: one that is not started yet) does nothing before it is given more input: each of its processes reads its stdin, or waits for one that
 * does. undefined where the system does not tell.
 */
export function waitsForInput(group: number): boolean | undefined {
  const known = calls[process.arch];
  const members = group === 0 ? [] : membersOf(group);
  if (known === undefined || members === undefined) return undefined;
  let reads = false;
  for (const { pid, fields } of members) {
    if (fields[0] === 'Z') continue;
    let call: readonly string[];
    try {
      call = readFileSync(`/proc/${pid}/syscall`, 'latin1').split(' ');
    } catch {
      return undefined;
    }
    const isReading = call[0] === known.read && call[1] === '0x0';
    if (!isReading && !known.children.includes(call[0]!)) return false;
    reads ||= isReading;
  }
  return reads;
}

interface Member {
  readonly pid: string;
  readonly fields: readonly string[];
}

function membersOf(group: number): readonly Member[] | undefined {
  let names: readonly string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  return names.flatMap((pid) => {
    const fields = statOf(pid);
    return fields !== undefined && Number(fields[2]) === group ? [{ pid, fields }] : [];
  });
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
