import type { Progress } from '../run/context.ts';
import type { OperatorStats } from '../run/operator.ts';
import { Rates, rowsOf, type Now } from './rates.ts';

/** First shown after so many ms: quick queries stay quiet. */
const FIRST = 300;
const EVERY = 100;
/** Where stderr is no terminal but progress is asked for: one line each so many ms. */
const EVERY_LINE = 10_000;
/** Share of its time that an operator must work to be named; and to be what all others wait for. */
const SHOWN = 0.2;
const BLOCKING = 0.8;

/** A line on stderr that tells how far a run is, redrawn in place, and gone before results are printed. */
export class ProgressLine {
  readonly #mode: 'auto' | 'always' | 'never';
  readonly #started = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #stats: readonly OperatorStats[] = [];
  #progress: Readonly<Progress> | undefined;
  #drawn = false;
  #rates = new Rates(performance.now());

  constructor(mode: 'auto' | 'always' | 'never') {
    this.#mode = mode;
  }

  /** A run begins: `stats` and `progress` are read as they change. */
  watch(stats: readonly OperatorStats[], progress: Readonly<Progress>): void {
    this.#stats = stats;
    this.#progress = progress;
    this.#rates = new Rates(performance.now());
    if (this.#timer !== undefined || this.#mode === 'never') return;
    const terminal = process.stderr.isTTY;
    if (!terminal && this.#mode !== 'always') return;
    this.#timer = setInterval(() => this.#draw(terminal), terminal ? EVERY : EVERY_LINE);
    this.#timer.unref();
  }

  /** Takes the line away, so that other text can be printed; it comes back with the next redraw. */
  clear(): void {
    if (this.#drawn) process.stderr.write('\r\x1b[K');
    this.#drawn = false;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.clear();
  }

  /** Rows that have come in and gone out of the run that is watched. */
  get rows(): { readonly in: number; readonly out: number } {
    return rowsOf(this.#stats);
  }

  /** Rows that sinks have made durable so far, in runs that never end. */
  get committed(): number {
    return this.#progress?.rowsCommitted ?? 0;
  }

  #draw(terminal: boolean): void {
    const elapsed = Date.now() - this.#started;
    if (elapsed < FIRST || this.#progress === undefined) return;
    const text = this.#text(elapsed / 1000);
    if (!terminal) {
      process.stderr.write(`${text}\n`);
      return;
    }
    process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
    this.#drawn = true;
  }

  #text(seconds: number): string {
    const now = this.#rates.look(performance.now(), this.#stats, this.#progress!);
    return progressText(seconds, this.#progress!, this.rows, now);
  }

  /** Where progress is shown whatever stderr is: a last line, with the sum of it all. */
  finish(): void {
    if (this.#mode !== 'always' || this.#progress === undefined) return;
    const seconds = (Date.now() - this.#started) / 1000;
    process.stderr.write(`${doneText(seconds, this.#stats, this.#progress)}\n`);
  }
}

/** How far a run is: rates are those of the last seconds. */
export function progressText(
  seconds: number,
  { bytesTotal, bytesRead, bytesSpilled, rowsSkipped }: Readonly<Progress>,
  rows: { readonly in: number },
  now: Now,
): string {
  const parts: string[] = [];
  if (bytesTotal > 0) {
    const share = Math.min(1, bytesRead / bytesTotal);
    const filled = Math.round(share * 20);
    parts.push(`${String(Math.floor(share * 100)).padStart(3)}% ${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`);
  } else parts.push(clock(seconds));
  parts.push(`${compact(rows.in)} rows`, `in ${compact(now.in)}/s`, `out ${compact(now.out)}/s`);
  if (bytesRead > 0) parts.push(`${(now.bytes / 1e6).toFixed(0)} MB/s`);
  if (bytesTotal > bytesRead && bytesRead > 0)
    parts.push(`ETA ${clock((seconds * (bytesTotal - bytesRead)) / bytesRead)}`);
  if (rowsSkipped > 0) parts.push(`${compact(rowsSkipped)} left out`);
  if (bytesSpilled > 0) parts.push(spilled(bytesSpilled));
  const { busiest } = now;
  if (busiest !== undefined && busiest.share >= SHOWN) {
    const percent = Math.min(99, Math.round(busiest.share * 100));
    const word = busiest.share >= BLOCKING ? 'bottleneck' : 'slowest';
    parts.push(`${word} (busy ${percent}%): ${busiest.label.slice(0, 40)}`);
  }
  return parts.join(' · ');
}

/** What a run has done. */
export function doneText(seconds: number, stats: readonly OperatorStats[], progress: Readonly<Progress>): string {
  const rows = rowsOf(stats);
  const processes = stats.flatMap((s) => s.processes ?? []);
  const started = processes.reduce((sum, p) => sum + p.started, 0);
  const restarts = processes.reduce((sum, p) => sum + p.restarts, 0);
  const parts = [
    `${rows.in.toLocaleString('en-US')} rows in`,
    `${rows.out.toLocaleString('en-US')} out`,
    `${seconds.toFixed(1)} s`,
    `${compact(rows.in / seconds)} row/s`,
  ];
  if (progress.rowsSkipped > 0) parts.push(`${progress.rowsSkipped.toLocaleString('en-US')} left out`);
  if (progress.bytesSpilled > 0) parts.push(spilled(progress.bytesSpilled));
  if (started > 0) parts.push(`${started.toLocaleString('en-US')} processes, ${restarts} restarts`);
  return `done: ${parts.join(', ')}`;
}

const spilled = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB spilled`;

export const compact = (n: number): string =>
  n >= 1e6 ? `${(n / 1e6).toFixed(2)}M` : n >= 1e4 ? `${(n / 1e3).toFixed(0)}k` : String(Math.round(n));

const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
