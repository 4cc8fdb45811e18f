import { spawnSync } from 'node:child_process';
import type { Field } from '../../src/data/types.ts';
import type { Value } from '../../src/data/value.ts';
import type { Shell } from '../../src/plan/plan.ts';
import { runNative } from './naive-native.ts';

/** What a query ends with when it does not end well. The message is for people; tests only ask whether there was one. */
export class Fault extends Error {}

export type Row = ReadonlyMap<string, Value>;

/** Answers of commands that declare EFFECTS NONE and DETERMINISTIC: running them again is a waste of time. */
const answers = new Map<string, string>();

/** All lines of the input at once through one `sh -c`, in `cwd`. @param partial the exit status does not count. */
export function runShell(plan: Shell, input: readonly Row[], cwd: string, partial: boolean): readonly Row[] {
  const { contract, reads, writes } = plan;
  const isSkipped = (row: Row) =>
    contract.nulls?.value.policy === 'skip' && reads.some((name) => row.get(name) === null);
  const sent = input.filter((row) => !isSkipped(row));
  const answers = answersTo(plan, sent, cwd, partial);
  const skipped: Row = new Map(writes.map((field) => [field.name, null]));
  return sent.length === input.length
    ? answers
    : input.map((row) => (isSkipped(row) ? new Map([...carried(plan, row), ...skipped]) : answers[sent.indexOf(row)]!));
}

/** Law K1: the command is shown the first of the rows that are equal in what it reads, and all of them get its answer. */
function asked({ call, ...plan }: Shell, input: readonly Row[], cwd: string, partial: boolean): readonly Row[] {
  const keyOf = (row: Row) => JSON.stringify(plan.reads.map((name) => line(plan, [row.get(name)!])));
  const keys = [...new Set(input.map(keyOf))];
  const first = keys.map((key, i): Row => new Map([...input.find((row) => keyOf(row) === key)!, [' n', BigInt(i)]]));
  const schema: Shell['schema'] = [...plan.writes, { name: ' n', type: 'INTEGER' }];
  const answers = answersTo({ ...plan, carried: [' n'], schema }, first, cwd, partial);
  const byKey = new Map(answers.map((row) => [keys[Number(row.get(' n'))]!, row]));
  return input.flatMap((row): readonly Row[] => {
    const answer = byKey.get(keyOf(row));
    if (answer === undefined && call?.keeps) return [];
    const written = plan.writes.map(({ name }) => [name, answer?.get(name) ?? null] as const);
    return [new Map([...carried(plan, row), ...written])];
  });
}

/** A process for each group, in the order of their first rows; what makes a group goes around it where it has to. */
function inGroups({ groups, ...plan }: Shell, input: readonly Row[], cwd: string, partial: boolean): readonly Row[] {
  const keyOf = (row: Row) => groups!.keys.map((name) => String(row.get(name))).join('\0');
  const isAligned = plan.contract.emits?.value === 'one';
  const inner: Shell = isAligned ? plan : { ...plan, carried: [], schema: plan.writes };
  return [...new Set(input.map(keyOf))].flatMap((key) => {
    const rows = input.filter((row) => keyOf(row) === key);
    const answers = answersTo(inner, rows, cwd, partial);
    return isAligned ? answers : answers.map((answer) => new Map([...carried(plan, rows[0]!), ...answer]));
  });
}

/** Laws A1 to A3: each copy gets its part of the rows; one gets none where there are none. */
function inParts({ copies: n = 1, copiesBy, ...plan }: Shell, input: readonly Row[], cwd: string, partial: boolean) {
  const parts = copiesBy === undefined ? stretches(input, n) : sharesOf(copiesBy, input, n);
  return (parts.length === 0 && copiesBy === undefined ? [[]] : parts).flatMap((part) =>
    answersTo(plan, part, cwd, partial),
  );
}

function stretches(input: readonly Row[], n: number): readonly (readonly Row[])[] {
  const size = Math.max(1, Math.ceil(input.length / n));
  return Array.from({ length: Math.ceil(input.length / size) }, (_, i) => input.slice(i * size, (i + 1) * size));
}

function sharesOf(by: readonly string[], input: readonly Row[], n: number): readonly (readonly Row[])[] {
  const keyOf = (row: Row) => by.map((name) => String(row.get(name))).join('\0');
  const keys = [...new Set(input.map(keyOf))];
  const shares = Array.from({ length: n }, (_, i) => input.filter((row) => keys.indexOf(keyOf(row)) % n === i));
  return shares.filter((share) => share.length > 0);
}

function answersTo(plan: Shell, input: readonly Row[], cwd: string, partial: boolean): readonly Row[] {
  if (plan.groups !== undefined) return inGroups(plan, input, cwd, partial);
  if (plan.call !== undefined) return asked(plan, input, cwd, partial);
  if (plan.copies !== undefined) return inParts(plan, input, cwd, partial);
  const stages = [plan, ...(plan.fused ?? [])];
  const sent = input
    .map((row) =>
      line(
        plan,
        plan.reads.map((name) => row.get(name)!),
      ),
    )
    .join('');
  const run = stages.length === 1 ? runOne : runPipeline;
  const output = plan.native === undefined ? run(plan, sent, cwd, partial) : runNative(plan, sent);
  const lines = output.split(plan.outputFormat.name === 'csv' ? /\n(?=(?:[^"]*"[^"]*")*[^"]*$)/ : '\n');
  if (lines.pop() !== '') throw new Fault('the last line of the output has no end');
  if (plan.writes.length === 0) return survivors(plan, input, lines);
  if (!partial && plan.carried.length > 0 && lines.length !== input.length) {
    throw new Fault(`${input.length} rows went in, ${lines.length} came out`);
  }
  return lines.flatMap((text, i) => {
    try {
      const written = parse(plan, text);
      return [plan.carried.length === 0 ? written : new Map([...carried(plan, input[i]!), ...written])];
    } catch (error) {
      if (plan.onError === 'skip' && error instanceof Fault) return [];
      throw error;
    }
  });
}

const carried = (plan: Shell, row: Row): Row => new Map(plan.carried.map((name) => [name, row.get(name)!]));

function runOne(plan: Shell, input: string, cwd: string, partial: boolean): string {
  const { contract, command, env } = plan;
  const pure = contract.effects?.value === 'none' && contract.determinism?.value === 'deterministic';
  const key = [command, JSON.stringify(env), input].join('\0');
  const known = pure ? answers.get(key) : undefined;
  if (known !== undefined) return known;
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], options(input, cwd, env));
  if (plan.stderr === 'fail' && stderr.length > 0) throw new Fault(`stderr: ${stderr.toString('latin1')}`);
  const ok: readonly (number | null)[] = contract.exitOk?.value ?? [0];
  if (!ok.includes(status) && !partial) throw new Fault(`exit status ${status}`);
  const text = stdout.toString('latin1');
  if (pure && !partial) answers.set(key, text);
  return text;
}

type Stage = Pick<Shell, 'command' | 'contract'>;

/** `a | b`, with the exit status of each part. That a part was stopped because the next one had enough is no failure. */
function runPipeline(plan: Shell, input: string, cwd: string): string {
  const stages: readonly Stage[] = [plan, ...(plan.fused ?? [])];
  const script = stages.map((_, i) => `{ sh -c "$${i + 1}"; echo ${i} $? >&3; }`).join(' | ');
  const run = spawnSync('/bin/sh', ['-c', script, 'sh', ...stages.map((s) => s.command)], {
    ...options(input, cwd, plan.env),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  if (plan.stderr === 'fail' && run.stderr.length > 0) throw new Fault(`stderr: ${run.stderr.toString('latin1')}`);
  const statuses = run.output[3]!.toString('latin1').trim().split('\n');
  for (const [stage, status] of statuses.map((text) => text.split(' ').map(Number) as [number, number])) {
    const ok = stages[stage]!.contract.exitOk?.value ?? [0];
    if (status !== 141 && !ok.includes(status)) throw new Fault(`exit status ${status} of stage ${stage}`);
  }
  return run.stdout.toString('latin1');
}

const options = (input: string, cwd: string, env: Shell['env']) => ({
  cwd,
  input: Buffer.from(input, 'latin1'),
  env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', ...env },
});

function line(plan: Shell, cells: readonly Value[]): string {
  const { inputFormat, contract } = plan;
  const texts = cells.map((cell) => {
    const policy = contract.nulls?.value;
    if (cell === null && policy?.policy === 'as') return policy.text;
    if (cell === null && inputFormat.name === 'tsv') return '\\N';
    if (cell === null) throw new Fault('NULL cannot be sent');
    const text = typeof cell === 'number' && Number.isInteger(cell) ? `${cell}.0` : String(cell);
    if (/[\n\r]/.test(text)) throw new Fault('a line break cannot be sent');
    return inputFormat.name === 'tsv' ? text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t') : text;
  });
  if (inputFormat.name === 'csv')
    return `${texts.map((t) => (/[",]/.test(t) ? `"${t.replaceAll('"', '""')}"` : t)).join(',')}\n`;
  return `${texts.join('\t')}\n`;
}

function parse({ writes, outputFormat }: Shell, text: string): Row {
  const cells = outputFormat.name === 'tsv' ? text.split('\t').map(unescapeTsv) : [text];
  if (cells.length !== writes.length) throw new Fault(`${cells.length} fields, not ${writes.length}`);
  return new Map(writes.map((field, i) => [field.name, typed(field, cells[i]!)]));
}

const unescapeTsv = (text: string): string | null =>
  text === '\\N' ? null : text.replace(/\\(.)/g, (_, c: string) => (c === 't' ? '\t' : c));

function typed({ type }: Field, text: string | null): Value {
  if (text === null || type === 'TEXT') return text;
  if (type === 'INTEGER' && /^ *-?\d+$/.test(text)) return BigInt(text.trim());
  throw new Fault(`'${text}' is no ${type}`);
}

/** FILTERS: each line that comes out is the next row that was sent as this line. */
function survivors(plan: Shell, input: readonly Row[], lines: readonly string[]): readonly Row[] {
  let at = 0;
  return lines.map((text) => {
    while (
      at < input.length &&
      line(
        plan,
        plan.reads.map((name) => input[at]!.get(name)!),
      ) !== `${text}\n`
    )
      at++;
    const row = input[at++];
    if (row === undefined) throw new Fault(`no row was sent as '${text}'`);
    return new Map(plan.schema.map(({ name }) => [name, row.get(name)!]));
  });
}
