import type { IToken, TokenType } from 'chevrotain';
import type { ScriptCstNode } from '../../grammar/cst.d.ts';
import { lex } from '../../grammar/lexer.ts';
import { known } from '../../grammar/known-decisions.ts';
import { foldSqlite } from '../../grammar/passthrough.ts';
import { StreamSql } from '../../grammar/streamsql.ts';
import { K, T } from '../../grammar/tokens.ts';
import { QueryError } from '../base/errors.ts';
import type { Source, Span } from '../base/span.ts';
import type { Script, Statement } from './ast.ts';
import { Builder } from './build/statement.ts';
import { diagnose } from './diagnose.ts';

let parser: StreamSql | undefined;

/**
 * The AST of a text with any number of statements.
 *
 * @throws QueryError with every fault found: E0101 syntax, E0102 and E0103 text that is not made of tokens.
 */
export function parse(source: Source): Script {
  // Made at first use: it takes some time, and numbers the token types that the lexer hands out.
  parser ??= new StreamSql(undefined, known);
  const { tokens, faults } = lex(source.text);
  const folded = foldSqlite(source.text, tokens);
  try {
    const script = faults.length > 0 ? undefined : inPieces(parser, source, folded);
    if (script !== undefined) return script;
    const tree = faults.length > 0 ? undefined : treeOf(parser, folded);
    if (tree === undefined) throw new QueryError(...diagnose(source, folded, faults));
    return new Builder(source, folded).script(tree);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The stack is full. Where exactly says nothing to the user; what opens most deeply does.
    const span = deepest(source, folded);
    const label = 'too many parentheses or brackets are open here';
    throw new QueryError({ code: 'E0101', message: 'the statement is nested too deeply', span, label });
  }
}

/** Tokens of a long script that are parsed at a time. */
const PIECE = 5000;

/**
 * A long script, some statements at a time: the trees of thousands of them would take hundreds of megabytes at once.
 * Undefined for one that is short, or not of the language: its faults are told all together.
 */
function inPieces(parser: StreamSql, source: Source, tokens: readonly IToken[]): Script | undefined {
  if (tokens.length <= PIECE) return undefined;
  const statements: Statement[] = [];
  try {
    for (let from = 0, end = 0; from < tokens.length; from = end) {
      const last = tokens.findIndex((t, i) => i >= from + PIECE && t.tokenType === T.Semicolon);
      end = last < 0 ? tokens.length : last + 1;
      const piece = tokens.slice(from, end);
      const tree = treeOf(parser, piece);
      // A statement set may have been cut.
      if (tree === undefined) return undefined;
      statements.push(...new Builder(source, piece).script(tree).statements);
    }
  } catch (error) {
    if (error instanceof QueryError) return undefined;
    throw error;
  }
  return { kind: 'script', span: { source, start: 0, end: source.text.length }, statements };
}

/** Undefined where the text is not of the language. */
function treeOf(parser: StreamSql, tokens: IToken[]): ScriptCstNode | undefined {
  parser.input = tokens;
  const tree = parser.script() as ScriptCstNode;
  return parser.errors.length === 0 ? tree : undefined;
}

/** Where the most parentheses, brackets and CASEs are open. */
function deepest(source: Source, tokens: readonly IToken[]): Span {
  let depth = 0;
  let most = 0;
  let at = tokens[0]!;
  for (const token of tokens) {
    if (opens.has(token.tokenType) && ++depth > most) {
      most = depth;
      at = token;
    }
    if (closes.has(token.tokenType)) depth--;
  }
  return { source, start: at.startOffset, end: at.endOffset! + 1 };
}

const opens: ReadonlySet<TokenType> = new Set([T.Open, T.OpenBracket, K.CASE]);
const closes: ReadonlySet<TokenType> = new Set([T.Close, T.CloseBracket, K.END]);
