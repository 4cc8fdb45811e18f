// Window functions over rows that do not end: partitions that close with a window of time, or with groups that do.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Session } from '../src/index.ts';

const script = (more: string): string => `
  CREATE SOURCE nexmark (event_type INTEGER, bid JSON, dateTime TIMESTAMP METADATA,
    WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND) WITH (connector='nexmark', rate=100, seed=3${more});
  CREATE STREAM bid AS SELECT bid->>'auction' AS auction, bid->>'bidder' AS bidder, CAST(bid->>'price' AS INTEGER) AS price, dateTime
    FROM nexmark WHERE event_type = 2;`;

let session: Session;
beforeAll(async () => {
  session = await connect();
});
afterAll(() => session.close());

/** The rows as text, in any order. */
const rowsOf = async (more: string, query: string): Promise<string[]> => {
  const own = await connect();
  try {
    const { rows } = await own.rows(`${script(more)} ${query}`);
    return rows.map((row) => row.map(String).join('|'));
  } finally {
    await own.close();
  }
};

const tumble = "TUMBLE(bid, dateTime, INTERVAL '10' SECOND)";
describe.each<[what: string, query: string]>([
  [
    'the hottest auctions of each window (q5)',
    `FROM HOP(bid, dateTime, INTERVAL '2' SECOND, INTERVAL '10' SECOND)
     |> AGGREGATE count(*) AS n GROUP BY auction, window_start, window_end
     |> QUALIFY rank() OVER (PARTITION BY window_start ORDER BY n DESC) = 1 |> SELECT window_start, auction, n`,
  ],
  [
    'the highest bid of each window (q7)',
    `FROM ${tumble} |> QUALIFY price = max(price) OVER (PARTITION BY window_end) |> SELECT window_start, auction, price`,
  ],
  [
    'the last bid of each bidder in a window (q18)',
    `SELECT window_start, bidder, auction, price FROM ${tumble}
     QUALIFY row_number() OVER (PARTITION BY bidder, auction, window_start ORDER BY dateTime DESC, price) = 1`,
  ],
  [
    'the top 2 of a subquery (q19)',
    `SELECT window_start, auction, price, rn FROM
       (SELECT *, row_number() OVER (PARTITION BY auction, window_start ORDER BY price DESC, bidder) AS rn FROM ${tumble}) WHERE rn <= 2`,
  ],
  [
    'two windows at once, over an aggregation',
    `SELECT window_start, auction, count(*) AS n, row_number() OVER (PARTITION BY window_start ORDER BY count(*) DESC, auction) AS rn,
       sum(count(*)) OVER (PARTITION BY window_start) AS t FROM ${tumble} GROUP BY window_start, auction QUALIFY rn <= 3`,
  ],
  [
    'groups by a function of time that never falls',
    `SELECT strftime('%Y-%m-%d %H:%M', dateTime) AS m, auction % 3 AS k, count(*) AS n FROM bid GROUP BY m, k
     QUALIFY rank() OVER (PARTITION BY m ORDER BY n DESC) <= 2`,
  ],
  [
    'rows by a function of time that never falls',
    `SELECT strftime('%Y-%m-%d %H:%M', dateTime) AS m, auction, bidder, price, row_number() OVER w AS rn, max(price) OVER w AS top
     FROM bid WINDOW w AS (PARTITION BY strftime('%Y-%m-%d %H:%M', dateTime), auction % 3 ORDER BY price DESC, bidder, auction)
     QUALIFY rn <= 2`,
  ],
  [
    'the same of a subquery, by a number',
    `SELECT m, auction, bidder, price, rank() OVER (PARTITION BY auction % 2, m ORDER BY price DESC, bidder) AS r
     FROM (SELECT *, epoch_ms(dateTime) / 30000 AS m FROM bid WHERE price > 100) QUALIFY r <= 2`,
  ],
  [
    'windows of the rows that they give',
    `SELECT window_start, count(*) AS n, min(rn) AS first FROM TUMBLE(TABLE (
       SELECT dateTime, row_number() OVER (PARTITION BY date_trunc('minute', dateTime) ORDER BY price, bidder, auction) AS rn FROM bid),
       dateTime, INTERVAL '10' SECOND) GROUP BY window_start`,
  ],
  [
    'sessions',
    `SELECT window_end, bidder, auction, row_number() OVER (PARTITION BY bidder, window_end ORDER BY dateTime, price) AS rn
     FROM SESSION(bid PARTITION BY bidder, dateTime, INTERVAL '2' SECOND)`,
  ],
])('%s', (_what, query) => {
  test('comes as windows close, and is what a bounded input gives', async () => {
    const early = await rowsOf('', `SELECT * FROM (${query}) LIMIT 6`);
    expect(early).toHaveLength(6);
    // Events that come out of order, by less than the watermark waits, change nothing.
    for (const more of ['', ', out_of_order=100']) {
      const all = await rowsOf(`, events=20000${more}`, query);
      expect(all.length).toBeGreaterThan(6);
      expect(early.filter((row) => !all.includes(row))).toEqual([]);
    }
  });
});

test('without such a partition they are refused, with what would help', async () => {
  await expect(
    session.rows(`${script('')} SELECT row_number() OVER (PARTITION BY auction ORDER BY price) FROM bid`),
  ).rejects.toMatchObject({
    diagnostics: [
      {
        code: 'E0210',
        help: expect.arrayContaining([expect.stringContaining('PARTITION BY window_start')]) as unknown,
      },
    ],
  });
});
