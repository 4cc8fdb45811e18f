import type { Sink } from './plan/plan.ts';

/** Rows are appended to those that are there; or a file is replaced, a table made, or rows of it are changed. */
export type HowWritten = 'appended' | 'written';

export const howWritten = ({ options: { append, create, conflict } }: Sink): HowWritten =>
  append !== false && create === undefined && conflict === undefined ? 'appended' : 'written';
