// The events of connector nexmark: proportions, ids, times and texts as the benchmark has them.
import { describe, expect, test } from 'vitest';
import { connectors } from '../src/connect/catalog.ts';
import { OptionError, type ConnectContext, type Offset } from '../src/connect/connector.ts';
import { rowCount } from '../src/data/batch.ts';
import type { Value } from '../src/data/value.ts';
import type { Options } from '../src/plan/plan.ts';
import { schemaOf, valuesOf } from './support/decode.ts';

interface Event {
  readonly type: number;
  readonly person: Record<string, string | number> | null;
  readonly auction: Record<string, string | number> | null;
  readonly bid: Record<string, string | number> | null;
  readonly at: string;
}

async function rowsOf(options: Options, at?: Offset, batchRows = 4096): Promise<Value[][]> {
  const source = connectors.get('nexmark')!.source!;
  const described = await source.describe(options, undefined);
  const context = { signal: new AbortController().signal, batchRows } as unknown as ConnectContext;
  const rows: Value[][] = [];
  const request = { options: described.options, schema: described.schema, pushed: [], label: 'it' };
  for await (const { batch } of source.open(request, at, context)) rows.push(...valuesOf([batch]));
  return rows;
}

const parsed = (value: Value | undefined) =>
  value === null ? null : (JSON.parse(value as string) as Record<string, string | number>);
const eventsOf = async (options: Options): Promise<Event[]> =>
  (await rowsOf(options)).map(([type, person, auction, bid, at]) => ({
    type: Number(type),
    person: parsed(person),
    auction: parsed(auction),
    bid: parsed(bid),
    at: at as string,
  }));

const recordsOf = (events: readonly Event[], kind: 'person' | 'auction' | 'bid') =>
  events.map((e) => e[kind]).filter((record) => record !== null);

test('of fifty events one is a person, three are auctions, the others bids', async () => {
  const events = await eventsOf({ events: 10_000 });
  const types = events.map((e) => e.type);
  expect([0, 1, 2].map((type) => types.filter((t) => t === type).length)).toEqual([200, 600, 9200]);
  for (const e of events) {
    expect([e.person, e.auction, e.bid].map((r) => r !== null)).toEqual([e.type === 0, e.type === 1, e.type === 2]);
  }
  const people = recordsOf(events, 'person');
  const auctions = recordsOf(events, 'auction');
  expect(people.map((p) => p['id'])).toEqual(people.map((_, i) => 1000 + i));
  expect(auctions.map((a) => a['id'])).toEqual(auctions.map((_, i) => 1000 + i));
});

test('what a record holds', async () => {
  const events = await eventsOf({ events: 50_000, seed: 3 });
  const people = recordsOf(events, 'person');
  const auctions = recordsOf(events, 'auction');
  const bids = recordsOf(events, 'bid');
  const names = 'id,name,emailAddress,creditCard,city,state,extra,dateTime';
  expect(Object.keys(people[0]!).sort()).toEqual(names.split(',').sort());
  expect(people.every((p) => /^\d{4} \d{4} \d{4} \d{4}$/.test(p['creditCard'] as string))).toBe(true);
  expect(new Set(people.map((p) => p['state'])).size).toBe(6);
  expect(new Set(people.map((p) => p['city'])).size).toBe(10);
  expect(new Set(auctions.map((a) => a['category']))).toEqual(new Set([10, 11, 12, 13, 14]));
  expect(auctions.every((a) => a['reserve']! > a['initialBid']! && a['expires']! > a['dateTime']!)).toBe(true);
  const share = (list: readonly object[], of: (r: Record<string, string | number>) => boolean): number =>
    list.filter((r) => of(r as Record<string, string | number>)).length / list.length;
  expect(share(auctions, (a) => (a['seller'] as number) % 100 === 0)).toBeGreaterThan(0.72);
  expect(share(bids, (b) => (b['bidder'] as number) % 100 === 1)).toBeGreaterThan(0.72);
  expect(share(bids, (b) => (b['bidder'] as number) % 100 === 1)).toBeLessThan(0.79);
  expect(share(bids, (b) => /^(Google|Facebook|Baidu|Apple)$/.test(b['channel'] as string))).toBeCloseTo(0.5, 1);
  const others = bids.filter((b) => (b['channel'] as string).startsWith('channel-'));
  expect(share(others, (b) => /&channel_id=\d+$/.test(b['url'] as string))).toBeCloseTo(0.9, 1);
  expect(
    bids.every((b) => /^https:\/\/www\.nexmark\.com(\/[a-z_]*){3}\/item\.htm\?query=1/.test(b['url'] as string)),
  ).toBe(true);
  const mean = (list: readonly { readonly extra?: unknown }[]): number =>
    list.reduce((sum, r) => sum + String(r.extra).length, 0) / list.length;
  expect(mean(bids)).toBeCloseTo(68, -1);
  const prices = bids.map((b) => Math.log10((b['price'] as number) / 100));
  expect(prices.reduce((a, b) => a + b, 0) / prices.length).toBeCloseTo(3, 0);
});

test('people and auctions that bids name are there by then, or will be soon', async () => {
  const events = await eventsOf({ events: 20_000 });
  let [person, auction] = [1000, 999];
  for (const e of events) {
    if (e.person !== null) person = e.person['id'] as number;
    if (e.auction !== null) auction = e.auction['id'] as number;
    if (e.bid === null) continue;
    expect(e.bid['bidder']).toBeLessThanOrEqual(person + 10);
    expect(e.bid['auction']).toBeLessThanOrEqual(auction + 10);
    expect(e.bid['auction']).toBeGreaterThanOrEqual(Math.max(1000, auction - 200));
  }
});

describe('order', () => {
  test('in order: n / rate after the base', async () => {
    const events = await eventsOf({ events: 1000, rate: 3, base: '2020-01-01 00:00:00' });
    expect(events.slice(0, 4).map((e) => e.at)).toEqual([
      '2020-01-01 00:00:00',
      '2020-01-01 00:00:00.333333',
      '2020-01-01 00:00:00.666666',
      '2020-01-01 00:00:01',
    ]);
    expect(events.every((e) => (e.person ?? e.auction ?? e.bid)!['dateTime'] === e.at)).toBe(true);
  });

  test('out of order: the same events, shuffled within their groups', async () => {
    const ordered = await rowsOf({ events: 1000 });
    const shuffled = await rowsOf({ events: 1000, out_of_order: 100 });
    expect(shuffled).not.toEqual(ordered);
    for (let group = 0; group < 1000; group += 100) {
      const byTime = (rows: Value[][]) =>
        rows.slice(group, group + 100).sort((a, b) => ((a[4] as string) < (b[4] as string) ? -1 : 1));
      expect(byTime(shuffled)).toEqual(byTime(ordered));
    }
    expect(shuffled[1]![4]).toBe(ordered[53]![4]);
  });
});

test('a row depends on the seed and its number alone', async () => {
  const all = await rowsOf({ events: 500, seed: 7, out_of_order: 10 });
  expect(await rowsOf({ events: 500, seed: 7, out_of_order: 10 }, undefined, 7)).toEqual(all);
  expect(await rowsOf({ events: 500, seed: 7, out_of_order: 10 }, { row: 123 })).toEqual(all.slice(123));
  expect(await rowsOf({ events: 500, seed: 8, out_of_order: 10 })).not.toEqual(all);
});

test('realtime: at the rate of event time', async () => {
  const start = performance.now();
  await rowsOf({ events: 60, rate: 200, realtime: true });
  expect(performance.now() - start).toBeGreaterThan(280);
});

test('without end, only some columns: stops when nobody wants more', async () => {
  const source = connectors.get('nexmark')!.source!;
  const described = await source.describe({}, schemaOf('event_type:INTEGER bid:JSON'));
  expect(described.bounded).toBe(false);
  let rows = 0;
  const context = { signal: new AbortController().signal, batchRows: 1000 } as unknown as ConnectContext;
  for await (const { batch } of source.open({ ...described, pushed: [], label: 'it' }, undefined, context)) {
    rows += rowCount(batch);
    if (rows >= 5000) break;
  }
  expect(rows).toBe(5000);
});

test.each<[options: Options, columns: string | undefined, said: RegExp]>([
  [{ rate: 0 }, undefined, /option rate is 0/],
  [{ out_of_order: 0 }, undefined, /option out_of_order is 0/],
  [{ base: 'soon' }, undefined, /option base is 'soon'/],
  [{ evnts: 1 }, undefined, /no option evnts/],
  [{}, 'event_typ:INTEGER', /no column `event_typ`/],
  [{}, 'bid:INTEGER', /column `bid` is JSON, not INTEGER/],
])('refused: %j', async (options, columns, said) => {
  const declared = columns === undefined ? undefined : schemaOf(columns);
  const error = await connectors
    .get('nexmark')!
    .source!.describe(options, declared)
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(OptionError);
  expect((error as Error).message).toMatch(said);
});
