import { aggregateCall, windowCall } from './random-calls.ts';
import { expression, predicate, type Reach, type Scope, type Subqueries } from './random-expr-sql.ts';
import { columnNames, fromClause, named, type Maker, type Select } from './random-from.ts';
import { bareSelect, starSelect } from './random-columns.ts';
import { direction, limit } from './random-order.ts';
import type { Random } from './random.ts';
import type { Table } from './random-tables.ts';
import { joined, pieceOf, type Piece } from './sql-tree.ts';

/**
 * Random bounded queries over random tables, as SQL that SQLite and ssql both take. What SQL leaves open is not asked:
 * rows are compared as bags, LIMIT stands over a total order, sums of REALs are exact in binary, and where cells that are
 * equal but not the same (1 and 1.0, 'a' and 'A' under NOCASE) meet in one group, what is shown is what they share.
 */
export interface RandomQuery {
  readonly piece: Piece;
  /** Its rows have one right order. */
  readonly ordered: boolean;
}

export const randomQuery = (r: Random, tables: readonly Table[]): RandomQuery => new QueryMaker(r, tables).query();

/** A query that others read under a name, and its columns. */
export const randomView = (r: Random, tables: readonly Table[], name: string): Table => {
  const { piece, width } = new QueryMaker(r, tables).stored();
  const columns = columnNames(width).map((c) => ({ name: c, kind: 'expr' as const, declared: '' }));
  return { name, columns, rows: [], options: '', indexes: [], query: piece };
};

/** A SELECT before it is put together; `tail` is all behind the select list. */
interface Body {
  readonly distinct: boolean;
  readonly items: readonly Piece[];
  readonly tail: Piece;
}

const select = pieceOf('select');
const source = pieceOf('source');
const clause = pieceOf('clause', '');
const pred = pieceOf('predicate', 'TRUE');
const item = pieceOf('expression', 'NULL');

/** Kinds of which equal cells are the same. */
const exactKinds: ReadonlySet<string> = new Set(['key', 'int', 'real', 'text', 'date', 'json', 'any', 'num']);
const isExact = ({ kind }: Reach): boolean => exactKinds.has(kind);

export class QueryMaker implements Maker {
  readonly r: Random;
  tables: readonly Table[];
  #names = 0;
  /** Subqueries that may still be made. */
  #left = 4;

  constructor(r: Random, tables: readonly Table[]) {
    this.r = r;
    this.tables = tables;
  }

  query(): RandomQuery {
    const { r } = this;
    const ctes = r.chance(0.2) ? this.#ctes() : '';
    const kind = r.below(12);
    if (kind < 6) return { piece: select`${ctes}${this.#select([], 2).piece}`, ordered: false };
    if (kind === 6) return { piece: select`${ctes}${starSelect(this)}`, ordered: false };
    if (kind < 9) return { piece: select`${ctes}${this.#ordered([], 2).piece}`, ordered: true };
    if (kind === 9) return { piece: select`${ctes}${bareSelect(this) ?? this.#select([], 2).piece}`, ordered: false };
    const { piece, width } = this.#compound([], 1 + r.below(3));
    if (r.chance(0.6)) return { piece: select`${ctes}${piece}`, ordered: false };
    const order = joined(columnNames(width).map((_, i) => `${i + 1}${direction(r)}`), ', '); // prettier-ignore
    const texts = this.#over('quote', piece, width);
    return { piece: select`${ctes}${texts} UNION ALL ${texts} ORDER BY ${order}${limit(r)}`, ordered: true };
  }

  stored(): Select {
    return this.r.chance(0.7) ? this.#select([], 1) : this.#compound([], 2);
  }

  alias(): string {
    return `r${this.#names++}`;
  }

  derived(outer: Scope): Select | undefined {
    if (this.#left <= 0) return undefined;
    this.#left--;
    const { r } = this;
    const kind = r.below(10);
    if (kind < 7) return this.#select(outer, 1);
    if (kind < 8) return this.#ordered(outer, 1);
    return this.#compound(outer, 1 + r.below(2));
  }

  inner(depth: number): Subqueries {
    const makes = <T>(make: () => T): T => {
      this.#left--;
      return make();
    };
    const down = Math.max(0, depth - 1);
    return {
      left: depth > 0 ? this.#left : 0,
      scalar: (scope) => makes(() => this.#scalar(scope, down)),
      exists: (scope) => makes(() => this.#select(scope, down).piece),
      rows: (scope, width) => makes(() => this.#rows(scope, width, down)),
    };
  }

  mixed(own: Scope, outer: Scope): Scope {
    if (outer.length === 0 || !this.r.chance(0.75)) return own;
    return [...own, ...Array.from({ length: Math.min(outer.length, 3) }, () => this.r.of(outer))];
  }

  /** WITH: the names can be read as tables from here on. */
  #ctes(): Piece {
    const { r } = this;
    const made = Array.from({ length: 1 + r.below(2) }, (_, i) => {
      // The first may hide a table; what it reads itself is another.
      const name = i === 0 && r.chance(0.15) ? r.of(this.tables).name : `q${i}`;
      this.tables = this.tables.filter((t) => t.name !== name);
      const { piece, width } = this.stored();
      const columns = columnNames(width).map((c) => ({ name: c, kind: 'expr' as const, declared: '' }));
      const hint = r.of(['', '', '', 'MATERIALIZED ', 'NOT MATERIALIZED ']);
      const cte = source`${name}(${columns.map((c) => c.name).join(', ')}) AS ${hint}(${piece})`;
      this.tables = [...this.tables, { name, columns, rows: [], options: '', indexes: [] }];
      return cte;
    });
    return clause`WITH ${joined(made, ', ')} `;
  }

  /** Each column of a query under a function. */
  #over(fn: string, piece: Piece, width: number): Piece {
    const items = columnNames(width, 'c').map((c) => `${fn}(${c})`);
    return select`SELECT ${items.join(', ')} FROM (${named(piece, width)})`;
  }

  /**
   * Set operations: on text or on columns of one kind, as which of two equal cells stands for both is open in SQL.
   * UNION ALL also of anything, but without affinities: a REAL one may turn INTEGERs of other sides into REALs or not.
   */
  #compound(outer: Scope, width: number): Select {
    const { r } = this;
    const kinds = Array.from({ length: width }, () => r.of(['int', 'text', 'real'] as const));
    const raw = r.chance(0.3);
    const onlyAll = !raw && r.chance(0.15);
    const side = (): Piece => {
      if (r.chance(0.06)) return this.#values(width);
      const plain = raw ? this.#sameKinds(kinds) : undefined;
      if (plain !== undefined) return plain;
      const { piece } = this.#plain(outer, 1, width);
      return this.#over(onlyAll ? '+' : 'quote', piece, width);
    };
    const parts = Array.from({ length: 2 + r.below(3) }, side);
    const operators = onlyAll ? ['UNION ALL'] : ['UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT'];
    const all = parts.flatMap((part, i) => (i === 0 ? [part] : [` ${r.of(operators)} `, part]));
    return { piece: select`${all}`, width };
  }

  #values(width: number): Piece {
    const row = () => `(${columnNames(width).map(() => this.r.of(["'1'", "'a'", 'NULL', "'NULL'", "'x'"])).join(', ')})`; // prettier-ignore
    return select`VALUES ${joined([row(), ...(this.r.chance(0.5) ? [row()] : [])], ', ')}`;
  }

  /** Columns of one table as they are, where it has some of these kinds. */
  #sameKinds(kinds: readonly string[]): Piece | undefined {
    const from = fromClause(this, []);
    const found = kinds.map((kind) => from.scope.filter((c) => c.kind === kind));
    if (found.some((all) => all.length === 0)) return undefined;
    const items = found.map((all) => this.r.of(all).sql);
    return select`SELECT ${items.join(', ')} FROM ${from.piece}${this.where(from.scope, 1)}`;
  }

  #select(outer: Scope, depth: number): Select {
    const { r } = this;
    const width = 1 + r.below(3);
    if (!r.chance(0.6)) return this.#grouped(outer, depth);
    return this.#plain(outer, depth, width);
  }

  #plain(outer: Scope, depth: number, width: number): Select {
    return { piece: this.#made(this.#plainBody(outer, depth, width)), width };
  }

  #grouped(outer: Scope, depth: number): Select {
    const body = this.#groupedBody(outer, depth);
    return { piece: this.#made(body), width: body.items.length };
  }

  #made({ distinct, items, tail }: Body): Piece {
    return select`SELECT ${distinct ? 'DISTINCT ' : ''}${joined(items, ', ')}${tail}`;
  }

  /** ORDER BY names, positions and expressions, with collations, at last by all that is shown; and LIMIT. */
  #ordered(outer: Scope, depth: number): Select {
    const { r } = this;
    const body = r.chance(0.6) ? this.#plainBody(outer, depth, 1 + r.below(3)) : this.#groupedBody(outer, depth);
    const names = columnNames(body.items.length, 'o');
    const items = body.items.map((e, i) => item`${e} AS ${names[i]!}`);
    const key = (): string => {
      const i = r.below(names.length);
      const by = r.of([names[i]!, `${i + 1}`, `${names[i]!} COLLATE ${r.of(['NOCASE', 'RTRIM', 'BINARY'])}`, `typeof(${names[i]!})`]); // prettier-ignore
      return `${by}${direction(r)}`;
    };
    const keys = [...Array.from({ length: r.below(3) }, key), ...names.map((n) => `quote(${n})${direction(r)}`)];
    return {
      piece: select`${this.#made({ ...body, items })} ORDER BY ${joined(keys, ', ')}${limit(r)}`,
      width: names.length,
    };
  }

  #plainBody(outer: Scope, depth: number, width: number): Body {
    const { r } = this;
    const from = fromClause(this, outer);
    const scope = this.mixed(from.scope, outer);
    const distinct = r.chance(0.2);
    const exact = from.scope.filter(isExact);
    const items = Array.from({ length: width }, () => {
      if (r.chance(0.12)) return distinct ? item`quote(${windowCall(r, from.scope)})` : windowCall(r, from.scope);
      if (distinct && exact.length > 0 && r.chance(0.5)) return item`${r.of(exact).sql}`;
      const e = expression(r, scope, depth, this.inner(depth));
      return distinct ? item`quote(${e})` : e;
    });
    return { distinct, items, tail: clause` FROM ${from.piece}${this.where(scope, depth)}` };
  }

  #groupedBody(outer: Scope, depth: number): Body {
    const { r } = this;
    const from = fromClause(this, outer);
    const scope = this.mixed(from.scope, outer);
    const keys = Array.from({ length: r.below(3) }, () => this.#key(from.scope, depth));
    const calls = Array.from({ length: 1 + r.below(3) }, () => this.#aggregate(from.scope, outer));
    const where = this.where(scope, depth);
    const shown = keys.map((k) => k.shown);
    // A position means the item that stands there.
    const by = keys.map((k, i) => (k.by === k.shown && r.chance(0.2) ? `${i + 1}` : k.by));
    const groupBy = by.length === 0 ? '' : clause` GROUP BY ${joined(by, ', ')}`;
    const reach = this.mixed([], outer);
    const over = () =>
      pred`${this.#aggregate(from.scope, outer)} ${r.of(['>', 'IS NOT', '<='])} ${expression(r, reach, 1, this.inner(1))}`;
    const condition = keys.length > 0 && r.chance(0.3) ? pred`${r.of(keys).shown} IS NOT 'zz' AND ${over()}` : over();
    const having = keys.length > 0 && r.chance(0.3) ? clause` HAVING ${condition}` : '';
    const wrapped = calls.map((c) => (r.chance(0.2) && this.#left > 0 ? this.#beside(c, reach) : c));
    return {
      distinct: false,
      items: [...shown, ...wrapped],
      tail: clause` FROM ${from.piece}${where}${groupBy}${having}`,
    };
  }

  #aggregate(scope: Scope, outer: Scope): Piece {
    return aggregateCall(this.r, scope, this.mixed(scope, outer), this.inner(this.r.chance(0.15) ? 1 : 0));
  }

  /** An aggregate together with a subquery, which stands above the aggregation. */
  #beside(call: Piece, reach: Scope): Piece {
    return item`quote(coalesce((${this.inner(1).scalar(reach)}), ${call}))`;
  }

  /** What to group by, and what to show of it. */
  #key(scope: Scope, depth: number): { readonly by: Piece; readonly shown: Piece } {
    const { r } = this;
    const plain = scope.filter((c) => c.kind !== 'expr');
    if (plain.length === 0 || r.chance(0.25)) {
      const e = item`quote(${expression(r, scope, Math.min(1, depth))})`;
      return { by: e, shown: e };
    }
    const column = r.of(plain);
    const by = item`${column.sql}`;
    if (column.kind === 'nocase') return { by, shown: item`lower(${by})` };
    return { by, shown: column.kind === 'rtrim' ? item`rtrim(${by})` : by };
  }

  where(scope: Scope, depth: number): Piece | '' {
    return this.r.chance(0.45) ? clause` WHERE ${predicate(this.r, scope, depth, this.inner(depth))}` : '';
  }

  #rows(outer: Scope, width: number, depth: number): Piece {
    const { r } = this;
    if (r.chance(0.12)) return this.#compound(outer, width).piece;
    if (r.chance(0.05)) return this.#values(width);
    const { piece } = this.#plain(outer, depth, width);
    if (!r.chance(0.15)) return piece;
    const order = columnNames(width, 'c').map((c) => `quote(${c})`).join(', '); // prettier-ignore
    return select`SELECT * FROM (${named(piece, width)}) ORDER BY ${order} LIMIT ${String(1 + r.below(3))}`;
  }

  /** An aggregate of all rows, or the first row of an order that settles it. */
  #scalar(outer: Scope, depth: number): Piece {
    const { r } = this;
    const from = fromClause(this, outer);
    const scope = this.mixed(from.scope, outer);
    const where = this.where(scope, depth);
    if (r.chance(0.6)) {
      const call = this.#aggregate(from.scope, outer);
      const value = outer.length > 0 && r.chance(0.3) ? item`${call} || quote(${r.of(outer).sql})` : call;
      return select`SELECT ${value} FROM ${from.piece}${where}`;
    }
    const e = item`quote(${expression(r, scope, depth)})`;
    return select`SELECT ${e} FROM ${from.piece}${where} ORDER BY 1${r.of(['', ' DESC'])} LIMIT 1${r.of(['', ' OFFSET 1'])}`;
  }
}
