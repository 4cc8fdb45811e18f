import { RunError } from '../../base/errors.ts';

/** What a failed call of the file system means for whoever writes `name`; other errors as they are. */
export function asUnwritable(error: unknown, name: string, directory: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return unwritable(name, whyNot(error, directory), error);
}

/** Why a call of the file system failed, in words. @param directory of the file. */
export function whyNot(error: Error, directory: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const said = new Map([
    ['ENOENT', `there is no directory ${directory}`],
    ['ENOTDIR', `${directory} is not a directory`],
    ['EACCES', 'permission denied'],
    ['EROFS', 'the file system is read-only'],
    ['ENOSPC', 'no space is left on the device'],
    ['EDQUOT', 'the disk quota is used up'],
    ['EFBIG', 'the file would be larger than is allowed'],
  ]).get(code ?? '');
  return said ?? message;
}

export const unwritable = (name: string, why: string, cause?: Error): RunError =>
  new RunError({ code: 'E0701', message: `cannot write ${name}: ${why}` }, { cause });
