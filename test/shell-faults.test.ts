// What commands do wrong, each with a real command. After each case nothing of it may be left: no process (whatever it
// did to get away), no descriptor, no folder. Cases run by our own children, and by the shell host.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunError } from '../src/base/errors.ts';
import { supervisor } from '../src/process/supervisor.ts';
import { ShellRun } from '../src/run/operators/shell-run.ts';
import { Sender } from '../src/run/operators/shell-sender.ts';
import { ssql } from './support/cli.ts';
import { commandsOf, descriptors, nothing } from './support/leaks.ts';
import { lastRows } from './support/scripts.ts';
import { harness, map, schemaOf, shell } from './support/shell-plans.ts';

const N = 20_000;
let folder: string;
let before: Readonly<Record<string, number>>;
const oldTmp = process.env['TMPDIR'];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssql-faults-'));
  mkdirSync(join(folder, 'tmp'));
  process.env['TMPDIR'] = join(folder, 'tmp');
  writeFileSync(join(folder, 'lines'), Array.from({ length: N }, (_, i) => `${i + 1} line\n`).join(''));
  writeFileSync(join(folder, '.bashrc'), 'echo noise\n');
});
afterAll(async () => {
  await supervisor.closeAll();
  if (oldTmp === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = oldTmp;
  const left = readdirSync(join(folder, 'tmp'));
  rmSync(folder, { recursive: true });
  expect(left).toEqual([]);
});

interface Fault {
  readonly what: string;
  /** A query over `lines`, a source of N lines that is not handed to the command as a file. */
  readonly query: string;
  /** Its rows, or how its error reads (code, message, notes). */
  readonly gives: readonly (readonly unknown[])[] | RegExp;
  readonly settings?: Readonly<Record<string, string>>;
}

const count = '|> AGGREGATE count(*) AS n';
const rows = (n: number) => [[BigInt(n)]];

const faults: readonly Fault[] = [
  { what: 'exits 0 early', query: `FROM lines |> SHELL 'head -n 3' ${count}`, gives: rows(3) },
  {
    what: 'exits 0 early, although it treats each row by itself',
    query: `FROM lines |> SHELL 'head -n 3' WRITES (x TEXT) AS MAP ${count}`,
    gives: /^E0502 .*declared (EMITS ONE, but 20,000 rows went in and 3 came out|SCOPE RECORD, but it stopped reading)/,
  },
  {
    what: 'exits 1 at row k',
    query: `FROM lines |> SHELL 'awk "NR == 1000 { exit 1 } 1"; s=$?; echo broken >&2; exit $s' ${count}`,
    gives: /^E0501 .*exit status 1 .*\nstderr: broken/,
  },
  {
    what: 'is killed by a signal',
    query: `FROM lines |> SHELL 'read line; kill -s SEGV $$' ${count}`,
    gives: /^E0501 .*killed by SIGSEGV/,
  },
  { what: 'never reads, but ends', query: `FROM lines |> SHELL 'sleep 0.1' ${count}`, gives: rows(0) },
  {
    what: 'never reads, and does not end',
    query: `FROM lines |> SHELL 'sleep 1000' TIMEOUT '300 ms' ${count}`,
    gives: /^E0505 .*ran longer than its TIMEOUT of 300 ms/,
  },
  { what: 'never writes', query: `FROM lines |> SHELL 'cat >/dev/null' ${count}`, gives: rows(0) },
  {
    what: 'writes ten times its input',
    query: `FROM lines |> SHELL 'awk "{ for (i = 0; i < 10; i++) print }"' ${count}`,
    gives: rows(10 * N),
  },
  {
    what: 'writes a lot before it reads',
    query: `FROM lines |> SHELL 'seq 200000; cat' ${count}`,
    gives: rows(200_000 + N),
  },
  {
    what: 'writes one line of 100 MB',
    query: `FROM SHELL('head -c 100000000 /dev/zero | tr "\\0" x') |> SELECT length(line)`,
    gives: rows(100_000_000),
  },
  {
    what: 'writes a line that is too long',
    query: `FROM SHELL('head -c 3000000 /dev/zero | tr "\\0" x') |> SELECT length(line)`,
    gives: /^E0703 output of SHELL\('head .*line 1: the record is longer than 1000000 bytes/,
    settings: { max_record: '1000000' },
  },
  {
    what: 'writes NUL, bytes that are no UTF-8, CR and no final newline',
    query: `FROM SHELL('printf "a\\0b\\n\\377\\376\\nc\\r\\nlast"') |> SHELL 'od -An -v -tx1 | tr -d " \\n"'`,
    gives: [['6100620afffe0a630d0a6c6173740a']],
    settings: { optimizer: 'off' },
  },
  {
    what: 'floods stderr with 1 GB',
    query: `FROM lines |> SHELL 'cat; yes "$(printf %500s x)" | head -c 1000000000 >&2' STDERR IGNORE ${count}`,
    gives: rows(N),
  },
  {
    what: 'ignores TERM',
    query: `FROM lines |> SHELL 'trap "" TERM; while :; do sleep 0.05; done' TIMEOUT '200 ms' ${count}`,
    gives: /^E0505/,
    settings: { kill_grace: '200' },
  },
  {
    what: 'leaves a process that holds stdout',
    query: `FROM lines |> SHELL '(sleep 1000 &); cat' ${count}`,
    gives: /^E0501 .*a background process of the command still holds its output/,
  },
  {
    what: 'leaves a process in a session of its own',
    query: `FROM lines |> SHELL 'setsid sh -c "trap : TERM HUP; while :; do sleep 1000; done" >/dev/null 2>&1 </dev/null & cat' ${count}`,
    gives: rows(N),
  },
  {
    what: 'is nice to others',
    query: `FROM lines |> SHELL 'cat >/dev/null; nice' WRITES (n INTEGER) LIMITS (nice = 7)`,
    gives: rows(Math.max(7, getPriority())),
  },
  {
    what: 'writes to stderr, where that is a failure',
    query: `FROM lines |> SHELL 'cat; echo oops >&2' STDERR FAIL ${count}`,
    gives: /^E0501 .*it wrote to stderr, and STDERR FAIL is declared.*\nstderr: oops/,
  },
  {
    what: 'leaves 200 children',
    query: `FROM lines |> SHELL 'for i in $(seq 200); do sleep 1000 >/dev/null 2>&1 & done; cat' ${count}`,
    gives: rows(N),
  },
  {
    what: 'works with 200 children at a time',
    query: `FROM SHELL('seq 200 | xargs -P 200 -n 1 sh -c "sleep 0.2; echo \\$0"' WRITES (n INTEGER)) |> AGGREGATE count(DISTINCT n) AS n`,
    gives: rows(200),
  },
  {
    what: 'holds its output back',
    query: `FROM lines |> SHELL 'gawk "{ print }"' WRITES (x TEXT) EMITS ONE MODE DAEMON MARKER 'end' REPLY 'end' ${count}`,
    gives: /^E0505 .*did not answer the MARKER/,
  },
  {
    what: 'prints the reply to the marker by itself',
    query: `FROM lines |> SHELL 'awk "/^end$/ { print; fflush(); next } { print \\"end\\"; print; fflush() }"' WRITES (x TEXT) EMITS ONE MODE DAEMON MARKER 'end' REPLY 'end' ${count}`,
    gives: /^E0502 .*printed something that belongs to no answer/,
  },
  {
    what: 'gives other rows each time, where it only passes rows on',
    query: `FROM lines |> SHELL 'tac' AS FILTER ${count}`,
    gives: /^E0502 .*printed a line it was not given/,
  },
  {
    what: 'opens /dev/stdin',
    query: `FROM lines |> SHELL 'wc -l /dev/stdin | cut -d" " -f1' WRITES (n INTEGER)`,
    gives: rows(N),
  },
  {
    what: 'is a bash with a noisy ~/.bashrc',
    query: `FROM lines |> SHELL 'bash -c cat' ENV (HOME = '$FOLDER') ${count}`,
    gives: rows(N),
  },
  {
    what: 'runs out of the memory that it may have',
    query: `FROM lines |> SHELL 'python3 -c "x = bytearray(10 ** 9)"' LIMITS (memory = '300 MB') ${count}`,
    gives: /^E0501 .*exit status 1.*MemoryError.*it ran under limits: memory/s,
  },
  {
    what: 'is killed as the system does it for lack of memory',
    query: `FROM lines |> SHELL 'sh -c "kill -s KILL \\$\\$"; exit $?' ${count}`,
    gives: /^E0501 .*exit status 137 \(SIGKILL\).*more memory than there is/s,
  },
  {
    what: 'uses more processor time than it may',
    query: `FROM lines |> SHELL 'exec awk "BEGIN { while (1) i++ }"' LIMITS (cpu = '1 s') ${count}`,
    gives: /^E0501 .*SIGXCPU.*it ran under limits: cpu 1/s,
  },
  {
    what: 'writes a larger file than it may',
    query: `FROM lines |> SHELL 'cat >/dev/null; head -c 9000000 /dev/zero > "$FOLDER/big"' LIMITS (files = '1 MB') ${count}`,
    gives: /^E0501 .*SIGXFSZ/,
  },
  {
    what: 'opens more files than it may',
    query: `FROM lines |> SHELL 'cat >/dev/null; ulimit -n' WRITES (n INTEGER) LIMITS (nofile = 77)`,
    gives: rows(77),
  },
  {
    what: 'does nothing with its input',
    query: `FROM lines |> SHELL 'sleep 1000' ${count}`,
    gives: /^E0505 .*neither read, written nor computed for 300 ms/,
    settings: { stall_timeout: '300' },
  },
  {
    what: 'does not end when its rows do',
    query: `FROM lines |> SHELL 'cat >/dev/null; exec sleep 1000' WRITES (x TEXT) AS FLATMAP ${count}`,
    gives: /^E0505 .*it went on for 300 ms after the end of its input/,
    settings: { epoch_timeout: '300' },
  },
  {
    what: 'is slow, but does not stall',
    query: `FROM lines |> LIMIT 20 |> SHELL 'while read line; do sleep 0.1; echo $line; done' ${count}`,
    gives: rows(20),
    settings: { stall_timeout: '5000' },
  },
  {
    what: 'is not there, and is not tried again',
    query: `FROM lines |> SHELL 'echo x >> "$FOLDER/tries"; p=no-such-program; $p' WRITES (x TEXT) AS MAP ON ERROR RETRY 3 ${count}`,
    gives: /^E0501 .*exit status 127 \(command not found\)/,
  },
  {
    what: 'is no program, and is not tried again',
    query: `FROM lines |> SHELL 'echo x >> "$FOLDER/tries"; p=/etc/passwd; $p' WRITES (x TEXT) AS MAP ON ERROR RETRY 3 ${count}`,
    gives: /^E0501 .*exit status 126 \(not executable\)/,
  },
  {
    what: 'gets a variable that is too long',
    query: `FROM lines |> SHELL 'cat' ENV (big = '${'x'.repeat(140_000)}') ${count}`,
    gives: /^E0501 .*cannot be started: variable big has 140,004 bytes, and the system passes at most 131,071/,
  },
  {
    what: 'writes where it is, in a sandbox',
    query: `FROM lines |> SHELL 'wc -l > made; stat -c %a made; ls | tr -d "\\n"' SANDBOX LIMITS`,
    gives: [['600'], ['made']],
  },
  {
    what: 'writes elsewhere, in a bubble',
    query: `FROM lines |> SHELL 'cat >/dev/null; touch made && ls; touch "$FOLDER/tries"; touch /usr/escaped 2>/dev/null; echo $?' SANDBOX BWRAP`,
    gives: [['made'], ['1']],
  },
];

describe.each(['never', 'always'])('shell host: %s', (shell_host) => {
  beforeAll(async () => {
    // Guard and host live as long as we do.
    await lastRows(`FROM SHELL('echo a')`, { shell_host });
    before = descriptors();
  });

  test.each(faults)('a command that $what', async ({ query, gives, settings = {} }) => {
    const tries = join(folder, 'tries');
    rmSync(tries, { force: true });
    const timers = timersLeft();
    const text = `CREATE VIEW lines AS SELECT line FROM read_lines('${folder}/lines') WHERE line <> '';\n${query}`;
    // Where a law relies on what is known of `cat`, a command whose rows are only counted is not run at all.
    const all = { trust: 'declared', ...settings, shell_host };
    const result = await lastRows(text.replaceAll('$FOLDER', folder), all).catch(shown);
    if (gives instanceof RegExp) expect(result).toMatch(gives);
    else expect(result).toEqual(gives);
    if (query.includes('echo x >> ')) expect(readFileSync(tries, 'utf8')).toBe('x\n');
    else expect(existsSync(tries)).toBe(false);

    expect(await nothing(() => commandsOf(process.pid))).toEqual([]);
    expect(await nothing(() => timersLeft().slice(timers.length))).toEqual([]);
    expect(await nothing(() => unlike(before, descriptors()))).toEqual([]);
    // The folder of this process lives as long as it does; those in it are for one command.
    const scratch = readdirSync(join(folder, 'tmp'), { recursive: true, encoding: 'utf8' });
    expect(scratch.filter((name) => !/^ssql-run-\w+(\/host)?$/.test(name))).toEqual([]);
  });
});

test('a command that has ended long before its input does leaves no timer', async () => {
  const { context } = harness();
  const plan = shell('exit 0', { input: schemaOf('line'), contract: map, writes: schemaOf('x') });
  const run = new ShellRun(plan, context, new Sender(plan, schemaOf('line')));
  for await (const batch of run.batches()) expect(batch.length).toBe(0);
  const timers = timersLeft();
  run.endInput();
  expect(timersLeft()).toEqual(timers);
});

test('where there is no place for temporary files, commands are started by ourselves', () => {
  const args = ['--mode', 'csv', '--set', 'shell_host=always', '-c', `FROM SHELL('echo a')`];
  expect(ssql(args, { env: { TMPDIR: join(folder, 'no-such-folder') } })).toEqual({
    code: 0,
    out: 'line\na\n',
    err: '',
  });
});

function shown(error: unknown): string {
  if (!(error instanceof RunError)) throw error;
  const { code, message, notes = [] } = error.diagnostic;
  return [`${code} ${message}`, ...notes].join('\n');
}

/** Timers that keep this process from ending. */
const timersLeft = (): readonly string[] => process.getActiveResourcesInfo().filter((name) => name === 'Timeout');

/** Kinds of descriptors of which there are more than before. */
const unlike = (old: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>): readonly string[] =>
  Object.keys(now).filter((kind) => now[kind]! > (old[kind] ?? 0));
