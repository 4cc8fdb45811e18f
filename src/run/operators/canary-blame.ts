import { alignmentOf, isPerRecord } from '../../contract/aligned.ts';
import type { Contract } from '../../contract/contract.ts';
import { contractWords } from '../../contract/words.ts';
import { rowNumbers, rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Schema } from '../../data/types.ts';
import { rowField, type Canary } from '../../plan/canary.ts';
import { inputs } from '../../plan/ops.ts';
import type { Plan, Shell } from '../../plan/plan.ts';
import { rowsIn, type Row } from './canary-rows.ts';
import type { ChainRunner } from './canary-chain.ts';
import { BrokenPromise } from './broken-promise.ts';
import { nameOf } from './shell-faults.ts';
import { part, rowsIn as countIn, type Unit } from './shell-unit.ts';
import { shownRow } from './shell-witness.ts';

/** The first rows that differ; absent where one side has no more. Columns are those of `schema`. */
export interface Difference {
  readonly written: Row | undefined;
  readonly rewritten: Row | undefined;
  readonly schema: Schema;
}

/**
 * Which promise is false: each command is shown the same rows again, and parts of them. Where it keeps its promises on
 * these rows, what it has printed must have depended on rows before them.
 */
export async function blamed(
  { plain }: Canary,
  runner: ChainRunner,
  batch: RecordBatch,
  difference: Difference,
): Promise<BrokenPromise> {
  const found = await blamedOn(plain, runner, batch, difference);
  if (found !== undefined) return found;
  const shells = upwards(plain).filter((link) => link.op === 'shell');
  const why = 'what it prints for a row depends on rows that came before, which it is not shown any more';
  return withRows(broken(shells, 'scope', why, [batch], difference), difference);
}

/**
 * The same; undefined where each command keeps on these rows what can be tried on them.
 *
 * @param plain operators with one input each over a leaf that stands for `batch`.
 */
export async function blamedOn(
  plain: Plan,
  runner: ChainRunner,
  batch: RecordBatch,
  difference: Difference,
): Promise<BrokenPromise | undefined> {
  let inner: Shell | undefined;
  let rows: readonly RecordBatch[] = [batch];
  for (const link of upwards(plain)) {
    if (link.op === 'shell') {
      const found =
        (await changing(link, runner, rows)) ??
        (isPerRecord(link.contract)
          ? ((await joint(link, runner, rows, difference)) ?? (await unequal(link, runner, rows)))
          : undefined) ??
        (link.contract.orderFree === undefined ? undefined : await ordered(link, runner, rows, difference)) ??
        (link.contract.online === undefined ? undefined : await early(link, runner, rows, difference));
      if (found !== undefined) return withRows(found, difference);
      if (inner?.command === link.command && link.contract.idempotent !== undefined)
        return withRows(broken([link], 'idempotent', 'a second run of it changes rows', rows, difference), difference);
      inner = link;
    }
    rows = await runner.one(link, rows);
  }
  return undefined;
}

/** Operators from the lowest up, without the leaf. */
function upwards(plan: Plan): readonly Plan[] {
  const [input] = inputs(plan);
  return input === undefined ? [] : [...upwards(input), plan];
}

/** Shown the same rows again, it prints something else. */
async function changing(shell: Shell, runner: ChainRunner, rows: readonly RecordBatch[]) {
  const [first, second] = [await textOf(shell, runner, rows), await textOf(shell, runner, rows)];
  if (first.all === second.all) return undefined;
  const at = first.rows.findIndex((row, i) => row !== second.rows[i]);
  return broken([shell], 'determinism', 'the same rows gave something else the second time', rows, { at });
}

/** Shown half of the rows, and the other half, it prints something else than for all of them. */
async function joint(shell: Shell, runner: ChainRunner, rows: readonly RecordBatch[], difference: Difference) {
  const isJoint = async (unit: Unit): Promise<boolean> => {
    const n = countIn(unit);
    if (n < 2) return false;
    const halves = [part(unit, 0, n >> 1), part(unit, n >> 1, n)];
    const [whole, left, right] = [
      await textOf(shell, runner, unit.batches),
      await textOf(shell, runner, halves[0]!.batches),
      await textOf(shell, runner, halves[1]!.batches),
    ];
    return whole.all !== left.all + right.all;
  };
  let unit: Unit = { batches: rows, first: 1 };
  if (!(await isJoint(unit))) return undefined;
  for (let n = countIn(unit); n > 2; n = countIn(unit)) {
    const left = part(unit, 0, n >> 1);
    const right = part(unit, n >> 1, n);
    if (await isJoint(left)) unit = left;
    else if (await isJoint(right)) unit = right;
    else break;
  }
  const why = 'what it prints for a row depends on the rows around it';
  const shown = countIn(unit) <= 2 ? { at: countIn(unit) - 1 } : difference;
  return broken([shell], 'scope', why, unit.batches, shown);
}

/** Equal rows get different answers. */
async function unequal(shell: Shell, runner: ChainRunner, rows: readonly RecordBatch[]) {
  if (alignmentOf(shell.contract) !== 'one') return undefined;
  const asked = rowsIn(readsOf(shell, rows), rows).map(({ text }) => text);
  const first = new Map<string, number>();
  for (const text of asked) if (!first.has(text)) first.set(text, first.size);
  const seen = new Set<string>();
  let at = 0;
  const distinct = rows.map((batch) => {
    const isFirst = (): boolean => {
      const text = asked[at++]!;
      return !seen.has(text) && seen.add(text) !== undefined;
    };
    return { ...batch, selection: rowNumbers(batch).filter(isFirst) };
  });
  const of = async (batches: readonly RecordBatch[]) => rowsIn(shell.writes, await runner.one(shell, batches));
  const [all, once] = [await of(rows), await of(distinct)];
  const odd = asked.findIndex((text, i) => all[i]?.text !== once[first.get(text)!]?.text);
  if (odd < 0) return undefined;
  return broken([shell], 'scope', 'rows that are equal in what it READS get different answers', rows, { at: odd });
}

const readsOf = ({ reads }: Shell, [batch]: readonly RecordBatch[]): Schema =>
  batch!.schema.filter((field) => reads.includes(field.name));

/** Shown the same rows in another order, it prints something else. */
async function ordered(shell: Shell, runner: ChainRunner, rows: readonly RecordBatch[], difference: Difference) {
  const given = await textOf(shell, runner, rows);
  const backwards = rows.toReversed().map((batch) => ({ ...batch, selection: rowNumbers(batch).toReversed() }));
  if (given.all === (await textOf(shell, runner, backwards)).all) return undefined;
  return broken([shell], 'orderFree', 'the same rows in another order gave something else', rows, difference);
}

/** Shown the first half of the rows, it prints what is not the beginning of what it prints for all of them. */
async function early(shell: Shell, runner: ChainRunner, rows: readonly RecordBatch[], difference: Difference) {
  const unit: Unit = { batches: rows, first: 1 };
  const half = part(unit, 0, countIn(unit) >> 1);
  const [whole, first] = [await textOf(shell, runner, rows), await textOf(shell, runner, half.batches)];
  if (whole.all.startsWith(first.all)) return undefined;
  return broken(
    [shell],
    'online',
    'what it has printed for the first rows changes with those behind them',
    rows,
    difference,
  );
}

async function textOf(shell: Shell, runner: ChainRunner, rows: readonly RecordBatch[]) {
  const texts = rowsIn(shell.schema, await runner.one(shell, rows)).map(({ text }) => text);
  return { rows: texts, all: texts.map((text) => `${text}\n`).join('') };
}

/** @param at the row to show: the number of one among `batches`, or the one that a difference tells of. */
function broken(
  shells: readonly Shell[],
  axis: keyof Contract,
  why: string,
  batches: readonly RecordBatch[],
  at: { readonly at: number } | Difference,
): BrokenPromise {
  const first = shells.find(({ contract }) => contract[axis] !== undefined) ?? shells[0]!;
  const promise = first.contract[axis]!;
  const [words] = contractWords({ [axis]: { ...promise, by: 'declared' } });
  const witness = rowAt(first, batches, 'at' in at ? at.at : numberIn(at));
  const { origin } = first;
  const diagnostic = {
    code: 'E0502',
    message: `${nameOf(first)}: ${promise.by === 'inferred' ? 'taken for' : 'declared'} ${words}, but ${why}`,
    notes: [
      ...(witness === undefined ? [] : [`the first row that shows it: ${witness}`]),
      ...(origin === undefined ? [] : [`the command stands at ${origin.source}:${origin.line}:${origin.column}`]),
    ],
    help: ['remove what is declared of the command, or correct the command'],
  } as const;
  return new BrokenPromise(diagnostic, axis, shells);
}

/** The `$row` of the first row that differs. */
function numberIn({ written, rewritten, schema }: Difference): { readonly row: number } | undefined {
  const at = schema.findIndex((f) => f.name === rowField.name);
  const numbers = [written, rewritten].flatMap((row) => (row === undefined || at < 0 ? [] : [Number(row.cells[at])]));
  return numbers.length === 0 ? undefined : { row: Math.min(...numbers) };
}

function rowAt(
  shell: Shell,
  batches: readonly RecordBatch[],
  which: number | { readonly row: number } | undefined,
): string | undefined {
  if (which === undefined) return undefined;
  let n = 0;
  for (const batch of batches) {
    const at = batch.schema.findIndex((f) => f.name === rowField.name);
    const numbers = rowsIn(batch.schema.slice(at, at + 1), at < 0 ? [] : [batch]);
    let i = 0;
    for (const row of rowsOf(batch)) {
      const isIt = typeof which === 'number' ? n === which : Number(numbers[i]?.cells[0]) === which.row;
      if (isIt && shell.reads.every((name) => batch.schema.some((f) => f.name === name)))
        return shownRow(shell, batch, row);
      n++;
      i++;
    }
  }
  return undefined;
}

function withRows(error: BrokenPromise, difference: Difference): BrokenPromise {
  const { diagnostic, axis, stages } = error;
  const notes = [...(diagnostic.notes ?? []), shownDifference(difference)];
  return new BrokenPromise({ ...diagnostic, notes }, axis, stages);
}

/** What each of the plans gives, for people. */
export function shownDifference({ written, rewritten, schema }: Difference): string {
  const shown = (row: Row | undefined): string => {
    const cells = schema.flatMap(({ name }, i) =>
      name === rowField.name ? [] : [`${name} = ${String(row?.cells[i])}`],
    );
    return row === undefined ? 'no row' : cells.join(', ');
  };
  return `as written the query gives ${shown(written)}; as rewritten ${shown(rewritten)}`;
}
