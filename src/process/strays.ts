import { readdirSync, readFileSync } from 'node:fs';

/**
 * Kills what commands that have ended have left behind in sessions of their own, where no signal to a group finds it: it
 * is known by a variable that all descendants of a command have. Does nothing where the system has no /proc.
 *
 * @param mark what that variable begins with; the number of the command follows.
 * @param runs whether that command still runs.
 */
export function killStrays(mark: string, runs: (command: number) => boolean): void {
  for (const pid of processes()) {
    const number = commandOf(pid, mark);
    if (number === undefined || runs(number)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has gone by itself.
    }
  }
}

function processes(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** The number of the command that a process descends from; undefined for any other process, and those of other users. */
function commandOf(pid: string, mark: string): number | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    const at = environment.indexOf(mark);
    return at < 0 ? undefined : Number.parseInt(environment.slice(at + mark.length), 10);
  } catch {
    return undefined;
  }
}
