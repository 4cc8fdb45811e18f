import { closeSync, openSync, readSync } from 'node:fs';
import { RunError } from '../../base/errors.ts';
import { decode } from '../../data/cell.ts';
import type { FormatName } from '../../data/format/catalog.ts';
import { readCsvRecord } from '../../data/format/csv-record.ts';
import { dialectOf } from '../../data/format/dialect.ts';
import { readTsvRecord } from '../../data/format/tsv.ts';
import type { Options } from '../../plan/plan.ts';
import { decompressedHead } from './byte-reader.ts';
import { unreadable, type InputFile } from './paths.ts';

/** The first record of csv or tsv: its fields, and how many bytes and lines it takes (with a byte order mark). */
export interface FirstRecord {
  readonly fields: readonly string[];
  readonly bytes: number;
  readonly lines: number;
}

/** @param whole nothing comes after `head`. @returns undefined where the record is torn, or there is none. */
export function firstRecord(
  head: Buffer,
  whole: boolean,
  format: FormatName,
  options: Options,
): FirstRecord | undefined {
  const start = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  if (head.length === start) return undefined;
  const bytes = whole && head[head.length - 1] !== 10 ? Buffer.concat([head, Buffer.from('\n')]) : head;
  const newline = bytes.indexOf(10, start);
  if (newline < 0) return undefined;
  const record =
    format === 'csv'
      ? readCsvRecord(bytes, start, bytes.length, dialectOf(options))
      : { fields: readTsvRecord(bytes, start, newline), end: newline + 1 };
  if (record === undefined) return undefined;
  let lines = 0;
  for (let i = start; i < record.end; i++) if (bytes[i] === 10) lines++;
  return { fields: record.fields, bytes: Math.min(record.end, head.length), lines };
}

/** At most so many records are looked at for their keys. */
const RECORDS = 100;

/** Keys of the first objects of jsonl, in the order met. @param whole nothing comes after `head`. */
export function firstKeys(
  head: Buffer,
  whole: boolean,
): { readonly keys: readonly string[]; readonly enough: boolean } {
  const keys = new Set<string>();
  let records = 0;
  let at = 0;
  while (at < head.length && records < RECORDS) {
    const newline = head.indexOf(10, at);
    if (newline < 0 && !whole) break;
    const end = newline < 0 ? head.length : newline;
    const line = decode(head, at, end).replace(/^\uFEFF/, '');
    at = end + 1;
    if (line.trim() === '') continue;
    records++;
    for (const key of keysOfLine(line)) keys.add(key);
  }
  return { keys: [...keys], enough: records >= RECORDS || whole };
}

/** None for a line that is no object: the run will say so. */
function keysOfLine(line: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  } catch {
    return [];
  }
}

const FIRST_READ = 1 << 16;

/** Reads from the start of a file until `enough` of its content is there. */
export function readHead<T>(file: InputFile, enough: (head: Buffer, whole: boolean) => T | undefined): T | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file.path, 'r');
    let head = Buffer.alloc(FIRST_READ);
    let filled = 0;
    for (;;) {
      const n = readSync(fd, head, filled, head.length - filled, filled);
      filled += n;
      const bytes = head.subarray(0, filled);
      const found = enough(file.compressed === true ? decompressedHead(file, bytes) : bytes, n === 0);
      if (found !== undefined || n === 0) return found;
      if (filled === head.length) head = Buffer.concat([head, Buffer.alloc(head.length)]);
    }
  } catch (error) {
    throw error instanceof RunError ? error : unreadable(file, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
