// A false declaration is found with the default number of cases, and a true one is left in peace.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Contract } from '../src/contract/contract.ts';
import { profiles } from '../src/contract/profiles.ts';
import { refute, type Verdict } from '../src/contract/refute.ts';
import { Trials } from '../src/process/trials.ts';
import { promise } from '../src/rewrite/examples.ts';

/** Where commands leave what they leave. */
const folder = mkdtempSync(join(tmpdir(), 'ssql-refute-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const CASES = 500;
const seed = 7;
const { MAP, FILTER, FLATMAP, SORT } = profiles;
const lines = { format: 'lines', columns: [{ name: 'line', type: 'TEXT' }] } as const;

function tried(
  command: string,
  contract: Contract,
  how: { readonly firstOnly?: true } = {},
): Promise<readonly Verdict[]> {
  const trials = new Trials({ cwd: folder, env: {}, timeout: 120_000 });
  const suspect = {
    ...{ command, contract, shape: lines, writes: lines.columns, others },
    live: trials.live.bind(trials),
  };
  return refute(suspect, trials.ask.bind(trials), { cases: CASES, seed, ...how });
}
/** For COMMUTES WITH. */
const others = new Map([
  ['upper', 'tr a-z A-Z'],
  ['long', 'grep -a ..'],
]);
const whole = (command: string): Contract => promise({ scope: { unit: 'window' }, combine: { with: command } });

describe('is found out', () => {
  test.concurrent.each<[command: string, as: string, contract: Contract]>([
    ["sed -n '$p'", 'FILTER', FILTER],
    ['sed =', 'FLATMAP', FLATMAP],
    ["sed 'N;s/\\n/+/'", 'FLATMAP', FLATMAP],
    ['sed -n 5p', 'FILTER', FILTER],
    ["sed 's/a/X/;$d'", 'FLATMAP', FLATMAP],
    ['cut -z -c1-2', 'MAP', MAP],
    ["cut -d'\n' -f1", 'FLATMAP', FLATMAP],
    ['grep -m1 a', 'FILTER', FILTER],
    ['grep -A1 a', 'FILTER', FILTER],
    ['grep -z a', 'FILTER', FILTER],
    ['xargs echo', 'FLATMAP', FLATMAP],
    ["tr -cs A-Za-z '\\n'", 'FLATMAP', FLATMAP],
    ['uniq -u', 'FILTER', FILTER],
    ['uniq', 'FILTER', FILTER],
    ['uniq -u', "COMBINE WITH 'uniq -u'", whole('uniq -u')],
    ["tr -d '\\n'", 'MAP', MAP],
    ["tr -d '\\n'", 'FLATMAP', FLATMAP],
    ["tac | awk '!s[$0]++' | tac", 'FILTER', FILTER],
    ["awk '!s[$0]++'", 'FILTER', FILTER],
    ['nl', 'MAP', MAP],
    ['wc -l', 'FLATMAP', FLATMAP],
    ['cat -s', 'FILTER', FILTER],
    ["awk 'NR % 2'", 'FILTER', FILTER],
    ["awk '{ print p; p = $0 }'", 'MAP', MAP],
    ["awk '{ s += $1 } END { print s }'", 'FLATMAP', FLATMAP],
    ['sort', 'FLATMAP', FLATMAP],
    ['sort -u', 'SORT', SORT],
    ['sort', "COMBINE WITH 'sort -m'", whole('sort -m')],
    ['sort -s -n', 'SORT', SORT],
    ['sort -u -k1,1', 'SORT', SORT],
    ['paste -s -d,', 'FLATMAP', FLATMAP],
    ['sort | uniq -c | sort -rn | head -n 1', "COMBINE WITH 'sort -rn | head -n 1'", whole('sort -rn | head -n 1')],
    ['uniq -c', "COMBINE WITH 'uniq -c'", whole('uniq -c')],
    ['grep a', 'MAP', MAP],
    ["tr ' ' '\\n'", 'MAP', MAP],
    ['tee seen', 'MAP', MAP],
    ["awk '{ print systime() }'", 'MAP', MAP],
    ['sed s/a/aa/', 'IDEMPOTENT', promise({ idempotent: true })],
    ['head -n 3', 'ORDER FREE', promise({ orderFree: true })],
    ['grep 1', 'TOTAL with EXIT OK (0)', promise({ total: true })],
    ['tail -n 2', 'ONLINE', promise({ online: true })],
    ['tac', 'KEEPS ORDER', promise({ keepsOrder: true })],
    ['sort -r', 'SORTED BY', promise({ sortedBy: ['line'] })],
    ['sort -n', 'SORTED BY', promise({ sortedBy: ['line'] })],
    ["gawk '{ print }'", 'FLUSHES RECORD', promise({ flushes: true })],
    ['tac', 'FLUSHES RECORD', promise({ flushes: true })],
    ['cat', "MARKER 'end' REPLY 'done'", promise({ marker: { send: 'end', reply: 'done' } })],
    ["gawk '{ print }'", "MARKER 'end' REPLY 'end'", promise({ marker: { send: 'end', reply: 'end' } })],
    ['sed -u s/^ask$/end/', "MARKER 'ask' REPLY 'end'", promise({ marker: { send: 'ask', reply: 'end' } })],
    [
      "gawk '{ print ++n; fflush() }'",
      "MARKER 'x' REPLY '^[0-9]+$'",
      promise({ marker: { send: 'x', reply: '^[0-9]+$' } }),
    ],
    ['grep -a A', 'COMMUTES WITH upper', promise({ exitOk: [0, 1], commutesWith: ['upper'] })],
    ['head -n 2', 'COMMUTES WITH long', promise({ commutesWith: ['long'] })],
    ['grep a', 'EXIT OK (0)', promise({ exitOk: [0] })],
    ['grep -e a -f /nowhere', 'EXIT OK (0, 1, 2)', promise({ exitOk: [0, 1, 2] })],
    ['sed p', 'EMITS 0..1', promise({ emits: '0..1' })],
    ['grep -a a', 'EMITS 1..N', promise({ emits: '1..n', exitOk: [0, 1] })],
    ['fold -w 3', 'EMITS ONE', promise({ emits: 'one' })],
    ['shuf', 'DETERMINISTIC', promise({ determinism: 'deterministic' })],
    ['while read -r x; do date +%s; done', 'DETERMINISTIC', promise({ determinism: 'deterministic' })],
    ['sed s/^/$$/', 'DETERMINISTIC', promise({ determinism: 'deterministic' })],
    ["gawk 'BEGIN { srand() } { print rand() }'", 'STABLE', promise({ determinism: 'stable' })],
  ])('%s as %s', async (command, _as, contract) => {
    const found = (await tried(command, contract, { firstOnly: true })).flatMap((v) => v.witness ?? []);
    expect(found).not.toEqual([]);
    // Whoever reads it sees at a glance what is wrong; what depends on the clock is not made shorter, for that takes time.
    expect(Math.min(...found.map((w) => w.lines.length))).toBeLessThanOrEqual(/time|date|srand/.test(command) ? 12 : 6);
  });
});

describe('stands', () => {
  test.concurrent.each<[command: string, as: string, contract: Contract]>([
    ...[
      'grep -a a',
      'grep -av b',
      "grep -aE '^[ab]'",
      'grep -aFx ab',
      'grep -ai -e a -e b',
      'sed -n /a/p',
      'sed /b/d',
      "awk 'length($0) > 1'",
      'awk \'$1 == "a"\'',
    ].map((command) => [command, 'FILTER', FILTER] as [string, string, Contract]),
    ...[
      'cat',
      'tr a-z A-Z',
      'tr -d b',
      'sed s/a/b/g',
      'sed y/ab/ba/',
      'cut -c1-2',
      "cut -d' ' -f1",
      'cut -d, -f2-',
      "awk '{ print $1 }'",
      "awk -F, '{ print $2, $1 }'",
      'expand',
      'cat -A',
      "sed 's/^/x/;s/$/y/'",
      'sed -E s/[0-9]+/N/',
    ].map((command) => [command, 'MAP', MAP] as [string, string, Contract]),
    ...[
      "tr ' ' '\\n'",
      'sed p',
      'fold -w 3',
      'grep -ao a',
      'sed -n s/a/x/p',
      "awk '{ for (i = 1; i <= NF; i++) print $i }'",
      'cut -s -d, -f1',
      "tr -cs A-Za-z '\\n' | grep -a .",
    ].map(
      (command) => [command, 'FLATMAP', { ...FLATMAP, ...promise({ exitOk: [0, 1] }) }] as [string, string, Contract],
    ),
    ...['sort', 'sort -r'].map((command) => [command, 'SORT', SORT] as [string, string, Contract]),
    ['sort -n', 'SORT', SORT],
    [
      'sort -u',
      "SORTED BY, COMBINE WITH 'sort -u'",
      promise({ sortedBy: ['line'], orderFree: true, combine: { with: 'sort -u' } }),
    ],
    ['uniq', "COMBINE WITH 'uniq'", whole('uniq')],
    ['cat -s', "COMBINE WITH 'cat -s'", whole('cat -s')],
    ['head -n 3', "COMBINE WITH 'head -n 3'", whole('head -n 3')],
    ['tail -n 2', "COMBINE WITH 'tail -n 2'", whole('tail -n 2')],
    ['wc -l', 'COMBINE WITH sum', promise({ scope: { unit: 'window' }, orderFree: true, combine: { with: 'sum' } })],
    ['nl -ba', 'EMITS ONE ONLINE', promise({ emits: 'one', online: true, determinism: 'deterministic' })],
    ['head -n 2', 'IDEMPOTENT', promise({ idempotent: true, online: true, filters: true })],
    [
      "awk '!s[$0]++'",
      'FILTERS, KEY',
      promise({ scope: { unit: 'key', columns: ['line'] }, filters: true, idempotent: true }),
    ],
    ['cat', 'FLUSHES RECORD', promise({ flushes: true })],
    ["gawk '{ print; fflush() }'", 'FLUSHES RECORD', promise({ flushes: true })],
    ["gawk '{ print; fflush() }'", "MARKER 'end' REPLY 'end'", promise({ marker: { send: 'end', reply: 'end' } })],
    ['sed -u s/^ask$/--end--/', "MARKER 'ask' REPLY '--end--'", promise({ marker: { send: 'ask', reply: '--end--' } })],
    ['grep -a 1', 'COMMUTES WITH upper', promise({ exitOk: [0, 1], commutesWith: ['upper'] })],
    ['uniq', 'KEEPS ORDER', promise({ keepsOrder: true })],
    ['grep -a a', 'EXIT OK (0, 1)', promise({ exitOk: [0, 1] })],
    ['sed p', 'EMITS 1..N', promise({ emits: '1..n' })],
    ['head -n 1', 'EMITS 0..1', promise({ emits: '0..1' })],
    ['sort', 'DETERMINISTIC, SORTED BY', promise({ determinism: 'deterministic', sortedBy: ['line'] })],
    ['uniq -c', 'NEEDS SORTED, KEY', promise({ scope: { unit: 'key', columns: ['line'] }, needsSortedBy: ['line'] })],
  ])('%s as %s', async (command, _as, contract) => {
    const verdicts = await tried(command, contract);
    expect(verdicts.length).toBeGreaterThan(0);
    expect(verdicts.flatMap((v) => v.witness ?? [])).toEqual([]);
    // On some lines a command may fail, but a promise that was hardly tried would stand for nothing.
    for (const { tried, unusable } of verdicts) expect(tried - unusable).toBeGreaterThan(tried / 3);
  });
});
