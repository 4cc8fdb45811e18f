import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import type { Guard } from './guard.ts';

/** A folder of this process alone, for what its commands need for a while; made when it is needed, gone when we are. */
export class Scratch {
  #folder: string | undefined;
  #made = 0;

  folder(guard: Guard): string {
    if (this.#folder === undefined) {
      this.#folder = mkdtempSync(join(tmpdir(), 'ssql-run-'));
      this.tell(guard);
    }
    return this.#folder;
  }

  /** A new folder in it. @param files those that are named from the current folder are found under the same name in it. */
  subfolder(guard: Guard, files: readonly string[]): string {
    const path = join(this.folder(guard), String(++this.#made));
    mkdirSync(path, { mode: 0o700 });
    for (const file of files) {
      const name = normalize(file);
      if (isAbsolute(name) || name.startsWith('..')) continue;
      mkdirSync(dirname(join(path, name)), { recursive: true });
      symlinkSync(resolve(file), join(path, name));
    }
    return path;
  }

  tell(guard: Guard): void {
    if (this.#folder !== undefined) guard.rememberFolder(this.#folder);
  }

  remove(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}
