import type { IToken, TokenType } from 'chevrotain';
import { Ident, K, signs, T, wordTypes } from './tokens.ts';

/** What cannot be cut into tokens. Offsets are UTF-16 units; `end` is exclusive. */
export interface LexFault {
  readonly kind: 'quote' | 'comment' | 'dollar quote' | 'character' | 'number' | 'blob';
  readonly start: number;
  readonly end: number;
}

// Letters beyond ASCII are part of names, as in SQLite; typographic quotes and spaces are not.
const letter = 'A-Za-z_\\u00a1-\\u167f\\u1681-\\u1fff\\u2c00-\\u2fef\\u3001-\\ufefe\\uff00-\\uffef';
const space = /\s+/y;
const word = new RegExp(`[${letter}][${letter}0-9$]*`, 'y');
const range = /\d+\.\.(?:\d+|[nN])/y;
const number = /0[xX][0-9A-Fa-f]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const param = new RegExp(`[$:@][${letter}0-9]+|\\?\\d*`, 'y');
const dollar = /\$(?:[A-Za-z_]\w*)?\$/y;
const operator = /->>|->|\|>|\|\||=>|:=|::|<<|>>|<=|>=|<>|!=|==|[=<>&|~+\-*/%()[\],;.]/y;
const blob = /[xX]'(?:[0-9A-Fa-f]{2})*'/y;

/**
 * Cuts `text` into tokens; spaces and comments are left out.
 *
 * One pass over sticky patterns, chosen by the first character: Chevrotain's own lexer takes 25 ms to set up for 250
 * words, and cannot point back at the quote that was left open. Goes on after a fault, so that one script shows all.
 */
export function lex(text: string): { tokens: IToken[]; faults: LexFault[] } {
  const tokens: IToken[] = [];
  const faults: LexFault[] = [];
  let at = text.startsWith('#!') ? endOfLine(text, 0) : 0;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (type: TokenType, length: number): void => {
    tokens.push(tokenAt(type, text, at, at + length));
    at += length;
  };
  const fault = (kind: LexFault['kind'], end: number): void => {
    faults.push({ kind, start: at, end });
    at = end;
  };
  /** Text from `at` to the quote that closes it; a doubled quote stands for itself. */
  const quoted = (type: TokenType, prefix: number): void => {
    const end = closingQuote(text, at + prefix, type === T.EscapedText);
    if (end < 0) fault('quote', text.length);
    else push(type, end - at);
  };

  while (at < text.length) {
    const blank = match(space);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const c = text[at]!;
    const next = text[at + 1];
    if (c === '-' && next === '-') at = endOfLine(text, at);
    else if (c === '/' && next === '*') {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) fault('comment', text.length);
      else at = end + 2;
    } else if (c === "'") quoted(T.Text, 0);
    else if (c === '"' || c === '`') quoted(T.QuotedIdent, 0);
    else if (c === '[' && !endsValue(tokens)) {
      const end = text.indexOf(']', at) + 1;
      if (end === 0) fault('quote', text.length);
      else push(T.QuotedIdent, end - at);
    } else if ((c === 'e' || c === 'E') && next === "'") quoted(T.EscapedText, 1);
    else if ((c === 'x' || c === 'X') && next === "'") {
      const hex = match(blob);
      const end = closingQuote(text, at + 1, false);
      if (hex !== undefined) push(T.Blob, hex.length);
      else if (end < 0) fault('quote', text.length);
      else fault('blob', end);
    } else if (/\d/.test(c) || (c === '.' && next !== undefined && /\d/.test(next))) {
      const span = match(range);
      const digits = span ?? match(number)!;
      at += digits.length;
      const tail = match(word);
      at -= digits.length;
      if (tail !== undefined) fault('number', at + digits.length + tail.length);
      else push(span === undefined ? T.Number : T.Range, digits.length);
    } else if (c === '$' && match(dollar) !== undefined) {
      const tag = match(dollar)!;
      const end = text.indexOf(tag, at + tag.length);
      if (end < 0) fault('dollar quote', text.length);
      else push(T.DollarText, end + tag.length - at);
    } else {
      const name = match(word);
      if (name !== undefined) {
        push(wordTypes.get(name.toUpperCase()) ?? Ident, name.length);
        continue;
      }
      const sign = match(operator);
      if (sign === '=>' || sign === ':=') nameArgument(tokens.at(-1));
      if (sign !== undefined) push(signs.get(sign)!, sign.length);
      else {
        const parameter = match(param);
        if (parameter !== undefined) push(T.Param, parameter.length);
        else fault('character', at + String.fromCodePoint(text.codePointAt(at)!).length);
      }
    }
  }
  return { tokens, faults };
}

/** A token of `type` that covers `[start, end)` of `text`. */
export const tokenAt = (type: TokenType, text: string, start: number, end: number): IToken => ({
  image: text.slice(start, end),
  startOffset: start,
  endOffset: end - 1,
  tokenTypeIdx: type.tokenTypeIdx!,
  tokenType: type,
});

/** Makes the word before `=>` an argument's name, so that the grammar needs no look-ahead to tell. */
function nameArgument(previous: IToken | undefined): void {
  if (previous === undefined || !/^[\w"`[]|[^\0-\x7f]/.test(previous.image)) return;
  if (previous.tokenType === T.Number) return;
  previous.tokenType = T.ArgName;
  previous.tokenTypeIdx = T.ArgName.tokenTypeIdx!;
}

const makers = new Set([K.CREATE, K.DROP, K.TEMP, K.TEMPORARY, K.REPLACE]);
/** Words behind which a name in brackets may stand, if one of these stands before them: `CREATE STREAM [a b]`. */
const beforeNames = new Map<TokenType, ReadonlySet<TokenType>>(
  [K.SOURCE, K.SINK, K.STREAM, K.VIEW, K.COMMAND, K.FUNCTION].map((object) => [object, makers]),
);

/**
 * Whether the last token ends a value, or a name: a bracket behind it is an index, elsewhere it quotes a name as in SQLite.
 */
function endsValue(tokens: readonly IToken[]): boolean {
  const last = tokens.at(-1)?.tokenType;
  if (last === undefined) return false;
  if (values.has(last)) return true;
  if (last.CATEGORIES?.includes(Ident) !== true && last !== Ident) return false;
  const before = tokens.at(-2)?.tokenType;
  return before === undefined || beforeNames.get(last)?.has(before) !== true;
}

const values = new Set([
  T.Text,
  T.EscapedText,
  T.DollarText,
  T.Blob,
  T.Number,
  T.Param,
  T.Close,
  T.CloseBracket,
  K.END,
]);

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
};

/** Offset behind the quote that closes the one at `open`, or -1. `escapes`: a backslash takes the next character along. */
function closingQuote(text: string, open: number, escapes: boolean): number {
  const quote = text[open]!;
  for (let i = open + 1; i < text.length; i++) {
    if (escapes && text[i] === '\\') i++;
    else if (text[i] === quote) {
      if (text[i + 1] !== quote) return i + 1;
      i++;
    }
  }
  return -1;
}
