// The table of known commands says nothing that the tools which are installed here do not do.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { infer } from '../src/contract/infer.ts';
import { knownPrograms } from '../src/contract/known.ts';
import { refute } from '../src/contract/refute.ts';
import { contractWords } from '../src/contract/words.ts';
import { findProgram } from '../src/process/inspect.ts';
import { Trials } from '../src/process/trials.ts';

const CASES = 48;
const shape = (json: boolean) =>
  ({ format: json ? 'jsonl' : 'lines', columns: [{ name: 'line', type: 'TEXT' }] }) as const;

const folder = mkdtempSync(join(tmpdir(), 'ssql-known-'));
afterAll(() => rmSync(folder, { recursive: true }));
/** What examples call words.txt: a second, sorted file. */
const words = join(folder, 'words.txt');
writeFileSync(words, ['', 'A', 'a', 'a b', 'ab', 'b', 'c d', 'é'].map((line) => `${line}\n`).join(''));

const rows = knownPrograms.flatMap(({ forms }) =>
  forms.flatMap(({ examples, jsonOnly = false }) => examples.map((command) => ({ command, json: jsonOnly }))),
);

describe('what is known is so', () => {
  test.concurrent.each(rows)('$command', async ({ command, json }) => {
    const beside = command.replace('words.txt', words);
    const known = infer(beside, { json });
    expect(known).toBeDefined();
    expect(known!.programs.filter((program) => findProgram(program) === undefined)).toEqual([]);
    const trials = new Trials({ env: {}, timeout: 120_000 });
    const verdicts = await refute(
      { command: beside, contract: known!.contract, shape: shape(json) },
      (c, input, how) => trials.ask(c, input, how),
      { cases: json ? 24 : CASES, seed: 3 },
    );
    expect(verdicts.flatMap((v) => (v.witness === undefined ? [] : [v.words, v.witness]))).toEqual([]);
    for (const { tried, unusable } of verdicts) expect(tried - unusable).toBeGreaterThan(tried / 5);
  });
});

const wordsOf = (command: string, json = false): string =>
  contractWords(infer(command, { json })?.contract ?? {}).join(', ');

test.each<[command: string, words: string]>([
  ['grep -v x | tr a-z A-Z', 'SCOPE RECORD, EMITS 0..1, DETERMINISTIC, EFFECTS NONE, TOTAL, ENCODING text'],
  ['grep -a a | grep -av b', 'SCOPE RECORD, FILTERS, EMITS 0..1, DETERMINISTIC, EFFECTS NONE, TOTAL, EXIT OK (0, 1)'],
  [
    "tr ' ' '\\n' | sort -u",
    "ORDER FREE, SORTED BY (line), DETERMINISTIC, EFFECTS NONE, COMBINE WITH 'sort -u', TOTAL",
  ],
  ['sort | uniq -c | sort -rn', 'ORDER FREE, DETERMINISTIC, EFFECTS NONE, TOTAL'],
  ['nl | sort', 'SORTED BY (line), DETERMINISTIC, EFFECTS NONE, TOTAL'],
  ['sort | tac', 'ORDER FREE, DETERMINISTIC, EFFECTS NONE, TOTAL'],
  ['LC_ALL=C sort -n', "ORDER FREE, DETERMINISTIC, EFFECTS NONE, COMBINE WITH 'sort -n', IDEMPOTENT, TOTAL"],
  ["awk '{ print $1 / $2 }'", 'SCOPE RECORD, EMITS ONE, DETERMINISTIC, EFFECTS NONE, ENCODING text'],
  ["awk '$1 ~ $2'", 'SCOPE RECORD, FILTERS, EMITS 0..1, DETERMINISTIC, EFFECTS NONE, IDEMPOTENT, ENCODING text'],
  ['sort -u | comm -23 - f', 'ORDER FREE, SORTED BY (line), STABLE, EFFECTS NONE'],
  ['comm -12 - f', 'FILTERS, EMITS 0..1, KEEPS ORDER, NEEDS SORTED BY (line), STABLE, EFFECTS NONE'],
  ['sort | shuf | cat', 'ORDER FREE, VOLATILE, EFFECTS NONE, TOTAL'],
  ['cat | tee f', 'EMITS ONE, DETERMINISTIC, ONLINE'],
  ["xargs -rn1 -d '\\n' basename --", 'SCOPE RECORD, EMITS ONE, DETERMINISTIC, EFFECTS NONE'],
  ["xargs -r -d '\\n' basename --", 'DETERMINISTIC, EFFECTS NONE'],
  ["awk 'BEGIN { x = 1 } { print x }'", 'DETERMINISTIC, EFFECTS NONE, TOTAL, ENCODING text'],
])('%s: %s', (command, words) => {
  expect(wordsOf(command)).toBe(words);
});

test.each([
  ...['grep', 'grep a file', 'grep -r a', 'grep -z a', 'grep -P a', 'grep --colour=always a', 'grep "$p"'],
  ...[
    'cat file',
    'cat < file',
    'cat; date',
    'cat && cat',
    'cat | date',
    'cat > out',
    'cat &',
    'cat *',
    '(cat)',
    'cat `x`',
  ],
  ...[
    'sed -i s/a/b/',
    "sed 'w out'",
    'sed s/a/b/w',
    "sed 'N;P;D'",
    "sed 's/a/b/e'",
    'sed -f x',
    "sed 's//b/'",
    "sed 'r x'",
    'sed =',
  ],
  ...[
    "awk '{ print > $1 }'",
    'awk \'{ print | "sort" }\'',
    "awk '{ system($1) }'",
    'awk -f x',
    "awk 'BEGIN { srand() }'",
  ],
  ...["awk '{ printf $1 }'", 'awk \'{ "date" | getline d; print d }\'', 'awk -v RS=x NF', "awk '{ print systime() }'"],
  ...['cut -z -c1', "cut -d'\n' -f1", 'tr a', "tr '\\0-\\377' x", 'sort -R', 'sort -o f', 'sort f', 'uniq a b', 'wc f'],
  ...[
    'head -n x',
    'tail -f',
    'tee -',
    'tee a b',
    'xargs rm',
    'xargs -P2 echo',
    'xargs -I{} echo {}',
    'shuf -e a b',
    'shuf -o out',
    'seq -s, 3',
    'comm -z - f',
    'join a b',
    'diff -r - f',
    'date',
    'python3 x.py',
    'PATH=x cat',
    'jq .',
  ],
  ...['', 'sort -t', 'uniq -z', 'jq -c .a', 'curl x', 'sh -c cat'],
])('%s is opaque', (command) => {
  expect(infer(command, { json: false })).toBeUndefined();
});

test('jq is known where each line is a JSON value', () => {
  expect(wordsOf('jq -c .a', true)).toBe('SCOPE RECORD, EMITS ONE, DETERMINISTIC, EFFECTS NONE');
  expect(infer('jq -c "inputs"', { json: true })).toBeUndefined();
});
