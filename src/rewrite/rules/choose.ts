import { alignmentOf } from '../../contract/aligned.ts';
import type { Contract } from '../../contract/contract.ts';
import type { Schema } from '../../data/types.ts';
import { isOneForm } from '../../plan/edge.ts';
import type { Scan, Shell } from '../../plan/plan.ts';
import { filters, promise, shell, t } from '../examples.ts';
import { judgesAlike } from '../alike.ts';
import { isPlainShell } from '../needs.ts';
import { rule, type Rule } from '../rule.ts';

/** Says whether the sources of a connector can look at the distinct values of a column first. */
export type CanChoose = (connector: string) => boolean;

interface OverScan {
  readonly inner: Shell;
  readonly scan: Scan;
}
const record = { unit: 'record' } as const;
/** Whatever is carried around such a command, it cannot be told which of two equal lines it is. */
const carrying = (inner: Shell): Shell => ({ ...inner, carried: ['x'], schema: t.schema });

/** K2: a semi-join with what a command keeps. */
export const chooseValues = rule<OverScan>({
  id: 'K2',
  law: 'shell(c, scan(s)) = shell(c, scan(s WHERE x IN shell(c, distinct x of s))) for a c that FILTERS by x',
  why: 'c keeps a row iff it keeps its value of x; the source asks about each value once, and about one state of s',
  gain: 'rows that the command would drop never leave the database',
  command: ({ inner }) => inner,
  match: (p) =>
    isPlainShell(p) &&
    p.contract.filters !== undefined &&
    p.writes.length === 0 &&
    p.reads.length === 1 &&
    p.input.op === 'scan' &&
    p.input.bounded &&
    p.input.limit === undefined &&
    p.input.query === undefined &&
    p.input.chosen === undefined
      ? { inner: p, scan: p.input }
      : undefined,
  needs: [
    // The last line of all is b, of the distinct ones it is a.
    ...judgesAlike((command, contract) => carrying(shell(command, contract, t)), 'tail -n 1', ['b', 'a', 'b']),
    {
      name: 'equal values of the column that it reads are the same',
      holds: ({ inner, scan }) => scan.schema.some((f) => f.name === inner.reads[0] && isOneForm(f)),
      // To the source A and a are one value.
      brokenBy: {
        plan: shell('grep a', filters, { ...t, schema: [{ name: 'x', type: 'TEXT', collation: 'NOCASE' }] }),
        lines: ['A', 'a'],
      },
    },
  ],
  apply: ({ inner, scan }) => {
    const column = inner.reads[0]!;
    const schema: Schema = [
      scan.schema.find((f) => f.name === column)!,
      { name: NUMBER, type: 'INTEGER', notNull: true },
    ];
    const { origin: _, ...command } = inner;
    const by: Shell = {
      ...command,
      input: { op: 'values', rows: [], schema },
      readsAll: false,
      carried: schema.map((f) => f.name),
      schema,
      contract: aligned(inner.contract),
      // What it has to say is said where it runs in earnest.
      stderr: 'ignore',
    };
    return { ...inner, input: { ...scan, chosen: { column, by } } };
  },
});

/** Numbers the values: no column of a table has such a name. */
const NUMBER = ' number';

/** Values are distinct, so that each line tells which of them it is. */
const aligned = (contract: Contract): Contract =>
  alignmentOf(contract) === 'filters'
    ? contract
    : { ...contract, ...promise({ scope: record, determinism: 'deterministic' }) };

/** The same law, only for sources that can. */
export const chooseIn = (canChoose: CanChoose): Rule => ({
  ...chooseValues,
  match: (plan, edge) => {
    const found = chooseValues.match(plan, edge) as OverScan | undefined;
    return found !== undefined && canChoose(found.scan.connector) ? found : undefined;
  },
});
