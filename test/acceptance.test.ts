// Real logs and a real database that are not part of the project. Where they are missing, the tests say so.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { hasShared, shell, SHARED, ssql, temporaryFolder } from './support/cli.ts';

const log = join(SHARED, 'apache_access.log');
const title = hasShared ? 'on real data' : 'on real data: SKIPPED (no ../shared/data)';

const ACCESS = `CREATE SOURCE access (ip TEXT, t TEXT, request TEXT, status INTEGER)
  WITH (connector='file', path='${log}', format='regex',
        pattern='^(?<ip>\\S+) \\S+ \\S+ \\[(?<t>[^\\]]+)\\] "(?<request>(?:[^"\\\\]|\\\\.)*)" (?<status>\\d+)');\n`;

describe.runIf(hasShared)(title, () => {
  test('a SHELL filter and count equals grep -cE', () => {
    const ours = ssql([
      '--mode',
      'csv',
      '-c',
      `FROM read_lines('${log}') |> SHELL 'grep -E " (404|500) "' AS FILTER |> AGGREGATE count(*) AS n`,
    ]);
    expect(ours).toMatchObject({ code: 0 });
    expect(ours.out).toBe(`n\n${shell(`grep -cE ' (404|500) ' '${log}'`).out}`);
  });

  test('a regex source gives the counts per status and per day that awk gives', () => {
    const count = (sql: string) =>
      ssql(['--mode', 'csv', '-c', ACCESS + sql])
        .out.trim()
        .split('\n')
        .slice(1)
        .sort();
    const awk = (program: string) => shell(`LC_ALL=C awk '${program}' '${log}'`).out.trim().split('\n').sort();
    expect(count('SELECT status, count(*) FROM access GROUP BY status')).toEqual(
      awk('{ match($0, /" [0-9][0-9][0-9] /); c[substr($0, RSTART + 2, 3)]++ } END { for (s in c) print s "," c[s] }'),
    );
    expect(count('SELECT substr(t, 1, 11) AS day, count(*) FROM access GROUP BY day')).toEqual(
      awk('{ c[substr($4, 2, 11)]++ } END { for (d in c) print d "," c[d] }'),
    );
  });

  test('results are appended to a table of an existing database, and nothing else of it changes', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'chinook.sqlite');
    copyFileSync(join(SHARED, 'chinook.sqlite'), file);
    expect(shell(`sqlite3 '${file}' 'CREATE TABLE hits (status INTEGER NOT NULL, n INTEGER NOT NULL)'`).code).toBe(0);
    const dump = () => {
      const db = new Database(file, { readonly: true });
      const names = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'hits' ORDER BY name")
        .pluck()
        .all() as string[];
      const content = names.map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).raw().all()]);
      const check = db.pragma('integrity_check', { simple: true });
      db.close();
      return { content, check };
    };
    const before = dump();
    const run = ssql([
      '--db',
      `music=${file}`,
      '-c',
      `${ACCESS}INSERT INTO music.hits SELECT status, count(*) FROM access GROUP BY status`,
    ]);
    expect([run.code, run.err]).toEqual([0, run.err]);
    expect(dump()).toEqual(before);
    expect(before.check).toBe('ok');
    const db = new Database(file, { readonly: true });
    const rows = db.prepare('SELECT status, n FROM hits ORDER BY status').raw().all() as number[][];
    db.close();
    expect(rows.reduce((sum, [, n]) => sum + n!, 0)).toBe(10_000);
    // A stream of the log joined with a table: genres stand in for codes by their number.
    const join_ = ssql([
      '--mode',
      'csv',
      '--db',
      `music=${file}`,
      '-c',
      `${ACCESS}SELECT g.Name AS name, count(*) AS n FROM (SELECT status % 25 + 1 AS id FROM access) a JOIN music.Genre g ON g.GenreId = a.id GROUP BY g.Name ORDER BY name`,
    ]);
    const genres = new Map<string, number>();
    const music = new Database(file, { readonly: true });
    for (const [status, n] of rows) {
      const name = music
        .prepare('SELECT Name FROM Genre WHERE GenreId = ?')
        .pluck()
        .get(BigInt((status! % 25) + 1)) as string;
      genres.set(name, (genres.get(name) ?? 0) + n!);
    }
    music.close();
    expect(join_.out.trim().split('\n').slice(1)).toEqual(
      [...genres]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, n]) => `${name.includes(',') ? `"${name}"` : name},${n}`),
    );
  });

  test('the data folder is as it was', () => {
    expect(readFileSync(join(SHARED, 'chinook.sqlite')).length).toBe(1_007_616);
  });
});

describe('the query of the design', () => {
  const folderSql = (
    words: string,
  ) => `FROM (SELECT split_part(line, ' ', 1) AS ip, CAST(split_part(line, ' ', 9) AS INTEGER) AS status FROM read_lines('dist/samples/access.log'))
    |> SHELL $$sed -E 's/^10[.]([0-9]+)[.].*/net-\\1/'$$ READS (ip) WRITES (net TEXT) ${words}
    |> WHERE status >= 500 AND net <> 'net-7' |> AGGREGATE count(*) AS n, count(DISTINCT net) AS nets`;

  test('the filter on a carried column goes below the command, the one on its output stays', () => {
    const { out } = ssql(['explain', '-c', folderSql('AS MAP')]);
    const at = (text: string) => out.split('\n').findIndex((l) => l.includes(text));
    expect(at('Filter net')).toBeLessThan(at("Shell 'sed"));
    expect(at('status >= 500')).toBeGreaterThan(at("Shell 'sed"));
  });

  test('same rows with and without the optimizer', () => {
    const run = (...more: string[]) => ssql(['--mode', 'csv', ...more, '-c', folderSql('AS MAP')]);
    expect(run()).toMatchObject({ code: 0, out: expect.stringMatching(/^n,nets\n\d+,\d+\n$/) as string });
    expect(run().out).toBe(run('--set', 'optimizer=off').out);
  });

  test('--why-not names the word that is missing', () => {
    const { code, err } = ssql(['explain', '--why-not', '-c', folderSql('')]);
    // Undeclared, nothing is carried: status is gone behind the command, and the message says which word keeps it.
    expect([code, err]).toEqual([3, expect.stringContaining('AS MAP')]);
    const { out } = ssql(['explain', '--why-not', '--set', 'trust=declared', '-c', folderSql('EMITS ONE')]);
    expect(out).toMatch(/refused F1[\s\S]*SCOPE RECORD[\s\S]*AS MAP/);
  });
});
