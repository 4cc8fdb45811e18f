import type { Span } from '../base/span.ts';
import type { Diagnostic } from '../base/errors.ts';
import type { Affinity, Collation } from '../data/types.ts';
import type { ColumnRef, Expr } from '../expr/expr.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { AggregateCalls } from './aggregate.ts';
import type { Catalog } from './catalog.ts';
import type { Inputs } from './inputs.ts';
import type { Names } from './names.ts';
import type { OuterQuery } from './outer.ts';
import type { Overs } from './overs.ts';
import type { ParamValue } from './params.ts';
import type { Relation, ScopeColumn } from './scope.ts';
import type { Streams } from './streams.ts';

/** What the parts of one statement share while it is bound; nested queries see more common table expressions. */
export interface QueryContext {
  readonly catalog: Catalog;
  readonly settings: Readonly<Record<string, string>>;
  readonly params: Params;
  /** What the connectors said of every table that the statement names. */
  readonly inputs: Inputs;
  readonly ctes: ReadonlyMap<string, Cte>;
  /** Views that are being expanded (folded names): none may be met again inside itself. */
  readonly expanding: readonly string[];
  /** The queries around this one, the outermost first: a name that only they have is a correlated reference. */
  readonly outer: readonly OuterQuery[];
  /** Numbers the queries of the statement that others stand in. */
  readonly nesting: { queries: number };
  readonly warn: (warning: Diagnostic) => void;
  /** What the statements of the script share. */
  readonly streams: Streams;
  /** Files that statements before this one make; see made-files.ts. */
  readonly madeFiles: readonly string[];
  /** The EMIT of the statement, where it asks for results as they change. */
  readonly emit?: Span;
}

/** A WITH member: bound anew for each use, in the context where it was defined. */
export interface Cte {
  readonly definition: ast.Cte;
  readonly context: QueryContext;
}

export interface Params {
  readonly named: Readonly<Record<string, ParamValue>>;
  readonly positional: readonly ParamValue[];
}

/** Puts below an operator what an expression of it needs. */
export interface Addition {
  (input: Plan): Plan;
  /** The columns that it reads, where they have to be of one side of a join. */
  readonly reads?: () => ReadonlySet<string>;
  /** The column that it adds, where `reads` is told. */
  readonly adds?: string;
}

/** Collects what expressions of one clause need to have put below their operator: joined subqueries, shared values. */
export interface Stage {
  readonly names: Names;
  readonly pending: Addition[];
  /** Run before the aggregation below is made: expressions of `pending` that refer to its output are settled then. */
  readonly lifts: (() => void)[];
  /** Columns that `pending` adds, by name. */
  readonly added: Set<string>;
  /** Calls of functions that are commands, by what is asked: asked twice, they are made once. */
  readonly calls: Map<string, ColumnRef>;
  /** A subquery that is bound twice (an alias used again) is joined once. */
  readonly subqueries: Map<object, ColumnRef>;
}

export const newStage = (names: Names): Stage => ({
  names,
  pending: [],
  lifts: [],
  added: new Set(),
  calls: new Map(),
  subqueries: new Map(),
});

/** The input with all that the stage's expressions need. */
export const settle = (stage: Stage, input: Plan): Plan =>
  stage.pending.splice(0).reduce((plan, add) => add(plan), input);

/** Where an expression stands: which names mean what, and what may occur in it. */
export interface ExprContext {
  readonly query: QueryContext;
  readonly scope: Pick<Relation, 'columns' | 'lost' | 'eventTime'>;
  /** Columns of the query around, where the clause may refer to them: it becomes the condition of a join. */
  readonly around?: readonly ScopeColumn[];
  /** Named in messages: `WHERE`. */
  readonly clause: string;
  readonly stage: Stage;
  /** Select items by alias (folded): SQLite lets all clauses use them where no column has the name. */
  readonly aliases?: ReadonlyMap<string, ast.Expr>;
  /** Values of the parameters of the SQL function that is being expanded, by folded name. */
  readonly parameters?: ReadonlyMap<string, Typed>;
  /** The expression is evaluated only on rows on which this is true. Told where a command may be asked. */
  readonly guard?: Expr;
  /** Takes the aggregate calls met; absent where none may stand. */
  readonly aggregates?: AggregateCalls;
  /** Takes the functions OVER a window; absent where none may stand. */
  readonly overs?: Overs;
}

/** A bound expression and what SQLite's comparison rules want to know of it. */
export interface Typed {
  readonly expr: Expr;
  readonly affinity?: Affinity;
  readonly collation?: Collation;
  /** The collation comes from COLLATE, not from a column. */
  readonly explicit?: true;
}
