import type { NativeStep, Ranges, StepsOf } from './native.ts';
import { find, LITERAL, only } from './native-lines.ts';

/** `1,3-5,7-` */
function rangesOf(list: string): Ranges | undefined {
  const ranges: [number, number][] = [];
  for (const part of list.split(',')) {
    const [, from = '', dash, to = ''] = /^(\d*)(-?)(\d*)$/.exec(part) ?? [];
    if (from === '' && to === '') return undefined;
    const first = from === '' ? 1 : Number(from);
    const last = dash === '' ? first : to === '' ? Infinity : Number(to);
    if (first < 1 || last < first) return undefined;
    ranges.push([first, last]);
  }
  ranges.sort(([a], [b]) => a - b);
  const apart: [number, number][] = [];
  for (const [first, last] of ranges) {
    const before = apart.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else apart.push([first, last]);
  }
  return apart;
}

const cut: StepsOf = (args) => {
  const { options, operands } = args;
  if (operands.length > 0 || [...options.values()].some((values) => values.length > 1)) return undefined;
  const [list] = options.get('f') ?? options.get('c') ?? options.get('b') ?? [];
  const ranges = list === undefined ? undefined : rangesOf(list);
  if (ranges === undefined) return undefined;
  if (options.size === 1 && !options.has('f')) return [{ do: 'slice', ranges }];
  const [delimiter = '\t'] = options.get('d') ?? [];
  return only(args, 'fd') && options.has('f') && /^[ -~\t]$/.test(delimiter)
    ? [{ do: 'fields', delimiter, ranges }]
    : undefined;
};

const between = (from: string, to: string): string => {
  const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
  return String.fromCharCode(...Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i));
};
const printable = between('!', '~');
const matching = (pattern: RegExp): string =>
  Array.from(printable)
    .filter((c) => pattern.test(c))
    .join('');
const classes: Readonly<Record<string, string>> = {
  '[:digit:]': between('0', '9'),
  '[:upper:]': between('A', 'Z'),
  '[:lower:]': between('a', 'z'),
  '[:alpha:]': matching(/[A-Za-z]/),
  '[:alnum:]': matching(/[A-Za-z0-9]/),
  '[:punct:]': matching(/[^A-Za-z0-9]/),
  '[:xdigit:]': matching(/[A-Fa-f0-9]/),
};
const MEMBER = /\[:[a-z]+:\]|[ -~]-[ -~]|[^\\[\]-]|-$|\\[\\t]/y;

/** All members of a set of tr, in order. Undefined for one with a newline, or anything that is not plain. */
function membersOf(set: string): string | undefined {
  let all = '';
  for (let at = 0; at < set.length;) {
    MEMBER.lastIndex = at;
    const [member] = MEMBER.exec(set) ?? [];
    if (member === undefined || /[^\x20-\x7e\t]/.test(member)) return undefined;
    at += member.length;
    const several = member.startsWith('[:')
      ? classes[member]
      : member.length === 3
        ? between(member[0]!, member[2]!)
        : undefined;
    if (member.length > 2 && !several) return undefined;
    all += several ?? (member === '\\t' ? '\t' : member.at(-1)!);
  }
  return all;
}

/** Ranges of letters, the same whether they are written as classes: where both sets have one. */
const tr: StepsOf = (args) => {
  const [first, second, ...more] = args.operands;
  if (first === undefined || first === '' || more.length > 0) return undefined;
  const set = membersOf(first);
  if (set === undefined || set === '') return undefined;
  if (second === undefined) {
    if (args.options.size !== 1) return undefined;
    return args.options.has('d')
      ? [{ do: 'delete', set }]
      : args.options.has('s')
        ? [{ do: 'squeeze', set }]
        : undefined;
  }
  const others = membersOf(second);
  const isPair = /^\[:(upper|lower):\]$/.test(first) && /^\[:(upper|lower):\]$/.test(second);
  if (args.options.size > 0 || !others || (`${first}${second}`.includes('[:') && !isPair)) return undefined;
  // A byte that is named twice, and a set that is too long, are said to mean different things.
  if (new Set(set).size < set.length || others.length > set.length) return undefined;
  return [{ do: 'bytes', from: set, to: others.padEnd(set.length, others.at(-1)) }];
};

const SUBSTITUTE = /^s([/|,:#])((?:(?!\1)[^\\\n])+)\1((?:(?!\1)[^\\\n&])*)\1(g?)$/;
const ADDRESS = /^\/((?:(?!\/)[^\\\n])+)\/(d|!d|p)$/;

const sed: StepsOf = (args) => {
  const { options, operands } = args;
  const [script, ...more] = options.get('e') ?? operands;
  if (script === undefined || more.length > 0 || !only(args, 'nErue')) return undefined;
  if (options.has('e') && operands.length > 0) return undefined;
  const quiet = options.has('n');
  const [, pattern, verb] = ADDRESS.exec(script) ?? [];
  if (pattern !== undefined) {
    const found = (verb === 'p') === quiet ? find(pattern, verb !== 'd') : undefined;
    return found && [found];
  }
  return quiet ? undefined : (substitution(script) ?? byNumber(script));
};

function substitution(script: string): readonly NativeStep[] | undefined {
  const [, , text, by, g] = SUBSTITUTE.exec(script) ?? [];
  if (text === undefined || by === undefined || !/^[\x20-\x7e]*$/.test(by)) return undefined;
  if (text === '^' || text === '$') return [{ do: 'add', at: text === '^' ? 'start' : 'end', text: by }];
  return LITERAL.test(text) ? [{ do: 'replace', text, by, all: g === 'g' }] : undefined;
}

/** `5q`, `1d`, `1,3d` */
function byNumber(script: string): readonly NativeStep[] | undefined {
  const [, quits, deletes] = /^(?:([1-9]\d{0,8})q|(?:1|1,([1-9]\d{0,8}))d)$/.exec(script) ?? [];
  if (quits !== undefined) return [{ do: 'first', lines: Number(quits) }];
  return /d$/.test(script) && script.startsWith('1') && /^1(,\d+)?d$/.test(script)
    ? [{ do: 'behind', lines: Number(deletes ?? 1) }]
    : undefined;
}

const awk: StepsOf = (args) => {
  const [program, ...more] = args.operands;
  const [delimiter, ...others] = args.options.get('F') ?? [];
  if (program === undefined || more.length > 0 || others.length > 0 || !only(args, 'F')) return undefined;
  if (delimiter !== undefined && !/^[,:;=]$/.test(delimiter)) return undefined;
  const [, text, n] = /^\s*(?:\/([^/\\\n]+)\/|\{\s*print\s+\$([1-9]\d{0,3})\s*;?\s*\})\s*$/.exec(program) ?? [];
  if (n !== undefined) return [{ do: 'field', delimiter, n: Number(n) }];
  const found = text === undefined ? undefined : find(text, true);
  return found && [found];
};

/** What makes another line of each. */
export const textSteps: Readonly<Record<string, StepsOf>> = { cut, tr, sed, awk };
