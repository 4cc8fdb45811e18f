import { rowRange, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { concat } from '../../data/gather.ts';
import { diffField } from '../../plan/changes.ts';
import type { Aggregate } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { withDiff } from './diff.ts';
import { ClosingGroups } from './window-aggregate.ts';
import { KeyTtl } from './key-ttl.ts';
import { prepareGroups, type Groups } from './window-groups.ts';

/**
 * Hash aggregation that gives the changes of its groups after each batch: first what the changed groups were, then what
 * they are now. Its work is that of the groups in the batch. Groups that the watermark says are complete are forgotten, and
 * so are those of which no row has come for the time that the plan says.
 */
export function changingAggregate(plan: Aggregate, context: RunContext): Operator {
  const schema = plan.schema.filter((f) => f.name !== diffField.name);
  // A window whose rows have to be put in order is put in order anew whenever one of its groups changes.
  const enough = plan.aggregates.some((call) => call.orderBy?.length) ? 1 : undefined;
  const makeGroups = prepareGroups(plan);
  const closing = plan.closing && new ClosingGroups({ ...plan, schema }, plan.closing, context, makeGroups, enough);
  const single = closing === undefined ? makeGroups() : undefined;
  // Without aggregates, as for DISTINCT, a group stays what it was.
  const isFixed = plan.aggregates.length + plan.bare.length === 0;
  let seen = 0;

  const take = async (
    groups: Groups,
    before: number,
    rows: RecordBatch,
    ids: Uint32Array,
    result: (ids: Uint32Array) => RecordBatch,
    out: Output,
  ): Promise<void> => {
    const changed = new Set<number>();
    for (const row of rowsOf(rows)) if (!isFixed || ids[row]! >= before) changed.add(ids[row]!);
    const old = result(Uint32Array.from(changed).filter((id) => id < before));
    groups.add(rows, ids);
    await given(old, result(Uint32Array.from(changed)), out);
  };
  const given = async (old: RecordBatch, now: RecordBatch, out: Output): Promise<void> => {
    if (old.length + now.length > 0) await out.emit(withDiff(concat(now.schema, [old, now]), old.length));
  };
  const resultOf = (groups: Groups, ids: Uint32Array): RecordBatch => ({
    schema,
    length: ids.length,
    columns: groups.results(ids),
  });

  /** Where the changes go at the moment. */
  let target: Output;
  const ttl =
    plan.ttl &&
    single &&
    new KeyTtl(plan.ttl, plan.input.schema, {
      get size() {
        return single.size;
      },
      number: (batch) => single.number(batch),
      take: (rows, ids, before) => take(single, before, rows, ids, (wanted) => resultOf(single, wanted), target),
      async retain(ids) {
        if (plan.ttl!.retracts) {
          const kept = new Set(ids);
          const gone = rowRange(0, single.size).filter((id) => !kept.has(id));
          await given(resultOf(single, gone), resultOf(single, new Uint32Array(0)), target);
        }
        single.retain(ids);
      },
    });

  return {
    get held() {
      if (closing !== undefined) return closing.held;
      const help = 'group by windows of time, so that groups are forgotten, or SET state_ttl';
      return { bytes: single!.bytes + (ttl?.bytes ?? 0), what: 'the state of a result that changes', help };
    },
    async onBatch(batch, _port, out) {
      target = out;
      if (ttl !== undefined) return ttl.take(batch);
      if (single !== undefined) {
        const before = seen;
        const ids = single.number(batch);
        seen = single.size;
        await take(single, before, batch, ids, (wanted) => resultOf(single, wanted), out);
        return;
      }
      for (const { generation, before, rows, ids } of closing!.number(batch)) {
        const result = (wanted: Uint32Array): RecordBatch =>
          closing!.asRows(generation, wanted, generation.groups.results(wanted));
        await take(generation.groups, before, rows, ids, result, out);
      }
    },
    onWatermark(time, _port, out) {
      target = out;
      if (plan.ttl?.eventTime !== undefined) return ttl!.watermark(time);
      if (closing === undefined) return undefined;
      closing.close(time);
      return out.watermark(closing.promised(time));
    },
    async onEnd(_port, out) {
      // An aggregation without keys has one group, even of no rows.
      if (single === undefined || seen > 0 || plan.keys.length > 0) return;
      await given(resultOf(single, new Uint32Array(0)), resultOf(single, Uint32Array.of(0)), out);
    },
  };
}
