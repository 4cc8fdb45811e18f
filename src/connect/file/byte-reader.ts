import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { constants, createGunzip, gunzipSync, type Gunzip } from 'node:zlib';
import { RunError } from '../../base/errors.ts';
import type { InputFile } from './paths.ts';

/** The content of a file, decompressed, from its start or from some byte on. */
export interface ByteReader {
  /** Puts the next bytes at the start of `space`. @returns how many; 0 at the end. */
  read(space: Uint8Array): Promise<number>;
  /** Bytes of the file itself that were taken in since the last call. */
  taken(): number;
  close(): Promise<void>;
}

/** Whether a file is gzip: option `compression` says so, or else its name. */
export const isCompressed = (path: string, compression: unknown): boolean =>
  compression === undefined ? /\.gz$/i.test(path) : compression === 'gzip';

/** Reads a file as it is. @param from where to begin; undefined where it cannot be chosen (a pipe). */
export class PlainReader implements ByteReader {
  readonly #handle: FileHandle;
  #position: number | undefined;
  #taken = 0;

  constructor(handle: FileHandle, from: number | undefined) {
    this.#handle = handle;
    this.#position = from;
  }

  async read(space: Uint8Array): Promise<number> {
    const { bytesRead } = await this.#handle.read(space, 0, space.length, this.#position ?? null);
    if (this.#position !== undefined) this.#position += bytesRead;
    this.#taken += bytesRead;
    return bytesRead;
  }

  taken(): number {
    const taken = this.#taken;
    this.#taken = 0;
    return taken;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Bytes that are decompressed at once. */
const CHUNK = 1 << 18;

/** Decompresses a gzip file as it reads; several members one behind the other are one content, as for gzip itself. */
class GzipReader implements ByteReader {
  readonly #file: InputFile;
  readonly #gunzip: Gunzip;
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #rest: Buffer = Buffer.alloc(0);
  #skip: number;
  #told = 0;

  constructor(file: InputFile, handle: FileHandle, from: number) {
    this.#file = file;
    this.#skip = from;
    this.#gunzip = createGunzip({ chunkSize: CHUNK });
    const input = createReadStream('', { fd: handle, highWaterMark: CHUNK });
    input.on('error', (error) => this.#gunzip.destroy(error));
    this.#gunzip.on('close', () => input.destroy());
    this.#chunks = input.pipe(this.#gunzip)[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  async read(space: Uint8Array): Promise<number> {
    while (this.#rest.length <= this.#skip) {
      this.#skip -= this.#rest.length;
      const next = await this.#next();
      if (next === undefined) return 0;
      this.#rest = next;
    }
    const from = this.#skip;
    this.#skip = 0;
    const n = this.#rest.copy(space, 0, from, from + space.length);
    this.#rest = this.#rest.subarray(from + n);
    return n;
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const next = await this.#chunks.next();
      return next.value;
    } catch (error) {
      throw notGzip(this.#file, error);
    }
  }

  taken(): number {
    const { bytesWritten } = this.#gunzip;
    const taken = bytesWritten - this.#told;
    this.#told = bytesWritten;
    return taken;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/** @param from bytes of the (decompressed) content to skip; undefined for what cannot be read from a chosen place. */
export async function openBytes(file: InputFile, from: number | undefined, compressed: boolean): Promise<ByteReader> {
  const handle = await open(file.path, 'r');
  return compressed ? new GzipReader(file, handle, from ?? 0) : new PlainReader(handle, from);
}

/** The content of the first bytes of a gzip file, as far as they tell it. */
export function decompressedHead(file: InputFile, head: Buffer): Buffer {
  if (head.length === 0) return head;
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw notGzip(file, error);
  }
}

/** What zlib says, as a fault of the file; other errors as they are. */
function notGzip({ name }: InputFile, error: unknown): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!code.startsWith('Z_')) return error;
  const why =
    code === 'Z_BUF_ERROR'
      ? 'the compressed data is cut off'
      : message === 'incorrect header check'
        ? 'it is not compressed by gzip'
        : `the compressed data is damaged (${message})`;
  const help = message === 'incorrect header check' ? ["compression = 'none' reads it as it is"] : [];
  return new RunError({ code: 'E0701', message: `cannot read ${name}: ${why}`, help }, { cause: error });
}
