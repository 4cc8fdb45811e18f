// Each rule and each word of the grammar stands in an example, which is run, bound or parsed: in grammar/reference.md, queries/ or
// test/cases. So nothing is parsed that nobody has ever tried.
import { readdirSync, readFileSync } from 'node:fs';
import type { CstNode } from 'chevrotain';
import { expect, test } from 'vitest';
import { lex } from '../grammar/lexer.ts';
import { foldSqlite } from '../grammar/passthrough.ts';
import { StreamSql } from '../grammar/streamsql.ts';
import { K } from '../grammar/tokens.ts';

const parser = new StreamSql();

/** Texts of all examples; those that are no script as they stand (faults, single expressions) add nothing. */
function examples(): readonly string[] {
  const files = ['queries', 'test/cases'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const read = (ending: string): string[] =>
    files.filter((f) => f.endsWith(ending)).map((f) => readFileSync(f, 'utf8'));
  const blocks = read('.case').flatMap((text) => text.split(/\n{2,}/).map((block) => block.split(/^----$/m)[0]!));
  return [
    ...[...readFileSync('grammar/reference.md', 'utf8').matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(([, sql]) => sql!),
    ...read('.ssql'),
    ...blocks.map((block) => block.replace(/^(?:# .*\n)*/, '')),
    ...read('.sql').flatMap((text) => text.split(/;\n/)),
  ];
}

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
