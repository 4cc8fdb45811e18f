import { diffField, isChanging, type Current, type Refresh } from '../plan/changes.ts';
import type { Aggregate, Plan } from '../plan/plan.ts';
import { replacing, type Changing, type Flow } from './changing.ts';
import { partitionsOf, uniqueIn } from './refreshed-groups.ts';
import { keptOf } from './refreshed-rows.ts';

/**
 * A plan computed anew with each batch: over what only grows, or tells of its changes by itself. Where its result falls
 * into groups that do not depend on each other, only those with rows in the batch are.
 */
export function refreshed(plan: Plan, changing: Changing): Flow {
  const refresh = refreshOf(plan, changing, 'changes');
  const keys = uniqueIn(refresh.query);
  return { plan: refresh, isChanging: true, ...(keys && { keys }) };
}

/** @param every ms between two results; with each batch where it is not given. */
export function refreshOf(plan: Plan, changing: Changing, gives: Refresh['gives'], every?: number): Refresh {
  const inputs: Plan[] = [];
  const leafFor = (input: Plan): Current => {
    const schema = input.schema.filter((f) => f.name !== diffField.name);
    return { op: 'current', schema, input: inputs.push(input) - 1 };
  };
  const query = replacing(plan, (part) => {
    const input =
      changing.growing(part) ?? (part.op === 'aggregate' ? retracting(changing.changingGroups(part)) : undefined);
    if (input !== undefined) return leafFor(input);
    if (part.op === 'shell') changing.refuseCommand(part);
    return undefined;
  });
  const by = partitionsOf(query, inputs);
  const keep = keptOf(query, inputs);
  const isOfOne = inputs.length === 1 && !isChanging(inputs[0]!) && (by?.[0]?.length ?? 0) > 0;
  const ttl = isOfOne ? changing.ttlOf(inputs[0]!) : undefined;
  return {
    op: 'refresh',
    schema: gives === 'changes' ? [...query.schema, diffField] : query.schema,
    inputs,
    query,
    ...((by ?? keep) && { by: by ?? [[]] }),
    ...(keep && { keep }),
    ...(ttl && { ttl }),
    ...(every !== undefined && { every }),
    gives,
    ...(plan.origin && { origin: plan.origin }),
  };
}

/** Groups that others go on with: what is forgotten of them must not stay in what is made of them. */
const retracting = (plan: Aggregate | undefined): Aggregate | undefined =>
  plan?.ttl === undefined ? plan : { ...plan, ttl: { ...plan.ttl, retracts: true } };
