import { column } from '../../expr/expr.ts';
import type { Schema } from '../../data/types.ts';
import { bounded } from '../../plan/facts.ts';
import type { Aggregate, Format, Limit, Plan, Shell, Sort } from '../../plan/plan.ts';
import { promise, shell, t } from '../examples.ts';
import { deterministic, noEffects } from '../needs.ts';
import { rule } from '../rule.ts';
import { isAsked, two } from './copies.ts';

interface Parts {
  readonly inner: Shell;
}
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const itself = (command: string) => ({ combine: { with: command } }) as const;

/** A command that sums up what it reads, and that has no ways of its own. */
const isWhole = (p: Plan): p is Shell & { readonly input: Plan } =>
  p.op === 'shell' &&
  isAsked(p) &&
  p.contract.scope?.value.unit !== 'record' &&
  p.carried.length === 0 &&
  (p.onError ?? 'fail') === 'fail' &&
  [p.call, p.mode, p.fused, p.retries, p.stopsEarly].every((way) => way === undefined) &&
  bounded(p.input!);

/** A3: parts of the rows are summed up side by side, and then what came of them is. */
export const combineParts = rule<Parts>({
  id: 'A3',
  law: 'shell(c, r1 r2 ..) = g(shell(m, r1) shell(m, r2) ..)',
  why: 'COMBINE says so of any way to cut the rows; they are cut into stretches, so that their order is kept',
  gain: 'the command runs on several cores',
  command: ({ inner }) => inner,
  match: (p) => (isWhole(p) ? { inner: p } : undefined),
  needs: [
    {
      name: 'the command is declared COMBINE WITH something that puts its outputs together',
      word: "COMBINE WITH 'g'",
      holds: ({ inner }) => inner.contract.combine !== undefined,
      brokenBy: { plan: shell('tac', promise(pure), t, two), lines: ['a', 'b'] },
    },
    deterministic({
      plan: shell(
        `awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`,
        promise({ effects: 'none', ...itself('cat') }),
        t,
        two,
      ),
      lines: ['a', 'b'],
    }),
    // The second copy writes the file anew.
    noEffects({
      plan: shell('tee seen', promise({ determinism: 'deterministic', ...itself('cat') }), t, two),
      lines: ['a', 'b'],
    }),
    {
      name: 'what is to be summed, compared or merged is of the type that sums, compares or merges like that',
      holds: ({ inner }) => fits(inner),
      // As a text, 10 is less than 9.
      brokenBy: {
        plan: shell('sort -n | head -n 1', promise({ ...pure, combine: { with: 'min' } }), t, two),
        lines: ['9', '10'],
      },
    },
  ],
  apply: ({ inner }) => {
    const { parallel, ...command } = inner;
    const { with: g = 'cat', partial = command.command, finish } = inner.contract.combine?.value ?? {};
    const parts: Shell = {
      ...command,
      command: partial,
      label: partial === command.command ? command.label : partial,
      copies: parallel!,
      partial: true,
    };
    const put = finish === undefined ? words[g] : undefined;
    return put === undefined ? byCommand(inner, asCommand[g] ?? g, finish, parts) : put(parts);
  },
});

/** COMBINE WITH these is done without a command. */
const words: Readonly<Record<string, (parts: Shell) => Plan>> = {
  concat: (parts) => parts,
  first: (parts): Limit => ({ op: 'limit', input: parts, schema: parts.schema, count: 1, offset: 0 }),
  sum: (parts) => summed(parts),
  min: (parts) => ({ ...sorted(parts, false), limit: 1 }),
  max: (parts) => ({ ...sorted(parts, true), limit: 1 }),
  merge: (parts) => sorted(parts, false),
};
const asCommand: Readonly<Record<string, string>> = { concat: 'cat', first: 'head -n 1', last: 'tail -n 1' };

/** Whether its outputs can be put together by that: numbers are summed, and sorted lines merged. */
export function fits({ contract, writes, outputFormat }: Shell): boolean {
  const { with: g, finish } = contract.combine?.value ?? { with: 'concat' };
  const isNumbers = finish === undefined && writes.length > 0 && writes.every((w) => w.type === 'INTEGER');
  const isText = outputFormat.name === 'lines' && writes.length === 1 && writes[0]!.type === 'TEXT';
  switch (g) {
    case 'sum':
      return isNumbers;
    case 'min':
    case 'max':
      return isNumbers && writes.length === 1;
    case 'merge':
      return isText && finish === undefined && contract.sortedBy !== undefined;
    case 'first':
      return ['lines', 'tsv'].includes(outputFormat.name);
    default:
      return true;
  }
}

const summed = (input: Shell): Aggregate => ({
  op: 'aggregate',
  input,
  keys: [],
  aggregates: input.schema.map(({ name, type }) => ({
    name,
    fn: 'sum',
    args: [column(name, type)],
    distinct: false,
    type,
  })),
  bare: [],
  schema: input.schema,
});

const sorted = (input: Shell, descending: boolean): Sort => ({
  op: 'sort',
  input,
  schema: input.schema,
  keys: input.schema.map(({ name, type }) => ({ expr: column(name, type), descending, nullsFirst: !descending })),
});

/** Lines as they are printed, whatever they say. */
const line: Schema = [{ name: 'line', type: 'TEXT' }];
const lines: Format = { name: 'lines', options: {} };

/** One process of g reads what the parts print, in the order of the parts. */
function byCommand(inner: Shell, g: string, finish: string | undefined, parts: Shell): Shell {
  const { exitOk, determinism, effects, needs } = inner.contract;
  const { env, outputFormat, writes, schema } = inner;
  const contract = {
    ...(exitOk && { exitOk }),
    ...(determinism && { determinism }),
    ...(effects && { effects }),
    ...(needs && { needs }),
  };
  return {
    op: 'shell',
    input: { ...parts, writes: line, schema: line, outputFormat: lines },
    command: g,
    label: g,
    reads: ['line'],
    readsAll: true,
    writes,
    carried: [],
    schema,
    inputFormat: lines,
    outputFormat,
    contract,
    env,
    ...(inner.stderr && { stderr: inner.stderr }),
    // What confines the command confines what stands for a part of it.
    ...(inner.limits && { limits: inner.limits }),
    ...(inner.sandbox && { sandbox: inner.sandbox }),
    ...(inner.timeout !== undefined && { timeout: inner.timeout }),
    ...(inner.origin && { origin: inner.origin }),
    ...(finish !== undefined && { fused: [{ command: finish, label: finish, contract, env }] }),
  };
}
