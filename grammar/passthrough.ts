import type { IToken } from 'chevrotain';
import { tokenAt } from './lexer.ts';
import { asksSqlite, isWord } from './sqlite-query.ts';
import { K, T } from './tokens.ts';

/** First words of statements that only SQLite understands. */
export const sqliteVerbs: ReadonlySet<string> = new Set(
  'UPDATE DELETE ALTER PRAGMA BEGIN COMMIT END ROLLBACK SAVEPOINT RELEASE VACUUM REINDEX ANALYZE REPLACE'.split(' '),
);
export const sqliteObjects: ReadonlySet<string> = new Set('TABLE INDEX TRIGGER VIRTUAL UNIQUE'.split(' '));

/**
 * Folds each statement that is SQLite's own into one token with its text as written, so that the grammar need not
 * know SQLite's. CREATE TABLE .. AS stays: its query is ours. Returns `tokens` itself where there is nothing to fold.
 */
export function foldSqlite(text: string, tokens: IToken[]): IToken[] {
  let folded: IToken[] | undefined;
  let inSet = false;
  for (let at = 0; at < tokens.length;) {
    const end = isSqlite(tokens, at, inSet) ? endOfSqlite(tokens, at) : undefined;
    if (end !== undefined) {
      folded ??= tokens.slice(0, at);
      folded.push(tokenAt(T.SqliteText, text, tokens[at]!.startOffset, tokens[end - 1]!.endOffset! + 1));
      at = end;
      continue;
    }
    if (isWord(tokens[at], 'BEGIN')) inSet = true;
    if (isWord(tokens[at], 'END')) inSet = false;
    const next = endOfStatement(tokens, at);
    folded?.push(...tokens.slice(at, next));
    at = next;
  }
  return folded ?? tokens;
}

/** Index behind the `;` that ends the statement at `from`. */
function endOfStatement(tokens: readonly IToken[], from: number): number {
  let at = from;
  while (at < tokens.length && tokens[at]!.tokenType !== T.Semicolon) at++;
  return Math.min(at + 1, tokens.length);
}

function isSqlite(tokens: readonly IToken[], at: number, inSet: boolean): boolean {
  const verb = tokens[at]!.image.toUpperCase();
  if (sqliteVerbs.has(verb)) {
    if (verb === 'END') return !inSet;
    return !(verb === 'BEGIN' && isWord(tokens[at + 1], 'STATEMENT'));
  }
  if (verb === 'EXPLAIN') return isWord(tokens[at + 1], 'QUERY') && isWord(tokens[at + 2], 'PLAN');
  if (asksSqlite(tokens, at, endOfStatement(tokens, at))) return true;
  if (verb === 'INSERT') return isDefaultValues(tokens, at) || isReturning(tokens, at);
  if (verb === 'WITH') return changed.has(verbBehindWith(tokens, at));
  if (verb !== 'CREATE' && verb !== 'DROP') return false;
  let object = at + 1;
  while (isWord(tokens[object], 'TEMP') || isWord(tokens[object], 'TEMPORARY')) object++;
  const word = tokens[object]?.image.toUpperCase() ?? '';
  return sqliteObjects.has(word) && !(word === 'TABLE' && verb === 'CREATE' && isTableAs(tokens, object + 1));
}

/** Statements that change rows where they are, behind the queries that WITH gives names. */
const changed: ReadonlySet<string> = new Set(['UPDATE', 'DELETE', 'REPLACE']);

/** The word that a statement with WITH is about, upper case. */
function verbBehindWith(tokens: readonly IToken[], from: number): string {
  let depth = 0;
  for (let at = from + 1; at < tokens.length; at++) {
    const { tokenType } = tokens[at]!;
    if (tokenType === T.Semicolon) break;
    if (tokenType === T.Open) depth++;
    else if (tokenType === T.Close) depth--;
    // A query between parentheses has ended, and neither `,` nor AS follows it.
    else if (depth === 0 && tokens[at - 1]!.tokenType === T.Close && tokenType !== T.Comma && tokenType !== K.AS)
      return tokens[at]!.image.toUpperCase();
  }
  return '';
}

/** `[IF NOT EXISTS] a.b AS`, behind CREATE TABLE; also where the name is missing, to say so. */
function isTableAs(tokens: readonly IToken[], from: number): boolean {
  let at = isWord(tokens[from], 'IF') ? from + 3 : from;
  while (tokens[at + 1]?.tokenType === T.Dot) at += 2;
  return tokens[at + 1]?.tokenType === K.AS || tokens[at]?.tokenType === K.AS;
}

/** INSERT INTO t DEFAULT VALUES: there is no query in it. */
function isDefaultValues(tokens: readonly IToken[], from: number): boolean {
  const end = endOfStatement(tokens, from);
  const last = tokens[end - 1]?.tokenType === T.Semicolon ? end - 2 : end - 1;
  return tokens[last]?.tokenType === K.VALUES && tokens[last - 1]?.tokenType === K.DEFAULT;
}

/** INSERT .. RETURNING: only SQLite knows the rows that it has made. A column of that name stands elsewhere. */
function isReturning(tokens: readonly IToken[], from: number): boolean {
  const end = endOfStatement(tokens, from);
  let depth = 0;
  for (let at = from; at < end - 1; at++) {
    const { tokenType } = tokens[at]!;
    if (tokenType === T.Open) depth++;
    else if (tokenType === T.Close) depth--;
    else if (depth === 0 && isWord(tokens[at], 'RETURNING'))
      return ![K.SELECT, K.AS, T.Comma, T.Dot].includes(tokens[at - 1]!.tokenType) && ![K.FROM, T.Comma].includes(tokens[at + 1]!.tokenType); // prettier-ignore
  }
  return false;
}

/** Index behind the last token of the statement; a trigger's own statements end with `;` too. */
function endOfSqlite(tokens: readonly IToken[], from: number): number {
  let at = from;
  let inTrigger = false;
  let header = isWord(tokens[from], 'CREATE');
  for (; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (header && isWord(token, 'TRIGGER')) inTrigger = true;
    if (header && at > from + 2) header = false;
    if (token.tokenType !== T.Semicolon) continue;
    if (!inTrigger) return at;
    if (isWord(tokens[at + 1], 'END')) return at + 2;
  }
  return at;
}
