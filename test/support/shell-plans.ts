import type { Contract } from '../../src/contract/contract.ts';
import { rowsOf, type RecordBatch } from '../../src/data/batch.ts';
import { batchOf } from '../../src/data/builder.ts';
import { cell } from '../../src/data/cell.ts';
import type { Schema } from '../../src/data/types.ts';
import type { Value } from '../../src/data/value.ts';
import type { Format, Shell, Values } from '../../src/plan/plan.ts';
import type { RunContext } from '../../src/run/context.ts';
import type { Operator, Output } from '../../src/run/operator.ts';
import { runContext } from '../../src/run/start.ts';

const declared = <T>(value: T) => ({ value, by: 'declared' as const });

export const opaque: Contract = {};
export const map: Contract = {
  scope: declared({ unit: 'record' }),
  emits: declared('one'),
  determinism: declared('deterministic'),
  effects: declared('none'),
};
export const keeper: Contract = {
  scope: declared({ unit: 'record' }),
  filters: declared(true),
  determinism: declared('deterministic'),
  effects: declared('none'),
  exitOk: declared([0, 1]),
};
/** One row for each, but remembering: `nl`. */
export const numbering: Contract = { emits: declared('one') };

/** Rows of TEXT unless the name says otherwise: `n INTEGER`. */
export const schemaOf = (...columns: readonly string[]): Schema =>
  columns.map((column) => {
    const [name, type = 'TEXT'] = column.split(' ');
    return { name: name!, type: type as Schema[number]['type'] };
  });

const formatFor = (columns: number): Format => ({ name: columns === 1 ? 'lines' : 'tsv', options: {} });

export interface ShellSketch {
  readonly input?: Schema;
  readonly reads?: readonly string[];
  readonly writes?: Schema;
  readonly contract?: Contract;
  readonly more?: Partial<Shell>;
}

/** A Shell as the binder makes it, over rows that the test pushes itself. */
export function shell(command: string, { input, reads, writes, contract = opaque, more }: ShellSketch = {}): Shell {
  const sent = reads ?? input?.map((field) => field.name) ?? [];
  const filters = contract.filters !== undefined;
  const written = writes ?? (filters ? [] : schemaOf('line'));
  const aligned = filters || contract.emits?.value === 'one';
  const carried = aligned ? input!.filter((field) => !written.some((w) => w.name === field.name)) : [];
  const values: Values | undefined = input && { op: 'values', schema: input, rows: [] };
  return {
    op: 'shell',
    schema: [...carried, ...written],
    ...(values && { input: values }),
    command,
    label: command,
    reads: sent,
    readsAll: reads === undefined,
    writes: written,
    carried: carried.map((field) => field.name),
    inputFormat: formatFor(sent.length),
    outputFormat: formatFor(written.length),
    contract,
    env: {},
    origin: { source: 'q.ssql', line: 3, column: 5 },
    ...more,
  };
}

export interface Harness {
  readonly context: RunContext;
  readonly log: string[];
  /** What the operator handed on, as rows of boxed cells. */
  readonly rows: (readonly Value[])[];
  readonly out: Output & { full: boolean };
}

/** @param most rows that are wanted. */
export function harness(most = Infinity, settings: Readonly<Record<string, string>> = {}): Harness {
  const log: string[] = [];
  const rows: (readonly Value[])[] = [];
  const out = {
    full: most === 0,
    emit(batch: RecordBatch) {
      rows.push(...valuesOf(batch));
      out.full ||= rows.length >= most;
    },
    watermark: () => undefined,
  };
  const context = runContext(
    { log: (line) => log.push(line) },
    {},
    { kill_grace: '300', ...settings },
    () => undefined,
  );
  return { context, log, rows, out };
}

export const valuesOf = (batch: RecordBatch): (readonly Value[])[] =>
  Array.from(rowsOf(batch), (row) => batch.schema.map((field, c) => cell(batch.columns[c]!, field.type, row)));

/** Drives an operator as the runner does: batches of `size` rows, then the end, then its release. */
export async function drive(
  operator: Operator,
  { context, out }: Harness,
  schema: Schema,
  rows: readonly (readonly Value[])[],
  { size = 1000, barriers = false } = {},
): Promise<void> {
  let failed = true;
  try {
    for (let at = 0; at < rows.length; at += size) {
      if (!(operator.wants?.(0, out) ?? !out.full)) break;
      await operator.onBatch(batchOf(schema, rows.slice(at, at + size)), 0, out);
      if (barriers) await operator.onBarrier?.(out);
      context.signal.throwIfAborted();
    }
    await operator.onEnd?.(0, out);
    context.signal.throwIfAborted();
    failed = false;
  } finally {
    await operator.close?.(failed);
  }
}
