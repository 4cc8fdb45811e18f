/** What was seen of a command. An answer that is absent could not be found out. */
export interface Findings {
  /** Rows in and out of the run over the whole sample, and its exit status. */
  readonly linesIn: number;
  readonly linesOut: number;
  readonly exit: number | undefined;
  readonly stderr: readonly string[];
  /** Over no input at all. */
  readonly empty: { readonly exit: number | undefined; readonly bytes: number };
  /** In every run as many lines came out as went in; at most as many; at least as many. */
  readonly counts?: { readonly equal: boolean; readonly atMost: boolean; readonly atLeast: boolean };
  /** The output is a subsequence of the input. */
  readonly filters?: boolean;
  /** A line of output that was no line of input. */
  readonly strange?: string;
  /** Run twice, it printed the same. */
  readonly deterministic?: boolean;
  /** Shuffled input gave the same output; or the same lines in another order. */
  readonly orderFree?: 'yes' | 'lines' | 'no';
  /** The output is the input, sorted byte-wise. */
  readonly sorts?: boolean;
  /** f(a) f(b) = f(a b), for each cut that was tried. */
  readonly perRecord?: { readonly holds: boolean; readonly cut: string };
  /** How much came out before the end of the input. */
  readonly streams?: { readonly share: 'all' | 'some' | 'none'; readonly ms?: number };
  /** With buffers made to hold a line only (`stdbuf -oL`). */
  readonly streamsLive?: 'all' | 'some' | 'none';
  /** It ended before its input did. */
  readonly stopsEarly?: boolean;
  /** What it printed for a marker, each time; absent where it printed nothing, or not always the same. */
  readonly marker?: { readonly send: string; readonly reply: string };
  readonly whyNoMarker?: string;
  /** ms from start to end without input. */
  readonly startup: number;
  /** us a row; of many rows less what no rows take. */
  readonly cost?: number;
}

/** What `probe` tells. */
export interface Probe {
  readonly command: string;
  readonly sample: { readonly name: string; readonly lines: number };
  readonly findings: Findings;
  /** Clauses that fit what was seen. They are suggested, not proven: whoever declares them promises them. */
  readonly suggested: readonly string[];
  /** What stands for several of them, with what no probe can see. */
  readonly profile?: { readonly name: 'MAP' | 'FILTER' | 'FLATMAP' | 'SORT'; readonly needs: string };
  readonly notes: readonly string[];
  readonly runs: number;
  readonly ms: number;
}
