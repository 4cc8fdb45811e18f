import type { Span } from '../base/span.ts';
import { bounded } from '../plan/facts.ts';
import type { Job } from '../plan/job.ts';
import type { Plan } from '../plan/plan.ts';
import { exprsOf, inputs } from '../plan/ops.ts';
import { isVolatile } from '../expr/may-fail.ts';
import { endless } from './bounded.ts';
import type { ViewObject } from './catalog.ts';
import { Changing } from './changing.ts';
import { originOf } from './fault.ts';
import type { Relation } from './scope.ts';

/** Gives the same rows to one more reader. */
type Reader = () => Relation;

/** Whether a plan gives the same rows however often it is computed. */
const isRepeatable = (plan: Plan): boolean =>
  plan.op !== 'shell' && !exprsOf(plan).some(isVolatile) && inputs(plan).every(isRepeatable);

/** What the statements of a script share: each stream is bound once, and computed once for all readers in a job. */
export class Streams {
  readonly #plans: Record<string, Plan> = {};
  readonly #byObject = new Map<ViewObject, Reader>();

  /** All that was shared so far, by id. */
  get plans(): Job['shared'] {
    return this.#plans;
  }

  /**
   * Rows that several readers of a statement read, whose EMIT asks for results as they change: what takes rows back
   * cannot be shared, so each reader has it computed for itself, from rows that are.
   */
  shareChanging(relation: Relation, span: Span, emit: Span | undefined): Reader {
    const { plan } = relation;
    const isOwn =
      emit !== undefined && isRepeatable(plan) && new Changing(plan, this.#plans, emit).growing(plan) === undefined;
    return isOwn ? () => ({ ...relation, plan: structuredClone(plan) }) : this.share(relation, span);
  }

  /** Rows that several read. @param span where they are made from, for messages. */
  share(relation: Relation, span: Span, label?: string): Reader {
    const id = `#${Object.keys(this.#plans).length + 1}`;
    const plan = endless(relation.plan, span, this.#plans);
    this.#plans[id] = plan;
    const leaf = {
      op: 'shared',
      schema: plan.schema,
      id,
      ...(label !== undefined && { label }),
      bounded: bounded(plan),
      origin: originOf(span),
    } as const;
    // A leaf of its own for each: what is counted is counted by leaf.
    return () => ({ ...relation, plan: { ...leaf } });
  }

  /** The rows of a stream, which `bind` makes for the first reader. */
  read(stream: ViewObject, span: Span, bind: () => Relation): Relation {
    let reader = this.#byObject.get(stream);
    if (reader === undefined) {
      reader = this.share(bind(), span, stream.name);
      this.#byObject.set(stream, reader);
    }
    return reader();
  }

  /** A stream whose rows are known already: it was made by a branch of a pipe. */
  put(stream: ViewObject, relation: Relation, span: Span): void {
    this.#byObject.set(stream, this.share(relation, span, stream.name));
  }

  /** A setting or a name means something else from here on: later readers get their streams bound anew. */
  forget(): void {
    this.#byObject.clear();
  }
}
