import { describe, expect, test } from 'vitest';
import { catalog } from '../src/rewrite/catalog.ts';
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
      return { files, rows: edge === 'list' || rows === 'fault' ? rows : rows.map(String).sort() };
    };
    expect(seen(rule.apply(found))).not.toEqual(seen(plan));
  });
});
