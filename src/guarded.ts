import { existsSync } from 'node:fs';
import { canReplay, connectors } from './connect/catalog.ts';
import { emptyLock, keyOf, withCertificates, type Lock, type Locked } from './contract/certificate.ts';
import type { Contract } from './contract/contract.ts';
import { contractWords } from './contract/words.ts';
import { readLock, recordIn, toolsIn } from './lock.ts';
import { measuredIn } from './measured.ts';
import { bounded, checkpointable } from './plan/facts.ts';
import { inlined, type Job } from './plan/job.ts';
import { inputs } from './plan/ops.ts';
import type { Plan } from './plan/plan.ts';
import type { Step } from './plan/step.ts';
import type { OperatorStats } from './run/operator.ts';
import { BrokenPromise } from './run/operators/broken-promise.ts';
import { CommandError } from './run/operators/shell-faults.ts';

type Run = Extract<Step, { kind: 'run' }>;

/**
 * Promises that say what the columns of the result are, or how rows and answers belong together: without them the query
 * means something else. A command without FILTERS has to say what it WRITES; one without EMITS ONE has no columns around it.
 */
const MEANING: readonly (keyof Contract)[] = ['filters', 'marker', 'flushes'];
const isMeant = ({ axis, stages }: BrokenPromise, { plans, shared }: Run): boolean =>
  MEANING.includes(axis) ||
  (axis === 'emits' && [...plans, ...Object.values(shared)].some((plan) => carriesAround(plan, stages)));

/** Whether the plan still needs it that one of these gives a line for each: see `unbound`. */
const carriesAround = (plan: Plan, stages: BrokenPromise['stages']): boolean =>
  (plan.op === 'shell' &&
    plan.contract.emits?.by === 'quarantined' &&
    stages.some(({ command }) => command === plan.command)) ||
  inputs(plan).some((input) => carriesAround(input, stages));

/** What is known of the commands of a script: its ssql.lock, and promises that were found false while it ran. */
export class Quarantine {
  #read: Lock = emptyLock;
  #found: Lock = emptyLock;
  #path: string | undefined;

  get lock(): Lock {
    return { ...this.#read, commands: { ...this.#read.commands, ...this.#found.commands } };
  }

  /** Reads the file anew. @param path where it is, if it is there. */
  read(path: string | undefined): void {
    this.#read = readLock(path);
    this.#path = path !== undefined && existsSync(path) ? path : undefined;
  }

  /** Keeps what commands were seen to take in a run, for what is planned later; also in the file. */
  measure(job: Job, stats: readonly OperatorStats[]): void {
    for (const { shell, measured } of measuredIn(job, stats)) {
      const { command, env } = shell;
      const tools = toolsIn(shell);
      this.#keep(keyOf(command, env, tools), { command, env, tools, axes: {}, measured });
    }
  }

  /** All that is known of the command goes along: one entry stands for the other. */
  #keep(key: string, locked: Locked): void {
    const { commands } = withCertificates({ ...this.#found, commands: this.lock.commands }, key, locked);
    this.#found = { ...this.#found, commands: { ...this.#found.commands, [key]: commands[key]! } };
    if (this.#path !== undefined) recordIn(this.#path, key, locked);
  }

  /** Notes that a promise is false, also in the file. @returns what was quarantined, in words; undefined for nothing. */
  add(broken: BrokenPromise): string | undefined {
    const { axis, stages, diagnostic } = broken;
    const notes = shownIn(broken);
    const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const all: string[] = [];
    for (const stage of stages) {
      const promise = stage.contract[axis]!;
      const [words] = contractWords({ [axis]: { ...promise, by: 'declared' } });
      if (promise.by === 'quarantined' || words === undefined) continue;
      const axes = {
        [axis]: { words, result: 'violated', witness: [diagnostic.message, ...notes].join('; '), at },
      } as const;
      const { command, env } = stage;
      const tools = toolsIn(stage);
      this.#keep(keyOf(command, env, tools), { command, env, tools, axes });
      all.push(`${words} of '${stage.label}'`);
    }
    return all.length === 0 ? undefined : all.join(', ');
  }
}

/** What shows that it is false. */
const shownIn = ({ diagnostic: { notes = [] } }: BrokenPromise): readonly string[] =>
  notes.filter((note) => !note.startsWith('the command stands at'));

/** A step that runs, and what it is without the promises that were found false. */
interface Attempt {
  readonly step: Step;
  readonly again?: (lock: Lock) => Step;
}

interface Watched {
  /** Whether rows have been given to whoever asked. */
  readonly shown: () => boolean;
  readonly log?: (line: string) => void;
  /** The name under which its progress is kept. */
  readonly job?: string;
}

/**
 * Runs a step. Where a promise turns out to be false, that is noted; and if it only licensed a law, and nothing that was
 * seen depends on it, the step is planned again without it and goes on from what is durable: a job from its last commit,
 * anything else from its beginning.
 */
export async function guarded(
  { step, again }: Attempt,
  quarantine: Quarantine,
  run: (step: Step) => Promise<void>,
  { shown, log, job }: Watched,
): Promise<void> {
  for (let current = step; ;) {
    try {
      return await run(current);
    } catch (error) {
      const broken = error instanceof CommandError ? error.broken : error;
      if (!(broken instanceof BrokenPromise) || current.kind !== 'run') throw error;
      const words = quarantine.add(broken);
      const next = words === undefined ? undefined : again?.(quarantine.lock);
      if (next?.kind !== 'run' || isMeant(broken, next) || shown() || !canGoOn(current, job !== undefined)) throw error;
      // How many lines there are is counted as long as it is promised, and so nothing has to change but that.
      if (broken.axis !== 'emits' && shapeOf(next) === shapeOf(current)) throw error;
      log?.(`${broken.message}; ${words} is not relied on any more, going on without it`);
      for (const note of shownIn(broken)) log?.(`  = note: ${note}`);
      current = next;
    }
  }
}

/** What runs, whatever is promised of it. */
const shapeOf = ({ plans, shared }: Run): string =>
  JSON.stringify([plans, shared], (key, value: unknown) => (key === 'contract' ? undefined : value));

/** Whether its sources give the same rows again, and its sinks have taken back what they were given since the last commit. */
function canGoOn({ plans, shared }: Run, isJob: boolean): boolean {
  const isInEpochs = (plan: Plan): boolean =>
    isJob &&
    plan.op === 'sink' &&
    connectors.get(plan.connector)?.sink?.delivery === 'transaction' &&
    checkpointable(inlined(plan, shared));
  const isBack = (plan: Plan): boolean =>
    plan.op !== 'sink' || (plan.connector !== 'stdout' && (bounded(plan) || isInEpochs(plan)));
  return plans.every(isBack) && [...plans, ...Object.values(shared)].every(replays);
}

function replays(plan: Plan): boolean {
  if (plan.op === 'scan') return canReplay(plan.connector);
  if (plan.op === 'shell' && (plan.input === undefined || plan.contract.effects?.value !== 'none')) return false;
  return inputs(plan).every(replays);
}
