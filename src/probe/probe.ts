import { hasStdbuf, lineBuffered } from '../process/live.ts';
import { experiments, type Asked } from './experiments.ts';
import type { Probe } from './findings.ts';
import { bytesOf, fitting, type Sample } from './samples.ts';
import { suggest } from './suggest.ts';
import { Trials } from './trial.ts';

export interface ProbeOptions {
  /** Lines to show to the command; without newlines. Absent: some that most commands understand. */
  readonly sample?: readonly string[];
  /** ms for all runs together. */
  readonly budget?: number;
  /** What is sent, and which line ends the answer to it. Absent: a line that is like no other, and whatever comes for it. */
  readonly marker?: { readonly send: string; readonly reply: string };
}

const BUDGET = 10_000;
/** Lines of a sample that are used. */
const MOST_LINES = 200;

/**
 * Finds out what a command does by running it, about a dozen times, on a few lines: it is not for a command that must not
 * be run twice. What it suggests fits what was seen, and is no proof.
 *
 * @throws RunError E0501 if it cannot be run.
 */
export async function probe(command: string, options: ProbeOptions = {}): Promise<Probe> {
  const begun = performance.now();
  const trials = new Trials(command, options.budget ?? BUDGET);
  const sample: Sample =
    options.sample === undefined
      ? await fitting(trials)
      : { name: 'the sample', lines: options.sample.slice(0, MOST_LINES) };
  const asked: Asked = { lines: sample.lines, bytes: bytesOf(sample.lines), marker: options.marker };
  const live = hasStdbuf() ? lineBuffered(command) : undefined;
  const findings = await experiments(trials, asked, live);
  return {
    command,
    sample: { name: sample.name, lines: sample.lines.length },
    findings,
    ...suggest(findings),
    runs: trials.runs,
    ms: Math.round(performance.now() - begun),
  };
}
