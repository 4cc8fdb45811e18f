// `ssql probe` on real commands: what it sees of them, what it suggests, and that it leaves nothing behind.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { probe, type ProbeOptions } from '../src/probe/probe.ts';
import { supervisor } from '../src/process/supervisor.ts';
import { processesWith, ssql, temporaryFolder } from './support/cli.ts';

afterAll(() => supervisor.closeAll());

/** Patient enough for a machine that does much else. */
const patient: ProbeOptions = { budget: 60_000 };

/** What is suggested, without the estimates, which depend on the machine. */
async function suggested(command: string, options: ProbeOptions = {}): Promise<string> {
  const found = await probe(command, { ...patient, ...options });
  const clauses = found.suggested.filter((clause) => !/^(STARTUP|COST)/.test(clause));
  return [...clauses, ...(found.profile ? [`= AS ${found.profile.name}`] : [])].join(' ');
}

describe.concurrent('what is suggested', () => {
  test.each<[command: string, expected: string]>([
    ['tr a-z A-Z', 'SCOPE RECORD EMITS ONE DETERMINISTIC = AS MAP'],
    ['grep -v apple', 'SCOPE RECORD FILTERS DETERMINISTIC EXIT OK (0, 1) = AS FILTER'],
    [`tr ' ' '\\n'`, 'SCOPE RECORD EMITS 1..N DETERMINISTIC = AS FLATMAP'],
    [`sed -n 's/apple/fruit/p'`, 'SCOPE RECORD EMITS 0..1 DETERMINISTIC = AS FLATMAP'],
    ['sort', 'DETERMINISTIC ORDER FREE = AS SORT'],
    ['wc -l', 'DETERMINISTIC ORDER FREE'],
    ['uniq', 'FILTERS DETERMINISTIC'],
    ['head -n 3', 'FILTERS DETERMINISTIC ONLINE FLUSHES RECORD'],
    ['cat -n', 'DETERMINISTIC ONLINE FLUSHES RECORD'],
    ['date +%N', 'VOLATILE'],
    [`gawk '{ print }'`, 'SCOPE RECORD EMITS ONE DETERMINISTIC = AS MAP'],
    [
      `gawk '{ print toupper($0); fflush() }'`,
      `SCOPE RECORD EMITS ONE DETERMINISTIC ONLINE FLUSHES RECORD MODE DAEMON MARKER '--end--' REPLY '--END--' = AS MAP`,
    ],
    ['exit 3', ''],
    ['no-such-program-anywhere', ''],
  ])('%s', async (command, expected) => {
    expect(await suggested(command)).toBe(expected);
  });

  test('of a command that wants lines of its own kind', async () => {
    const found = await probe('jq -c .id', patient);
    expect([found.sample.name, found.findings.counts?.equal]).toEqual(['some JSON objects', true]);
  });

  test('with a sample, and a marker', async () => {
    const marker = { send: 'print "end\\n"', reply: 'end' };
    const words = await suggested('bc', { sample: ['1+2', '3*4', '2^70', '1+2', '7%4'], marker });
    expect(words).toContain(
      `EMITS ONE DETERMINISTIC ONLINE FLUSHES RECORD MODE DAEMON MARKER 'print "end\\n"' REPLY 'end'`,
    );
  });
});

describe.concurrent('what is told', () => {
  test('why a command could not be a daemon', async () => {
    const { findings, notes } = await probe(`gawk '{ print }'`, patient);
    expect(findings.whyNoMarker).toBe('it prints nothing before its input ends, so it would never answer');
    expect([findings.streams?.share, findings.streamsLive]).toEqual(['none', 'all']);
    expect(notes.join()).toContain('stdbuf -oL');
  });

  test('that a command ends early', async () => {
    const { findings } = await probe('head -n 3', patient);
    expect(findings).toMatchObject({ stopsEarly: true, whyNoMarker: 'it ends before its input does' });
  });

  test('how it fails', async () => {
    const { findings, notes } = await probe('echo no such key >&2; exit 3', patient);
    expect([findings.exit, findings.empty.exit]).toEqual([3, 3]);
    expect(notes).toEqual([expect.stringContaining('--sample FILE'), 'stderr: no such key']);
  });
});

describe.concurrent('bounds', () => {
  test.each([
    ['never ends', 'sleep 86399'],
    ['never stops printing', 'yes 86399'],
    ['ignores TERM', `trap '' TERM; while :; do sleep 86399; done`],
    ['leaves something behind', 'cat; sleep 86399 &'],
  ])('a command that %s', async (_what, command) => {
    const mark = `probe-${process.pid}-${command.length}`;
    const found = await probe(`: ${mark}; ${command}`, { budget: 1500 });
    expect(found.runs).toBeLessThan(20);
    expect(processesWith(mark)).toEqual([]);
  });
});

describe('the command line', () => {
  test('prints what was found, for people and as JSON', () => {
    const text = ssql(['probe', 'grep -v apple', '--timeout', '60s']);
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toContain('suggested, not proven:\n  SCOPE RECORD FILTERS DETERMINISTIC EXIT OK (0, 1)');
    expect(text.out).toContain('AS FILTER says as much, and EFFECTS NONE, which no probe can see');
    const sample = join(temporaryFolder(), 'lines.txt');
    writeFileSync(sample, 'a\nb\nc');
    const json = ssql(['probe', 'cat', '--sample', sample, '--format', 'json', '--timeout', '60s']);
    expect(JSON.parse(json.out)).toMatchObject({
      command: 'cat',
      sample: { lines: 3 },
      findings: { linesIn: 3, linesOut: 3, exit: 0, marker: { send: '--end--', reply: '--end--' } },
    });
  });

  test.each<[what: string, args: readonly string[], code: number, said: string]>([
    ['a command that fails', ['exit 3'], 1, 'exit status 3 on the sample'],
    ['no command', [], 2, 'Not enough non-option arguments'],
    ['a reply to nothing', ['cat', '--reply', 'x'], 2, '--reply needs --marker'],
    ['a time that is none', ['cat', '--timeout', 'soon'], 2, "not 'soon'"],
    ['a sample that is not there', ['cat', '--sample', 'no/such/file'], 3, 'cannot read the sample'],
    ['--help', ['--help'], 0, 'does not prove it'],
  ])('%s', (_what, args, code, said) => {
    const ended = ssql(['probe', ...args]);
    expect([ended.code, ended.out + ended.err]).toEqual([code, expect.stringContaining(said)]);
  });
});
