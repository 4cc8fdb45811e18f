import {
  Alternation,
  Alternative,
  type IProduction,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  type Rule,
  Terminal,
  type TokenType,
} from 'chevrotain';
import { Ident, reserved, soft, T, Word, wordTypes } from './tokens.ts';

/** What the tokens that are neither words nor signs are called in the text for people. */
const classes = new Map<TokenType, string>([
  [Ident, 'ident'],
  [Word, 'word'],
  [T.ArgName, 'word'],
  [T.Text, 'STRING'],
  [T.EscapedText, 'ESCAPED_STRING'],
  [T.DollarText, 'DOLLAR_STRING'],
  [T.SqliteText, 'SQLITE_TEXT'],
  [T.Blob, 'BLOB'],
  [T.Number, 'NUMBER'],
  [T.Range, 'RANGE'],
  [T.Param, 'PARAM'],
]);

const lexical = `(* tokens *)
ident          = BARE | QUOTED | soft word ;
word           = ident | reserved word ;
BARE           = letter { letter | digit | "_" | "$" } ;
QUOTED         = '"' .. '"' | "\`" .. "\`" ;                              (* a doubled quote stands for itself *)
STRING         = "'" .. "'" ;                                           (* likewise *)
ESCAPED_STRING = "E'" .. "'" ;                                          (* \\n \\t \\r \\\\ \\' and others *)
DOLLAR_STRING  = "$$" .. "$$" | "$tag$" .. "$tag$" ;                    (* as it stands *)
BLOB           = "x'" { hex hex } "'" ;
NUMBER         = digits [ "." digits ] [ "e" [ "+" | "-" ] digits ] | "0x" hex { hex } ;      (* 1_000 is 1000 *)
RANGE          = digits ".." ( digits | "N" ) ;
PARAM          = ( ":" | "$" | "@" ) name | "?" [ digits ] ;
SQLITE_TEXT    = a whole statement that is handed to SQLite: CREATE TABLE (without AS), CREATE INDEX | TRIGGER | VIRTUAL TABLE,
                 UPDATE, DELETE, ALTER, PRAGMA, BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, VACUUM, REINDEX, ANALYZE, REPLACE,
                 DROP TABLE | INDEX | TRIGGER, INSERT .. DEFAULT VALUES, INSERT .. RETURNING, EXPLAIN QUERY PLAN,
                 queries with x MATCH 'text', FROM pragma_.. or a WITH RECURSIVE that reads itself, but for pipes ;
comments       = "--" to the end of the line | "/*" .. "*/" | "#!" on the first line`;

/** The grammar as text for people: of what the parser itself runs on, so it cannot say anything else. */
export function ebnf(rules: readonly Rule[]): string {
  const words = (groups: Readonly<Record<string, string>>): string => Object.values(groups).join(' ').toLowerCase();
  return [
    '(* Generated from the parser; a test fails when it is stale. [ ] optional, { } any number of times, { }- at least once. *)',
    ...fromTop(rules).map((rule) => wrap(`${rule.name} = ${inner(rule.definition)} ;`)),
    lexical,
    wrap(`(* reserved words *) ${words(reserved)}`),
    wrap(`(* soft words, usable as names *) ${words(soft)}`),
    '',
  ].join('\n\n');
}

/** Beginning with `script`, each rule before those that it is the first to mention. */
function fromTop(rules: readonly Rule[]): Rule[] {
  const seen = new Set<Rule>();
  const visit = (p: Rule | IProduction): void => {
    if (p instanceof NonTerminal) visit(p.referencedRule);
    else if (!('name' in p)) ((p as Alternative).definition ?? []).forEach(visit);
    else if (!seen.has(p)) {
      seen.add(p);
      p.definition.forEach(visit);
    }
  };
  rules.filter((rule) => rule.name === 'script').forEach(visit);
  return [...seen, ...rules.filter((rule) => !seen.has(rule))];
}

/** Alternatives that fill all of the brackets around them need none of their own. */
function inner(productions: readonly IProduction[]): string {
  const [only] = productions;
  return productions.length === 1 && only instanceof Alternation ? alternatives(only) : sequence(productions);
}

function sequence(productions: readonly IProduction[]): string {
  return productions.map(part).join(' ');
}

function part(p: IProduction): string {
  if (p instanceof Terminal) return terminal(p.terminalType);
  if (p instanceof NonTerminal) return p.nonTerminalName;
  if (p instanceof Alternation) return `( ${alternatives(p)} )`;
  const { definition } = p as Alternative;
  const body = inner(definition);
  if (p instanceof Option) return `[ ${body} ]`;
  if (p instanceof Repetition) return `{ ${body} }`;
  if (p instanceof RepetitionMandatory) return `{ ${body} }-`;
  if (p instanceof RepetitionMandatoryWithSeparator) return `${body} { ${terminal(p.separator)} ${body} }`;
  if (p instanceof RepetitionWithSeparator) return `[ ${body} { ${terminal(p.separator)} ${body} } ]`;
  return body;
}

const alternatives = (p: Alternation): string =>
  p.definition.map((alternative) => sequence((alternative as Alternative).definition)).join(' | ');

const terminal = (type: TokenType): string =>
  classes.get(type) ?? (wordTypes.has(type.name) ? `"${type.name}"` : `"${type.LABEL ?? type.name}"`);

/** Breaks at spaces so that no line is longer than 120 characters; further lines are indented by four. */
function wrap(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.length + word.length >= 120 && line !== '') {
      lines.push(line);
      line = '   ';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
