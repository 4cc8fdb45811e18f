import type { Span } from '../base/span.ts';
import type { Collation } from '../data/types.ts';
import { column, columnsOf, type ColumnRef, type Expr, type SortKey } from '../expr/expr.ts';
import type { OverCall } from '../plan/over.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { AggregateCalls } from './aggregate.ts';
import type { ExprContext } from './context.ts';
import { fault, originOf, unknown } from './fault.ts';
import { fold, sameName } from './names.ts';

/** PARTITION BY, ORDER BY and frame of a window, the windows that it builds on taken in. */
export type Spec = Pick<ast.WindowSpec, 'partitionBy' | 'orderBy' | 'frame'>;
/** Why a window that builds on another cannot bring its own. */
const builtOn = {
  'PARTITION BY': 'a window that builds on another has its partitions',
  'ORDER BY': 'the other window has an order already',
  frame: 'a window with a frame cannot be built on',
} as const;
type Keys = readonly [partitionBy: readonly SortKey[], orderBy: readonly SortKey[]];
type Call = Omit<OverCall, 'name'>;

/** One operator to be: calls over the same partitions in the same order. */
interface Draft {
  /** The keys as bound; their columns are `keys`. */
  readonly wanted: string;
  keys: Keys;
  readonly calls: { readonly text: string; call: OverCall }[];
  /** Columns of the stage that stood below when the operator was put in place. */
  readonly below: ReadonlySet<string>;
  readonly span: Span;
}

/** The window functions of one SELECT or pipe operator: calls with equal keys share a sort and an operator. */
export class Overs {
  readonly #named = new Map<string, Spec & { readonly implicitFrame: boolean }>();
  readonly #drafts: Draft[] = [];
  readonly #standIns = new Set<string>();

  /** @param windows the WINDOW clause; each may build on any other. */
  constructor(windows: ast.Select['windows'] = []) {
    for (const [i, { name }] of windows.entries()) {
      if (windows.findIndex((w) => sameName(w.name.text, name.text)) < i)
        fault('E0306', name.span, `window \`${name.text}\` exists already`, { label: 'named twice' });
    }
    const resolve = ({ name, spec }: ast.Select['windows'][number], open: readonly string[]): void => {
      if (spec.base !== undefined) {
        const wanted = fold(spec.base.text);
        if (open.includes(wanted)) fault('E0209', spec.base.span, `window \`${spec.base.text}\` builds on itself`);
        const base = windows.find((w) => fold(w.name.text) === wanted);
        if (base !== undefined && !this.#named.has(wanted)) resolve(base, [...open, wanted]);
      }
      this.#named.set(fold(name.text), this.#chained(spec));
    };
    for (const window of windows)
      if (!this.#named.has(fold(window.name.text))) resolve(window, [fold(window.name.text)]);
  }

  /** Whether a call was met. */
  get used(): boolean {
    return this.#drafts.length > 0;
  }

  /** What stands behind OVER. */
  specOf(over: ast.Name | ast.WindowSpec): Spec {
    return 'kind' in over ? this.#chained(over) : this.#find(over);
  }

  /** `(w ORDER BY ..)` adds to a window what that one lacks. */
  #chained(spec: ast.WindowSpec): Spec & { readonly implicitFrame: boolean } {
    const own = { ...spec, implicitFrame: spec.frame === undefined };
    if (spec.base === undefined) return own;
    const base = this.#find(spec.base);
    const taken =
      spec.partitionBy.length > 0
        ? 'PARTITION BY'
        : base.orderBy.length > 0 && spec.orderBy.length > 0
          ? 'ORDER BY'
          : base.implicitFrame
            ? undefined
            : 'frame';
    if (taken !== undefined) {
      fault('E0209', spec.span, `the ${taken} of window \`${spec.base.text}\` cannot be changed`, {
        label: builtOn[taken],
        ...(taken === 'frame' && { help: [`write OVER ${spec.base.text}, without parentheses`] }),
      });
    }
    return { ...own, partitionBy: base.partitionBy, orderBy: base.orderBy.length > 0 ? base.orderBy : spec.orderBy };
  }

  #find(name: ast.Name): Spec & { readonly implicitFrame: boolean } {
    const found = this.#named.get(fold(name.text));
    const known = [...this.#named.keys()];
    return found ?? unknown('E0302', name.span, 'window', name.text, known, 'no WINDOW clause names it');
  }

  /** Whether a window function stands in an expression. */
  isIn(e: Expr): boolean {
    return [...columnsOf(e)].some((name) => this.#standIns.has(name));
  }

  /**
   * The column of a call.
   *
   * @param makeColumn computes a key as a column below the operator.
   * @param wanted the column's name, if it is free.
   */
  add(
    cx: ExprContext,
    keys: Keys,
    makeColumn: (key: Expr, collation: Collation | undefined) => Expr,
    call: Call,
    wanted: string,
    span: Span,
  ): ColumnRef {
    const text = JSON.stringify(call);
    const sameKeys = JSON.stringify(keys);
    const reads = [...call.args, ...(call.filter ? [call.filter] : [])].flatMap((e) => [...columnsOf(e)]);
    const { stage } = cx;
    let draft = this.#drafts.find(
      (d) => d.wanted === sameKeys && reads.every((name) => !stage.added.has(name) || d.below.has(name)),
    );
    if (draft === undefined) {
      const asColumns = (all: readonly SortKey[]) =>
        all.map((key) => (key.expr.kind === 'column' ? key : { ...key, expr: makeColumn(key.expr, key.collation) }));
      draft = {
        wanted: sameKeys,
        keys: [asColumns(keys[0]), asColumns(keys[1])],
        calls: [],
        below: new Set(stage.added),
        span,
      };
      this.#drafts.push(draft);
      place(draft, cx);
    }
    let found = draft.calls.find((c) => c.text === text);
    if (found === undefined) {
      found = { text, call: { name: stage.names.fresh(wanted), ...call } };
      draft.calls.push(found);
      stage.added.add(found.call.name);
      this.#standIns.add(found.call.name);
    }
    return column(found.call.name, call.type);
  }
}

/** Puts the operator of a draft into the stage; calls may be added to it until the stage is settled. */
function place(draft: Draft, { stage, aggregates }: ExprContext): void {
  if (aggregates !== undefined && stage !== aggregates.stage) stage.lifts.push(() => lift(draft, aggregates));
  stage.pending.push((input) => stacked(input, draft));
}

/** Over an aggregation: all expressions over its output. */
function lift(draft: Draft, aggregates: AggregateCalls): void {
  const lifted = (e: Expr) => aggregates.lift(e);
  const liftedKeys = (keys: readonly SortKey[]) => keys.map((key) => ({ ...key, expr: lifted(key.expr) }));
  draft.keys = [liftedKeys(draft.keys[0]), liftedKeys(draft.keys[1])];
  for (const one of draft.calls) {
    const { call } = one;
    one.call = { ...call, args: call.args.map(lifted), ...(call.filter && { filter: lifted(call.filter) }) };
  }
}

/** What a stack of such operators is made of. */
const stacks = new WeakMap<Plan, { readonly base: Plan; readonly drafts: readonly Draft[] }>();

/** The first window that a query names comes last, as in SQLite: without ORDER BY its order is that of the rows. */
function stacked(input: Plan, draft: Draft): Plan {
  const { base, drafts } = stacks.get(input) ?? { base: input, drafts: [] };
  const all = [...drafts, draft];
  const plan = all.toReversed().reduce(overPlan, base);
  stacks.set(plan, { base, drafts: all });
  return plan;
}

function overPlan(input: Plan, { keys: [partitionBy, orderBy], calls, span }: Draft): Plan {
  const origin = originOf(span);
  const keys = [...partitionBy, ...orderBy];
  const sorted: Plan = keys.length === 0 ? input : { op: 'sort', schema: input.schema, input, keys, origin };
  return {
    op: 'over',
    schema: [...input.schema, ...calls.map(({ call: { name, type } }) => ({ name, type }))],
    input: sorted,
    partitionBy,
    orderBy,
    calls: calls.map(({ call }) => call),
    origin,
  };
}
