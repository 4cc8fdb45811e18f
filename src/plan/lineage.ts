import { alignmentOf } from '../contract/aligned.ts';
import type { Field, Schema } from '../data/types.ts';
import { column, text } from '../expr/expr.ts';
import { currentIn, diffField, type Refresh } from './changes.ts';
import { bounded } from './facts.ts';
import { leavesOf, type Job } from './job.ts';
import {
  lineageField,
  isIn,
  own,
  isOwn,
  readsLineage,
  call,
  merge,
  sources,
  position,
  nothing,
  allOf,
  behind,
  replaced,
  only,
  plus,
  endingIn,
  valuesWithPlaces,
} from './lineage-columns.ts';
import type { Numbered } from './numbered.ts';
import { exprsOf, inputs, mapInputs } from './ops.ts';
import type { Aggregate, Distinct, Join, Plan, Scan, SetOperation, Shell } from './plan.ts';

/**
 * The job with that column brought along from the sources to wherever an operator reads it, and nowhere else. Positions
 * are exact through filters, projections, joins, groups and aligned commands (where-provenance as in Green, Karvounarakis,
 * Tannen: Provenance Semirings, PODS 2007, here as the set of contributing rows).
 */
export function withLineage(job: Job): Job {
  const tracer = new Tracer(job.shared);
  const plans = job.plans.map((plan) => tracer.complete(plan));
  return { plans, shared: tracer.shared() };
}

class Tracer {
  readonly #shared: Job['shared'];
  /** Sub-plans whose readers want the column. */
  readonly #wanted = new Set<string>();

  constructor(shared: Job['shared']) {
    this.#shared = shared;
  }

  /** Sub-plans may read others, so that one more of them can be wanted as one is done. */
  shared(): Job['shared'] {
    const done = new Map<string, Plan>();
    const todo = Object.keys(this.#shared);
    for (const id of todo) done.set(id, this.complete(this.#shared[id]!));
    for (let seen = 0; seen < this.#wanted.size; seen++) {
      const id = [...this.#wanted][seen]!;
      done.set(id, this.#traced(this.#shared[id]!));
    }
    return Object.fromEntries(todo.map((id) => [id, done.get(id)!]));
  }

  /** The same columns; whatever below reads the hidden one has it. */
  complete(plan: Plan): Plan {
    if (plan.op === 'refresh') return this.#refreshed(plan, this.complete(plan.query));
    const reads = exprsOf(plan).some(readsLineage);
    if (!reads) return mapInputs(plan, (input) => this.complete(input));
    if (plan.op === 'project') return { ...plan, input: this.#traced(plan.input) };
    if (plan.op === 'aggregate') return only(plan.schema, this.#gathered(plan));
    return only(plan.schema, this.#traced(plan));
  }

  /** The plan with the column, and whatever it had before. */
  #traced(plan: Plan): Plan {
    switch (plan.op) {
      case 'scan':
        return ofScan(plan);
      case 'shared':
        this.#wanted.add(plan.id);
        return { ...plan, schema: [...plan.schema, lineageField] };
      case 'values':
        return valuesWithPlaces(plan);
      case 'domain':
        return plus(plan, nothing);
      case 'filter':
      case 'sort':
      case 'limit':
      case 'limitby':
      case 'timesort':
      case 'delay': {
        const input = this.#traced(plan.input);
        return { ...plan, input, schema: input.schema };
      }
      case 'numbered':
      case 'over': {
        const input = this.#traced(plan.input);
        return { ...plan, input, schema: [...input.schema, ...plan.schema.slice(plan.input.schema.length)] };
      }
      case 'watermark':
      case 'window': {
        const input = this.#traced(plan.input);
        return { ...plan, input, schema: behind(plan.schema, plan.input.schema) };
      }
      case 'project': {
        const input = this.#traced(plan.input);
        const exprs = plan.exprs.filter((_, i) => plan.schema[i]!.name !== lineageField.name);
        return { ...plan, input, exprs: [...exprs, own], schema: endingIn(plan.schema) };
      }
      case 'distinct':
        return bounded(plan) ? this.#distinct(plan, plan.on) : this.#first(plan);
      case 'aggregate':
        return this.#aggregate(plan);
      case 'union': {
        const traced = plan.inputs.map((input) => only(endingIn(input.schema), this.#traced(input)));
        return { ...plan, inputs: traced, schema: endingIn(plan.schema) };
      }
      case 'setop':
        return this.#setop(plan);
      case 'join':
        return this.#join(plan);
      case 'asof':
        return merged(plan, this.#side(plan.left, '$left'), this.#side(plan.right, '$right'));
      case 'lookup': {
        const input = this.#traced(plan.input);
        const { length } = plan.input.schema;
        const looked = { ...plan, input, schema: [...input.schema, ...plan.schema.slice(length)] };
        if (plan.kind === 'semi' || plan.kind === 'anti') return looked;
        return replaced(looked, merge(own, position(`~${plan.label}`)), endingIn(plan.schema));
      }
      case 'expand': {
        const input = this.#traced(plan.input);
        const made = { ...plan, input, schema: [...input.schema, ...plan.columns.map((c) => c.field)] };
        return only(endingIn(plan.schema), made);
      }
      case 'shell':
        return this.#shell(plan);
      case 'refresh':
        return this.#refreshed(plan, this.#traced(plan.query));
      case 'current':
        return { ...plan, schema: [...plan.schema, lineageField] };
      case 'changes':
      case 'tap':
      case 'canary':
      case 'sink':
      case 'output':
        return plan;
    }
  }

  /** Those of its inputs have the column whose leaves in the query have it. */
  #refreshed(plan: Refresh, query: Plan): Refresh {
    const wanted = new Set(currentIn(query).filter((leaf) => isIn(lineageField, leaf)).map((leaf) => leaf.input)); // prettier-ignore
    const keep = plan.keep && (wanted.has(0) ? this.#traced(plan.keep) : plan.keep);
    return {
      ...plan,
      inputs: plan.inputs.map((input, i) => (wanted.has(i) ? this.#traced(input) : this.complete(input))),
      query,
      ...(keep && { keep }),
      schema: plan.gives === 'changes' ? [...query.schema, diffField] : query.schema,
    };
  }

  /** A column of the group that reads the hidden one is a bare column, and stands for the positions of all rows. */
  #gathered(plan: Aggregate): Aggregate {
    const bare = plan.bare.filter(({ expr }) => !isOwn(expr));
    const calls = plan.bare.filter(({ expr }) => isOwn(expr)).map(({ name }) => allOf(name));
    const aggregates = [...plan.aggregates, ...calls];
    const schema = [...plan.keys, ...aggregates, ...bare].map(({ name }) => plan.schema.find((f) => f.name === name)!);
    return { ...plan, input: this.#traced(plan.input), bare, aggregates, schema };
  }

  #aggregate(plan: Aggregate): Plan {
    const whole = this.#gathered(plan);
    if (isIn(lineageField, plan)) return whole;
    const { keys, aggregates, schema } = whole;
    const made = keys.length + aggregates.length;
    return {
      ...whole,
      aggregates: [...aggregates, allOf(lineageField.name)],
      schema: [...schema.slice(0, made), lineageField, ...schema.slice(made)],
    };
  }

  /** Of rows that do not end the first of equal ones is given as it comes: whether others will follow is not known. */
  #first(plan: Distinct): Plan {
    const input = this.#traced(plan.input);
    return { ...plan, input, schema: input.schema, on: plan.on ?? plan.schema.map((f) => f.name) };
  }

  /** Equal rows are one row, which comes from all of them. */
  #distinct({ input, schema }: { readonly input: Plan; readonly schema: Schema }, on?: readonly string[]): Plan {
    const keys = schema.filter((f) => on === undefined || on.includes(f.name));
    const rest = schema.filter((f) => !keys.includes(f));
    const of = (f: Field) => ({ name: f.name, expr: column(f.name, f.type) });
    const grouped: Aggregate = {
      op: 'aggregate',
      input: this.#traced(input),
      keys: keys.map(of),
      aggregates: [allOf(lineageField.name)],
      bare: rest.map(of),
      schema: [...keys, lineageField, ...rest],
    };
    return only([...schema, lineageField], grouped);
  }

  /** What both sides have (or only the left one) comes from the rows of the left side that are equal to it. */
  #setop(plan: SetOperation): Plan {
    const left = this.#distinct({ input: plan.left, schema: plan.left.schema });
    const join: Join = {
      op: 'join',
      kind: plan.kind === 'intersect' ? 'semi' : 'anti',
      left,
      right: plan.right,
      equal: plan.left.schema.map((f, i) => {
        const other = plan.right.schema[i]!;
        return { left: column(f.name, f.type), right: column(other.name, other.type), nulls: 'equal' };
      }),
      schema: left.schema,
    };
    const exprs = left.schema.map((f) => column(f.name, f.type));
    return { op: 'project', input: join, exprs, schema: [...plan.schema, lineageField] };
  }

  #join(plan: Join): Plan {
    if (plan.kind === 'semi' || plan.kind === 'anti' || plan.kind === 'mark') {
      const left = this.#traced(plan.left);
      const more = plan.schema.slice(plan.left.schema.length);
      return { ...plan, left, schema: [...left.schema, ...more] };
    }
    return merged(plan, this.#side(plan.left, '$left'), this.#side(plan.right, '$right'));
  }

  /** A side of a join, with its column under another name. */
  #side(plan: Plan, name: string): Plan {
    return replaced(this.#traced(plan), own, endingIn(plan.schema, { ...lineageField, name }));
  }

  #shell(plan: Shell): Plan {
    const { input } = plan;
    if (input === undefined) return numbered(plan, plan.label);
    const isAligned =
      plan.call !== undefined ||
      plan.protocol !== undefined ||
      (alignmentOf(plan.contract) !== undefined && plan.groups === undefined);
    if (!isAligned) return plus(plan, sources([...new Set(this.#labels(input))].map((label) => `~${label}`)));
    const traced = this.#traced(input);
    return {
      ...plan,
      input: traced,
      carried: [...plan.carried.filter((name) => name !== lineageField.name), lineageField.name],
      schema: endingIn(plan.schema),
    };
  }

  /** Names of all sources below. */
  #labels(plan: Plan): readonly string[] {
    if (plan.op === 'scan') return [plan.label];
    const below = [...inputs(plan), ...leavesOf(plan).map(({ id }) => this.#shared[id]!)];
    return below.flatMap((input) => this.#labels(input));
  }
}

/** A join of two sides that each have their positions, `$left` and `$right`; of a row without a partner one is NULL. */
function merged(plan: Extract<Plan, { readonly left: Plan; readonly right: Plan }>, left: Plan, right: Plan): Plan {
  const join = { ...plan, left, right, schema: [...left.schema, ...right.schema] } as Plan;
  return replaced(join, merge(column('$left', 'JSON'), column('$right', 'JSON')), endingIn(plan.schema));
}

/** Rows that tell their place by their number only. */
function numbered(plan: Plan, label: string): Plan {
  const number: Field = { name: '$row', type: 'INTEGER', notNull: true };
  const rows: Numbered = { op: 'numbered', input: plan, name: number.name, schema: [...plan.schema, number] };
  return replaced(rows, call('lineage_at', text(label), column(number.name, 'INTEGER')), [
    ...plan.schema,
    lineageField,
  ]);
}

const ROWIDS = ['rowid', '_rowid_', 'oid'];

function ofScan(scan: Scan): Plan {
  const { connector, schema, options } = scan;
  if (connector === 'file' || connector === 'tail') {
    const file: Field = { name: '$file', type: 'TEXT', notNull: true };
    const line: Field = { name: '$line', type: 'INTEGER', notNull: true };
    const metadata = { ...(options['metadata'] as object | undefined), $file: 'file', $line: 'line_number' };
    const told: Scan = { ...scan, schema: [...schema, file, line], options: { ...options, metadata } };
    return replaced(told, call('lineage_at', column('$file', 'TEXT'), column('$line', 'INTEGER')), [
      ...schema,
      lineageField,
    ]);
  }
  const last = schema.at(-1);
  if (connector !== 'sqlite' || last === undefined || !ROWIDS.includes(last.name)) return numbered(scan, scan.label);
  return plus(scan, call('lineage_at', text(scan.label), column(last.name, 'INTEGER')));
}
