// Laws A2 and A3 as they run: copies of a command that remembers what it has read, and what is made of their parts.
import { expect, test } from 'vitest';
import type { Contract } from '../src/contract/contract.ts';
import { shellOperator } from '../src/run/operators/shell.ts';
import { drive, harness, opaque, schemaOf, shell } from './support/shell-plans.ts';
import { runStatements } from './support/statements.ts';

const input = schemaOf('x', 'n INTEGER');
const rows = Array.from({ length: 100_000 }, (_, i) => [`v${(i * 7) % 977}`, BigInt(i)]);

/** With processes for commands that could be done without them. */
const started = (text: string) => runStatements(`SET native = off; ${text}`);

/** Rows of a query over 100,000 lines, run by one process and by three. */
async function both(stage: string) {
  const query = `FROM generate(rows => 100000) |> SELECT 'v' || (n * 7 % 977) AS x |> ${stage}`;
  const [one, three, shown] = await Promise.all(
    [query, `${query} PARALLEL 3`, `EXPLAIN ${query} PARALLEL 3`].map(started),
  );
  return { one: one!.rows, three: three!.rows, shown: shown!.lines.join('\n') };
}

test.each([
  ['a sum', `SHELL 'wc -l' WRITES (n INTEGER)`],
  ['a sort', `SHELL 'sort -r' WRITES (x TEXT)`],
  ['its first lines', `SHELL 'head -n 5' WRITES (x TEXT)`],
  ['its last lines', `SHELL 'tail -n 5' WRITES (x TEXT)`],
  ['adjacent lines', `SHELL 'uniq' WRITES (x TEXT)`],
  [
    'distinct lines, counted',
    `SHELL 'sort -u | wc -l' WRITES (n INTEGER) COMBINE WITH 'sort -u' PARTIAL 'sort -u' FINISH 'wc -l'`,
  ],
])('A3: %s in three parts', async (_what, stage) => {
  const { one, three, shown } = await both(stage);
  expect(shown).toContain('applied A3 for');
  expect(one.length).toBeGreaterThan(0);
  expect(three).toEqual(one);
});

test('A3: EXPLAIN shows the parts and what puts them together', async () => {
  const { lines } = await started(
    `EXPLAIN FROM generate(rows => 10) |> SELECT n || '' AS x |> SHELL 'uniq' WRITES (x TEXT) PARALLEL 2`,
  );
  expect(lines.join('\n')).toMatch(/Shell 'uniq'.*\n.*Shell 'uniq'.*2 copies; each of a part/);
  expect(lines.join('\n')).toContain("applied A3 for Shell 'uniq'");
});

test('A3: what confines a command confines what puts its parts together', async () => {
  const { lines } = await runStatements(
    `EXPLAIN FROM generate(rows => 10) |> SELECT n || '' AS x |> SHELL 'uniq' WRITES (x TEXT) PARALLEL 2 SANDBOX LIMITS NEEDS CWD '/'`,
  );
  const shells = lines.filter((line) => line.includes("Shell 'uniq'") && !line.includes('applied'));
  expect(shells).toHaveLength(2);
  expect(shells.every((line) => line.includes('SANDBOX LIMITS') && line.includes("NEEDS CWD '/'"))).toBe(true);
});

test('A3: of no rows one process is shown none, and never one that has no part', async () => {
  for (const [given, expected] of [
    [0, 1],
    [1, 1],
    [100_000, 4],
  ] as const) {
    // prettier-ignore
    const h = harness();
    const plan = shell('cat; echo end', { input, reads: ['x'], contract: opaque, writes: schemaOf('y'), more: { copies: 2, partial: true } }); // prettier-ignore
    await drive(shellOperator(plan, h.context), h, input, rows.slice(0, given), { size: 4096 });
    expect(h.rows.filter(([y]) => y === 'end')).toHaveLength(expected);
    expect(h.rows).toHaveLength(given + expected);
  }
});

const keyed: Contract = { scope: { value: { unit: 'key', columns: ['x'] }, by: 'declared' } };
const counting = `awk '{ print $0 " " ++n[$0] }'`;

test('A2: all rows of a key go to one copy, in their order', async () => {
  const answers = await Promise.all(
    [{}, { copies: 3, copiesBy: ['x'] }].map(async (more) => {
      const h = harness();
      const plan = shell(counting, { input, reads: ['x'], contract: keyed, writes: schemaOf('y'), more });
      await drive(shellOperator(plan, h.context), h, input, rows, { size: 4096 });
      return h.rows.map(([y]) => String(y));
    }),
  );
  expect(answers[1]).toHaveLength(rows.length);
  expect(answers[1]!.toSorted()).toEqual(answers[0]!.toSorted());
  expect(answers[1]!.filter((y) => y.startsWith('v5 '))).toEqual(answers[0]!.filter((y) => y.startsWith('v5 ')));
});

test('A2: a copy without rows is not started', async () => {
  for (const [given, expected] of [
    [0, 0],
    [1, 1],
  ] as const) {
    // prettier-ignore
    const h = harness();
    const plan = shell('cat; echo end', { input, reads: ['x'], contract: keyed, writes: schemaOf('y'), more: { copies: 3, copiesBy: ['x'] } }); // prettier-ignore
    await drive(shellOperator(plan, h.context), h, input, rows.slice(0, given));
    expect(h.rows.filter(([y]) => y === 'end')).toHaveLength(expected);
  }
});

test('A2: a copy that fails ends the run', async () => {
  const h = harness();
  const plan = shell(`awk '/v5$/ { exit 3 } { print }'`, { input, reads: ['x'], contract: keyed, writes: schemaOf('y'), more: { copies: 3, copiesBy: ['x'] } }); // prettier-ignore
  await expect(drive(shellOperator(plan, h.context), h, input, rows, { size: 4096 })).rejects.toThrow(/exit|status 3/);
});

test.each([
  ['', 'one process by k', 'G5'],
  ['PARALLEL 2', '2 copies by k', 'A2'],
])(
  'where nothing looks at the order, groups of a SCOPE KEY command share processes: %s',
  async (parallel, way, law) => {
    const command = counting.replaceAll("'", "''");
    const query = `FROM generate(rows => 50000) |> SELECT n % 10 AS k
    |> SHELL '${command}' READS (k) WRITES (y TEXT) SCOPE KEY (k) DETERMINISTIC EFFECTS NONE ${parallel}
    |> AGGREGATE count(*) AS n`;
    const text = (await runStatements(`EXPLAIN ${query}`)).lines.join('\n');
    expect(text).toContain(way);
    expect(text).toContain(`applied ${law} for`);
    expect((await runStatements(query)).rows).toEqual([[50000]]);
  },
);
