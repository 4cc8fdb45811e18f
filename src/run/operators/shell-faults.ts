import { RunError, type Diagnostic } from '../../base/errors.ts';
import { isPerRecord } from '../../contract/aligned.ts';
import type { Contract } from '../../contract/contract.ts';
import type { Fault } from '../../data/format/format.ts';
import { bounded } from '../../plan/facts.ts';
import type { Origin, Shell } from '../../plan/plan.ts';
import type { Failure } from '../../process/outcome.ts';
import { printable } from '../../process/tail.ts';
import { BrokenPromise } from './broken-promise.ts';

/** One command of a Shell, which is several where commands are fused. */
export interface ShellStage {
  readonly command: string;
  readonly label: string;
  readonly contract: Contract;
  readonly env: Readonly<Record<string, string>>;
  readonly origin?: Origin;
}

export const stagesOf = (plan: Shell): readonly ShellStage[] => [plan, ...(plan.fused ?? [])];

/** Whether each row is answered by itself, so that the input may be cut anywhere: c(x y) = c(x) c(y). */
export const perRecord = (plan: Shell): boolean => stagesOf(plan).every(({ contract }) => isPerRecord(contract));

/** Whether its processes may run side by side, and in any order: nothing but their output tells that they ran. */
export const mayOverlap = (plan: Shell): boolean =>
  stagesOf(plan).every(
    ({ contract }) => contract.effects?.value === 'none' && contract.needs?.value.exclusive === undefined,
  );

/** Whether a row that makes it fail can be found by running it on fewer rows, again and again. */
export const canBisect = (plan: Shell): boolean =>
  plan.mode === 'row' ||
  (perRecord(plan) &&
    stagesOf(plan).every(({ contract }) => ['none', 'idempotent'].includes(contract.effects?.value ?? 'any')));

/** Whether rows are kept until their process has ended well, so that they can be sent again. */
export const recovers = (plan: Shell): boolean =>
  plan.retries !== undefined || plan.onError === 'into' || (plan.onError === 'skip' && canBisect(plan));

/**
 * Whether it may be stopped as soon as nobody wants more of its rows: law L3 says so, or its input does not end. Else a
 * command with effects, or of unknown nature, gets all rows even if nobody looks at what it makes of them.
 */
export const mayStop = (plan: Shell): boolean =>
  plan.stopsEarly === true || (plan.input !== undefined && !bounded(plan.input));

/** Rows that went into a command and came out of it. */
export interface Counts {
  /** Undefined where it reads for itself. */
  sent: number | undefined;
  received: number;
}

/** What messages call a command. */
export const nameOf = ({ label, command }: ShellStage): string =>
  label === command ? `SHELL('${shorten(command)}')` : `SHELL ${label}`;

function shorten(command: string): string {
  const line = command.trim().replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

export const counted = (n: number): string => `${n.toLocaleString('en-US')} ${n === 1 ? 'row' : 'rows'}`;

const where = ({ origin }: ShellStage): string[] =>
  origin === undefined ? [] : [`the command stands at ${origin.source}:${origin.line}:${origin.column}`];

const flow = ({ sent, received }: Counts): string =>
  `${sent === undefined ? '' : `${counted(sent)} went in, `}${counted(received)} came out`;

/** Whoever fails under LIMITS may fail because of them. */
function limitsOf({ limits = {}, sandbox }: Shell): string[] {
  const words = Object.entries(limits).map(([name, value]) => `${name} ${(value as number).toLocaleString('en-US')}`);
  const under = [...words, ...(sandbox === undefined ? [] : [`SANDBOX ${sandbox.toUpperCase()}`])];
  return under.length === 0 ? [] : [`it ran under limits: ${under.join(', ')}`];
}

/** What a signal that few send by hand mostly means. */
function reasonOf({ what }: Failure): string[] {
  if (what.includes('SIGKILL')) return ['the system does that to a program that takes more memory than there is'];
  if (what.includes('SIGXCPU')) return ['it has used the processor time that LIMITS (cpu) gives it'];
  return what.includes('SIGXFSZ') ? ['it has written a file of the size that LIMITS (files) gives it'] : [];
}

/** E0501, with what is known of the end of the process. */
export class CommandError extends RunError {
  /** Exit status; undefined where a signal ended it, or it never ran. */
  readonly exit: number | undefined;
  /** The last lines of its stderr. */
  readonly tail: readonly string[];
  readonly stage: ShellStage;

  constructor(diagnostic: Diagnostic, exit: number | undefined, tail: readonly string[], stage: ShellStage) {
    super(diagnostic);
    this.exit = exit;
    this.tail = tail;
    this.stage = stage;
  }

  /** What it says of a promise: TOTAL is that every exit status is a good one. */
  get broken(): BrokenPromise | undefined {
    const { total } = this.stage.contract;
    if (this.exit === undefined || total === undefined || total.by === 'quarantined') return undefined;
    return new BrokenPromise(this.diagnostic, 'total', [this.stage]);
  }
}

/** E0501: it ended in a way that is not fine. @param tail the last lines of its stderr. */
export function commandFailed(plan: Shell, failure: Failure, counts: Counts, tail: readonly string[]): CommandError {
  const stage = stagesOf(plan)[failure.stage]!;
  const after = counted(counts.sent ?? counts.received);
  const status = /^exit status (\d+)$/.exec(failure.what)?.[1];
  const ok = stage.contract.exitOk?.value ?? [0];
  const diagnostic: Diagnostic = {
    code: 'E0501',
    message: `${nameOf(stage)} failed: ${failure.what} (after ${after})`,
    notes: [
      ...tail.map((line) => `stderr: ${line}`),
      ...reasonOf(failure),
      flow(counts),
      ...limitsOf(plan),
      ...(stage.contract.total?.by === 'declared' ? ['it is declared TOTAL, which says that it never fails'] : []),
      ...where(stage),
    ],
    ...(status !== undefined && {
      help: [`if this status is no failure, declare EXIT OK (${[...ok, status].join(', ')})`],
    }),
  };
  const exit = /^exit status (\d+)/.exec(failure.what)?.[1];
  return new CommandError(diagnostic, exit === undefined ? undefined : Number(exit), tail, stage);
}

/** E0502: what came out is not what was declared. */
export function brokenPromise(
  plan: Shell,
  axis: keyof Contract,
  message: string,
  notes: readonly string[] = [],
): BrokenPromise {
  // Of commands that are fused nobody knows which one it is about.
  const names = stagesOf(plan).map(nameOf).join(' | ');
  const diagnostic: Diagnostic = {
    code: 'E0502',
    message: `${names}: ${message}`,
    notes: [...notes, ...where(plan)],
    help: ['remove what is declared of the command, or correct the command'],
  };
  return new BrokenPromise(diagnostic, axis, stagesOf(plan));
}

/** E0502: a filter printed something of its own. @param line without or with its newline. */
export function unknownLine(plan: Shell, line: Uint8Array): RunError {
  const shown = printable(Buffer.from(line.subarray(0, 200)).toString('utf8').replace(/\n$/, ''));
  return brokenPromise(plan, 'filters', `declared AS FILTER, but it printed a line it was not given: ${shown}`, [
    'a line is not found either when it comes twice, or before lines that went in before it',
  ]);
}

/** Says of a record that is too long whose it is. */
export function inOutput(plan: Shell, error: unknown): unknown {
  if (!(error instanceof RunError) || error.diagnostic.code !== 'E0703') return error;
  const message = `output of ${nameOf(stagesOf(plan).at(-1)!)}, ${error.diagnostic.message}`;
  return new RunError({ ...error.diagnostic, message, notes: where(plan) });
}

/** E0503: its output does not fit what it WRITES. */
export function undecodable(plan: Shell, { line, column, message, value }: Fault): RunError {
  const of = column === undefined ? '' : `, column ${column}`;
  return new RunError({
    code: 'E0503',
    message: `output of ${nameOf(stagesOf(plan).at(-1)!)}, line ${line.toLocaleString('en-US')}${of}: ${message}`,
    notes: [...(value === undefined || message.includes(value) ? [] : [`it printed: ${value}`]), ...where(plan)],
    help: ['correct WRITES or FORMAT, or leave such rows out with ON ERROR SKIP'],
  });
}

/** E0504: a value that the input format cannot carry. @param row 1-based, among the rows that came to the command. */
export function unsendable(
  plan: Shell,
  row: number,
  column: string,
  message: string,
  help: readonly string[],
): RunError {
  return new RunError({
    code: 'E0504',
    message: `row ${row.toLocaleString('en-US')}, column ${column}, cannot be sent to ${nameOf(plan)}: ${message}`,
    notes: where(plan),
    help,
  });
}
