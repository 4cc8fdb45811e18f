import { expression, predicate, type Scope, type Subqueries } from './random-expr-sql.ts';
import type { Random } from './random.ts';
import { pieceOf, type Piece } from './sql-tree.ts';

const clause = pieceOf('clause', '');
const pred = pieceOf('predicate', 'TRUE');
const item = pieceOf('expression', 'NULL');

/** Columns that hold numbers only, and those of which equal cells are the same. */
const numbersOf = (scope: Scope) => scope.filter(({ kind }) => kind === 'int' || kind === 'real' || kind === 'key');
const exactOf = (scope: Scope) => scope.filter(({ kind }) => kind !== 'expr' && kind !== 'nocase' && kind !== 'rtrim');

/**
 * An aggregate whose result does not depend on the order of rows.
 *
 * @param scope columns of this query. @param all with some of those around it.
 */
export function aggregateCall(r: Random, scope: Scope, all: Scope, inner: Subqueries): Piece {
  const numbers = numbersOf(scope).map((c) => c.sql);
  const exact = exactOf(scope).map((c) => c.sql);
  const any = () => (exact.length > 0 ? r.of(exact) : '1');
  // With a column of this query, or the aggregate would be one of the query around.
  const condition = () => pred`${r.of(scope).sql} IS NOT 'zz' AND (${predicate(r, all, 1, inner)})`;
  const filter = scope.length > 0 && r.chance(0.15) ? clause` FILTER (WHERE ${condition()})` : '';
  const number = numbers.length > 0 && r.chance(0.8) ? r.of(numbers) : '2.5';
  const e = () => expression(r, scope, 1, inner);
  const keyed = (call: (e: Piece) => Piece) => call(expression(r, scope, 1));
  switch (r.below(12)) {
    case 0:
      return item`count(*)${filter}`;
    case 1:
      return item`count(${e()})${filter}`;
    case 2:
      return item`${r.of(['sum', 'total', 'avg'])}(${number})${filter}`;
    case 3:
      return item`${r.of(['min', 'max'])}(${any()})${filter}`;
    case 4:
      return item`count(DISTINCT ${scope.length > 0 ? r.of(scope).sql : '1'})${filter}`;
    case 5:
      return item`${r.of(['sum', 'total', 'avg'])}(DISTINCT ${number})${filter}`;
    case 6:
      return keyed((x) => item`group_concat(quote(${x}), ';' ORDER BY quote(${x})${r.of(['', ' DESC'])})${filter}`);
    case 7:
      return item`${r.of(['min', 'max'])}(quote(${e()}))${filter}`;
    case 8:
      return keyed((x) => item`group_concat(DISTINCT quote(${x}) ORDER BY quote(${x}))${filter}`);
    case 9:
      return keyed((x) => item`json_group_array(quote(${x}) ORDER BY quote(${x}))${filter}`);
    case 10:
      return item`sum(${pred`(${predicate(r, scope, 1, inner)})`})${filter}`;
    default:
      return item`count(*) + count(DISTINCT ${any()})`;
  }
}

/** A function OVER a window; where it sees the order of rows, rows that the order leaves equal are the same. */
export function windowCall(r: Random, scope: Scope): Piece {
  const numbers = numbersOf(scope).map((c) => c.sql);
  const exact = exactOf(scope).map((c) => c.sql);
  const number = numbers.length > 0 ? r.of(numbers) : '2.5';
  const any = exact.length > 0 ? r.of(exact) : "'x'";
  const partition = scope.length > 0 && r.chance(0.6) ? clause`PARTITION BY ${r.of(scope).sql}` : '';
  const direction = r.of(['', ' DESC', ' NULLS LAST', ' DESC NULLS FIRST']);
  const key = scope.length > 0 ? r.of(scope).sql : '1';
  const filter = r.chance(0.15) ? clause` FILTER (WHERE ${predicate(r, scope, 1)})` : '';
  if (r.chance(0.5)) {
    const f = r.of<() => Piece>([
      () => item`${r.of(['rank', 'dense_rank', 'percent_rank', 'cume_dist'])}()`,
      () => item`count(*)${filter}`,
      () => item`count(${any})${filter}`,
      () => item`${r.of(['sum', 'total', 'avg'])}(${number})${filter}`,
      () => item`${r.of(['min', 'max'])}(${any})${filter}`,
    ])();
    const order = r.chance(0.8) ? clause` ORDER BY ${key}${direction}` : '';
    const frame = r.chance(0.3) && order !== '' ? clause` GROUPS BETWEEN ${r.of(starts)} AND ${r.of(ends)}` : '';
    return item`${f} OVER (${partition}${order}${frame})`;
  }
  const f = r.of<() => Piece>([
    () => item`row_number()`,
    () => item`ntile(${String(1 + r.below(3))})`,
    () => item`${r.of(['lag', 'lead'])}(${any}${r.of(['', ', 2', ", 1, 'none'"])})`,
    () => item`${r.of(['first_value', 'last_value'])}(${any})`,
    () => item`nth_value(${any}, 2)`,
    () => item`group_concat(quote(${any}), ';')${filter}`,
    () => item`count(*)${filter}`,
    () => item`sum(${number})${filter}`,
  ])();
  const all = scope.map((c) => `quote(${c.sql})`);
  const order = [`${key}${direction}`, ...all].join(', ');
  const frame = r.chance(0.4) ? clause` ROWS BETWEEN ${r.of(starts)} AND ${r.of(ends)}` : '';
  return item`${f} OVER (${partition} ORDER BY ${order}${frame})`;
}

const starts = ['UNBOUNDED PRECEDING', '2 PRECEDING', '1 PRECEDING', 'CURRENT ROW'];
const ends = ['CURRENT ROW', '1 FOLLOWING', 'UNBOUNDED FOLLOWING'];
