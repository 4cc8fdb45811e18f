import type { Random } from './random.ts';
import { expression, predicate, type Reach, type Scope, type Subqueries } from './random-expr-sql.ts';
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

export const randomQuery = (r: Random, tables: readonly Table[]): RandomQuery => new Maker(r, tables).query();

/** A SELECT, and how many columns it gives. */
interface Select {
  readonly piece: Piece;
  readonly width: number;
}
interface From {
  readonly piece: Piece;
  readonly scope: Scope;
}

const select = pieceOf('select');
const source = pieceOf('source');
const clause = pieceOf('clause', '');
const pred = pieceOf('predicate', 'TRUE');
const item = pieceOf('expression', 'NULL');

class Maker {
  readonly #r: Random;
  #tables: readonly Table[];
  #names = 0;
  /** Subqueries that may still be made. */
  #left = 4;

  constructor(r: Random, tables: readonly Table[]) {
    this.#r = r;
    this.#tables = tables;
  }

  query(): RandomQuery {
    const r = this.#r;
    const ctes = r.chance(0.2) ? this.#ctes() : '';
    const kind = r.below(10);
    if (kind < 6) return { piece: select`${ctes}${this.#select([], 2).piece}`, ordered: false };
    if (kind < 8) {
      const { piece, width } = this.#select([], 2);
      const direction = r.of(['', ' DESC', ' DESC NULLS LAST', ' NULLS LAST']);
      const names = columnNames(width);
      const order = names.map((c) => `quote(${c})${direction}`).join(', ');
      const limit = `LIMIT ${r.below(6)} OFFSET ${r.below(3)}`;
      const rows = select`SELECT * FROM (SELECT ${names.map((c, i) => `c${i} AS ${c}`).join(', ')} FROM (${named(piece, width)})) ORDER BY ${order} ${limit}`;
      return { piece: select`${ctes}${rows}`, ordered: true };
    }
    return { piece: select`${ctes}${this.#compound([], 1 + r.below(3)).piece}`, ordered: false };
  }

  /** WITH: the names can be read as tables from here on. */
  #ctes(): Piece {
    const made = Array.from({ length: 1 + this.#r.below(2) }, (_, i) => {
      const { piece, width } = this.#r.chance(0.7) ? this.#select([], 1) : this.#compound([], 2);
      const columns = columnNames(width);
      const name = `q${i}`;
      this.#tables = [
        ...this.#tables,
        { name, columns: columns.map((c) => ({ name: c, kind: 'expr' as 'any' })), rows: [] },
      ];
      return source`${name}(${columns.join(', ')}) AS (${piece})`;
    });
    return clause`WITH ${joined(made, ', ')} `;
  }

  /** Set operations, on text: which of two equal cells stands for both is open in SQL. */
  #compound(outer: Scope, width: number): Select {
    const side = () => {
      const made = this.#plain(outer, 1, width);
      return select`SELECT ${columnNames(width, 'c')
        .map((c) => `quote(${c})`)
        .join(', ')} FROM (${named(made.piece, width)})`;
    };
    const parts = Array.from({ length: 2 + this.#r.below(2) }, side);
    const operators = ['UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT'];
    const all = parts.flatMap((part, i) => (i === 0 ? [part] : [` ${this.#r.of(operators)} `, part]));
    return { piece: select`${all}`, width };
  }

  #select(outer: Scope, depth: number): Select {
    return this.#r.chance(0.6) ? this.#plain(outer, depth, 1 + this.#r.below(3)) : this.#grouped(outer, depth);
  }

  #plain(outer: Scope, depth: number, width: number): Select {
    const r = this.#r;
    const from = this.#from(outer);
    const scope = this.#mixed(from.scope, outer);
    const distinct = r.chance(0.2);
    const items = Array.from({ length: width }, () => {
      const e = expression(r, scope, depth, this.#inner(depth));
      return distinct ? item`quote(${e})` : e;
    });
    const where = this.#where(scope, depth);
    const piece = select`SELECT ${distinct ? 'DISTINCT ' : ''}${joined(items, ', ')} FROM ${from.piece}${where}`;
    return { piece, width };
  }

  #grouped(outer: Scope, depth: number): Select {
    const r = this.#r;
    const from = this.#from(outer);
    const scope = this.#mixed(from.scope, outer);
    const keys = Array.from({ length: r.below(3) }, () => this.#key(from.scope, depth));
    const calls = Array.from({ length: 1 + r.below(3) }, () => this.#aggregate(from.scope, outer));
    const where = this.#where(scope, depth);
    const by = keys.length === 0 ? '' : clause` GROUP BY ${joined(keys.map((k) => k.by), ', ')}`; // prettier-ignore
    const shown = keys.map((k) => k.shown);
    const reach = this.#mixed([], outer);
    const condition = () =>
      pred`${this.#aggregate(from.scope, outer)} ${r.of(['>', 'IS NOT', '<='])} ${expression(r, reach, 1, this.#inner(1))}`;
    const having = keys.length > 0 && r.chance(0.3) ? clause` HAVING ${condition()}` : '';
    const wrapped = calls.map((c) => (r.chance(0.2) && this.#left > 0 ? this.#beside(c, reach) : c));
    const piece = select`SELECT ${joined([...shown, ...wrapped], ', ')} FROM ${from.piece}${where}${by}${having}`;
    return { piece, width: shown.length + calls.length };
  }

  /** An aggregate together with a subquery, which stands above the aggregation. */
  #beside(call: Piece, reach: Scope): Piece {
    return item`quote(coalesce((${this.#inner(1).scalar(reach)}), ${call}))`;
  }

  /** What to group by, and what to show of it. */
  #key(scope: Scope, depth: number): { readonly by: Piece; readonly shown: Piece } {
    const r = this.#r;
    const plain = scope.filter((c) => c.kind !== 'expr');
    if (plain.length === 0 || r.chance(0.25)) {
      const e = item`quote(${expression(r, scope, Math.min(1, depth))})`;
      return { by: e, shown: e };
    }
    const column = r.of(plain);
    const by = item`${column.sql}`;
    return { by, shown: column.kind === 'nocase' ? item`lower(${column.sql})` : by };
  }

  /** Arguments such that the result does not depend on the order of rows. */
  #aggregate(scope: Scope, outer: Scope): Piece {
    const r = this.#r;
    const exact = scope.filter((c) => c.kind === 'int' || c.kind === 'real').map((c) => c.sql);
    const typed = scope.filter((c) => c.kind !== 'expr' && c.kind !== 'nocase').map((c) => c.sql);
    const any = () => (typed.length > 0 ? r.of(typed) : '1');
    // With a column of this query, or the aggregate would be one of the query around.
    const condition = () => pred`${r.of(scope).sql} IS NOT 'zz' AND (${predicate(r, this.#mixed(scope, outer), 1)})`;
    const filter = scope.length > 0 && r.chance(0.15) ? clause` FILTER (WHERE ${condition()})` : '';
    const number = exact.length > 0 && r.chance(0.8) ? r.of(exact) : '2.5';
    switch (r.below(9)) {
      case 0:
        return item`count(*)${filter}`;
      case 1:
        return item`count(${expression(r, scope, 1)})${filter}`;
      case 2:
        return item`${r.of(['sum', 'total', 'avg'])}(${number})${filter}`;
      case 3:
        return item`${r.of(['min', 'max'])}(${any()})${filter}`;
      case 4:
        return item`count(DISTINCT ${scope.length > 0 ? r.of(scope).sql : '1'})${filter}`;
      case 5:
        return item`${r.of(['sum', 'total', 'avg'])}(DISTINCT ${number})${filter}`;
      case 6: {
        const e = expression(r, scope, 1);
        return item`group_concat(quote(${e}), ';' ORDER BY quote(${e}))${filter}`;
      }
      case 7:
        return item`${r.of(['min', 'max'])}(quote(${expression(r, scope, 1)}))${filter}`;
      default:
        return item`count(*) + count(DISTINCT ${any()})`;
    }
  }

  #where(scope: Scope, depth: number): Piece | '' {
    return this.#r.chance(0.6) ? clause` WHERE ${predicate(this.#r, scope, depth, this.#inner(depth))}` : '';
  }

  /** Columns of this query, and sometimes some of those around it. */
  #mixed(own: Scope, outer: Scope): Scope {
    return outer.length > 0 && this.#r.chance(0.75) ? [...own, ...this.#some(outer)] : own;
  }

  #some(scope: Scope): Scope {
    return Array.from({ length: Math.min(scope.length, 3) }, () => this.#r.of(scope));
  }

  #inner(depth: number): Subqueries {
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

  #rows(outer: Scope, width: number, depth: number): Piece {
    if (this.#r.chance(0.12)) return this.#compound(outer, width).piece;
    const { piece } = this.#plain(outer, depth, width);
    if (!this.#r.chance(0.15)) return piece;
    const order = columnNames(width, 'c')
      .map((c) => `quote(${c})`)
      .join(', ');
    return select`SELECT * FROM (${named(piece, width)}) ORDER BY ${order} LIMIT ${String(1 + this.#r.below(3))}`;
  }

  /** An aggregate of all rows, or the first row of an order that settles it. */
  #scalar(outer: Scope, depth: number): Piece {
    const r = this.#r;
    const from = this.#from(outer);
    const scope = this.#mixed(from.scope, outer);
    const where = this.#where(scope, depth);
    if (r.chance(0.6)) {
      const call = this.#aggregate(from.scope, outer);
      const value = outer.length > 0 && r.chance(0.3) ? item`${call} || quote(${r.of(outer).sql})` : call;
      return select`SELECT ${value} FROM ${from.piece}${where}`;
    }
    const e = item`quote(${expression(r, scope, depth)})`;
    return select`SELECT ${e} FROM ${from.piece}${where} ORDER BY 1${r.of(['', ' DESC'])} LIMIT 1${r.of(['', ' OFFSET 1'])}`;
  }

  /** FROM: up to four relations, joined in every way. */
  #from(outer: Scope): From {
    const r = this.#r;
    let from = this.#relation(outer);
    const count = r.of([1, 1, 1, 2, 2, 2, 3, 4]);
    for (let i = 1; i < count; i++) from = this.#join(from, this.#relation(outer), outer);
    return from;
  }

  #join(left: From, right: From, outer: Scope): From {
    const r = this.#r;
    const both = [...left.scope, ...right.scope];
    const type = r.of(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'JOIN', 'LEFT JOIN']);
    const nest = (piece: Piece): Piece => (r.chance(0.15) ? source`(${piece})` : piece);
    const shared = left.scope.filter((l) => right.scope.some((c) => nameOf(c) === nameOf(l)));
    const kind = r.below(12);
    if (kind === 0) return { piece: nest(source`${left.piece} CROSS JOIN ${right.piece}`), scope: both };
    if (kind === 1) return { piece: source`${left.piece}, ${right.piece}`, scope: both };
    if (kind === 2) return { piece: nest(source`${left.piece} NATURAL ${type} ${right.piece}`), scope: both };
    if (kind < 5 && shared.length > 0) {
      const using = nameOf(r.of(shared));
      return { piece: nest(source`${left.piece} ${type} ${right.piece} USING (${using})`), scope: both };
    }
    const on = r.chance(0.7)
      ? pred`${r.of(left.scope).sql} = ${r.of(right.scope).sql}`
      : predicate(r, this.#mixed(both, outer), 1, type === 'FULL JOIN' ? undefined : this.#inner(1));
    const more = r.chance(0.2) ? pred`${on} AND ${predicate(r, both, 1)}` : on;
    return { piece: nest(source`${left.piece} ${type} ${right.piece} ON ${more}`), scope: both };
  }

  #relation(outer: Scope): From {
    const r = this.#r;
    const alias = `r${this.#names++}`;
    if (r.chance(0.82) || this.#left <= 0) {
      const { name, columns } = r.of(this.#tables);
      return {
        piece: source`${name} AS ${alias}`,
        scope: columns.map((c): Reach => ({ sql: `${alias}.${c.name}`, kind: c.kind })),
      };
    }
    this.#left--;
    const { piece, width } = r.chance(0.8) ? this.#select(outer, 1) : this.#compound(outer, 1 + r.below(2));
    const names = columnNames(width);
    return {
      piece: source`(SELECT ${names.map((c, i) => `c${i} AS ${c}`).join(', ')} FROM (${named(piece, width)})) AS ${alias}`,
      scope: names.map((c): Reach => ({ sql: `${alias}.${c}`, kind: 'expr' })),
    };
  }
}

const nameOf = ({ sql }: Reach): string => sql.slice(sql.indexOf('.') + 1);

/** Names of derived columns; some are those that tables have. */
const columnNames = (width: number, prefix?: string): readonly string[] =>
  Array.from({ length: width }, (_, i) =>
    prefix === undefined ? ['a', 'z1', 'b', 'z3', 'z4', 'z5', 'z6'][i]! : `${prefix}${i}`,
  );

/** The rows of a query, its columns called c0, c1, .. */
const named = (piece: Piece, width: number): Piece =>
  select`WITH n(${columnNames(width, 'c').join(', ')}) AS (${piece}) SELECT * FROM n`;
