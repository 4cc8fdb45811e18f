import type { Field } from '../../data/types.ts';
import type { Plan, Project, Shell, Union } from '../../plan/plan.ts';
import { eq, filter, promise, shell, t, union } from '../examples.ts';
import { deterministic, isPlainShell, isVolatile, noEffects, perRecord } from '../needs.ts';
import { rule, type Rule } from '../rule.ts';
import { chooseValues } from './choose.ts';

interface OverUnion {
  readonly inner: Shell;
  readonly union: Union;
  /** The command in each branch. */
  readonly each: readonly Plan[];
}
const record = { unit: 'record' } as const;
const sieve = { filters: true, emits: '0..1' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;
/** The lines, and those of them that are `a`. */
const both: Union = union(t, filter(eq('x', 'a'), t));

/**
 * The command in a branch, whose columns may have other names; undefined where they are of another kind. It passes columns
 * that are computed of a table, and others that are put in another order, as by law M1: they do not keep the two apart.
 */
function inBranch(branch: Plan, inner: Shell, { schema }: Union): Plan | undefined {
  const at = (name: string): number => schema.findIndex((f) => f.name === name);
  const own = (name: string): Field => branch.schema[at(name)]!;
  if (!inner.schema.every((f) => own(f.name).type === f.type && own(f.name).collation === f.collation))
    return undefined;
  const kept = inner.schema.map((f) => own(f.name));
  const read =
    branch.op === 'project' && branch.input.op === 'scan' ? columnBelow(branch, at(inner.reads[0]!)) : undefined;
  if (branch.op !== 'project' || read === undefined) {
    const carried = inner.carried.map((name) => own(name).name);
    return { ...inner, input: branch, reads: inner.reads.map((name) => own(name).name), carried, schema: kept };
  }
  const { input } = branch;
  const below: Shell = {
    ...inner,
    input,
    reads: [read],
    carried: input.schema.map((f) => f.name),
    schema: input.schema,
  };
  return { ...branch, input: below, exprs: inner.schema.map((f) => branch.exprs[at(f.name)]!), schema: kept };
}

/** The column that is handed on at a place, where nothing is drawn beside it. */
function columnBelow({ exprs, schema, input }: Project, at: number): string | undefined {
  const expr = exprs[at]!;
  if (expr.kind !== 'column' || exprs.some(isVolatile)) return undefined;
  const { type, collation } = input.schema.find((f) => f.name === expr.name)!;
  return type === schema[at]!.type && collation === schema[at]!.collation ? expr.name : undefined;
}

const matching =
  (choosing: Rule) =>
  (p: Plan): OverUnion | undefined => {
    if (!isPlainShell(p) || p.contract.filters === undefined || p.writes.length > 0) return undefined;
    const { input } = p;
    if (input.op !== 'union' || p.readsAll || p.reads.length !== 1) return undefined;
    const gains = (one: Plan): boolean => {
      const found = choosing.match(one.op === 'project' ? one.input : one, 'list');
      // The other needs are promises of the command, which this rule needs, too.
      return found !== undefined && choosing.needs.every((need) => need.word !== undefined || need.holds(found));
    };
    const each = input.inputs.map((branch) => inBranch(branch, p, input));
    return each.every((one) => one !== undefined) && each.some(gains) ? { inner: p, union: input, each } : undefined;
  };

/**
 * U1 from right to left, where a database then leaves out rows (law K2). It is tried when nothing else moves commands any
 * more: else U1 would make one command of them again.
 */
export const filterCommandBelowUnion = rule<OverUnion>({
  id: 'shell-below-union',
  law: 'shell(c, union(r, s)) = union(shell(c, r), shell(c, s)) for a c that FILTERS',
  why: 'c keeps each row or drops it by itself, whichever process is shown it',
  gain: 'a database may leave out rows that the command would drop (K2)',
  prepares: 'K2',
  command: ({ inner }) => inner,
  match: matching(chooseValues),
  needs: [
    perRecord({ plan: shell('head -n 1', promise({ ...sieve, ...pure }), both), lines: ['a'] }),
    deterministic({
      plan: shell(`awk 'BEGIN { srand(1) } rand() < 0.5'`, promise({ scope: record, ...sieve, effects: 'none' }), both),
      lines: ['a', 'a', 'a', 'a', 'a', 'a', 'a'],
    }),
    // The second command writes the file anew.
    noEffects({
      plan: shell('tee seen', promise({ scope: record, ...sieve, determinism: 'deterministic' }), both),
      lines: ['a', 'b'],
    }),
  ],
  apply: ({ inner, union: below, each }) => ({ ...below, inputs: each, schema: inner.schema }),
});

/** The same, only for sources that can. @param choosing K2 for these */
export const belowUnionIn = (choosing: Rule): Rule => ({ ...filterCommandBelowUnion, match: matching(choosing) });
