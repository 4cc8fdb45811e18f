import { setTimeout as sleep } from 'node:timers/promises';
import type { Findings } from './findings.ts';
import { bytesOf } from './samples.ts';
import type { Ended, Open, Trials } from './trial.ts';

export interface Asked {
  readonly lines: readonly string[];
  readonly bytes: Buffer;
  readonly marker: { readonly send: string; readonly reply: string } | undefined;
}

type Part = Partial<Findings>;

/** ms between two runs that are to give the same: a second, so that a clock has moved on. */
const APART = 1050;
/** Share of the time that is left for output to come from a command that works all the while. */
const PATIENCE = 0.3;
/** A line that means nothing to most commands. */
const MARKER = '--end--';
/** Lines by which the time for a row is measured. */
const MANY = 5000;

/** All that can be found out in the time. @param live the command, made to print at once. */
export async function experiments(trials: Trials, asked: Asked, live: string | undefined): Promise<Findings> {
  const empty = await trials.run(Buffer.alloc(0));
  const first = performance.now();
  const whole = await trials.run(asked.bytes);
  const base: Findings = {
    linesIn: asked.lines.length,
    linesOut: linesOf(whole.output).length,
    exit: whole.code,
    stderr: whole.stderr,
    empty: { exit: empty.code, bytes: empty.output.length },
    startup: Math.round(empty.ms * 10) / 10,
  };
  if (whole.code === undefined || (whole.code !== 0 && whole.output.length === 0)) return base;
  let found: Findings = { ...base, ...subsequence(asked, whole) };
  const steps: readonly (() => Promise<Part>)[] = [
    () => cuts(trials, asked, whole, empty),
    () => shuffled(trials, asked, whole),
    () => streaming(trials, asked, whole, live),
    () => marking(trials, asked, whole, found),
    () => timing(trials, asked, empty),
    () => again(trials, asked, whole, first),
  ];
  for (const step of steps) if (!trials.isOver) found = { ...found, ...(await step()) };
  return found;
}

/** Lines without their ends; one that is not ended is one, too. */
function linesOf(output: Buffer): readonly string[] {
  const lines = output.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function subsequence({ bytes }: Asked, { output }: Ended): Part {
  const given = linesOf(bytes);
  let at = 0;
  for (const line of linesOf(output)) {
    const found = given.indexOf(line, at);
    if (found < 0) return { filters: false, strange: Buffer.from(line, 'latin1').toString('utf8') };
    at = found + 1;
  }
  return { filters: linesOf(output).length < given.length };
}

/** Whether pieces of the input give the pieces of the output. */
async function cuts(trials: Trials, { lines }: Asked, whole: Ended, empty: Ended): Promise<Part> {
  const outputs = new Map<string, Ended>([[lines.join('\n'), whole]]);
  const runOn = async (some: readonly string[]): Promise<Ended> => {
    const key = some.join('\n');
    const known = outputs.get(key) ?? (await trials.run(bytesOf(some)));
    outputs.set(key, known);
    return known;
  };
  const middle = lines.length >> 1;
  const one = lines.slice(0, 1);
  const tries: readonly (readonly [what: string, a: readonly string[], b: readonly string[]])[] = [
    ['in the middle', lines.slice(0, middle), lines.slice(middle)],
    ['between two equal lines', one, one],
    ['between the sample and itself', lines, lines],
  ];
  const counts = { equal: true, atMost: true, atLeast: true };
  let broken = empty.output.length > 0 ? 'no input gives some output' : undefined;
  for (const [what, a, b] of tries) {
    if (trials.isOver) break;
    const [left, right, both] = [await runOn(a), await runOn(b), await runOn([...a, ...b])];
    if (!Buffer.concat([left.output, right.output]).equals(both.output)) broken ??= `cut ${what}, its output differs`;
  }
  for (const [key, { output }] of outputs) {
    const given = key.split('\n').length;
    const printed = linesOf(output).length;
    counts.equal &&= printed === given;
    counts.atMost &&= printed <= given;
    counts.atLeast &&= printed >= given;
  }
  return { counts, perRecord: { holds: broken === undefined, cut: broken ?? `${tries.length} cuts` } };
}

async function shuffled(trials: Trials, { lines, bytes }: Asked, { output }: Ended): Promise<Part> {
  // Every third line first: always the same, and neither sorted nor turned round.
  const order = [1, 2, 0].flatMap((rest) => lines.filter((_, i) => i % 3 === rest));
  const other = await trials.run(bytesOf(order));
  const sorted = (from: Buffer): string => [...linesOf(from)].sort().join('\n');
  const sorts = [...linesOf(bytes)].sort().join('\n') === linesOf(output).join('\n');
  if (other.output.equals(output)) return { orderFree: 'yes', sorts };
  return { orderFree: sorted(other.output) === sorted(output) ? 'lines' : 'no', sorts };
}

type Streamed = { readonly share: 'all' | 'some' | 'none'; readonly ms?: number; readonly early: boolean };

/** How much of the output comes while the input is open. */
async function streamed(trials: Trials, { bytes }: Asked, { output }: Ended, command?: string): Promise<Streamed> {
  return talked(trials.open(command), async (open) => {
    void open.command.write(bytes);
    const ms = await open.settle(output.length, trials.left * PATIENCE);
    const early = open.isOver;
    const came = open.taken();
    const share = came.length === 0 ? 'none' : output.equals(came) ? 'all' : 'some';
    return { share, early, ...(ms !== undefined && { ms: Math.round(ms) }) };
  });
}

async function streaming(trials: Trials, asked: Asked, whole: Ended, live: string | undefined): Promise<Part> {
  if (whole.output.length === 0) return {};
  const { share, ms, early } = await streamed(trials, asked, whole);
  const streams = { share, ...(ms !== undefined && { ms }) };
  if (share !== 'none' || live === undefined || trials.isOver) return { streams, stopsEarly: early };
  const second = await streamed(trials, asked, whole, live);
  return { streams, stopsEarly: early, streamsLive: second.share };
}

/** Whether a line that is sent behind a batch makes it print a line that ends the answer. */
async function marking(trials: Trials, asked: Asked, whole: Ended, found: Findings): Promise<Part> {
  if (found.stopsEarly) return { whyNoMarker: 'it ends before its input does' };
  if (found.streams?.share === 'none' && found.linesOut > 0)
    return { whyNoMarker: 'it prints nothing before its input ends, so it would never answer' };
  const send = asked.marker?.send ?? MARKER;
  return talked(trials.open(), async (open) => {
    const ask = async (rows: Buffer): Promise<readonly string[]> => {
      void open.command.write(Buffer.concat([rows, Buffer.from(`${send}\n`)]));
      await open.settle(Infinity, trials.left * PATIENCE);
      return linesOf(open.taken());
    };
    const [reply, ...others] = await ask(Buffer.alloc(0));
    if (reply === undefined) return { whyNoMarker: 'it prints nothing for a line that it does not know' };
    if (others.length > 0) return { whyNoMarker: 'it prints more than one line for the marker' };
    if (asked.marker !== undefined && reply !== asked.marker.reply)
      return { whyNoMarker: `it printed '${reply}' for the marker` };
    const answer = await ask(asked.bytes);
    const last = answer.at(-1);
    if (last !== reply) return { whyNoMarker: 'what it prints for the marker depends on the lines before it' };
    if (answer.indexOf(reply) < answer.length - 1) return { whyNoMarker: 'it prints the same for other lines' };
    const rows = answer.slice(0, -1).join('\n');
    if (rows !== linesOf(whole.output).join('\n'))
      return { whyNoMarker: 'it answers, but its output is another one than without markers' };
    return { marker: { send, reply } };
  });
}

async function timing(trials: Trials, { lines }: Asked, empty: Ended): Promise<Part> {
  const times = Math.ceil(MANY / Math.max(1, lines.length));
  const many = Array.from({ length: times }, () => lines).flat();
  const { ms, timedOut, code } = await trials.run(bytesOf(many));
  if (timedOut || code === undefined) return {};
  return { cost: Math.round((Math.max(0, ms - empty.ms) * 10_000) / many.length) / 10 };
}

async function again(trials: Trials, { bytes }: Asked, whole: Ended, first: number): Promise<Part> {
  await sleep(Math.max(0, Math.min(trials.left, first + APART - performance.now())));
  const second = await trials.run(bytes);
  return second.timedOut ? {} : { deterministic: second.output.equals(whole.output) && second.code === whole.code };
}

/** Talks to an open command, and ends it whatever comes of that. */
async function talked<T>(open: Open, talk: (open: Open) => Promise<T>): Promise<T> {
  const reading = open.readAll();
  try {
    return await talk(open);
  } finally {
    await open.stop();
    await reading;
  }
}
