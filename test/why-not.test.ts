// What EXPLAIN says of laws that did not apply: what is missing, what it would gain, and the line that tries it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { diffOf } from '../src/plan/diff.ts';
import { catalog } from '../src/rewrite/catalog.ts';
import { passing } from '../src/rewrite/estimate.ts';
import { abs, call, eq } from '../src/rewrite/examples.ts';
import { rewrite } from '../src/rewrite/rewrite.ts';
import { shell as inShell, ssql, temporaryFolder } from './support/cli.ts';

const aboutCommands = catalog.filter((rule) => rule.command !== undefined);

describe.each(aboutCommands)('$id', (rule) => {
  test('says what it would gain', () => {
    expect(rule.gain).toMatch(/^[a-z]/);
  });

  test.each(rule.needs)('is refused, with the word, unless $name', ({ brokenBy, word }) => {
    const only = [rule.id, ...(rule.prepares === undefined ? [] : [rule.prepares])];
    const { steps } = rewrite(brokenBy.plan, {
      pushdown: true,
      canPush: () => false,
      canChoose: () => true,
      isKnown: () => true,
      only,
    });
    const step = steps.find((s) => s.rule === rule.id && s.refused !== undefined);
    expect(step?.gain).toContain(rule.gain);
    if (word !== undefined) expect(step?.missing).toContain(word);
  });
});

const script = (clauses: string) =>
  `FROM (SELECT line AS x, 1 AS k FROM read_lines('in.txt'))
   |> SHELL $$cut -c1; echo 'it''s' > /dev/null$$ READS (x) WRITES (y TEXT) ${clauses} |> WHERE k = length(x)`;

/** A folder with `in.txt` and scripts. */
function folder(scripts: Readonly<Record<string, string>>): string {
  const at = temporaryFolder();
  writeFileSync(join(at, 'in.txt'), 'ab\nc\nc\n');
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(at, name), text);
  return at;
}

test('the line that tries it runs, as it is', () => {
  const cwd = folder({ 'q.ssql': script('EMITS ONE') });
  const { out } = ssql(['explain', '--why-not', 'q.ssql'], { cwd });
  expect(out).toMatch(/refused F1 for Filter k = length\(x\): .*SCOPE RECORD, DETERMINISTIC, EFFECTS NONE \(AS MAP/);
  expect(out).toMatch(
    /\n {4}it would gain: fewer rows are sent to the command \(a guess: 90 % fewer\)\n {4}to try it: ssql/,
  );
  const [, line] = /to try it: (ssql verify .*)/.exec(out)!;
  const tried = inShell(`${line!} `, cwd);
  expect([tried.code, tried.out]).toEqual([0, expect.stringMatching(/SCOPE RECORD \(declared\): no violation in 500/)]);
  expect(out.match(/to try it/g)).toHaveLength(1);
});

const pure = 'DETERMINISTIC EFFECTS NONE';
test.each([
  [`perl -pe 1`, `WRITES (y TEXT) ${pure} PARALLEL 2`, `COMBINE WITH 'perl -pe 1'`],
  [`perl -ne 'END { print $., chr(10) }'`, `WRITES (n INTEGER) ${pure} PARALLEL 2`, `COMBINE WITH 'sum'`],
  [`perl -e 'chomp(@l = <>); print $_, chr(10) for sort @l'`, 'WRITES (y TEXT) |> ORDER BY y', 'SORTED BY (y)'],
])('a promise with an argument is tried with one that may fit: %s', (command, clauses, words) => {
  const cwd = folder({ 'q.ssql': `FROM read_lines('in.txt') |> SHELL $$${command}$$ ${clauses}` });
  const { out } = ssql(['explain', '--why-not', 'q.ssql'], { cwd });
  const line = /to try it: (ssql verify .*(COMBINE|SORTED).*)/.exec(out)?.[1];
  const tried = inShell(`${line!} `, cwd);
  expect([tried.code, tried.out]).toEqual([0, expect.stringContaining(`${words} (declared): no violation in `)]);
});

test('with --analyze the gain is measured', () => {
  const cwd = folder({ 'q.ssql': script('EMITS ONE') });
  const { out } = ssql(['explain', '--analyze', '--why-not', 'q.ssql'], { cwd });
  expect(out).toMatch(
    /measured: Shell .* worked for .*s on 3 rows; Filter k = length\(x\) drops 33 % of what it gives, /,
  );
});

describe('with --analyze the gain of each law is measured', () => {
  const times = '(no difference|[\\d.]+ times as (fast|slow)) \\([\\d.]+ ms with it, [\\d.]+ ms without\\)';
  const rows = Array.from({ length: 3000 }, (_, i) => `v${i % 50}\n`).join('');
  const measured = (clauses: string, ...more: readonly string[]) => {
    const cwd = folder({ 'in.txt': rows, 'q.ssql': script(clauses) });
    return ssql(['explain', '--analyze', '--why-not', ...more, 'q.ssql'], { cwd }).out;
  };

  test('where it applied', () => {
    const out = measured('AS MAP');
    expect(out).toContain('Gains, on at most 20,000 rows of each source:\n');
    for (const rule of ['F1', 'K1']) expect(out).toMatch(new RegExp(`  applied ${rule} for .*: ${times}\n`));
  });

  test('where it was refused: as if the missing words were declared, and kept from effects', () => {
    const out = measured('EMITS ONE');
    expect(out).toMatch(new RegExp(`  refused F1 for Filter k = length\\(x\\): (${times}|not measured: .*bwrap.*)\n`));
    expect(out).toMatch(/it would gain: .* \(how much is not estimated\)\n/);
  });

  test('of laws about sources: on all rows', () => {
    const cwd = folder({});
    const db = new Database(join(cwd, 'd.db'));
    db.exec(
      `CREATE TABLE t (n INTEGER, x TEXT);
       INSERT INTO t SELECT value, 'v' || value % 50 FROM json_each('[' || substr(replace(hex(zeroblob(5000)), '00', ',1'), 2) || ']')`,
    );
    db.close();
    const told = (sql: string) =>
      ssql(['explain', '--analyze', '--why-not', '--db', `d=${cwd}/d.db`, '-c', sql], { cwd }).out;
    const all = times.replace('without', 'without, all rows');
    expect(told(`SELECT x FROM d.t WHERE n > 5`)).toMatch(new RegExp(`  applied Q1 for Filter n > 5: ${all}\n`));
    expect(told(`SELECT n, count(*) FROM d.t GROUP BY n`)).toMatch(new RegExp(`  applied Q2 for .*: ${all}\n`));
    expect(told(`FROM d.t |> SHELL 'grep 4' READS (x) AS FILTER`)).toMatch(new RegExp(`  applied K2 for .*: ${all}\n`));
  });

  test('not in JSON', () => {
    expect(() => void JSON.parse(measured('AS MAP', '--format', 'json'))).not.toThrow();
  });
});

test('what stands in the way of the database has a name', () => {
  const cwd = folder({});
  new Database(join(cwd, 'd.db')).exec('CREATE TABLE t (name TEXT, city TEXT)').close();
  const query = `SELECT city, count(*) FROM d.t WHERE printf('%s', name) > 'x' GROUP BY city`;
  const { out } = ssql(['explain', '--why-not', '--db', `d=${cwd}/d.db`, '-c', query], { cwd });
  expect(out).toMatch(/refused Q1 for Filter printf.*: the source has no way to give our answer to printf/);
  expect(out).toMatch(/refused Q2 for Aggregate .*: only if the source runs all of it with our meaning/);
});

test('explain --diff', () => {
  const cwd = folder({ 'a.ssql': script('EMITS ONE'), 'b.ssql': script('AS MAP') });
  const { out, code } = ssql(['explain', '--diff', 'a.ssql', 'b.ssql'], { cwd });
  expect(code).toBe(0);
  expect(out).toMatch(/^ {2}Output x, k, y$/m);
  expect(out).toMatch(/^- .*Shell .* {2}EMITS ONE;/m);
  expect(out).toMatch(/^\+ .*Shell .* {2}SCOPE RECORD, EMITS ONE/m);
  expect(ssql(['explain', '--diff', 'a.ssql', 'a.ssql'], { cwd }).out).not.toMatch(/^[-+~]/m);
  expect(ssql(['explain', '--diff', 'a.ssql'], { cwd }).code).toBe(2);
});

test('lines that moved are told from those that are new', () => {
  expect(diffOf(['a', '└─ b', '   └─ c'], ['a', '└─ c', '   ├─ b', '   └─ d'])).toEqual([
    '  a',
    '  └─ c',
    '~    ├─ b',
    '+    └─ d',
  ]);
  expect(diffOf([], ['x'])).toEqual(['+ x']);
  expect(diffOf(['x', 'y'], ['y'])).toEqual(['- x', '  y']);
});

test('a guess of how many rows pass', () => {
  const one = eq('x', 'a');
  expect(passing(one)).toBe(0.1);
  expect(passing(call('and', one, one))).toBeCloseTo(0.01);
  expect(passing(call('or', one, call('<', one)))).toBeCloseTo(0.4);
  expect(passing(call('not', one))).toBe(0.9);
  expect(passing(abs(one))).toBe(0.5);
});
