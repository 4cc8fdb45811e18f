// `npm run mutate:laws`: without any one of its needs a law goes wrong in the rewriter itself, and that is noticed.
import { expect, test } from 'vitest';
import { Bug } from '../src/base/errors.ts';
import type { Edge } from '../src/plan/edge.ts';
import type { Plan } from '../src/plan/plan.ts';
import { catalog } from '../src/rewrite/catalog.ts';
import { rewrite } from '../src/rewrite/rewrite.ts';
import { column } from '../src/expr/expr.ts';
import type { Need, Rule } from '../src/rewrite/rule.ts';
import { observe } from './support/naive.ts';

const cases = catalog.flatMap((rule) => rule.needs.map((need) => ({ id: rule.id, rule, name: need.name, need })));

/** Above it nobody looks at more of the order of the rows than an edge says. */
function below(edge: Edge, input: Plan): Plan {
  if (edge === 'list') return input;
  const by = input.schema.filter(({ name }) => edge === 'bag' || edge.perKey.includes(name));
  const keys = by.map((f) => ({ expr: column(f.name, f.type), descending: false, nullsFirst: true }));
  return { op: 'sort', input, schema: input.schema, keys };
}

const isKnown = (): boolean => true;

/** What comes of it if only this law is used. */
function rewritten(rule: Rule, plan: Plan): Plan {
  const only = [rule.id, ...(rule.prepares === undefined ? [] : [rule.prepares])];
  return rewrite(plan, { pushdown: true, canPush: () => false, canChoose: () => true, isKnown, only }).plan;
}

/** Does `work` while the law lacks a need: the value that the rewriter, EXPLAIN and all tests read. */
function without<T>(rule: Rule, need: Need, work: () => T): T {
  const needs = rule.needs as Need[];
  const at = needs.indexOf(need);
  needs.splice(at, 1);
  try {
    return work();
  } finally {
    needs.splice(at, 0, need);
  }
}

test.each(cases)('$id without "$name"', ({ rule, need }) => {
  const { lines, edge = 'list' } = need.brokenBy;
  const plan = below(edge, need.brokenBy.plan);
  const expected = observe(plan, lines);
  expect(observe(rewritten(rule, plan), lines)).toEqual(expected);
  const isNoticed = without(rule, need, () => {
    try {
      return JSON.stringify(observed(rewritten(rule, plan))) !== JSON.stringify(observed(plan));
    } catch (error) {
      // The driver checks each step, too.
      if (error instanceof Bug) return true;
      throw error;
    }
  });
  expect(isNoticed).toBe(true);

  function observed(of: Plan): unknown {
    const { rows, files } = observe(of, lines);
    return {
      files,
      rows: rows === 'fault' ? rows : rows.map((row) => row.map((cell) => `${typeof cell} ${String(cell)}`)),
    };
  }
});

test('each law that is about a command has needs', () => {
  expect(catalog.filter((rule) => rule.command !== undefined && rule.needs.length === 0)).toEqual([]);
  expect(cases.length).toBeGreaterThan(70);
});
