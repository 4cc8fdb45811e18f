import type { Field } from '../data/types.ts';
import { inputs } from './ops.ts';
import type { Node, Plan } from './plan.ts';
import type { StateTtl } from './state-ttl.ts';

/**
 * Hidden column of rows that are changes of a result: 1, the row is in it from now on; -1, it is in it no more. Only EMIT
 * CHANGES and EMIT EVERY make such rows, and only what stands above them in a plan sees them.
 */
export const diffField: Field = { name: '$diff', type: 'INTEGER', notNull: true };

export const isChanging = ({ schema }: Plan): boolean => schema.some((f) => f.name === diffField.name);

/**
 * The result of `query` over all rows so far. Its leaves `current` stand for the inputs: rows that only become more, or
 * changes, of which they are what is left. Without `every` it gives the changes of the result after each batch.
 */
export interface Refresh extends Node<'refresh'> {
  readonly inputs: readonly Plan[];
  readonly query: Plan;
  /**
   * Columns of each input: what the result has of rows with the same values in them does not depend on other rows, nor
   * on when it is computed. So only what has the values of a batch is computed anew. No columns: the whole result is.
   */
  readonly by?: readonly (readonly string[])[];
  /** Over the only input: the rows, with their columns, that can ever be in the result. The others are forgotten. */
  readonly keep?: Plan;
  /** Of groups by some columns of the only input. */
  readonly ttl?: StateTtl;
  /** ms from result to result; the last one is given at the end. */
  readonly every?: number;
  /** The whole result, or how it differs from the one before. */
  readonly gives: 'rows' | 'changes';
}

/** In the query of a `refresh`: its input of that number, without `$diff`. */
export interface Current extends Node<'current'> {
  readonly input: number;
}

/** The leaves of the query of a `refresh`. */
export const currentIn = (query: Plan): readonly Current[] =>
  query.op === 'current' ? [query] : inputs(query).flatMap(currentIn);

/**
 * Changes of a result, as somebody outside wants them. keys: columns that no two rows of the result agree in.
 *
 * log: behind a column that says what happened: +I a new row, -U and +U the old and the new one of a key, -D a row that is
 * gone. upsert: for each key the row it has now (`$diff` 1), or had before it went (-1). The latter come first.
 */
export interface Changes extends Node<'changes'> {
  readonly input: Plan;
  readonly keys?: readonly string[];
  readonly form: 'log' | 'upsert';
  /** Rows of the result may agree in the keys: the one that came last is the one that counts. */
  readonly latest?: true;
}
