import { aggregateCall, windowCall } from './random-calls.ts';
import { expression, predicate, type Reach, type Scope } from './random-expr-sql.ts';
import type { Random } from './random.ts';
import type { Column, Table } from './random-tables.ts';
import type { RandomQuery } from './random-sql.ts';
import { either, joined, pieceOf, type Piece } from './sql-tree.ts';

const query = pieceOf('query');
const pred = pieceOf('predicate', 'TRUE');

/** A query that is built from the left to the right: its columns by name. */
interface Pipe {
  readonly piece: Piece;
  readonly columns: readonly (Pick<Column, 'name'> & Pick<Reach, 'kind'>)[];
}

/** A query in pipes, and the SQL that it stands for: each operator reads what is before it as a subquery. */
export function randomPipe(r: Random, tables: readonly Table[]): RandomQuery {
  let pipe = start(r, tables);
  const count = 1 + r.below(5);
  for (let i = 0; i < count; i++) pipe = r.of(operators)(r, pipe, tables);
  if (r.chance(0.7)) return { piece: pipe.piece, ordered: false };
  return { piece: limited(r, pipe).piece, ordered: true };
}

const start = (r: Random, tables: readonly Table[]): Pipe => {
  const { name, columns } = r.of(tables);
  return { piece: either(query`FROM ${name}`, query`SELECT * FROM ${name}`), columns };
};

const scopeOf = ({ columns }: Pipe): Scope => columns.map(({ name, kind }) => ({ sql: name, kind }));
const named = (columns: Pipe['columns']): string => columns.map((c) => c.name).join(', ');
const noSubqueries = { left: 0 } as Parameters<typeof aggregateCall>[3];
/** A name that no column has, as good as always. */
const fresh = (r: Random): string => `p${r.below(1_000_000)}`;

type Operator = (r: Random, before: Pipe, tables: readonly Table[]) => Pipe;
const operators: readonly Operator[] = [
  where, where, extend, extend, select, set, drop, rename, aggregate, aggregate, join, join, setOperation, distinct, qualify, limited,
]; // prettier-ignore

function where(r: Random, before: Pipe): Pipe {
  const condition = predicate(r, scopeOf(before), 2);
  const { piece } = before;
  return {
    ...before,
    piece: either(query`${piece} |> WHERE ${condition}`, query`SELECT * FROM (${piece}) WHERE ${condition}`),
  };
}

function extend(r: Random, before: Pipe): Pipe {
  const { piece, columns } = before;
  const name = fresh(r);
  const e = r.chance(0.25) ? windowCall(r, scopeOf(before)) : expression(r, scopeOf(before), 2);
  return {
    piece: either(query`${piece} |> EXTEND ${e} AS ${name}`, query`SELECT *, ${e} AS ${name} FROM (${piece})`),
    columns: [...columns, { name, kind: 'expr' }],
  };
}

function select(r: Random, before: Pipe): Pipe {
  const { piece, columns } = before;
  const kept = columns.filter(() => r.chance(0.6));
  const name = fresh(r);
  const e = expression(r, scopeOf(before), 2);
  const items = [...kept.map((c) => c.name), query`${e} AS ${name}`];
  return {
    piece: either(
      query`${piece} |> SELECT ${joined(items, ', ')}`,
      query`SELECT ${joined(items, ', ')} FROM (${piece})`,
    ),
    columns: [...kept, { name, kind: 'expr' }],
  };
}

function set(r: Random, before: Pipe): Pipe {
  const { piece, columns } = before;
  const at = r.below(columns.length);
  const e = expression(r, scopeOf(before), 1);
  const items = columns.map((c, i) => (i === at ? query`${e} AS ${c.name}` : c.name));
  return {
    piece: either(
      query`${piece} |> SET ${columns[at]!.name} = ${e}`,
      query`SELECT ${joined(items, ', ')} FROM (${piece})`,
    ),
    columns: columns.with(at, { name: columns[at]!.name, kind: 'expr' }),
  };
}

function drop(r: Random, before: Pipe): Pipe {
  const { piece, columns } = before;
  if (columns.length < 2) return before;
  const gone = r.of(columns);
  const kept = columns.filter((c) => c !== gone);
  return {
    piece: either(query`${piece} |> DROP ${gone.name}`, query`SELECT ${named(kept)} FROM (${piece})`),
    columns: kept,
  };
}

function rename(r: Random, before: Pipe): Pipe {
  const { piece, columns } = before;
  const at = r.below(columns.length);
  const name = fresh(r);
  const items = columns.map((c, i) => (i === at ? `${c.name} AS ${name}` : c.name)).join(', ');
  return {
    piece: either(query`${piece} |> RENAME ${columns[at]!.name} AS ${name}`, query`SELECT ${items} FROM (${piece})`),
    columns: columns.with(at, { ...columns[at]!, name }),
  };
}

function aggregate(r: Random, before: Pipe): Pipe {
  const { piece } = before;
  const scope = scopeOf(before);
  const [name, more, key] = [fresh(r), fresh(r), fresh(r)];
  const calls = joined([
    query`${aggregateCall(r, scope, scope, noSubqueries)} AS ${name}`,
    query`${aggregateCall(r, scope, scope, noSubqueries)} AS ${more}`,
  ], ', '); // prettier-ignore
  const made = [name, more].map((n) => ({ name: n, kind: 'expr' as const }));
  if (r.chance(0.2))
    return {
      piece: either(query`${piece} |> AGGREGATE ${calls}`, query`SELECT ${calls} FROM (${piece})`),
      columns: made,
    };
  const by = query`quote(${expression(r, scope, 1)})`;
  return {
    piece: either(
      query`${piece} |> AGGREGATE ${calls} GROUP BY ${by} AS ${key}`,
      query`SELECT ${by} AS ${key}, ${calls} FROM (${piece}) GROUP BY ${by}`,
    ),
    columns: [{ name: key, kind: 'expr' }, ...made],
  };
}

function join(r: Random, before: Pipe, tables: readonly Table[]): Pipe {
  const { piece } = before;
  const other = r.of(tables);
  const [left, right] = [fresh(r), fresh(r)];
  const type = r.of(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']);
  const mine = before.columns.map((c): Reach => ({ sql: `${left}.${c.name}`, kind: c.kind }));
  const their = other.columns.map((c): Reach => ({ sql: `${right}.${c.name}`, kind: c.kind }));
  const shared = before.columns.find((c) => other.columns.some((o) => o.name === c.name));
  const alone = before.columns.every((c) => c === shared || other.columns.every((o) => o.name !== c.name));
  if (shared !== undefined && alone && r.chance(0.5)) {
    const rest = other.columns.filter((c) => c.name !== shared.name);
    return {
      piece: either(
        query`${piece} |> ${type} ${other.name} USING (${shared.name})`,
        query`SELECT * FROM (${piece}) ${type} ${other.name} USING (${shared.name})`,
      ),
      columns: [...before.columns.map((c) => (c === shared ? { ...c, kind: 'expr' as const } : c)), ...rest],
    };
  }
  const on = r.chance(0.6) ? pred`${r.of(mine).sql} = ${r.of(their).sql}` : predicate(r, [...mine, ...their], 1);
  const kept = [...mine, ...their].map((c) => ({ name: fresh(r), kind: c.kind, sql: c.sql }));
  const items = kept.map((c) => `${c.sql} AS ${c.name}`).join(', ');
  return {
    piece: either(
      query`${piece} |> AS ${left} |> ${type} ${other.name} AS ${right} ON ${on} |> SELECT ${items}`,
      query`SELECT ${items} FROM (${piece}) AS ${left} ${type} ${other.name} AS ${right} ON ${on}`,
    ),
    columns: kept,
  };
}

/** On text: which of two equal cells stands for both is open in SQL. */
function texts(r: Random, before: Pipe, width: number): Pipe {
  const { piece } = before;
  const columns = Array.from({ length: width }, () => ({ name: fresh(r), kind: 'expr' as const }));
  const items = columns.map((c) => `quote(${r.of(before.columns).name}) AS ${c.name}`).join(', ');
  return { piece: either(query`${piece} |> SELECT ${items}`, query`SELECT ${items} FROM (${piece})`), columns };
}

function setOperation(r: Random, before: Pipe, tables: readonly Table[]): Pipe {
  const { piece, columns } = texts(r, before, 1 + r.below(2));
  const other = texts(r, start(r, tables), columns.length).piece;
  const words = r.of(['UNION ALL', 'UNION DISTINCT', 'UNION', 'INTERSECT', 'EXCEPT']);
  const theirs = words.replace(' DISTINCT', '');
  return {
    piece: either(
      query`${piece} |> ${words} (${other})`,
      query`SELECT * FROM (${piece}) ${theirs} SELECT * FROM (${other})`,
    ),
    columns,
  };
}

function distinct(r: Random, before: Pipe): Pipe {
  const { piece, columns } = texts(r, before, 1 + r.below(2));
  return { piece: either(query`${piece} |> DISTINCT`, query`SELECT DISTINCT * FROM (${piece})`), columns };
}

function qualify(r: Random, before: Pipe): Pipe {
  const { piece, columns } = before;
  const call = windowCall(r, scopeOf(before));
  const name = fresh(r);
  return {
    piece: either(
      query`${piece} |> QUALIFY ${call} IS NOT 1`,
      query`SELECT ${named(columns)} FROM (SELECT *, ${call} AS ${name} FROM (${piece})) WHERE ${name} IS NOT 1`,
    ),
    columns,
  };
}

/** The first rows of an order that settles it. */
function limited(r: Random, before: Pipe): Pipe {
  const { piece, columns } = before;
  const first = `${r.of(columns).name}${r.of(['', ' DESC', ' NULLS LAST', ' COLLATE NOCASE'])}`;
  const order = [first, ...columns.map((c) => `quote(${c.name})`)].join(', ');
  const limit = `LIMIT ${r.below(6)}${r.of(['', ' OFFSET 1'])}`;
  return {
    columns,
    piece: either(
      query`${piece} |> ORDER BY ${order} |> ${limit}`,
      query`SELECT * FROM (${piece}) ORDER BY ${order} ${limit}`,
    ),
  };
}
