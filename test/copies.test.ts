// Law A1 as it runs: copies of a command get their shares of the rows at the same time; the order is that of one process.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Contract } from '../src/contract/contract.ts';
import { shellOperator } from '../src/run/operators/shell.ts';
import { drive, harness, keeper, map, schemaOf, shell } from './support/shell-plans.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-copies-'));
afterAll(() => rmSync(folder, { recursive: true }));

const input = schemaOf('x', 'n INTEGER');
const rows = Array.from({ length: 100_000 }, (_, i) => [`v${i % 977}`, BigInt(i)]);
const { emits: _, ...each } = map;
const flat: Contract = { ...each, emits: { value: '0..n', by: 'declared' } };

test.each([
  ['a map', "sed 's/v/w/'", map, schemaOf('y')],
  ['a filter', 'grep -v 7', keeper, []],
  ['lines that become several, or none', "sed -n '/1/p;/12/p'", flat, schemaOf('y')],
] as const)('%s gives the same in three copies', async (_what, command, contract, writes) => {
  const answers = await Promise.all(
    [{}, { copies: 3 }].map(async (more) => {
      const h = harness();
      const plan = shell(command, { input, reads: ['x'], contract, writes, more });
      await drive(shellOperator(plan, h.context), h, input, rows, { size: 4096 });
      return h.rows;
    }),
  );
  expect(answers[1]!.length).toBeGreaterThan(1000);
  expect(answers[1]).toEqual(answers[0]);
});

test('copies run at the same time: each waits for the other to have begun', async () => {
  const h = harness();
  // Of four shares each pair of processes meets; alone, a process would wait for ever.
  const wait = `: > '${folder}'/started.$$; while [ $(ls '${folder}' | wc -l) -lt 2 ]; do sleep 0.01; done; cat`;
  const plan = shell(wait, { input, reads: ['x'], contract: map, writes: schemaOf('y'), more: { copies: 2 } });
  await drive(shellOperator(plan, h.context), h, input, rows, { size: 4096 });
  expect(h.rows).toHaveLength(rows.length);
  expect(readdirSync(folder).length).toBeGreaterThanOrEqual(2);
});
