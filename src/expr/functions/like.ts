import { RowError } from './function.ts';

/** LIKE and GLOB as SQLite's patternCompare does them: by code point, and NUL ends a text. */
interface Rules {
  readonly all: number;
  readonly one: number;
  /** What opens a set (GLOB), or the escape character of LIKE; -1 for none. */
  readonly other: number;
  readonly sets: boolean;
  readonly noCase: boolean;
}

const PERCENT = 37;
const UNDERSCORE = 95;
const STAR = 42;
const QUESTION = 63;
const OPEN = 91;
const CLOSE = 93;
const CARET = 94;
const MINUS = 45;
const LONGEST = 50_000;

const glob: Rules = { all: STAR, one: QUESTION, other: OPEN, sets: true, noCase: false };
const like: Rules = { all: PERCENT, one: UNDERSCORE, other: -1, sets: false, noCase: true };
const likeWithCase: Rules = { ...like, noCase: false };

/**
 * `subject LIKE pattern [ESCAPE escape]`; letters A-Z match in either case, unless `minds` case.
 *
 * @throws RowError where `escape` is not one character, or the pattern is longer than 50,000 bytes.
 */
export function matchLike(pattern: string, subject: string, escape?: string, minds = false): boolean {
  const rules = minds ? likeWithCase : like;
  if (escape === undefined) return run(pattern, subject, rules);
  const other = escapeCharacter(escape);
  return run(pattern, subject, {
    ...rules,
    other,
    all: other === PERCENT ? -1 : PERCENT,
    one: other === UNDERSCORE ? -1 : UNDERSCORE,
  });
}

/** @throws RowError where `escape` is not one character. */
export function escapeCharacter(escape: string): number {
  const [other, ...rest] = points(escape);
  if (other === undefined || rest.length > 0) throw new RowError('ESCAPE expression must be a single character');
  return other;
}

/** `subject GLOB pattern`: `*`, `?`, `[abc]`, `[a-z]`, `[^...]`. @throws RowError for a pattern beyond 50,000 bytes. */
export const matchGlob = (pattern: string, subject: string): boolean => run(pattern, subject, glob);

function run(pattern: string, subject: string, rules: Rules): boolean {
  if (pattern.length > LONGEST / 3 && Buffer.byteLength(pattern) > LONGEST) {
    throw new RowError('LIKE or GLOB pattern too complex');
  }
  return match(points(pattern), 0, points(subject), 0, rules) === MATCH;
}

/** Code points up to the first NUL. */
function points(text: string): readonly number[] {
  const all: number[] = [];
  for (const character of text) {
    if (character === '\0') break;
    all.push(character.codePointAt(0)!);
  }
  return all;
}

type Outcome = 0 | 1 | 2;
const MATCH = 0;
const NO_MATCH = 1;
/** No match although wildcards could still take more: the search of an outer wildcard may stop. */
const HOPELESS = 2;

const lower = (c: number): number => (c >= 65 && c <= 90 ? c + 32 : c);

// Reading behind the end gives 0, as in C: `?? 0` all over.
function match(pattern: readonly number[], p0: number, text: readonly number[], t0: number, rules: Rules): Outcome {
  const { all, one, other, sets, noCase } = rules;
  let p = p0;
  let t = t0;
  let escaped = -1;
  while (p < pattern.length) {
    let c = pattern[p++]!;
    if (c === all) {
      for (c = pattern[p++] ?? 0; c === all || (c === one && c !== 0); c = pattern[p++] ?? 0) {
        if (c === one && (text[t++] ?? 0) === 0) return HOPELESS;
      }
      if (c === 0) return MATCH;
      if (c === other) {
        if (sets) return searchSet(pattern, p - 1, text, t, rules);
        c = pattern[p++] ?? 0;
        if (c === 0) return HOPELESS;
      }
      return search(c, pattern, p, text, t, rules);
    }
    if (c === other) {
      if (sets) {
        const after = inSet(pattern, p, text[t++] ?? 0);
        if (after < 0) return NO_MATCH;
        p = after;
        continue;
      }
      c = pattern[p++] ?? 0;
      if (c === 0) return NO_MATCH;
      escaped = p;
    }
    const found = text[t++] ?? 0;
    if (c === found) continue;
    if (noCase && c < 128 && found < 128 && lower(c) === lower(found)) continue;
    if (c === one && p !== escaped && found !== 0) continue;
    return NO_MATCH;
  }
  return t >= text.length ? MATCH : NO_MATCH;
}

/** Behind a wildcard: tries each place where the next character `c` of the pattern stands. */
function search(
  c: number,
  pattern: readonly number[],
  p: number,
  text: readonly number[],
  t0: number,
  rules: Rules,
): Outcome {
  const fold = rules.noCase && c < 128;
  const wanted = fold ? lower(c) : c;
  for (let t = t0; t < text.length; t++) {
    const found = text[t]!;
    if (found !== wanted && !(fold && lower(found) === wanted)) continue;
    const outcome = match(pattern, p, text, t + 1, rules);
    if (outcome !== NO_MATCH) return outcome;
  }
  return HOPELESS;
}

function searchSet(pattern: readonly number[], p: number, text: readonly number[], t0: number, rules: Rules): Outcome {
  for (let t = t0; t < text.length; t++) {
    const outcome = match(pattern, p, text, t, rules);
    if (outcome !== NO_MATCH) return outcome;
  }
  return HOPELESS;
}

/** Whether `c` is in the set whose `[` ends at `p0`: the place behind its `]`, or -1. */
function inSet(pattern: readonly number[], p0: number, c: number): number {
  if (c === 0) return -1;
  let p = p0;
  let next = pattern[p++] ?? 0;
  const inverted = next === CARET;
  if (inverted) next = pattern[p++] ?? 0;
  let seen = false;
  let prior = 0;
  if (next === CLOSE) {
    seen = c === CLOSE;
    next = pattern[p++] ?? 0;
  }
  while (next !== 0 && next !== CLOSE) {
    if (next === MINUS && pattern[p] !== CLOSE && p < pattern.length && prior > 0) {
      next = pattern[p++] ?? 0;
      if (c >= prior && c <= next) seen = true;
      prior = 0;
    } else {
      if (c === next) seen = true;
      prior = next;
    }
    next = pattern[p++] ?? 0;
  }
  return next === 0 || seen === inverted ? -1 : p;
}
