// `ssql verify` finds false promises, and what is false only on the live data stops the query before a row is written.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import type { LockedTools } from '../src/contract/certificate.ts';
import { connect } from '../src/index.ts';
import { ssql, temporaryFolder } from './support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-verify-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const script = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const log = script('log.txt', 'b\nb\na\nc\n');
const from = `FROM read_lines('${log}')`;

describe('ssql verify', () => {
  test('exits with 4 and a line of shell that shows what is wrong', () => {
    const file = script('false.ssql', `${from} |> SHELL 'uniq' AS FILTER;`);
    const { code, out } = ssql(['verify', '--cases', '60', file]);
    expect(code).toBe(4);
    expect(out).toMatch(
      /SCOPE RECORD \(declared\): VIOLATED, what it prints for a line depends on the lines around it/,
    );
    expect(out).toMatch(/ {4}printf '(.*)\\n\1\\n' \| uniq +prints \[.*\]\n/);
    expect(out).toMatch(/FILTERS \(declared\): no violation in 60 cases: failure rate < 5 %/);
    expect(out).not.toContain('proved');
  });

  test('exits with 0 where nothing is found, and keeps a certificate that SET trust = verified relies on', () => {
    const file = script('true.ssql', `${from} |> ORDER BY line |> SHELL 'sort -r' |> LIMIT 2;`);
    const explained = () => ssql(['explain', '--set', 'trust=verified', file]).out;
    expect(explained()).not.toContain('applied T2');
    const { code, out } = ssql(['verify', '--cases', '40', '--lock', join(folder, 'ssql.lock'), file]);
    expect([code, out]).toEqual([0, expect.stringContaining('ORDER FREE (inferred): no violation in 10 cases')]);
    expect(explained()).toMatch(/verified ORDER FREE/);
    expect(explained()).toContain('applied T2');
    const lock = JSON.parse(readFileSync(join(folder, 'ssql.lock'), 'utf8')) as {
      readonly commands: Readonly<Record<string, { readonly tools: LockedTools }>>;
    };
    const sort = Object.values(lock.commands).flatMap(({ tools }) => tools['sort'] ?? [])[0];
    expect(sort!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect([sort!.path, sort!.version]).toEqual([
      expect.stringMatching(/\/sort$/),
      expect.stringMatching(/^sort \(GNU/),
    ]);
  });

  test('a promise that was found false is quarantined: no law relies on it', () => {
    const command = "awk '$0 != last { print } { last = $0 }'";
    const file = script('quarantine.ssql', `${from} |> SHELL $c$${command}$c$ AS FILTER |> WHERE line = 'a';`);
    expect(ssql(['explain', file]).out).toContain('applied F1');
    expect(ssql(['verify', '--cases', '60', file]).code).toBe(4);
    const { out } = ssql(['explain', file]);
    expect(out).toContain('quarantined SCOPE RECORD');
    expect(out).not.toContain('applied F1');
  });

  test('a certificate does not count for another program of that name, or with other variables', () => {
    const bin = join(temporaryFolder(), 'bin');
    mkdirSync(bin);
    const tool = (text: string) => writeFileSync(join(bin, 'mysort'), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env['PATH']}` };
    const query = (more = '') =>
      `${from} |> ORDER BY line |> SHELL 'mysort' ORDER FREE DETERMINISTIC EFFECTS NONE ${more} |> LIMIT 2;`;
    const file = join(bin, 'q.ssql');
    const explained = (more?: string) => {
      writeFileSync(file, query(more));
      return ssql(['explain', '--set', 'trust=verified', file], { env }).out;
    };
    tool('exec sort');
    expect(explained()).not.toMatch(/applied T2|ssql.lock/);
    expect(ssql(['verify', '--cases', '40', file], { env }).code).toBe(0);
    expect(explained()).toMatch(/applied T2/);
    tool('exec cat');
    const changed = explained();
    expect(changed).not.toContain('applied T2');
    expect(changed).toMatch(
      /ssql.lock: the certificates of 'mysort' do not count, mysort is not the one .*sha256 was [0-9a-f]{12}, and is [0-9a-f]{12} now; ssql verify/,
    );
    tool('exec sort');
    expect(explained()).toMatch(/applied T2/);
    expect(explained(`ENV (A = 'b')`)).toMatch(/'mysort' do not count, it was tried with other variables/);
    expect(explained()).not.toContain('ssql.lock');
  });

  test('what could be declared, ranked by what it would gain; on the real rows, too', () => {
    const file = script('undeclared.ssql', `${from} |> ORDER BY line |> SHELL 'perl -ne "END { print qq($.\\n) }"';`);
    const { code, out } = ssql(['verify', '--suggest', '--cases', '40', '--sample', 'source', file]);
    expect([code, out]).toEqual([0, expect.stringMatching(/suggested: ORDER FREE .*would let T2 apply/)]);
    expect(out).not.toMatch(/suggested: AS /);
    expect(out).toMatch(/ {2}held, too, but no law waits for it here: .*TOTAL/);
  });

  test('on the real rows it is measured what a row takes, and which of two filters goes first is up to that', () => {
    const filters = ['perl -ne "print"', 'perl -ne "print if /^z/"'].map((c) => `|> SHELL '${c}' AS FILTER TOTAL`);
    const at = temporaryFolder();
    writeFileSync(join(at, 'in.txt'), Array.from({ length: 500 }, (_, i) => `v${i}\n`).join(''));
    writeFileSync(join(at, 'q.ssql'), `FROM read_lines('in.txt') ${filters.join(' ')};`);
    expect(ssql(['explain', 'q.ssql'], { cwd: at }).out).not.toContain('applied X1');
    expect(ssql(['verify', '--cases', '20', '--sample', 'source', 'q.ssql'], { cwd: at }).code).toBe(0);
    const out = ssql(['explain', 'q.ssql'], { cwd: at }).out;
    expect(out).toMatch(/applied X1 .* us a row \(measured\), 0 % pass \(measured\).* 100 % pass \(measured\)/);
  });

  test('that its lines are sorted is tried, too', () => {
    const file = script(
      'sorts.ssql',
      `${from} |> SHELL $$perl -e 'chomp(@l = <>); print $_, chr(10) for sort @l'$$ WRITES (y TEXT) |> ORDER BY y;`,
    );
    const { code, out } = ssql(['verify', '--suggest', '--cases', '40', file]);
    expect([code, out]).toEqual([0, expect.stringMatching(/suggested: SORTED BY \(y\) .*would let T3 apply/)]);
  });

  test('what a command would have written while it was kept from it is no EFFECTS NONE', () => {
    for (const at of [join(tmpdir(), 'never-there'), '/never-there']) {
      const query = `${from} |> SHELL 'tee ${at} | perl -ne print' WRITES (x TEXT) |> LIMIT 1`;
      const { out } = ssql(['verify', '--suggest', '--cases', '40', '-c', query]);
      expect(out).not.toMatch(/AS (FILTER|MAP|FLATMAP)|EFFECTS NONE/);
      expect(existsSync(at)).toBe(false);
    }
  });

  test('a command that may have effects is kept from having them, or not run', () => {
    const seen = join(folder, 'seen');
    const { out } = ssql(['verify', '--cases', '20', '-c', `${from} |> SHELL 'tee ${seen}' WRITES (x TEXT) EMITS ONE`]);
    expect(out).toMatch(/not run: it may have effects|EMITS ONE/);
    expect(() => readFileSync(seen)).toThrow('ENOENT');
  });

  test('a command that another one is said to commute with is looked up', () => {
    const create = `CREATE COMMAND upper AS 'tr a-z A-Z' WRITES (line TEXT) AS MAP;`;
    const say = (command: string) =>
      ssql([
        'verify',
        '--cases',
        '80',
        '-c',
        `${create} ${from} |> SHELL '${command}' AS FILTER COMMUTES WITH (upper)`,
      ]);
    const [no, yes] = [say('grep -a A'), say('grep -a 1')];
    expect([no.code, no.out]).toEqual([4, expect.stringMatching(/upper before it gives something else/)]);
    expect([yes.code, yes.out]).toEqual([0, expect.stringMatching(/COMMUTES WITH \(upper\) .*no violation in 40/)]);
  });

  test('from the library', async () => {
    const session = await connect();
    const [found] = await session.verify(`${from} |> SHELL 'nl' WRITES (x TEXT) AS MAP`, { cases: 40 });
    expect(found!.verdicts.filter(({ witness }) => witness).map(({ words }) => words)).toContain('SCOPE RECORD');
    await session.close();
  });
});

describe('false on the live data only', () => {
  test.each([
    [
      'a MAP that swallows one row in 100,000',
      `awk '$1 != "r70001" { print $1 }' #`,
      'WRITES (x TEXT) AS MAP',
      /declared EMITS ONE, but [\d,]+ rows went in and [\d,]+ came out/,
    ],
    [
      'a MAP that makes up a row',
      `awk '{ print $1 } $1 == "r70001" { print 0 }' #`,
      'WRITES (x TEXT) AS MAP',
      /more than that came out/,
    ],
    ['a FILTER that changes a row', `awk '$1 == "r70001" { $1 = "z" } 1' #`, 'AS FILTER', /a line it was not given/],
  ])('%s stops the query, and no row is in the table', (_why, command, declared, message) => {
    const file = join(temporaryFolder(), 'o.db');
    const db = new Database(file);
    db.exec('CREATE TABLE t (k INTEGER, x TEXT)');
    // What the command promises is used: the filter goes below it.
    const sql = `INSERT INTO o.t SELECT n, x FROM (SELECT n, 'r' || n AS x FROM generate(rows => 120000))
      |> SHELL $c$${command}$c$ READS (x) ${declared} |> WHERE n > 0`;
    const { code, err } = ssql(['--db', `o=${file}`, '-c', sql]);
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
    db.close();
  });
});
