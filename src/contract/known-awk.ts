import type { Arguments } from './known-arguments.ts';
import { kinds, without, type Facts } from './known-kinds.ts';

type Kind = 'string' | 'regex' | 'number' | 'name' | 'operator';
interface Token {
  readonly kind: Kind;
  readonly text: string;
}

const TOKEN =
  /\s+|#[^\n]*|"(?:[^"\\\n]|\\.)*"|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\+\+|--|[-+*/%^]=|==|<=|>=|!=|!~|&&|\|\||>>|\*\*|[-+*/%^!<>=~?:,;(){}[\]$|\n]/y;
const REGEX = /\/(?:[^/\\\n[]|\\.|\[\^?\]?(?:[^\]\\\n]|\\.)*\])+\//y;

/** Tokens of a program; undefined where something is not understood. */
function tokensOf(program: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < program.length;) {
    const last = tokens.at(-1);
    const isOperand = last !== undefined && (last.kind !== 'operator' || /^[)\]$]$/.test(last.text));
    const pattern = program[at] === '/' && !isOperand ? REGEX : TOKEN;
    pattern.lastIndex = at;
    const [text] = pattern.exec(program) ?? [];
    if (text === undefined) return undefined;
    at += text.length;
    if (/^\s*$/.test(text) || text.startsWith('#')) continue;
    const kind: Kind =
      pattern === REGEX
        ? 'regex'
        : text.startsWith('"')
          ? 'string'
          : /^[.\d]/.test(text)
            ? 'number'
            : /^[A-Za-z_]/.test(text)
              ? 'name'
              : 'operator';
    tokens.push({ kind, text });
  }
  return tokens;
}

/** What reaches out of the program, or is another at each run. */
const REACHES = new Set(
  `getline system srand rand systime strftime mktime close fflush ENVIRON PROCINFO ARGV ARGC ARGIND FILENAME nextfile
   RS RT FS FPAT FIELDWIDTHS IGNORECASE SUBSEP function func delete printf ORS`.split(/\s+/),
);
/** What remembers something from one record to the next. */
const REMEMBERS = new Set(['NR', 'FNR', 'BEGIN', 'END', 'exit', 'RSTART', 'RLENGTH', 'split', 'match', 'while', 'do']);
/** Functions of their arguments. */
const FUNCTIONS = new Set([
  'length',
  'substr',
  'index',
  'tolower',
  'toupper',
  'int',
  'sprintf',
  'sub',
  'gsub',
  'print',
  'NF',
  'in',
]);

/** Every field on a line of its own. */
const EACH_FIELD =
  /^\s*\{\s*for\s*\(\s*(\w+)\s*=\s*1\s*;\s*\1\s*<=\s*NF\s*;\s*(?:\1\+\+|\+\+\1)\s*\)\s*\{?\s*print\s+\$\1\s*;?\s*\}?\s*\}\s*$/;

/** The first record of each value of a field. */
const FIRST_OF_EACH = /^\s*!\s*[a-z]\w*\[\s*\$\d+\s*\]\s*\+\+\s*$/;

export function factsOfAwk({ options, operands }: Arguments): Facts | undefined {
  const [program, ...files] = operands;
  if (program === undefined || files.length > 0) return undefined;
  const variables = (options.get('v') ?? []).map((text) => /^([A-Za-z_]\w*)=[^\\\n]*$/.exec(text)?.[1]);
  if (variables.some((name) => name === undefined || REACHES.has(name) || REMEMBERS.has(name))) return undefined;
  if ((options.get('F') ?? []).some((value) => value === '' || /[\\\n]/.test(value.replace('\\t', ''))))
    return undefined;
  if (EACH_FIELD.test(program)) return kinds.any;
  if (FIRST_OF_EACH.test(program)) return { ...kinds.sieve, idempotent: true };
  const tokens = tokensOf(program);
  if (tokens === undefined || tokens.some(({ text }) => REACHES.has(text)) || redirects(tokens)) return undefined;
  const facts = remembers(tokens) ? kinds.pure : shapeOf(tokens);
  return mayFail(tokens) ? without(facts, 'total') : facts;
}

/** `print > "file"`, `print | "command"`. Before the brace `>` compares. */
function redirects(tokens: readonly Token[]): boolean {
  let braces = 0;
  let parens = 0;
  return tokens.some(({ text, kind }) => {
    if (kind !== 'operator') return false;
    if (text === '{' || text === '}') braces += text === '{' ? 1 : -1;
    if (text === '(' || text === ')') parens += text === '(' ? 1 : -1;
    return text === '|' || text === '>>' || (text === '>' && braces > 0 && parens === 0);
  });
}

/** Variables, arrays, counters and ranges: anything by which a record could be told of the ones before it. */
function remembers(tokens: readonly Token[]): boolean {
  let depth = 0;
  return tokens.some(({ text, kind }, i) => {
    if (text === '(' || text === '{' || text === '[') depth++;
    if (text === ')' || text === '}' || text === ']') depth--;
    if (kind === 'name')
      return REMEMBERS.has(text) || (!FUNCTIONS.has(text) && isAssigned(tokens, i)) || text === 'for';
    if (kind !== 'operator') return false;
    return text === '[' || text === '++' || text === '--' || (text === ',' && depth === 0);
  });
}

const isAssigned = (tokens: readonly Token[], i: number): boolean =>
  tokens[i - 1]?.text !== '$' && /^([-+*/%^]?=)$/.test(tokens[i + 1]?.text ?? '');

/** Division by what may be zero, a field whose number is computed, a pattern that comes from the data. */
function mayFail(tokens: readonly Token[]): boolean {
  return tokens.some(({ text, kind }, i) => {
    const next = tokens[i + 1];
    if (kind !== 'operator') return (text === 'sub' || text === 'gsub') && tokens[i + 2]?.kind !== 'regex';
    if (['/', '%', '/=', '%=', '^', '**', '^='].includes(text)) return true;
    if (text === '~' || text === '!~') return next?.kind !== 'regex';
    return text === '$' && next?.kind !== 'number' && next?.text !== 'NF';
  });
}

/** What a program does that looks at one record at a time. */
function shapeOf(tokens: readonly Token[]): Facts {
  const texts = tokens.map(({ text }) => text);
  const open = texts.indexOf('{');
  const breaks = tokens.some(({ kind, text }) => kind === 'string' && /\\[^\\"/.\-t]/.test(text));
  if (open < 0) return texts.includes(';') || isChanging(tokens) ? kinds.pure : kinds.filter;
  const close = texts.indexOf('}');
  const behind = texts.slice(close + 1).join(' ');
  if (texts.lastIndexOf('{') !== open || close < 0 || isChanging(tokens.slice(0, open))) return kinds.pure;
  const body = tokens.slice(open + 1, close);
  const prints = body.filter(({ text }) => text === 'print').length;
  const isConditional = body.some(({ text }) => text === 'if' || text === 'next' || text === 'else');
  if (isConditional || texts.slice(0, open).includes(';')) return kinds.pure;
  if (behind === '' && prints === 1)
    return breaks ? (open === 0 ? kinds.each : kinds.any) : open === 0 ? kinds.map : kinds.some;
  if (behind === '1' && prints === 0) return breaks ? kinds.each : kinds.map;
  return kinds.pure;
}

/** Whether an expression that chooses records changes them, too. */
const isChanging = (tokens: readonly Token[]): boolean =>
  tokens.some(({ text }) => ['=', '+=', '-=', '*=', 'sub', 'gsub', 'print'].includes(text));
