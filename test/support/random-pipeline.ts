// Pipelines of real programs, put together at random, and lines that are hard on them.
import type { Random } from './random.ts';

const PATTERNS = ['a', '-i error', '-v a', '-w the', '-x zz', '-F .', "-E '[0-9]+'", '-vi e', 'e$', '^a', '-h 1'];
const SEDS = [
  's/a/b/',
  's/a/b/g',
  's/[0-9]/N/g',
  '1d',
  '$d',
  '3q',
  '/a/d',
  's/^/> /',
  's/ *$//',
  '2,5d',
  '=',
  'y/abc/xyz/',
];
const AWKS = [
  '{print $1}',
  '{print $NF}',
  '{print NF}',
  'NF>2',
  '{s+=$1} END {print s}',
  'NR%2',
  '!seen[$0]++',
  'length>10',
  '{print NR": "$0}',
  '/a/',
  '{$1=""; print}',
  'END{print NR}',
  '{print length($0) " " $0}',
  '{c[$1]++} END {for (k in c) print c[k], k}',
];
const SORTS = [
  '',
  ' -r',
  ' -n',
  ' -u',
  ' -rn',
  ' -f',
  ' -k2',
  ' -k2,2n',
  ' -t, -k2',
  ' -nu',
  ' -s -k1,1',
  ' -b',
  ' -V',
  ' -h',
];
const TRS = [
  'a-z A-Z',
  "' ' '\\n'",
  "-d '0-9'",
  "-s ' '",
  "-cs A-Za-z '\\n'",
  '-d ,',
  'a-y b-z',
  "'[:lower:]' '[:upper:]'",
];
const OTHERS = [
  ...['rev', 'tac', 'nl', 'nl -ba', 'cat', 'cat -n', 'cat -A', 'cat -s', 'expand', 'unexpand', 'fold -w 20', 'fmt'],
  ...[
    'paste -s',
    'paste - -',
    'paste -sd,',
    'xargs -n2 echo',
    'sort | uniq -c | sort -rn',
    'sort | uniq',
    'wc',
    'wc -lw',
  ],
  ...['wc -l', 'wc -w', 'wc -c', 'wc -L', 'od -c', 'md5sum', 'base64', 'seq 3', 'true', 'column -t', 'tee /dev/null'],
  ...['grep -c a', 'grep -n a', 'grep -o "[a-z]*"', 'grep -m3 a', 'grep -A1 a', 'grep -q a', 'grep -cv a', 'head -n 0'],
  ...['sed -n 2p', 'sed -n "/e/p"', 'sed -E "s/([a-z]+) ([a-z]+)/\\2 \\1/"', 'comm -12 - /dev/null', 'shuf | sort'],
];
/** They print lines that are not ended: in the middle of a text they may be, but a row is always ended. */
const LAST = ["tr -d '\\n'", 'head -c 30', 'tail -c 20', 'base64 -w0', 'printf x', "awk '{printf $1}'"];

const stage = (r: Random): string =>
  r.of([
    () => `grep ${r.of(PATTERNS)}`,
    () => `cut -d${r.of(["' '", ',', ':'])} -f${r.of(['1', '2', '1,3', '2-', '-2', '5'])}${r.of(['', ' -s'])}`,
    () => `cut -c${r.of(['1', '1-3', '3-', '-5', '2,4'])}`,
    () => `tr ${r.of(TRS)}`,
    () => `sed '${r.of(SEDS)}'`,
    () => `awk ${r.of(['', '-F, ', "-F'\\t' "])}'${r.of(AWKS)}'`,
    () => `sort${r.of(SORTS)}`,
    () => `uniq${r.of(['', ' -c', ' -d', ' -u', ' -i', ' -f1', ' -w3'])}`,
    () => `${r.of(['head', 'tail'])} -${r.of(['1', '5', 'n 20'])}`,
    () => `tail -n +${r.of(['1', '3'])}`,
    () => r.of(OTHERS),
  ])();

export function randomStages(r: Random): readonly string[] {
  const stages = Array.from({ length: 1 + r.below(4) }, () => stage(r));
  return r.chance(0.1) ? [...stages, r.of(LAST)] : stages;
}

const WORDS = [
  ...[
    'apple',
    'Banana',
    'a b',
    'x,y',
    '42',
    '-7',
    '3.14',
    '',
    '  lead',
    'trail  ',
    'é',
    'tab\tsep',
    'foo:bar',
    'k=v',
    '"q"',
  ],
  ...[
    "it's",
    '$HOME',
    '\\n',
    '*',
    '[x]',
    'zz',
    'aa',
    'AA',
    'the quick brown fox',
    '0',
    '00',
    '1e3',
    'ERROR disk',
    'error Disk',
  ],
];

/** The lines of a file, each ended. */
export function randomLines(r: Random): readonly string[] {
  const [columns, separator] = [1 + r.below(3), r.of([' ', ',', '\t', ':'])];
  const words = r.chance(0.2) ? ['a', 'b', ''] : r.chance(0.3) ? WORDS.filter((word) => /^[-\d.]+$/.test(word)) : WORDS;
  return Array.from({ length: r.of([0, 1, 3, 100, 400]) }, () =>
    Array.from({ length: columns }, () => r.of(words)).join(separator),
  );
}
