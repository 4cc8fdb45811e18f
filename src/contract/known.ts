import { factsOfAwk } from './known-awk.ts';
import { COUNT, LIST, OPERAND, type KnownProgram } from './known-form.ts';
import { grep } from './known-grep.ts';
import { kinds, without } from './known-kinds.ts';
import { factsOfSed } from './known-sed.ts';
import { sidePrograms } from './known-side.ts';
import { factsOfTr } from './known-tr.ts';
import { wholePrograms } from './known-whole.ts';

/** Programs whose behaviour is known, by how they are called. What is not here is OPAQUE. */
export const knownPrograms: readonly KnownProgram[] = [
  grep,
  {
    names: ['cat'],
    options: { short: 'unbsAETvet', long: { number: 'n', 'squeeze-blank': 's', 'show-all': 'A', 'show-ends': 'E' } },
    forms: [
      { only: 'u', facts: kinds.identity, examples: ['cat', 'cat -', 'cat -u'] },
      { only: 'uAETvet', facts: kinds.map, examples: ['cat -A', 'cat -E', 'cat -v'] },
      { only: 'unb', facts: kinds.counting, examples: ['cat -n', 'cat -b'] },
      { only: 's', facts: { ...kinds.sieve, idempotent: true }, combinesItself: true, examples: ['cat -s'] },
    ],
  },
  {
    names: ['sed'],
    options: {
      short: 'nErsue:',
      long: { quiet: 'n', silent: 'n', 'regexp-extended': 'E', expression: 'e', unbuffered: 'u' },
    },
    forms: [
      {
        only: 'nErsue',
        operands: [OPERAND],
        facts: factsOfSed,
        examples: [
          'sed s/a/b/',
          "sed 's/$/!/g;s/^/x/'",
          "sed -E 's/[0-9]+/N/2'",
          'sed y/ab/ba/',
          'sed /b/d',
          "sed '/a/!d'",
          'sed -n /a/p',
          'sed -n s/a/x/p',
          'sed p',
          "sed '/a/s/b/c/;/c/d'",
          "sed 's/,/\\n/g'",
          "sed -n 's/a/b/;/b/p'",
          'sed 1d',
          'sed 2q',
          'sed 2,3d',
          "sed '$d'",
          "sed -n '$p'",
          'sed -n 2,3p',
        ],
      },
      { only: 'nErsue', with: 'e', facts: factsOfSed, examples: ['sed -e s/a/b/ -e s/b/c/', 'sed -n -e /a/p'] },
    ],
  },
  {
    names: ['awk', 'gawk', 'mawk'],
    options: { short: 'F:v:', long: { 'field-separator': 'F', assign: 'v' } },
    forms: [
      {
        only: 'Fv',
        operands: [OPERAND],
        facts: factsOfAwk,
        textOnly: true,
        examples: [
          "awk '{ print $1 }'",
          "awk -F, -v OFS=- '{ print $2, $1 }'",
          "awk '{ print length($0), NF }'",
          'awk \'{ $1 = "x"; print }\'',
          "awk '{ $1 = $1 } 1'",
          'awk \'{ gsub(/a/, "b"); print }\'',
          "awk '/a/'",
          'awk \'$1 == "a" || NF > 1\'',
          "awk 'length($0) > 1'",
          'awk NF',
          "awk '$1 ~ /^a/ { print $2 }'",
          "awk '{ for (i = 1; i <= NF; i++) print $i }'",
          'awk \'{ print $1 "\\n" $2 }\'',
          "awk '!seen[$0]++'",
          "awk '!s[$1]++'",
          "awk '{ print NR, $0 }'",
          "awk 'NR % 2'",
          "awk '{ s += $1 } END { print s }'",
          "awk '{ n[$1]++ } END { for (k in n) print k, n[k] }'",
        ],
      },
    ],
  },
  {
    names: ['cut'],
    options: {
      short: 'b:c:d:f:s',
      long: { bytes: 'b', characters: 'c', delimiter: 'd', fields: 'f', 'only-delimited': 's' },
    },
    forms: [
      {
        only: 'bc',
        with: 'bc',
        values: { b: LIST, c: LIST },
        facts: kinds.map,
        examples: ['cut -c1-2', 'cut -b 2-', 'cut -c1,3'],
      },
      {
        only: 'df',
        with: 'f',
        values: { f: LIST, d: /^[ -~\t]$/ },
        facts: kinds.map,
        examples: ["cut -d' ' -f1", 'cut -f2', 'cut -d, -f1,3-'],
      },
      {
        only: 'dfs',
        with: 'f',
        values: { f: LIST, d: /^[ -~\t]$/ },
        facts: kinds.some,
        examples: ['cut -s -d, -f1', "cut -sd' ' -f2"],
      },
    ],
  },
  {
    names: ['tr'],
    options: { short: 'cCdst', long: { complement: 'c', delete: 'd', 'squeeze-repeats': 's', 'truncate-set1': 't' } },
    forms: [
      {
        only: 'cCdst',
        operands: [OPERAND],
        facts: factsOfTr,
        examples: ['tr -d b', "tr -s ' '", "tr -cd 'a-z\\n'", "tr -d '\\n'", "tr -d '[:punct:]'"],
      },
      {
        only: 'cCdst',
        operands: [OPERAND, OPERAND],
        facts: factsOfTr,
        examples: [
          'tr a-z A-Z',
          "tr '[:upper:]' '[:lower:]'",
          "tr ' ' '\\n'",
          "tr -cs A-Za-z '\\n'",
          "tr -sc 'A-Za-z\\n' ' '",
          "tr '\\n' ' '",
        ],
      },
    ],
  },
  {
    names: ['rev'],
    options: { short: '' },
    // Bytes that are no character of the locale end it.
    forms: [{ only: '', facts: without(kinds.map, 'total'), examples: ['rev'] }],
  },
  {
    names: ['nl'],
    options: { short: 'b:n:s:w:v:i:' },
    forms: [
      {
        only: 'bnswvi',
        values: { b: /^[atn]$/, n: /^(ln|rn|rz)$/, s: /^[ -~\t]*$/, w: /^[1-9]\d?$/, v: COUNT, i: COUNT },
        facts: kinds.counting,
        examples: ['nl', 'nl -ba', 'nl -w1 -s:'],
      },
    ],
  },
  {
    names: ['fold'],
    options: { short: 'w:sb', long: { width: 'w', spaces: 's', bytes: 'b' } },
    forms: [
      { only: 'wsb', values: { w: /^[1-9]\d*$/ }, facts: kinds.each, examples: ['fold -w 3', 'fold -s -w 10', 'fold'] },
    ],
  },
  {
    names: ['expand', 'unexpand'],
    options: { short: 't:ai', long: { tabs: 't', all: 'a', initial: 'i' } },
    forms: [
      {
        only: 'tai',
        values: { t: /^[1-9]\d?$/ },
        facts: kinds.map,
        examples: ['expand', 'expand -t 4', 'unexpand -a'],
      },
    ],
  },
  {
    names: ['jq'],
    options: { short: 'cr', long: { 'compact-output': 'c', 'raw-output': 'r' } },
    forms: [
      {
        only: 'c',
        with: 'c',
        operands: [/^\.(?:[A-Za-z_]\w*)?$/],
        facts: without(kinds.map, 'total'),
        jsonOnly: true,
        examples: ['jq -c .', 'jq -c .line'],
      },
      {
        only: 'c',
        with: 'c',
        operands: [/^select\(\s*\.[A-Za-z_]\w*\s*(?:==|!=|<=|>=|<|>)\s*(?:-?\d+(?:\.\d+)?|"[^"\\]*")\s*\)$/],
        facts: without(kinds.some, 'total'),
        jsonOnly: true,
        examples: ['jq -c \'select(.line == "a")\''],
      },
    ],
  },
  ...wholePrograms,
  ...sidePrograms,
];
