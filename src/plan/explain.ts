import { alignmentOf } from '../contract/aligned.ts';
import type { Provenance } from '../contract/contract.ts';
import { contractWords } from '../contract/words.ts';
import { printExpr } from '../expr/print.ts';
import { checkpointable, deliveryOf } from './facts.ts';
import { inputs, label } from './ops.ts';
import { sqliteQuery } from './sqlite-query.ts';
import { components, inlined, type Job } from './job.ts';
import type { Plan, Shell } from './plan.ts';
import type { ShellGroups } from './shell-ways.ts';
import type { Watermark } from './watermark.ts';

/** Lines to be shown below an operator. */
export type Annotate = (plan: Plan) => readonly string[];

/** All plans of a job: its roots, then each shared sub-plan once, under the name that its readers have for it. */
export function explainJob(job: Job, annotate?: Annotate): readonly string[] {
  const { plans, shared } = job;
  // What hangs together is committed together.
  const inEpochs = components(job)
    .filter((part) => part.plans.every((plan) => checkpointable(inlined(plan, shared))))
    .flatMap((part) => part.plans);
  return [
    ...plans.flatMap((plan) => explainPlan(plan, annotate, inEpochs.includes(plan))),
    ...Object.entries(shared).flatMap(([id, plan]) => [
      `${id}:`,
      ...explainPlan(plan, annotate).map((line) => `  ${line}`),
    ]),
  ];
}

/** The plan as a tree, root first, a line an operator. Meant for people: its form may change. */
export function explainPlan(
  plan: Plan,
  annotate: Annotate = () => [],
  inEpochs = checkpointable(plan),
): readonly string[] {
  const lines: string[] = [];
  const walk = (node: Plan, first: string, rest: string, isRun: boolean) => {
    const detail = node.op === 'sink' ? deliveryOf(node, inEpochs) : detailOf(node);
    lines.push(`${first}${label(node)}${detail && `  ${detail}`}`);
    // The query of a refresh is run again and again, and nobody counts what its operators do.
    const query = node.op === 'refresh' ? [node.query] : [];
    const below = [...query, ...inputs(node)];
    for (const line of isRun ? annotate(node) : []) lines.push(`${rest}${below.length > 0 ? '│ ' : '  '}  ${line}`);
    below.forEach((input, i) => {
      const isLast = i === below.length - 1;
      walk(input, `${rest}${isLast ? '└─ ' : '├─ '}`, `${rest}${isLast ? '   ' : '│  '}`, isRun && i >= query.length);
    });
  };
  walk(plan, '', '', true);
  return lines;
}

function detailOf(plan: Plan): string {
  switch (plan.op) {
    case 'scan': {
      const parts = [`columns ${plan.schema.map((f) => f.name).join(', ')}`];
      if (plan.pushed?.length) parts.push(`where ${plan.pushed.map(printExpr).join(' AND ')}`);
      if (plan.chosen !== undefined)
        parts.push(`${plan.chosen.column} IN (those that ${label(plan.chosen.by)} keeps), where they are few`);
      if (plan.limit !== undefined) parts.push(`limit ${plan.limit}`);
      if (plan.query !== undefined) parts.push(`SQL: ${sqliteQuery(plan.query)?.sql}`);
      return parts.join('; ');
    }
    case 'shell':
      return shellDetail(plan);
    case 'canary':
      return `as written: ${chainText(plan.plain)}`;
    case 'tap':
      return plan.trial === undefined ? '' : `as written: ${chainText(plan.trial.written)}`;
    case 'watermark':
      return watermarkDetail(plan);
    case 'delay':
      return plan.idle === undefined ? '' : `waits ${plan.idle} ms`;
    default:
      return '';
  }
}

/** Operators over one another, the last one first. */
const chainText = (plan: Plan): string => {
  const [input] = inputs(plan);
  return input === undefined || input.op === 'values' ? label(plan) : `${label(plan)} over ${chainText(input)}`;
};

/** How the rows get to its processes, and what becomes of those that fail. */
function waysOf({
  call,
  groups,
  mode,
  protocol,
  io,
  live,
  onError,
  deadLetter,
  retries,
  sandbox,
  copies,
  partial,
  copiesBy,
  native,
}: Shell): readonly string[] {
  return [
    call?.distinct ? 'once for equal arguments' : '',
    call?.when === undefined ? '' : `only where ${printExpr(call.when)}`,
    groups === undefined ? '' : `a process for each (${groups.keys.join(', ')})${eachOf(groups)}`,
    mode === undefined ? '' : `MODE ${mode.toUpperCase()}`,
    protocol === undefined ? '' : protocol === 'counted' ? 'counts rows' : `a ${protocol} frame a row`,
    io === undefined ? '' : 'through pipes',
    live ? 'prints each line at once (stdbuf -oL)' : '',
    retries === undefined ? '' : `tries again ${retries} times`,
    onError === 'skip' ? 'leaves out rows that fail' : '',
    deadLetter === undefined ? '' : `rows that fail into ${deadLetter.label}`,
    copies === undefined ? '' : copiesOf(copies, copiesBy),
    partial ? 'each of a part' : '',
    native === undefined ? '' : `native: ${native.join(', ')}`,
    sandbox === undefined ? '' : `SANDBOX ${sandbox.toUpperCase()}`,
  ].filter((part) => part !== '');
}

const eachOf = ({ each = {} }: ShellGroups): string => {
  const words = contractWords(each);
  return words.length === 0 ? '' : `, of which ${words.join(', ')}`;
};

const copiesOf = (copies: number, by: readonly string[] = []): string =>
  `${copies === 1 ? 'one process' : `${copies} copies`}${by.length === 0 ? '' : ` by ${by.join(', ')}`}`;

function shellDetail(plan: Shell): string {
  const { contract } = plan;
  const by = (provenance: Provenance): string => contractWords(contract, provenance).join(', ');
  const parts = [
    by('declared') || 'nothing declared',
    ...(['inferred', 'verified', 'quarantined'] as const)
      .map((word) => by(word) && `${word} ${by(word)}`)
      .filter((text) => text !== ''),
    ...(plan.input ? [`reads ${plan.reads.join(', ')} as ${plan.inputFormat.name}`] : []),
    ...(plan.writes.length > 0
      ? [`writes ${plan.writes.map((f) => f.name).join(', ')} as ${plan.outputFormat.name}`]
      : []),
    ...((alignmentOf(contract) ?? plan.protocol) !== undefined && plan.carried.length > 0
      ? [`carries ${plan.carried.join(', ')}`]
      : []),
    ...waysOf(plan),
    ...(plan.stopsEarly ? ['stops early'] : []),
  ];
  return parts.join('; ');
}

function watermarkDetail({ late, into, partitions, idle, perBatch }: Watermark): string {
  const parts = [
    late === 'into' ? `late rows into ${into!.label}` : late === 'keep' ? 'keeps late rows' : '',
    partitions === undefined ? '' : `the least of ${partitions.names.length} inputs`,
    idle === undefined ? '' : `waits ${idle} ms`,
    perBatch ? 'one time a batch' : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}
