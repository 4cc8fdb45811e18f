import { alignmentOf } from './contract/aligned.ts';
import { closeContract } from './contract/closure.ts';
import type { Contract } from './contract/contract.ts';
import { infer } from './contract/infer.ts';
import { mapJob, type Job } from './plan/job.ts';
import { mapInputs } from './plan/ops.ts';
import type { Plan, Shell } from './plan/plan.ts';
import { isGenuine } from './process/genuine.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Adds to each command what its text tells: axes that nobody declared, for known programs with known arguments. What is
 * declared stays as it is, and so do the columns of a command: which ones go around it is up to its declaration alone.
 */
export function withInference(job: Job): Job {
  const visit = (plan: Plan): Plan => {
    const below = mapInputs(plan, visit);
    return below.op === 'shell' ? { ...below, contract: inferred(below), ...groupsOf(below) } : below;
  };
  return mapJob(job, visit);
}

/** What is known holds for lines; a header is one that stands for none of the rows. */
const isLinewise = ({ name, options }: Shell['inputFormat']): boolean =>
  ['lines', 'tsv', 'jsonl'].includes(name) && options['header'] !== true;

/** Variables that make known programs behave otherwise. */
const SWAYS = /^(LC_\w+|LANG|LANGUAGE|PATH|POSIX\w*|_POSIX\w*|GREP_\w+|TABSIZE|COLUMNS|LD_\w+|G?AWK\w*|JQ\w*|MAWK\w*)$/;

/** The contract of a command with what is known of it. */
export function inferred(shell: Shell): Contract {
  const facts = factsOf(shell);
  if (facts === undefined) return shell.contract;
  return shell.groups === undefined ? merged(shell, facts) : { ...only(facts, OF_EACH_PROCESS), ...shell.contract };
}

/** Of a command with a process for each group: what holds for any number of processes. */
const OF_EACH_PROCESS = ['determinism', 'effects', 'total', 'exitOk', 'encoding'] as const;
/** And for the rows of a window. */
const OF_A_WINDOW = ['combine', 'orderFree', 'sortedBy'] as const;

const only = (facts: Contract, axes: readonly (keyof Contract)[]): Contract =>
  Object.fromEntries(axes.flatMap((axis) => (facts[axis] === undefined ? [] : [[axis, facts[axis]]])));

/** How the parts of a window make a whole is declared, or it is known of the command. */
function groupsOf(shell: Shell): Pick<Shell, 'groups'> {
  const { groups } = shell;
  if (groups?.windowEnd === undefined) return {};
  const each = { ...only(factsOf(shell) ?? {}, OF_A_WINDOW), ...groups.each };
  return (each.combine ?? each.orderFree) === undefined ? {} : { groups: { ...groups, each } };
}

/** What the text of a command tells, as far as it holds for what is declared of its lines. */
function factsOf(shell: Shell): Contract | undefined {
  const { contract: declared, command, inputFormat, outputFormat, env } = shell;
  if (shell.input === undefined || shell.call !== undefined) return undefined;
  // Where rows get the time of those before them, all rows have to be shown.
  if (shell.mode !== undefined || shell.protocol !== undefined || shell.time !== undefined) return undefined;
  if (!isLinewise(inputFormat) || !isLinewise(outputFormat)) return undefined;
  if (Object.keys(env).some((name) => SWAYS.test(name))) return undefined;
  const known = infer(command, { json: inputFormat.name === 'jsonl' });
  if (known === undefined || !known.programs.every(isGenuine)) return undefined;
  const facts: Mutable<Contract> = { ...known.contract };
  if (declared.filters === undefined) delete facts.filters;
  // Whoever declares how it treats lines means the lines there are; PARTITION BY says nothing of them.
  if (declared.scope !== undefined && (shell.groups === undefined || declared.scope.by !== 'implied'))
    delete facts.encoding;
  if (outputFormat.name === 'jsonl' || declared.combine !== undefined) delete facts.emits;
  if (outputFormat.name !== inputFormat.name) delete facts.idempotent;
  const [column, ...others] = shell.writes;
  if (column?.type !== 'TEXT' || others.length > 0 || outputFormat.name !== 'lines') delete facts.sortedBy;
  if (facts.sortedBy !== undefined) facts.sortedBy = { ...facts.sortedBy, value: [column!.name] };
  const [sent] = shell.reads;
  if (facts.needsSortedBy !== undefined && inputFormat.name === 'lines' && sent !== undefined)
    facts.needsSortedBy = { ...facts.needsSortedBy, value: [sent] };
  else delete facts.needsSortedBy;
  const statuses = declared.exitOk?.value;
  if (statuses !== undefined && facts.exitOk?.value.some((code) => !statuses.includes(code))) delete facts.total;
  return facts;
}

function merged({ contract: declared, reads, writes }: Shell, facts: Contract): Contract {
  const close = (more: Contract): Contract =>
    closeContract({ ...more, ...declared }, { reads, writes: writes.map((field) => field.name) }).contract;
  const all = close(facts);
  // FILTERS alone carries nothing; that it could, with what is known, does not change the columns.
  if (declared.filters === undefined || alignmentOf(all) === alignmentOf(declared)) return all;
  const { scope: _, determinism: __, ...rest } = facts;
  return close(rest);
}
