import { findProgram } from './inspect.ts';

/** Whether commands can be made to print at once. */
export const canBeLive = (): boolean => findProgram('stdbuf') !== undefined;

/**
 * The command, made to print each line as soon as it has it: by `stdbuf`, which holds for all that it starts and that uses
 * the C library's buffers, and by the variable that Python heeds. Perl, mawk and static programs are not moved by either.
 * It stays on the first line, so that line numbers in messages are right.
 */
export const lineBuffered = (command: string): string =>
  `PYTHONUNBUFFERED=1; export PYTHONUNBUFFERED; exec stdbuf -oL /bin/sh -c '${command.replaceAll("'", `'\\''`)}'`;
