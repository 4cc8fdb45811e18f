import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import colors from 'picocolors';
import { diagnosticsOf, QueryError, render, RunError, type Diagnostic } from '../../base/errors.ts';
import type { Source } from '../../base/span.ts';
import { ClosedOutput, readAllStdin } from '../../connect/stdio.ts';
import { Engine, type RunOptions } from '../../engine.ts';
import { analyzed, explainChanges, explainScript } from '../../explain.ts';
import { readPlanFile } from '../../plan/json.ts';
import type { RunResult } from '../../run/local.ts';
import type { Arguments } from '../arguments.ts';
import { verify } from './verify.ts';
import { Control } from '../control.ts';
import { exit, exitCodeOf, Interrupted } from '../exit.ts';
import type { HowWritten } from '../../how-written.ts';
import { parseDuration } from '../duration.ts';
import { ProgressLine } from '../progress.ts';
import { taker } from '../render/modes.ts';
import { fileOutput, standardOutput, type TextSink } from '../render/sink.ts';
import { UsageError } from '../usage-error.ts';

/** Does what the command line asks for and gives the exit code. */
export async function execute(given: Arguments): Promise<number> {
  const color = useColor(given.color);
  const report = (diagnostics: readonly Diagnostic[]) =>
    process.stderr.write(reported(diagnostics, given.errorFormat, color));
  try {
    const sources = readSources(given);
    const engine = new Engine({ attach: given.databases, settings: given.settings, params: given.params });
    engine.warn = (warnings) => {
      if (!given.quiet && warnings.length > 0)
        process.stderr.write(`${render(warnings).replaceAll('error[', 'warning[')}\n`);
    };
    switch (given.command) {
      case 'check':
        return await check(engine, sources, given, report);
      case 'compile':
        for (const source of sources)
          process.stdout.write(`${JSON.stringify(await engine.planFile(source), null, 2)}\n`);
        return exit.ok;
      case 'explain':
        if (given.analyze) return await run(engine, sources, given, color, report).finally(() => engine.close());
        if (given.diff) {
          process.stdout.write(await explainDiff(sources, given));
          return exit.ok;
        }
        for (const source of sources) {
          const { whyNot, trace, format } = given;
          process.stdout.write(await explainScript(engine, source, { whyNot, trace, format }));
        }
        return exit.ok;
      case 'verify':
        return await verify(engine, sources, given).finally(() => engine.close());
      case 'run':
        return await run(engine, sources, given, color, report).finally(() => engine.close());
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    report(diagnosticsOf(error));
    return exitCodeOf(error);
  }
}

/** Two scripts that know nothing of each other. */
async function explainDiff(sources: readonly Source[], given: Arguments): Promise<string> {
  const [before, after, ...more] = sources;
  if (before === undefined || after === undefined || more.length > 0)
    throw new UsageError('explain --diff takes two scripts');
  const { databases: attach, settings, params } = given;
  return explainChanges(before, after, () => new Engine({ attach, settings, params }));
}

/** The closing line of an INSERT, without its time. */
function outcome({ committed = 0, sent, alreadyDone }: RunResult, how: HowWritten, job: string | undefined): string {
  const rows = (n: number) => `${n.toLocaleString('en-US')} row${n === 1 ? '' : 's'}`;
  if (alreadyDone) return `nothing to do, job ${job} is complete`;
  if (sent !== undefined) return sent === 0 ? 'finished' : `${rows(sent)} sent`;
  return `${rows(committed)} ${how}`;
}

function readSources(given: Arguments): readonly Source[] {
  const files = given.files.map((file) => ({ name: file === '-' ? '<stdin>' : file, text: readScript(file) }));
  if (given.text !== undefined) return [...files, { name: '-c', text: given.text }];
  if (files.length > 0) return files;
  if (process.stdin.isTTY) throw new UsageError('nothing to run: give a FILE, - for standard input, or -c SQL');
  return [{ name: '<stdin>', text: readAllStdin() }];
}

function readScript(file: string): string {
  if (file === '-') return readAllStdin();
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const said = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : message;
    throw new QueryError({ code: 'E0701', message: `cannot read the script ${file}: ${said}` });
  }
}

async function check(
  engine: Engine,
  sources: readonly Source[],
  given: Arguments,
  report: (diagnostics: readonly Diagnostic[]) => void,
): Promise<number> {
  let faults = 0;
  for (const source of sources) {
    const found = await engine.check(source);
    if (found.length > 0) report(found);
    faults += found.length;
  }
  if (faults === 0 && !given.quiet) process.stderr.write(`${sources.map((s) => s.name).join(', ')}: no faults found\n`);
  return faults === 0 ? exit.ok : exit.invalid;
}

async function run(
  engine: Engine,
  sources: readonly Source[],
  given: Arguments,
  color: boolean,
  report: (diagnostics: readonly Diagnostic[]) => void,
): Promise<number> {
  const out: TextSink = given.output === undefined ? standardOutput() : await fileOutput(given.output);
  const dim = (text: string) => (color && out.isTerminal ? colors.createColors(true).dim(text) : text);
  const mode = given.mode ?? modeFor(given.output, out);
  const progress = new ProgressLine(given.quiet ? 'never' : given.progress);
  const say = (text: string) => {
    progress.clear();
    if (!given.quiet) process.stderr.write(`${text}\n`);
  };
  const stop = new AbortController();
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(2)} s`;
  const undo = onSignals((signal) => stop.abort(new Interrupted(signal)));
  const soFar = () =>
    `${progress.rows.in.toLocaleString('en-US')} rows read, ${progress.rows.out.toLocaleString('en-US')} delivered${kept(given, progress.committed)}`;
  const timer = given.timeout === undefined ? undefined : startTimeout(given.timeout, stop, soFar);
  const shown = taker(mode, out, dim);
  const script = sources.map(({ name }) => name).join(' ');
  const control = new Control({ job: given.job, script, progress, stop: (reason) => stop.abort(reason) });
  const options: RunOptions = {
    // The progress line goes away before rows reach a terminal.
    taker: {
      ...shown,
      batch: (batch) => (progress.clear(), shown.batch(batch)),
      end: () => (progress.clear(), shown.end()),
    },
    text: (_title, lines) => out.write(lines.map((line) => `${line}\n`).join('')),
    signal: stop.signal,
    log: say,
    started: (stats, counters, valve) => {
      progress.watch(stats, counters);
      control.watch(valve);
    },
    limited: collectSooner,
    ...(given.job !== undefined && { job: given.job }),
    ...(given.analyze && { analyze: (trace) => analyzed(trace, given.whyNot, given.format) }),
    written: (target, result, how) =>
      say(`${target}: ${outcome(result, how, given.job)}${result.alreadyDone ? '' : ` in ${seconds()}`}`),
  };
  try {
    for (const source of sources) {
      if (isPlanFile(source)) await engine.runFile(await readPlanFile(source.text, source.name), options);
      else await engine.run(source, options);
    }
    await out.close();
    progress.stop();
    progress.finish();
    return exit.ok;
  } catch (error) {
    progress.stop();
    if (error instanceof ClosedOutput) return exit.ok;
    if (error instanceof Interrupted) {
      say(`${error.message} after ${seconds()}: ${soFar()}`);
      return exitCodeOf(error);
    }
    if (error instanceof UsageError) throw error;
    report(diagnosticsOf(error));
    return exitCodeOf(error);
  } finally {
    clearTimeout(timer);
    progress.stop();
    undo();
    await control.close();
  }
}

/** What a user who stops a run wants to know of the database. */
const kept = (given: Arguments, committed: number): string =>
  given.job === undefined
    ? committed > 0
      ? `; ${committed.toLocaleString('en-US')} of them were committed`
      : '; no unfinished INSERT was applied'
    : `; what job ${given.job} had committed is kept, run it again to go on`;

const isPlanFile = (source: Source): boolean => /^\s*\{/.test(source.text);

const modeFor = (output: string | undefined, out: TextSink) => {
  const extension = /\.(csv|tsv|json|jsonl|md)$/.exec(output ?? '')?.[1];
  return (extension ?? (out.isTerminal ? 'table' : 'csv')) as 'csv' | 'table';
};

function startTimeout(text: string, stop: AbortController, soFar: () => string): NodeJS.Timeout {
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`--timeout takes a time such as 30s, 5m or 1h, not '${text}'`);
  return setTimeout(() => {
    const message = `not finished after ${text}`;
    stop.abort(new RunError({ code: 'E0505', message, notes: [soFar()] }));
  }, ms);
}

/** The first Ctrl-C stops the run cleanly; a second one within 2 s leaves at once. */
function onSignals(stop: (signal: 'SIGINT' | 'SIGTERM') => void): () => void {
  let first = 0;
  const handler = (signal: 'SIGINT' | 'SIGTERM') => {
    if (first > 0 && Date.now() - first < 2000) process.exit(exit.interrupted);
    first = Date.now();
    stop(signal);
  };
  process.on('SIGINT', handler);
  process.on('SIGTERM', handler);
  return () => {
    process.off('SIGINT', handler);
    process.off('SIGTERM', handler);
  };
}

function useColor(choice: Arguments['color']): boolean {
  if (choice !== 'auto') return choice === 'always';
  // isTTY is undefined, not false, of a pipe, and createColors(undefined) asks the environment instead (CI=1 is a yes).
  return colors.isColorSupported && Boolean(process.stderr.isTTY);
}

function reported(diagnostics: readonly Diagnostic[], format: 'text' | 'json', color: boolean): string {
  if (format === 'json') {
    return diagnostics
      .map(({ span, ...rest }) => {
        const at = span && { file: span.source.name, start: span.start, end: span.end };
        return `${JSON.stringify({ ...rest, ...at })}\n`;
      })
      .join('');
  }
  const c = colors.createColors(color);
  const paint = { error: (t: string) => c.bold(c.red(t)), dim: c.dim, help: c.cyan };
  return `${render(diagnostics, (style, text) => paint[style](text))}\n`;
}

/**
 * V8 lets the heap grow to a multiple of what is alive before it looks for what is not: nothing that operators could count.
 * Who has set a limit wants that memory more than the time.
 */
function collectSooner(): (what: 'minor' | 'major') => void {
  setFlagsFromString('--heap-growing-percent=25');
  // Found in contexts that are made from now on.
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (minor?: true) => void;
  return (what) => (what === 'minor' ? gc(true) : gc());
}
