import { describe, expect, test } from 'vitest';
import { catalog } from '../src/rewrite/catalog.ts';
import { observe } from './support/naive.ts';

describe.each(catalog.filter((rule) => rule.needs.length > 0))('$id', (rule) => {
  test.each(rule.needs)('is wrong unless $name', ({ brokenBy, holds }) => {
    const { plan, lines } = brokenBy;
    const found = rule.match(plan);
    expect(found).toBeDefined();
    expect(holds(found)).toBe(false);
    expect(rule.needs.filter((need) => !need.holds(found)).map((need) => need.name)).toHaveLength(1);
    expect(observe(rule.apply(found), lines)).not.toEqual(observe(plan, lines));
  });
});
