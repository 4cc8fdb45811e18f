import { open, type FileHandle } from 'node:fs/promises';
import type { RecordBatch } from '../../data/batch.ts';
import { decoder, type FormatName } from '../../data/format/catalog.ts';
import type { Decoder, Mark } from '../../data/format/format.ts';
import type { ConnectContext, FilePlace, SourceRequest } from '../connector.ts';
import { decoding, named } from '../file/decoding.ts';
import { Fingerprint } from '../file/fingerprint.ts';
import { unreadable, type InputFile } from '../file/paths.ts';
import { startOf } from '../file/source.ts';
import { headOf, statOf, type Begin } from './place.ts';

/** Bytes that a read asks for at least. */
const READ = 1 << 18;
/** ms that a file which was renamed must be silent before its successor is read: its writer may not know of it yet. */
const GRACE = 500;
/** ms of silence after which a file that has grown is looked at whether it still begins as it did. */
const SILENCE = 100;

/** What one look at a file gave. */
export interface Look {
  readonly batches: readonly RecordBatch[];
  /** For each batch, the place just behind its last row. */
  readonly places: readonly FilePlace[];
  /** There may be more at once. */
  readonly more: boolean;
  /** Something is to be seen to soon, though nothing tells when. */
  readonly soon?: boolean;
  /** How far a file was read of which nothing more is read by this path. */
  readonly left?: FilePlace;
}

const nothing: Look = { batches: [], places: [], more: false };

/** A file of this identity, and how far it was read. */
interface Opened {
  readonly handle: FileHandle;
  readonly dev: number;
  readonly ino: number;
  readonly decode: Decoder;
  readonly print: Fingerprint;
  /** Bytes that were read, those of a torn last line among them. */
  position: number;
}

/**
 * Follows one path as `tail -F` does: what is appended, the file that takes its place when it is renamed (what is left
 * of the old one comes first), and its new content when it is truncated. A last line without its end is held back until
 * the end comes, or the file is replaced.
 */
export class Follower {
  readonly file: InputFile;
  /** Where to go on reading after a restart; undefined as long as the file has not been there. */
  place: FilePlace | undefined;
  readonly #request: SourceRequest;
  readonly #context: ConnectContext;
  #begin: Begin | undefined;
  #opened: Opened | undefined;
  /** performance.now() of the last growth, or of when the file was seen to be replaced; and of the last look. */
  #grown = 0;
  #looked = 0;
  /** When the file was changed that was found to begin as it did. */
  #modified = 0;
  #isRenamed = false;

  /** @param begin where to begin in the file that is there now; default: at its start. */
  constructor(file: InputFile, request: SourceRequest, context: ConnectContext, begin?: Begin) {
    this.file = file;
    this.#request = request;
    this.#context = context;
    this.#begin = begin;
  }

  /** Whether the file of this identity is the one that is open. */
  has(dev: number, ino: number): boolean {
    return this.#opened?.dev === dev && this.#opened.ino === ino;
  }

  /** Reads what has come, at most one piece of it. @throws RunError */
  async look(): Promise<Look> {
    try {
      const opened = (this.#opened ??= await this.#open());
      if (opened === undefined) return nothing;
      const now = performance.now();
      const wasSilent = now - this.#looked > SILENCE;
      this.#looked = now;
      if (wasSilent && (await this.#isReplaced(opened))) return this.#truncated(opened);
      const space = opened.decode.space(READ);
      const { bytesRead } = await opened.handle.read(space, 0, space.length, opened.position);
      if (bytesRead === 0) return await this.#atEnd(opened);
      this.#grown = now;
      opened.position += bytesRead;
      opened.print.add(space.subarray(0, bytesRead));
      this.#context.countBytes(bytesRead);
      return this.#handOn(opened, opened.decode.advance(bytesRead), true);
    } catch (error) {
      const isSystem = error instanceof Error && 'syscall' in error;
      throw isSystem ? unreadable(this.file, error) : named(error, this.file.name);
    }
  }

  async close(): Promise<void> {
    await this.#opened?.handle.close();
    this.#opened = undefined;
  }

  async #open(): Promise<Opened | undefined> {
    const begin = this.#begin;
    const path = begin?.path ?? this.file.path;
    let handle: FileHandle;
    try {
      handle = await open(path, 'r');
    } catch (error) {
      // It has gone again, between two looks.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    this.#begin = undefined;
    const { dev, ino } = await handle.stat();
    const offset = begin?.offset ?? 0;
    const print = new Fingerprint();
    print.add(headOf(handle.fd, offset));
    const opened: Opened = { handle, dev, ino, print, position: offset, decode: this.#decoder(path, begin) };
    this.place = this.#placeAt(opened, { consumed: offset, line: begin?.line ?? 1 });
    return opened;
  }

  #decoder(path: string, begin: Begin | undefined): Decoder {
    const { options, schema } = this.#request;
    const isStart = begin === undefined || begin.offset === 0;
    const columns = isStart ? undefined : startOf({ ...this.file, path }, this.#request)?.columns;
    return decoder(options['format'] as FormatName, {
      ...decoding({ ...options, header: options['header'] === true && isStart }, this.file.name, this.#context),
      schema,
      columns: columns ?? (options['names'] as readonly string[]),
      file: this.file.name,
      path: this.file.path,
      ...(begin !== undefined && { from: { consumed: begin.offset, line: begin.line } }),
    });
  }

  /** Whether what was read does not stand there any more: the file was truncated, and maybe has grown again. */
  async #isReplaced({ handle, position, print }: Opened): Promise<boolean> {
    const { size, mtimeMs } = await handle.stat();
    if (size < position) return true;
    if (mtimeMs === this.#modified || position === 0) return false;
    this.#modified = mtimeMs;
    const now = new Fingerprint();
    now.add(headOf(handle.fd, position));
    return now.at(position) !== print.at(position);
  }

  async #atEnd(opened: Opened): Promise<Look> {
    if ((await opened.handle.stat()).size < opened.position) return this.#truncated(opened);
    const there = statOf(this.file.path);
    if (there === undefined || (there.ino === opened.ino && there.dev === opened.dev)) return nothing;
    if (!this.#isRenamed) this.#grown = performance.now();
    this.#isRenamed = true;
    if (performance.now() - this.#grown < GRACE) return { ...nothing, soon: true };
    this.#context.log?.(`${this.file.name}: the file was replaced, going on with the new one`);
    return this.#last(opened);
  }

  #truncated(opened: Opened): Promise<Look> {
    this.#context.log?.(`${this.file.name}: the file was truncated, going on at its start`);
    return this.#last(opened);
  }

  /** The end of what this file is; what stands at its path now is opened next. */
  async #last(opened: Opened): Promise<Look> {
    const look = this.#handOn(opened, opened.decode.end(), true);
    await opened.handle.close();
    this.#opened = undefined;
    this.#isRenamed = false;
    return { ...look, ...(this.place && { left: this.place }) };
  }

  #handOn(opened: Opened, batches: readonly RecordBatch[], more: boolean): Look {
    const places = opened.decode.marks.map((mark) => this.#placeAt(opened, mark));
    this.place = places.at(-1) ?? this.place;
    return { batches, places, more };
  }

  #placeAt({ dev, ino, print }: Opened, { consumed, line }: Mark): FilePlace {
    return { path: this.file.path, dev, ino, offset: consumed, line, head: print.at(consumed) };
  }
}
