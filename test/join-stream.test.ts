// A streaming join gives what the same join gives when all rows are there, however its two inputs come: in whatever
// batches, whichever side is ahead. `SSQL_SEED` moves on to other rows.
import { expect, test } from 'vitest';
import { rowsOf, type RecordBatch } from '../src/data/batch.ts';
import { batchOf } from '../src/data/builder.ts';
import { cell } from '../src/data/cell.ts';
import { NO_ROW } from '../src/data/gather.ts';
import { timestampOf, timestampText } from '../src/data/timestamp.ts';
import type { Schema } from '../src/data/types.ts';
import type { Value } from '../src/data/value.ts';
import { column, integer, type Expr } from '../src/expr/expr.ts';
import type { AsofJoin, Retention } from '../src/plan/joins.ts';
import type { Join, Plan } from '../src/plan/plan.ts';
import { defaultSettings, type RunContext } from '../src/run/context.ts';
import { Memory } from '../src/run/memory.ts';
import type { Operator, Output } from '../src/run/operator.ts';
import { asofOperator } from '../src/run/operators/join-asof.ts';
import { streamAsofOperator } from '../src/run/operators/join-asof-stream.ts';
import { streamJoinOperator } from '../src/run/operators/join-stream.ts';
import { JoinSide } from '../src/run/operators/join-side.ts';
import { joinOperator } from '../src/run/operators/join.ts';
import { random, seeds, type Random } from './support/random.ts';

const DAY = Date.parse('2024-01-01T00:00:00Z') * 1000;
const SECOND = 1e6;
const NO_MARK = '0000-01-01 00:00:00';

/** Columns of one side; `name` makes them distinct. */
const schemaOf = (name: string): Schema => [
  { name: `k${name}`, type: 'INTEGER' },
  { name: `v${name}`, type: 'TEXT' },
  { name: `$time${name}`, type: 'TIMESTAMP' },
  { name: `$mark${name}`, type: 'TIMESTAMP' },
];
const side = (name: string): Plan => ({ op: 'values', schema: schemaOf(name), rows: [] });
const [left, right] = [side(''), side('_1')];
const at = (name: string): Expr => column(name, 'TIMESTAMP');
const plus = (e: Expr, seconds: number): Expr => ({
  kind: 'call',
  fn: 'timestamp_add',
  args: [e, integer(0), integer(seconds * SECOND)],
  type: 'TIMESTAMP',
});
const call = (fn: string, ...args: Expr[]): Expr => ({ kind: 'call', fn, args, type: 'BOOLEAN' });
const keys = [{ left: column('k', 'INTEGER'), right: column('k_1', 'INTEGER') }];

/** Rows of one side as its source gives them; none is late but where `late` says so. */
interface Stream {
  readonly rows: readonly (readonly Value[])[];
  /** Watermark behind each row; us. */
  readonly after: readonly number[];
}

function stream(r: Random, prefix: string, count: number, { keys: most = 4, disorder = 5, late = 0 } = {}): Stream {
  const rows: Value[][] = [];
  const after: number[] = [];
  let clock = 0;
  let greatest = -Infinity;
  for (let i = 0; i < count; i++) {
    clock += r.below(4);
    const back = r.chance(late) ? disorder + 1 + r.below(30) : r.below(disorder + 1);
    const time = DAY + (clock - back) * SECOND;
    const mark = greatest === -Infinity ? NO_MARK : timestampText(greatest - disorder * SECOND);
    rows.push([r.chance(0.1) ? null : BigInt(r.below(most)), `${prefix}${i}`, timestampText(time), mark]);
    greatest = Math.max(greatest, DAY + clock * SECOND);
    after.push(greatest - disorder * SECOND);
  }
  return { rows, after };
}

/** Gives both inputs to an operator in batches of random sizes, in a random order of the two, the left one being ahead the more often the greater `ahead` is. */
async function feed(
  operator: Operator,
  r: Random,
  streams: readonly [Stream, Stream],
  most: number,
  { isLateAllowed = false, ahead = 0.5 } = {},
): Promise<string[]> {
  const rows: string[] = [];
  let watermark = -Infinity;
  const out: Output = {
    emit: (batch) => {
      for (const row of valuesOf(batch)) {
        rows.push(row.join('|'));
        const times = row.filter((v, i) => batch.schema[i]!.name.startsWith('$time') && v !== null);
        const time = Math.max(...times.map((v) => timestampOf(v as string)!));
        if (!isLateAllowed) expect(time, 'a row before the watermark').toBeGreaterThanOrEqual(watermark);
      }
    },
    watermark: (time) => void (watermark = Math.max(watermark, time)),
    full: false,
  };
  const next = [0, 0];
  const open = new Set([0, 1]);
  while (open.size > 0) {
    const port = open.size === 2 ? Number(!r.chance(ahead)) : [...open][0]!;
    const { rows: all, after } = streams[port]!;
    const from = next[port]!;
    const to = Math.min(all.length, from + 1 + r.below(most));
    if (from < to) {
      await operator.onBatch(batchOf(schemaOf(port === 0 ? '' : '_1'), all.slice(from, to)), port, out);
      await operator.onWatermark?.(after[to - 1]!, port, out);
      next[port] = to;
    } else {
      await operator.onEnd?.(port, out);
      open.delete(port);
    }
  }
  return rows.sort();
}

const valuesOf = (batch: RecordBatch): Value[][] =>
  [...rowsOf(batch)].map((row) => batch.schema.map((f, c) => cell(batch.columns[c]!, f.type, row)));

/** The right side first, as in a bounded query. */
async function whole(operator: Operator, [l, r]: readonly [Stream, Stream]): Promise<string[]> {
  const rows: string[] = [];
  const out: Output = {
    emit: (batch) => void rows.push(...valuesOf(batch).map((row) => row.join('|'))),
    watermark: () => undefined,
    full: false,
  };
  await operator.onBatch(batchOf(schemaOf('_1'), r.rows), 1, out);
  await operator.onEnd?.(1, out);
  await operator.onBatch(batchOf(schemaOf(''), l.rows), 0, out);
  await operator.onEnd?.(0, out);
  return rows.sort();
}

const hidden = (name: string) => ({ time: `$time${name}`, mark: `$mark${name}` });
const kinds: readonly Join['kind'][] = ['inner', 'left', 'right', 'full', 'semi', 'anti'];

/** right.$time between left.$time - `before` and left.$time + `after` */
function interval(kind: Join['kind'], before: number, after: number, keyed = true): Join & { retention: Retention } {
  const on = call(
    'and',
    call('>=', at('$time_1'), plus(at('$time'), -before)),
    call('<=', at('$time_1'), plus(at('$time'), after)),
  );
  const half = kind === 'semi' || kind === 'anti';
  return {
    op: 'join',
    kind,
    schema: half ? left.schema : [...left.schema, ...right.schema],
    left,
    right,
    equal: keyed ? keys : [],
    on,
    retention: {
      left: { until: plus(at('$time'), after), eventTime: hidden('') },
      right: { until: plus(at('$time_1'), before), eventTime: hidden('_1') },
    },
  };
}

/** @param limit bytes that may be held; 0: as much as the machine has. */
const contextOf = (limit: number): RunContext =>
  ({
    settings: defaultSettings,
    memory: new Memory(limit),
    progress: { rowsLate: 0, bytesSpilled: 0 },
    signal: new AbortController().signal,
  }) as unknown as RunContext;

test.each(seeds(8))('interval joins, seed %i', async (seed) => {
  const r = random(seed);
  for (const kind of kinds) {
    const plan = interval(kind, r.below(12), r.below(12), r.chance(0.8));
    const size = { keys: 1 + r.below(8), disorder: r.below(8) };
    const streams = [stream(r, 'l', r.below(60), size), stream(r, 'r', r.below(60), size)] as const;
    const expected = await whole(joinOperator(plan), streams);
    for (const most of [1, 7, 4096]) {
      const operator = streamJoinOperator(plan, plan.retention, contextOf(0));
      expect(await feed(operator, r, streams, most), kind).toEqual(expected);
    }
  }
});

test.each(seeds(6))('what is joined in scratch files is the same, and so is what is late; seed %i', async (seed) => {
  const r = random(seed);
  let spilled = 0;
  for (const kind of kinds) {
    const plan = interval(kind, r.below(12), r.below(12));
    const late = r.chance(0.5) ? 0.2 : 0;
    const size = { keys: 1 + r.below(40), disorder: r.below(8), late };
    const streams = [stream(r, 'l', 40 + r.below(60), size), stream(r, 'r', 40 + r.below(60), size)] as const;
    const inMemory = streamJoinOperator(plan, plan.retention, contextOf(0));
    const expected = await feed(inMemory, r, streams, 5, { isLateAllowed: late > 0 });
    for (const [most, limit] of [
      [1, 1],
      [9, 1],
      [4, 3000],
      [12, 7000],
      [100, 20_000],
    ] as const) {
      const context = contextOf(limit);
      const operator = streamJoinOperator(plan, plan.retention, context);
      const rows = await feed(operator, r, streams, most, { isLateAllowed: late > 0, ahead: r.of([0.1, 0.5, 0.9]) });
      await operator.close?.(false);
      expect(rows, `${kind} ${most} ${limit}`).toEqual(expected);
      spilled += context.progress.bytesSpilled;
    }
  }
  expect(spilled).toBeGreaterThan(0);
});

test.each(seeds(5))('a late row meets the same rows whatever the batches are, seed %i', async (seed) => {
  const r = random(seed);
  for (const kind of kinds) {
    const plan = interval(kind, r.below(12), r.below(12));
    const streams = [stream(r, 'l', 50, { late: 0.2 }), stream(r, 'r', 50, { late: 0.2 })] as const;
    const once = async () =>
      feed(streamJoinOperator(plan, plan.retention, contextOf(0)), r, streams, r.of([1, 3, 50]), {
        isLateAllowed: true,
      });
    const expected = await once();
    for (let i = 0; i < 4; i++) expect(await once(), kind).toEqual(expected);
  }
});

test('what is kept is found after much has been forgotten', async () => {
  const r = random(1);
  const plan = interval('full', 10, 10);
  const streams = [stream(r, 'l', 12_000, { keys: 50 }), stream(r, 'r', 12_000, { keys: 50 })] as const;
  const expected = await whole(joinOperator(plan), streams);
  for (const [ahead, limit] of [
    [0.5, 0],
    [0.05, 0],
    [0.95, 0],
    [0.3, 100_000],
  ] as const) {
    const operator = streamJoinOperator(plan, plan.retention, contextOf(limit));
    expect(await feed(operator, r, streams, 400, { ahead })).toEqual(expected);
  }
});

test('a side keeps the rows that can still meet others, and gives those that met none', () => {
  const schema = schemaOf('');
  const state = new JoinSide(schema, [{ name: 'key', type: 'INTEGER' }], (batch) => [batch.columns[0]!]);
  const count = 20_000;
  const kept = 100;
  for (let n = 0; n < count; n++) {
    const rows = batchOf(schema, [[BigInt(n % 10), `r${n}`, NO_MARK, NO_MARK]]);
    const times = { until: Float64Array.of(n), time: Float64Array.of(n), mark: Float64Array.of(-Infinity) };
    state.add(rows, times, Uint8Array.of(n % 2));
    const unmet = state.expire(n - kept + 1);
    const [gone] = valuesOf(state.batch(unmet));
    expect(gone?.[1]).toBe(n >= kept && n % 2 === 0 ? `r${n - kept}` : undefined);
    state.compact();
    expect(state.alive).toBe(Math.min(n + 1, kept));
    expect(state.numbered).toBeLessThan(3 * 4096);
    expect(state.leastTime).toBe(Math.max(0, n - kept + 1 + ((n - kept + 1) % 2)));
  }
  const found = state.firstWith([batchOf(schema, [[3n, '', null, null]]).columns[0]!], {
    schema,
    length: 1,
    columns: [],
  });
  const chain: Value[] = [];
  for (let row = found[0]!; row !== NO_ROW; row = state.after[row]!) {
    if (state.dead[row] === 0) chain.push(valuesOf(state.batch(Uint32Array.of(row)))[0]![1]!);
  }
  expect(chain).toEqual(Array.from({ length: kept / 10 }, (_, i) => `r${count - kept + 3 + i * 10}`));
});

test.each(seeds(8))('ASOF joins, seed %i', async (seed) => {
  const r = random(seed);
  for (const compare of ['>=', '>', '<=', '<'] as const) {
    for (const kind of ['inner', 'left'] as const) {
      const plan: AsofJoin = {
        op: 'asof',
        kind,
        schema: [...left.schema, ...right.schema],
        left,
        right,
        equal: r.chance(0.8) ? keys : [],
        nearest: { left: at('$time'), right: at('$time_1'), compare },
        eventTime: { leftMark: '$mark', rightMark: '$mark_1' },
      };
      const size = { keys: 1 + r.below(5), disorder: r.below(8) };
      const streams = [stream(r, 'l', r.below(60), size), stream(r, 'r', r.below(60), size)] as const;
      const expected = await whole(asofOperator(plan), streams);
      for (const [most, limit] of [
        [1, 0],
        [7, 0],
        [4096, 0],
        [1, 1],
        [7, 5000],
        [4096, 1],
      ] as const) {
        const context = contextOf(limit);
        expect(await feed(streamAsofOperator(plan, context), r, streams, most), `${kind} ${compare}`).toEqual(expected);
        expect(context.progress.rowsLate).toBe(0);
      }
    }
  }
});

test('ASOF: a row of the very time of the watermark can still come, and is the nearer one', async () => {
  const plan: AsofJoin = {
    op: 'asof',
    kind: 'left',
    schema: [...left.schema, ...right.schema],
    left,
    right,
    equal: keys,
    nearest: { left: at('$time'), right: at('$time_1'), compare: '>=' },
    eventTime: { leftMark: '$mark', rightMark: '$mark_1' },
  };
  const operator = streamAsofOperator(plan, contextOf(0));
  const given: Value[] = [];
  const out: Output = {
    emit: (batch) => void given.push(...valuesOf(batch).map((row) => row[5]!)),
    watermark: () => undefined,
    full: false,
  };
  const row = (name: string, v: string) =>
    batchOf(schemaOf(name), [[1n, v, timestampText(DAY + 10 * SECOND), NO_MARK]]);
  await operator.onBatch(row('_1', 'first'), 1, out);
  await operator.onWatermark!(DAY + 10 * SECOND, 1, out);
  await operator.onBatch(row('', 'left'), 0, out);
  expect(given).toEqual([]);
  await operator.onBatch(row('_1', 'second'), 1, out);
  await operator.onWatermark!(DAY + 10 * SECOND + 1, 1, out);
  expect(given).toEqual(['second']);
});
