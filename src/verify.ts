import type { Source } from './base/span.ts';
import { suggestionsFor, type Suggestion } from './contract/suggest.ts';
import { alignmentOf } from './contract/aligned.ts';
import type { Measured } from './contract/certificate.ts';
import type { Contract } from './contract/contract.ts';
import type { LineShape } from './contract/lines.ts';
import type { Others } from './contract/laws.ts';
import { refute, type Verdict } from './contract/refute.ts';
import { contractWords } from './contract/words.ts';
import { encoder } from './data/format/catalog.ts';
import type { RecordBatch } from './data/batch.ts';
import type { Field } from './data/types.ts';
import type { Engine } from './engine.ts';
import { canConfine } from './confine.ts';
import { cannotWait } from './parts.ts';
import { inferred } from './inference.ts';
import { lockPath, writeLock } from './lock.ts';
import { inputs, shellName } from './plan/ops.ts';
import type { Plan, Shell } from './plan/plan.ts';
import { Trials } from './process/trials.ts';

export interface VerifyOptions {
  /** Lists of lines that each promise is tried on; 500 by default. */
  readonly cases?: number;
  readonly seed?: number;
  /** Where lines come from: made up, or also the rows that reach the command. */
  readonly sample?: 'generated' | 'source';
  /** Looks for promises that nobody made. */
  readonly suggest?: boolean;
  /** Where certificates go; default: ssql.lock beside the script, where it is a file. */
  readonly lock?: string;
}

/** What became of one command. */
export interface Verification {
  readonly command: string;
  /** What messages call it. */
  readonly label: string;
  /** `report.ssql:3:4` */
  readonly at: string;
  readonly verdicts: readonly Verdict[];
  /** Promises that no trial can say anything about. */
  readonly untested: readonly string[];
  /** Why the command was not run at all. */
  readonly notRun?: string;
  readonly suggestions?: readonly Suggestion[];
  /** What it takes for a row of its real input. */
  readonly measured?: Measured;
  readonly cases: number;
  readonly seed: number;
}

/** ms for the trials of one start of a shell. */
const PATIENCE = 60_000;
/** Rows of the real input among which lines are chosen. */
const SAMPLED = 2000;
/** So many rows are shown to a command to see what it takes for one. */
const TIMED = 20_000;

/** Tries to falsify what is declared, and inferred, of every SHELL of a script. Nothing of the script itself is run. */
export async function verifyScript(
  engine: Engine,
  source: Source,
  options: VerifyOptions = {},
): Promise<readonly Verification[]> {
  const { cases = 500, seed = 1, sample = 'generated', suggest = false, lock = lockPath(source) } = options;
  const found: { readonly shell: Shell; readonly verification: Verification }[] = [];
  const seen = new Set<string>();
  const missing = new Map<string, readonly { readonly rule: string; readonly words: readonly string[] }[]>();
  for await (const part of engine.rehearse(source, cannotWait)) {
    for (const { logical = [], trace } of part) {
      for (const step of trace)
        if (step.command !== undefined && step.missing !== undefined)
          missing.set(step.command, [...(missing.get(step.command) ?? []), { rule: step.rule, words: step.missing }]);
      for (const shell of logical.flatMap(shellsOf)) {
        const contract = inferred(shell);
        const key = JSON.stringify([shell.command, shell.env, shell.reads, contractWords(contract)]);
        if (seen.has(key)) continue;
        seen.add(key);
        const lines = sample === 'source' ? await sampled(engine, shell) : [];
        const verification = await verifyShell({ ...shell, contract }, lines, { cases, seed, others: engine.commands });
        const refusals = missing.get(shellName(shell)) ?? [];
        found.push({
          shell,
          verification: suggest ? await withSuggestions(shell, contract, lines, verification, refusals) : verification,
        });
      }
    }
  }
  if (lock !== undefined && !suggest)
    writeLock(
      lock,
      found.map(certificates).filter(({ axes, measured }) => measured !== undefined || Object.keys(axes).length > 0),
    );
  return found.map(({ verification }) => verification);
}

const shellsOf = (plan: Plan): readonly Shell[] => {
  const below = inputs(plan).flatMap(shellsOf);
  return plan.op === 'shell' && plan.input !== undefined ? [...below, plan] : below;
};

/** Tries one command. @param sample lines of its real input, as latin1. */
async function verifyShell(
  shell: Shell,
  sample: readonly string[],
  { cases, seed, others }: { readonly cases: number; readonly seed: number; readonly others: Others },
): Promise<Verification> {
  const { contract, command, label, origin } = shell;
  const base = {
    command,
    label,
    at: origin === undefined ? '' : `${origin.source}:${origin.line}:${origin.column}`,
    cases,
    seed,
  };
  const trials = trialsOf(shell);
  const shape = shapeOf(shell);
  const why = typeof trials === 'string' ? trials : typeof shape === 'string' ? shape : undefined;
  if (typeof trials === 'string' || typeof shape === 'string')
    return { ...base, verdicts: [], untested: contractWords(contract), notRun: why! };
  const suspect = {
    ...{ command, contract, shape, sample, others },
    writes: shell.writes.length > 0 ? shell.writes : shape.columns,
    live: trials.live.bind(trials),
  };
  const verdicts = await refute(suspect, trials.ask.bind(trials), { cases, seed });
  const tried = new Set(verdicts.map(({ words }) => words));
  const structural =
    /^(EXIT OK|NULLS|ENCODING|TIME|NEEDS|SELECTIVITY|COST|STARTUP|EMITS (0\.\.N|ANY)|VOLATILE|EFFECTS (ANY|IDEMPOTENT)|SCOPE (WINDOW|STREAM))/;
  const untested = contractWords(contract).filter((words) => !tried.has(words) && !structural.test(words));
  const measured = sample.length === 0 ? undefined : await costOf(shell, contract, sample, trials);
  return { ...base, verdicts, untested, ...(measured && { measured }) };
}

/** What it takes for a row of its real input, and how many it keeps: law X1 goes by that. Undefined where it fails. */
async function costOf(
  { command }: Shell,
  contract: Contract,
  sample: readonly string[],
  trials: Trials,
): Promise<Measured | undefined> {
  const rows = Math.max(TIMED, sample.length);
  const many = Array.from({ length: rows }, (_, i) => `${sample[i % sample.length]!}\n`).join('');
  const start = performance.now();
  // Twice, so that it has not been asked yet.
  await trials.ask(command, `${sample[0]!}\n`.repeat(2));
  const begun = performance.now();
  const { output, exit } = await trials.ask(command, many);
  const done = performance.now();
  if (exit === undefined || !(contract.exitOk?.value ?? [0]).includes(exit)) return undefined;
  // What it takes to start it is no matter of rows.
  const cost = Number((Math.max(1, done - begun - (begun - start)) * (1000 / rows)).toPrecision(3));
  const selectivity = Number(((output.split('\n').length - 1) / rows).toPrecision(3));
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return { rows, cost, ...(alignmentOf(contract) === 'filters' && { selectivity }), at };
}

async function withSuggestions(
  shell: Shell,
  contract: Contract,
  sample: readonly string[],
  verification: Verification,
  refusals: readonly { readonly rule: string; readonly words: readonly string[] }[],
): Promise<Verification> {
  const trials = trialsOf(shell);
  const shape = shapeOf(shell);
  if (typeof trials === 'string' || typeof shape === 'string') return verification;
  const { cases, seed } = verification;
  const writes = shell.writes.length > 0 && contract.filters === undefined ? { writes: shell.writes } : {};
  const suspect = { command: shell.command, contract, shape, sample, ...writes };
  const suggestions = await suggestionsFor(suspect, (c, i, how) => trials.ask(c, i, how), { cases, seed }, refusals);
  return { ...verification, suggestions };
}

/** Where its trials run; or why they do not. */
function trialsOf({ contract, env }: Shell): Trials | string {
  const effects = contract.effects?.value;
  const isHarmless = effects === 'none' || effects === 'idempotent';
  const cwd = contract.needs?.value.cwd;
  const options = { env, timeout: PATIENCE, ...(cwd !== undefined && { cwd }) };
  if (isHarmless) return new Trials(options);
  if (canConfine()) return new Trials({ ...options, confined: true });
  return 'it may have effects, and `bwrap`, which would keep them from anything, is not there or does not work';
}

/** What its lines look like; or why none can be made. */
function shapeOf({ input, reads, inputFormat, outputFormat }: Shell): LineShape | string {
  const { name } = inputFormat;
  const isKnown = name === 'lines' || name === 'tsv' || name === 'csv' || name === 'jsonl';
  if (!isKnown) return `no rows can be made up in FORMAT ${name}`;
  if (inputFormat.options['header'] === true || outputFormat.options['header'] === true)
    return 'each of its processes would write a header';
  return { format: name, columns: fieldsOf(input!, reads).map((f) => ({ name: f.name, type: f.type })) };
}

const fieldsOf = (input: Plan, reads: readonly string[]): readonly Field[] =>
  reads.map((name) => input.schema.find((field) => field.name === name)!);

/** Lines that the command would be sent, as latin1. */
async function sampled(engine: Engine, { input, reads, inputFormat }: Shell): Promise<readonly string[]> {
  const batches: RecordBatch[] = [];
  const limited: Plan = { op: 'limit', schema: input!.schema, input: input!, count: SAMPLED, offset: 0 };
  const fields = fieldsOf(input!, reads);
  const projected: Plan = {
    op: 'project',
    schema: fields,
    input: limited,
    exprs: fields.map((field) => ({ kind: 'column', name: field.name, type: field.type })),
  };
  const root: Plan = { op: 'output', schema: fields, input: projected, labels: reads };
  const taker = {
    start: () => undefined,
    batch: (batch: RecordBatch) => void batches.push(batch),
    end: () => undefined,
  };
  await engine.runStep({ kind: 'run', plans: [root], shared: {} }, { taker, text: () => undefined }, undefined);
  const encoding = encoder(inputFormat.name, fields, inputFormat.options);
  const text = batches.map((batch) => Buffer.from(encoding.encode(batch)).toString('latin1')).join('');
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** What goes into ssql.lock. */
function certificates({ shell, verification }: { readonly shell: Shell; readonly verification: Verification }) {
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const { seed, verdicts } = verification;
  const axes = Object.fromEntries(
    verdicts
      .filter(({ tried, unusable, witness }) => witness !== undefined || tried > unusable)
      .map(({ axis, words, tried, unusable, witness }) => [
        axis,
        {
          words,
          result: witness === undefined ? ('held' as const) : ('violated' as const),
          cases: tried - unusable,
          seed,
          ...(witness && { witness: witness.shows[0]?.shell ?? witness.message }),
          at,
        },
      ]),
  );
  const { measured } = verification;
  return { shell, axes, ...(measured && { measured }) };
}
