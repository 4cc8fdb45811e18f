import { columnsOf, type Expr } from '../expr/expr.ts';
import { exprsOf, inputs } from '../plan/ops.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * A query inside an expression reads a value of the query around it under a name that no column can have: `$1.price` is
 * the price of the first such query of the statement.
 */
export const freeName = (query: number, label: string): string => `$${query}.${label}`;

export const isFreeName = (name: string): boolean => /^\$\d+\./.test(name);

const known = new WeakMap<Plan, ReadonlySet<string>>();
const none: ReadonlySet<string> = new Set();

/** The names that a plan reads from the queries around it. */
export function freeNames(plan: Plan): ReadonlySet<string> {
  let found = known.get(plan);
  if (found === undefined) known.set(plan, (found = computed(plan)));
  return found;
}

function computed(plan: Plan): ReadonlySet<string> {
  const found = new Set<string>();
  const there = new Set(inputs(plan).flatMap((input) => input.schema.map((f) => f.name)));
  for (const e of plan.op === 'values' ? plan.rows.flat() : exprsOf(plan)) {
    for (const name of columnsOf(e)) if (isFreeName(name) && !there.has(name)) found.add(name);
  }
  if (plan.op === 'join') {
    const own = new Set(plan.domain?.params.map((p) => p.name));
    for (const name of freeNames(plan.left)) found.add(name);
    for (const name of freeNames(plan.right)) if (!own.has(name)) found.add(name);
  } else {
    for (const input of inputs(plan)) for (const name of freeNames(input)) found.add(name);
  }
  return found.size === 0 ? none : found;
}

/** The free names that an expression over some columns reads. */
export const freeIn = (e: Expr): readonly string[] => [...columnsOf(e)].filter(isFreeName);
