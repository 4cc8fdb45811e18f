import type { Random } from './random.ts';
import { pieceOf, type Piece } from './sql-tree.ts';

const clause = pieceOf('clause', '');

/** What may stand behind a key of ORDER BY. */
export const direction = (r: Random): string =>
  r.of(['', '', ' DESC', ' ASC', ' DESC NULLS LAST', ' NULLS LAST', ' NULLS FIRST', ' DESC NULLS FIRST']);

/** LIMIT in every spelling, or none. */
export function limit(r: Random): Piece | '' {
  const count = String(r.below(7));
  const offset = String(r.below(3));
  return r.of([
    '',
    clause` LIMIT ${count}`,
    clause` LIMIT ${count} OFFSET ${offset}`,
    clause` LIMIT -1 OFFSET ${offset}`,
    clause` LIMIT ${offset}, ${count}`,
  ]);
}
