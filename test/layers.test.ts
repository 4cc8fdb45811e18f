// Folders import one way. Nothing that runs rows knows of query text or of rewriting: a worker is given a plan, no more.
import { globSync } from 'tinyglobby';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** What each folder may import besides itself. `src` is its own files: the public API and what it is made of. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  data: ['base'],
  expr: ['base', 'data'],
  contract: ['base', 'data'],
  plan: ['base', 'data', 'expr', 'contract'],
  rewrite: ['base', 'data', 'expr', 'contract', 'plan'],
  grammar: [],
  syntax: ['base', 'grammar'],
  process: ['base', 'data', 'contract', 'plan'],
  connect: ['base', 'data', 'expr', 'plan'],
  bind: ['base', 'data', 'expr', 'contract', 'plan', 'syntax', 'connect'],
  run: ['base', 'data', 'expr', 'contract', 'plan', 'process', 'connect'],
  cluster: ['base', 'plan', 'process'],
  probe: ['base', 'process'],
  src: [
    'base',
    'data',
    'expr',
    'contract',
    'plan',
    'rewrite',
    'syntax',
    'bind',
    'process',
    'connect',
    'run',
    'cluster',
    'probe',
  ],
  cli: ['base', 'data', 'plan', 'connect', 'run', 'cluster', 'probe', 'src'],
};

const folderOf = (file: string): string => {
  const [top, next, ...rest] = file.split('/');
  return top === 'grammar' ? 'grammar' : rest.length === 0 ? 'src' : next!;
};

const files = globSync(['src/**/*.ts', 'grammar/**/*.ts']).map((file) => {
  const text = readFileSync(file, 'utf8');
  const targets = [...text.matchAll(/(?:from|import\() ?'(\.[^']*\.ts)'/g)].map((m) =>
    normalize(join(dirname(file), m[1]!)),
  );
  return { file, folder: folderOf(file), targets: targets.map(folderOf), lines: text.trimEnd().split('\n').length };
});

/** Longer for a reason: what a generator writes, and the one union of all that can be written. */
const long: readonly string[] = ['grammar/cst.d.ts', 'src/syntax/ast.ts'];

test('every folder is in the table', () => {
  expect([...new Set(files.map((f) => f.folder))].filter((folder) => !(folder in allowed))).toEqual([]);
});

test.each(files)('$file', ({ file, folder, targets, lines }) => {
  expect(targets.filter((to) => to !== folder && !allowed[folder]?.includes(to))).toEqual([]);
  if (!long.includes(file)) expect(lines).toBeLessThanOrEqual(300);
});
