import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { isNull } from '../../data/column.ts';
import type { Encoder } from '../../data/format/format.ts';
import type { ConnectContext, SinkHandle, SinkRequest } from '../connector.ts';
import { encoded, encoderOf } from './encoding.ts';
import { StagedFile, type Target } from './staged-file.ts';
import type { TimePattern } from './time-pattern.ts';
import { asUnwritable } from './unwritable.ts';

/** Descriptors held at once, however many files there are. */
const MOST_OPEN = 64;

/** One of the files, with the greatest time of which it has rows. */
interface Part {
  readonly file: StagedFile;
  readonly encode: Encoder;
  latest: number;
}

/**
 * Rows to files whose names tell the time of their rows: their event time, where the rows have one (a column behind
 * those of the file), else the time at which they are written. A row without event time goes by the latter too.
 *
 * What is appended shows with each commit. Files that are replaced show once, when rows of a later one have come, or at
 * the end; late rows are then added to them.
 */
export class RotatedSink implements SinkHandle {
  committed = 0;
  readonly #target: Target;
  readonly #pattern: TimePattern;
  readonly #request: SinkRequest;
  readonly #context: ConnectContext;
  readonly #parts = new Map<string, Part>();
  #rows = 0;
  #latest = -Infinity;

  constructor(target: Target, pattern: TimePattern, request: SinkRequest, context: ConnectContext) {
    this.#target = target;
    this.#pattern = pattern;
    this.#request = request;
    this.#context = context;
  }

  async write(batch: RecordBatch): Promise<void> {
    for (const [time, rows] of this.#byTime(batch)) {
      const part = await this.#partAt(time);
      const bytes = encoded(part.encode, rows, this.#rows, this.#target.name);
      this.#context.countBytes(await part.file.write(bytes));
      this.#rows += rowCount(rows);
    }
  }

  /** The rows of each file, with a time that they share, in the order in which the files first come. */
  #byTime(batch: RecordBatch): readonly (readonly [time: number, rows: RecordBatch])[] {
    const { columns } = this.#request;
    const time = batch.columns[columns.length];
    const now = Date.now() * 1000;
    const rows = {
      ...batch,
      schema: batch.schema.slice(0, columns.length),
      columns: batch.columns.slice(0, columns.length),
    };
    if (time?.kind !== 'f64') return [[now, rows]];
    const { span } = this.#pattern;
    const found = new Map<number, number[]>();
    for (const row of rowsOf(batch)) {
      const at = isNull(time.nulls, row) ? now : time.values[row]!;
      const key = span === Infinity ? 0 : Math.floor(at / span);
      const list = found.get(key);
      if (list === undefined) found.set(key, [row]);
      else list.push(row);
    }
    if (found.size === 1) return [...found.keys()].map((key) => [timeOf(key, span), rows]);
    return [...found].map(([key, list]) => [timeOf(key, span), { ...rows, selection: Uint32Array.from(list) }]);
  }

  async #partAt(time: number): Promise<Part> {
    const path = this.#pattern.path(time);
    let part = this.#parts.get(path);
    if (part === undefined) {
      await this.#makeRoom();
      await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
        throw asUnwritable(error, path, dirname(path));
      });
      const file = await StagedFile.create({ ...this.#target, path, name: path });
      const encode = encoderOf(this.#request, !file.continues);
      part = { file, encode, latest: time };
      this.#parts.set(path, part);
      this.#context.countBytes(await file.write(encode.start));
    }
    if (!part.file.isOpen) await this.#makeRoom();
    part.latest = Math.max(part.latest, time);
    this.#latest = Math.max(this.#latest, time);
    return part;
  }

  /** Lets the file rest that was first used, where too many are open. */
  async #makeRoom(): Promise<void> {
    const open = [...this.#parts.values()].filter(({ file }) => file.isOpen && !file.isDirect);
    for (const { file } of open.slice(0, Math.max(0, open.length - MOST_OPEN + 1))) await file.rest();
  }

  async commit(_offset: unknown, final: boolean): Promise<void> {
    for (const part of this.#parts.values()) {
      if (final || this.#target.append || part.latest < this.#latest) await part.file.publish();
    }
    this.committed = this.#rows;
  }

  abort(): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    for (const { file } of this.#parts.values()) await file.discard();
  }
}

const timeOf = (key: number, span: number): number => (span === Infinity ? 0 : key * span);
