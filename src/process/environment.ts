import { delimiter, isAbsolute } from 'node:path';

/** Variables of ours that a command may see; everything else would make its output depend on who started it. */
const KEPT = ['HOME', 'USER', 'TMPDIR'] as const;

/** Where commands are looked for: what happens to be called `sort` in the current folder is not meant by `sort`. */
export function commandPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  return folders.length === 0 ? '/usr/bin:/bin' : folders.join(delimiter);
}

/**
 * The environment of every command: few variables of ours, byte-wise collation, UTC, then what the query declares.
 *
 * SHLVL is set because bash takes a socket as stdin for a remote login and would read ~/.bashrc, whose output would
 * become data; it does so only at the top shell level.
 */
export function commandEnvironment(declared: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of KEPT) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, PATH: commandPath(), LC_ALL: 'C', TZ: 'UTC', SHLVL: '1', ...declared };
}
