import { alignmentOf, isPerRecord } from '../../contract/aligned.ts';
import type { Contract } from '../../contract/contract.ts';
import { factsOf } from '../../contract/known-kinds.ts';
import { endsLines } from '../../contract/pieces.ts';
import type { FusedStage, Shell, Sort } from '../../plan/plan.ts';
import { filters, promise, shell, sort, t, twice } from '../examples.ts';
import { orderFree } from '../needs.ts';
import { rule } from '../rule.ts';

interface Pair {
  readonly outer: Shell;
  readonly inner: Shell;
}
const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const quiet = promise({ effects: 'none' });
const map = promise({ scope: record, emits: 'one', ...pure });
const csv = { name: 'csv', options: {} } as const;

/** The columns that the lines of a command's output are. */
const unit = (s: Shell): readonly string[] => (s.contract.filters ? s.reads : s.writes.map((w) => w.name));
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The contract of `a | b`: what both promise. Undefined where rows that `b` carries could not be found again. */
function composed({ outer, inner }: Pair): Contract | undefined {
  const isNew = (outer.carried.length === 0 && outer.writes.length > 0) || isFilterOfLines({ outer, inner });
  const alignment = alignmentOf(inner.contract);
  if (!isNew && (alignment === undefined || alignment !== alignmentOf(outer.contract))) return undefined;
  if (!isNew && outer.writes.length > 0 && outer.carried.some((name) => unit(inner).includes(name))) return undefined;
  const shared = Object.entries(outer.contract).filter(([axis, promise]) =>
    same(promise, inner.contract[axis as keyof Contract]),
  );
  // Sending is up to the first command, and its exit status is judged by its own clause.
  const { exitOk, nulls } = inner.contract;
  return { ...without(Object.fromEntries(shared)), ...(exitOk && { exitOk }), ...(nulls && { nulls }) };
}
/** What goes in is just what the first command prints: then what comes out need not be recognised, and is parsed. */
const isFilterOfLines = ({ outer, inner }: Pair): boolean =>
  outer.contract.filters !== undefined &&
  inner.contract.filters === undefined &&
  inner.carried.length === 0 &&
  same(outer.carried, unit(inner));
/** Nor does it follow from what both promise that a second run of both, or a way to put parts together, is any good. */
const without = ({ exitOk: _, nulls: __, idempotent: ___, combine: ____, ...rest }: Contract): Contract => rest;

const hasOwnWays = (s: Shell): boolean =>
  [s.onError, s.retries, s.timeout, s.stderr, s.contract.needs, s.mode, s.call, s.groups, s.limits, s.sandbox].some(
    (way) => way !== undefined,
  );

/** The engine looks at when rows come out, to tell their time: that it can only between two commands. */
const isStamped = (shell: Shell): boolean => shell.time !== undefined;

/** One of them runs in copies and the other cannot: that is worth more than to spare a pipe. */
const isApart = (outer: Shell, inner: Shell): boolean =>
  [outer, inner].some(({ parallel = 1 }) => parallel > 1) &&
  isPerRecord(outer.contract) !== isPerRecord(inner.contract);

/** X2: two commands become one pipeline; no byte between them passes through us. */
export const fuseShells = rule<Pair>({
  id: 'X2',
  law: 'shell(d, shell(c, r)) = shell(c | d, r)',
  why: 'd reads exactly the lines that c prints, and each keeps its own exit status',
  gain: 'what goes from one command to the other does not pass through ssql',
  command: ({ inner }) => inner,
  match: (p) =>
    p.op === 'shell' &&
    p.input?.op === 'shell' &&
    p.input.input !== undefined &&
    !isStamped(p) &&
    !isStamped(p.input) &&
    !isApart(p, p.input)
      ? { outer: p, inner: p.input }
      : undefined,
  needs: [
    {
      name: 'the second command reads just what the first one prints',
      holds: ({ outer, inner }) => same(outer.reads, unit(inner)),
      brokenBy: {
        plan: shell('tr a-z A-Z', map, shell('sed s/a/b/', map, twice(t)), {
          reads: ['k'],
          writes: [{ name: 'x', type: 'TEXT' }],
        }),
        lines: ['a'],
      },
    },
    {
      name: 'both speak the same format',
      holds: ({ outer, inner }) => same(outer.inputFormat, inner.outputFormat),
      brokenBy: { plan: shell('cat', quiet, shell('cat', quiet, t), { inputFormat: csv }), lines: ['a,b'] },
    },
    {
      name: 'the first command ends its last line, as each row is one that is ended',
      holds: ({ inner }) => {
        const { command, contract } = inner.fused?.at(-1) ?? inner;
        return endsLines(command, factsOf(contract));
      },
      brokenBy: { plan: shell('wc -c', quiet, shell(`tr -d '\\n'`, quiet, t)), lines: ['a'] },
    },
    {
      name: 'what lies between them is text, and not parsed',
      holds: ({ inner }) => inner.contract.filters !== undefined || inner.writes.every((w) => w.type === 'TEXT'),
      // 007 is the number 7.
      brokenBy: {
        plan: shell('cat', quiet, shell('cat', quiet, t, { writes: [{ name: 'x', type: 'INTEGER' }] })),
        lines: ['007'],
      },
    },
    {
      name: 'rows can be found again behind both: EMITS ONE twice, FILTERS twice, or nothing is carried',
      holds: (pair) => composed(pair) !== undefined,
      brokenBy: { plan: shell('tr a-z A-Z', map, shell('grep -v a', filters, twice(t))), lines: ['a', 'b'] },
    },
    {
      name: 'the first command is declared EFFECTS NONE, as the second one may stop reading',
      word: 'EFFECTS NONE',
      holds: ({ inner }) => inner.contract.effects?.value === 'none',
      // The second line is written to a pipe that nobody reads, and that ends the first command.
      brokenBy: {
        plan: shell(
          'true',
          quiet,
          shell('awk \'BEGIN { system("sleep 0.1") } { print; fflush(); print >> "seen"; fflush("seen") }\'', {}, t),
        ),
        lines: ['a', 'b'],
      },
    },
    {
      name: 'neither has limits or error handling of its own',
      holds: ({ outer, inner }) => !hasOwnWays(outer) && !hasOwnWays(inner),
      brokenBy: {
        plan: shell('cat; echo note >&2', quiet, shell('cat', quiet, t, { stderr: 'fail' })),
        lines: ['a'],
      },
    },
    {
      name: 'no NULL comes out of the first command',
      holds: ({ inner }) => inner.contract.nulls?.value.policy !== 'skip',
      brokenBy: {
        plan: shell(
          'sed s/^$/none/',
          promise({ ...pure, scope: record, emits: 'one', nulls: { policy: 'as', text: '' } }),
          shell('cat', promise({ ...pure, scope: record, emits: 'one', nulls: { policy: 'skip' } }), t),
        ),
        lines: ['\\N'],
      },
    },
  ],
  apply: ({ outer, inner }) => {
    const stage: FusedStage = {
      command: outer.command,
      label: outer.label,
      contract: outer.contract,
      env: outer.env,
      ...(outer.origin && { origin: outer.origin }),
    };
    const { stopsEarly, ...first } = inner;
    return {
      ...first,
      ...(isFilterOfLines({ outer, inner })
        ? { writes: inner.writes, carried: [] }
        : { writes: outer.writes, carried: outer.carried }),
      schema: outer.schema,
      outputFormat: outer.outputFormat,
      contract: composed({ outer, inner }) ?? outer.contract,
      // The pipeline is stopped as a whole, so each part of it must allow that.
      ...(stopsEarly && outer.stopsEarly && { stopsEarly }),
      fused: [...(inner.fused ?? []), stage, ...(outer.fused ?? [])],
    };
  },
});

/** T2: a command that does not care about order needs no sort below it. */
export const dropSortBelowShell = rule<{ inner: Shell; sort: Sort }>({
  id: 'T2',
  law: 'shell(c, sort(r)) = shell(c, r)',
  why: 'its output is the same for every order of its input',
  gain: 'the rows are not sorted first',
  command: ({ inner }) => inner,
  match: (p) =>
    p.op === 'shell' && p.input?.op === 'sort' && p.input.limit === undefined ? { inner: p, sort: p.input } : undefined,
  needs: [
    orderFree({ plan: shell('uniq -c', promise(pure), sort('x', t)), lines: ['a', 'b', 'a'] }),
    {
      name: 'no column goes around the command: rows would come in another order',
      holds: ({ inner }) => inner.carried.length === 0,
      brokenBy: {
        plan: shell(
          'sed s/.*/-/',
          promise({ ...pure, scope: record, emits: 'one', orderFree: true }),
          sort('k', twice(t)),
        ),
        lines: ['b', 'a'],
      },
    },
  ],
  apply: ({ inner, sort: dropped }) => ({ ...inner, input: dropped.input }),
});
