// SET state_ttl: a key of which no row has come for so long begins anew. By event time that is the same for batches of any
// size; a model that looks at one row after the other says what it is. `SSQL_SEED` moves on to other rows.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { batchOf } from '../src/data/builder.ts';
import { connect } from '../src/index.ts';
import { KeyTtl } from '../src/run/operators/key-ttl.ts';
import { temporaryFolder } from './support/cli.ts';
import type { Schema } from '../src/data/types.ts';
import { text } from './support/events.ts';
import { random, seeds } from './support/random.ts';

const BOUND = 10;
const TTL = 60;
const SIZES = [1, 7, 4096];

interface Row {
  readonly n: number;
  readonly s: number;
  readonly k: string;
  readonly v: number;
}

/** Keys come in bursts: some are away for longer than the time that they are kept. */
function rowsOf(seed: number): readonly Row[] {
  const r = random(seed);
  let clock = Date.UTC(2024, 0, 1) / 1000;
  return Array.from({ length: 120 }, (_, n) => {
    clock += r.chance(0.08) ? 40 + r.below(60) : r.below(4);
    const k = r.chance(0.7) ? r.of(['a', 'b']) : r.of(['c', 'd', 'e', 'f', 'g', 'h']);
    return { n, s: clock - r.below(BOUND), k, v: r.below(50) };
  });
}

/** Whether the key of each row begins anew with it. */
function beginnings(rows: readonly Row[]): readonly boolean[] {
  const last = new Map<string, number>();
  let greatest = -Infinity;
  return rows.map(({ k, s }) => {
    const before = last.get(k);
    const isNew = before === undefined || before + TTL < greatest - BOUND;
    last.set(k, isNew ? s : Math.max(before, s));
    greatest = Math.max(greatest, s);
    return isNew;
  });
}

async function logOf(rows: readonly Row[], query: string, batch_rows: number): Promise<string[]> {
  const path = join(temporaryFolder(), 'e.csv');
  writeFileSync(path, `n,ts,k,v\n${rows.map(({ n, s, k, v }) => `${n},${text(s)},${k},${v}\n`).join('')}`);
  const session = await connect({ settings: { batch_rows } });
  try {
    const { rows: given } = await session.rows(`
      CREATE SOURCE e (n INTEGER, ts TIMESTAMP, k TEXT, v INTEGER, WATERMARK FOR ts AS ts - INTERVAL '${BOUND}' SECOND)
        WITH (connector = 'file', path = '${path}', format = 'csv', header = true, bounded = false);
      SET state_ttl = '${TTL} s'; ${query} EMIT CHANGES`);
    return given.map((row) => row.map((value) => `${value as string}`).join(' '));
  } finally {
    await session.close();
  }
}

/** What the groups of rows that go together are at each row. */
function running<T>(rows: readonly Row[], of: (group: readonly Row[]) => T): readonly T[] {
  const groups = new Map<string, Row[]>();
  const isNew = beginnings(rows);
  return rows.map((row, i) => {
    if (isNew[i]!) groups.set(row.k, []);
    const group = groups.get(row.k)!;
    group.push(row);
    return of(group);
  });
}

const distinct = (values: readonly number[]): number => new Set(values).size;

const summary = (group: readonly Row[]): string => {
  const values = group.map(({ v }) => v);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return [
    group.length,
    values.reduce((sum, v) => sum + v, 0),
    mean,
    Math.min(...values),
    distinct(values.map((v) => v % 5)),
    group.map(({ n }) => n).join('-'),
    text(Math.max(...group.map(({ s }) => s))),
    group.find(({ v }) => v === Math.max(...values))!.n,
  ].join(' ');
};

test.each(seeds(6))('GROUP BY, seed %i', async (seed) => {
  const rows = rowsOf(seed);
  expect(beginnings(rows).filter(Boolean).length).toBeGreaterThan(8);
  const query = `SELECT k, count(*), sum(v), avg(v), min(v), count(DISTINCT v % 5), group_concat(n, '-'), max(ts),
    arg_max(n, v) FROM e GROUP BY k`;
  const states = running(rows, summary);
  const isNew = beginnings(rows);
  const expected = rows.flatMap(({ k }, i) => {
    const now = `${k} ${states[i]!}`;
    if (isNew[i]!) return [`+I ${now}`];
    const before = rows.findLastIndex((row, at) => at < i && row.k === k);
    return [`-U ${k} ${states[before]!}`, `+U ${now}`];
  });
  expect(await logOf(rows, query, 1)).toEqual(expected);
  const latest = new Map(rows.map(({ k }, i) => [k, `${k} ${states[i]!}`]));
  for (const size of SIZES) {
    const log = await logOf(rows, query, size);
    const last = new Map(log.filter((line) => line.startsWith('+')).map((line) => [line[3], line.slice(3)]));
    expect(last, `${size}`).toEqual(latest);
    expect(log.filter((line) => line.startsWith('+I')).length, `${size}`).toBe(isNew.filter(Boolean).length);
  }
});

test.each(seeds(4))('DISTINCT and OVER, seed %i', async (seed) => {
  const rows = rowsOf(seed);
  const isNew = beginnings(rows);
  const first = rows.filter((_, i) => isNew[i]!).map(({ k }) => `+I ${k}`);
  const numbers = running(rows, (group) => group.length);
  const totals = running(rows, (group) => group.reduce((sum, { v }) => sum + v, 0));
  for (const size of SIZES) {
    expect(await logOf(rows, 'SELECT DISTINCT k FROM e', size)).toEqual(first);
    const over = `SELECT n, row_number() OVER w, sum(v) OVER w FROM e WINDOW w AS (PARTITION BY k ORDER BY n)`;
    const numbered = rows.map(({ n }, i) => `+I ${n} ${numbers[i]!} ${totals[i]!}`);
    expect((await logOf(rows, over, size)).sort(), `${size}`).toEqual(numbered.sort());
  }
});

test('what others go on with is taken back when it is forgotten', async () => {
  const start = Date.UTC(2024, 0, 1) / 1000;
  const rows = [0, 1, 200, 201, 202].map((s, n) => ({ n, s: start + s, k: s < 100 ? 'a' : 'b', v: 1 }));
  const query = 'SELECT count(*), sum(c) FROM (SELECT k, count(*) AS c FROM e GROUP BY k)';
  const log = await logOf(rows, query, 1);
  expect(log.at(-1)).toBe('+U 1 3');
  expect(log).toContain('+U 2 3');
});

afterEach(() => void vi.useRealTimers());

test('without event time the clock says what is forgotten', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const schema: Schema = [{ name: 'k', type: 'INTEGER' }];
  let keys: number[] = [];
  const taken: string[] = [];
  const ttl = new KeyTtl({ ms: 1000 }, schema, {
    get size() {
      return keys.length;
    },
    number({ columns, selection, length }) {
      const { values } = columns[0] as { readonly values: Float64Array };
      for (const row of selection!) if (!keys.includes(values[row]!)) keys.push(values[row]!);
      return Uint32Array.from({ length }, (_, row) => keys.indexOf(values[row]!));
    },
    take: (rows, _, before) => void taken.push(`rows ${rows.selection!.join()} of ${before} keys`),
    retain: (ids) => void (keys = Array.from(ids, (id) => keys[id]!)),
  });
  const take = (...values: number[]) => ttl.take(batchOf(schema, values.map((v) => [BigInt(v)]))); // prettier-ignore
  await take(7, 8);
  vi.advanceTimersByTime(900);
  await take(8);
  vi.advanceTimersByTime(900);
  // 7 has been away for 1.8 s, 8 for 0.9 s.
  await take(8, 7);
  expect(keys).toEqual([8, 7]);
  expect(taken).toEqual(['rows 0,1 of 0 keys', 'rows 0 of 2 keys', 'rows 0 of 2 keys', 'rows 1 of 1 keys']);
});
