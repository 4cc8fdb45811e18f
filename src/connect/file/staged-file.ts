import { randomBytes } from 'node:crypto';
import { link, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { asUnwritable } from './unwritable.ts';

const compress = (bytes: Uint8Array): Promise<Uint8Array> => promisify(gzip)(bytes);

/** One file that is written. */
export interface Target {
  readonly path: string;
  /** For messages. */
  readonly name: string;
  /** Rows go to the end of what is there; else they replace it. */
  readonly append: boolean;
  readonly compressed: boolean;
}

/**
 * Bytes on their way into a file. They wait in a file beside it, under a name of its own, and show in the target only
 * when they are published: by a rename where they replace it or it is new, else by appending all of them, which is
 * taken back if it fails half-way. What is no regular file (a device, a pipe) is written at once.
 */
export class StagedFile {
  readonly #target: Target;
  readonly #path: string;
  readonly #staged: string;
  /** The target is no regular file. */
  readonly isDirect: boolean;
  /** The target has something in it already, to which these bytes will be added. */
  readonly continues: boolean;
  readonly #mode: number | undefined;
  #handle: FileHandle | undefined;
  /** Bytes that are staged and not published; undefined: nothing is staged, not even an empty file. */
  #waiting: number | undefined;
  #published = false;

  private constructor(
    target: Target,
    path: string,
    found: { size: number; mode: number; isFile(): boolean } | undefined,
  ) {
    this.#target = target;
    this.#path = path;
    this.isDirect = found !== undefined && !found.isFile();
    this.continues = target.append && found !== undefined && found.size > 0;
    this.#mode = found?.mode;
    this.#staged = this.isDirect
      ? path
      : join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  }

  /** @throws RunError E0701 */
  static async create(target: Target): Promise<StagedFile> {
    const path = await realpath(target.path).catch(() => target.path);
    const file = new StagedFile(target, path, await stat(path).catch(() => undefined));
    await file.#guarded(() => file.#open());
    return file;
  }

  get isOpen(): boolean {
    return this.#handle !== undefined;
  }

  /** @returns bytes that were written, less than given where they are compressed. @throws RunError E0701 */
  async write(bytes: Uint8Array): Promise<number> {
    if (bytes.length === 0) return 0;
    const content = this.#target.compressed ? await compress(bytes) : bytes;
    await this.#guarded(async () => {
      if (this.#handle === undefined) await this.#open();
      await writeAll(this.#handle!, content);
    });
    this.#waiting! += content.length;
    return content.length;
  }

  /** Lets go of the descriptor; writing goes on nevertheless. */
  async rest(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** Makes what is staged part of the target, durably. @throws RunError E0701; then the target is as it was. */
  async publish(): Promise<void> {
    if (this.#waiting === undefined) return;
    if (this.isDirect) return;
    await this.#guarded(async () => {
      if (this.#handle === undefined) await this.#open();
      await this.#handle!.sync();
      await this.rest();
      if (!this.#target.append && !this.#published) await rename(this.#staged, this.#path);
      else await this.#add();
    });
    this.#published = true;
    this.#waiting = undefined;
  }

  /** Forgets what is staged. */
  async discard(): Promise<void> {
    await this.rest();
    if (!this.isDirect) await rm(this.#staged, { force: true });
    this.#waiting = undefined;
  }

  async #open(): Promise<void> {
    const flags = this.isDirect ? 'w' : this.#waiting === undefined ? 'wx' : 'a';
    this.#handle = await open(this.#staged, flags, this.#mode);
    this.#waiting ??= 0;
  }

  /** Where there is no target yet, what is staged becomes it, whole; a link never replaces what is there. */
  async #add(): Promise<void> {
    const isNew = await link(this.#staged, this.#path).then(
      () => true,
      () => false,
    );
    if (!isNew) await appendFile(this.#staged, this.#path);
    await rm(this.#staged, { force: true });
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw asUnwritable(error, this.#target.name, dirname(this.#path));
    }
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten;
}

/** Adds what is staged to the end of the target; cuts the target back to what it was if that fails. */
async function appendFile(staged: string, path: string): Promise<void> {
  const [from, to] = await Promise.all([open(staged, 'r'), open(path, 'a')]);
  const { size } = await to.stat();
  try {
    const space = Buffer.allocUnsafe(1 << 20);
    for (;;) {
      const { bytesRead } = await from.read(space, 0, space.length);
      if (bytesRead === 0) break;
      await writeAll(to, space.subarray(0, bytesRead));
    }
    await to.sync();
  } catch (error) {
    await to.truncate(size);
    throw error;
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}
