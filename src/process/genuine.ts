import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { findProgram } from './inspect.ts';

const paths = new Map<string, string | undefined>();

/** Where a program is, links followed; only on systems whose tools are GNU's. */
function pathOf(program: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  if (!paths.has(program)) {
    const path = findProgram(program);
    paths.set(program, path && realpathSync(path));
  }
  return paths.get(program);
}

/**
 * Whether a program is the one that is meant, and not one of the same name that is all programs at once (busybox) or
 * comes with another system: what is known was tried on GNU's.
 */
export function isGenuine(program: string): boolean {
  const path = pathOf(program);
  const real = path && basename(path);
  return real === program || (program === 'awk' && /^(gawk|mawk|original-awk)/.test(real ?? ''));
}

/** Where the programs of the system are; elsewhere in PATH may be somebody's own of the same name. */
const SYSTEM = new Set(['/bin', '/usr/bin']);

/** Whether it is genuine, and the one that came with the system: nobody has put another one before it. */
export const isOfSystem = (program: string): boolean => isGenuine(program) && SYSTEM.has(dirname(pathOf(program)!));
