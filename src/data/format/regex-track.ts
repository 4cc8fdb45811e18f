import type { Views } from './views.ts';

/** A pattern that tells where its groups lie. */
export interface Tracked {
  /**
   * Matches one line and puts the group of each slot at `base` plus its place in `text`; NULL where it took no part.
   * @returns whether the line matches.
   */
  match(text: string, base: number, row: number, slots: readonly { readonly views: Views }[]): boolean;
}

/** One piece of a pattern that is a plain sequence of pieces. */
interface Piece {
  readonly source: string;
  /** Name, if the piece is a named group and nothing else. */
  readonly group?: string;
  /** UTF-16 units that it takes, where that is always the same. */
  readonly width?: number;
}

/**
 * Flag `d` makes a match three times as slow. Where the pattern is a sequence `..(?<a>..)..(?<b>..)..` the places follow
 * from the lengths alone, once what stands between is captured as well, unless its length is fixed; else the flag it is.
 */
export function tracked(pattern: string, groups: readonly string[], flags: string): Tracked {
  const pieces = sequence(pattern);
  const wanted = (piece: Piece): boolean => piece.group !== undefined && groups.includes(piece.group);
  const named = pieces?.filter(wanted).length === new Set(groups).size;
  return pieces !== undefined && named ? bySums(pieces, wanted, groups, flags) : byIndices(pattern, groups, flags);
}

function bySums(
  pieces: readonly Piece[],
  wanted: (piece: Piece) => boolean,
  groups: readonly string[],
  flags: string,
): Tracked {
  const last = pieces.findLastIndex(wanted);
  let source = '';
  /** For each capture, from 1: its slot or -1, and how many units lie between it and the capture before. */
  const slotOf = [-1];
  const gapOf = [0];
  let between: Piece[] = [];
  for (const piece of pieces.slice(0, last + 1)) {
    if (!wanted(piece)) {
      between.push(unnamed(piece));
      continue;
    }
    const text = between.map((p) => p.source).join('');
    const gap = flags === '' ? between.reduce((sum, p) => sum + (p.width ?? NaN), 0) : NaN;
    between = [];
    if (Number.isNaN(gap)) {
      slotOf.push(-1);
      gapOf.push(0);
    }
    source += `${Number.isNaN(gap) ? `(${text})` : text}(${piece.source.slice(piece.source.indexOf('>') + 1)}`;
    slotOf.push(groups.indexOf(piece.group!));
    gapOf.push(gap || 0);
  }
  const rest = pieces.slice(last + 1).map((piece) => unnamed(piece).source);
  const regex = new RegExp(source + rest.join(''), flags);
  const captures = slotOf.length - 1;
  return {
    match(text, base, row, slots) {
      const found = regex.exec(text);
      if (found === null) return false;
      let at = base + found.index;
      for (let c = 1; c <= captures; c++) {
        at += gapOf[c]!;
        const end = at + found[c]!.length;
        const s = slotOf[c]!;
        if (s >= 0) {
          const { views } = slots[s]!;
          views.starts[row] = at;
          views.ends[row] = end;
        }
        at = end;
      }
      return true;
    },
  };
}

/** A named group that nobody asks for must not be counted among the captures. */
const unnamed = (piece: Piece): Piece =>
  piece.group === undefined ? piece : { source: `(?:${piece.source.slice(piece.source.indexOf('>') + 1)}` };

function byIndices(pattern: string, groups: readonly string[], flags: string): Tracked {
  const regex = new RegExp(pattern, `${flags}d`);
  return {
    match(text, base, row, slots) {
      const found = regex.exec(text);
      if (found === null) return false;
      for (let s = 0; s < groups.length; s++) {
        const { views } = slots[s]!;
        const place = found.indices!.groups?.[groups[s]!];
        if (place === undefined) views.setNull(row);
        else {
          views.starts[row] = base + place[0];
          views.ends[row] = base + place[1];
        }
      }
      return true;
    },
  };
}

/**
 * Cuts a pattern into the pieces of its outermost sequence, groups inside of pieces made non-capturing. Undefined where
 * that is not a plain sequence (an outer `|`), or where a group may be referred to or repeated.
 */
function sequence(pattern: string): readonly Piece[] | undefined {
  if (/\\[1-9]|\\k</.test(pattern)) return undefined;
  const pieces: Piece[] = [];
  let at = 0;
  while (at < pattern.length) {
    if (pattern[at] === '|') return undefined;
    const start = at;
    at = endOfAtom(pattern, at);
    if (at < 0) return undefined;
    const atom = pattern.slice(start, at);
    const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(pattern.slice(at))?.[0] ?? '';
    at += quantifier.length;
    const group = /^\(\?<([A-Za-z_$][\w$]*)>/.exec(atom)?.[1];
    const source = group === undefined ? uncaptured(atom) : `(?<${group}>${uncaptured(atom.slice(group.length + 4))}`;
    if (group === undefined) pieces.push({ source: source + quantifier, ...widthOf(atom, quantifier) });
    else if (quantifier === '') pieces.push({ source, group });
    else pieces.push({ source: `(?:${source.slice(group.length + 4)}${quantifier}` });
  }
  return pieces;
}

/** Of a part that is a single character or a place (without flag `u`, which makes some characters two units). */
function widthOf(atom: string, quantifier: string): { readonly width?: number } {
  if (quantifier !== '') return {};
  if (atom === '^' || atom === '$' || /^\\[bB]$/.test(atom)) return { width: 0 };
  return atom.length === 1 || atom.startsWith('[') || /^\\[^upPxck0]$/.test(atom) ? { width: 1 } : {};
}

/** Just behind the character, class or bracketed part at `at`. */
function endOfAtom(pattern: string, at: number): number {
  if (pattern[at] === '\\') return endOfEscape(pattern, at);
  if (pattern[at] === '[') return endOfClass(pattern, at);
  if (pattern[at] !== '(') return at + 1;
  let depth = 0;
  while (at < pattern.length) {
    const c = pattern[at];
    if (c === '\\') at = endOfEscape(pattern, at);
    else if (c === '[') at = endOfClass(pattern, at);
    else {
      if (c === '(') depth++;
      if (c === ')') depth--;
      at++;
      if (depth === 0) return at;
    }
    if (at < 0) return -1;
  }
  return -1;
}

/** `\x41`, `\u0041`, `\u{41}`, `\p{..}`, `\cA` belong together; for the rest it is one character. */
function endOfEscape(pattern: string, at: number): number {
  const long = /^\\(?:x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|u\{[^}]*\}|[pP]\{[^}]*\}|c[A-Za-z]|0)/.exec(pattern.slice(at));
  return long === null ? at + 2 : at + long[0].length;
}

function endOfClass(pattern: string, at: number): number {
  for (at++; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === ']') return at + 1;
  }
  return -1;
}

/** The same part of a pattern with each capturing group made `(?:`. */
function uncaptured(source: string): string {
  let out = '';
  for (let at = 0; at < source.length;) {
    const c = source[at]!;
    const end = c === '\\' ? endOfEscape(source, at) : c === '[' ? endOfClass(source, at) : at + 1;
    if (c !== '(') out += source.slice(at, end);
    else if (source[at + 1] !== '?') out += '(?:';
    else {
      const name = /^\(\?<[A-Za-z_$][\w$]*>/.exec(source.slice(at));
      if (name !== null) {
        out += '(?:';
        at += name[0].length;
        continue;
      }
      out += c;
    }
    at = end;
  }
  return out;
}
