import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { random, type Random } from './random.ts';

const FIRST =
  'Ada Alan Barbara Brian Claude Dennis Donald Edsger Frances Grace John Ken Leslie Margaret Niklaus Rob'.split(' ');
const LAST =
  'Allen Backus Dijkstra Hopper Kay Knuth Kernighan Lamport Liskov Lovelace Pike Ritchie Thompson Wirth'.split(' ');
const SYSTEM = ['Unics', 'Multics', 'BSD', 'Xenix', 'System V', 'Plan 9', 'Minix', 'Ultrix', 'SunOS', '#draft'];
const MAKER = ['AT&T', 'AT&T', 'Berkeley', 'Microsoft', 'Vrije Universiteit', 'DEC', 'Sun Microsystems'];
/** Of few letters, so that some come again in order. */
const SYLLABLES = 'ba be bi bo la le li lo ra re ri ro sea ta te ti the to'.split(' ');
const PUNCTUATION = [' ', ' ', ' ', ' ', ', ', '; ', ' -- ', "'s ", '  '];

/** A rank from 0 on, of which each is about as frequent as the first divided by its place (Zipf). */
const rank = (r: Random, n: number): number => Math.min(n - 1, Math.floor(Math.exp(r.next() * Math.log(n + 1))) - 1);

const lines = (n: number, line: (i: number) => string): string[] => Array.from({ length: n }, (_, i) => line(i));

/** Small files of the kinds that shell pipelines are written for; the same on every machine. */
export function writeCorpus(folder: string): void {
  const r = random(50);
  const square = (): string => `${r.of([...'abcdefgh'])}${1 + r.below(8)}`;
  const ply = (): string => {
    if (r.chance(0.05)) return r.of(['O-O', 'O-O-O']);
    const [piece, takes, check] = [
      r.of(['', '', 'N', 'B', 'R', 'Q', 'K']),
      r.of(['', '', 'x']),
      r.of(['', '', '', '+']),
    ];
    return `${piece}${square()}${takes}${square()}${check}`;
  };
  const vocabulary = [...new Set(lines(400, () => lines(1 + r.below(3), () => r.of(SYLLABLES)).join('')))];
  const word = (): string => {
    const chosen = vocabulary[rank(r, vocabulary.length)]!;
    return r.chance(0.15) ? chosen[0]!.toUpperCase() + chosen.slice(1) : chosen;
  };
  const sentence = (): string =>
    r.chance(0.08)
      ? ''
      : lines(3 + r.below(9), () => word() + r.of(PUNCTUATION))
          .join('')
          .trimEnd() + r.of(['.', '!', '']);
  const files = {
    names: lines(140, () => `${r.of(FIRST)} ${r.of(LAST)}`),
    moves: lines(90, (i) => `${i + 1}. ${ply()} ${ply()}`),
    versions: lines(110, (i) =>
      [`${r.of(SYSTEM)} ${1 + r.below(9)}`, r.of(MAKER), 1969 + r.below(27), `v${r.below(10)}.${i % 7}`].join('\t'),
    ),
    prose: lines(160, sentence),
    words: lines(900, word),
    // Of the words, in order: some are missing.
    dictionary: [...new Set(vocabulary)].filter(() => r.chance(0.7)).sort(),
    others: [...new Set(lines(90, () => `${r.of(FIRST)} ${r.of(LAST)}`))].sort(),
    nothing: [],
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), content.map((line) => `${line}\n`).join(''));
}
