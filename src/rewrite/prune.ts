import { isHidden, markField, timeField } from '../data/event-time.ts';
import type { Field } from '../data/types.ts';
import { columnsOf } from '../expr/expr.ts';
import { bounded } from '../plan/facts.ts';
import { currentIn, diffField, type Refresh } from '../plan/changes.ts';
import { exprsOf, inputs as inputsOf, mapInputs } from '../plan/ops.ts';
import type { Lookup } from '../plan/joins.ts';
import type { Over } from '../plan/over.ts';
import type { Aggregate, Join, Plan, Project, Shell } from '../plan/plan.ts';
import { ttlExprs } from '../plan/state-ttl.ts';
import type { Watermark } from '../plan/watermark.ts';
import { alsoRead } from '../plan/shell-ways.ts';
import type { Window } from '../plan/windows.ts';
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
      case 'shared':
      case 'current':
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
      case 'delay':
      case 'limit': {
        const input = this.#narrow(plan.input, wanted);
        return { ...plan, input, schema: input.schema };
      }
      case 'limitby': {
        const input = this.#narrow(plan.input, new Set([...wanted, ...plan.by]));
        return { ...plan, input, schema: input.schema };
      }
      case 'project':
        return this.#project(plan, wanted);
      case 'aggregate':
        return this.#aggregate(plan, wanted);
      case 'over':
        return this.#over(plan, wanted);
      case 'shell':
        return this.#shell(plan, wanted);
      case 'join': {
        const over = columnsRead(exprsOf(plan), wanted);
        const left = this.#narrow(plan.left, over);
        const right = this.#narrow(plan.right, over);
        return { ...plan, left, right, schema: joined(plan, left, right) };
      }
      case 'asof': {
        const over = columnsRead(exprsOf(plan), wanted);
        const left = this.#narrow(plan.left, over);
        const right = this.#narrow(plan.right, over);
        return { ...plan, left, right, schema: [...left.schema, ...right.schema] };
      }
      case 'lookup':
        return this.#lookup(plan, wanted);
      case 'expand': {
        const input = this.#narrow(plan.input, columnsRead(exprsOf(plan), wanted));
        const read = columnsRead(plan.on ? [plan.on] : [], wanted);
        const columns = plan.columns.filter((c) => read.has(c.field.name));
        return { ...plan, input, columns, schema: [...input.schema, ...columns.map((c) => c.field)] };
      }
      case 'numbered': {
        const input = this.#narrow(plan.input, wanted);
        return { ...plan, input, schema: [...input.schema, plan.schema.at(-1)!] };
      }
      case 'window':
        return this.#window(plan, wanted);
      case 'watermark':
        return this.#watermark(plan, wanted);
      case 'timesort': {
        const read = columnsRead(exprsOf(plan), [...wanted, timeField.name, markField.name]);
        const input = this.#narrow(plan.input, read);
        return { ...plan, input, schema: input.schema };
      }
      case 'refresh':
        return this.#refresh(plan, wanted);
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

  /**
   * Of a bounded source nobody waits for the watermark; where the two columns are not read either, the operator goes.
   * Late rows that go to a sink go there with all their columns.
   */
  #watermark(plan: Watermark, wanted: ReadonlySet<string>): Plan {
    const { into, partitions } = plan;
    const isRead = wanted.has(timeField.name) || wanted.has(markField.name);
    if (!isRead && into === undefined && bounded(plan.input)) return this.#narrow(plan.input, wanted);
    const passed = [...wanted].filter((name) => !isHidden({ name }));
    const read = columnsRead(exprsOf(plan), [...passed, ...(partitions === undefined ? [] : [partitions.column])]);
    const input = into === undefined ? this.#narrow(plan.input, read) : this.inputsOf(plan.input);
    const handedOn = input.schema.filter((f) => f.name !== partitions?.column);
    return { ...plan, input, schema: [...handedOn, timeField, markField] };
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
    const times = plan.closing === undefined ? [] : plan.schema.filter((f) => isHidden(f) && wanted.has(f.name));
    const diff = plan.changes ? [diffField] : [];
    const names = new Set([...plan.keys, ...aggregates, ...bare, ...times, ...diff].map((x) => x.name));
    if (names.size === 0) return { ...plan, input: this.inputsOf(plan.input) };
    const input = this.#narrow(plan.input, readBy({ ...plan, aggregates, bare }));
    return { ...plan, aggregates, bare, input, schema: plan.schema.filter((f) => names.has(f.name)) };
  }

  /** Its query is narrowed first: it says what is read of the inputs. */
  #refresh(plan: Refresh, wanted: ReadonlySet<string>): Plan {
    const query = this.#narrow(plan.query, wanted);
    const diff = plan.gives === 'changes' ? [diffField] : [];
    const leaves = currentIn(query);
    const kept = [...(plan.keep === undefined ? [] : readInside(plan.keep)), ...columnsRead(ttlExprs(plan.ttl))];
    const inputs = plan.inputs.map((input, i) => {
      const read = leaves.filter((leaf) => leaf.input === i).flatMap((leaf) => [...all(leaf)]);
      const own = all(input);
      const names = new Set(
        [...read, ...(plan.by?.[i] ?? []), ...kept, diffField.name].filter((name) => own.has(name)),
      );
      return exactly(names, this.#narrow(input, names));
    });
    const keep = plan.keep && this.#narrow(plan.keep, all(inputs[0]!));
    return { ...plan, inputs, query, ...(keep && { keep }), schema: [...query.schema, ...diff] };
  }

  /** What a window adds is as good as free, and counts its rows where nothing else is wanted. */
  #window(plan: Window, wanted: ReadonlySet<string>): Plan {
    const input = this.#narrow(plan.input, columnsRead(exprsOf(plan), wanted));
    const added = [plan.start, plan.end, plan.stamp];
    const stays = (f: Field): boolean =>
      isHidden(f) ? wanted.has(f.name) : added.includes(f.name) || input.schema.some(({ name }) => name === f.name);
    return { ...plan, input, schema: plan.schema.filter(stays) };
  }

  #lookup(plan: Lookup, wanted: ReadonlySet<string>): Plan {
    const input = this.#narrow(plan.input, columnsRead(exprsOf(plan), wanted));
    const looked = columnsRead([...plan.equal.map((e) => e.right), ...(plan.on ? [plan.on] : [])], wanted);
    const columns = plan.columns.filter((c) => looked.has(c.field.name));
    const half = plan.kind === 'semi' || plan.kind === 'anti';
    return { ...plan, columns, input, schema: half ? input.schema : [...input.schema, ...columns.map((c) => c.field)] };
  }

  /** Without a call the operator does nothing. */
  #over(plan: Over, wanted: ReadonlySet<string>): Plan {
    const calls = plan.calls.filter((call) => wanted.has(call.name));
    if (calls.length === 0) return this.#narrow(plan.input, wanted);
    const narrowed = { ...plan, calls };
    const input = this.#narrow(plan.input, columnsRead(exprsOf(narrowed), wanted));
    const made = plan.schema.filter((f) => calls.some((call) => call.name === f.name));
    return { ...narrowed, input, schema: [...input.schema, ...made] };
  }

  #shell(given: Shell, wanted: ReadonlySet<string>): Plan {
    const isTimed = wanted.has(timeField.name) || wanted.has(markField.name);
    const plan = given.time === undefined || isTimed || !bounded(given) ? given : timeless(given);
    if (plan.input === undefined) return plan;
    const { carried, schema } = carrying(plan, wanted);
    if (carried.length < plan.carried.length) this.#passed(plan);
    // A command that reads all goes by position: it gets just the columns that it got.
    const read = plan.readsAll ? plan.input.schema.filter((f) => !isHidden(f)).map((f) => f.name) : plan.reads;
    const names = new Set([...read, ...carried, ...alsoRead(plan)]);
    return { ...plan, carried, schema, input: exactly(names, this.#narrow(plan.input, names)) };
  }
}

/** The columns that any operator of a plan looks at. */
function readInside(plan: Plan, found = new Set<string>()): ReadonlySet<string> {
  for (const e of exprsOf(plan)) columnsOf(e, found);
  if (plan.op === 'distinct') for (const { name } of plan.schema) if (plan.on?.includes(name) ?? true) found.add(name);
  for (const input of inputsOf(plan)) readInside(input, found);
  return found;
}

/** A command whose rows get no time of their own. */
function timeless({ time: _, ...plan }: Shell): Shell {
  return { ...plan, schema: plan.schema.filter((f) => !isHidden(f)) };
}

/** The columns of a join whose sides have become narrower. */
function joined({ kind, schema }: Join, left: Plan, right: Plan): Plan['schema'] {
  if (kind === 'semi' || kind === 'anti') return left.schema;
  return [...left.schema, ...(kind === 'mark' ? schema.slice(-1) : right.schema)];
}

/** Operators that go by position get just these columns: one that could not be narrowed is projected. */
const exactly = (names: ReadonlySet<string>, plan: Plan): Plan =>
  plan.schema.every((f) => names.has(f.name)) ? plan : subset([...names], plan);
