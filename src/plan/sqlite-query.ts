import type { Field, Schema } from '../data/types.ts';
import { hasOwnAffinities } from '../expr/affinity.ts';
import { column, columnsOf, substitute, type Expr, type SortKey } from '../expr/expr.ts';
import { isVolatile, mayFail } from '../expr/may-fail.ts';
import { toSqlite } from '../expr/print.ts';
import { inputs } from './ops.ts';
import type { Aggregate, AggregateCall, Distinct, Join, JoinPair, Limit, Plan, Project, Scan, Sort } from './plan.ts';

/** A plan as one SELECT, and what its columns are called there, in the order of the plan's schema. */
export interface SqliteQuery {
  readonly sql: string;
  readonly columns: readonly string[];
  /** Whether the rows come in the order in which the plan itself gives them; else in one that is left open. */
  readonly ordered: boolean;
}

/**
 * A plan over tables of one database as SQL with exactly the plan's meaning: the same rows, and where that is known in the
 * same order; so groups come in the order of their first rows, and rows with equal sort keys in that of their rowids.
 * Undefined where there is none: an expression that SQLite would compute or compare otherwise, one that can fail (SQLite
 * may meet rows with it that we would not), sums of REALs (whose last digit depends on the order), a group of cells that
 * are equal but not the same, grouping in parts (which stops where it does not pay), or another kind of operator.
 */
export function sqliteQuery(plan: Plan): SqliteQuery | undefined {
  const files = new Set(scansIn(plan).map((scan) => scan.options['file']));
  const level = files.size === 1 ? levelOf(plan) : undefined;
  if (level === undefined || !plan.schema.every((f) => readable.has(f.type))) return undefined;
  const taken = new Set(level.scope.map((f) => f.name.toLowerCase()));
  const items = plan.schema.map((field) => {
    const e = level.columns.get(field.name)!;
    const isItself = e.kind === 'column' && e.name === field.name;
    return { e, name: isItself ? field.name : unique(field.name, taken) };
  });
  const sql = select(level, items.map(({ e, name }) => itemAs(toSqlite(e)!, name))); // prettier-ignore
  return { sql, columns: items.map(({ name }) => name), ordered: level.order !== undefined };
}

/** What a source of SQLite hands on with its type known. */
const readable: ReadonlySet<string> = new Set(['INTEGER', 'REAL', 'TEXT', 'BLOB']);

export const scansIn = (plan: Plan): readonly Scan[] => {
  if (plan.op !== 'scan') return inputs(plan).flatMap(scansIn);
  return plan.query === undefined ? [plan] : scansIn(plan.query);
};

/** A SELECT that is not finished: what it reads, and what the columns of the plan are in terms of that. */
interface Level {
  readonly from: string;
  /** Names that can be used, with the affinities and collations that they have for SQLite. */
  readonly scope: Schema;
  readonly where: readonly string[];
  readonly columns: ReadonlyMap<string, Expr>;
  /** ORDER BY terms that give the order of the plan; undefined where there are none, and none for one row. */
  readonly order: readonly string[] | undefined;
  /** LIMIT and OFFSET: then nothing but other columns can be asked for. */
  readonly page?: string;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A name that is not taken, whatever its case; taken from now on. */
function unique(name: string, taken: Set<string>): string {
  let found = name;
  for (let i = 1; taken.has(found.toLowerCase()); i++) found = `${name} ${i}`;
  taken.add(found.toLowerCase());
  return found;
}

/** What ORDER BY and GROUP BY go by. A number alone, in brackets or with a sign, would be the place of an item. */
const term = (sql: string, collation: string): string =>
  `${/^[-+(]*\d+\)*$/.test(sql) ? `CAST(${sql} AS INTEGER)` : `(${sql})`} COLLATE ${collation}`;

/** An item of a SELECT. */
const itemAs = (sql: string, name: string): string => (sql === quote(name) ? sql : `${sql} AS ${quote(name)}`);

function select({ from, where, order, page }: Level, items: readonly string[], groups = ''): string {
  const conditions = where.length > 0 ? ` WHERE ${where.join(' AND ')}` : '';
  const sorted = groups === '' && order !== undefined && order.length > 0 ? ` ORDER BY ${order.join(', ')}` : '';
  return `SELECT ${items.join(', ')} FROM ${from}${conditions}${groups}${sorted}${page ?? ''}`;
}

function levelOf(plan: Plan): Level | undefined {
  switch (plan.op) {
    case 'scan':
      if (plan.query === undefined) return scanLevel(plan);
      // More is asked of what is a query already.
      return plan.limit === undefined ? levelOf(plan.query) : undefined;
    case 'filter': {
      const level = open(levelOf(plan.input));
      const predicate = level && sqlOf(plan.predicate, level);
      return predicate === undefined ? undefined : { ...level!, where: [...level!.where, `(${predicate})`] };
    }
    case 'project':
      return projectLevel(plan);
    case 'aggregate':
      return aggregateLevel(plan);
    case 'distinct':
      return distinctLevel(plan);
    case 'sort':
      return sortLevel(plan);
    case 'limit':
      return limitLevel(plan, open(levelOf(plan.input)));
    case 'join':
      return joinLevel(plan);
    default:
      return undefined;
  }
}

const open = (level: Level | undefined): Level | undefined => (level?.page === undefined ? level : undefined);

function scanLevel(scan: Scan): Level | undefined {
  const { connector, options, bounded, schema, pushed = [], limit } = scan;
  if (connector !== 'sqlite' || !bounded || limit !== undefined) return undefined;
  const where = pushed.map((predicate) => `(${toSqlite(predicate)})`);
  const rowid = options['rowid'] as string | undefined;
  return {
    from: `main.${quote(options['table'] as string)}`,
    scope: schema,
    where,
    columns: new Map(schema.map((f) => [f.name, column(f.name, f.type)])),
    order: rowid === undefined ? undefined : [rowid],
  };
}

/** An expression of the plan, if SQLite gives the same for it. */
function sqlOf(e: Expr, { scope, columns }: Level): string | undefined {
  const own = substitute(e, columns);
  return isVolatile(own) || mayFail(own) || !hasOwnAffinities(own, scope) ? undefined : toSqlite(own);
}

function projectLevel({ exprs, schema, input }: Project): Level | undefined {
  const level = levelOf(input);
  if (level === undefined || exprs.some((e) => sqlOf(e, level) === undefined)) return undefined;
  return { ...level, columns: new Map(schema.map((f, i) => [f.name, substitute(exprs[i]!, level.columns)])) };
}

/** Whether equal cells are the same cell, so that it does not matter which of them stands for a group. */
const isOneForm = ({ type, collation = 'BINARY' }: Omit<Field, 'name'>): boolean =>
  type === 'INTEGER' || (type === 'TEXT' && collation === 'BINARY');

const isBinary = (e: Expr, { scope, columns }: Level): boolean =>
  [...columnsOf(substitute(e, columns))].every(
    (name) => (scope.find((f) => f.name === name)?.collation ?? 'BINARY') === 'BINARY',
  );

function aggregateLevel(plan: Aggregate): Level | undefined {
  const level = open(levelOf(plan.input));
  const { keys, aggregates, bare, closing, changes, partial, schema } = plan;
  if (level === undefined || bare.length > 0 || closing !== undefined || changes || partial) return undefined;
  const keySql = keys.map(({ name, expr }) => {
    const field = schema.find((f) => f.name === name);
    return field !== undefined && isOneForm(field) && isBinary(expr, level) ? sqlOf(expr, level) : undefined;
  });
  const calls = aggregates.map((call) => callSql(call, level));
  if (keySql.includes(undefined) || calls.includes(undefined)) return undefined;
  const made = [
    ...keys.map(({ name }, i) => ({ name, sql: keySql[i]! })),
    ...aggregates.map(({ name }, i) => ({ name, sql: calls[i]! })),
  ].filter(({ name }) => schema.some((f) => f.name === name));
  return grouped(level, made, keySql as readonly string[], schema);
}

/** Groups, in the order of their first rows if rows have but one number that tells their order. */
function grouped(
  level: Level,
  made: readonly { readonly name: string; readonly sql: string }[],
  keys: readonly string[],
  schema: Schema,
): Level {
  const taken = new Set<string>();
  const named = made.map(({ name, sql }) => ({ name, sql, as: unique(name, taken) }));
  const items = named.map(({ sql, as }) => itemAs(sql, as));
  const [first, ...others] = level.order ?? [];
  const isOrdered = first !== undefined && others.length === 0 && keys.length > 0;
  const place = unique('first row', taken);
  if (isOrdered) items.push(itemAs(`min(${first})`, place));
  const groups = keys.length > 0 ? ` GROUP BY ${keys.map((sql) => term(sql, 'BINARY')).join(', ')}` : '';
  const fieldOf = (name: string): Field => schema.find((f) => f.name === name)!;
  // Without a key there is one row, in whatever order.
  const order = keys.length === 0 ? [] : isOrdered ? [quote(place)] : undefined;
  return {
    from: `(${select({ ...level, order: undefined }, items, groups)})`,
    scope: named.map(({ name, as }) => ({ ...fieldOf(name), name: as })),
    where: [],
    columns: new Map(named.map(({ name, as }) => [name, column(as, fieldOf(name).type)])),
    order,
  };
}

function callSql({ fn, args, distinct, filter, orderBy }: AggregateCall, level: Level): string | undefined {
  if (orderBy !== undefined || !/^(count|sum|total|avg|min|max)$/.test(fn) || args.length > 1) return undefined;
  const [arg] = args;
  const sql = arg === undefined ? '*' : sqlOf(arg, level);
  const condition = filter && sqlOf(filter, level);
  if (sql === undefined || (filter !== undefined && condition === undefined)) return undefined;
  if (arg !== undefined) {
    const isCounted = fn === 'count' && !distinct;
    const isText = arg.type === 'TEXT' && isBinary(arg, level) && /^(count|min|max)$/.test(fn);
    if (!isCounted && !isText && arg.type !== 'INTEGER') return undefined;
  }
  const compared = arg?.type === 'TEXT' ? `(${sql}) COLLATE BINARY` : sql;
  return `${fn}(${distinct ? 'DISTINCT ' : ''}${compared})${condition === undefined ? '' : ` FILTER (WHERE ${condition})`}`;
}

function distinctLevel({ input, on, schema }: Distinct): Level | undefined {
  const level = open(levelOf(input));
  if (level === undefined || on !== undefined || !schema.every(isOneForm)) return undefined;
  const refs = schema.map((f) => column(f.name, f.type));
  const keys = refs.map((e) => (isBinary(e, level) ? sqlOf(e, level) : undefined));
  if (keys.includes(undefined)) return undefined;
  return grouped(
    level,
    schema.map(({ name }, i) => ({ name, sql: keys[i]! })),
    keys as readonly string[],
    schema,
  );
}

function sortLevel(plan: Sort): Level | undefined {
  const level = open(levelOf(plan.input));
  if (level?.order === undefined) return undefined;
  const terms = plan.keys.map((key) => sortTerm(key, level));
  if (terms.includes(undefined)) return undefined;
  const sorted = { ...level, order: [...(terms as readonly string[]), ...level.order] };
  return plan.limit === undefined ? sorted : { ...sorted, page: ` LIMIT ${plan.limit}` };
}

function sortTerm({ expr, descending, nullsFirst, collation = 'BINARY' }: SortKey, level: Level): string | undefined {
  const sql = /^(TIMESTAMP|JSON)$/.test(expr.type) ? undefined : sqlOf(expr, level);
  if (sql === undefined) return undefined;
  const nulls = nullsFirst === !descending ? '' : ` NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
  return `${term(sql, collation)}${descending ? ' DESC' : ''}${nulls}`;
}

const limitLevel = ({ count, offset }: Limit, level: Level | undefined): Level | undefined =>
  level?.order === undefined ? undefined : { ...level, page: ` LIMIT ${count ?? -1} OFFSET ${offset}` };

/** Rows come as from a hash join: in the order of the left side, those of one left row in that of the right side. */
function joinLevel(plan: Join): Level | undefined {
  const { kind, left, right, equal, on, schema } = plan;
  const isKnown = (kind === 'inner' || kind === 'left') && equal.length > 0;
  if (!isKnown || plan.domain !== undefined || plan.retention !== undefined) return undefined;
  const taken = new Set<string>();
  const sides = [left, right].map((side) => sideOf(side, taken));
  const [a, b] = sides;
  if (a === undefined || b === undefined) return undefined;
  const level: Level = {
    from: '',
    scope: [...a.scope, ...b.scope],
    where: [],
    columns: new Map([...a.columns, ...b.columns]),
    order: a.order && b.order && [...a.order, ...b.order],
  };
  const pairs = [...equal.map(pairOf), ...(on === undefined ? [] : [on])].map((e) => sqlOf(e, level));
  if (pairs.includes(undefined) || !schema.every((f) => level.columns.has(f.name))) return undefined;
  const joined = `${a.from} ${kind === 'left' ? 'LEFT ' : ''}JOIN ${b.from} ON ${pairs.join(' AND ')}`;
  return { ...level, from: joined };
}

const pairOf = ({ left, right, affinity, collation, nulls }: JoinPair): Expr => ({
  kind: 'call',
  fn: nulls === undefined ? '=' : 'is',
  args: [left, right],
  type: 'BOOLEAN',
  ...(affinity && { affinity }),
  ...(collation && { collation }),
});

/** One side as a subquery, with its order in columns that nothing else is called. */
function sideOf(plan: Plan, taken: Set<string>): Level | undefined {
  const level = open(levelOf(plan));
  if (level === undefined) return undefined;
  const named = plan.schema.map((field) => ({ field, as: unique(field.name, taken) }));
  const places = level.order?.map((sql) => ({ sql, as: unique('row', taken) }));
  const items = [
    ...named.map(({ field, as }) => itemAs(toSqlite(level.columns.get(field.name)!)!, as)),
    ...(places ?? []).map(({ sql, as }) => itemAs(sql, as)),
  ];
  return {
    from: `(${select({ ...level, order: undefined }, items)})`,
    scope: named.map(({ field, as }) => ({ ...field, name: as })),
    where: [],
    columns: new Map(named.map(({ field, as }) => [field.name, column(as, field.type)])),
    order: places?.map(({ as }) => quote(as)),
  };
}
