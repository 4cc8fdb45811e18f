import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { Encoder } from '../../data/format/format.ts';
import type { ConnectContext, SinkHandle, SinkRequest } from '../connector.ts';
import { isCompressed } from './byte-reader.ts';
import { encoded, encoderOf } from './encoding.ts';
import { RotatedSink } from './rotated-sink.ts';
import { StagedFile, type Target } from './staged-file.ts';
import { timePattern } from './time-pattern.ts';
import { asUnwritable, unwritable } from './unwritable.ts';

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

/** The same for files whose names tell the time; folders of theirs that are missing are made. */
export async function checkFolder(pattern: string, name: string): Promise<void> {
  let folder = dirname(`${pattern.slice(0, pattern.indexOf('%'))}x`);
  while ((await stat(folder).catch(() => undefined)) === undefined && folder !== dirname(folder))
    folder = dirname(folder);
  try {
    if (!(await stat(folder)).isDirectory()) throw unwritable(name, `${folder} is not a directory`);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw asUnwritable(error, name, folder);
  }
}

/** Opens the sink of connector `file`. Rows show in the target only with a commit, all at once. */
export async function openFileSink(request: SinkRequest, context: ConnectContext): Promise<SinkHandle> {
  const { options } = request;
  const name = options['path'] as string;
  const path = options['target'] as string;
  const compressed = isCompressed(path, options['compression']);
  const target: Target = { path, name, append: options['append'] !== false, compressed };
  const pattern = timePattern(path);
  if (pattern !== undefined) return new RotatedSink(target, pattern, request, context);
  const file = await StagedFile.create(target);
  const sink = new FileSink(target, file, encoderOf(request, !file.continues), context);
  try {
    await sink.start();
    return sink;
  } catch (error) {
    await sink.close();
    throw error;
  }
}

class FileSink implements SinkHandle {
  committed = 0;
  readonly #target: Target;
  readonly #file: StagedFile;
  readonly #encode: Encoder;
  readonly #context: ConnectContext;
  #rows = 0;

  constructor(target: Target, file: StagedFile, encode: Encoder, context: ConnectContext) {
    this.#target = target;
    this.#file = file;
    this.#encode = encode;
    this.#context = context;
  }

  start(): Promise<void> {
    return this.#put(this.#encode.start);
  }

  async write(batch: RecordBatch): Promise<void> {
    await this.#put(encoded(this.#encode, batch, this.#rows, this.#target.name));
    this.#rows += rowCount(batch);
  }

  async #put(bytes: Uint8Array): Promise<void> {
    this.#context.countBytes(await this.#file.write(bytes));
  }

  /** What replaces a file does so as a whole, at the end. */
  async commit(_offset: unknown, final: boolean): Promise<void> {
    if (!final && !this.#target.append) return;
    await this.#file.publish();
    this.committed = this.#rows;
  }

  async abort(): Promise<void> {
    await this.close();
  }

  close(): Promise<void> {
    return this.#file.discard();
  }
}
