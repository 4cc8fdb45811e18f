import { tokenMatcher, type IToken } from 'chevrotain';
import { Ident, K, T } from './tokens.ts';

/** First words of statements that may be a query, or have one in them. */
const readers: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES', 'INSERT', 'CREATE']);

/**
 * Whether the statement in `tokens[from .. end)` has a query in it that only SQLite can answer: with `x MATCH 'text'`,
 * `FROM pragma_..` or WITH RECURSIVE that is so. Where there is a pipe it cannot be meant for SQLite.
 */
export function asksSqlite(tokens: readonly IToken[], from: number, end: number): boolean {
  if (!readers.has(tokens[from]!.image.toUpperCase())) return false;
  if (isWord(tokens[from], 'CREATE') && !isWord(tokens[from + 1], 'TABLE')) return false;
  let asks = false;
  for (let at = from + 1; at < end; at++) {
    const token = tokens[at]!;
    if (token.tokenType === T.Pipe) return false;
    if (asks || token.tokenType === T.Text) continue;
    if (isWord(token, 'MATCH')) asks = isMatch(tokens, at);
    else if (isWord(token, 'RECURSIVE')) asks = tokens[at - 1]!.tokenType === K.WITH && isRecursive(tokens, at + 1);
    else asks = /^pragma_\w/i.test(token.image) && isRead(tokens, at);
  }
  return asks;
}

export const isWord = (token: IToken | undefined, word: string): boolean => token?.image.toUpperCase() === word;

/** Between two values: it is a name elsewhere, even of a column. */
function isMatch(tokens: readonly IToken[], at: number): boolean {
  const [before, next, behind] = [tokens[at - 1], tokens[at + 1], tokens[at + 2]];
  if (before === undefined || next === undefined) return false;
  const isCall = tokenMatcher(next, Ident) && behind?.tokenType === T.Open;
  return (
    [Ident, T.Close, K.NOT].some((type) => tokenMatcher(before, type)) &&
    (isCall || [T.Text, T.Param, T.Open].includes(next.tokenType))
  );
}

/** Whether one of the members of WITH that begin at `from` reads itself; the word RECURSIVE alone does not say so. */
function isRecursive(tokens: readonly IToken[], from: number): boolean {
  for (let at = from; ;) {
    const name = tokens[at] && nameOf(tokens[at]!);
    let open = at + 1;
    if (tokens[open]?.tokenType === T.Open) open = closeOf(tokens, open) + 1;
    while ([K.AS, K.NOT, K.MATERIALIZED].includes(tokens[open]?.tokenType ?? T.Open)) open++;
    if (tokens[open]?.tokenType !== T.Open) return false;
    const close = closeOf(tokens, open);
    for (let i = open + 1; i < close; i++) if (nameOf(tokens[i]!) === name && isRead(tokens, i)) return true;
    if (tokens[close + 1]?.tokenType !== T.Comma) return false;
    at = close + 2;
  }
}

const isRead = (tokens: readonly IToken[], at: number): boolean =>
  [K.FROM, K.JOIN, T.Comma, T.Dot].includes(tokens[at - 1]!.tokenType);

const nameOf = ({ tokenType, image }: IToken): string =>
  (tokenType === T.QuotedIdent ? image.slice(1, -1) : image).toLowerCase();

/** Index of the parenthesis that closes the one at `open`, or behind the last token. */
function closeOf(tokens: readonly IToken[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]!.tokenType === T.Open) depth++;
    else if (tokens[at]!.tokenType === T.Close && --depth === 0) return at;
  }
  return tokens.length;
}
