import { expression, type Reach } from './random-expr-sql.ts';
import { fromClause, type Maker } from './random-from.ts';
import { joined, pieceOf, type Piece } from './sql-tree.ts';

const select = pieceOf('select');
const clause = pieceOf('clause', '');
const item = pieceOf('expression', 'NULL');

/** `SELECT *`: all columns of a join. */
export function starSelect(m: Maker): Piece {
  const from = fromClause(m, []);
  const more = m.r.chance(0.3) ? item`, ${expression(m.r, from.scope, 1)}` : '';
  return select`SELECT *${more} FROM ${from.piece}${m.where(from.scope, 1)}`;
}

/** Columns that are neither grouped by nor aggregated: of the row with the least or greatest key. */
export function bareSelect(m: Maker): Piece | undefined {
  const { r, tables } = m;
  const keyed = tables.filter((t) => t.columns.some((c) => c.kind === 'key'));
  if (keyed.length === 0) return undefined;
  const { name, columns } = r.of(keyed);
  const scope = columns.map((c): Reach => ({ sql: c.name, kind: c.kind }));
  const key = columns.find((c) => c.kind === 'key')!.name;
  const items = Array.from({ length: 1 + r.below(2) }, () => expression(r, scope, 1));
  const exact = scope.filter(({ kind }) => kind !== 'expr');
  const by = r.chance(0.7) ? clause` GROUP BY ${r.of(exact).sql}` : '';
  // With its table's name, which no subquery has: of a name that is ambiguous there SQLite tells only if it gets there.
  const full = columns.map((c): Reach => ({ sql: `${name}.${c.name}`, kind: c.kind }));
  return select`SELECT ${r.of(['min', 'max'])}(${key}), ${joined(items, ', ')} FROM ${name}${m.where(full, 1)}${by}`;
}
