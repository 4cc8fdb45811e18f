import type { Span } from '../base/span.ts';
import type { Field, Type } from '../data/types.ts';
import { boolean, column, conjoin, conjuncts, type Expr, type SortKey } from '../expr/expr.ts';
import { overExprs } from '../plan/over.ts';
import type { Aggregate, Filter, Plan } from '../plan/plan.ts';
import { call } from './call.ts';
import type { Param } from './dependent.ts';
import { emptyValue } from './empty-aggregate.ts';
import { freeIn, freeNames } from './free.ts';
import { Names } from './names.ts';
import { fieldRef, filterPlan, joinPlan, projectPlan } from './plans.ts';
import { unnestJoin } from './unnest-join.ts';
import { unnestOther } from './unnest-others.ts';

/** A plan with the columns of the one that it was made of, and behind them `has`, a column for each free name. */
export interface Unnested {
  readonly plan: Plan;
  readonly has: readonly string[];
}

/**
 * Makes the right side of a dependent join independent: where it has read one value of the left row, it now gives its
 * rows for all values that there are, each with the value that it belongs to. The values come from a leaf, `domain`; or,
 * where the plan asks that a column of its own equals the value, from that column.
 *
 * After Neumann, Kemper: Unnesting Arbitrary Queries (BTW 2015), where this is the dependent join pushed down.
 */
export class Unnester {
  readonly id: number;
  /** With one more for each value without a static type: its class, so that 1 and 1.0 are two values. */
  readonly params: readonly Param[];
  /** Of the query, for messages. */
  readonly span: Span;
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #classes = new Map<string, string>();

  constructor(id: number, params: readonly Param[], span: Span) {
    this.id = id;
    this.span = span;
    const classes = params
      .filter((p) => p.expr.type === 'ANY')
      .map((p) => {
        this.#classes.set(p.name, `${p.name}'`);
        return { name: `${p.name}'`, expr: call('typeof', [p.expr]) };
      });
    this.params = [...params, ...classes];
    this.#fields = new Map(this.params.map((p) => [p.name, { name: p.name, type: p.expr.type }]));
  }

  /** The free names of a plan that are values of the left side. */
  namesIn(plan: Plan): readonly string[] {
    return [...freeNames(plan)].filter((name) => this.#fields.has(name));
  }

  #read(exprs: readonly Expr[]): readonly string[] {
    return [...new Set(exprs.flatMap(freeIn))].filter((name) => this.#fields.has(name));
  }

  /** The values themselves, as rows. */
  leaf(names: readonly string[]): Unnested {
    const has = [
      ...new Set(names.flatMap((name) => [name, ...(this.#classes.get(name) ? [this.#classes.get(name)!] : [])])),
    ];
    return { plan: { op: 'domain', id: this.id, schema: has.map((name) => this.#fields.get(name)!) }, has };
  }

  unnest(plan: Plan): Unnested {
    const names = this.namesIn(plan);
    if (names.length === 0) return { plan, has: [] };
    switch (plan.op) {
      case 'values':
        return this.#values(plan);
      case 'filter':
        return this.#filter(plan);
      case 'project': {
        const { plan: input, has } = this.with(plan.input, plan.exprs);
        const links = has.map((name) => this.#fields.get(name)!);
        return {
          plan: { ...plan, input, schema: [...plan.schema, ...links], exprs: [...plan.exprs, ...links.map(fieldRef)] },
          has,
        };
      }
      case 'aggregate':
        return plan.keys.length > 0 ? this.grouped(plan) : this.#total(plan);
      case 'sort': {
        const { plan: input, has } = this.with(plan.input, plan.keys.map((k) => k.expr)); // prettier-ignore
        return { plan: { ...plan, input, schema: input.schema }, has };
      }
      case 'over': {
        const { plan: input, has } = this.with(plan.input, overExprs(plan));
        const links = this.links(has).map((f): SortKey => ({
          expr: fieldRef(f),
          descending: false,
          nullsFirst: true,
        }));
        const keys = [...links, ...plan.partitionBy, ...plan.orderBy];
        const sorted: Plan = { op: 'sort', schema: input.schema, input, keys };
        const order = [...plan.schema, ...this.links(has)];
        const made = [...input.schema, ...plan.schema.slice(plan.input.schema.length)];
        const over: Plan = { ...plan, input: sorted, partitionBy: [...links, ...plan.partitionBy], schema: made };
        return { plan: projectPlan(over, order, order.map(fieldRef)), has };
      }
      case 'limit': {
        const { plan: input, has } = this.unnest(plan.input);
        const { count, offset, origin } = plan;
        return {
          plan: {
            op: 'limitby',
            schema: input.schema,
            input,
            by: has,
            offset,
            ...(count !== undefined && { count }),
            ...(origin && { origin }),
          },
          has,
        };
      }
      case 'limitby': {
        const { plan: input, has } = this.unnest(plan.input);
        return { plan: { ...plan, input, schema: input.schema, by: [...plan.by, ...has] }, has };
      }
      case 'distinct': {
        const { plan: input, has } = this.unnest(plan.input);
        return { plan: { ...plan, input, schema: input.schema, ...(plan.on && { on: [...plan.on, ...has] }) }, has };
      }
      case 'union': {
        const all = plan.inputs.map((input) => this.#positioned(input, names));
        const { has } = this.leaf(names);
        return { plan: { ...plan, inputs: all, schema: [...plan.schema, ...this.links(has)] }, has };
      }
      case 'setop': {
        const [left, right] = [this.#positioned(plan.left, names), this.#positioned(plan.right, names)];
        const { has } = this.leaf(names);
        return { plan: { ...plan, left, right, schema: [...plan.schema, ...this.links(has)] }, has };
      }
      case 'join':
        return unnestJoin(this, plan);
      default:
        return unnestOther(this, plan);
    }
  }

  /** A value, as an expression over rows that have it. */
  reference(name: string): Expr {
    return fieldRef(this.#fields.get(name)!);
  }

  links(has: readonly string[]): readonly Field[] {
    return has.map((name) => this.#fields.get(name)!);
  }

  /** The unnested input, with all values that some expressions over it read. */
  with(input: Plan, exprs: readonly Expr[]): Unnested {
    return this.extend(this.unnest(input), this.#read(exprs));
  }

  /** With columns for further values: each row for each of them. */
  extend({ plan, has }: Unnested, names: readonly string[]): Unnested {
    if (names.every((name) => has.includes(name))) return { plan, has };
    return this.#onLeaf({ plan, has }, [...has, ...names], []);
  }

  /** Each row with the values that meet the conditions over both; values come first in the order of rows. */
  #onLeaf({ plan, has }: Unnested, names: readonly string[], conditions: readonly Expr[]): Unnested {
    const leaf = this.leaf(names);
    const fresh = new Names([...leaf.plan.schema, ...plan.schema].map((f) => f.name));
    const renamed = new Map(has.map((name) => [name, fresh.fresh(name)]));
    const schema = plan.schema.map((f) => ({ ...f, name: renamed.get(f.name) ?? f.name }));
    const right = projectPlan(plan, schema, plan.schema.map(fieldRef));
    const joined = joinPlan('inner', leaf.plan, right, conditions);
    const pairs = has.map((name) => {
      const { type } = this.#fields.get(name)!;
      return { left: column(name, type), right: column(renamed.get(name)!, type), nulls: 'equal' as const };
    });
    const kept = [...plan.schema.filter((f) => !has.includes(f.name)), ...this.links(leaf.has)];
    return {
      plan: projectPlan({ ...joined, equal: [...joined.equal, ...pairs] }, kept, kept.map(fieldRef)),
      has: leaf.has,
    };
  }

  /** Columns by position, then all values in one order: what unions and set operations need. */
  #positioned(plan: Plan, names: readonly string[]): Plan {
    const whole = this.extend(this.unnest(plan), names);
    const kept = [...plan.schema, ...this.links(this.leaf(names).has)];
    return projectPlan(whole.plan, kept, kept.map(fieldRef));
  }

  #values(plan: Extract<Plan, { op: 'values' }>): Unnested {
    const leaf = this.leaf(this.#read(plan.rows.flat()));
    const schema = [...plan.schema, ...leaf.plan.schema];
    const rows = plan.rows.map((row): Plan => ({
      op: 'project',
      schema: [...plan.schema.map((f, i) => ({ ...f, type: row[i]!.type })), ...leaf.plan.schema],
      input: this.leaf(leaf.has).plan,
      exprs: [...row, ...leaf.plan.schema.map(fieldRef)],
    }));
    return { plan: rows.length === 1 ? rows[0]! : { op: 'union', schema, inputs: rows }, has: leaf.has };
  }

  #filter(plan: Filter): Unnested {
    const input = this.unnest(plan.input);
    const all = conjuncts(plan.predicate);
    const missing = this.#read(all).filter((name) => !input.has.includes(name));
    const span = this.span;
    if (missing.length === 0) return { ...input, plan: filterPlan(input.plan, plan.predicate, span) };
    const given = missing.map((name) => equalTo(name, all, plan.input));
    if (given.some((g) => g === undefined)) return this.#onLeaf(input, [...input.has, ...missing], all);
    // A column of the rows is equal to the value, so it is the value.
    const sources = given as readonly NonNullable<(typeof given)[number]>[];
    const links = this.links(missing);
    const linked = projectPlan(
      input.plan,
      [...input.plan.schema, ...links],
      [...input.plan.schema.map(fieldRef), ...sources.map((s) => s.value)],
    );
    const used = new Set(sources.map((s) => s.condition));
    const rest = [...links.map((f) => call('notnull', [fieldRef(f)])), ...all.filter((c) => !used.has(c))];
    return { plan: filterPlan(linked, conjoin(rest), span), has: [...input.has, ...missing] };
  }

  /** Groups, each of one value. */
  grouped(plan: Aggregate): Unnested {
    const read = [
      ...plan.keys.map((k) => k.expr),
      ...plan.bare.map((b) => b.expr),
      ...plan.aggregates.flatMap((a) => [
        ...a.args,
        ...(a.filter ? [a.filter] : []),
        ...(a.orderBy ?? []).map((k) => k.expr),
      ]),
    ];
    const { plan: input, has } = this.with(plan.input, read);
    const links = this.links(has);
    const keys = [...plan.keys, ...links.map((f) => ({ name: f.name, expr: fieldRef(f) }))];
    const at = plan.keys.length;
    const schema = [...plan.schema.slice(0, at), ...links, ...plan.schema.slice(at)];
    const made: Plan = { ...plan, input, keys, schema };
    const order = [...plan.schema, ...links];
    return { plan: projectPlan(made, order, order.map(fieldRef)), has };
  }

  /** An aggregate over all rows gives a row for each value, also for those without rows. */
  #total(plan: Aggregate): Unnested {
    const { plan: groups, has } = this.grouped(plan);
    const leaf = this.leaf(has);
    const names = new Names([...leaf.plan.schema, ...groups.schema].map((f) => f.name));
    const marker: Field = { name: names.fresh('found'), type: 'BOOLEAN' };
    const renamed = new Map(has.map((name) => [name, names.fresh(name)]));
    const schema = groups.schema.map((f) => ({ ...f, name: renamed.get(f.name) ?? f.name }));
    const right = projectPlan(groups, [...schema, marker], [...groups.schema.map(fieldRef), boolean(true)]);
    const joined = joinPlan('left', leaf.plan, right, []);
    const pairs = leaf.plan.schema.map((f) => ({
      left: fieldRef(f),
      right: column(renamed.get(f.name)!, f.type),
      nulls: 'equal' as const,
    }));
    const values = plan.schema.map((f, i): Expr => {
      const empty = emptyValue(plan, i);
      if (empty.value === null) return fieldRef(f);
      const when = call('notnull', [fieldRef(marker)]);
      return { kind: 'case', branches: [{ when, then: fieldRef(f) }], otherwise: empty, type: f.type };
    });
    return {
      plan: projectPlan(
        { ...joined, equal: pairs },
        [...plan.schema, ...leaf.plan.schema],
        [...values, ...leaf.plan.schema.map(fieldRef)],
      ),
      has: leaf.has,
    };
  }
}

/** Types whose equal values are the same in every respect. */
const oneForm: ReadonlySet<Type> = new Set(['INTEGER', 'TEXT', 'BLOB', 'BOOLEAN', 'TIMESTAMP', 'JSON']);

/** `name = e`, where e is of the rows of `input` and equal values are the same. */
function equalTo(
  name: string,
  conditions: readonly Expr[],
  input: Plan,
): { readonly condition: Expr; readonly value: Expr } | undefined {
  const own = new Set(input.schema.map((f) => f.name));
  for (const condition of conditions) {
    if (condition.kind !== 'call' || condition.fn !== '=') continue;
    if (condition.affinity !== undefined || condition.collation !== undefined) continue;
    const [a, b] = condition.args as [Expr, Expr];
    const [it, value] = a.kind === 'column' && a.name === name ? [a, b] : [b, a];
    if (it.kind !== 'column' || it.name !== name || it.type !== value.type || !oneForm.has(it.type)) continue;
    if (value.kind === 'column' && own.has(value.name)) return { condition, value };
  }
  return undefined;
}
