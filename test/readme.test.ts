// What README shows is run: its SQL, its command lines, its recipes, its JavaScript, and the plan it prints.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shell, ssql } from './support/cli.ts';

const readme = readFileSync('README.md', 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((m) => m[1]!);

const folder = mkdtempSync(join(tmpdir(), 'ssql-readme-'));
beforeAll(() => {
  execFileSync(process.execPath, [resolve('queries/make-data.mjs'), join(folder, 'dist/samples')]);
  for (const name of ['access.log', 'notes.txt']) copyFileSync(join(folder, 'dist/samples', name), join(folder, name));
  copyFileSync(join(folder, 'dist/samples/shop.db'), join(folder, 'shop.db'));
  copyFileSync(join(folder, 'access.log'), join(folder, 'app.log'));
  writeFileSync(join(folder, 'x.csv'), 'a,b\n1,x\n2,y\n');
  const db = new Database(join(folder, 'shop.db'));
  db.exec('CREATE TABLE t (a INTEGER, b TEXT); CREATE TABLE notes (line TEXT)');
  db.close();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('.'), join(folder, 'node_modules/ssql'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(blocks('sql'))('SQL runs: %s', (sql) => {
  const { code, err } = ssql(['--mode', 'csv', '-c', sql], { cwd: folder });
  expect([code, err]).toEqual([0, '']);
});

test('the plan is the one that explain prints', () => {
  const { out } = ssql(['explain', '-c', blocks('sql')[0]!], { cwd: folder });
  expect(blocks('text')[0]!.trimEnd()).toBe(out.trimEnd());
});

const lines = blocks('sh')
  .flatMap((block) => block.split('\n'))
  .filter((line) => /\bssql -c|ssql --db/.test(line));
test.each(lines)('command line: %s', (line) => {
  const { code, out, err } = shell(line, folder);
  expect([code, err]).toEqual([0, '']);
  expect(out).not.toBe('');
});

describe('recipes', () => {
  const rows = [...readme.matchAll(/^\| `[^|]*(?:\\\|[^|]*)*` \| `(.*)` \|$/gm)].map((m) =>
    m[1]!.replaceAll('\\|', '|'),
  );
  const queries = rows.map((sql) => (sql.startsWith('|>') ? `FROM read_lines('app.log') ${sql}` : sql));
  test('are there', () => expect(queries.length).toBeGreaterThan(3));
  test.each(queries)('%s', (sql) => {
    const { code, err } = ssql(['-q', '--db', 'shop=shop.db', '-c', sql], { cwd: folder });
    expect([code, err]).toEqual([0, '']);
  });
});

test('JavaScript', () => {
  writeFileSync(join(folder, 'example.mjs'), blocks('js')[0]!);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^\d+/);
});
