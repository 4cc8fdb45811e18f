// SCOPE RECORD: each epoch has a process of its own, and the next one is started ahead; none is left.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { batchOf } from '../src/data/builder.ts';
import { supervisor } from '../src/process/supervisor.ts';
import { shellOperator } from '../src/run/operators/shell.ts';
import { temporaryFolder } from './support/cli.ts';
import { commandsOf, descriptors, eventually, nothing } from './support/leaks.ts';
import { harness, map, schemaOf, shell, type Harness } from './support/shell-plans.ts';

afterAll(() => supervisor.closeAll());
afterEach(async () => {
  expect(await nothing(() => [...supervisor.groups, ...commandsOf(process.pid)])).toEqual([]);
});

const input = schemaOf('x');

/** A command whose processes write their numbers down, and give each row with their own. */
function numbered(contract: typeof map, settings: Readonly<Record<string, string>> = {}) {
  const log = join(temporaryFolder(), 'numbers');
  const h = harness(Infinity, settings);
  const plan = shell(`echo $$ >> ${log}; while read x; do echo "$x $$"; done`, {
    input,
    contract,
    writes: schemaOf('y'),
  });
  const operator = shellOperator(plan, h.context);
  return {
    h,
    operator,
    started: () => readFileSync(log, 'latin1').trim().split('\n'),
    send: (x: string) => operator.onBatch(batchOf(input, [[x]]), 0, h.out),
  };
}

const numbersIn = ({ rows }: Harness): readonly string[] => rows.map(([, y]) => String(y).split(' ')[1]!);

describe.each(['never', 'always'])('shell host: %s', (shell_host) => {
  test('the process of the next epoch waits, and is used for it', async () => {
    const { h, operator, started, send } = numbered(map, { shell_host });
    await send('a');
    await operator.onBarrier?.(h.out);
    await send('b');
    // One for each of the two epochs, and the one that waits.
    const three = await eventually(() => (started().length === 3 ? started() : undefined));
    await operator.onBarrier?.(h.out);
    await send('c');
    await eventually(() => (started().length === 4 ? true : undefined));
    await operator.onEnd?.(0, h.out);
    await operator.close?.(false);
    expect(h.rows.map(([x]) => x)).toEqual(['a', 'b', 'c']);
    expect([...numbersIn(h)].sort()).toEqual([...three].sort());
  });

  test('one that has ended while it waited is not used', async () => {
    const { h, operator, started, send } = numbered(map, { shell_host });
    await send('a');
    await operator.onBarrier?.(h.out);
    await send('b');
    const waiting = await eventually(() => started()[2]);
    // It may have written its number before we are told of it.
    await eventually(() => (supervisor.groups.includes(Number(waiting)) ? true : undefined));
    process.kill(-Number(waiting), 'SIGKILL');
    await nothing(() => supervisor.groups.filter((group) => group === Number(waiting)));
    await operator.onBarrier?.(h.out);
    await send('c');
    await operator.onEnd?.(0, h.out);
    await operator.close?.(false);
    expect(h.rows.map(([x]) => x)).toEqual(['a', 'b', 'c']);
    expect(numbersIn(h)).not.toContain(waiting);
  });

  test('one that waits ends with a query that fails', async () => {
    const { h, operator, started, send } = numbered(map, { shell_host });
    await send('a');
    await operator.onBarrier?.(h.out);
    await send('b');
    await eventually(() => (started().length === 3 ? true : undefined));
    h.context.fail(new Error('enough'));
    await operator.close?.(true);
  });
});

test('none is started in vain where that could be seen', async () => {
  const { effects: _, ...seen } = map;
  const { h, operator, started, send } = numbered(seen);
  for (const x of ['a', 'b', 'c']) {
    await send(x);
    await operator.onBarrier?.(h.out);
  }
  await operator.close?.(false);
  expect(started()).toEqual(numbersIn(h));
});

test('a hundred epochs hold no more than two processes, and leave no descriptor', async () => {
  const before = descriptors();
  const h = harness();
  const operator = shellOperator(shell('cat', { input, contract: map, writes: schemaOf('y') }), h.context);
  let most = 0;
  for (let i = 0; i < 100; i++) {
    await operator.onBatch(batchOf(input, [[String(i)]]), 0, h.out);
    most = Math.max(most, supervisor.groups.length);
    await operator.onBarrier?.(h.out);
  }
  await operator.close?.(false);
  expect(h.rows.map(([, y]) => y)).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
  expect(most).toBeLessThanOrEqual(2);
  expect(await nothing(() => [...supervisor.groups])).toEqual([]);
  expect(descriptors()).toEqual(before);
});
