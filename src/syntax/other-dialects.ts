import type { IToken } from 'chevrotain';
import { K, T } from '../../grammar/tokens.ts';

/** What words of other dialects are here, where they begin a statement, or stand before what does not fit. */
const words: Readonly<Record<string, string>> = {
  fetch: 'write LIMIT n, or LIMIT n OFFSET m',
  top: 'write LIMIT n at the end of the query',
  tablesample: 'write WHERE abs(random()) % 100 < n for n per cent of the rows',
  sample: 'write WHERE abs(random()) % 100 < n for n per cent of the rows',
  macro: 'CREATE FUNCTION f(x INTEGER) RETURNS INTEGER AS (x + 1)',
  pivot: 'write an aggregate with FILTER (WHERE ..) for each column',
  unpivot: 'write UNION ALL of one SELECT for each column',
  summarize: 'DESCRIBE shows the columns; aggregates tell of their values',
  use: 'names of tables may have their database before them: db.t',
  merge: 'write INSERT INTO .. SELECT .. ON CONFLICT (key) DO UPDATE SET ..',
  upsert: 'write INSERT INTO .. ON CONFLICT (key) DO UPDATE SET .., or INSERT OR REPLACE INTO ..',
  truncate: 'write DELETE FROM t',
  ignore: 'write INSERT OR IGNORE INTO ..',
  div: 'write x / y: of INTEGERs it is whole',
  mod: 'write x % y, or mod(x, y)',
  xor: 'write a <> b of what is true or false',
  rlike: "write x REGEXP '^a.*'",
  minus: 'write EXCEPT',
  isnull: 'write coalesce(x, y), or x ISNULL',
};

/** The same of words that stand where an operator or a clause is expected, and so can be no names. */
const operators: Readonly<Record<string, string>> = {
  ilike: 'LIKE takes ASCII letters in any case here; SET case_sensitive_like = on makes it tell them apart',
  similar: "REGEXP matches a regular expression: x REGEXP '^a.*'",
  match: 'a query with MATCH is given to SQLite as it is, where it stands by itself, without |> and EMIT',
  into: 'write CREATE TABLE t AS SELECT .., or INSERT INTO t SELECT ..',
};

/** Signs of other dialects: two tokens with nothing between them, or one. */
const signs: Readonly<Record<string, string>> = {
  '//': 'write x / y: of INTEGERs it is whole',
  '**': 'write pow(x, y) for powers',
  '&&': 'write AND',
  '<=>': 'write x IS y, or x IS NOT DISTINCT FROM y',
  '~': "REGEXP matches a regular expression: x REGEXP '^a.*', or lower(x) REGEXP '^a.*' in any case",
};

/** What is written here for a word or sign of another dialect, which `found` is or follows. */
export function dialectHint(found: IToken | undefined, statement: readonly IToken[]): string | undefined {
  const at = found === undefined ? statement.length : statement.indexOf(found);
  const previous = statement[at - 1];
  const before = statement[at - 2];
  const word = found?.image.toLowerCase() ?? '';
  const isJoined = previous !== undefined && found !== undefined && previous.endOffset! + 1 === found.startOffset;
  return (
    (at <= 1 ? own(words, word) : undefined) ??
    own(operators, word) ??
    own(words, previous?.image.toLowerCase() ?? '') ??
    (isJoined ? own(signs, previous.image + word) : undefined) ??
    own(signs, word) ??
    (found === undefined ? undefined : clauseHint(found, previous, before, statement))
  );
}

function clauseHint(
  found: IToken,
  previous: IToken | undefined,
  before: IToken | undefined,
  statement: readonly IToken[],
): string | undefined {
  const { tokenType, image } = found;
  const next = statement[statement.indexOf(found) + 1];
  const isQuantified = tokenType === K.ALL || (tokenType === K.SELECT && /^(?:any|some)$/i.test(before?.image ?? ''));
  if (tokenType === K.ALL && previous?.tokenType === K.LIMIT) return 'leave LIMIT out: all rows come';
  if (isQuantified) return 'write x IN (SELECT ..), or compare with (SELECT min(..) ..) or (SELECT max(..) ..)';
  if (/^rows?$/i.test(image) && statement.some((t) => /^fetch$/i.test(t.image))) return words['fetch'];
  if (tokenType === K.FOR && /^(?:update|share)$/i.test(next?.image ?? ''))
    return 'leave FOR UPDATE out: no rows are locked';
  if (tokenType === K.WITH && statement.some((t) => /^rollup$/i.test(t.image))) return 'write GROUP BY ROLLUP (a, b)';
  if (/^set$/i.test(image) && /^insert$/i.test(statement[0]!.image)) return 'write INSERT INTO t (a, b) VALUES (..)';
  if (previous?.tokenType === T.Open && before?.tokenType === K.EXCEPT) return 'write * EXCLUDE (a, b)';
  return undefined;
}

const own = (table: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
