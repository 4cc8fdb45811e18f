import { children, conjuncts, type Expr } from '../expr/expr.ts';
import { readsClock } from '../expr/evaluate.ts';
import { isVolatile } from '../expr/may-fail.ts';
import type { Collation, Field } from '../data/types.ts';
import { currentIn, type Current } from '../plan/changes.ts';
import { exprsOf, inputs as inputsOf } from '../plan/ops.ts';
import type { Join, JoinPair, Plan, Project } from '../plan/plan.ts';

/** Values by which the rows of a plan fall into groups that do not depend on each other. */
interface Partition {
  /** Columns of the plan that have the value; none where a row may lack it. */
  readonly names: readonly string[];
  /** By input: the column that has it. */
  readonly inputs: ReadonlyMap<number, Field>;
}

/**
 * For each input columns such that the rows of a query with some values in them come from the rows of the inputs with
 * these values, and from no others. Undefined where there are none, and where a result computed again can be another.
 *
 * @param inputs the plans that the `current` leaves of the query stand for.
 */
export function partitionsOf(query: Plan, inputs: readonly Plan[]): readonly (readonly string[])[] | undefined {
  const leaves = currentIn(query);
  // An input that is read twice would have to be partitioned in two ways.
  if (new Set(leaves.map((leaf) => leaf.input)).size < leaves.length || isUncertain(query)) return undefined;
  const found = partitions(query).filter((p) => inputs.every((_, i) => p.inputs.has(i)));
  if (found.length === 0) return undefined;
  return inputs.map((_, i) => found.map((p) => p.inputs.get(i)!.name));
}

const isUncertain = (plan: Plan): boolean =>
  exprsOf(plan).some((e) => isVolatile(e) || clocked(e)) || inputsOf(plan).some(isUncertain);
const clocked = (e: Expr): boolean => (e.kind === 'call' && readsClock(e)) || children(e).some(clocked);

function partitions(plan: Plan): readonly Partition[] {
  switch (plan.op) {
    case 'current':
      return ofCurrent(plan);
    case 'filter':
      return partitions(plan.input);
    case 'sort':
      return plan.limit === undefined ? partitions(plan.input) : [];
    case 'project': {
      const named = (p: Partition) => plan.schema.filter((_, i) => isOneOf(plan.exprs[i]!, p.names)).map((f) => f.name);
      return partitions(plan.input).map((p) => ({ ...p, names: named(p) }));
    }
    case 'distinct':
      return partitions(plan.input).filter((p) => comparedBy(p, plan.on ?? p.names, plan));
    case 'limitby':
      return partitions(plan.input).filter((p) => comparedBy(p, plan.by, plan));
    case 'over':
      return partitions(plan.input).filter((p) =>
        plan.partitionBy.some((key) => isOneOf(key.expr, p.names) && isCollated(p, key.collation)),
      );
    case 'aggregate':
      return partitions(plan.input).flatMap((p) => {
        const keys = plan.keys.filter((key) => isOneOf(key.expr, p.names));
        const names = keys.map((key) => key.name).filter((name) => comparedBy(p, [name], plan, [name]));
        return names.length === 0 ? [] : [{ ...p, names }];
      });
    case 'join':
      return ofJoin(plan);
    case 'setop':
      return bothOf(plan.schema.map((f) => f.name), [plan.left, plan.right]).filter((p) => comparedBy(p, p.names, plan)); // prettier-ignore
    case 'union':
      return bothOf(plan.schema.map((f) => f.name), plan.inputs); // prettier-ignore
    default:
      return [];
  }
}

/** Whether one of these columns has the value, and an operator with this output compares it as the inputs do. */
const comparedBy = (p: Partition, columns: readonly string[], { schema }: Plan, names = p.names): boolean =>
  names.some((name) => columns.includes(name) && isCollated(p, schema.find((f) => f.name === name)?.collation));
const isCollated = ({ inputs }: Partition, collation: Collation = 'BINARY'): boolean =>
  [...inputs.values()].every((field) => (field.collation ?? 'BINARY') === collation);
const isOneOf = (e: Expr, names: readonly string[]): boolean => e.kind === 'column' && names.includes(e.name);

const ofCurrent = ({ schema, input }: Current): readonly Partition[] =>
  schema.map((field) => ({ names: [field.name], inputs: new Map([[input, field]]) }));

/** Equal columns of one type are one value for both sides; rows that have no partner have it on one side only. */
function ofJoin(plan: Join): readonly Partition[] {
  if (plan.kind === 'mark' || plan.domain !== undefined) return [];
  const [left, right] = [partitions(plan.left), partitions(plan.right)];
  return plan.equal.flatMap((pair) => {
    if (!isPlain(pair)) return [];
    const l = left.find((p) => isOneOf(pair.left, p.names));
    const r = right.find((p) => isOneOf(pair.right, p.names));
    const merged = l && r && together([l, r]);
    if (merged === undefined) return [];
    const names = {
      inner: [...l!.names, ...r!.names],
      left: l!.names,
      right: r!.names,
      full: [],
      semi: l!.names,
      anti: l!.names,
    }[plan.kind as Exclude<Join['kind'], 'mark'>];
    return [{ ...merged, names }];
  });
}

/** The values are compared as they are. */
function isPlain({ left, right, affinity, collation = 'BINARY' }: JoinPair): boolean {
  const isText = left.type === 'TEXT' && (affinity === undefined || affinity === 'TEXT' || affinity === 'BLOB');
  const isNumber = left.type === 'INTEGER' || left.type === 'REAL' || left.type === 'TIMESTAMP';
  return left.type === right.type && (isText || isNumber) && collation === 'BINARY';
}

/** Columns at one place of all inputs. */
function bothOf(names: readonly string[], plans: readonly Plan[]): readonly Partition[] {
  const found = plans.map(partitions);
  return names.flatMap((name, at) => {
    const each = plans.map((plan, i) => found[i]!.find((p) => p.names.includes(plan.schema[at]!.name)));
    const merged = each.every((p) => p !== undefined) ? together(each) : undefined;
    return merged === undefined ? [] : [{ ...merged, names: [name] }];
  });
}

/** One value for the inputs of all; undefined where they do not compare it alike. */
function together(parts: readonly Partition[]): Partition | undefined {
  const all = parts.flatMap((p) => [...p.inputs]);
  const [, first] = all[0]!;
  const isAlike = all.every(([, f]) => f.type === first.type && f.collation === first.collation);
  if (!isAlike || new Set(all.map(([input]) => input)).size < all.length) return undefined;
  return { names: [], inputs: new Map(all) };
}

/** Columns that no two rows of a result agree in, where the operators of its query say so. */
export function uniqueIn(plan: Plan): readonly string[] | undefined {
  switch (plan.op) {
    case 'project':
      return uniqueIn(plan.input) && renamed(uniqueIn(plan.input)!, plan);
    case 'filter': {
      const fixed = new Set(conjuncts(plan.predicate).flatMap(fixedColumn));
      return uniqueIn(plan.input)?.filter((key) => !fixed.has(key));
    }
    case 'over': {
      const number = plan.calls.find((call) => call.fn === 'row_number');
      const keys = plan.partitionBy.flatMap(({ expr }) => (expr.kind === 'column' ? [expr.name] : []));
      return number && [...keys, number.name];
    }
    case 'sort':
      return uniqueIn(plan.input);
    case 'limit':
      return plan.count === 1 ? [] : uniqueIn(plan.input);
    case 'distinct':
      return plan.on ?? plan.schema.map((f) => f.name);
    case 'aggregate':
      return plan.keys.map((key) => key.name);
    default:
      return undefined;
  }
}

/** What columns are called behind a projection; undefined where it lacks one. */
export function renamed(names: readonly string[], { exprs, schema }: Project): readonly string[] | undefined {
  const found = names.map((name) => schema[exprs.findIndex((e) => isOneOf(e, [name]))]?.name);
  return found.every((name) => name !== undefined) ? found : undefined;
}

/** The column of `column = constant`. */
function fixedColumn(e: Expr): readonly string[] {
  const [a, b] = e.kind === 'call' && e.fn === '=' ? e.args : [];
  return a?.kind === 'column' && b?.kind === 'literal' ? [a.name] : [];
}
