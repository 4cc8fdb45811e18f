import { chmodSync, lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Where the processes of this user listen for what is asked of their runs, each by a socket that is named by its pid.
 * Nobody else may look into it, and who can connect is who may ask.
 */
export function jobFolder(): string {
  const { uid } = userInfo();
  const given = process.env['XDG_RUNTIME_DIR'];
  return given === undefined || given === '' ? join(tmpdir(), `ssql-jobs-${uid}`) : join(given, 'ssql-jobs');
}

/** Makes it. @returns undefined where somebody else has something of that name, or nothing can be made. */
export function ownJobFolder(): string | undefined {
  const folder = jobFolder();
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== userInfo().uid) return undefined;
    if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
    return folder;
  } catch {
    return undefined;
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
export function pidOf(name: string): number | undefined {
  const found = /^(\d+)\.sock$/.exec(name);
  return found === null ? undefined : Number(found[1]);
}
