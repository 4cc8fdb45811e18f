/**
 * Steps over JSON text (RFC 8259) in bytes, checking it. Each function takes the place of a token's first byte and gives
 * the place just behind it, or -1 where the text is not JSON. `end` bounds what is read.
 */

const QUOTE = 34;
const BACKSLASH = 92;

/** As deep as SQLite goes. */
const DEEPEST = 1000;

export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] === 32 || bytes[at] === 9 || bytes[at] === 13 || bytes[at] === 10)) at++;
  return at;
}

export function skipValue(bytes: Uint8Array, at: number, end: number, depth = 0): number {
  switch (bytes[at]) {
    case QUOTE:
      return skipString(bytes, at, end);
    case 123: // {
      return skipMembers(bytes, at, end, depth, 125, true);
    case 91: // [
      return skipMembers(bytes, at, end, depth, 93, false);
    case 116:
      return skipWord(bytes, at, end, 'true');
    case 102:
      return skipWord(bytes, at, end, 'false');
    case 110:
      return skipWord(bytes, at, end, 'null');
    default:
      return skipNumber(bytes, at, end);
  }
}

function skipMembers(bytes: Uint8Array, at: number, end: number, depth: number, close: number, keys: boolean): number {
  if (depth >= DEEPEST) return -1;
  at = skipBlanks(bytes, at + 1, end);
  if (at < end && bytes[at] === close) return at + 1;
  for (;;) {
    if (keys) {
      at = skipColon(bytes, skipString(bytes, at, end), end);
      if (at < 0) return -1;
    }
    at = skipValue(bytes, at, end, depth + 1);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at, end);
    if (at >= end) return -1;
    if (bytes[at] === close) return at + 1;
    if (bytes[at] !== 44) return -1;
    at = skipBlanks(bytes, at + 1, end);
  }
}

/** From behind a key to its value. */
export function skipColon(bytes: Uint8Array, at: number, end: number): number {
  if (at < 0) return -1;
  at = skipBlanks(bytes, at, end);
  return at < end && bytes[at] === 58 ? skipBlanks(bytes, at + 1, end) : -1;
}

export function skipString(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== QUOTE) return -1;
  for (let p = at + 1; p < end; p++) {
    const c = bytes[p]!;
    if (c === QUOTE) return p + 1;
    if (c < 32) return -1;
    if (c !== BACKSLASH) continue;
    const escape = bytes[++p]!;
    if (escape === 117) {
      for (let n = 0; n < 4; n++) if (!(hexDigit(bytes[++p]!) >= 0)) return -1;
    } else if (!simpleEscapes.has(escape)) return -1;
  }
  return -1;
}

const simpleEscapes: ReadonlyMap<number, number> = new Map([
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
  [47, 47],
  [98, 8],
  [102, 12],
  [110, 10],
  [114, 13],
  [116, 9],
]);

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function skipWord(bytes: Uint8Array, at: number, end: number, word: string): number {
  if (at + word.length > end) return -1;
  for (let i = 1; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return -1;
  return at + word.length;
}

function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  const from = at;
  while (at < end && bytes[at]! >= 48 && bytes[at]! <= 57) at++;
  return at > from ? at : -1;
}

function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  if (at < end && bytes[at] === 45) at++;
  const first = at;
  at = skipDigits(bytes, at, end);
  if (at < 0 || (bytes[first] === 48 && at > first + 1)) return -1;
  if (at < end && bytes[at] === 46) {
    at = skipDigits(bytes, at + 1, end);
    if (at < 0) return -1;
  }
  if (at < end && (bytes[at]! | 32) === 101) {
    at++;
    if (at < end && (bytes[at] === 43 || bytes[at] === 45)) at++;
    at = skipDigits(bytes, at, end);
  }
  return at;
}

/**
 * Resolves the escapes of a string that was stepped over, in place (they only get shorter). Half of a surrogate pair
 * becomes U+FFFD.
 *
 * @param start and `end` are those of the text between the quotes.
 * @returns the new end.
 */
export function unescapeString(bytes: Uint8Array, start: number, end: number): number {
  let out = start;
  for (let p = start; p < end; p++) {
    if (bytes[p] !== BACKSLASH) {
      bytes[out++] = bytes[p]!;
      continue;
    }
    const simple = simpleEscapes.get(bytes[++p]!);
    if (simple !== undefined) {
      bytes[out++] = simple;
      continue;
    }
    let code = fourDigits(bytes, p + 1);
    p += 4;
    if (code >= 0xd800 && code < 0xe000) {
      const low = bytes[p + 1] === BACKSLASH && bytes[p + 2] === 117 && p + 6 < end ? fourDigits(bytes, p + 3) : 0;
      if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
      } else code = 0xfffd;
    }
    out = putCodePoint(bytes, out, code);
  }
  return out;
}

function fourDigits(bytes: Uint8Array, at: number): number {
  let code = 0;
  for (let i = 0; i < 4; i++) code = code * 16 + hexDigit(bytes[at + i]!);
  return code;
}

function putCodePoint(bytes: Uint8Array, at: number, code: number): number {
  if (code < 0x80) bytes[at++] = code;
  else if (code < 0x800) {
    bytes[at++] = 0xc0 | (code >> 6);
    bytes[at++] = 0x80 | (code & 63);
  } else if (code < 0x10000) {
    bytes[at++] = 0xe0 | (code >> 12);
    bytes[at++] = 0x80 | ((code >> 6) & 63);
    bytes[at++] = 0x80 | (code & 63);
  } else {
    bytes[at++] = 0xf0 | (code >> 18);
    bytes[at++] = 0x80 | ((code >> 12) & 63);
    bytes[at++] = 0x80 | ((code >> 6) & 63);
    bytes[at++] = 0x80 | (code & 63);
  }
  return at;
}
