import { exprsOf, mapInputs } from '../plan/ops.ts';
import type { Aggregate, Plan, Project, Shell } from '../plan/plan.ts';
import { carrying, columnsRead, readBy, subset } from './rules/project.ts';

/**
 * Narrows every operator to the columns that are read above it, from the root down, so that sources decode no others.
 * At least one column stays, for rows have to be counted. `passed` is told of each command that was narrowed (law P1).
 */
export function prune(plan: Plan, passed: (shell: Shell) => void): Plan {
  return new Pruner(passed).inputsOf(plan);
}

const all = (plan: Plan): Set<string> => new Set(plan.schema.map((f) => f.name));

class Pruner {
  readonly #passed: (shell: Shell) => void;

  constructor(passed: (shell: Shell) => void) {
    this.#passed = passed;
  }

  /** A plan whose own columns are all wanted. */
  inputsOf(plan: Plan): Plan {
    return this.#narrow(plan, all(plan));
  }

  #narrow(plan: Plan, wanted: ReadonlySet<string>): Plan {
    switch (plan.op) {
      case 'scan': {
        const schema = plan.schema.filter((f) => wanted.has(f.name));
        return { ...plan, schema: schema.length > 0 ? schema : plan.schema.slice(0, 1) };
      }
      case 'filter': {
        const input = this.#narrow(plan.input, columnsRead(exprsOf(plan), wanted));
        return { ...plan, input, schema: input.schema };
      }
      case 'sort': {
        const input = this.#narrow(plan.input, columnsRead(exprsOf(plan), wanted));
        return { ...plan, input, schema: input.schema };
      }
      case 'limit': {
        const input = this.#narrow(plan.input, wanted);
        return { ...plan, input, schema: input.schema };
      }
      case 'project':
        return this.#project(plan, wanted);
      case 'aggregate':
        return this.#aggregate(plan, wanted);
      case 'shell':
        return this.#shell(plan, wanted);
      case 'join': {
        const over = columnsRead(exprsOf(plan), wanted);
        const left = this.#narrow(plan.left, over);
        const right = this.#narrow(plan.right, over);
        const half = plan.kind === 'semi' || plan.kind === 'anti';
        return { ...plan, left, right, schema: half ? left.schema : [...left.schema, ...right.schema] };
      }
      case 'union': {
        const keep = plan.schema.map((f) => wanted.has(f.name));
        if (!keep.includes(true)) keep[0] = true;
        const inputs = plan.inputs.map((input) => {
          const names = new Set(input.schema.filter((_, i) => keep[i]).map((f) => f.name));
          return exactly(names, this.#narrow(input, names));
        });
        return { ...plan, inputs, schema: plan.schema.filter((_, i) => keep[i]) };
      }
      default:
        return mapInputs(plan, (input) => exactly(all(input), this.inputsOf(input)));
    }
  }

  #project(plan: Project, wanted: ReadonlySet<string>): Plan {
    let kept = plan.schema
      .map((f, i) => ({ field: f, expr: plan.exprs[i]! }))
      .filter(({ field }) => wanted.has(field.name));
    if (kept.length === 0) kept = plan.schema.slice(0, 1).map((field) => ({ field, expr: plan.exprs[0]! }));
    const input = this.#narrow(plan.input, columnsRead(kept.map((k) => k.expr)));
    return { ...plan, input, schema: kept.map((k) => k.field), exprs: kept.map((k) => k.expr) };
  }

  #aggregate(plan: Aggregate, wanted: ReadonlySet<string>): Plan {
    // A bare column needs the only min() or max() beside it: then all aggregates stay.
    const aggregates = plan.bare.length > 0 ? plan.aggregates : plan.aggregates.filter((a) => wanted.has(a.name));
    const bare = plan.bare.filter((b) => wanted.has(b.name));
    const names = new Set([...plan.keys, ...aggregates, ...bare].map((x) => x.name));
    if (names.size === 0) return { ...plan, input: this.inputsOf(plan.input) };
    const input = this.#narrow(plan.input, readBy({ ...plan, aggregates, bare }));
    return { ...plan, aggregates, bare, input, schema: plan.schema.filter((f) => names.has(f.name)) };
  }

  #shell(plan: Shell, wanted: ReadonlySet<string>): Plan {
    if (plan.input === undefined) return plan;
    const { carried, schema } = carrying(plan, wanted);
    if (carried.length < plan.carried.length) this.#passed(plan);
    // A command that reads all goes by position: it gets just the columns that it got.
    const names = plan.readsAll ? all(plan.input) : new Set([...plan.reads, ...carried]);
    return { ...plan, carried, schema, input: exactly(names, this.#narrow(plan.input, names)) };
  }
}

/** Operators that go by position get just these columns: one that could not be narrowed is projected. */
const exactly = (names: ReadonlySet<string>, plan: Plan): Plan =>
  plan.schema.every((f) => names.has(f.name)) ? plan : subset([...names], plan);
