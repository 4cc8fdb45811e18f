// A parser that was told its decisions takes the same texts, as the same trees, as one that worked them out.
import { readFileSync } from 'node:fs';
import type { CstElement } from 'chevrotain';
import { expect, test } from 'vitest';
import { decisionsOf } from '../grammar/decisions.ts';
import { lex } from '../grammar/lexer.ts';
import { foldSqlite } from '../grammar/passthrough.ts';
import { StreamSql } from '../grammar/streamsql.ts';
import { examples } from './support/examples.ts';
import { random, seeds } from './support/random.ts';

const analysed = new StreamSql();
const decisions = decisionsOf(analysed);
const told = new StreamSql(undefined, decisions);

const shape = (e: CstElement): unknown =>
  'name' in e
    ? [e.name, Object.entries(e.children).map(([name, children]) => [name, children.map(shape)])]
    : [e.tokenType.name, e.startOffset, e.image];

/** The tree of a text; `fault` if it is not of the language, `lexer` if it is not even made of tokens. */
function treeBy(parser: StreamSql, text: string): unknown {
  const { tokens, faults } = lex(text);
  if (faults.length > 0) return 'lexer';
  parser.input = foldSqlite(text, tokens);
  const tree = parser.script();
  return parser.errors.length > 0 ? 'fault' : shape(tree);
}

/** With the pieces that it shares with others. */
function bundleOf(name: string): string {
  const text = readFileSync(`dist/${name}`, 'utf8');
  return [
    text,
    ...Array.from(text.matchAll(/"\.\/(chunk-\w+\.js)"/g), ([, piece]) => readFileSync(`dist/${piece!}`, 'utf8')),
  ].join();
}

const texts = examples();

test('of all examples', () => {
  const trees = texts.map((text) => treeBy(analysed, text));
  expect(trees.filter((tree) => typeof tree !== 'string').length).toBeGreaterThan(500);
  for (const [i, text] of texts.entries()) expect([text, treeBy(told, text)]).toEqual([text, trees[i]]);
});

test.each(seeds(40))('of examples in which words were exchanged, seed %i', (seed) => {
  const r = random(seed);
  for (let n = 0; n < 20; n++) {
    const words = r.of(texts).split(/(\s+|\b)/);
    words[r.below(words.length)] = r.of(r.of(texts).split(/\s+|\b/));
    const text = words.join('');
    expect([text, treeBy(told, text)]).toEqual([text, treeBy(analysed, text)]);
  }
});

test('those of the bundle are those of its grammar', () => {
  for (const name of ['main.cjs', 'index.js'])
    expect([name, bundleOf(name).includes(JSON.stringify(decisions))]).toEqual([name, true]);
  expect(decisionsOf(new StreamSql())).toEqual(decisions);
});
