import type { Affinity, Collation, Type } from '../data/types.ts';

/**
 * A typed scalar expression as plain data: names are resolved, parameters are bound, functions are known, and types are
 * settled. Column names refer to the schema of the operator's input (for joins: left then right, names distinct).
 */
export type Expr = Literal | ColumnRef | Call | Case | Cast;

/**
 * A constant. NULL is `value: null`. INTEGER is a number while safe and a decimal string beyond; REAL is a number,
 * or 'Infinity' / '-Infinity'; BLOB is a string of hex digits; BOOLEAN is 0 or 1; TIMESTAMP is a number (us).
 */
export interface Literal {
  readonly kind: 'literal';
  readonly type: Type;
  readonly value: null | number | string;
}

export interface ColumnRef {
  readonly kind: 'column';
  readonly name: string;
  readonly type: Type;
}

/**
 * An operator or scalar function by its name in `functions/catalog.ts`. Operators are functions like any other:
 * `+ - * / % || & | << >> = <> < <= > >= is 'is not' and or not neg ~ in like glob regexp isnull notnull`.
 */
export interface Call {
  readonly kind: 'call';
  readonly fn: string;
  readonly args: readonly Expr[];
  readonly type: Type;
  /** Comparisons (and `in`): the affinity applied to both sides first, and how TEXT compares. As SQLite rules it. */
  readonly affinity?: Affinity;
  readonly collation?: Collation;
}

/** CASE without operand (the binder turns `CASE x WHEN y` into `x = y`); `otherwise` is a NULL literal when unwritten. */
export interface Case {
  readonly kind: 'case';
  readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
  readonly otherwise: Expr;
  readonly type: Type;
}

/** CAST by SQLite's rules, or TRY_CAST (`strict`): NULL where the text is not wholly of the type. */
export interface Cast {
  readonly kind: 'cast';
  readonly arg: Expr;
  readonly to: Affinity | 'BOOLEAN' | 'TIMESTAMP';
  readonly strict?: true;
  readonly type: Type;
}

export interface SortKey {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  readonly collation?: Collation;
}

export const children = (e: Expr): readonly Expr[] => {
  switch (e.kind) {
    case 'literal':
    case 'column':
      return [];
    case 'call':
      return e.args;
    case 'case':
      return [...e.branches.flatMap((b) => [b.when, b.then]), e.otherwise];
    case 'cast':
      return [e.arg];
  }
};

/** The same expression with each child replaced; returns `e` itself where no child changed. */
export function mapChildren(e: Expr, f: (child: Expr) => Expr): Expr {
  switch (e.kind) {
    case 'literal':
    case 'column':
      return e;
    case 'call': {
      const args = e.args.map(f);
      return args.every((a, i) => a === e.args[i]) ? e : { ...e, args };
    }
    case 'case':
      return {
        ...e,
        branches: e.branches.map((b) => ({ when: f(b.when), then: f(b.then) })),
        otherwise: f(e.otherwise),
      };
    case 'cast': {
      const arg = f(e.arg);
      return arg === e.arg ? e : { ...e, arg };
    }
  }
}

/** Names of the columns that an expression reads. */
export function columnsOf(e: Expr, into: Set<string> = new Set()): Set<string> {
  if (e.kind === 'column') into.add(e.name);
  for (const child of children(e)) columnsOf(child, into);
  return into;
}

/**
 * Replaces column references by expressions; names that `by` lacks stay. A column is text, though a JSON function made it:
 * another one must not take the call in its place for JSON.
 */
export function substitute(e: Expr, by: ReadonlyMap<string, Expr>): Expr {
  if (e.kind === 'column') return by.get(e.name) ?? e;
  const asksForJson = e.kind === 'case' || (e.kind === 'call' && jsonMatters.test(e.fn));
  return mapChildren(e, (child) => {
    const made = substitute(child, by);
    const isCall = asksForJson && child.kind === 'column' && made.kind === 'call' && made.type === 'JSON';
    return isCall ? { kind: 'call', fn: '||', args: [made, text('')], type: 'TEXT' } : made;
  });
}

const jsonMatters = /^(json|subtype$|coalesce$|ifnull$|iif$|if$|(un)?like(ly|lihood)$)/;

export const column = (name: string, type: Type): ColumnRef => ({ kind: 'column', name, type });
export const nullLiteral: Literal = { kind: 'literal', type: 'NULL', value: null };
export const integer = (value: number): Literal => ({ kind: 'literal', type: 'INTEGER', value });
export const text = (value: string): Literal => ({ kind: 'literal', type: 'TEXT', value });
export const boolean = (value: boolean): Literal => ({ kind: 'literal', type: 'BOOLEAN', value: value ? 1 : 0 });

/** The conjuncts of a predicate: `a AND (b AND c)` gives a, b, c in their order. */
export const conjuncts = (e: Expr): readonly Expr[] =>
  e.kind === 'call' && e.fn === 'and' ? e.args.flatMap(conjuncts) : [e];

/** The conjunction of some predicates; TRUE for none. */
export const conjoin = (all: readonly Expr[]): Expr =>
  all.length === 0 ? boolean(true) : all.reduce((a, b) => ({ kind: 'call', fn: 'and', args: [a, b], type: 'BOOLEAN' }));
