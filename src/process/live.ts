import { inQuotes } from '../base/shell-quote.ts';
import { findProgram } from './inspect.ts';

/** Whether the buffers of commands can be changed: that they print at once, or seldom. */
export const hasStdbuf = (): boolean => findProgram('stdbuf') !== undefined;

/**
 * The command, made to print each line as soon as it has it: by `stdbuf`, which holds for all that it starts and that uses
 * the C library's buffers, and by the variable that Python heeds. Perl, mawk and static programs are not moved by either.
 * It stays on the first line, so that line numbers in messages are right.
 */
export const lineBuffered = (command: string): string =>
  `PYTHONUNBUFFERED=1; export PYTHONUNBUFFERED; ${under('stdbuf -oL', command)}`;

/**
 * The command, made to print in large blocks if that is all that can change: of programs that are known to print by the
 * C library. To a pipe or socket they print 4 KiB at a time, and for each of these we would be woken up.
 */
export const blockBuffered = (command: string): string =>
  /^\s*(sed|[ef]?grep|g?awk|cut|tr|rev|nl|fold|expand|sort|uniq|paste)\s/.test(command)
    ? under('stdbuf -o64K', command)
    : command;

const under = (program: string, command: string): string => `exec ${program} /bin/sh -c ${inQuotes(command)}`;
