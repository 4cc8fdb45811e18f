import { expect, test } from 'vitest';
import { alignmentOf } from '../src/contract/aligned.ts';
import { axes } from '../src/contract/axes.ts';
import { closeContract } from '../src/contract/closure.ts';
import { countingForm } from '../src/contract/counting.ts';
import type { Contract } from '../src/contract/contract.ts';
import { profiles } from '../src/contract/profiles.ts';
import { promise } from '../src/rewrite/examples.ts';

const none = { reads: ['x'], writes: [] };
const record = { unit: 'record' } as const;

test('a contract has the 16 axes of the algebra, split where a clause stands alone, each with its law', () => {
  expect(Object.keys(axes)).toHaveLength(22);
  for (const axis of Object.values(axes))
    expect([axis.clause, axis.law, axis.breaks].every((t) => t.length > 0)).toBe(true);
});

test.each<[profile: keyof typeof profiles, aligned: 'one' | 'filters' | undefined, implied: readonly string[]]>([
  ['MAP', 'one', ['keepsOrder', 'online']],
  ['FILTER', 'filters', ['keepsOrder', 'online', 'combine']],
  ['FLATMAP', undefined, ['keepsOrder', 'online', 'combine']],
  ['AGGREGATE', undefined, []],
  ['SORT', undefined, []],
  ['EFFECT', undefined, []],
])('AS %s: carries by %s; implied: %s', (profile, aligned, implied) => {
  const { contract, contradictions } = closeContract(profiles[profile], none);
  expect(contradictions).toEqual([]);
  expect(alignmentOf(contract)).toBe(aligned);
  expect(
    (Object.entries(contract) as [string, { by: string }][])
      .filter(([, axis]) => axis.by === 'implied')
      .map(([name]) => name),
  ).toEqual(implied);
});

test.each<[why: string, contract: Contract, writes: readonly string[], axis: string]>([
  ['FILTERS with WRITES', profiles.FILTER, ['y'], 'filters'],
  ['FILTERS that EMITS ONE', promise({ filters: true, emits: 'one' }), [], 'emits'],
  ['EMITS ONE with COMBINE', promise({ emits: 'one', combine: { with: 'sum' } }), [], 'combine'],
  ['NULLS SKIP without EMITS ONE', promise({ nulls: { policy: 'skip' }, emits: '0..n' }), ['y'], 'nulls'],
  [
    'MARKER for a command that needs the end of its input',
    promise({ marker: { send: 'm', reply: 'r' }, scope: { unit: 'window' } }),
    [],
    'marker',
  ],
  [
    'a VOLATILE command with effects that is TOTAL',
    promise({ total: true, effects: 'any', determinism: 'volatile' }),
    [],
    'total',
  ],
  ['ORDER FREE of a MAP', promise({ orderFree: true, scope: record, emits: 'one' }), ['y'], 'orderFree'],
])('refuses %s', (_why, contract, writes, axis) => {
  const { contradictions } = closeContract(contract, { reads: ['x'], writes });
  expect(contradictions.flatMap((c) => c.axes)).toContain(axis);
});

test('FILTERS alone does not tell which of two equal lines survived', () => {
  expect(alignmentOf(promise({ filters: true }))).toBeUndefined();
  expect(alignmentOf(promise({ filters: true, scope: record, determinism: 'deterministic' }))).toBe('filters');
});

test.each<[command: string, counting: string | undefined]>([
  ['grep -F x', 'grep -c -F x'],
  ["grep -E ' (404|500) '", "grep -c -E ' (404|500) '"],
  ['grep -vi -e a', 'grep -c -vi -e a'],
  ['grep --line-buffered -- -x', 'grep -c --line-buffered -- -x'],
  ['grep', undefined],
  ['grep a file', undefined],
  ['grep -A1 a', undefined],
  ['grep -m1 a', undefined],
  ['grep -o a', undefined],
  ['grep -z a', undefined],
  ['grep -e a -e b', 'grep -c -e a -e b'],
  ['grep -e a f', undefined],
  ['grep "$p"', undefined],
  ['grep a | head -1', undefined],
  ['grep a > f', undefined],
  ['"grep" a', undefined],
  ['egrep a', undefined],
])('the form of %s that counts is %s', (command, counting) => {
  expect(countingForm(command)).toBe(counting);
});
