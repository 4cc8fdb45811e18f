import type { Arguments } from './known-arguments.ts';
import { kinds, type Facts } from './known-kinds.ts';

/** One member of a set of tr: a class without newline, an escape, a range of printable characters, a character. */
const MEMBER =
  /\[:(?:alpha|alnum|digit|upper|lower|punct|xdigit|blank|graph|print):\]|\\[\\nt]|[ -~]-[!-~]|[^\\[\]\n-]|-$/y;

/** Whether a set has the newline in it; undefined where that is not certain. */
function hasNewline(set: string): boolean | undefined {
  let found = false;
  for (let at = 0; at < set.length;) {
    MEMBER.lastIndex = at;
    const [member] = MEMBER.exec(set) ?? [];
    if (member === undefined) return undefined;
    found ||= member === '\\n';
    at += member.length;
  }
  return found;
}

/**
 * tr works on bytes: it treats each line by itself as long as no newline is changed, deleted or squeezed. A set that is
 * complemented has the newline in it unless it is named.
 */
export function factsOfTr({ options, operands }: Arguments): Facts | undefined {
  const [first, second, ...more] = operands;
  if (first === undefined || more.length > 0) return undefined;
  if (second === undefined && !options.has('d') && !options.has('s')) return undefined;
  const named = [first, ...(second === undefined ? [] : [second])].map(hasNewline);
  if (named.includes(undefined)) return undefined;
  const [inFirst, inSecond = false] = named as readonly boolean[];
  const isComplement = options.has('c') || options.has('C');
  const squeezes = options.has('s');
  const takesNewline = isComplement ? !inFirst : inFirst;
  if (takesNewline) return kinds.pure;
  if (!inSecond) return kinds.map;
  return squeezes || options.has('d') ? kinds.pure : kinds.each;
}
