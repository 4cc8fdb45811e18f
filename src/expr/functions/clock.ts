import { formatTimestamp } from '../cast.ts';
import type { ScalarFunction } from './function.ts';

/** Functions that read the clock for each row; `now` and its kin mean one moment for all rows of a query. */
export const clockFunctions: readonly ScalarFunction[] = [
  {
    name: 'proctime',
    arity: [0, 0],
    type: 'TIMESTAMP',
    volatile: true,
    evaluate: () => formatTimestamp(Date.now() * 1000),
    doc: '`PROCTIME()`: when the row is worked on',
    inSqlite: false,
  },
];
