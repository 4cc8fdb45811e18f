import { EOF, type IRecognitionException, type IToken } from 'chevrotain';
import { Expectations } from '../../grammar/expectations.ts';
import type { LexFault } from '../../grammar/lexer.ts';
import { StreamSql } from '../../grammar/streamsql.ts';
import { K, T } from '../../grammar/tokens.ts';
import type { Diagnostic } from '../base/errors.ts';
import type { Source } from '../base/span.ts';
import { describeFault } from './lex-faults.ts';
import { describeSyntax } from './wording.ts';

/** After a fault, what follows close behind it is mostly its consequence: this many tokens are not reported. */
const quiet = 4;
const mostOfStatement = 3;

let recovering: { parser: StreamSql; expectations: Expectations } | undefined;

/**
 * All that is wrong with a text that did not parse, in order. Each statement is parsed again by itself, by a parser
 * that goes on after an error, so that a bad statement hides no other; a statement with a fault in its tokens is not.
 */
export function diagnose(source: Source, tokens: readonly IToken[], faults: readonly LexFault[]): Diagnostic[] {
  const found = faults.map((fault) => ({ at: fault.start, diagnostic: describeFault(source, fault) }));
  let from = 0;
  for (const statement of statements(tokens)) {
    const last = statement.tokens.at(-1);
    const end = statement.end?.startOffset ?? source.text.length;
    const faulty = faults.some((fault) => fault.start >= from && fault.start <= end);
    from = end;
    if (last === undefined || faulty) continue;
    for (const error of errorsOf(statement.tokens)) {
      // The end of input stands for the `;`, or for nothing at all behind the last token.
      const token = error.token.tokenType === EOF ? statement.end : error.token;
      const place = token ?? { startOffset: last.endOffset! + 1, endOffset: last.endOffset! };
      const span = { source, start: place.startOffset, end: place.endOffset! + 1 };
      found.push({ at: span.start, diagnostic: describeSyntax(error, token, span, statement.tokens) });
    }
  }
  return found.sort((a, b) => a.at - b.at).map(({ diagnostic }) => diagnostic);
}

interface Part {
  readonly tokens: IToken[];
  /** The `;` behind it. */
  readonly end: IToken | undefined;
}

/** Cuts at each `;`, but keeps BEGIN STATEMENT SET .. END together. */
function statements(tokens: readonly IToken[]): Part[] {
  const parts: Part[] = [];
  let current: IToken[] = [];
  for (const [i, token] of tokens.entries()) {
    const inSet = current[1]?.tokenType === K.STATEMENT && current.at(-1)?.tokenType !== K.END;
    if (token.tokenType !== T.Semicolon || (inSet && i + 1 < tokens.length)) current.push(token);
    else {
      parts.push({ tokens: current, end: token });
      current = [];
    }
  }
  return [...parts, { tokens: current, end: undefined }];
}

function errorsOf(tokens: IToken[]): IRecognitionException[] {
  if (recovering === undefined) {
    const expectations = new Expectations();
    recovering = { expectations, parser: new StreamSql(expectations) };
  }
  const { parser, expectations } = recovering;
  expectations.clear();
  parser.input = tokens;
  parser.statement();
  const errors: IRecognitionException[] = [];
  let heardUpTo = -1;
  for (const error of parser.errors) {
    const at = error.token.tokenType === EOF ? tokens.length : tokens.indexOf(error.token);
    if (errors.length > 0 && (at < heardUpTo || at === tokens.length)) continue;
    heardUpTo = at + quiet + error.resyncedTokens.length;
    if (errors.push(error) === mostOfStatement) break;
  }
  return errors;
}
