import { describe, expect, test } from 'vitest';
import { catalog } from '../src/rewrite/catalog.ts';
import type { Edge } from '../src/plan/edge.ts';
import type { Plan } from '../src/plan/plan.ts';
import { observe } from './support/naive.ts';

describe.each(catalog.filter((rule) => rule.needs.length > 0))('$id', (rule) => {
  test.each(rule.needs)('is wrong unless $name', ({ brokenBy, holds }) => {
    const { plan, lines, edge = 'list' } = brokenBy;
    const found = rule.match(plan, edge);
    expect(found).toBeDefined();
    expect(holds(found)).toBe(false);
    expect(rule.needs.filter((need) => !need.holds(found)).map((need) => need.name)).toHaveLength(1);
    const seen = (of: Plan) => {
      const { rows, files } = observe(of, lines);
      return { files, rows: rows === 'fault' ? rows : underEdge(rows, of, edge) };
    };
    expect(seen(rule.apply(found))).not.toEqual(seen(plan));
  });
});

/** Rows, so that those that are the same under an edge look alike. */
function underEdge(
  rows: readonly (readonly unknown[])[],
  { schema }: Plan,
  edge: Edge,
): readonly (readonly unknown[])[] {
  if (edge === 'list') return rows;
  const by = schema.flatMap(({ name }, i) => (edge === 'bag' || edge.perKey.includes(name) ? [i] : []));
  const text = (row: readonly unknown[]): string => String(by.map((i) => row[i]));
  return rows.toSorted((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}
