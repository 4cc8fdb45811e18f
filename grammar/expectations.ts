import type { IParserErrorMessageProvider, IRecognitionException, IToken, TokenType } from 'chevrotain';

/** What could have stood where an error is, as names of token types. */
export interface Expected {
  /** One of these had to come; empty where the statement could have ended. */
  readonly wanted: readonly string[];
  /** Those, and what else could have come. */
  readonly possible: readonly string[];
}

/**
 * Collects what the parser looked for at each token: that is all that could have stood there. Stands in for Chevrotain's
 * messages; `expectedBy` reads them.
 */
export class Expectations implements IParserErrorMessageProvider {
  readonly #at = new Map<IToken, Set<TokenType>>();

  /** Forgets; to be called before each text, since the token of the end of input is the same for all. */
  clear(): void {
    this.#at.clear();
  }

  /** One call for each test that `found` did not pass. */
  note(found: IToken, expected: Iterable<TokenType>): void {
    const types = this.#at.get(found) ?? new Set();
    for (const type of expected) types.add(type);
    this.#at.set(found, types);
  }

  buildMismatchTokenMessage({ expected, actual }: { expected: TokenType; actual: IToken }): string {
    return this.#message(actual, [expected]);
  }

  buildNotAllInputParsedMessage({ firstRedundant }: { firstRedundant: IToken }): string {
    return this.#message(firstRedundant, []);
  }

  buildNoViableAltMessage(error: { actual: IToken[]; expectedPathsPerAlt: TokenType[][][] }): string {
    return this.#message(error.actual[0]!, error.expectedPathsPerAlt.flat(2));
  }

  buildEarlyExitMessage(error: { actual: IToken[]; expectedIterationPaths: TokenType[][] }): string {
    return this.#message(error.actual[0]!, error.expectedIterationPaths.flat());
  }

  #message(found: IToken, wanted: readonly TokenType[]): string {
    this.note(found, wanted);
    const names = (types: Iterable<TokenType>): string => [...types].map((type) => type.name).join(' ');
    return `${names(wanted)}/${names(this.#at.get(found)!)}`;
  }
}

/** What the message of an error says, when `Expectations` wrote it. */
export function expectedBy(error: IRecognitionException): Expected {
  const [wanted = [], possible = []] = error.message.split('/').map((part) => part.split(' ').filter(Boolean));
  return { wanted, possible };
}
