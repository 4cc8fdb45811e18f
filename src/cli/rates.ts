import type { Progress } from '../run/context.ts';
import type { OperatorStats } from '../run/operator.ts';
import { timesOf } from '../run/operator-times.ts';

/** ms over which rates are taken. */
const WINDOW = 2000;

/** What a run does at the moment, a second. */
export interface Now {
  readonly in: number;
  readonly out: number;
  readonly bytes: number;
  /** The operator that works most of its time, and how much of it (0 to 1). */
  readonly busiest?: { readonly label: string; readonly share: number };
}

interface Sample {
  readonly at: number;
  readonly in: number;
  readonly out: number;
  readonly bytes: number;
  readonly busy: readonly number[];
}

/** Rows that the sources have given and the roots have got. */
export function rowsOf(stats: readonly OperatorStats[]): { readonly in: number; readonly out: number } {
  const sources = stats.filter((s) => s.rowsIn === 0);
  const roots = stats.filter((s) => s.isRoot);
  return {
    in: sources.reduce((sum, s) => sum + s.rowsOut, 0),
    out: roots.reduce((sum, s) => sum + s.rowsIn, 0),
  };
}

/** The rates of the last seconds, from counters that are looked at now and then. */
export class Rates {
  readonly #samples: Sample[];

  /** @param start ms at which all counters were 0. */
  constructor(start: number) {
    this.#samples = [{ at: start, in: 0, out: 0, bytes: 0, busy: [] }];
  }

  /** @param at ms of a clock that only goes forward. */
  look(at: number, stats: readonly OperatorStats[], { bytesRead }: Readonly<Progress>): Now {
    const sample: Sample = { at, ...rowsOf(stats), bytes: bytesRead, busy: stats.map((s) => timesOf(s, at).busy) };
    this.#samples.push(sample);
    // One that is as old as the window stays.
    while (this.#samples.length > 2 && at - this.#samples[1]!.at >= WINDOW) this.#samples.shift();
    const first = this.#samples[0]!;
    const ms = Math.max(1, at - first.at);
    const busy = sample.busy.map((n, i) => (n - (first.busy[i] ?? 0)) / ms);
    const most = busy.reduce((a, b, i) => (b > (busy[a] ?? 0) ? i : a), -1);
    return {
      in: ((sample.in - first.in) / ms) * 1000,
      out: ((sample.out - first.out) / ms) * 1000,
      bytes: ((sample.bytes - first.bytes) / ms) * 1000,
      ...(most >= 0 && { busiest: { label: stats[most]!.label, share: busy[most]! } }),
    };
  }
}
