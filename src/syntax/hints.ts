import type { IRecognitionException, IToken, TokenType } from 'chevrotain';
import { distance } from 'fastest-levenshtein';
import { sqliteObjects, sqliteVerbs } from '../../grammar/passthrough.ts';
import { K, reservedWords, T, wordTypes } from '../../grammar/tokens.ts';
import { dialectHint } from './other-dialects.ts';

const clauses: ReadonlySet<TokenType> = new Set([
  ...[K.FROM, K.WHERE, K.GROUP, K.HAVING, K.WINDOW, K.QUALIFY, K.ORDER, K.LIMIT, K.OFFSET, K.ON, K.USING],
]);
const order =
  'clauses stand in this order: SELECT, FROM, WHERE, GROUP BY, HAVING, WINDOW, QUALIFY, ORDER BY, LIMIT, EMIT';

/**
 * What the user most likely meant, if that can be told.
 *
 * @param found undefined at the end of the text
 * @param types names of the token types that were expected in its place
 */
export function hintOf(
  error: IRecognitionException,
  found: IToken | undefined,
  types: readonly string[],
  statement: readonly IToken[],
): string | undefined {
  const at = found === undefined ? -1 : statement.indexOf(found);
  const previous = statement.at(at < 0 ? -1 : Math.max(0, at - 1));
  const misspelt = spelling(found, previous, types, error.context.ruleStack.at(-1));
  const known = dialectHint(found, statement);
  if (known !== undefined) return known;
  if (misspelt !== undefined || found === undefined) return misspelt;
  const isInBrackets = types.includes('CloseBracket') && statement[at - 2]?.tokenType === T.OpenBracket;
  if (found.tokenType === T.OpenBracket || isInBrackets)
    return 'behind a value or a name, brackets are an index; a name in brackets has AS before it, or use double quotes';
  const isClause = clauses.has(found.tokenType);
  if (previous?.tokenType === T.Comma && (isClause || found.tokenType === T.Close)) return 'remove the `,` before it';
  if (error.name === 'NotAllInputParsedException') {
    if (!isClause && found.tokenType !== K.SELECT) return undefined;
    const verb = found.image.toUpperCase();
    if (statement[0]!.tokenType === K.FROM) return `this far behind FROM, write \`|> ${verb}\``;
    return isClause ? order : undefined;
  }
  // A reserved word where a name should stand: ORDER too, unless it begins the clause.
  const beginsClause = isClause && !(isByWord(found) && statement[at + 1]?.tokenType !== K.BY);
  if (!types.includes('Ident') || !isReserved(found) || beginsClause) return undefined;
  return `${found.image.toUpperCase()} is a reserved word; in double quotes it is a name: "${found.image}"`;
}

const isReserved = (token: IToken): boolean => reservedWords.has(token.image.toUpperCase());
const isByWord = (token: IToken): boolean => token.tokenType === K.GROUP || token.tokenType === K.ORDER;

/** The word that `found` or the name before it is a slip of the finger for, among those that could have stood here. */
function spelling(
  found: IToken | undefined,
  previous: IToken | undefined,
  types: readonly string[],
  rule: string | undefined,
): string | undefined {
  const candidates = types.filter((type) => wordTypes.has(type));
  if (types.includes('SqliteText')) candidates.push(...sqliteVerbs);
  if (rule === 'create' || rule === 'drop') candidates.push(...sqliteObjects);
  const meant = (token: IToken | undefined): string | undefined =>
    token === undefined || isReserved(token) ? undefined : nearest(token.image.toUpperCase(), candidates);
  const here = meant(found);
  if (here !== undefined) return `did you mean \`${here}\`?`;
  const before = meant(previous);
  return before === undefined ? undefined : `did you mean \`${before}\` instead of \`${previous!.image}\`?`;
}

/** One letter off, or two where the first is right: `FORM` and `FROM` are two apart. */
function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length < 3) return undefined;
  const near = candidates
    .map((candidate) => ({ candidate, far: distance(word, candidate) }))
    .filter(({ candidate, far }) => far === 1 || (far === 2 && word.length > 3 && candidate[0] === word[0]));
  return near.sort((a, b) => a.far - b.far)[0]?.candidate;
}
