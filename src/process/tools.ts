import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import type { Shell } from '../plan/plan.ts';
import { findProgram, programsOf } from './inspect.ts';

/** A program that a command runs: what its name stands for, here and now. */
export interface Tool {
  readonly name: string;
  /** Where it is, links followed. */
  readonly path?: string;
  /** Of the file: another one may give other results. */
  readonly sha256?: string;
}

/** The programs of a Shell, as far as its text tells, and those that it NEEDS. Each is read as a whole. */
export function toolsOf({ command, contract, env, fused = [] }: Shell): readonly Tool[] {
  const stages = [{ command, contract, env }, ...fused];
  const found = new Map<string, Tool>();
  for (const stage of stages) {
    const { tools = [], cwd } = stage.contract.needs?.value ?? {};
    for (const name of [...programsOf(stage.command), ...tools]) {
      const path = findProgram(name, cwd, stage.env['PATH']);
      const tool: Tool = { name, ...(path !== undefined && identity(path)) };
      found.set(`${name} ${tool.path}`, tool);
    }
  }
  return [...found.values()];
}

/** By device, inode, size and time of change: a file that is the same is not read again. */
const hashes = new Map<string, string>();

function identity(path: string): { readonly path: string; readonly sha256?: string } {
  try {
    const real = realpathSync(path);
    const { dev, ino, size, mtimeMs } = statSync(real);
    const key = [dev, ino, size, mtimeMs].join(' ');
    const sha256 = hashes.get(key) ?? createHash('sha256').update(readFileSync(real)).digest('hex');
    hashes.set(key, sha256);
    return { path: real, sha256 };
  } catch {
    // A program may be executable and not readable.
    return { path };
  }
}
