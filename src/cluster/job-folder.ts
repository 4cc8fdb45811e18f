import { chmodSync, lstatSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Where the processes of this user listen for what is asked of their runs, each by a socket that is named by its pid.
 * Nobody else may look into it, and who can connect is who may ask.
 */
export function jobFolder(): string {
  const given = process.env['XDG_RUNTIME_DIR'];
  return given === undefined || given === '' ? join(tmpdir(), `ssql-jobs-${ownId()}`) : join(given, 'ssql-jobs');
}

/** Of the user; containers have some that no list of users knows. */
const ownId = (): number => process.getuid!();

/** Makes it. @returns undefined where somebody else has something of that name, or nothing can be made. */
export function ownJobFolder(): string | undefined {
  const folder = jobFolder();
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isOwn(folder)) return undefined;
    chmodSync(folder, 0o700);
    return folder;
  } catch {
    return undefined;
  }
}

function isOwn(folder: string): boolean {
  const found = lstatSync(folder);
  return found.isDirectory() && found.uid === ownId();
}

/** The processes that listen, or did. */
export function listeners(): readonly number[] {
  const folder = jobFolder();
  try {
    return isOwn(folder) ? readdirSync(folder).flatMap((name) => pidOf(name) ?? []) : [];
  } catch {
    return [];
  }
}

/** Removes it, if nobody else listens there. */
export function leaveJobFolder(): void {
  try {
    rmdirSync(jobFolder());
  } catch {
    // Others do.
  }
}

export const socketOf = (folder: string, pid: number): string => join(folder, `${pid}.sock`);

/** The pid of the process that listens at a name in the folder. */
function pidOf(name: string): number | undefined {
  const found = /^(\d+)\.sock$/.exec(name);
  return found === null ? undefined : Number(found[1]);
}
