// How rows get to commands that stay: counted, framed; and streams that can be opened by name, or that flow at once.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunError } from '../src/base/errors.ts';
import type { RecordBatch } from '../src/data/batch.ts';
import { batchOf } from '../src/data/builder.ts';
import { asTsv, cellFrames, frameAt, type Frame, type Framing } from '../src/data/format/frames.ts';
import { Engine } from '../src/engine.ts';
import { supervisor } from '../src/process/supervisor.ts';
import { ResultBatch } from '../src/result.ts';
import { temporaryFolder } from './support/cli.ts';
import { commandsOf, nothing } from './support/leaks.ts';
import { seeds } from './support/random.ts';
import { schemaOf } from './support/shell-plans.ts';

afterAll(() => supervisor.closeAll());

async function rowsOf(
  text: string,
  { batchRows = 4096, signal, seen }: { batchRows?: number; signal?: AbortSignal; seen?: (rows: number) => void } = {},
): Promise<unknown[][]> {
  const engine = new Engine({ settings: { batch_rows: batchRows } });
  const rows: unknown[][] = [];
  let labels: readonly string[] = [];
  const taker = {
    start: (given: readonly string[]) => void (labels = given),
    batch: (batch: RecordBatch) => {
      rows.push(...new ResultBatch(labels, batch).rows());
      seen?.(rows.length);
    },
    end: () => undefined,
  };
  await engine.run({ name: 'q', text }, { taker, text: () => undefined, ...(signal && { signal }) });
  engine.close();
  return rows;
}

const failure = async (text: string): Promise<string> => {
  const error: unknown = await rowsOf(text).catch((e: unknown) => e);
  if (!(error instanceof RunError)) throw error instanceof Error ? error : new Error('it did not fail');
  return `${error.diagnostic.code} ${error.diagnostic.message}`;
};

/** A program that answers frame by frame: with the value, with its words as lines, or with something that is no frame. */
const FRAMES = `import sys, struct
i, o = sys.stdin.buffer, sys.stdout.buffer
def netstring():
    n = b''
    while True:
        c = i.read(1)
        if not c: sys.exit(0)
        if c == b':': break
        n += c
    d = i.read(int(n)); i.read(1); return d
def u32be():
    h = i.read(4)
    if not h: sys.exit(0)
    return i.read(struct.unpack('>I', h)[0])
framing, mode = sys.argv[1:]
while True:
    d = netstring() if framing == 'netstring' else u32be()
    if mode == 'words': d = b''.join(w + b'\\n' for w in d.split() if w != b'drop')
    if mode == 'die' and b'4' in d: sys.exit(9)
    if mode == 'babble': o.write(b'nothing of the kind\\n')
    elif framing == 'netstring': o.write(b'%d:%s,' % (len(d), d))
    else: o.write(struct.pack('>I', len(d)) + d)
    o.flush()
`;
const folder = mkdtempSync(join(tmpdir(), 'ssql-protocols-'));
const program = join(folder, 'frames.py');
beforeAll(() => writeFileSync(program, FRAMES));
afterAll(() => rmSync(folder, { recursive: true }));

const framings: readonly Framing[] = ['netstring', 'u32be'];

describe.each(framings)('%s', (framing) => {
  const over = (mode: string): string => `SHELL 'python3 ${program} ${framing} ${mode}'`;
  const protocol = `protocol => '${framing}'`;

  test('values of any bytes come back as they are', async () => {
    const rows = await rowsOf(
      `FROM generate(rows => 9) |> EXTEND char(10, 9, 92, 13, 44) || n || '\\N' || char(10) AS t
       |> ${over('echo')} READS (t) WRITES (x TEXT) AS MAP ${protocol}
       |> SELECT n, x = t, length(x)`,
      { batchRows: 2 },
    );
    expect(rows).toEqual(Array.from({ length: 9 }, (_, i) => [i + 1, 1, 9]));
  });

  test('a row may have any number of answers, and keeps its other columns', async () => {
    const rows = await rowsOf(
      `FROM generate(rows => 4) |> EXTEND CASE n WHEN 1 THEN 'a b c' WHEN 2 THEN 'drop' WHEN 3 THEN 'x drop' ELSE '' END AS t
       |> ${over('words')} READS (t) WRITES (w TEXT) EMITS 0..N ${protocol} |> SELECT n, w`,
      { batchRows: 3 },
    );
    expect(rows).toEqual([
      [1, 'a'],
      [1, 'b'],
      [1, 'c'],
      [3, 'x'],
    ]);
  });

  test('how many answers a row has is counted, row by row', async () => {
    // As many lines come out as go in.
    const failed = await failure(
      `FROM generate(rows => 4) |> EXTEND CASE n WHEN 2 THEN 'drop' WHEN 4 THEN 'a b' ELSE 'x' END AS t
       |> ${over('words')} READS (t) WRITES (w TEXT) EMITS 1..N ${protocol} |> SELECT n, w`,
    );
    expect(failed).toMatch(/^E0502 .*declared EMITS 1..N, but 1 row went in and 0 came out/);
    const tooMany = await failure(
      `FROM generate(rows => 4) |> EXTEND CASE n WHEN 2 THEN 'drop' WHEN 4 THEN 'a b' ELSE 'x' END AS t
       |> ${over('words')} READS (t) WRITES (w TEXT) EMITS 0..1 ${protocol} |> SELECT n, w`,
    );
    expect(tooMany).toMatch(/^E0502 .*declared EMITS 0..1, but 1 row went in and 2 came out/);
  });

  test('several columns stand in a frame as a record', async () => {
    const rows = await rowsOf(
      `FROM generate(rows => 2) |> EXTEND 'a' || char(9, 10) AS t
       |> ${over('echo')} READS (n, t) WRITES (m INTEGER, u TEXT) AS MAP ${protocol} |> SELECT m = n, u = t`,
    );
    expect(rows).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('what is no frame ends the query', async () => {
    const query = `FROM generate(rows => 2) |> ${over('babble')} READS (n) WRITES (x TEXT) AS MAP ${protocol}`;
    expect(await failure(query)).toMatch(
      /^E0502 .*it printed something that belongs to no answer: nothing of the kind/,
    );
  });

  test('a row that kills the command is left out, where that is allowed', async () => {
    const rows = await rowsOf(
      `FROM generate(rows => 6) |> ${over('die')} READS (n) WRITES (x INTEGER) AS MAP ${protocol} ON ERROR SKIP |> SELECT x`,
    );
    expect(rows.flat()).toEqual([1, 2, 3, 5, 6]);
  });

  test('any values, framed and taken apart again', () => {
    const [seed] = seeds(1);
    const value = fc.uint8Array({ maxLength: 40 });
    const property = fc.property(fc.array(value, { minLength: 1, maxLength: 9 }), fc.nat(), (values, cut) => {
      const schema = schemaOf('b BLOB');
      const bytes = Buffer.from(
        cellFrames(framing, schema).encode(
          batchOf(
            schema,
            values.map((v) => [v]),
          ),
        ),
      );
      const found: Buffer[] = [];
      for (let at = 0; at < bytes.length;) {
        const frame = frameAt(framing, bytes, at, 100);
        if (frame === undefined || frame === 'broken') throw new Error('no frame');
        found.push(bytes.subarray(frame.from, frame.to));
        at = frame.next;
      }
      expect(found).toEqual(values.map((v) => Buffer.from(v)));
      // Cut short anywhere, the first frame is waited for.
      const { next } = frameAt(framing, bytes, 0, 100) as Frame;
      expect(frameAt(framing, bytes.subarray(0, cut % next), 0, 100)).toBeUndefined();
      expect(asTsv(found).filter((byte) => byte === 10)).toHaveLength(values.length);
    });
    fc.assert(property, { seed: seed!, numRuns: 200 });
  });
});

describe('counted', () => {
  /** Sums a batch, then answers it: it can only do so because it is told how many rows there are. */
  const share = `gawk '!left { left = n = $1; sum = 0; next } { v[n - left] = $1; sum += $1; if (!--left) { for (i = 0; i < n; i++) print v[i] / sum; fflush() } }'`;

  test('a batch is answered as one', async () => {
    const rows = await rowsOf(
      `FROM generate(rows => 5) |> SHELL $$${share}$$ READS (n) WRITES (x REAL) EMITS ONE protocol => 'counted'`,
      { batchRows: 2 },
    );
    const shares = [1 / 3, 2 / 3, 3 / 7, 4 / 7, 1];
    expect(rows.map(([n]) => n)).toEqual([1, 2, 3, 4, 5]);
    expect(rows.map(([, x]) => x)).toEqual(shares.map((n) => Number(n.toPrecision(6))));
  });

  test('one that answers too much, or ends, is found out', async () => {
    const over = (command: string) =>
      failure(
        `FROM generate(rows => 3) |> SHELL $$${command}$$ READS (n) WRITES (x TEXT) EMITS ONE protocol => 'counted'`,
      );
    expect(await over('cat')).toMatch(/^E0502 .*belongs to no answer: 3/);
    expect(await over('read n; echo 1')).toMatch(/^E0501 .*before it had answered/);
  });

  test('what comes behind the last answer is found out, too', async () => {
    const query = `FROM generate(rows => 3)
      |> SHELL $$read n; read a; read b; read c; printf '%s\\n' $a $b $c; read n; echo more$$
         READS (n) WRITES (x TEXT) EMITS ONE protocol => 'counted'`;
    expect(await failure(query)).toMatch(/^E0502 .*it printed something that belongs to no answer: more/);
  });
});

describe('one that holds its answers back is not waited for', () => {
  test.each<[what: string, command: string, protocol: string]>([
    ['counted, with a TIMEOUT', `gawk 'NR > 1'`, `'counted' TIMEOUT 1`],
    // Each is seen to read on instead of answering.
    ['counted', `gawk 'NR > 1'`, `'counted'`],
    ['counted, behind another program', `cat | gawk 'NR > 1'`, `'counted'`],
    ['netstring', `python3 -c 'import sys\nfor c in sys.stdin: print("1:x,")'`, `'netstring'`],
  ])('%s', async (_what, command, protocol) => {
    const error: unknown = await rowsOf(
      `FROM generate(rows => 3) |> SHELL $$${command}$$ READS (n) WRITES (x TEXT) EMITS ONE protocol => ${protocol}`,
    ).catch((e: unknown) => e);
    expect(error).toMatchObject({
      diagnostic: { code: 'E0505', notes: [expect.stringContaining('hold their output back')] },
    });
  });

  test('but one that works, or waits for something else, is', async () => {
    const query = `FROM generate(rows => 3)
      |> SHELL $$while read n; do sleep 0.7; while [ $n -gt 0 ]; do read x; echo $x; n=$((n - 1)); done; done$$
         READS (n) WRITES (x INTEGER) EMITS ONE protocol => 'counted' |> AGGREGATE sum(x) AS s`;
    expect(await rowsOf(query)).toEqual([[6]]);
  });
});

describe('copies of a daemon', () => {
  const numbered = `while read x; do case "$x" in end) echo end;; *) echo $(($x * 2)) $$;; esac; done`;
  const over = (rows: number, clauses: string) =>
    `FROM generate(rows => ${rows}) |> SHELL '${numbered}' READS (n) WRITES (line TEXT) AS MAP MODE DAEMON MARKER 'end' ${clauses}`;
  const split = (rows: unknown[][]) => rows.map(([n, line]) => [n, ...String(line).split(' ').map(Number)]);

  test('share the batches, whose rows keep their order', async () => {
    const rows = split(await rowsOf(over(400, 'PARALLEL 3'), { batchRows: 10 }));
    expect(rows.map(([n, x]) => [n, x])).toEqual(Array.from({ length: 400 }, (_, i) => [i + 1, 2 * (i + 1)]));
    expect(new Set(rows.map(([, , pid]) => pid)).size).toBe(3);
  });

  test('there is one where no more are allowed', async () => {
    const rows = split(await rowsOf(over(100, `PARALLEL 3 EFFECTS ANY`), { batchRows: 10 }));
    expect(new Set(rows.map(([, , pid]) => pid)).size).toBe(1);
  });

  test('one that fails is replaced, the others go on', async () => {
    const dying = `while read x; do case "$x" in end) echo end;; 77) exit 3;; *) echo $x;; esac; done`;
    const rows = await rowsOf(
      `FROM generate(rows => 200) |> SHELL $$${dying}$$ READS (n) WRITES (x INTEGER) AS MAP MODE DAEMON MARKER 'end' PARALLEL 2 ON ERROR SKIP |> AGGREGATE count(*) AS c, sum(x = n) AS ok`,
      { batchRows: 10 },
    );
    expect(rows).toEqual([[199, 199]]);
  });

  test('when one fails, all end', async () => {
    const before = supervisor.groups.length;
    const dying = `while read x; do case "$x" in end) echo end;; 77) exit 3;; *) echo $x;; esac; done`;
    const query = `FROM generate(rows => 200) |> SHELL $$${dying}$$ READS (n) WRITES (x INTEGER) AS MAP MODE DAEMON MARKER 'end' PARALLEL 3`;
    expect(await failure(query)).toMatch(/^E0501 .*exit status 3/);
    expect(await nothing(() => supervisor.groups.slice(before))).toEqual([]);
    expect(await nothing(() => commandsOf(process.pid))).toEqual([]);
  });
});

test('what a daemon prints between two answers is not taken for the next one', async () => {
  const late = `while read x; do case "$x" in end) echo end; sleep 0.2; echo late;; *) echo $x;; esac; done`;
  const query = `FROM generate(rows => 4, rate => 2) |> SHELL $$${late}$$ READS (n) WRITES (x TEXT) EMITS 0..N MODE DAEMON MARKER 'end'`;
  expect(await failure(query)).toMatch(/^E0502 .*it printed something .*: late/);
});

describe('MODE ROW', () => {
  test('a process for each row, side by side, in order', async () => {
    const rows = await rowsOf(
      `FROM generate(rows => 12) |> SHELL 'wc -l' READS (n) WRITES (lines INTEGER) EMITS ONE EFFECTS NONE MODE ROW`,
    );
    expect(rows).toEqual(Array.from({ length: 12 }, (_, i) => [i + 1, 1]));
  });
});

describe('streams that are opened by name', () => {
  test.each([
    ['as the text shows', 'cat /dev/stdin > /dev/stdout'],
    ['as only the option tells', `f=/dev; cat $f/stdin | tee $f/stderr > $f/stdout' io => 'pipe`],
  ])('%s', async (_what, command) => {
    const rows = await rowsOf(
      `FROM generate(rows => 3) |> SHELL '${command}' READS (n) WRITES (x INTEGER) AS MAP STDERR IGNORE |> SELECT x`,
    );
    expect(rows.flat()).toEqual([1, 2, 3]);
  });

  test('without it they cannot be opened', async () => {
    const query = `FROM generate(rows => 3) |> SHELL 'f=/dev; cat $f/stdin' READS (n) WRITES (x INTEGER) AS MAP`;
    expect(await failure(query)).toMatch(/^E0501 .*exit status 1/);
  });
});

describe('rows that end', () => {
  // The command is asked itself: stdbuf tells the library of what it starts by variables.
  test.each([
    ['come out of a program that is known to in large blocks', 'awk', '', '65536'],
    ['come out as they are printed where live is said to be false', 'awk', 'live => false', ''],
    ['come out as they are printed of any other program', 'env awk', '', ''],
  ])('%s', async (_what, awk, more, size) => {
    const command = `$$${awk} '{ print ENVIRON["_STDBUF_O"] }'$$`;
    const query = `FROM (SELECT 1 AS n) |> SHELL ${command} READS (n) WRITES (size TEXT) AS MAP ${more}`;
    expect(await rowsOf(`${query} |> SELECT size`)).toEqual([[size]]);
  });
});

describe('rows that never end', () => {
  test('come out of a command one by one', async () => {
    const file = join(temporaryFolder(), 'a.log');
    writeFileSync(file, 'one\ntwo\n');
    const stop = new AbortController();
    // Without its being live, grep would hold both until it has 4 KiB of them.
    const run = rowsOf(
      `FROM tail('${file}', start => 'earliest') |> SHELL 'grep -v x | sed s/o/0/' READS (line) WRITES (y TEXT)`,
      {
        signal: stop.signal,
        seen: (rows) => void (rows === 2 && stop.abort(new Error('seen'))),
      },
    );
    await expect(run).rejects.toThrow('seen');
  });

  test('are said to in EXPLAIN, and only there', async () => {
    const shown = async (query: string): Promise<string> => {
      const lines: string[] = [];
      const engine = new Engine();
      const taker = { start: () => undefined, batch: () => undefined, end: () => undefined };
      await engine.run(
        { name: 'q', text: `EXPLAIN ${query}` },
        { taker, text: (_t, given) => void lines.push(...given) },
      );
      return lines.find((line) => line.includes('Shell'))!;
    };
    const file = join(temporaryFolder(), 'a.log');
    writeFileSync(file, '');
    const live = 'prints each line at once (stdbuf -oL)';
    expect(await shown(`FROM tail('${file}') |> SHELL 'grep x' AS FILTER`)).toContain(live);
    expect(
      await shown(`FROM tail('${file}') |> SHELL 'grep --line-buffered x' AS FILTER FLUSHES RECORD`),
    ).not.toContain(live);
    expect(await shown(`FROM tail('${file}') |> SHELL 'grep x' AS FILTER live => false`)).not.toContain(live);
    expect(await shown(`FROM read_lines('${file}') |> SHELL 'grep x' AS FILTER`)).not.toContain(live);
    expect(await shown(`FROM read_lines('${file}') |> SHELL 'grep x' AS FILTER live => true`)).toContain(live);
  });
});
