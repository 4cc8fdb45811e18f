import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as /proc shows it. */
export interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly line: string;
}

/** Processes, zombies aside, that commands of the process `worker` are, or descend from, whatever they did to get away. */
export const commandsOf = (worker: number): readonly Seen[] =>
  processes((pid) => read(pid, 'environ').includes(`SSQL_PROCESS=${worker}-`));

/** Guard and shell host of that process. @param temporary the TMPDIR that it was given, in which nothing else lives. */
export const helpersOf = (worker: number, temporary: string): readonly Seen[] =>
  processes((pid) => {
    const line = read(pid, 'cmdline');
    return line.includes(`SSQL_PROCESS=${worker}-`) || (line.includes('shell-host.cjs') && line.includes(temporary));
  });

function processes(test: (pid: string) => boolean): readonly Seen[] {
  const found: Seen[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid || !test(pid)) continue;
    const stat = read(pid, 'stat');
    const [state, parent, group] = stat.replace(/^.*\) /s, '').split(' ');
    if (stat === '' || state === 'Z' || state === 'X') continue;
    const line = read(pid, 'cmdline').replaceAll('\0', ' ').trim();
    found.push({ pid: Number(pid), parent: Number(parent), group: Number(group), line });
  }
  return found;
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** What the descriptors of this process are: how many sockets, pipes, and each file by its name. */
export function descriptors(): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[.*/, '');
      found[target] = (found[target] ?? 0) + 1;
    } catch {
      // The descriptor of the folder that is being read.
    }
  }
  delete found[`/proc/${process.pid}/fd`];
  return found;
}

/** Waits until a look finds nothing; the bound is far above what it takes. @returns what is left when it is reached. */
export async function nothing<T>(look: () => readonly T[], ms = 20_000): Promise<readonly T[]> {
  const until = Date.now() + ms;
  for (let left = look(); ; left = look()) {
    if (left.length === 0 || Date.now() > until) return left;
    await sleep(25);
  }
}

/** Waits until a look finds something. @throws Error when it has not for a long time. */
export async function eventually<T>(look: () => T | undefined, ms = 30_000): Promise<T> {
  const until = Date.now() + ms;
  for (let found = look(); ; found = look()) {
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error('it has not come');
    await sleep(25);
  }
}
