// Queries by hand where SQL is odd, or SQLite is (test/cases/oracle): each is answered as SQLite answers it, cell by cell.
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { difference, Oracle } from './support/oracle.ts';

const textOf = (name: string): string => readFileSync(`test/cases/oracle/${name}.sql`, 'utf8');
const oracle = new Oracle(textOf('tables'));
afterAll(() => oracle.close());

const queriesOf = (name: string): readonly string[] =>
  textOf(name)
    .replace(/^--.*\n/gm, '')
    .split(/;\n/)
    .map((query) => query.trim())
    .filter((query) => query !== '');

/** Whether ORDER BY stands outside of all brackets. */
const isOrdered = (sql: string): boolean => {
  let rest = sql;
  for (let inner = ''; inner !== rest;) [inner, rest] = [rest, rest.replace(/\([^()]*\)/g, '')];
  return rest.includes('ORDER BY');
};

const files = ['expressions', 'queries', 'functions', 'json-values', 'windows', 'set-operations'];
test.each(files)('%s', { timeout: 600_000 }, async (name) => {
  const wrong: string[] = [];
  for (const [i, sql] of queriesOf(name).entries()) {
    const ordered = isOrdered(sql);
    const theirs = oracle.theirs(sql, ordered);
    if ('error' in theirs) wrong.push(`${sql}\nSQLite: ${theirs.error}`);
    for (const ways of oracle.ways) {
      const way = ways[i % ways.length]!;
      const mine = await oracle.ours(way, sql, ordered);
      if (difference(mine, theirs) !== '') wrong.push(`${sql}\nwith ${way.name}\n${difference(mine, theirs)}`);
    }
  }
  expect(wrong.join('\n\n')).toBe('');
});
