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

/** Rows of one batch that go to one file. */
interface FileRows {
  readonly path: string;
  readonly time: number;
  readonly rows: RecordBatch;
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
    for (const { path, time, rows } of this.#byPath(batch)) {
      const part = await this.#partAt(path, time);
      const bytes = encoded(part.encode, rows, this.#rows, this.#target.name);
      this.#context.countBytes(await part.file.write(bytes));
      this.#rows += rowCount(rows);
    }
  }

  /** The rows of each file, as they came, with the greatest of their times. */
  #byPath(batch: RecordBatch): readonly FileRows[] {
    const { columns } = this.#request;
    const time = batch.columns[columns.length];
    const now = Date.now() * 1000;
    const rows = {
      ...batch,
      schema: batch.schema.slice(0, columns.length),
      columns: batch.columns.slice(0, columns.length),
    };
    if (time?.kind !== 'f64') return [{ path: this.#pattern.path(now), time: now, rows }];
    const { span } = this.#pattern;
    const files = new Map<string, { time: number; readonly list: number[] }>();
    // Most rows are of the span of the one before; other spans may have the same name, such as that of an hour alone.
    let [last, list]: [number, number[]] = [NaN, []];
    for (const row of rowsOf(batch)) {
      const at = isNull(time.nulls, row) ? now : time.values[row]!;
      const key = span === Infinity ? 0 : Math.floor(at / span);
      if (key !== last) {
        const start = timeOf(key, span);
        const path = this.#pattern.path(start);
        let file = files.get(path);
        if (file === undefined) files.set(path, (file = { time: start, list: [] }));
        file.time = Math.max(file.time, start);
        [last, list] = [key, file.list];
      }
      list.push(row);
    }
    const all = [...files];
    if (all.length === 1) return all.map(([path, { time: latest }]) => ({ path, time: latest, rows }));
    return all.map(([path, { time: latest, list: own }]) => ({
      path,
      time: latest,
      rows: { ...rows, selection: Uint32Array.from(own) },
    }));
  }

  async #partAt(path: string, time: number): Promise<Part> {
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
