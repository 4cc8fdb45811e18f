import type { Contract } from './contract.ts';

/** What people read about an axis: the words that declare it, the law they promise, and what goes wrong if it is false. */
export interface AxisText {
  readonly clause: string;
  readonly law: string;
  readonly breaks: string;
}

/** The axes of a contract. c is the command, x and y are lists of lines, x·y one after the other, ε the empty list. */
export const axes: { readonly [K in keyof Required<Contract>]: AxisText } = {
  scope: {
    clause: 'SCOPE RECORD | KEY (..) | WINDOW | STREAM',
    law: 'RECORD: c(ε) = ε and c(x·y) = c(x)·c(y), every line of output ended; KEY: the same for the lines of one key',
    breaks: 'restarts, copies and every law that moves something past the command',
  },
  emits: {
    clause: 'EMITS ONE | 0..1 | 1..N | 0..N | ANY',
    law: 'so many lines out for each line in; ONE: the i-th output belongs to the i-th input',
    breaks: 'columns carried around the command',
  },
  filters: {
    clause: 'FILTERS',
    law: 'the output is a subsequence of the input, byte for byte',
    breaks: 'which rows the surviving lines are',
  },
  keepsOrder: { clause: 'KEEPS ORDER', law: 'outputs come in the order of the lines that cause them', breaks: 'LIMIT' },
  orderFree: { clause: 'ORDER FREE', law: 'c(πx) = c(x) for every permutation π', breaks: 'dropping a sort below it' },
  sortedBy: {
    clause: 'SORTED BY (..)',
    law: 'the output is sorted, in byte order',
    breaks: 'dropping a sort above it',
  },
  needsSortedBy: { clause: 'NEEDS SORTED BY (..)', law: 'the input must be sorted', breaks: 'the command itself' },
  determinism: {
    clause: 'DETERMINISTIC | STABLE | VOLATILE',
    law: 'the same input gives the same output: always, within one run, or not',
    breaks: 'running it on fewer, or repeated, lines',
  },
  effects: {
    clause: 'EFFECTS NONE | IDEMPOTENT | ANY',
    law: 'nothing but its output changes; or repeating it is harmless; or anything',
    breaks: 'not running it, or running it on fewer lines',
  },
  combine: {
    clause: "COMBINE WITH 'g' [PARTIAL 'm'] [FINISH 'f']",
    law: 'f(g(m(x)·m(y))) = c(x·y), and g is associative on such parts',
    breaks: 'aggregating in parts',
  },
  idempotent: { clause: 'IDEMPOTENT', law: 'c(c(x)) = c(x)', breaks: 'dropping a second run of it' },
  commutesWith: { clause: 'COMMUTES WITH (..)', law: 'c(d(x)) = d(c(x))', breaks: 'the order of two commands' },
  total: {
    clause: 'TOTAL',
    law: 'on every list of lines the exit status is an OK one',
    breaks: 'errors: they come or go with the lines it sees',
  },
  exitOk: { clause: 'EXIT OK (n, ..)', law: 'these statuses are no failure', breaks: 'noticing failures' },
  online: { clause: 'ONLINE', law: 'c(x) is a prefix of c(x·y)', breaks: 'stopping it early' },
  flushes: {
    clause: 'FLUSHES RECORD',
    law: 'the output of a line comes before the end of the input',
    breaks: 'latency',
  },
  marker: {
    clause: "MARKER 'm' REPLY 'r'",
    law: 'c(x·m·y) = c(x)·r·c(y), and r comes from nothing else',
    breaks: 'where a batch ends',
  },
  nulls: { clause: "NULLS SKIP | AS 't' | ERROR", law: 'what stands for NULL in the text', breaks: 'NULLs' },
  encoding: {
    clause: 'ENCODING bytes | utf8 | text',
    law: 'the text is any bytes, UTF-8, or without NUL',
    breaks: 'decoding',
  },
  time: {
    clause: 'TIME INHERIT | EARLIEST | LATEST | WINDOW END | FROM c',
    law: 'the event time of its output',
    breaks: 'windows above it',
  },
  needs: {
    clause: 'NEEDS TOOLS | FILES | HOST (..) | CWD | EXCLUSIVE',
    law: 'what must be there where it runs',
    breaks: 'running it at all',
  },
  hints: { clause: 'SELECTIVITY n | COST us | STARTUP ms', law: 'estimates', breaks: 'nothing but speed' },
};
