import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { timestampText } from '../../src/data/timestamp.ts';
import { connect } from '../../src/index.ts';
import { temporaryFolder } from './cli.ts';
import { random, type Random } from './random.ts';

/** A row of the relation `e (n INTEGER, ts TIMESTAMP, k TEXT, v INTEGER)`; `s` is its time in seconds since 1970. */
export interface Event {
  readonly n: number;
  readonly s: number;
  readonly k: string;
  readonly v: number;
}

/** Events whose times rise, with ties and gaps. @param from seconds since 1970 */
export function randomEvents(seed: number, count: number, from: number): Event[] {
  const r = random(seed);
  let s = from;
  return Array.from({ length: count }, (_, n) => {
    s += r.chance(0.1) ? r.below(120) : r.below(6);
    return { n, s, k: r.of(['a', 'b', 'c']), v: r.below(100) - 20 };
  });
}

/** The same events in another order, none more than `bound` seconds behind one that comes before it. */
export function shuffled(events: readonly Event[], bound: number, r: Random): Event[] {
  const keyed = events.map((e) => ({ e, at: e.s + r.next() * bound }));
  return keyed.sort((a, b) => a.at - b.at).map(({ e }) => e);
}

export const text = (s: number): string => timestampText(s * 1e6);

/** A table `e` of a new database with these rows, in that order. */
export function tableOf(events: readonly Event[]): { readonly db: Database.Database; readonly file: string } {
  const file = join(temporaryFolder(), 'events.db');
  const db = new Database(file);
  db.exec('CREATE TABLE e (n INTEGER, ts TIMESTAMP, k TEXT, v INTEGER)');
  const insert = db.prepare('INSERT INTO e VALUES (?, ?, ?, ?)');
  db.transaction(() => {
    for (const { n, s, k, v } of events) insert.run(BigInt(n), text(s), k, BigInt(v));
  })();
  return { db, file };
}

/** CREATE SOURCE e over a file with these rows, in that order. @param more further options, each with a comma before it */
export function sourceOf(events: readonly Event[], watermark: string, more = ''): string {
  const path = join(temporaryFolder(), 'events.csv');
  writeFileSync(path, `n,ts,k,v\n${events.map(({ n, s, k, v }) => `${n},${text(s)},${k},${v}\n`).join('')}`);
  return `CREATE SOURCE e (n INTEGER, ts TIMESTAMP, k TEXT, v INTEGER${watermark && `, ${watermark}`})
    WITH (connector = 'file', path = '${path}', format = 'csv', header = true${more});`;
}

/** The rows of a query over `e`, cells parted by `|`, in the order in which they come. */
export async function rowsOver(source: string, sql: string, batchRows = 4096): Promise<string[]> {
  const session = await connect({ settings: { batch_rows: batchRows } });
  try {
    const { rows } = await session.rows(`${source} ${sql}`);
    return rows.map((row) => row.map((cell) => (cell === null ? 'NULL' : `${cell as string}`)).join('|'));
  } finally {
    await session.close();
  }
}
