import { type IToken, NoViableAltException, type TokenType } from 'chevrotain';
import { type Alternatives, type Looked, lookForOne, lookForOption } from './lookahead.ts';
import type { StreamSql } from './streamsql.ts';

/**
 * What a parser decides by: of each decision, by Chevrotain's number for it, the token types that lead into an optional
 * part, or those that lead into each alternative. Plain JSON: working it out takes an eighth of the time that a short query
 * takes, so it is done when the program is built.
 */
export interface Decisions {
  /** Names of token types, parted by blanks. */
  readonly sets: readonly string[];
  /** Places of these in `sets`: of an optional part one, of alternatives a list. */
  readonly of: readonly (readonly [key: number, sets: number | readonly number[]])[];
}

/** The part of a Chevrotain 11.2 parser that its analysis of the grammar fills in, and what else would ask for that. */
interface Analysed {
  selfAnalysisDone: boolean;
  readonly lookAheadFuncsCache: Map<number, Looked>;
  readonly tokensMap: Readonly<Record<string, TokenType>>;
  LA(howMuch: number): IToken;
  SAVE_ERROR(error: Error): Error;
  raiseNoAltException(): never;
  raiseEarlyExitException(): never;
}

const analysed = (parser: StreamSql): Analysed => parser as unknown as Analysed;

/** Of a parser that has analysed its grammar. */
export function decisionsOf(parser: StreamSql): Decisions {
  const sets = new Map<string, number>();
  const placeOf = (types: Iterable<TokenType>): number => {
    const text = Array.from(types, (type) => type.name).join(' ');
    if (!sets.has(text)) sets.set(text, sets.size);
    return sets.get(text)!;
  };
  const of = Array.from(analysed(parser).lookAheadFuncsCache, ([key, { firsts }]) => {
    const found = firsts();
    return [key, found instanceof Set ? placeOf(found) : (found as Alternatives).map(placeOf)] as const;
  });
  return { sets: [...sets.keys()], of };
}

/**
 * Lets a parser decide by them, in place of an analysis. It knows the language, and that a text is not of it; to say
 * why takes one that has analysed its grammar.
 */
export function decideBy(parser: StreamSql, { sets, of }: Decisions): void {
  const internals = analysed(parser);
  const typesOf = (place: number): ReadonlySet<TokenType> =>
    new Set(sets[place]!.split(' ').map((name) => internals.tokensMap[name]!));
  for (const [key, places] of of) {
    const looked =
      typeof places === 'number' ? lookForOption(() => typesOf(places)) : lookForOne(() => places.map(typesOf));
    internals.lookAheadFuncsCache.set(key, looked);
  }
  const fail = (): never => {
    throw internals.SAVE_ERROR(new NoViableAltException('', internals.LA(1), internals.LA(0)));
  };
  Object.assign(internals, { selfAnalysisDone: true, raiseNoAltException: fail, raiseEarlyExitException: fail });
}
