import { COUNT, summed, type KnownProgram } from './known-form.ts';
import { kinds, without } from './known-kinds.ts';

/** Programs that look at more than one line: they order, count, choose by position, or sum up. */
export const wholePrograms: readonly KnownProgram[] = [
  {
    names: ['sort'],
    options: {
      short: 'nrufbdighMVsk:t:',
      long: {
        'numeric-sort': 'n',
        reverse: 'r',
        unique: 'u',
        'ignore-case': 'f',
        'ignore-leading-blanks': 'b',
        'general-numeric-sort': 'g',
        'version-sort': 'V',
        key: 'k',
        'field-separator': 't',
        stable: 's',
      },
    },
    forms: [
      {
        only: 'u',
        facts: { ...kinds.unordered, sortedBy: ['line'], idempotent: true },
        combinesItself: true,
        examples: ['sort', 'sort -u', 'sort --unique'],
      },
      {
        only: 'nrfbdighMVkt',
        values: { k: /^\d[\d.,nrbfdgiMhV]*$/, t: /^[ -~\t]$/ },
        facts: { ...kinds.unordered, idempotent: true },
        combinesItself: true,
        examples: [
          'sort -n',
          'sort -rn',
          'sort -f',
          'sort -k2',
          'sort -t, -k2,2nr -k1,1',
          'sort -V',
          'sort -h',
          'sort -bd',
        ],
      },
      { only: 'ru', facts: { ...kinds.unordered, idempotent: true }, combinesItself: true, examples: ['sort -ru'] },
      {
        only: 'nrufbdighMVskt',
        values: { k: /^\d[\d.,nrbfdgiMhV]*$/, t: /^[ -~\t]$/ },
        facts: kinds.pure,
        examples: ['sort -sn', 'sort -u -k1,1'],
      },
    ],
  },
  {
    names: ['uniq'],
    options: { short: 'cduDif:s:w:', long: { count: 'c', repeated: 'd', unique: 'u', 'ignore-case': 'i' } },
    forms: [
      {
        only: 'ifsw',
        values: { f: COUNT, s: COUNT, w: COUNT },
        facts: { ...kinds.sieve, idempotent: true },
        combinesItself: true,
        examples: ['uniq', 'uniq -i', 'uniq -f1', 'uniq -w2'],
      },
      { only: 'du', facts: without(kinds.sieve, 'online'), examples: ['uniq -d', 'uniq -u'] },
      { only: 'ciD', facts: kinds.pure, examples: ['uniq -c', 'uniq -D'] },
    ],
  },
  {
    names: ['wc'],
    options: { short: 'lwcmL', long: { lines: 'l', words: 'w', bytes: 'c', chars: 'm', 'max-line-length': 'L' } },
    forms: [
      { only: 'l', with: 'l', facts: summed, examples: ['wc -l'] },
      { only: 'w', with: 'w', facts: summed, examples: ['wc -w'] },
      { only: 'c', with: 'c', facts: summed, examples: ['wc -c'] },
      {
        only: 'lwcmL', // How wide its columns are depends on whether it reads a file or a pipe.
        facts: without(kinds.unordered, 'determinism'),
        examples: ['wc', 'wc -L', 'wc -lw'],
      },
    ],
  },
  {
    names: ['head'],
    options: { short: 'n:c:', long: { lines: 'n', bytes: 'c' }, number: 'n' },
    forms: [
      {
        only: 'n',
        values: { n: COUNT },
        facts: { ...kinds.sieve, idempotent: true },
        combinesItself: true,
        examples: ['head', 'head -n 2', 'head -1'],
      },
      { only: 'nc', values: { n: /^-?\d+$/, c: COUNT }, facts: kinds.pure, examples: ['head -n -1', 'head -c 3'] },
    ],
  },
  {
    names: ['tail'],
    options: { short: 'n:c:', long: { lines: 'n', bytes: 'c' }, number: 'n' },
    forms: [
      {
        only: 'n',
        values: { n: COUNT },
        facts: { ...kinds.late, idempotent: true },
        combinesItself: true,
        examples: ['tail', 'tail -n 2', 'tail -1'],
      },
      { only: 'n', values: { n: /^\+\d+$/ }, facts: kinds.sieve, examples: ['tail -n +2'] },
      { only: 'c', values: { c: /^\+?\d+$/ }, facts: kinds.pure, examples: ['tail -c 3'] },
    ],
  },
  { names: ['tac'], options: { short: '' }, forms: [{ only: '', facts: kinds.pure, examples: ['tac'] }] },
  {
    names: ['paste'],
    options: { short: 'sd:', long: { serial: 's', delimiters: 'd' } },
    forms: [
      {
        only: 'sd',
        with: 's',
        values: { d: /^[ -[\]-~]+$/ },
        facts: kinds.pure,
        examples: ['paste -s -d,', 'paste -sd+ -'],
      },
      { only: 'd', values: { d: /^[ -[\]-~]+$/ }, facts: kinds.pure, examples: ['paste - -', 'paste -d, - - -'] },
    ],
  },
  {
    names: ['md5sum', 'sha1sum', 'sha256sum', 'sha512sum', 'cksum', 'od', 'base64'],
    options: { short: '' },
    forms: [{ only: '', facts: kinds.pure, examples: ['md5sum', 'sha256sum', 'cksum', 'od', 'base64'] }],
  },
];
