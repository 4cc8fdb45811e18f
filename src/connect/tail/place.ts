import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FilePlace } from '../connector.ts';
import { Fingerprint } from '../file/fingerprint.ts';

/** Where to begin in a file that is followed. */
export interface Begin {
  /** The file to open: another than the one that is followed where that was renamed meanwhile. */
  readonly path: string;
  readonly offset: number;
  readonly line: number;
}

/** undefined where there is none, or none that may be looked at. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The first bytes of a file up to `length`, at most as many as a fingerprint takes. */
export function headOf(descriptor: number, length: number): Buffer {
  const head = Buffer.alloc(Math.min(length, Fingerprint.head));
  let filled = 0;
  while (filled < head.length) {
    const n = readSync(descriptor, head, filled, head.length - filled, filled);
    if (n === 0) break;
    filled += n;
  }
  return head.subarray(0, filled);
}

const printOf = (descriptor: number, offset: number): string => {
  const print = new Fingerprint();
  print.add(headOf(descriptor, offset));
  return print.at(offset);
};

/**
 * Where the rest of a file is of which an earlier run has read a part: in the file itself, or, if it was rotated since,
 * in the file beside it that begins like it and is long enough (its copy, or itself by another name). Undefined where
 * it is gone.
 */
export function findRest({ path, dev, ino, offset, line, head }: FilePlace): Begin | undefined {
  const isIt = (candidate: string): boolean => {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(candidate, 'r');
      const stats = fstatSync(descriptor);
      return stats.isFile() && stats.size >= offset && printOf(descriptor, offset) === head;
    } catch {
      return false;
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  };
  const same = (candidate: string): boolean => {
    const stats = statOf(candidate);
    return stats?.ino === ino && stats.dev === dev;
  };
  const candidates = [path, ...siblings(path)];
  const order = [...candidates.filter(same), ...candidates];
  const found = offset === 0 ? order.find(same) : order.find(isIt);
  return found === undefined ? undefined : { path: found, offset, line };
}

/** Files beside it whose names begin with its own: `access.log.1`, `access.log-20240131`. */
function siblings(path: string): readonly string[] {
  try {
    const name = basename(path);
    return readdirSync(dirname(path))
      .filter((other) => other.startsWith(name) && other !== name)
      .sort()
      .map((other) => join(dirname(path), other));
  } catch {
    return [];
  }
}

const CHUNK = 1 << 16;

/** Just behind the last line that is whole; `line` is 1 there unless lines are to be counted. */
export function endOfLines(path: string, terminator: number, countLines: boolean): Begin {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const space = Buffer.alloc(CHUNK);
    let offset = 0;
    for (let end = size; end > 0 && offset === 0; end -= CHUNK) {
      const from = Math.max(0, end - CHUNK);
      const n = readSync(descriptor, space, 0, end - from, from);
      const last = space.subarray(0, n).lastIndexOf(terminator);
      if (last >= 0) offset = from + last + 1;
    }
    return { path, offset, line: countLines ? 1 + linesBefore(descriptor, offset) : 1 };
  } finally {
    closeSync(descriptor);
  }
}

function linesBefore(descriptor: number, offset: number): number {
  const space = Buffer.alloc(1 << 20);
  let lines = 0;
  for (let at = 0; at < offset;) {
    const n = readSync(descriptor, space, 0, Math.min(space.length, offset - at), at);
    if (n === 0) break;
    for (let i = space.indexOf(10); i >= 0 && i < n; i = space.indexOf(10, i + 1)) lines++;
    at += n;
  }
  return lines;
}
