// What SHELL promises its users, on real commands, as users write it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { RunError } from '../src/base/errors.ts';
import { rowCount } from '../src/data/batch.ts';
import { batchOf } from '../src/data/builder.ts';
import { Engine } from '../src/engine.ts';
import { supervisor } from '../src/process/supervisor.ts';
import { commandFailed } from '../src/run/operators/shell-faults.ts';
import { Recovery } from '../src/run/operators/shell-recovery.ts';
import type { Executor } from '../src/run/operators/shell-unit.ts';
import { processesWith, temporaryFolder } from './support/cli.ts';
import { seeds } from './support/random.ts';
import { rowsOfScript } from './support/rows.ts';
import { harness, map, schemaOf, shell, valuesOf } from './support/shell-plans.ts';

afterAll(() => supervisor.closeAll());

const rowsOf = (
  text: string,
  { params = {}, batchRows = 4096 }: { params?: Record<string, string>; batchRows?: number } = {},
): Promise<unknown[][]> => rowsOfScript(text, { settings: { batch_rows: batchRows }, params });

async function diagnosticOf(text: string) {
  const error: unknown = await rowsOf(text).catch((e: unknown) => e);
  if (!(error instanceof RunError)) throw error instanceof Error ? error : new Error('it did not fail');
  return error.diagnostic;
}

describe('MODE DAEMON', () => {
  test('a command that holds its output back is refused, with the reason', async () => {
    const mark = `refused-${process.pid}`;
    const { code, message, notes, help } = await diagnosticOf(
      `FROM generate(rows => 3) |> SHELL $$gawk '{print} # ${mark}'$$ READS (n) WRITES (x TEXT) AS MAP MODE DAEMON MARKER 'end'`,
    );
    expect(code).toBe('E0505');
    expect(message).toMatch(/did not answer the MARKER 'end' with 'end' within \d+ ms/);
    expect(notes?.join()).toContain('most programs hold their output back');
    expect(help?.join()).toContain('fflush() in gawk');
    expect(processesWith(mark)).toEqual([]);
  });

  const python = `import sys
for line in iter(sys.stdin.readline, ""):
    print(int(line) * 2 if line.strip().isdigit() else line.strip(), flush=True)`;
  // Each waits for its command most of the time: where much else runs, that is long.
  test.concurrent.each<[what: string, command: string, reads: string, marker: string]>([
    ['bc', 'bc', "n || '*2' AS e", `MARKER 'print "end\\n"' REPLY 'end'`],
    ['gawk with fflush', `gawk '!/end/ { $1 *= 2 } { print; fflush() }'`, 'n', "MARKER 'end'"],
    ['a python loop', `python3 -c '${python}'`, 'n', "MARKER 'end' STARTUP 20000"],
  ])('%s answers 10,000 batches', { timeout: 600_000 }, async (_what, command, reads, marker) => {
    const rows = await rowsOf(
      `FROM generate(rows => 10000)
       |> SHELL $$${command}$$ READS (${reads}) WRITES (x INTEGER) AS MAP MODE DAEMON ${marker}
       |> AGGREGATE count(*) AS n, sum(x) AS s, sum(x = 2 * n) AS ok`,
      { batchRows: 1 },
    );
    expect(rows).toEqual([[10_000, 10_000 * 10_001, 10_000]]);
  });
});

describe('ON ERROR INTO', () => {
  const POISON = 61_803;
  test.each<[what: string, clauses: string]>([
    ['one process for many rows', 'AS MAP'],
    ['MODE BATCH', 'AS MAP MODE BATCH'],
  ])('one of 100,000 rows goes to the dead letters, the others arrive: %s', async (_what, clauses) => {
    const folder = temporaryFolder();
    const [file, letters] = [join(folder, 'rows.txt'), join(folder, 'letters.jsonl')];
    writeFileSync(
      file,
      Array.from({ length: 100_000 }, (_, i) => `row ${i + 1}${i + 1 === POISON ? ' poison' : ''}\n`).join(''),
    );
    const command = `gawk '/poison/ { print "cannot digest " $2 > "/dev/stderr"; exit 3 } { print $2 }'`;
    const rows = await rowsOf(
      `CREATE SINK letters WITH (connector = 'file', path = '${letters}', format = 'jsonl');
       FROM read_lines('${file}')
       |> SHELL $$${command}$$ READS (line) WRITES (i INTEGER) ${clauses} STDERR IGNORE ON ERROR INTO letters
       |> AGGREGATE count(*) AS n, count(DISTINCT i) AS d, sum(i) AS s, sum(line = 'row ' || i) AS ok`,
    );
    expect(rows).toEqual([[99_999, 99_999, (100_000 * 100_001) / 2 - POISON, 99_999]]);
    const letter = JSON.parse(readFileSync(letters, 'utf8')) as Record<string, unknown>;
    expect(letter).toMatchObject({
      source: file,
      line: POISON,
      row_number: POISON,
      row: `{"line":"row ${POISON} poison"}`,
      exit_code: 3,
      stderr: `cannot digest ${POISON}`,
    });
  });
});

describe('rows that fail are found with few processes', () => {
  /** How many processes a query started, and how many rows came out. */
  async function counted(query: string, batchRows = 4096) {
    const lines: string[] = [];
    const engine = new Engine({ settings: { batch_rows: batchRows } });
    const taker = { start: () => undefined, batch: () => undefined, end: () => undefined };
    const text = (_title: string, given: readonly string[]) => void lines.push(...given);
    await engine.run({ name: 'q', text: `EXPLAIN ANALYZE JSON ${query}` }, { taker, text });
    engine.close();
    const json = lines.join('\n');
    const number = (name: string) => Number(new RegExp(`"${name}": (\\d+)`).exec(json)![1]);
    return { started: number('started'), restarts: number('restarts'), out: number('rowsIn') };
  }

  const poisoned = (rows: number, condition: string, clauses: string) =>
    `FROM generate(rows => ${rows}) |> SHELL $$gawk '${condition} { exit 3 } { print $1; fflush() }'$$ READS (n) WRITES (x INTEGER) AS MAP ${clauses}`;

  test('one of n takes 2 log2 n', async () => {
    const { started, out } = await counted(poisoned(16_384, '$1 == 7777', 'ON ERROR SKIP'));
    expect([started, out]).toEqual([1 + 2 * 14, 16_383]);
  });

  test('too many end the query', async () => {
    const { context } = harness();
    const plan = shell('c', { input: schemaOf('n INTEGER'), contract: map, more: { onError: 'skip' } });
    // It fails on every odd number, as a command would.
    const failing: Executor = {
      run: async ({ batches }) => {
        const odd = batches.flatMap(valuesOf).filter(([n]) => Number(n) % 2 === 1).length;
        if (odd > 0) throw commandFailed(plan, { stage: 0, what: 'exit status 3' }, { sent: 1, received: 0 }, []);
        return batches;
      },
      close: async () => undefined,
    };
    const tried = (rows: number) => {
      const batch = batchOf(
        plan.input!.schema,
        Array.from({ length: rows }, (_, i) => [BigInt(i)]),
      );
      return new Recovery(plan, context, failing).run({ batches: [batch], first: 1 });
    };
    expect((await tried(200)).reduce((sum, batch) => sum + rowCount(batch), 0)).toBe(100);
    await expect(tried(300)).rejects.toThrow('fails on too many rows: 104 of 300 rows');
  });

  test('a command with effects is not run again', async () => {
    const { code } = await diagnosticOf(poisoned(100, '$1 == 50', 'EFFECTS ANY ON ERROR SKIP'));
    expect(code).toBe('E0501');
  });

  test('a daemon that has failed is not asked again: another takes its place', async () => {
    const mode = `MODE DAEMON MARKER 'end' ON ERROR SKIP`;
    const { started, restarts, out } = await counted(poisoned(40, '$1 == 13 || $1 == 31', mode), 8);
    // Each time the batch, its half, the quarter and the row itself.
    expect([started, restarts, out]).toEqual([1 + 2 * 4, 2 * 4, 38]);
    const rows = await rowsOf(`${poisoned(40, '$1 == 13', mode)} |> WHERE n <> x`, { batchRows: 8 });
    expect(rows).toEqual([]);
  });
});

describe('parameters', () => {
  /** Texts that a shell, or a program with options, would take for something else. */
  const pieces = fc.constantFrom(
    ...[
      `'`,
      `"`,
      '`',
      '$(',
      ')',
      '${',
      '}',
      '$x',
      '$$',
      '\\',
      '\n',
      '\r',
      '\t',
      ' ',
      '*',
      '?',
      '~',
      '#',
      '!',
      '&',
      '|',
      ';',
      '<',
      '>',
    ],
    ...[
      '-n',
      '--',
      '-e ',
      '=',
      '%s',
      '%n',
      '\\n',
      'touch OWNED',
      '> OWNED',
      '$(touch OWNED)',
      '`touch OWNED`',
      '; touch OWNED;',
      'a',
      'ü',
      '\u{1f600}',
    ],
  );
  const hostile = fc
    .tuple(
      fc.constantFrom('', '-', '--', '-e', "'", '"'),
      fc.array(fc.oneof(pieces, fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 12 }),
    )
    .map(([first, rest]) => (first + rest.join('')).replaceAll('\0', ''));

  test('1,000 hostile values reach the command byte for byte, and nothing of them is run', async () => {
    const [seed] = seeds(1);
    const folder = temporaryFolder();
    const values = fc.sample(hostile, { numRuns: 1000, seed: seed! });
    const names = values.map((_, i) => `p${i}`);
    // A hundred at a time: the environment of a process has its bounds.
    for (let from = 0; from < values.length; from += 100) {
      const some = names.slice(from, from + 100);
      const params = Object.fromEntries(some.map((name, i) => [name, values[from + i]!]));
      const print = some.map((name) => `printf "%s\\0" "$${name}"`).join('; ');
      const rows = await rowsOf(
        `SELECT line FROM SHELL($$${print}$$ WRITES (line TEXT) FORMAT nul NEEDS CWD '${folder}')`,
        { params },
      );
      expect([seed, rows.map(([value]) => value)]).toEqual([seed, values.slice(from, from + 100)]);
    }
    // As arguments of a program, and in ENV.
    const rows = await rowsOf(
      `SELECT line FROM SHELL($$printf '%s\\0' "$v"; printf '%s\\0' "$w" | cat$$ WRITES (line TEXT) FORMAT nul
         ENV (w = :v || ' too') NEEDS CWD '${folder}')`,
      { params: { v: values.join('') } },
    );
    expect(rows).toEqual([[values.join('')], [`${values.join('')} too`]]);
    expect(await rowsOf(`SELECT line FROM SHELL('ls -A' WRITES (line TEXT) NEEDS CWD '${folder}')`)).toEqual([]);
  });
});
