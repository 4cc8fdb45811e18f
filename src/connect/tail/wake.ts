import { watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';

/** ms between two looks where the system tells of no changes, and after files came or went. */
const SHORT = 100;

/**
 * Tells when followed files may have changed: at once where the system says so (inotify and the like), else now and
 * then, for what it does not see (network file systems, writers through another name).
 */
export class Wake {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #names = new Set<string>();
  readonly #poll: number;
  #blind = false;
  #changed = false;
  #listed = false;
  #resolve: (() => void) | undefined;

  /** @param poll ms from look to look where nothing is told. */
  constructor(poll: number) {
    this.#poll = poll;
  }

  /** Changes of this file, and the coming and going of others in these folders, matter from now on. */
  add(path: string | undefined, folders: readonly string[]): void {
    if (path !== undefined) this.#names.add(basename(path));
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, (event, name) => this.#told(event, name));
      watcher.on('error', () => this.#lost(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // No such folder yet, or the system has no watch left: looking now and then is enough.
      this.#blind = true;
    }
  }

  #lost(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
    this.#blind = true;
  }

  #told(event: string, name: string | null): void {
    if (event === 'rename' || name === null) this.#listed = true;
    else if (!this.#names.has(name)) return;
    this.#changed = true;
    this.#resolve?.();
  }

  /** Whether files came or went since the last call. */
  takeListed(): boolean {
    const listed = this.#listed;
    this.#listed = false;
    return listed;
  }

  /** Waits for a change. @param soon look again shortly. @returns false when there was none, just time to look. */
  async wait(signal: AbortSignal, soon: boolean): Promise<boolean> {
    if (!this.#changed && !signal.aborted) {
      const ms = soon || this.#blind ? Math.min(SHORT, this.#poll) : this.#poll;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          this.#resolve = undefined;
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done);
        this.#resolve = done;
      });
    }
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }
}
