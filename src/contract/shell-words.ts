/** A piece of shell text: a word with its quotes taken off, or an operator. */
export interface Token {
  readonly text: string;
  /** Where it begins in the text. */
  readonly start: number;
  readonly kind: 'word' | 'operator';
  /** Some of it is only known when it runs (`$x`, `$(..)`, a pattern), so that `text` is not what will stand there. */
  readonly open: boolean;
  /** Some of it was quoted: it is no reserved word. */
  readonly quoted: boolean;
  /** It begins as an assignment does. */
  readonly assigns: boolean;
}

const OPERATOR = /\|\||&&|;;|<<-|<<|>>|<&|>&|<>|>\||[|&;<>()\n]/y;
const ASSIGNMENT = /[A-Za-z_]\w*=/y;
/** What makes a `$` before it more than a character. */
const EXPANDED = /[\w*@#?$!{(['"-]/;
/** Within double quotes: an expansion whose `$` or backquote is not escaped. */
const EXPANDS = /(?:^|[^\\])(?:\\\\)*(?:`|\$[\w*@#?$!{([-])/;
const PLAIN = /[^\s|&;<>()'"\\$`*?[~]+/y;

/**
 * Cuts shell text into words and operators, here-documents left out. Enough to find the commands in it, no more: what
 * is inside of `$(..)` is not looked at.
 *
 * @returns undefined for text that ends within a quote or the like; `sh -n` says more about it.
 */
export function tokenize(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const documents: string[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text[at]!;
    if (c === ' ' || c === '\t' || c === '\r') at++;
    else if (c === '\\' && text[at + 1] === '\n') at += 2;
    else if (c === '#') at = endOfLine(text, at);
    else {
      const operator = matchAt(OPERATOR, text, at);
      if (operator === undefined) {
        const word = readWord(text, at);
        if (word === undefined) return undefined;
        const before = tokens.at(-1);
        if (before?.kind === 'operator' && /^<<-?$/.test(before.text)) documents.push(word.token.text);
        tokens.push(word.token);
        at = word.end;
        continue;
      }
      tokens.push({ text: operator, start: at, kind: 'operator', open: false, quoted: false, assigns: false });
      at += operator.length;
      if (operator === '\n') for (const end of documents.splice(0)) at = behindDocument(text, at, end);
    }
  }
  return tokens;
}

function readWord(text: string, start: number): { token: Token; end: number } | undefined {
  let at = start;
  let value = '';
  let open = false;
  let quoted = false;
  while (at < text.length) {
    const plain = matchAt(PLAIN, text, at);
    const c = text[at]!;
    if (plain !== undefined) {
      value += plain;
      at += plain.length;
    } else if (c === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return undefined;
      value += text.slice(at + 1, end);
      quoted = true;
      at = end + 1;
    } else if (c === '"') {
      const end = closing(text, at + 1, '"');
      if (end === undefined) return undefined;
      const inside = text.slice(at + 1, end);
      open ||= EXPANDS.test(inside);
      value += inside.replace(/\\([$`"\\])/g, '$1');
      quoted = true;
      at = end + 1;
    } else if (c === '\\') {
      if (text[at + 1] !== '\n') value += text[at + 1] ?? '';
      quoted = true;
      at += 2;
    } else if (c === '$' && !EXPANDED.test(text[at + 1] ?? ' ')) {
      value += c;
      at++;
    } else if (c === '$' || c === '`') {
      const end = behindExpansion(text, at);
      if (end === undefined) return undefined;
      open = true;
      at = end;
    } else if ('*?[~'.includes(c)) {
      value += c;
      // `[` alone is a command, not the beginning of a pattern.
      open ||= c !== '[' || /[^\s]/.test(text[at + 1] ?? ' ');
      at++;
    } else break;
  }
  const assigns = matchAt(ASSIGNMENT, text, start) !== undefined;
  return { token: { text: value, start, kind: 'word', open, quoted, assigns }, end: at };
}

/** Where `$x`, `${..}`, `$(..)`, `$'..'` or a backquoted command, which begins at `at`, ends. */
function behindExpansion(text: string, at: number): number | undefined {
  const after = (end: number | undefined): number | undefined => (end === undefined ? undefined : end + 1);
  if (text[at] === '`') return after(closing(text, at + 1, '`'));
  switch (text[at + 1]) {
    case '{':
      return after(closing(text, at + 2, '}'));
    case '(':
      return after(closing(text, at + 2, ')'));
    case "'":
      return after(closing(text, at + 2, "'"));
    default:
      return at + 1;
  }
}

const OPENING: Readonly<Record<string, string>> = { '(': ')', '{': '}' };

/** Where the bracket or quote that is open at `at` is closed. */
function closing(text: string, at: number, close: string): number | undefined {
  for (let i = at; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\') i++;
    else if (c === close) return i;
    else {
      // Inside of brackets quotes and brackets nest; inside of double quotes only expansions do.
      const inner = nested(text, i, close);
      const start = inner === undefined ? i : i + inner.skip;
      const end = inner === undefined ? i : innerEnd(text, start, inner.close);
      if (end === undefined) return undefined;
      i = end;
    }
  }
  return undefined;
}

const innerEnd = (text: string, start: number, close: string): number | undefined =>
  close === "'" ? (text.indexOf("'", start) < 0 ? undefined : text.indexOf("'", start)) : closing(text, start, close);

function nested(text: string, i: number, close: string): { close: string; skip: number } | undefined {
  const c = text[i]!;
  if (close === "'" || close === '`') return undefined;
  if (c === '$' && text[i + 1] !== undefined && text[i + 1]! in OPENING)
    return { close: OPENING[text[i + 1]!]!, skip: 2 };
  if (c === '`') return { close: '`', skip: 1 };
  if (close === '"') return undefined;
  if (c === '"' || c === "'") return { close: c, skip: 1 };
  return close === ')' && c === '(' ? { close: ')', skip: 1 } : undefined;
}

const endOfLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
};

function behindDocument(text: string, at: number, end: string): number {
  for (let line = at; line < text.length;) {
    const stop = endOfLine(text, line);
    if (text.slice(line, stop).replace(/^\t+/, '') === end) return stop + 1;
    line = stop + 1;
  }
  return text.length;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
