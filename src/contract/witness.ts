import { inQuotes } from '../base/shell-quote.ts';
import { tokenize } from './shell-words.ts';

/** One line of shell that anybody can paste, and what it prints. */
export interface Shown {
  readonly shell: string;
  readonly prints: string;
}

/** Shell text that prints these lines; `bytes` are latin1. */
export const printed = (lines: readonly string[]): string =>
  lines.length === 0 ? 'printf ""' : `printf '${lines.map((line) => `${escaped(line)}\\n`).join('')}'`;

/** Shell text that gives the lines to the command. */
export const piped = (lines: readonly string[], command: string): string => `${printed(lines)} | ${grouped(command)}`;

/** A pipeline as it is; anything else as an argument of a shell of its own. */
export function grouped(command: string): string {
  const tokens = tokenize(command);
  const isPlain = tokens?.every((t) => (t.kind === 'operator' ? t.text === '|' : !t.assigns)) ?? false;
  return isPlain && !command.includes('\n') ? command.trim() : `sh -c ${inQuotes(command)}`;
}

function escaped(line: string): string {
  return Array.from(line, (c, i) => {
    if (c === '%') return '%%';
    if (c === '\\') return '\\\\';
    if (c === "'") return "'\\''";
    if (c === '\t') return '\\t';
    // Else it would begin with what looks like an option.
    if ((c === '-' && i === 0) || c < ' ' || c > '~') return `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`;
    return c;
  }).join('');
}

/** Output as it is shown in messages: lines side by side. */
export function shownOutput(output: string): string {
  const text = Buffer.from(output, 'latin1').toString('utf8');
  if (text === '') return '[]';
  const lines = text.split('\n');
  const framed = lines.at(-1) === '';
  const shown = (framed ? lines.slice(0, -1) : lines).map((line) =>
    line === '' ? '""' : line.length > 60 ? `${line.slice(0, 57)}...` : line,
  );
  const some = shown.length > 12 ? [...shown.slice(0, 10), `.. (${shown.length} lines)`] : shown;
  return `[${some.join(', ')}]${framed ? '' : ', its last line not ended'}`;
}
