import { spawnSync } from 'node:child_process';

let confines: boolean | undefined;

/** Whether commands can be kept from all effects here: `bwrap` is there, and works. */
export const canConfine = (): boolean =>
  (confines ??= spawnSync('bwrap', ['--ro-bind', '/', '/', '--unshare-net', 'true'], { stdio: 'ignore' }).status === 0);
