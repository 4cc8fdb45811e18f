// Each rule and each word of the grammar stands in an example, which is run, bound or parsed: in grammar/reference.md, queries/ or
// test/cases. So nothing is parsed that nobody has ever tried.
import type { CstNode } from 'chevrotain';
import { expect, test } from 'vitest';
import { lex } from '../grammar/lexer.ts';
import { foldSqlite } from '../grammar/passthrough.ts';
import { StreamSql } from '../grammar/streamsql.ts';
import { K } from '../grammar/tokens.ts';
import { examples } from './support/examples.ts';

const parser = new StreamSql();

function visit(node: CstNode, reached: { readonly rules: Set<string>; readonly words: Set<string> }): void {
  reached.rules.add(node.name);
  for (const child of Object.values(node.children).flat()) {
    if ('name' in child) visit(child, reached);
    else reached.words.add(child.tokenType.name);
  }
}

const reached = { rules: new Set<string>(), words: new Set<string>() };
for (const text of examples()) {
  const { tokens, faults } = lex(text);
  if (faults.length > 0) continue;
  parser.input = foldSqlite(text, tokens);
  const tree = parser.script();
  if (parser.errors.length === 0) visit(tree, reached);
}

test('each rule is reached by an example', () => {
  expect(Object.keys(parser.getGAstProductions()).filter((rule) => !reached.rules.has(rule))).toEqual([]);
});

test('each word is used in an example', () => {
  expect(Object.keys(K).filter((word) => !reached.words.has(word))).toEqual([]);
});
