import {
  type AtLeastOneSepMethodOpts,
  type CstNode,
  CstParser,
  EOF,
  type IToken,
  type ManySepMethodOpts,
  type ParserMethod,
  type TokenType,
} from 'chevrotain';
import type { Expectations } from './expectations.ts';
import { FirstTokens } from './lookahead.ts';
import { Ident, K, T, vocabulary } from './tokens.ts';

export type Production = ParserMethod<[], CstNode>;

const startsQuery: ReadonlySet<TokenType> = new Set([K.SELECT, K.FROM, K.VALUES, K.WITH]);
const continuesQuery: ReadonlySet<TokenType> = new Set([
  K.UNION,
  K.INTERSECT,
  K.EXCEPT,
  K.ORDER,
  K.LIMIT,
  K.OFFSET,
  K.EMIT,
  T.Pipe,
]);

/** What the parts of the grammar share: how the parser is set up, and the few looks further ahead than one token. */
export abstract class Part extends CstParser {
  readonly #expectations: Expectations | undefined;
  /** The input that `#queries` is of. */
  #queriesOf: readonly IToken[] | undefined;
  #queries: ReadonlySet<IToken> = new Set();

  /** @param expectations with it, the parser goes on after an error, and says what it expected. */
  constructor(expectations?: Expectations) {
    super(vocabulary, {
      lookaheadStrategy: new FirstTokens(expectations),
      maxLookahead: 1,
      recoveryEnabled: expectations !== undefined,
      ...(expectations && { errorMessageProvider: expectations }),
      nodeLocationTracking: 'onlyOffset',
      skipValidations: true,
    });
    this.#expectations = expectations;
  }

  // Chevrotain looks for a separator without asking the lookahead; it too could have stood there.
  protected override AT_LEAST_ONE_SEP(options: AtLeastOneSepMethodOpts<unknown>): void {
    super.AT_LEAST_ONE_SEP(options);
    this.#expectations?.note(this.LA(1), [options.SEP]);
  }

  protected override MANY_SEP(options: ManySepMethodOpts<unknown>): void {
    super.MANY_SEP(options);
    this.#expectations?.note(this.LA(1), [options.SEP]);
  }

  /** One of `types`, all under the same label. */
  protected oneOf(label: string, types: readonly TokenType[], occurrence = 0): void {
    this.or(
      occurrence,
      types.map((type) => ({ ALT: () => this.consume(occurrence, type, { LABEL: label }) })),
    );
  }

  protected next(howFar: number): TokenType {
    return this.LA(howFar).tokenType;
  }

  protected isName(howFar: number): boolean {
    const token: IToken = this.LA(howFar);
    return token.tokenType === Ident || Ident.categoryMatchesMap![token.tokenTypeIdx] === true;
  }

  /** At `(`: does a query stand in it, rather than a table with joins, or an expression? */
  protected isQueryInParentheses(): boolean {
    if (this.#queriesOf !== this.input) {
      this.#queriesOf = this.input;
      this.#queries = queriesIn(this.input);
    }
    return this.#queries.has(this.LA(1));
  }

  /** `a.b.c (`: a call, or a table function. */
  protected isCall(): boolean {
    let at = 1;
    while (this.next(at + 1) === T.Dot) at += 2;
    return this.next(at + 1) === T.Open;
  }

  /** `name (`: does `word` stand in these parentheses, in none of their own? */
  protected holds(word: TokenType): boolean {
    if (this.next(2) !== T.Open) return false;
    for (let at = 3, depth = 0; depth >= 0; at++) {
      const type = this.next(at);
      if (type === T.Open) depth++;
      else if (type === T.Close) depth--;
      else if (type === EOF || type === T.Semicolon) return false;
      else if (depth === 0 && type === word) return true;
    }
    return false;
  }
}

/**
 * The opening parentheses that hold a query. From right to left, so that however many are nested each is met once:
 * `((SELECT 1) ..` is a query if what follows the inner one can follow a query.
 */
function queriesIn(tokens: readonly IToken[]): Set<IToken> {
  const queries = new Set<IToken>();
  // Where the `)` stand that have met no `(` yet, and where the one stands that the `(` met last belongs to.
  const open: number[] = [];
  let closed = tokens.length;
  for (let at = tokens.length - 1; at >= 0; at--) {
    const token = tokens[at]!;
    if (token.tokenType === T.Close) open.push(at);
    if (token.tokenType !== T.Open) continue;
    const inner = tokens[at + 1];
    const after = tokens[closed + 1]?.tokenType;
    if (inner?.tokenType === T.Open) {
      const goesOn = after === T.Close || (after !== undefined && continuesQuery.has(after));
      if (goesOn && queries.has(inner)) queries.add(token);
    } else if (inner !== undefined && startsQuery.has(inner.tokenType)) queries.add(token);
    closed = open.pop() ?? tokens.length;
  }
  return queries;
}
