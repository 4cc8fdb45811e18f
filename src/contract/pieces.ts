import type { Facts } from './known-kinds.ts';
import { tokenize, type Token } from './shell-words.ts';

/** The commands of a text, cut at each `|` outside of quotes. */
export interface Pieces {
  readonly texts: readonly string[];
  /** It is a pipeline of commands with literal arguments, and nothing else: each piece is a command of its own. */
  readonly isPlain: boolean;
}

/** Undefined where the text is one command, or cannot be read. */
export function piecesOf(command: string): Pieces | undefined {
  const tokens = tokenize(command);
  if (tokens === undefined) return undefined;
  const cuts = tokens.filter(isPipe).map(({ start }) => start);
  if (cuts.length === 0) return undefined;
  const texts = [-1, ...cuts].map((cut, i) => command.slice(cut + 1, cuts[i] ?? command.length).trim());
  const isPlain = !command.includes('\n') && tokens.every((token) => isPipe(token) || isLiteral(token));
  return { texts, isPlain };
}

const isPipe = ({ kind, text }: Token): boolean => kind === 'operator' && text === '|';
const isLiteral = ({ kind, open }: Token): boolean => kind === 'word' && !open;

/** Programs that treat lines in ways of their own, and end each that they print, unless they are told to print otherwise. */
const ENDS_LINES =
  /^\s*(?:\w+=\S*\s+)*(?:[gm]?awk\b(?![^]*(?:printf|ORS))|(?:cat|comm|[ef]?grep|join|paste|sed|tac|uniq)\b(?![^]*\s-\w*z)|(?:head|tail)\b(?![^]*\s-\w*c))/;

/** Whether all lines that a command prints are ended, given lines that are: by its text, or what it promises. */
export const endsLines = (command: string, { scope, filters, emits, orderFree }: Facts): boolean =>
  scope?.unit === 'record' || filters === true || emits === 'one' || orderFree === true || ENDS_LINES.test(command);
