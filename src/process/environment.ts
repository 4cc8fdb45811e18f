/** Variables of ours that a command may see; everything else would make its output depend on who started it. */
const KEPT = ['PATH', 'HOME', 'USER', 'TMPDIR'] as const;

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
  return { ...env, LC_ALL: 'C', TZ: 'UTC', SHLVL: '1', ...declared };
}
