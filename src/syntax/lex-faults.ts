import type { LexFault } from '../../grammar/lexer.ts';
import type { Diagnostic } from '../base/errors.ts';
import type { Source } from '../base/span.ts';

/** Text that cannot be cut into tokens. */
export function describeFault(source: Source, { kind, start, end }: LexFault): Diagnostic {
  const text = source.text.slice(start, end);
  const isText = /^[ex]?'/i.test(text);
  const opened = { source, start, end: start + (kind === 'comment' ? 2 : 1) };
  switch (kind) {
    case 'quote':
      return {
        code: 'E0103',
        message: `${isText ? 'a text' : 'a name in quotes'} is not closed`,
        span: opened,
        label: 'opened here, and never closed',
        help: [
          isText ? "inside a text, write `'` twice; commands read best in $$ .. $$" : 'texts stand in single quotes',
        ],
      };
    case 'comment':
      return { code: 'E0103', message: 'a comment is not closed', span: opened, label: 'opened here; `*/` is missing' };
    case 'dollar quote': {
      const tag = /^\$\w*\$/.exec(text)![0];
      const span = { source, start, end: start + tag.length };
      const message = `a text in ${tag} is not closed`;
      return { code: 'E0103', message, span, label: `opened here; a second ${tag} is missing` };
    }
    case 'number':
      return {
        code: 'E0102',
        message: `\`${text}\` is neither a number nor a name`,
        span: { source, start, end },
        label: 'a name cannot begin with a digit',
        help: [`as a name, put it in double quotes: "${text}"`],
      };
    case 'blob':
      return {
        code: 'E0102',
        message: 'a blob is written in pairs of hex digits',
        span: { source, start, end },
        label: "like x'4a4B'",
      };
    case 'character':
      return {
        code: 'E0102',
        message: `unexpected character \`${text}\``,
        span: { source, start, end },
        label: 'not part of the language',
        ...characterHelp(text, source.text[end]),
      };
  }
}

function characterHelp(text: string, next: string | undefined): { help?: readonly string[] } {
  if ('‘’“”'.includes(text)) return { help: [`use a straight quote: ${'“”'.includes(text) ? '"' : "'"}`] };
  if (text === '!' && next === '~') return { help: ["write x NOT REGEXP '^a.*'"] };
  if (text === '!') return { help: ['write NOT, or <> for unequal'] };
  if (text === '^') return { help: ['write pow(x, y) for powers'] };
  if ('#@'.includes(text)) return { help: ['JSON is taken apart by ->, ->> and json_extract(x, path)'] };
  if (text === '{' || text === '}') return { help: ['write $name or :name for a parameter'] };
  return {};
}
