import type { Progress } from '../run/context.ts';
import type { OperatorStats } from '../run/operator.ts';

/** First shown after so many ms: quick queries stay quiet. */
const FIRST = 300;
const EVERY = 100;
/** Where stderr is no terminal but progress is asked for: one line each so many ms. */
const EVERY_LINE = 10_000;

/** A line on stderr that tells how far a run is, redrawn in place, and gone before results are printed. */
export class ProgressLine {
  readonly #mode: 'auto' | 'always' | 'never';
  readonly #started = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #stats: readonly OperatorStats[] = [];
  #progress: Readonly<Progress> | undefined;
  #drawn = false;

  constructor(mode: 'auto' | 'always' | 'never') {
    this.#mode = mode;
  }

  /** A run begins: `stats` and `progress` are read as they change. */
  watch(stats: readonly OperatorStats[], progress: Readonly<Progress>): void {
    this.#stats = stats;
    this.#progress = progress;
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
    const sources = this.#stats.filter((s) => s.rowsIn === 0);
    const roots = this.#stats.filter((s) => s.isRoot);
    return {
      in: sources.reduce((sum, s) => sum + s.rowsOut, 0),
      out: roots.reduce((sum, s) => sum + s.rowsIn, 0),
    };
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
    const { bytesTotal, bytesRead } = this.#progress!;
    const { in: rows } = this.rows;
    const parts: string[] = [];
    if (bytesTotal > 0) {
      const share = Math.min(1, bytesRead / bytesTotal);
      const filled = Math.round(share * 20);
      parts.push(`${String(Math.floor(share * 100)).padStart(3)}% ${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`);
    }
    parts.push(`${compact(rows)} rows`, `${compact(rows / seconds)} row/s`);
    if (bytesRead > 0) parts.push(`${(bytesRead / 1e6 / seconds).toFixed(0)} MB/s`);
    if (bytesTotal > bytesRead && bytesRead > 0)
      parts.push(`ETA ${clock((seconds * (bytesTotal - bytesRead)) / bytesRead)}`);
    const slowest = this.#stats.reduce<OperatorStats | undefined>(
      (a, b) => (a !== undefined && a.busy >= b.busy ? a : b),
      undefined,
    );
    if (slowest !== undefined && slowest.busy > 200) {
      parts.push(
        `slowest: ${slowest.label.slice(0, 40)} (busy ${Math.min(99, Math.round(slowest.busy / seconds / 10))}%)`,
      );
    }
    return parts.join(' · ');
  }
}

export const compact = (n: number): string =>
  n >= 1e6 ? `${(n / 1e6).toFixed(2)}M` : n >= 1e4 ? `${(n / 1e3).toFixed(0)}k` : String(Math.round(n));

const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
