import { closeSync, constants, openSync, readSync, rmSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunError } from '../base/errors.ts';
import { whyNot } from '../connect/file/unwritable.ts';
import type { RecordBatch } from '../data/batch.ts';
import { Packer, unpack } from '../data/packed.ts';
import type { Schema } from '../data/types.ts';
import type { RunContext } from './context.ts';

/** O_TMPFILE of Linux: a file that never has a name. */
const UNNAMED = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;

/** Where some rows are in a scratch file. */
export interface Frame {
  readonly at: number;
  readonly bytes: number;
  readonly rows: number;
}

/**
 * A file for rows that do not fit into memory, made when the first ones come. It has no name from then on, so that
 * nothing is left of it however the process ends; where a file that is open must have one, it is removed on close.
 */
export class Scratch {
  readonly #context: RunContext;
  readonly #packer = new Packer();
  #fd: number | undefined;
  #named: string | undefined;
  #end = 0;

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Adds some rows of a batch. @throws RunError E0701 */
  write(batch: RecordBatch, rows: Uint32Array): Frame {
    const fd = (this.#fd ??= this.#open());
    const content = this.#packer.pack(batch, rows);
    const frame = { at: this.#end, bytes: content.length, rows: rows.length };
    this.#guarded('write', () => {
      for (let done = 0; done < content.length;)
        done += writeSync(fd, content, done, content.length - done, this.#end + done);
    });
    this.#end += content.length;
    this.#context.progress.bytesSpilled += content.length;
    if (this.#context.own !== undefined) this.#context.own.bytesSpilled += content.length;
    return frame;
  }

  /** The rows of a frame in memory of their own. @throws RunError E0701 */
  read({ at, bytes }: Frame, schema: Schema): RecordBatch {
    const space = new ArrayBuffer(bytes);
    const into = new Uint8Array(space);
    this.#guarded('read', () => {
      for (let done = 0; done < bytes;) {
        const got = readSync(this.#fd!, into, done, bytes - done, at + done);
        if (got === 0) throw Object.assign(new Error('it is shorter than what was written'), { syscall: 'read' });
        done += got;
      }
    });
    return unpack(space, schema);
  }

  close(): void {
    const [fd, named] = [this.#fd, this.#named];
    this.#fd = this.#named = undefined;
    if (fd !== undefined) closeSync(fd);
    if (named !== undefined) rmSync(named, { force: true });
  }

  #open(): number {
    if (process.platform === 'linux') {
      try {
        return openSync(this.#folder, UNNAMED, 0o600);
      } catch {
        // Some file systems have no such files; other faults show below.
      }
    }
    const path = join(this.#folder, `.ssql-${process.pid}-${randomBytes(6).toString('hex')}`);
    return this.#guarded('make', () => {
      const fd = openSync(path, 'wx+', 0o600);
      try {
        unlinkSync(path);
      } catch {
        this.#named = path;
      }
      return fd;
    });
  }

  /** /tmp is memory on many systems; /var/tmp is not. */
  get #folder(): string {
    const { tempDirectory } = this.#context.settings;
    if (tempDirectory !== '') return tempDirectory;
    const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    return process.env['TMPDIR'] ?? (isThere('/var/tmp') ? '/var/tmp' : tmpdir());
  }

  #guarded<T>(what: 'make' | 'write' | 'read', work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Error) || !('syscall' in error)) throw error;
      throw new RunError(
        {
          code: 'E0701',
          message: `cannot ${what} a scratch file in ${this.#folder}: ${whyNot(error, this.#folder)}`,
          help: [
            "another folder: SET temp_directory = '..'; or more memory, so that less is spilled: SET memory_limit",
          ],
        },
        { cause: error },
      );
    }
  }
}
