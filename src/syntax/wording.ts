import type { IRecognitionException, IToken } from 'chevrotain';
import { type Expected, expectedBy } from '../../grammar/expectations.ts';
import { T, wordTypes } from '../../grammar/tokens.ts';
import type { Diagnostic } from '../base/errors.ts';
import { locate, type Span } from '../base/span.ts';
import { hintOf } from './hints.ts';

/** What a production is called, where none of its alternatives fits. */
const productions: Readonly<Record<string, string>> = {
  statement: 'a statement',
  emit: 'FINAL, CHANGES, ON WINDOW CLOSE or EVERY',
  frame: 'BETWEEN or a bound',
  bound: 'a bound',
  create: 'SOURCE, SINK, STREAM, VIEW, COMMAND, FUNCTION or TABLE',
  query: 'a query',
  queryTerm: 'a query',
  fromFirst: 'a table name',
  tablePrimary: 'a table name',
  items: 'an expression',
  item: 'an expression',
  alias: 'a name for the column',
  exprList: 'an expression',
  primary: 'an expression',
  literal: 'a value',
  text: 'a text in quotes',
  orderBy: 'an expression',
  values: 'a row in parentheses',
  pipeOp: 'an operator such as WHERE, SELECT, AGGREGATE or SHELL',
  pipeShell: 'a command in quotes or its name',
  pipeFork: 'operators in parentheses',
  shellSpec: 'a command in quotes or its name',
  shellClause: 'a clause of SHELL such as READS, WRITES or AS MAP',
  argValue: 'a value',
  target: 'a table name',
  opt: 'the name of an option',
  optList: 'the name of an option',
  flags: 'the name of an option',
  nameList: 'a column name',
  columns: 'a column name',
  typedColumns: 'a column name',
  pipeDrop: 'a column name',
  pipeRename: 'a column name',
  pipeSet: 'a column name',
  pipeCall: 'a table function',
};

/** What a name stands for, by the production it is in. */
const names: Readonly<Record<string, string>> = {
  tableName: 'a table name',
  tableFunction: 'a table function',
  tablePrimary: 'a name for the table',
  newName: 'a name',
  nameList: 'a column name',
  typeName: 'a type',
  column: 'a column name',
  typedColumn: 'a column name',
  target: 'a table name',
  alias: 'a name for the column',
  assignment: 'a column name',
  pipeDrop: 'a column name',
  renaming: 'a column name',
  watermark: 'a column name',
  format: 'a format',
  postfix: 'a collation',
  pipeAs: 'a name for the table',
};

/** What the tokens are called that are neither words nor signs. */
const kinds: Readonly<Record<string, string>> = {
  Ident: 'a name',
  Word: 'a name',
  ArgName: 'a name',
  Text: 'a text in quotes',
  EscapedText: 'a text in quotes',
  DollarText: 'a text in quotes',
  Number: 'a number',
  Range: 'a range such as 0..1',
  Blob: 'a value',
  Param: 'a value',
  GROUP: 'GROUP BY',
  ORDER: 'ORDER BY',
};

/** Productions that are a list in parentheses. */
const lists = new Set(
  'nameList optList typedColumns columns flags exitClause format typeName tableFunction shellSpec pipeFork'.split(' '),
);

/** Fits behind nearly everything, so it is of no help in a list of what could have come. */
const commonplace = new Set(
  [
    'Equal NotEqual Less LessEqual Greater GreaterEqual Plus Minus Star Slash Percent Tilde Open Dot OpenBracket',
    'BitAnd BitOr ShiftLeft ShiftRight Concat Arrow ArrowText DoubleColon OR AND NOT IS ISNULL NOTNULL IN LIKE GLOB',
    'REGEXP BETWEEN COLLATE ESCAPE WITHIN FILTER OVER NATURAL ASOF POSITIONAL INNER CROSS LEFT RIGHT FULL SEMI ANTI FOR AS',
    'EOF Ident Semicolon INDEXED',
  ].flatMap((types) => types.split(' ')),
);

/**
 * One syntax error in human words.
 *
 * @param found undefined at the end of the text
 * @param statement the tokens of the whole statement that `found` is in, without its `;`
 */
export function describeSyntax(
  error: IRecognitionException,
  found: IToken | undefined,
  span: Span,
  statement: readonly IToken[],
): Diagnostic {
  const { wanted, possible } = expectedBy(error);
  const expected = expectation(error, { wanted, possible });
  const instead = wanted.length === 0 ? alternatives(possible) : undefined;
  const note = wanted[0] === 'Close' ? openParenthesis(span, statement) : undefined;
  const hint = hintOf(error, found, possible, statement);
  return {
    code: 'E0101',
    message: `expected ${expected}, found ${describeToken(found)}`,
    span,
    label: instead === undefined ? `expected ${expected}` : `or one of: ${instead}`,
    ...(note !== undefined && { notes: [note] }),
    ...(hint !== undefined && { help: [hint] }),
  };
}

function expectation({ name, context }: IRecognitionException, { wanted, possible }: Expected): string {
  const [rule = '', parent = ''] = context.ruleStack.toReversed();
  const [only] = wanted;
  if (only === undefined) return 'the end of the statement';
  if (name !== 'MismatchedTokenException') return productions[rule] ?? oneOf(wanted.map(nameOf));
  if (only === 'Ident') return names[rule === 'qname' ? parent : rule] ?? 'a name';
  if (only === 'Close' && (possible.includes('Comma') || lists.has(rule))) return '`,` or `)`';
  return nameOf(only);
}

/** Where a statement should have ended: the first few of what could have come instead. */
function alternatives(types: readonly string[]): string | undefined {
  const useful = [...new Set(types.filter((type) => !commonplace.has(type)).map(nameOf))];
  return useful.length === 0 ? undefined : useful.slice(0, 7).join(', ');
}

function oneOf(list: readonly string[]): string {
  const all = [...new Set(list)];
  const last = all.pop() ?? 'something else';
  return all.length === 0 ? last : `${all.join(', ')} or ${last}`;
}

function nameOf(type: string): string {
  if (kinds[type] !== undefined) return kinds[type];
  return wordTypes.has(type) ? type : `\`${(T as Readonly<Record<string, { LABEL?: string }>>)[type]?.LABEL ?? type}\``;
}

function describeToken(token: IToken | undefined): string {
  if (token === undefined) return 'the end of the text';
  const oneLine = token.image.replaceAll(/\s+/g, ' ');
  const image = oneLine.length > 30 ? `${oneLine.slice(0, 30)}..` : oneLine;
  if (token.tokenType === T.Number) return `the number ${image}`;
  return image.startsWith("'") ? `the text ${image}` : `\`${image}\``;
}

/** Says where the parenthesis is that lacks its other half. */
function openParenthesis(span: Span, statement: readonly IToken[]): string | undefined {
  const open: IToken[] = [];
  for (const token of statement) {
    if (token.startOffset >= span.start) break;
    if (token.tokenType === T.Open) open.push(token);
    if (token.tokenType === T.Close) open.pop();
  }
  const last = open.at(-1);
  if (last === undefined) return undefined;
  const { line, column } = locate(span.source, last.startOffset);
  return `the \`(\` at ${line}:${column} is still open`;
}
