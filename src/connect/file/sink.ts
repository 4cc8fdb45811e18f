import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RunError } from '../../base/errors.ts';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { encoder, type FormatName } from '../../data/format/catalog.ts';
import { EncodeError, type Encoder } from '../../data/format/format.ts';
import type { ConnectContext, SinkHandle, SinkRequest } from '../connector.ts';

/** @throws RunError E0701 where the file cannot be made: no such directory, no permission, a directory. */
export async function checkWritable(path: string, name: string): Promise<void> {
  try {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) throw unwritable(name, 'it is a directory');
    if (found !== undefined) await access(path, constants.W_OK);
    if (found === undefined || found.isFile()) await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw asUnwritable(error, name, dirname(path));
  }
}

/** Opens the sink of connector `file`. Rows show in the target only after the final commit, all at once. */
export async function openFileSink(request: SinkRequest, context: ConnectContext): Promise<SinkHandle> {
  const { options } = request;
  const name = options['path'] as string;
  const given = options['target'] as string;
  const path = await realpath(given).catch(() => given);
  const found = await stat(path).catch(() => undefined);
  const append = options['append'] !== false;
  const header = options['header'] !== false && !(append && found !== undefined && found.size > 0);
  const schema = request.schema.map((field, i) => ({ ...field, name: request.columns[i] ?? field.name }));
  const encode = encoder(options['format'] as FormatName, schema, { ...options, header });
  const isDirect = found !== undefined && !found.isFile();
  const staged = isDirect ? path : join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(staged, isDirect ? 'w' : 'wx', found?.mode);
    const sink = new FileSink(name, path, staged, append, handle, encode, context);
    await sink.put(encode.start);
    return sink;
  } catch (error) {
    throw asUnwritable(error, name, dirname(path));
  }
}

class FileSink implements SinkHandle {
  committed = 0;
  readonly #name: string;
  readonly #path: string;
  /** Where rows wait for the final commit; the target itself if that is no regular file. */
  readonly #staged: string;
  readonly #append: boolean;
  readonly #encode: Encoder;
  readonly #context: ConnectContext;
  #handle: FileHandle | undefined;
  #rows = 0;

  constructor(
    name: string,
    path: string,
    staged: string,
    append: boolean,
    handle: FileHandle,
    encode: Encoder,
    context: ConnectContext,
  ) {
    this.#name = name;
    this.#path = path;
    this.#staged = staged;
    this.#append = append;
    this.#handle = handle;
    this.#encode = encode;
    this.#context = context;
  }

  async write(batch: RecordBatch): Promise<void> {
    await this.put(encoded(this.#encode, batch, this.#rows, this.#name));
    this.#rows += rowCount(batch);
  }

  async put(bytes: Uint8Array): Promise<void> {
    await this.#guarded(() => writeAll(this.#handle!, bytes));
    this.#context.countBytes(bytes.length);
  }

  async commit(_offset: unknown, final: boolean): Promise<void> {
    if (!final) return;
    await this.#guarded(async () => {
      const isRegular = this.#staged !== this.#path;
      if (isRegular) await this.#handle!.sync();
      await this.#release();
      if (!isRegular) return;
      if (this.#append) await appendFile(this.#staged, this.#path);
      else await rename(this.#staged, this.#path);
    });
    this.committed = this.#rows;
  }

  async abort(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    await this.#release();
    if (this.#staged !== this.#path) await rm(this.#staged, { force: true });
  }

  async #release(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw asUnwritable(error, this.#name, dirname(this.#path));
    }
  }
}

/** Rows as bytes. @throws RunError E0405 naming row and column of a value that the format cannot hold. */
export function encoded(encode: Encoder, batch: RecordBatch, rowsBefore: number, target: string): Uint8Array {
  try {
    return encode.encode(batch);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    const message = `${target} row ${rowsBefore + error.row + 1}, column ${error.column}: ${error.message}`;
    throw new RunError(
      { code: 'E0405', message, help: ["format = 'jsonl', 'csv' or 'tsv' can hold it"] },
      { cause: error },
    );
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

function asUnwritable(error: unknown, name: string, directory: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const said = new Map([
    ['ENOENT', `there is no directory ${directory}`],
    ['ENOTDIR', `${directory} is not a directory`],
    ['EACCES', 'permission denied'],
    ['EROFS', 'the file system is read-only'],
    ['ENOSPC', 'no space is left on the device'],
    ['EDQUOT', 'the disk quota is used up'],
  ]).get(code ?? '');
  return unwritable(name, said ?? message, error);
}

const unwritable = (name: string, why: string, cause?: Error): RunError =>
  new RunError({ code: 'E0701', message: `cannot write ${name}: ${why}` }, { cause });
