import { column, conjuncts, integer, type Expr } from '../expr/expr.ts';
import { isChanging } from '../plan/changes.ts';
import type { Over } from '../plan/over.ts';
import type { Plan, Project } from '../plan/plan.ts';

/** Functions that never fall for a row as others come. */
const ranks: ReadonlySet<string> = new Set(['row_number', 'rank', 'dense_rank']);

/**
 * A query for the rows of the only input that can be in the result now or later: the first ones of an order, where the
 * query begins with LIMIT, DISTINCT ON or a condition on a rank. Rows that come push others out, and none goes otherwise.
 * Undefined where all have to be kept.
 */
export function keptOf(query: Plan, inputs: readonly Plan[]): Plan | undefined {
  if (inputs.length !== 1 || isChanging(inputs[0]!)) return undefined;
  // From the input up.
  const chain: Plan[] = [];
  for (let plan: Plan | undefined = query; plan !== undefined; plan = 'input' in plan ? below(plan) : undefined)
    chain.unshift(plan);
  if (chain[0]!.op !== 'current') return undefined;
  const at = chain[1]?.op === 'sort' ? 2 : 1;
  const first = chain[at];
  switch (first?.op) {
    case 'limit':
      return at === 1 || first.count === undefined ? undefined : { ...first, count: first.count + first.offset, offset: 0 }; // prettier-ignore
    case 'distinct':
      return first;
    case 'over':
      return rankedFirst(first, chain.slice(at + 1));
    default:
      return undefined;
  }
}

const below = (plan: Plan): Plan | undefined =>
  'input' in plan && typeof plan.input === 'object' ? plan.input : undefined;

/** @param above what stands on it, from it up. */
function rankedFirst(over: Over, above: readonly Plan[]): Plan | undefined {
  const [call] = over.calls;
  if (over.calls.length !== 1 || !ranks.has(call!.fn)) return undefined;
  const filterAt = above.findIndex((plan) => plan.op !== 'project');
  const filter = above[filterAt];
  if (filter?.op !== 'filter') return undefined;
  const projects = above.slice(0, filterAt) as Project[];
  const name = projects.reduce<string | undefined>(
    (known, { exprs, schema }) => schema[exprs.findIndex((e) => e.kind === 'column' && e.name === known)]?.name,
    call!.name,
  );
  const conditions = conjuncts(filter.predicate);
  const most = Math.min(...conditions.map((e) => mostOf(e, name)));
  if (most === Infinity) return undefined;
  // Nothing else is asked: then what is kept is the result, and need not be computed twice.
  if (filterAt === 0 && conditions.length === 1 && isFirst(conditions[0]!, most)) return filter;
  const rank = column(call!.name, call!.type);
  const predicate: Expr = { kind: 'call', fn: '<=', args: [rank, integer(most)], type: 'BOOLEAN' };
  return { op: 'filter', schema: over.schema, input: over, predicate };
}

/** Whether a condition on a rank holds for all of the first `most`. */
const isFirst = (e: Expr, most: number): boolean => e.kind === 'call' && (e.fn !== '=' || most === 1);

/** The most that a column can be where a condition holds. */
function mostOf(e: Expr, name: string | undefined): number {
  if (e.kind !== 'call') return Infinity;
  const [a, b] = e.args;
  if (a?.kind !== 'column' || a.name !== name || b?.kind !== 'literal' || typeof b.value !== 'number') return Infinity;
  return e.fn === '=' || e.fn === '<=' ? b.value : e.fn === '<' ? b.value - 1 : Infinity;
}
