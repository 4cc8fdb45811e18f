// What windows and joins of streams hold goes to scratch files beyond memory_limit: the rows that come out are the same, those of
// windows in the same order, and so is what is late. `SSQL_SEED` moves on to other rows.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rowsOf } from '../src/data/batch.ts';
import { cell } from '../src/data/cell.ts';
import type { Value } from '../src/data/value.ts';
import { Engine } from '../src/engine.ts';
import type { RowTaker } from '../src/row-taker.ts';
import type { Progress } from '../src/run/context.ts';
import { temporaryFolder } from './support/cli.ts';
import { text } from './support/events.ts';
import { random, seeds, type Random } from './support/random.ts';

const BOUND = 20;

interface Outcome {
  readonly rows: readonly string[];
  readonly log: readonly string[];
  readonly spilled: number;
}

async function run(
  script: string,
  scratch: string,
  settings: Readonly<Record<string, string | number>>,
): Promise<Outcome> {
  const engine = new Engine({ settings: { temp_directory: scratch, ...settings } });
  const rows: string[] = [];
  const log: string[] = [];
  let progress: Readonly<Progress> | undefined;
  const printed = (value: Value): string =>
    typeof value === 'bigint' ? `${value}` : typeof value === 'number' ? `real ${value}` : JSON.stringify(value);
  const taker: RowTaker = {
    start: () => undefined,
    batch: (batch) => {
      for (const row of rowsOf(batch))
        rows.push(batch.schema.map(({ type }, c) => printed(cell(batch.columns[c]!, type, row))).join(' '));
    },
    end: () => undefined,
  };
  try {
    const started = (_: unknown, p: Readonly<Progress>): void => void (progress = p);
    await engine.run({ name: 'sql', text: script }, { taker, text: () => undefined, log: (l) => log.push(l), started });
  } finally {
    engine.close();
  }
  return { rows, log, spilled: progress!.bytesSpilled };
}

/** Rows whose times mostly rise; some are late, some far behind or ahead. */
function csv(r: Random, count: number, lateness: number): string {
  let clock = Date.UTC(2024, 0, 1) / 1000;
  const lines = Array.from({ length: count }, (_, n) => {
    clock += r.chance(0.05) ? r.below(200) : r.below(4);
    const back = r.chance(lateness) ? BOUND + r.below(90) : r.below(BOUND);
    const k = r.chance(0.05) ? '' : r.below(8);
    const v = r.chance(0.1) ? '' : r.below(1000) - 100;
    return `${n},${text(clock - back)},${k},${r.of(['a', 'B', 'b', 'é', ''])},${v},${r.next() - 0.5}`;
  });
  return ['n,ts,k,s,v,x', ...lines].join('\n') + '\n';
}

/** A source over one file or three. @param lateness how often a row is late. */
function sourceOf(r: Random, files: number, late: string, more: string, name = 'e', lateness = 0.1): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'in'));
  for (let i = 0; i < files; i++) writeFileSync(join(folder, 'in', `${i}.csv`), csv(r, 50 + r.below(100), lateness));
  const into = late.endsWith('INTO late')
    ? `CREATE SINK late WITH (connector = 'file', path = '${join(folder, 'late.csv')}');`
    : '';
  return `${into} CREATE SOURCE ${name} (n INTEGER, ts TIMESTAMP, k INTEGER, s TEXT, v INTEGER, x REAL,
      WATERMARK FOR ts AS ts - INTERVAL '${BOUND}' SECOND ${late})
    WITH (connector = 'file', path = '${join(folder, 'in', files === 1 ? '0.csv' : '*.csv')}', format = 'csv',
      header = true${more});`;
}

const small = 'count(*), sum(v), total(x), avg(v), min(s), max(v), first(n), last(s), arg_max(n, v)';
const queries = [
  `SELECT window_start, k, ${small} FROM TUMBLE(e, ts, INTERVAL '30' SECOND) GROUP BY window_start, window_end, k`,
  `SELECT k, s, window_end, count(*), avg(x) FROM HOP(e, ts, INTERVAL '7' SECOND, INTERVAL '40' SECOND) GROUP BY ALL`,
  `SELECT window_end, s, sum(v) FROM CUMULATE(e, ts, INTERVAL '10' SECOND, INTERVAL '1' MINUTE) GROUP BY window_end, s`,
  "SELECT strftime('%Y-%m-%d %H:%M', ts) AS m, k, count(*), n, max(v) FROM e GROUP BY m, k",
  'SELECT ts, s COLLATE NOCASE AS c, count(*), sum(v) FROM e GROUP BY ts, c',
  `SELECT window_end, k % 2, count(v), min(n), s FROM TUMBLE(e, ts, INTERVAL '1' MINUTE) GROUP BY window_end, k % 2
   HAVING count(*) > 1`,
  `SELECT window_end, count(*), sum(c) FROM TUMBLE((SELECT k, window_end - INTERVAL '1' SECOND AS t, count(*) AS c
     FROM TUMBLE(e, ts, INTERVAL '10' SECOND) GROUP BY window_end, k), t, INTERVAL '30' SECOND)
   GROUP BY window_end`,
  `SELECT window_end, s, count(DISTINCT k), sum(DISTINCT v), max(n), total(DISTINCT x) FILTER (WHERE v > 50)
   FROM TUMBLE(e, ts, INTERVAL '45' SECOND) GROUP BY window_end, s`,
  `SELECT window_end, k, median(v), group_concat(s, '-'), json_group_array(json_array(n)), count(DISTINCT s COLLATE NOCASE), n
   FROM HOP(e, ts, INTERVAL '30' SECOND, INTERVAL '1' MINUTE) GROUP BY window_end, k`,
  `SELECT window_end, s, group_concat(DISTINCT k ORDER BY k DESC), list(n ORDER BY v, n), percentile(x, 30), avg(v)
   FROM CUMULATE(e, ts, INTERVAL '1' MINUTE, INTERVAL '3' MINUTE) GROUP BY window_end, s`,
  `SELECT window_end, k, x, count(*) FROM TUMBLE(e, ts, INTERVAL '5' MINUTE) GROUP BY window_end, k, x LIMIT 40`,
  `SELECT window_start, window_end, k, n, x FROM SESSION(e PARTITION BY k, ts, INTERVAL '20' SECOND)`,
  `SELECT window_start, window_end, n, s FROM SESSION(e, ts, INTERVAL '3' SECOND)`,
  `SELECT window_start, window_end, n, s FROM SESSION(e PARTITION BY s COLLATE NOCASE, ts, '15 s', max_duration => '40 s')`,
  `SELECT window_end, k, s, ${small} FROM SESSION(e PARTITION BY (k, s), ts, INTERVAL '30' SECOND) GROUP BY window_end, k, s`,
  'SELECT n, ts, s, x FROM e ORDER BY ts',
  'SELECT n, ts, k FROM e WHERE v IS NOT NULL ORDER BY ts, s COLLATE NOCASE DESC, v % 10, x',
  "SELECT n, ts, k, row_number() OVER (PARTITION BY strftime('%Y-%m-%d %H:%M', ts), k ORDER BY v, s DESC) AS r FROM e",
  'SELECT window_start, window_end, k, n, s FROM TUMBLE_ROWS(e PARTITION BY k, 7)',
  'SELECT window_end, s, k, x, n FROM HOP_ROWS(e PARTITION BY s COLLATE NOCASE, 2, 9)',
  'SELECT window_start, window_end, n FROM HOP_ROWS(e, 4, 11, partial => false)',
  'SELECT window_end, k, count(*), sum(v), min(s) FROM TUMBLE_ROWS(e PARTITION BY k, 5) GROUP BY window_end, k',
];

const sources = [
  [1, '', ''],
  [3, '', ', bounded = false'],
  [1, 'LATE ROWS KEEP', ', bounded = false'],
  [3, 'LATE ROWS INTO late', ''],
] as const;

test.each(queries.flatMap((query) => sources.map(([files, late, more]) => [query, files, late, more] as const)))(
  '%s over %i files %s%s',
  async (query, files, late, more) => {
    const scratch = temporaryFolder();
    let spilled = 0;
    for (const seed of seeds(2)) {
      const r = random(seed);
      const script = `${sourceOf(r, files, late, more)} ${query}`;
      const batch_rows = [4096, 3, 64, 1][seed % 4]!;
      const whole = await run(script, scratch, { batch_rows });
      expect(whole.spilled).toBe(0);
      for (const memory_limit of [1, r.of(['4kB', '12 kB', '40 kB'])]) {
        const { rows, log, ...got } = await run(script, scratch, { batch_rows, memory_limit });
        expect({ seed, memory_limit, rows, log }).toEqual({ seed, memory_limit, rows: whole.rows, log: whole.log });
        spilled += got.spilled;
      }
    }
    expect(spilled).toBeGreaterThan(0);
    expect(readdirSync(scratch)).toEqual([]);
  },
);

const joins = [
  `SELECT e.n, f.n, e.s, f.x FROM e JOIN f ON e.k = f.k AND f.ts BETWEEN e.ts - INTERVAL '15' SECOND AND e.ts`,
  `SELECT e.n, f.n FROM e LEFT JOIN f WITHIN INTERVAL '9' SECOND ON e.k = f.k AND e.s = f.s AND e.v < f.v`,
  `SELECT e.n, f.n FROM e FULL JOIN f WITHIN INTERVAL '20' SECOND ON e.k = f.v % 8`,
  `SELECT e.n FROM e WHERE NOT EXISTS (SELECT 1 FROM f WHERE f.k = e.k AND f.ts BETWEEN e.ts AND e.ts + INTERVAL '1' MINUTE)`,
  `SELECT e.n, f.n, f.s FROM e JOIN f WITHIN INTERVAL '12' SECOND ON e.k % 1 = f.k % 1 AND e.v < f.v`,
  `SELECT e.n, f.n FROM e FULL JOIN f WITHIN INTERVAL '6' SECOND ON e.k % 1 = f.k % 1 AND e.s <> f.s`,
  `SELECT e.n, f.n, f.s FROM e JOIN f ON f.ts BETWEEN e.ts - INTERVAL '8' SECOND AND e.ts AND e.v < f.v`,
  `SELECT e.n, e.s, f.n FROM e LEFT JOIN f WITHIN INTERVAL '3' SECOND ON e.v < f.v AND e.s > f.s`,
  `SELECT e.n FROM e WHERE EXISTS (SELECT 1 FROM f WHERE f.v > e.v AND f.ts BETWEEN e.ts AND e.ts + INTERVAL '5' SECOND)`,
  `SELECT e.n FROM e WHERE NOT EXISTS (SELECT 1 FROM f WHERE f.v > e.v + 50 AND f.ts BETWEEN e.ts AND e.ts + INTERVAL '20' SECOND)`,
  'SELECT e.n, f.n, f.s FROM e ASOF JOIN f ON e.k = f.k AND e.ts >= f.ts',
  'SELECT e.n, e.x, f.n FROM e ASOF LEFT JOIN f ON e.k = f.k AND e.s = f.s AND e.ts > f.ts',
  'SELECT e.n, f.n FROM e ASOF LEFT JOIN f ON e.ts >= f.ts',
  `SELECT a.window_end, a.k, a.c, b.c FROM
     (SELECT window_end, k, count(*) AS c FROM TUMBLE(e, ts, INTERVAL '30' SECOND) GROUP BY window_end, k) AS a
     JOIN (SELECT window_end, k, sum(v) AS c FROM TUMBLE(f, ts, INTERVAL '30' SECOND) GROUP BY window_end, k) AS b
     ON a.window_end = b.window_end AND a.k IS b.k`,
  `SELECT window_end, k, count(*), sum(v) FROM TUMBLE((SELECT row_time() AS t, e.k, f.v FROM e
     LEFT JOIN f WITHIN INTERVAL '30' SECOND ON e.k = f.k), t, INTERVAL '1' MINUTE) GROUP BY window_end, k`,
  `SET state_ttl = '1 hour'; SELECT e.n, f.n FROM e JOIN f ON e.k = f.k AND e.s = f.s`,
];

test.each(joins.flatMap((query) => [1, 3].map((files) => [query, files] as const)))(
  '%s over %i files',
  async (query, files) => {
    const scratch = temporaryFolder();
    let spilled = 0;
    for (const seed of seeds(2)) {
      const r = random(seed);
      // Of a late row the pair may come when the window is over: that depends on how the sides come.
      const lateness = query.includes('row_time') ? 0 : 0.1;
      const [e, f] = ['e', 'f'].map((name) => sourceOf(r, files, '', ', bounded = false', name, lateness));
      const script = `${e} ${f} ${query}`;
      const whole = await run(script, scratch, { batch_rows: 4096 });
      for (const [memory_limit, batch_rows] of [
        [1, 3],
        [1, 64],
        ['25 kB', 16],
      ] as const) {
        const { rows, log, ...got } = await run(script, scratch, { batch_rows, memory_limit });
        // Which side comes when is not settled, and so is the order in which pairs are found.
        expect({ seed, memory_limit, rows: [...rows].sort() }).toEqual({ seed, memory_limit, rows: [...whole.rows].sort() }); // prettier-ignore
        // After the last left row of an ASOF join nobody looks whether right ones are late.
        if (!query.includes('ASOF'))
          expect({ seed, memory_limit, log }).toEqual({ seed, memory_limit, log: whole.log });
        spilled += got.spilled;
      }
    }
    expect(spilled).toBeGreaterThan(0);
    expect(readdirSync(scratch)).toEqual([]);
  },
);
