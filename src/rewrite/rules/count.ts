import { countingForm } from '../../contract/counting.ts';
import { column } from '../../expr/expr.ts';
import type { Aggregate, Plan, Shell } from '../../plan/plan.ts';
import { countAll, filters, promise, shell, skipping, t } from '../examples.ts';
import { skipsNothing, type OverShell } from '../needs.ts';
import { rule } from '../rule.ts';

const csv = { name: 'csv', options: {} } as const;

/** Nothing is asked of the rows but how many there are. */
const countsRows = ({ keys, bare, aggregates }: Aggregate): boolean =>
  keys.length === 0 &&
  bare.length === 0 &&
  aggregates.length > 0 &&
  aggregates.every((a) => a.fn === 'count' && a.args.length === 0 && a.filter === undefined);

const isGrep = ({ command, input }: Shell): boolean => input !== undefined && /^\s*grep\b/.test(command);

/** N2: a grep counts by itself, and writes one number where it would write lines. */
export const countInCommand = rule<OverShell<Aggregate>>({
  id: 'N2',
  law: 'count(shell(grep p, r)) = shell(grep -c p, r)',
  why: 'grep -c prints how many lines grep prints, and each of them is a row',
  gain: 'a number is written in place of all lines',
  command: ({ inner }) => inner,
  match: (p) =>
    p.op === 'aggregate' && countsRows(p) && p.input.op === 'shell' && isGrep(p.input)
      ? { outer: p, inner: p.input }
      : undefined,
  needs: [
    {
      name: 'the command is one grep that prints each line it finds once',
      holds: ({ inner }) => inner.fused === undefined && countingForm(inner.command) !== undefined,
      // The line behind the one that was found is printed too, and not counted.
      brokenBy: { plan: countAll(shell('grep -A1 a', filters, t)), lines: ['a', 'b'] },
    },
    {
      name: 'each line of its output is a row',
      holds: ({ inner }) => ['lines', 'tsv'].includes(inner.outputFormat.name),
      brokenBy: {
        plan: countAll(shell('grep .', promise({ exitOk: [0, 1] }), t, { outputFormat: csv })),
        lines: ['"a', 'b"'],
      },
    },
    skipsNothing({ plan: countAll(shell('grep .', promise({ exitOk: [0, 1] }), t, skipping)), lines: ['a', '1'] }),
  ],
  apply: ({ outer, inner }) => counted(outer, inner),
});

/** All but what is said of its rows. */
const lasting = ({ stopsEarly: _, onError: __, ...shell }: Shell): Omit<Shell, 'stopsEarly' | 'onError'> => shell;

function counted({ aggregates, schema }: Aggregate, inner: Shell): Plan {
  const command = countingForm(inner.command) ?? inner.command.replace('grep', 'grep -c');
  const [first] = schema;
  const count: Shell = {
    ...lasting(inner),
    command,
    label: command,
    writes: [first!],
    carried: [],
    outputFormat: { name: 'lines', options: {} },
    contract: {
      ...(inner.contract.exitOk && { exitOk: inner.contract.exitOk }),
      ...(inner.contract.nulls && { nulls: inner.contract.nulls }),
      ...(inner.contract.determinism && { determinism: inner.contract.determinism }),
      ...(inner.contract.effects && { effects: inner.contract.effects }),
    },
    schema: [first!],
  };
  if (aggregates.length === 1) return count;
  return { op: 'project', input: count, exprs: schema.map(() => column(first!.name, 'INTEGER')), schema };
}
