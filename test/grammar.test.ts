import {
  Alternation,
  type Alternative,
  generateCstDts,
  getLookaheadPaths,
  type IProduction,
  NonTerminal,
  type Rule,
} from 'chevrotain';
import { expect, test } from 'vitest';
import { ebnf } from '../grammar/ebnf.ts';
import { StreamSql } from '../grammar/streamsql.ts';

const productions = new StreamSql().getGAstProductions();
const rules = Object.values(productions);

test('grammar/streamsql.ebnf says what the parser does', async () => {
  await expect(ebnf(rules)).toMatchFileSnapshot('../grammar/streamsql.ebnf');
});

test('grammar/cst.d.ts has the types of what the parser makes', async () => {
  const types = generateCstDts(productions, { includeVisitorInterface: false }).replace('ICstVisitor, ', '');
  const text = `// Generated from the grammar; a test fails when it is stale.\n${types}\n`;
  await expect(text).toMatchFileSnapshot('../grammar/cst.d.ts');
});

// The parser is built without Chevrotain's own checks, which cost more than parsing; these stand in for them.
test.each(rules.map((rule): [string, Rule] => [rule.name, rule]))(
  '%s tells its calls apart by their numbers',
  (_, rule) => {
    const keys = parts(rule.definition).map((p) => {
      const { idx, terminalType, nonTerminalName } = p as {
        idx?: number;
        terminalType?: { name: string };
        nonTerminalName?: string;
      };
      return `${p.constructor.name} ${terminalType?.name ?? nonTerminalName ?? ''} ${idx}`;
    });
    const numbered = keys.filter((key) => !key.startsWith('Alternative '));
    expect(numbered.filter((key, i) => numbered.indexOf(key) !== i)).toEqual([]);
  },
);

const alternations = rules.flatMap((rule) =>
  parts(rule.definition).flatMap((p): [string, Rule, Alternation][] =>
    p instanceof Alternation ? [[`${rule.name} ${p.idx}`, rule, p]] : [],
  ),
);

test.each(alternations)(
  'alternatives of %s that have no gate begin with different tokens',
  (_, rule, { idx, definition }) => {
    const paths = getLookaheadPaths({ occurrence: idx, rule, prodType: 'Alternation', maxLookahead: 1 });
    const first = paths.map((alternative) =>
      alternative.flat().flatMap((type) => [type.tokenTypeIdx!, ...(type.categoryMatches ?? [])]),
    );
    const isOpen = definition.map(
      (alternative) => !(alternative as Alternative & { ignoreAmbiguities: boolean }).ignoreAmbiguities,
    );
    // A later alternative without a gate takes what the gates before it leave; only two without one are in doubt.
    const open = first.filter((_types, i) => isOpen[i]).flatMap((types) => [...new Set(types)]);
    expect(open.filter((type, i) => open.indexOf(type) !== i)).toEqual([]);
  },
);

function parts(definition: readonly IProduction[]): IProduction[] {
  return definition.flatMap((p) => [
    p,
    ...(p instanceof NonTerminal ? [] : parts((p as Alternative).definition ?? [])),
  ]);
}
