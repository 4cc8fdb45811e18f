import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { rowsOf as rowsOfBatch } from '../src/data/batch.ts';
import { cell } from '../src/data/cell.ts';
import { NO_MARK } from '../src/data/event-time.ts';
import { timestampText } from '../src/data/timestamp.ts';
import type { Value } from '../src/data/value.ts';
import { Engine, type EngineOptions } from '../src/engine.ts';
import type { RowTaker } from '../src/row-taker.ts';
import { connect } from '../src/index.ts';
import { planFile } from '../src/plan/schema.ts';
import { Places } from '../src/run/operators/watermark-places.ts';
import { temporaryFolder } from './support/cli.ts';
import { random } from './support/random.ts';

/** Seconds after 2024-01-01 as a TIMESTAMP. */
const at = (seconds: number): string => timestampText(Date.UTC(2024, 0, 1) * 1000 + seconds * 1e6);

type Event = readonly [n: number, seconds: number];

const csv = (events: readonly Event[]): string => `n,ts\n${events.map(([n, s]) => `${n},${at(s)}\n`).join('')}`;

/** CREATE SOURCE over a file; `more` are further options. */
const source = (name: string, path: string, watermark: string, more = ''): string =>
  `CREATE SOURCE ${name} (n INTEGER, ts TIMESTAMP, ${watermark})
   WITH (connector = 'file', path = '${path}', format = 'csv', header = true${more});`;

const BOUND = "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND";
const ENDLESS = ', bounded = false';
const SIZES = [1, 7, 4096];

/** A file of events in a folder of its own. */
function fileOf(events: readonly Event[], name = 'events.csv'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, csv(events));
  return path;
}

interface Seen {
  readonly rows: readonly (readonly Value[])[];
  readonly log: readonly string[];
}

/** Runs a script in a session of its own. */
async function seen(script: string, options: EngineOptions = {}): Promise<Seen> {
  const rows: Value[][] = [];
  const log: string[] = [];
  const taker: RowTaker = {
    start: () => undefined,
    end: () => undefined,
    batch: (batch) => {
      for (const row of rowsOfBatch(batch))
        rows.push(batch.schema.map((f, c) => plain(cell(batch.columns[c]!, f.type, row))));
    },
  };
  const engine = new Engine(options);
  await engine.run({ name: 'q.ssql', text: script }, { taker, text: () => undefined, log: (line) => log.push(line) });
  return { rows, log };
}

const plain = (value: Value): Value => (typeof value === 'bigint' ? Number(value) : value);

const rowsOf = async (script: string, settings: EngineOptions['settings'] = {}): Promise<Seen['rows']> =>
  (await seen(script, { settings })).rows;

/** What a query gives and logs, for batches of every size: always the same. */
async function always(script: string): Promise<Seen> {
  const found: Seen[] = [];
  for (const size of SIZES) found.push(await seen(script, { settings: { batch_rows: size } }));
  for (const other of found) expect(other).toEqual(found[0]);
  return found[0]!;
}

/** In order but for at most `bound` seconds. */
function shuffled(count: number, bound: number, random: () => number): Event[] {
  const events = Array.from({ length: count }, (_, n): Event => [n, Math.floor(n / 3)]);
  const delayed = events.map((event) => ({ event, key: event[1] + random() * bound }));
  return delayed.sort((a, b) => a.key - b.key).map(({ event }) => event);
}

// n = 3 is late: 20 has come, so nothing before 15 is expected.
const events: readonly Event[] = [
  [0, 10],
  [1, 8],
  [2, 20],
  [3, 14],
  [4, 15],
  [5, 30],
];
const marks = [null, at(5), at(5), at(15), at(15), at(15)];

describe('the time of a row and the watermark before it', () => {
  test('are read by row_time() and current_watermark(), whatever the size of batches', async () => {
    const script = `${source('e', fileOf(events), BOUND)} SELECT n, row_time() AS t, current_watermark() AS w FROM e`;
    const { rows } = await always(script);
    expect(rows).toEqual(events.map(([n, s], i) => [n, at(s), marks[i]]));
  });

  test('are in no result, and no name reaches them', async () => {
    const create = source('e', fileOf(events), BOUND);
    const session = await connect();
    await session.execute(create);
    expect((await session.rows('SELECT * FROM e LIMIT 1')).columns).toEqual(['n', 'ts']);
    expect((await session.rows('FROM e |> EXTEND n + 1 AS m |> LIMIT 1')).columns).toEqual(['n', 'ts', 'm']);
    expect((await session.rows('SELECT n AS "$time" FROM e LIMIT 1')).rows).toEqual([[0]]);
    await expect(session.rows('SELECT "$mark" FROM e')).rejects.toThrow('$mark');
    await session.close();
  });

  test.each([
    ['filter', 'SELECT n, row_time() FROM e WHERE n >= 0'],
    ['projection in a subquery', 'SELECT m, row_time() FROM (SELECT n AS m FROM e)'],
    ['common table expression', 'WITH c AS (SELECT n FROM e) SELECT n, row_time() FROM c'],
    ['view', 'CREATE VIEW v AS SELECT n FROM e; SELECT n, row_time() FROM v'],
    ['pipes', 'FROM e |> EXTEND 1 AS one |> RENAME n AS m |> DROP ts |> SET one = 2 |> SELECT m, row_time() AS t'],
    ['DISTINCT', 'SELECT n, row_time() FROM (SELECT DISTINCT n FROM e)'],
    ['|> DISTINCT', 'FROM e |> SELECT n |> DISTINCT |> SELECT n, row_time() AS t'],
    ['ORDER BY and LIMIT', 'SELECT n, row_time() FROM (SELECT n FROM e ORDER BY -n LIMIT 100) ORDER BY n'],
    ['join with a table', 'SELECT n, row_time() FROM e JOIN (VALUES (1)) AS t ON column1 = 1'],
    ['command by rows', "FROM e |> SHELL 'cat' READS (n) WRITES (n INTEGER) AS MAP |> SELECT n, row_time() AS t"],
    ['command that filters', "FROM e |> SHELL 'cat' READS (n) FORMAT lines AS FILTER |> SELECT n, row_time() AS t"],
  ])('go along: %s', async (_, query) => {
    const { rows } = await always(`${source('e', fileOf(events), BOUND)} ${query}`);
    expect(rows).toEqual(events.map(([n, s]) => [n, at(s)]));
  });

  test('groups that close can be given the time of one of their rows, beside their own', async () => {
    const create = source('e', fileOf(events), BOUND);
    const [least] = [...events].sort(([, a], [, b]) => a - b);
    const groups = `SELECT date(ts) AS d, min(ts) AS first, row_time() AS t FROM e GROUP BY d`;
    const times = [at(least![1]), at(least![1])];
    expect((await always(`${create} SELECT first, t FROM (${groups})`)).rows).toEqual([times]);
    const hours = `SELECT window_end, row_time() FROM TUMBLE(e, ts, INTERVAL '1' HOUR) GROUP BY window_end`;
    expect((await always(`${create} ${hours}`)).rows).toEqual([[at(3600), `${at(3600 - 1)}.999999`]]);
  });

  test('UNION ALL keeps them; each row has the watermark of its own source', async () => {
    const path = fileOf(events);
    const other = fileOf([[9, 100]]);
    const { rows } = await always(`${source('a', path, BOUND)} ${source('b', other, BOUND)}
      SELECT n, current_watermark() FROM (SELECT * FROM a UNION ALL SELECT * FROM b)`);
    expect(rows).toEqual([...events.map(([n], i) => [n, marks[i]]), [9, null]]);
  });

  test('a joined row has the later time and the earlier watermark of the two', async () => {
    const [a, b] = [
      source('a', fileOf(events), BOUND),
      source(
        'b',
        fileOf([
          [2, 1],
          [5, 40],
        ]),
        BOUND,
      ),
    ];
    const query = 'SELECT a.n, row_time(), current_watermark() FROM';
    const expected = [
      [2, at(20), null],
      [5, at(40), at(-4)],
    ];
    for (const join of ['a JOIN b ON a.n = b.n', 'a, b WHERE a.n = b.n', 'a JOIN b USING (n)'])
      expect((await always(`${a} ${b} ${query} ${join} ORDER BY 1`)).rows).toEqual(expected);
    const outer = await always(`${a} ${b} SELECT a.n, row_time() FROM a LEFT JOIN b ON a.n = b.n ORDER BY 1`);
    expect(outer.rows).toEqual(events.map(([n, s]) => [n, n === 2 ? at(20) : n === 5 ? at(40) : at(s)]));
  });

  test('a batch can have one time for all its rows', async () => {
    const create = source('e', fileOf(events), BOUND, ", timestamps = 'batch'");
    const query = `${create} SELECT n, row_time(), current_watermark() FROM e`;
    const [four, one] = [await rowsOf(query, { batch_rows: 3 }), await rowsOf(query, { batch_rows: 1 })];
    expect(four).toEqual([0, 1, 2, 3, 4, 5].map((n) => [n, at(n < 3 ? 20 : 30), n < 3 ? null : at(15)]));
    expect(one).toEqual(events.map(([n, s], i) => [n, at(s), marks[i]]));
  });

  test('nobody who reads none of them pays for them', async () => {
    const session = await connect();
    await session.execute(source('e', fileOf(events), BOUND));
    expect((await session.explain('SELECT n FROM e WHERE n > 1')).text).not.toContain('Watermark');
    expect((await session.explain('SELECT n, row_time() FROM e')).text).toContain('Watermark');
    await session.close();
  });
});

describe('ORDER BY event time of rows that do not end', () => {
  test.each([1, 2, 3])('shuffled within the bound is sorted (seed %i)', async (seed) => {
    const chance = random(seed);
    const rows = shuffled(2000, 5, () => chance.next());
    const sorted = rows.toSorted((a, b) => a[1] - b[1] || a[0] - b[0]).map(([n, s]) => [n, at(s)]);
    const found = await always(`${source('e', fileOf(rows), BOUND, ENDLESS)} SELECT n, ts FROM e ORDER BY ts, n`);
    expect(found).toEqual({ rows: sorted, log: [] });
  });

  test('late rows are left out and counted', async () => {
    const { rows, log } = await always(`${source('e', fileOf(events), BOUND, ENDLESS)} SELECT n FROM e ORDER BY ts`);
    expect(rows).toEqual([[1], [0], [4], [2], [5]]);
    expect(log).toEqual(['1 late row left out']);
  });

  test('LATE ROWS KEEP: they come when they come', async () => {
    const create = source('e', fileOf(events), `${BOUND} LATE ROWS KEEP`, ENDLESS);
    const rows = await rowsOf(`${create} SELECT n FROM e ORDER BY ts`, { batch_rows: 1 });
    expect(rows.flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('a row is given as soon as the watermark has passed it', async () => {
    const command = "printf '1,2024-01-01 00:00:01\\n2,2024-01-01 00:00:09\\n'; sleep 60";
    const rows = await rowsOf(`CREATE SOURCE e (n INTEGER, ts TIMESTAMP, ${BOUND})
      WITH (connector = 'shell', command = $$${command}$$, format = 'csv', bounded = false);
      SELECT n FROM e ORDER BY ts LIMIT 1`);
    expect(rows).toEqual([[1]]);
  });

  test('a filter that lets nothing pass still passes watermarks on', async () => {
    const create = (name: string): string =>
      `CREATE SOURCE ${name} (n INTEGER, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'generator', rate = 1000);`;
    const rows = await rowsOf(`${create('a')} ${create('b')}
      SELECT n FROM (SELECT * FROM a WHERE n < 0 UNION ALL SELECT * FROM b) ORDER BY ts LIMIT 3`);
    expect(rows).toEqual([[1], [2], [3]]);
  });

  test('idle_timeout: the watermark goes on with the clock', async () => {
    const command = "printf '1,2024-01-01 00:00:01\\n'; sleep 600";
    const rows = await rowsOf(`CREATE SOURCE e (n INTEGER, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
      WITH (connector = 'shell', command = $$${command}$$, format = 'csv', bounded = false, idle_timeout = '300 ms');
      SELECT n FROM e ORDER BY ts LIMIT 1`);
    expect(rows).toEqual([[1]]);
  });
});

describe('a watermark that no row follows passes a command', () => {
  const window = `FROM TUMBLE(e, ts, INTERVAL '1' SECOND)`;
  test.each([
    ['where each row is answered', `${window} |> SHELL 'sed -u s/1/x/' READS (n) WRITES (x TEXT) AS MAP`],
    ['of any scope', `${window} |> SHELL 'sed -u s/1/x/' READS (n) WRITES (x TEXT) EMITS ONE FLUSHES RECORD`],
    [
      'to which nothing was sent',
      `${window} |> WHERE n > 9 |> SHELL 'sed -u s/1/x/' READS (n) AS FILTER |> UNION ALL (${window})`,
    ],
    ['that is a function', `${window} |> EXTEND f(n) AS x`],
  ])('%s', async (_, input) => {
    const command = "printf '1,2024-01-01 00:00:01\\n'; sleep 600";
    const script = `CREATE FUNCTION f(a TEXT) RETURNS TEXT AS SHELL 'sed -u s/1/x/' AS MAP FLUSHES RECORD;
      CREATE SOURCE e (n INTEGER, ts TIMESTAMP, WATERMARK FOR ts)
      WITH (connector = 'shell', command = $$${command}$$, format = 'csv', bounded = false, idle_timeout = '100 ms');
      ${input} |> AGGREGATE count(*) AS c GROUP BY window_start |> SELECT c |> LIMIT 1`;
    expect(await rowsOf(script, { optimizer: 'off' })).toEqual([[1]]);
  });
});

test('a watermark never passes rows that a command has not handed on', { timeout: 60_000 }, async () => {
  const path = fileOf(Array.from({ length: 60_000 }, (_, i): [number, number] => [i, i / 10]));
  for (const command of ['AS MAP', 'EMITS ONE'])
    for (const settings of [
      { optimizer: 'off' },
      { optimizer: 'off', batch_rows: 7 },
      { native: 'off', batch_rows: 100 },
    ])
      for (const more of ['', ', bounded = false']) {
        const input = `FROM e |> SHELL 'cat' READS (n) WRITES (x TEXT) ${command}`;
        const rows = await rowsOf(
          `${source('e', path, 'WATERMARK FOR ts', more)}
          SELECT n, m FROM (SELECT window_start, count(*) AS n, max(x) AS m
            FROM TUMBLE((${input}), ts, INTERVAL '1' SECOND) GROUP BY window_start) LIMIT 5990`,
          settings,
        );
        expect([command, settings, more, rows.length, rows.filter(([n]) => n !== 10)]).toEqual([command, settings, more, 5990, []]); // prettier-ignore
      }
});

describe('LATE ROWS INTO', () => {
  test('a file takes them, the query does not', async () => {
    const path = fileOf(events);
    for (const size of SIZES) {
      const late = join(temporaryFolder(), 'late.csv');
      const script = `CREATE SINK late (n INTEGER, ts TIMESTAMP) WITH (connector = 'file', path = '${late}');
        ${source('e', path, `${BOUND} LATE ROWS INTO late`)} SELECT n FROM e`;
      const { rows, log } = await seen(script, { settings: { batch_rows: size } });
      expect(rows).toEqual([[0], [1], [2], [4], [5]]);
      expect(readFileSync(late, 'utf8')).toBe(`n,ts\n3,${at(14)}\n`);
      expect(log).toEqual(['1 late row into late']);
    }
  });

  test('a table takes them, beside the result in the same database', async () => {
    const file = join(temporaryFolder(), 'shop.db');
    const db = new Database(file);
    db.exec('CREATE TABLE good (n INTEGER); CREATE TABLE late (n INTEGER, ts TEXT)');
    const session = await connect({ attach: { shop: file } });
    await session.execute(`${source('e', fileOf(events), `${BOUND} LATE ROWS INTO shop.late`)}
      INSERT INTO shop.good SELECT n FROM e`);
    await session.close();
    expect(db.prepare('SELECT group_concat(n) FROM good').pluck().get()).toBe('0,1,2,4,5');
    expect(db.prepare('SELECT n, ts FROM late').all()).toEqual([{ n: 3, ts: at(14) }]);
    db.close();
  });

  test('a source that is read more than once puts each of them there once', async () => {
    const path = fileOf(events);
    const sinkTo = (name: string, file: string): string =>
      `CREATE SINK ${name} WITH (connector = 'file', path = '${file}', format = 'csv');`;
    for (const query of [
      'SELECT l.n FROM e l JOIN e r ON l.n = r.n;',
      'SELECT n FROM e UNION ALL SELECT n FROM e;',
      'INSERT INTO x SELECT n FROM e; INSERT INTO y SELECT n + 1 AS n FROM e;',
    ]) {
      const [late, x, y] = ['late.csv', 'x.csv', 'y.csv'].map((name) => join(temporaryFolder(), name));
      const sinks = sinkTo('late', late!) + sinkTo('x', x!) + sinkTo('y', y!);
      const { log } = await seen(`${sinks} ${source('e', path, `${BOUND} LATE ROWS INTO late`)} ${query}`);
      expect(readFileSync(late!, 'utf8')).toBe(`n,ts\n3,${at(14)}\n`);
      expect(log.filter((line) => line.includes('late row'))).toEqual(['1 late row into late']);
    }
  });

  test('two sources share a file, which has one header', async () => {
    const late = join(temporaryFolder(), 'late.csv');
    const script = `CREATE SINK late WITH (connector = 'file', path = '${late}', format = 'csv');
      ${source('e', fileOf(events), `${BOUND} LATE ROWS INTO late`)}
      ${source('f', fileOf(events, 'f.csv'), `${BOUND} LATE ROWS INTO late`)}
      SELECT e.n FROM e JOIN f ON e.n = f.n;`;
    for (const optimizer of ['on', 'off']) {
      writeFileSync(late, '');
      await seen(script, { settings: { optimizer } });
      expect(readFileSync(late, 'utf8')).toBe(`n,ts\n3,${at(14)}\n3,${at(14)}\n`);
    }
  });

  test('a run that fails leaves no row there', async () => {
    const file = join(temporaryFolder(), 'shop.db');
    const db = new Database(file);
    db.exec('CREATE TABLE good (n INTEGER CHECK (n < 5)); CREATE TABLE late (n INTEGER, ts TEXT)');
    const session = await connect({ attach: { shop: file } });
    await expect(
      session.execute(`${source('e', fileOf(events), `${BOUND} LATE ROWS INTO shop.late`)}
        INSERT INTO shop.good SELECT n FROM e`),
    ).rejects.toThrow();
    await session.close();
    expect(db.prepare('SELECT count(*) FROM late').pluck().get()).toBe(0);
    db.close();
  });
});

describe('several files of one source', () => {
  test('a file that is still to come may have rows of any time', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '1.csv'), csv(events));
    writeFileSync(
      join(folder, '2.csv'),
      csv([
        [6, 2],
        [7, 50],
        [8, 40],
        [9, 60],
      ]),
    );
    const create = source('e', join(folder, '*.csv'), BOUND);
    const { rows } = await always(`${create} SELECT n, current_watermark() FROM e`);
    expect(rows).toEqual([
      ...events.map(([n]) => [n, null]),
      [6, null],
      [7, timestampText(Date.UTC(2023, 11, 31, 23, 59, 57) * 1000)],
      [8, at(45)],
      [9, at(45)],
    ]);
  });

  test('the least of several places counts, but for those that are idle', () => {
    const places = new Places({ column: 'p', names: ['a', 'b'], inTurn: false }, 0);
    const [a, b] = [places.place('a', 0), places.place('b', 0)];
    expect(places.raise(a, 10)).toBe(NO_MARK);
    expect(places.raise(b, 4)).toBe(4);
    expect(places.raise(b, 20)).toBe(10);
    expect(places.raise(a, 8)).toBe(10);
    places.heard(a, 100);
    expect(places.tick(150, 100)).toBe(10);
    places.heard(b, 160);
    expect(places.tick(200, 100)).toBe(20);
    // A place that nobody knew of is waited for, but nothing that was said is taken back.
    expect(places.raise(places.place('c', 200), 15)).toBe(20);
    expect(places.tick(400, 100)).toBe(20 + 200_000);
  });
});

describe('a row without event time', () => {
  const text = `n,ts\n1,${at(1)}\n2,\n3,${at(3)}\n`;
  const create = (more: string): string => {
    const path = join(temporaryFolder(), 'e.csv');
    writeFileSync(path, text);
    return `${source('e', path, BOUND, more)} SELECT n, row_time() FROM e`;
  };

  test('fails the run, or is left out and counted, as on_error says', async () => {
    await expect(rowsOf(create(''))).rejects.toThrow('row 2 has no event time');
    const { rows, log } = await always(create(", on_error = 'skip'"));
    expect(rows).toEqual([
      [1, at(1)],
      [3, at(3)],
    ]);
    expect(log).toEqual(['skipped: source e: row 2 has no event time: ts is NULL']);
  });

  test('goes to the sink that on_error names', async () => {
    const bad = join(temporaryFolder(), 'bad.jsonl');
    const sink = `CREATE SINK bad WITH (connector = 'file', path = '${bad}', format = 'jsonl');`;
    for (const size of SIZES) {
      writeFileSync(bad, '');
      const script = `${sink} ${create(", on_error = 'bad'")}`;
      const { rows, log } = await seen(script, { settings: { batch_rows: size } });
      expect(rows).toEqual([
        [1, at(1)],
        [3, at(3)],
      ]);
      expect(log.at(-1)).toBe('1 rejected row into bad');
      expect(JSON.parse(readFileSync(bad, 'utf8'))).toMatchObject({ text: '2,' });
    }
  });
});

describe('SHELL that carries nothing', () => {
  const create = (): string => source('e', fileOf(events), BOUND);

  test('TIME LATEST, the default: a barrier gives all rows the last time it saw', async () => {
    const { rows } = await always(`${create()} FROM e |> SHELL 'sort -rn' READS (n) WRITES (n INTEGER)
      |> SELECT n, row_time() AS t`);
    expect(rows).toEqual([5, 4, 3, 2, 1, 0].map((n) => [n, at(30)]));
  });

  test('TIME EARLIEST and TIME FROM', async () => {
    const earliest = await always(`${create()} FROM e |> SHELL 'sort -n' READS (n) WRITES (n INTEGER) TIME EARLIEST
      |> SELECT n, row_time() AS t`);
    expect(earliest.rows).toEqual(events.map(([n]) => [n, at(8)]));
    const from = await always(`${create()} FROM e |> SHELL 'sort -n' READS (n, ts) FORMAT tsv
      WRITES (n INTEGER, moved TIMESTAMP) TIME FROM moved |> SELECT n, row_time() AS t, current_watermark() AS w`);
    expect(from.rows).toEqual(
      events.map(([n, s], i) => [n, at(s), i === 0 ? null : at(Math.max(...events.slice(0, i).map((e) => e[1])))]),
    );
  });
});

describe('EMIT ON WINDOW CLOSE', () => {
  const perWindow = (from: string): string =>
    `SELECT window_start, count(*), sum(n) FROM TUMBLE(${from}, ts, INTERVAL '10' SECOND) GROUP BY window_start`;
  const streamed = 'CREATE STREAM s AS SELECT n, ts FROM e WHERE n >= 0;';
  /** Events out of order by less than 20 s, for whom the watermark of their source does not wait. */
  const shuffled = (r: ReturnType<typeof random>): Event[] => {
    const keyed = Array.from({ length: 60 }, (_, n) => ({ n, s: n * 2, at: n * 2 + r.next() * 20 }));
    return keyed.sort((a, b) => a.at - b.at).map(({ n, s }) => [n, s]);
  };

  test.each(SIZES)('WITH DELAY waits for late rows, of a source and of a stream; batches of %i', async (batch_rows) => {
    const events = shuffled(random(batch_rows));
    const e = source('e', fileOf(events), 'WATERMARK FOR ts', ENDLESS);
    const settings = { settings: { batch_rows } };
    const sorted = [...events].sort(([, a], [, b]) => a - b);
    const inOrder = await seen(source('e', fileOf(sorted), 'WATERMARK FOR ts') + perWindow('e'), settings);
    for (const script of [e + perWindow('e'), e + streamed + perWindow('s')]) {
      const delayed = await seen(`${script} EMIT ON WINDOW CLOSE WITH DELAY INTERVAL '20' SECOND`, settings);
      expect(delayed).toEqual(inOrder);
      const atOnce = await seen(script, settings);
      expect(atOnce.log).toEqual([expect.stringMatching(/late rows? left out/)]);
      expect(await seen(`${script} EMIT ON WINDOW CLOSE WITH DELAY '0 s'`, settings)).toEqual(atOnce);
    }
  });

  test('a stream that others read waits for late rows for this query only', async () => {
    const e = source('e', fileOf([[1, 1], [2, 12], [3, 5]]), 'WATERMARK FOR ts', ENDLESS); // prettier-ignore
    const folder = temporaryFolder();
    const sink = (name: string) =>
      `CREATE SINK ${name} (w TIMESTAMP, c INTEGER, n INTEGER) WITH (connector = 'file', path = '${join(folder, name)}', format = 'csv', header = false);`;
    const all = 'CREATE STREAM s AS SELECT * FROM e;';
    await seen(
      `SET batch_rows = 1; ${e}${all}${sink('a')}${sink('b')} INSERT INTO a ${perWindow('s')};
       INSERT INTO b ${perWindow('s')} EMIT ON WINDOW CLOSE WITH DELAY '10 s'`,
    );
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe(`${at(0)},1,1\n${at(10)},1,2\n`);
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe(`${at(0)},2,4\n${at(10)},1,2\n`);
  });

  test.each(['e', 's'])('TIMEOUT closes windows of %s of which no more rows come', async (from) => {
    const go = join(temporaryFolder(), 'go');
    const e = `CREATE SOURCE e (n INTEGER, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'shell', format = 'csv', header = false,
      command = 'echo "1,${at(9.99)}"; while [ ! -e ${go} ]; do sleep 0.02; done');`;
    const session = await connect();
    // Without the timeout the first row would come when the command ends, which it does not before that.
    for await (const batch of session.stream(
      `${e}${streamed}${perWindow(from)} EMIT ON WINDOW CLOSE TIMEOUT '30 ms'`,
    )) {
      expect([...batch.rows()].map(([, count]) => count)).toEqual([1]);
      writeFileSync(go, '');
    }
    await session.close();
    expect(readFileSync(go, 'utf8')).toBe('');
  });

  test('a DELAY without event time waits for nothing', async () => {
    await expect(seen("SELECT count(*) FROM (VALUES (1)) EMIT ON WINDOW CLOSE WITH DELAY '1 s'")).rejects.toThrow(
      /nothing that is read here has event time/,
    );
  });
});

test('a plan file says all of it', async () => {
  const folder = temporaryFolder();
  for (const name of ['1.csv', '2.csv']) writeFileSync(join(folder, name), csv(events));
  const script = `CREATE SINK late (n INTEGER, ts TIMESTAMP)
      WITH (connector = 'file', path = '${join(folder, 'late.jsonl')}');
    ${source('e', join(folder, '*.csv'), `${BOUND} LATE ROWS INTO late`, ", bounded = false, idle_timeout = '1 h'")}
    FROM e |> SHELL 'cat' READS (n) WRITES (m INTEGER) |> SELECT m, row_time() AS at |> ORDER BY at`;
  const file = await new Engine().planFile({ name: 'q.ssql', text: script });
  const read = planFile.parse(JSON.parse(JSON.stringify(file)));
  expect(read).toEqual(file);
  const text = JSON.stringify(read);
  for (const part of ['"op":"watermark"', '"op":"timesort"', '"late":"into"', '"partitions"', '"time":"latest"'])
    expect(text).toContain(part);
});

test('PROCTIME() is the time of the clock, and moves', async () => {
  const before = timestampText(Date.now() * 1000);
  const [row] = await rowsOf('SELECT PROCTIME()');
  const text = String(row![0]);
  expect(text >= before && text <= timestampText(Date.now() * 1000 + 999)).toBe(true);
});
