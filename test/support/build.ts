import { execFileSync } from 'node:child_process';

/** Tests that start `ssql` start what is built from the sources as they are now. */
export default function setup(): void {
  execFileSync(process.execPath, ['build.mjs', '--bundles'], { stdio: 'inherit' });
}
