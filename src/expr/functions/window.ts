import { unify, type Type } from '../../data/types.ts';
import { sameAsFirst } from './types-of.ts';

/** A function that exists only with OVER. How it runs is in `run/operators/over-functions.ts`. */
export interface WindowFunction {
  readonly name: string;
  readonly arity: readonly [least: number, most: number];
  readonly type: Type | ((args: readonly Type[]) => Type);
  readonly doc: string;
}

/** `lag(x, 1, default)`: of x or of the default. */
const shifted = (args: readonly Type[]): Type => (args.length < 3 ? sameAsFirst(args) : unify(args[0]!, args[2]!));

const all: readonly WindowFunction[] = [
  { name: 'row_number', arity: [0, 0], type: 'INTEGER', doc: '`row_number()`: 1, 2, 3, .. in the order of the window' },
  { name: 'rank', arity: [0, 0], type: 'INTEGER', doc: '`rank()`: equal rows share a number, then there is a gap' },
  { name: 'dense_rank', arity: [0, 0], type: 'INTEGER', doc: '`dense_rank()`: as rank(), without gaps' },
  {
    name: 'percent_rank',
    arity: [0, 0],
    type: 'REAL',
    doc: '`percent_rank()`: (rank - 1) / (rows - 1), 0.0 of one row',
  },
  {
    name: 'cume_dist',
    arity: [0, 0],
    type: 'REAL',
    doc: '`cume_dist()`: the share of rows up to this one and its equals',
  },
  { name: 'ntile', arity: [1, 1], type: 'INTEGER', doc: '`ntile(4)`: the number of the quarter that the row is in' },
  { name: 'lag', arity: [1, 3], type: shifted, doc: '`lag(x, 1, default)`: x of the row before' },
  { name: 'lead', arity: [1, 3], type: shifted, doc: '`lead(x, 1, default)`: x of the row behind' },
  { name: 'first_value', arity: [1, 1], type: sameAsFirst, doc: '`first_value(x)`: of the first row of the frame' },
  { name: 'last_value', arity: [1, 1], type: sameAsFirst, doc: '`last_value(x)`: of the last row of the frame' },
  { name: 'nth_value', arity: [2, 2], type: sameAsFirst, doc: '`nth_value(x, 2)`: of the second row of the frame' },
];

/** By name, in lower case. Every aggregate function can stand with OVER too. */
export const windowFunctions: ReadonlyMap<string, WindowFunction> = new Map(all.map((f) => [f.name, f]));
