import { column, integer, type Expr } from '../expr/expr.ts';
import { isVolatile } from '../expr/may-fail.ts';
import { diffField } from '../plan/changes.ts';
import { bounded } from '../plan/facts.ts';
import type { Job } from '../plan/job.ts';
import { inputs, mapInputs, withInputs } from '../plan/ops.ts';
import type { Span } from '../base/span.ts';
import type { Aggregate, Distinct, Join, Plan, Project, Shell, Union } from '../plan/plan.ts';
import type { StateTtl } from '../plan/state-ttl.ts';
import { fault } from './fault.ts';
import { flowing } from './flowing.ts';
import { eventTimeOf } from './join-retention.ts';
import { renamed } from './refreshed-groups.ts';
import { refreshed } from './refreshed.ts';

/** A plan whose rows come as time goes on. */
export interface Flow {
  readonly plan: Plan;
  /** Its rows are changes of a result, with `$diff`; else they only become more. */
  readonly isChanging: boolean;
  /** Columns that no two rows of the result agree in, where that is known. */
  readonly keys?: readonly string[];
}

/**
 * Makes a plan give its result as it changes. What only grows stays as it is: filters, joins bounded in time, DISTINCT.
 * An aggregation over such rows tells of the groups that change, and what stands above it goes along. Everything else is
 * computed anew.
 */
export class Changing {
  readonly #shared: Job['shared'];
  /** All rows of the query end by themselves: then nothing has to be waited for, and it runs as if they did not. */
  readonly #allEnd: boolean;

  readonly #emit: Span;
  readonly #ttl: number;

  /**
   * @param shared the sub-plans that `shared` leaves read. @param emit the clause that asks for it.
   * @param ttl ms, from SET state_ttl; 0: keys are kept for ever.
   */
  constructor(root: Plan, shared: Job['shared'], emit: Span, ttl = 0) {
    this.#ttl = ttl;
    this.#shared = shared;
    this.#emit = emit;
    this.#allEnd = ends(root);
  }

  of(plan: Plan): Flow {
    const grown = this.growing(plan);
    if (grown !== undefined) return { plan: grown, isChanging: false };
    switch (plan.op) {
      case 'filter': {
        if (isVolatile(plan.predicate)) break;
        const below = this.of(plan.input);
        const whole = below.isChanging ? refreshed(plan, this) : undefined;
        // Of a result of first rows the others need not be kept: that is known only where the condition is part of it.
        if (whole?.plan.op === 'refresh' && whole.plan.keep !== undefined) return whole;
        return { ...below, plan: { ...plan, input: below.plan, schema: below.plan.schema } };
      }
      case 'project':
        if (plan.exprs.some(isVolatile)) break;
        return projected(plan, this.of(plan.input));
      case 'sort':
        // The rows of a table have no order. One that LIMIT needs stands below it.
        if (plan.limit === undefined) return this.of(plan.input);
        break;
      case 'union':
        return united(plan, plan.inputs.map((input) => this.of(input))); // prettier-ignore
      case 'aggregate': {
        const changing = this.changingGroups(plan);
        if (changing !== undefined) return { plan: changing, isChanging: true, keys: plan.keys.map((k) => k.name) };
        break;
      }
      default:
        break;
    }
    return refreshed(plan, this);
  }

  /** An aggregation over rows that only become more; undefined for others. */
  changingGroups(plan: Aggregate): Aggregate | undefined {
    const input = this.growing(plan.input);
    const ttl = input && plan.keys.length > 0 ? this.ttlOf(input) : undefined;
    return input && { ...plan, input, schema: [...plan.schema, diffField], changes: true, ...(ttl && { ttl }) };
  }

  /** How long what is known of the keys of such rows is kept; undefined: for ever. */
  ttlOf(input: Plan): StateTtl | undefined {
    if (this.#ttl === 0 || bounded(input)) return undefined;
    const eventTime = eventTimeOf(input);
    const names = eventTime && { time: eventTime.time.name, mark: eventTime.mark.name };
    return { ms: this.#ttl, ...(names && { eventTime: names }) };
  }

  /** The plan, such that it gives its rows as they come and takes none back; undefined where it cannot be so. */
  growing(plan: Plan): Plan | undefined {
    if (hasOpenDomain(plan)) return undefined;
    if (!this.#allEnd && ends(plan)) return plan;
    if (plan.op === 'join' && this.#allEnd) return this.#joinThatEnds(plan);
    const below: Plan[] = [];
    for (const input of inputs(plan)) {
      const grown = this.growing(input);
      if (grown === undefined) return undefined;
      below.push(grown);
    }
    if (below.length === 0) return plan;
    const over = withInputs(plan, below);
    switch (plan.op) {
      case 'distinct': {
        const ttl = this.ttlOf(below[0]!);
        return { ...(over as Distinct), ...(ttl && { ttl }) };
      }
      case 'aggregate':
        return plan.closing && over;
      case 'over':
      case 'sort':
      case 'setop':
        return this.#allEnd ? undefined : flowing(over, this.#shared);
      case 'join':
        return flowing(over, this.#shared) ?? keptForEver(over as Join);
      default:
        return flowing(over, this.#shared);
    }
  }

  /** A command over a result that changes would have to be run anew each time. */
  refuseCommand({ label }: Shell): never {
    fault('E0212', this.#emit, `the command '${label}' would get rows of a result that changes`, {
      label: 'a command takes no row back',
      help: ['put the command below the aggregation, or below what else changes its result', 'or EMIT FINAL'],
    });
  }

  /** The right side is read first; what it lacks is known before the first row of the left. */
  #joinThatEnds(plan: Join): Plan | undefined {
    if (plan.kind === 'right' || plan.kind === 'full' || plan.domain !== undefined) return undefined;
    const left = this.growing(plan.left);
    return left && { ...plan, left };
  }
}

/** Pairs that have been found stay; so no row of either side may be forgotten. */
const keptForEver = (plan: Join): Join | undefined =>
  (plan.kind === 'inner' || plan.kind === 'semi') && plan.domain === undefined
    ? { ...plan, retention: { left: {}, right: {} } }
    : undefined;

/** Whether all that a plan reads ends by itself: LIMIT stops what does not end, but it does not wait for the end. */
const ends = (plan: Plan): boolean => {
  const below = inputs(plan);
  return below.length === 0 ? bounded(plan) : below.every(ends);
};

/** Whether a plan is the right side of a join whose left side it asks for values, or is a part of one. */
function hasOpenDomain(plan: Plan, open: ReadonlySet<number> = new Set()): boolean {
  if (plan.op === 'domain') return !open.has(plan.id);
  const within = plan.op === 'join' && plan.domain !== undefined ? new Set([...open, plan.domain.id]) : open;
  return inputs(plan).some((input) => hasOpenDomain(input, within));
}

const diff: Expr = column(diffField.name, diffField.type);

function projected(plan: Project, below: Flow): Flow {
  if (!below.isChanging) return { ...below, plan: { ...plan, input: below.plan } };
  const keys = below.keys && renamed(below.keys, plan);
  const schema = [...plan.schema, diffField];
  return {
    plan: { ...plan, input: below.plan, exprs: [...plan.exprs, diff], schema },
    isChanging: true,
    ...(keys && { keys }),
  };
}

function united(plan: Union, below: readonly Flow[]): Flow {
  const parts = below.map(({ plan: input, isChanging }, i): Plan => {
    const exprs = plan.inputs[i]!.schema.map((f) => column(f.name, f.type));
    const fields = plan.inputs[i]!.schema;
    return {
      op: 'project',
      input,
      exprs: [...exprs, isChanging ? diff : integer(1)],
      schema: [...fields, diffField],
    };
  });
  return { plan: { ...plan, inputs: parts, schema: [...plan.schema, diffField] }, isChanging: true };
}

/** The plan with each of some sub-plans replaced, the highest first. */
export function replacing(plan: Plan, replacement: (plan: Plan) => Plan | undefined): Plan {
  return replacement(plan) ?? mapInputs(plan, (input) => replacing(input, replacement));
}
