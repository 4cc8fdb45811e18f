import { COUNT, grepExit, OPERAND, summed, type Form, type KnownProgram } from './known-form.ts';
import { kinds, without } from './known-kinds.ts';

/** Options of grep that choose lines, and the way in which a pattern is read. */
const CHOOSE = 'EFGivwxyseh';
const grepForms: readonly Form[] = [[OPERAND], []].flatMap((operands): Form[] => {
  // The pattern is an operand, or the value of -e.
  const by = operands.length > 0 ? { operands } : { operands, with: 'e' };
  const [e, also] = operands.length > 0 ? ['', ''] : ['e', ' -e b'];
  const word = e === '' ? 'a' : `-e a${also}`;
  const choose = operands.length > 0 ? CHOOSE.replace('e', '') : CHOOSE;
  return [
    {
      ...by,
      only: `${choose}a`,
      ...(e === '' && { with: 'a' }),
      facts: { ...kinds.filter, ...grepExit },
      textOnly: true,
      examples: [`grep -a ${word}`, `grep -av ${word}`, `grep -aiE ${word}`, `grep -aFx ${word}`, `grep -aw ${word}`],
    },
    {
      ...by,
      only: choose,
      facts: { ...kinds.filter, ...grepExit },
      textOnly: true,
      examples: [`grep ${word}`, `grep -vi ${word}`, `grep -Fx ${word}`, `grep -E ${word}`, `grep -w ${word}`],
    },
    {
      ...by,
      only: `${choose.replace('v', '')}oa`,
      facts: { ...kinds.any, ...grepExit },
      textOnly: true,
      examples: [`grep -o ${word}`, `grep -oiE ${word}`],
    },
    {
      ...by,
      only: `${choose}ca`,
      facts: { ...summed, ...grepExit },
      textOnly: true,
      examples: [`grep -c ${word}`, `grep -cv ${word}`],
    },
    {
      ...by,
      only: `${choose}na`,
      facts: { ...without(kinds.sieve, 'filters'), ...grepExit },
      textOnly: true,
      examples: [`grep -n ${word}`],
    },
    {
      ...by,
      only: `${choose}namABC`,
      values: { m: COUNT, A: COUNT, B: COUNT, C: COUNT },
      facts: { ...kinds.pure, ...grepExit },
      textOnly: true,
      examples: [`grep -A1 ${word}`, `grep -m2 ${word}`],
    },
    {
      // It stops at the first line that it finds.
      ...by,
      only: `${choose}qa`,
      with: 'q',
      facts: { ...kinds.pure, ...grepExit },
      textOnly: true,
      examples: [`grep -q ${word}`, `grep -qi ${word}`],
    },
  ];
});

/** The lines of a file are its patterns. Whether it is there nobody knows. */
const byFile: Form = {
  only: 'EFGivwxyshaf',
  with: 'f',
  values: { f: /^[^-\0][^\0]*$/ },
  facts: {
    scope: { unit: 'record' },
    filters: true,
    emits: '0..1',
    idempotent: true,
    determinism: 'stable',
    effects: 'none',
    ...grepExit,
  },
  textOnly: true,
  examples: ['grep -f words.txt', 'grep -vxFf words.txt', 'grep -wiaf words.txt'],
};

export const grep: KnownProgram = {
  names: ['grep', 'egrep', 'fgrep'],
  options: {
    short: 'EFGivwxyse:hoacnqm:A:B:C:f:',
    long: {
      'extended-regexp': 'E',
      'fixed-strings': 'F',
      'basic-regexp': 'G',
      'ignore-case': 'i',
      'invert-match': 'v',
      'word-regexp': 'w',
      'line-regexp': 'x',
      'no-messages': 's',
      'no-filename': 'h',
      regexp: 'e',
      file: 'f',
      'only-matching': 'o',
      text: 'a',
      count: 'c',
      'line-number': 'n',
      quiet: 'q',
      silent: 'q',
      'max-count': 'm',
      'after-context': 'A',
      'before-context': 'B',
      context: 'C',
      'line-buffered': '',
    },
  },
  forms: [...grepForms, byFile],
};
