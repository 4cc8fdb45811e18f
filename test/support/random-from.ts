import type { Random } from './random.ts';
import { expression, predicate, type Reach, type Scope, type Subqueries } from './random-expr-sql.ts';
import type { Table } from './random-tables.ts';
import { either, joined, pieceOf, type Piece } from './sql-tree.ts';

/** What stands behind FROM: the columns in reach, and those that `*` gives (which kind, in order). */
export interface From {
  readonly piece: Piece;
  readonly scope: Scope;
  readonly star: Scope;
}
/** A query, and how many columns it gives. */
export interface Select {
  readonly piece: Piece;
  readonly width: number;
}
/** What makes the queries that stand in FROM and in conditions. */
export interface Maker {
  readonly r: Random;
  readonly tables: readonly Table[];
  /** A name that nothing else has. */
  alias(): string;
  /** A query to read from; undefined where enough of them are nested. */
  derived(outer: Scope): Select | undefined;
  inner(depth: number): Subqueries;
  /** WHERE, mostly. */
  where(scope: Scope, depth: number): Piece | '';
  /** Some of the columns around beside those of the query itself. */
  mixed(own: Scope, outer: Scope): Scope;
}

const source = pieceOf('source');
const select = pieceOf('select');
const pred = pieceOf('predicate', 'TRUE');

/** FROM: up to four relations, joined and nested in every way. */
export function fromClause(m: Maker, outer: Scope): From {
  const { r } = m;
  let from = relation(m, outer);
  const count = r.of([1, 1, 1, 2, 2, 2, 3, 4]);
  for (let i = 1; i < count; i++) {
    const nested = i + 1 < count && r.chance(0.15);
    const right = nested ? bracketed(join(m, relation(m, outer), relation(m, outer), outer)) : relation(m, outer);
    if (nested) i++;
    from = join(m, from, right, outer);
    if (r.chance(0.1)) from = bracketed(from);
  }
  return r.chance(0.1) ? withParts(m, from) : from;
}

/** Beside each row the parts of a document of it. */
function withParts(m: Maker, from: From): From {
  const { r } = m;
  const documents = from.scope.filter((c) => c.kind === 'json');
  if (documents.length === 0) return from;
  const alias = m.alias();
  const call = `${r.of(['json_each', 'json_tree'])}(${r.of(documents).sql}${r.of(['', '', ", '$.b'", ", '$[0]'"])})`;
  const parts = ['key', 'value', 'type', 'atom', 'fullkey', 'path'].map((name): Reach => ({
    sql: `${alias}.${name}`,
    kind: 'expr',
  }));
  const piece = source`${from.piece}${r.of([', ', ' JOIN ', ' LEFT JOIN '])}${call} AS ${alias}`;
  return { piece, scope: [...from.scope, ...parts], star: [...from.star, ...parts] };
}

const bracketed = (from: From): From => ({ ...from, piece: source`(${from.piece})` });

const joinTypes = ['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'JOIN', 'LEFT OUTER JOIN', 'INNER JOIN'];

function join(m: Maker, left: From, right: From, outer: Scope): From {
  const { r } = m;
  const both: Scope = [...plainly(left, right), ...plainly(right, left)];
  const star: Scope = [...left.star, ...right.star];
  const type = r.of(joinTypes);
  const shared = sharedNames(left, right);
  switch (r.below(12)) {
    case 0:
      return { piece: source`${left.piece} CROSS JOIN ${right.piece}`, scope: both, star };
    case 1:
      return { piece: source`${left.piece}, ${right.piece}`, scope: both, star };
    case 2:
      return merged(source`${left.piece} NATURAL ${type} ${right.piece}`, left, right, shared);
    case 3:
    case 4: {
      if (shared.length === 0) break;
      const names = shared.length > 1 && r.chance(0.3) ? shared.slice(0, 2) : [r.of(shared)];
      return merged(source`${left.piece} ${type} ${right.piece} USING (${names.join(', ')})`, left, right, names);
    }
  }
  const equal = shared.length > 0 && r.chance(0.5) ? r.of(shared) : undefined;
  const of = ({ scope }: From) => (scope.find((c) => nameOf(c) === equal) ?? r.of(scope)).sql;
  const on = r.chance(0.7)
    ? pred`${of(left)} = ${of(right)}`
    : predicate(r, m.mixed(both, outer), 1, type === 'FULL JOIN' ? undefined : m.inner(1));
  const more = r.chance(0.2) ? pred`${on} AND ${predicate(r, both, 1)}` : on;
  return { piece: source`${left.piece} ${type} ${right.piece} ON ${more}`, scope: both, star };
}

/** Names that stand once on each side: columns of a join that were merged before count once. */
function sharedNames({ star: left }: From, { star: right }: From): readonly string[] {
  const once = (side: Scope, name: string) => side.filter((c) => nameOf(c) === name).length === 1;
  return left.map(nameOf).filter((name) => once(left, name) && once(right, name));
}

/** A join by columns of the same name: `*` shows them once, where they stand on the left, and they are named without a table. */
function merged(piece: Piece, left: From, right: From, names: readonly string[]): From {
  const isMerged = (c: Reach) => names.includes(nameOf(c));
  const kept = left.star.map((c): Reach => (isMerged(c) ? { sql: nameOf(c), kind: 'expr' } : c));
  const star = [...kept, ...right.star.filter((c) => !isMerged(c))];
  const once = (name: string) => star.filter((c) => nameOf(c) === name).length === 1;
  const plain = kept.filter((c) => isMerged(c) && once(nameOf(c)));
  return { piece, scope: [...plainly(left, right), ...plainly(right, left), ...plain], star };
}

/** The columns of a side but those that are named without a table where the other side has the name, too. */
const plainly = ({ scope }: From, other: From): Scope =>
  scope.filter((c) => nameOf(c) !== c.sql || other.star.every((o) => nameOf(o) !== c.sql));

const nameOf = ({ sql }: Reach): string => sql.slice(sql.indexOf('.') + 1);

function relation(m: Maker, outer: Scope): From {
  const { r } = m;
  const alias = m.alias();
  const derived = r.chance(0.18) ? m.derived(outer) : undefined;
  if (derived !== undefined) {
    const names = columnNames(derived.width);
    const renamed = names.map((c, i) => `c${i} AS ${c}`).join(', ');
    const scope = names.map((c): Reach => ({ sql: `${alias}.${c}`, kind: 'expr' }));
    return {
      piece: source`(SELECT ${renamed} FROM (${named(derived.piece, derived.width)})) AS ${alias}`,
      scope,
      star: scope,
    };
  }
  if (r.chance(0.05)) return values(r, alias);
  const { name, columns } = r.of(m.tables);
  const scope = columns.map((c): Reach => ({ sql: `${alias}.${c.name}`, kind: c.kind }));
  const piece = source`${name} AS ${alias}`;
  if (r.chance(0.93)) return { piece, scope, star: scope };
  // A semi or anti join: rows of the left side that have a partner, or none.
  const other = r.of(m.tables);
  const beside = m.alias();
  const [kind, exists] = r.of([['SEMI', 'EXISTS'], ['LEFT SEMI', 'EXISTS'], ['ANTI', 'NOT EXISTS'], ['LEFT ANTI', 'NOT EXISTS']] as const); // prettier-ignore
  const their = other.columns.map((c): Reach => ({ sql: `${beside}.${c.name}`, kind: c.kind }));
  const on = r.chance(0.6) ? pred`${r.of(scope).sql} = ${r.of(their).sql}` : predicate(r, [...scope, ...their], 1);
  const semi = either(
    source`(${piece} ${kind} JOIN ${other.name} AS ${beside} ON ${on})`,
    source`(SELECT * FROM ${piece} WHERE ${exists} (SELECT 1 FROM ${other.name} AS ${beside} WHERE ${on})) AS ${alias}`,
  );
  return { piece: semi, scope, star: scope };
}

function values(r: Random, alias: string): From {
  // Constants only: behind the first row SQLite takes `'a' IS NOT FALSE` for `'a' IS NOT 0`.
  const rows = Array.from({ length: 1 + r.below(3) }, () => source`(${expression(r, [], 0)}, ${expression(r, [], 0)})`);
  const scope = ['column1', 'column2'].map((c): Reach => ({ sql: `${alias}.${c}`, kind: 'expr' }));
  return { piece: source`(VALUES ${joined(rows, ', ')}) AS ${alias}`, scope, star: scope };
}

/** Names of derived columns; some are those that tables have. */
export const columnNames = (width: number, prefix?: string): readonly string[] =>
  Array.from({ length: width }, (_, i) =>
    prefix === undefined ? (['a', 'z1', 'b', 'z3', 'z4'][i] ?? `z${i}`) : `${prefix}${i}`,
  );

/** The rows of a query, its columns called c0, c1, .. */
export const named = (piece: Piece, width: number): Piece =>
  select`WITH n(${columnNames(width, 'c').join(', ')}) AS (${piece}) SELECT * FROM n`;
