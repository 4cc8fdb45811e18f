import type { Trials } from './trial.ts';

/** Lines that are shown to a command. */
export interface Sample {
  readonly name: string;
  readonly lines: readonly string[];
}

/** Unsorted, with equal lines, next to each other and apart, an empty one, and some of one kind only. */
const TEXT = `pear 3|apple 10|apple 10|fig 7||kiwi,"a b",1|apple 2|the quick brown fox|10.0.0.7 - GET /index.html 200
error: disk full|pear 3|Ärger|ERROR: none|a\tb\tc|plum 44|2026-05-01 12:00:00 warning low|zebra 1|apple 10|fig 7|mango 5`;
const NUMBERS = '7|3|3|10|42|1|8|3|100|9|7|12|5|2|2|6|11|4|90|13';

const samples: readonly Sample[] = [
  { name: 'some lines of text', lines: TEXT.split(/[|\n]/) },
  { name: 'some numbers', lines: NUMBERS.split('|') },
  {
    name: 'some JSON objects',
    lines: NUMBERS.split('|').map((n) => `{"id":${n},"name":"n${Number(n) % 4}","ok":${Number(n) % 2 === 1}}`),
  },
];

export const bytesOf = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

/** The first sample that a command takes without complaint; else the first. */
export async function fitting(trials: Trials): Promise<Sample> {
  for (const sample of samples) {
    const { code, stderr, output } = await trials.run(bytesOf(sample.lines));
    if (code === 0 && stderr.length === 0 && output.length > 0) return sample;
    if (trials.isOver) break;
  }
  return samples[0]!;
}
