/** The arguments of a window function behind the rows, in the order in which they go by position. */
export interface WindowFunction {
  readonly parameters: readonly WindowParameter[];
  /** How it is written, for messages. */
  readonly usage: string;
}
export type WindowParameter = 'timecol' | 'size' | 'slide' | 'step' | 'gap' | 'offset' | 'max_duration' | 'partial';

/** Table functions that put rows into windows, by their names in lower case. */
export const windowFunctions: ReadonlyMap<string, WindowFunction> = new Map<string, WindowFunction>([
  ['tumble', { parameters: ['timecol', 'size', 'offset'], usage: "TUMBLE(t, ts, INTERVAL '1' MINUTE)" }],
  [
    'hop',
    {
      parameters: ['timecol', 'slide', 'size', 'offset'],
      usage: "HOP(t, ts, INTERVAL '1' MINUTE, INTERVAL '5' MINUTE): a window of 5 minutes every minute",
    },
  ],
  [
    'cumulate',
    {
      parameters: ['timecol', 'step', 'size', 'offset'],
      usage: "CUMULATE(t, ts, INTERVAL '1' MINUTE, INTERVAL '1' HOUR): the hour so far, every minute",
    },
  ],
  [
    'session',
    {
      parameters: ['timecol', 'gap', 'max_duration'],
      usage: "SESSION(t PARTITION BY k, ts, INTERVAL '30' SECOND)",
    },
  ],
  ['tumble_rows', { parameters: ['size', 'partial'], usage: 'TUMBLE_ROWS(t, 100)' }],
  [
    'hop_rows',
    { parameters: ['slide', 'size', 'partial'], usage: 'HOP_ROWS(t, 10, 100): the last 100 rows, every 10' },
  ],
]);

export const isWindowFunction = (name: string): boolean => windowFunctions.has(name.toLowerCase());

/** What to write in place of a call outside of FROM that means windows; undefined for all other names. */
export function windowUsage(name: string): string | undefined {
  const own = windowFunctions.get(name.replace(/_(start|end|rowtime|proctime)$/, ''));
  return own && `FROM ${own.usage} .. GROUP BY window_start; its columns are window_start and window_end`;
}
