// Law K1 as it runs: equal arguments are asked about once, whatever the number of rows, and rows keep their order.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Value } from '../src/data/value.ts';
import { shellOperator } from '../src/run/operators/shell.ts';
import { drive, harness, keeper, map, schemaOf, shell, type ShellSketch } from './support/shell-plans.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-dictionary-'));
afterAll(() => rmSync(folder, { recursive: true }));

const input = schemaOf('x', 'n INTEGER');

/** Drives a command as K1 lets it run; each process adds a line to a log, and each line it is sent too. */
async function asked(
  name: string,
  command: string,
  sketch: ShellSketch,
  rows: readonly (readonly Value[])[],
  size = 4096,
) {
  const log = join(folder, name);
  const call = {
    distinct: true,
    names: ['x'],
    result: 'y',
    ...(sketch.writes?.length === 0 && { keeps: true as const }),
  } as const;
  const h = harness();
  const plan = shell(`echo started >> ${log}; tee -a ${log} | ${command}`, {
    input,
    reads: ['x'],
    ...sketch,
    more: { call },
  });
  await drive(shellOperator(plan, h.context), h, input, rows, { size });
  const lines = readFileSync(log, 'latin1').trim().split('\n');
  return {
    rows: h.rows,
    started: lines.filter((l) => l === 'started').length,
    sent: lines.filter((l) => l !== 'started'),
  };
}

test('a command that answers only at its end is shown each value once, and no more rows wait than are bearable', async () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => [`v${i % 3}`, BigInt(i)]);
  const done = await asked('map', 'tr v w', { contract: map, writes: schemaOf('y') }, rows);
  expect(done.sent).toEqual(['v0', 'v1', 'v2']);
  expect(done.started).toBe(1);
  expect(done.rows).toHaveLength(rows.length);
  expect(done.rows.every(([, n, y], i) => n === BigInt(i) && y === `w${i % 3}`)).toBe(true);
});

test('of a filter the rows stay whose value it gives back', async () => {
  const rows = Array.from({ length: 100_000 }, (_, i) => [`v${i % 4}`, BigInt(i)]);
  const done = await asked('filter', 'grep -v [13]', { contract: keeper, writes: [] }, rows);
  expect(done.sent).toEqual(['v0', 'v1', 'v2', 'v3']);
  expect(done.rows.map(([, n]) => n)).toEqual(rows.filter((_, i) => i % 2 === 0).map(([, n]) => n));
});

// Values are looked for among 16,384 rows, or 65,536 if some come twice. What follows is sent as it comes: to the only
// process, if nothing had been asked by then, else to one of its own.
const mostlyNew = (rows: number) =>
  Array.from({ length: rows }, (_, i): readonly Value[] => [i % 1000 === 0 ? null : `v${i}`, BigInt(i)]);

test.each([
  { size: 4096, started: 1 },
  // Rows that come a few at a time are asked about at once.
  { size: 1000, started: 2 },
])('values that are nearly all new are not looked for any more: $size at a time', async ({ size, started }) => {
  const rows = Array.from({ length: 150_000 }, (_, i) => [`v${i < 100_000 ? i : i - 50_000}`, BigInt(i)]);
  const done = await asked(`new-${size}`, 'cat', { contract: map, writes: schemaOf('y') }, rows, size);
  expect(done.rows).toHaveLength(rows.length);
  expect(done.rows.every(([, n, y], i) => n === BigInt(i) && y === rows[i]![0])).toBe(true);
  expect(done.sent).toHaveLength(150_000);
  expect(done.started).toBe(started);
});

test.each(['map', 'filter'] as const)('nor are they where rows with NULL are left out: %s', async (way) => {
  const rows = mostlyNew(100_000);
  const nulls = { value: { policy: 'skip' }, by: 'declared' } as const;
  const contract = { ...(way === 'map' ? map : keeper), nulls };
  const done = await asked(`nulls-${way}`, 'cat', { contract, writes: way === 'map' ? schemaOf('y') : [] }, rows);
  const expected = way === 'map' ? rows.map(([x, n]) => [x, n, x]) : rows.filter(([x]) => x !== null);
  expect(done.rows).toEqual(expected);
  expect(done.sent).toHaveLength(99_900);
  expect(done.started).toBe(1);
});

test('some that come twice are looked for longer', async () => {
  // A tenth is not new.
  const rows = Array.from({ length: 100_000 }, (_, i) => [`v${i % 10 === 9 ? i - 9 : i}`, BigInt(i)]);
  const done = await asked('some', 'cat', { contract: map, writes: schemaOf('y') }, rows);
  expect(done.rows.every(([, n, y], i) => n === BigInt(i) && y === rows[i]![0])).toBe(true);
  expect(done.started).toBe(2);
  expect(done.sent.length).toBeGreaterThan(90_000);
  expect(done.sent.length).toBeLessThan(100_000 - 6_000);
});

test('a broken promise is found out as ever after that', async () => {
  const rows = Array.from({ length: 100_000 }, (_, i) => [`v${i}`, BigInt(i)]);
  const done = asked('broken', 'sed /v99999/d', { contract: map, writes: schemaOf('y') }, rows);
  await expect(done).rejects.toThrow(/declared EMITS ONE, but .* went in and .* came out/);
});

test('several columns come back for each value', async () => {
  const rows = [['b', 1n], ['a', 2n], ['b', 3n]]; // prettier-ignore
  const writes = schemaOf('y', 'z INTEGER');
  const done = await asked('several', `awk '{ print $0 "!\\t" length($0) }'`, { contract: map, writes }, rows);
  expect(done.rows).toEqual([["b", 1n, "b!", 1n], ["a", 2n, "a!", 1n], ["b", 3n, "b!", 1n]]); // prettier-ignore
  expect(done.sent).toEqual(['b', 'a']);
});
