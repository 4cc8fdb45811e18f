import { textOf } from '../compare.ts';
import type { AggregateFunction, ScalarFunction } from './function.ts';

/** What a list holds; text that is none counts as one position. */
function positionsIn(list: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(list);
    if (Array.isArray(parsed)) return parsed.map(String);
  } catch {
    // No JSON.
  }
  return [list];
}

/** Positions in sources, as JSON arrays of text: what the hidden column behind `lineage()` is made by. */
export const lineageFunctions: readonly ScalarFunction[] = [
  {
    name: 'lineage_at',
    arity: [2, 2],
    type: 'JSON',
    strict: true,
    inSqlite: false,
    evaluate: ([source, at]) => JSON.stringify([`${textOf(source!)}:${textOf(at!)}`]),
    doc: "`lineage_at('a.log', 3)` = '[\"a.log:3\"]'",
  },
  {
    name: 'lineage_merge',
    arity: [2, 2],
    type: 'JSON',
    inSqlite: false,
    evaluate: ([a, b]) => {
      const all = [a, b].flatMap((list) => (list === null || list === undefined ? [] : positionsIn(textOf(list))));
      return JSON.stringify([...new Set(all)]);
    },
    doc: '`lineage_merge(a, b)`: the positions of both, each once',
  },
];

export const lineageAggregates: readonly AggregateFunction[] = [
  {
    name: 'lineage_union',
    arity: [1, 1],
    type: 'JSON',
    create: () => {
      const all = new Set<string>();
      return {
        add: ([list]) => {
          if (list !== null) for (const position of positionsIn(textOf(list!))) all.add(position);
        },
        result: () => JSON.stringify([...all]),
      };
    },
    doc: '`lineage_union(x)`: the positions of all rows, each once',
  },
];
