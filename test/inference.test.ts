// What is known of a command is used as if it were declared, and never changes its columns or its rows.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { connect } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-inference-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'log.txt');
writeFileSync(file, 'b 1\na 2\na 2\nc 3\n');
const from = `FROM read_lines('${file}')`;

async function asked(sql: string, settings: Record<string, string> = {}) {
  const session = await connect({ settings });
  try {
    const { text } = await session.explain(sql);
    return { text, rows: (await session.rows(sql)).rows };
  } finally {
    await session.close();
  }
}

test.each<[trust: string, shown: RegExp]>([
  ['declared', /nothing declared; reads/],
  ['inferred', /nothing declared; inferred ORDER FREE, SORTED BY \(line\)/],
  ['verified', /nothing declared; inferred ORDER FREE/],
])('SET trust = %s', async (trust, shown) => {
  const { text, rows } = await asked(`${from} |> ORDER BY line DESC |> SHELL 'sort'`, { trust });
  expect(text).toMatch(shown);
  // T2 drops the sort below a command that does not care.
  expect(text.includes('applied T2')).toBe(trust === 'inferred');
  expect(rows).toEqual([['a 2'], ['a 2'], ['b 1'], ['c 3']]);
});

test('no column goes around a command that is not declared to give one line for each', async () => {
  const { rows } = await asked(
    `SELECT * FROM (SELECT 1 AS k, line FROM read_lines('${file}')) |> SHELL 'cut -c1' READS (line)`,
  );
  expect(rows).toEqual([['b'], ['a'], ['a'], ['c']]);
});

test('a declaration wins, and one that is not there is not made up by another', async () => {
  const { text } = await asked(
    `${from} |> SHELL 'cut -c1' READS (line) WRITES (c TEXT) EMITS ONE VOLATILE |> WHERE line > 'a'`,
  );
  expect(text).toMatch(/EMITS ONE, VOLATILE; inferred SCOPE RECORD, EFFECTS NONE, TOTAL/);
  expect(text).toMatch(/refused F1/);
});

test('that grep found nothing is no failure', async () => {
  for (const command of ['grep zzz$', 'grep "zz$"', 'grep -q zzz', 'grep -h zzz'])
    expect((await asked(`${from} |> SHELL '${command}'`)).rows).toEqual([]);
  expect((await asked(`${from} |> SHELL 'grep zzz'`)).rows).toEqual([]);
  await expect(asked(`${from} |> SHELL 'grep zzz'`, { trust: 'declared' })).rejects.toThrow('exit status 1');
});

test('what is known holds for text: a NUL byte is refused, and not lost', async () => {
  const sql = "FROM (VALUES ('ab'), ('a' || char(0))) AS t(x) |> SHELL 'grep a'";
  await expect(asked(sql)).rejects.toThrow(/row 2, column x, .*NUL byte/);
  expect((await asked(sql.replace('grep', 'grep -a'))).rows).toHaveLength(2);
});

test('variables that make tools behave otherwise end all knowledge', async () => {
  const { text } = await asked(`${from} |> SHELL 'sort' ENV (LC_ALL = 'en_US.UTF-8')`);
  expect(text).toMatch(/nothing declared; reads/);
});

test('what is known of a command holds in a process for each group', async () => {
  const sql = `FROM (SELECT substr(line, 1, 1) AS k, line FROM read_lines('${file}'))
    |> SHELL 'grep -v c' INPUT t PARTITION BY k READS (line) WRITES (l TEXT) |> WHERE k <> 'a' |> SELECT k, l`;
  const { text, rows } = await asked(sql);
  expect(text).toMatch(/applied F1/);
  // That grep finds nothing among the lines of c is no failure.
  expect(rows).toEqual([['b', 'b 1']]);
  expect((await asked(sql.replace('-v c', '-v z'), { trust: 'declared' })).text).toMatch(/refused F1/);
});

test('how the parts of a window make a whole is known', async () => {
  const sql = `FROM HOP((SELECT to_timestamp(length(line) + rowid) AS t, line FROM
      (SELECT line, row_number() OVER () AS rowid FROM read_lines('${file}'))), t, INTERVAL '1 second', INTERVAL '2 seconds')
    |> SHELL 'sort -u' READS (line) WRITES (l TEXT) SCOPE WINDOW |> SELECT l`;
  const [known, unknown] = [await asked(sql), await asked(sql, { trust: 'declared' })];
  expect(known.text).toMatch(/applied W4/);
  expect(unknown.text).toMatch(/refused W4/);
  expect(known.rows).toEqual(unknown.rows);
  expect(known.rows).toHaveLength(7);
});
