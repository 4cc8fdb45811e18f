import { lowerTable, untilNul } from './bytes.ts';

/** Whether a pattern matches the text `b[s .. e)`, UTF-8. A NUL ends the text, as it does in SQLite. */
export type Matcher = (b: Uint8Array, s: number, e: number) => boolean;

/** A run of a pattern without `%`: bytes, and ONE for any one character. */
type Run = Int16Array;
const ONE = -1;

/** Longer patterns are an error, which the reference raises. */
const LONGEST = 50_000;

/** Of `subject LIKE pattern [ESCAPE escape]`; undefined where the pattern has something that only the reference knows. */
export function likeMatcher(pattern: string, escape?: string): Matcher | undefined {
  if (escape !== undefined && !/^[\x01-\x7f]$/.test(escape)) return undefined;
  if (escape === '%' || escape === '_') return undefined;
  return matcherOf(pattern, '%', '_', escape, lowerTable);
}

const sameTable = Uint8Array.from({ length: 256 }, (_, c) => c);

/** Of `subject GLOB pattern` without sets `[..]`. */
export function globMatcher(pattern: string): Matcher | undefined {
  return pattern.includes('[') ? undefined : matcherOf(pattern, '*', '?', undefined, sameTable);
}

/** @param fold what a byte is taken for, in pattern and text. */
function matcherOf(
  pattern: string,
  all: string,
  one: string,
  escape: string | undefined,
  fold: Uint8Array,
): Matcher | undefined {
  if (pattern.includes('\0') || Buffer.byteLength(pattern) > LONGEST) return undefined;
  const runs: number[][] = [[]];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    let c = characters[i]!;
    const escaped = c === escape;
    if (escaped) {
      const next = characters[++i];
      if (next === undefined) return undefined;
      c = next;
    }
    if (c === all && !escaped) runs.push([]);
    else if (c === one && !escaped) runs.at(-1)!.push(ONE);
    else for (const byte of Buffer.from(c)) runs.at(-1)!.push(fold[byte]!);
  }
  return matchRuns(
    runs.map((run) => Int16Array.from(run)),
    fold,
  );
}

/**
 * The first run stands at the start and the last one at the end; those between are looked for from left to right, each
 * at its first place, which is always right since only `%` stands between them.
 */
function matchRuns(runs: readonly Run[], fold: Uint8Array): Matcher {
  const first = runs[0]!;
  if (runs.length === 1) {
    return (b, s, e) => {
      const end = matchAt(first, b, s, e, fold);
      return end === e || (end >= 0 && b[end] === 0);
    };
  }
  const last = runs.at(-1)!;
  const middle = runs.slice(1, -1).filter((run) => run.length > 0);
  const lastCharacters = last.reduce((sum, byte) => sum + (byte === ONE || (byte & 0xc0) !== 0x80 ? 1 : 0), 0);
  return (b, s, e) => {
    let at = first.length === 0 ? s : matchAt(first, b, s, e, fold);
    if (at < 0) return false;
    for (const run of middle) {
      at = find(run, b, at, e, fold);
      if (at < 0) return false;
    }
    if (last.length === 0) return true;
    const end = untilNul(b, at, e);
    const from = back(b, at, end, lastCharacters);
    return from >= 0 && matchAt(last, b, from, end, fold) === end;
  };
}

/** Where the run ends if it stands at `at`, else -1. */
function matchAt(run: Run, b: Uint8Array, at: number, e: number, fold: Uint8Array): number {
  for (const byte of run) {
    if (at >= e) return -1;
    if (byte === ONE) {
      if (b[at] === 0) return -1;
      at++;
      while (at < e && (b[at]! & 0xc0) === 0x80) at++;
    } else if (fold[b[at++]!] !== byte) return -1;
  }
  return at;
}

/** Where the first place of the run ends, from `at` on; -1 if there is none before the text ends. */
function find(run: Run, b: Uint8Array, at: number, e: number, fold: Uint8Array): number {
  const first = run[0]!;
  for (; at < e; at++) {
    const byte = b[at]!;
    if (byte === 0) return -1;
    if (first === ONE ? (byte & 0xc0) === 0x80 : fold[byte] !== first) continue;
    const end = matchAt(run, b, at, e, fold);
    if (end >= 0) return end;
  }
  return -1;
}

/** The offset of the last `count` characters of `b[s .. e)`, or -1 if there are fewer. */
function back(b: Uint8Array, s: number, e: number, count: number): number {
  let at = e;
  for (let left = count; left > 0; left--) {
    do {
      if (at <= s) return -1;
      at--;
    } while ((b[at]! & 0xc0) === 0x80);
  }
  return at;
}
