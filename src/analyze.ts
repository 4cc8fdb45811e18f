import type { Offset } from './connect/connector.ts';
import { explainJob } from './plan/explain.ts';
import type { Job } from './plan/job.ts';
import { inputs, label } from './plan/ops.ts';
import type { Plan } from './plan/plan.ts';
import type { Analyze } from './plan/step.ts';
import type { ProcessStats } from './process/process-stats.ts';
import { toolsOf, type Tool } from './process/tools.ts';
import { countersOf } from './run/job-stats.ts';
import type { OperatorStats } from './run/operator.ts';

/** What a job that was run did: its plan with the counters of each operator. @param elapsed ms of the whole run. */
export function analysis(
  job: Job,
  rows: readonly OperatorStats[],
  elapsed: number,
  { format, notes }: Analyze,
): readonly string[] {
  const counters = countersOf(job, rows);
  if (format === 'json') return JSON.stringify(asJson(job, counters, elapsed), null, 2).split('\n');
  const measured = notes.length === 0 ? [] : allShells(job).flatMap((shell) => measuredGain(shell, counters));
  return [
    ...explainJob(job, (plan) => describe(plan, counters(plan), elapsed)),
    `Time: ${ms(elapsed)}`,
    ...notes,
    ...measured,
  ];
}

interface UnderReader {
  readonly command: Plan;
  readonly reader: Plan;
}

/** Commands, each with the operator that gets its rows. */
function allShells({ plans, shared }: Job): readonly UnderReader[] {
  const below = (plan: Plan): readonly UnderReader[] => [
    ...inputs(plan).flatMap((input) => (input.op === 'shell' && input.input ? [{ command: input, reader: plan }] : [])),
    ...inputs(plan).flatMap(below),
  ];
  return [...plans, ...Object.values(shared)].flatMap(below);
}

/** What laws that are refused could save at most: the time of the command, or of the part whose rows are dropped above it. */
function measuredGain({ command, reader }: UnderReader, counters: (plan: Plan) => OperatorStats): readonly string[] {
  const { rowsIn, rowsOut, busy } = counters(command);
  if (rowsIn === 0) return [];
  const line = `  measured: ${label(command)} worked for ${ms(busy)} on ${counted(rowsIn, 'row')}`;
  const kept = counters(reader).rowsOut;
  const drops = (reader.op === 'filter' || reader.op === 'limit') && rowsOut > 0 && kept < rowsOut;
  if (!drops) return [line];
  const share = 1 - kept / rowsOut;
  return [
    `${line}; ${label(reader)} drops ${(share * 100).toFixed(0)} % of what it gives, ${ms(busy * share)} of that`,
  ];
}

function describe(plan: Plan, stats: OperatorStats, elapsed: number): readonly string[] {
  if (stats.isHandedOver) return ['the command above reads the file by itself'];
  const { rowsIn, rowsOut, bytesIn, bytesOut, bytesSpilled, batchesIn, batchesOut, isRoot } = stats;
  const isLeaf = inputs(plan).length === 0;
  const parts = [
    isLeaf ? '' : `${counted(rowsIn, 'row')} in`,
    isRoot ? '' : `${counted(rowsOut, 'row')} out`,
    isLeaf ? counted(batchesOut, 'batch') : counted(batchesIn, 'batch'),
    bytesIn > 0 ? `${bytes(bytesIn)} in` : '',
    bytesOut > 0 ? `${bytes(bytesOut)} out` : '',
    bytesSpilled > 0 ? `${bytes(bytesSpilled)} spilled` : '',
  ];
  const { busy, blocked, idle } = timesIn(stats, elapsed);
  const lines = [`${listed(parts)}; busy ${ms(busy)}, blocked ${ms(blocked)}, idle ${ms(idle)}`];
  if (stats.processes !== undefined) lines.push(describeProcesses(stats.processes));
  if (plan.op === 'shell') lines.push(...toolsOf(plan).map(describeTool));
  return lines;
}

/** What is neither work nor waiting for room is waiting for input. */
function timesIn({ busy, blocked }: OperatorStats, elapsed: number): { busy: number; blocked: number; idle: number } {
  return { busy, blocked, idle: Math.max(0, elapsed - busy - blocked) };
}

function describeProcesses({ started, restarts, exits, cpu, peakMemory }: ProcessStats): string {
  const ends = Object.entries(exits).map(([how, n]) => (n === 1 ? how : `${how} (${counted(n, 'time')})`));
  return listed([
    counted(started, 'process'),
    restarts === 0 ? '' : counted(restarts, 'restart'),
    ...ends,
    `CPU ${ms(cpu)}`,
    peakMemory === 0 ? '' : `peak memory ${bytes(peakMemory)}`,
  ]);
}

const describeTool = ({ name, path, sha256 }: Tool): string =>
  path === undefined ? `${name}: not found` : `${name}: ${path}, sha256 ${sha256?.slice(0, 12) ?? 'unknown'}`;

interface Node {
  readonly operator: string;
  readonly label: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly batchesIn: number;
  readonly batchesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly bytesSpilled: number;
  readonly busyMs: number;
  readonly blockedMs: number;
  readonly idleMs: number;
  readonly processes?: ProcessStats;
  readonly tools?: readonly Tool[];
  /** Of a source: just after the last row that it gave. A run that begins there goes on where this one has stopped. */
  readonly position?: Offset;
  readonly inputs: readonly Node[];
}

function asJson({ plans, shared }: Job, counters: (plan: Plan) => OperatorStats, elapsed: number): object {
  const nodeOf = (plan: Plan): Node => {
    const own = counters(plan);
    const { busy, blocked, idle } = timesIn(own, elapsed);
    const { label, rowsIn, rowsOut, batchesIn, batchesOut, bytesIn, bytesOut, bytesSpilled, processes, position } = own;
    return {
      operator: plan.op,
      label,
      ...{ rowsIn, rowsOut, batchesIn, batchesOut, bytesIn, bytesOut, bytesSpilled },
      ...{ busyMs: rounded(busy), blockedMs: rounded(blocked), idleMs: rounded(idle) },
      ...(processes !== undefined && { processes }),
      ...(plan.op === 'shell' && { tools: toolsOf(plan) }),
      ...(position !== undefined && { position }),
      inputs: inputs(plan).map(nodeOf),
    };
  };
  return {
    elapsedMs: rounded(elapsed),
    plans: plans.map(nodeOf),
    shared: Object.fromEntries(Object.entries(shared).map(([id, plan]) => [id, nodeOf(plan)])),
  };
}

const rounded = (n: number): number => Math.round(n * 1000) / 1000;

const listed = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ');

const plurals: Readonly<Record<string, string>> = { process: 'processes', batch: 'batches' };
const counted = (n: number, what: string): string =>
  `${n.toLocaleString('en-US')} ${n === 1 ? what : (plurals[what] ?? `${what}s`)}`;

const ms = (n: number): string => (n >= 1000 ? `${(n / 1000).toFixed(2)} s` : `${n.toFixed(n >= 10 ? 0 : 1)} ms`);

function bytes(n: number): string {
  const unit = n >= 1e9 ? 3 : n >= 1e6 ? 2 : n >= 1e3 ? 1 : 0;
  return unit === 0 ? `${n} B` : `${(n / 1000 ** unit).toFixed(1)} ${['B', 'kB', 'MB', 'GB'][unit]}`;
}
