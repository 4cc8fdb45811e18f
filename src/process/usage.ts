import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { statOf } from './activity.ts';
import type { ProcessStats } from './process-stats.ts';

/** ms of processor time in a clock tick, in which /proc counts. */
const TICK = 10;
/** ms between two looks at all processes. */
const EVERY = 100;

interface Followed {
  readonly into: ProcessStats;
  /** ms of processor time that it was seen to have used, and when that was. */
  seen: number;
  at: number;
}

/**
 * How much processor time and memory commands use, as far as /proc tells. Memory, and the time of those that run, is
 * looked at now and then. The time of those that have ended is exact in sum, since the system adds it up for their parent;
 * which of two that ended at the same moment used how much of it is known up to the last look.
 */
class UsageMeter {
  readonly #followed = new Map<number, Followed>();
  /** By parent: ms of its ended children that are accounted for. */
  readonly #parents = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  /** Measures a process group, from its start on, until `end`. */
  follow(group: number, into: ProcessStats): void {
    const parent = parentOf(group);
    if (parent === undefined) return;
    if (!this.#parents.has(parent)) this.#parents.set(parent, childrenOf(parent));
    this.#followed.set(group, { into, seen: 0, at: performance.now() });
    this.#timer ??= setInterval(() => this.#lookAtAll(), EVERY).unref();
  }

  /** Looks at the leader of a group, which is about to end. */
  look(group: number): void {
    if (this.#followed.has(group)) this.#account(group, [String(group)]);
  }

  /** The group has ended. */
  end(group: number): void {
    const followed = this.#followed.get(group);
    if (followed === undefined) return;
    this.#followed.delete(group);
    const most = (performance.now() - followed.at) * availableParallelism() + TICK;
    let left = most;
    for (const [parent, accounted] of this.#parents) {
      const ended = childrenOf(parent) - accounted;
      const share = Math.max(0, Math.min(left, ended - followed.seen));
      followed.into.cpu += share;
      left -= share;
      this.#parents.set(parent, accounted + Math.min(ended, followed.seen + share));
    }
    if (this.#followed.size > 0) return;
    this.#parents.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #lookAtAll(): void {
    const members = new Map<number, string[]>();
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const group = Number(statOf(name)?.[2]);
      if (!this.#followed.has(group)) continue;
      const found = members.get(group);
      if (found === undefined) members.set(group, [name]);
      else found.push(name);
    }
    for (const [group, names] of members) this.#account(group, names);
  }

  #account(group: number, names: readonly string[]): void {
    const followed = this.#followed.get(group)!;
    const { into } = followed;
    let cpu = 0;
    let memory = 0;
    for (const name of names) {
      const fields = statOf(name);
      if (fields === undefined) continue;
      for (const place of [11, 12, 13, 14]) cpu += Number(fields[place]) * TICK;
      memory += peakOf(name);
    }
    into.peakMemory = Math.max(into.peakMemory, memory);
    // Of a group that was looked at in part, or is losing processes, less may be seen than before.
    if (cpu <= followed.seen) return;
    into.cpu += cpu - followed.seen;
    followed.seen = cpu;
    followed.at = performance.now();
  }
}

/** The children of all sessions of this process are measured together. */
export const usageMeter = new UsageMeter();

/** Who is told of the end of a group: it is not always this process that starts it. */
function parentOf(group: number): number | undefined {
  const parent = Number(statOf(String(group))?.[1]);
  return Number.isNaN(parent) ? undefined : parent;
}

/** ms of processor time of the children of a process that have ended. */
function childrenOf(parent: number): number {
  const fields = statOf(String(parent));
  return fields === undefined ? 0 : (Number(fields[13]) + Number(fields[14])) * TICK;
}

/** The most memory that a process has held, in bytes; a process that has ended holds none. */
function peakOf(pid: string): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
