import type { Span } from '../base/span.ts';
import { markField, timeField } from '../data/event-time.ts';
import type { Field } from '../data/types.ts';
import { children, column, conjoin, integer, mapChildren, type ColumnRef, type Expr } from '../expr/expr.ts';
import type { Aggregate, AggregateCall, Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { settle, type Stage, type Typed } from './context.ts';
import { fault, originOf } from './fault.ts';
import { isFreeName } from './free.ts';
import { groupingMask, type Sets } from './grouping-sets.ts';
import { lengthIn, stored } from './interval.ts';
import { Names } from './names.ts';

/** One GROUP BY expression: the name of its output column, and what it groups. */
export interface GroupKey {
  readonly name: string;
  readonly typed: Typed;
  /** What it groups by, where that is not the expression itself: NULL in the sets of keys that lack it. */
  readonly by?: Expr;
}

interface Call {
  name: string;
  /** What stands for it until names are settled; no other call has it. */
  readonly standIn: string;
  readonly call: Omit<AggregateCall, 'name'>;
}

/**
 * Aggregation of one SELECT. Expressions of the clauses behind it are bound over the *input* of the aggregation, with a
 * stand-in for each aggregate call; `lift` then turns them into expressions over its *output*.
 */
export class AggregateCalls {
  /** For subqueries inside arguments: they are joined below the aggregation. */
  readonly stage: Stage;
  /** Of the clauses behind: subqueries there are joined above. */
  readonly #above: Stage;
  /** Groups that are given as they are complete have a time of their own, beside that of a row. */
  readonly #names = new Names([timeField.name, markField.name]);
  #keys: readonly GroupKey[] = [];
  readonly #calls: Call[] = [];
  readonly #standIns = new Map<Expr, Call>();
  readonly #standInNames = new Names();
  /** Calls of grouping(), by what stands for them. */
  readonly #groupings = new Map<Expr, { readonly args: readonly Expr[]; readonly span: Span }>();
  #sets: Sets | undefined;
  /** What grouping() may call its arguments. */
  aliases: ReadonlyMap<string, ast.Expr> = new Map();
  readonly #bare = new Map<string, { name: string; expr: ColumnRef; isKey: boolean }>();

  constructor(below: Stage, above: Stage) {
    this.stage = below;
    this.#above = above;
  }

  get used(): boolean {
    return this.#calls.length > 0 || this.#groupings.size > 0;
  }

  /** The stand-in of a call; equal calls share one. */
  add(call: Omit<AggregateCall, 'name'>, wanted: string): ColumnRef {
    let found = this.#calls.find((c) => JSON.stringify(c.call) === JSON.stringify(call));
    if (found === undefined)
      this.#calls.push((found = { call, name: wanted, standIn: this.#standInNames.fresh(wanted) }));
    const standIn = column(found.standIn, call.type);
    this.#standIns.set(standIn, found);
    return standIn;
  }

  /** Whether an expression has an aggregate call in it. */
  isIn(e: Expr): boolean {
    return this.#standIns.has(e) || this.#groupings.has(e) || children(e).some((child) => this.isIn(child));
  }

  /** The stand-in of `grouping(..)`, which is told when the keys are known. */
  grouping(args: readonly Expr[], span: Span): ColumnRef {
    const standIn = column(this.#standInNames.fresh('grouping'), 'INTEGER');
    this.#groupings.set(standIn, { args, span });
    return standIn;
  }

  #groupingOf({ args, span }: { readonly args: readonly Expr[]; readonly span: Span }): Expr {
    const keys = args.map((arg) => {
      const text = JSON.stringify(arg);
      return this.#keys.findIndex((k) => JSON.stringify(k.typed.expr) === text);
    });
    if (keys.includes(-1))
      fault('E0202', span, 'grouping() of what is not grouped by', { label: 'it takes expressions of GROUP BY' });
    return this.#sets === undefined ? integer(0) : this.lift(groupingMask(this.#sets, keys));
  }

  /**
   * Settles the names of the output, before anything is lifted: `wanted` names the calls that are a whole item.
   *
   * @param sets where there are several sets of keys.
   */
  name(keys: readonly GroupKey[], wanted: ReadonlyMap<Expr, string>, sets?: Sets): void {
    this.#sets = sets;
    for (const [standIn, name] of wanted) {
      const call = this.#standIns.get(standIn);
      if (call !== undefined) call.name = name;
    }
    // What is put above the aggregation has names already.
    for (const name of this.#above.added) this.#names.fresh(name);
    this.#keys = keys.map((key) => ({ ...key, name: this.#names.fresh(key.name) }));
    for (const call of this.#calls) call.name = this.#names.fresh(call.name);
  }

  /** The output column of a grouped expression; undefined for one that is not grouped by. */
  keyOf(e: Expr): ColumnRef | undefined {
    const text = JSON.stringify(e);
    const key = this.#keys.find((k) => JSON.stringify(k.typed.expr) === text);
    return key && column(key.name, key.typed.expr.type);
  }

  /** An expression of a clause behind the aggregation, over its output. */
  lift(e: Expr): Expr {
    const call = this.#standIns.get(e);
    if (call !== undefined) return column(call.name, e.type);
    const grouping = this.#groupings.get(e);
    if (grouping !== undefined) return this.#groupingOf(grouping);
    if (e.kind === 'literal') return e;
    const text = JSON.stringify(e);
    const key = this.#keys.find((k) => JSON.stringify(k.typed.expr) === text);
    if (key !== undefined && e.kind === 'column' && this.#isOfExtreme(key)) return this.#bareColumn(e, true);
    if (key !== undefined) return column(key.name, key.typed.expr.type);
    if (e.kind === 'column') return this.#above.added.has(e.name) || isFreeName(e.name) ? e : this.#bareColumn(e);
    return mapChildren(e, (child) => this.lift(child));
  }

  /**
   * Whether a key is shown as the row with the only min() or max() has it: under NOCASE and RTRIM the rows of a group need
   * not have the same text.
   */
  #isOfExtreme({ typed: { collation }, by }: GroupKey): boolean {
    const extremes = this.#calls.filter(({ call: { fn, args } }) => /^(?:min|max)$/.test(fn) && args.length === 1);
    return extremes.length === 1 && by === undefined && collation !== undefined && collation !== 'BINARY';
  }

  #bareColumn(e: ColumnRef, isKey = false): ColumnRef {
    let bare = this.#bare.get(e.name);
    if (bare === undefined) {
      bare = { name: this.#names.fresh(e.name), expr: e, isKey };
      this.#bare.set(e.name, bare);
    }
    return column(bare.name, e.type);
  }

  /** The operator; call it when all that stands behind has been lifted. */
  plan(input: Plan, span: Span, bareColumns: 'allow' | 'error'): Aggregate {
    const bare = [...this.#bare.values()];
    const loose = bare.find(({ isKey }) => !isKey);
    if (bareColumns === 'error' && loose !== undefined) {
      fault('E0202', span, `column \`${loose.expr.name}\` is neither grouped by nor aggregated`, {
        label: 'its value in a group is that of one row',
        help: [
          'group by it, or aggregate it with min(), max() or any_value()',
          'or allow it: SET bare_columns = allow',
        ],
      });
    }
    const below = settle(this.stage, input);
    const fieldOf = (name: string): Omit<Field, 'name' | 'type'> => {
      const { affinity, collation } = below.schema.find((f) => f.name === name) ?? {};
      return { ...(affinity && { affinity }), ...(collation && { collation }) };
    };
    return {
      op: 'aggregate',
      schema: [
        ...this.#keys.map(({ name, typed }) => fieldOfTyped(name, typed)),
        ...this.#calls.map(({ name, call }) => ({ name, type: call.type })),
        ...bare.map(({ name, expr }) => ({ name, type: expr.type, ...fieldOf(expr.name) })),
      ],
      input: below,
      keys: this.#keys.map(({ name, typed, by }) => ({ name, expr: by ?? typed.expr })),
      aggregates: this.#calls.map(({ name, call }) => ({ name, ...call, ...onlyRows(call, this.#sets) })),
      bare: bare.map(({ name, expr }) => ({ name, expr })),
      origin: originOf(span),
    };
  }
}

/** The rows that are none do not count. */
const onlyRows = ({ filter }: Call['call'], sets: Sets | undefined): { readonly filter?: Expr } => {
  const isRow = sets?.isRow;
  return isRow === undefined ? {} : { filter: conjoin([isRow, ...(filter ? [filter] : [])]) };
};

/** The output column of an expression: comparisons further up see its affinity and collation. */
export const fieldOfTyped = (name: string, { expr, affinity, collation }: Typed): Field => ({
  name,
  type: stored(expr).type,
  ...(lengthIn(expr) && { interval: true as const }),
  ...(affinity && { affinity }),
  ...(collation && collation !== 'BINARY' && { collation }),
});
