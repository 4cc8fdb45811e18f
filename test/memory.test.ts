// SET memory_limit: what does not fit goes to scratch files, and the rows are the same, in the same order.
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { connect } from '../src/index.ts';

const SEED = Number(process.env['SSQL_SEED'] ?? Date.now() % 1_000_000_007);
const folder = mkdtempSync(join(tmpdir(), 'ssql-memory-'));
const scratch = mkdtempSync(join(tmpdir(), 'ssql-scratch-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(scratch, { recursive: true });
});

/** Scratch files have no name: they are seen among what this process has open. */
const openScratchFiles = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('.ssql-');
    } catch {
      return false;
    }
  }).length;

type Setting = Readonly<Record<string, string | number>>;

async function rowsOf(sql: string, settings: Setting): Promise<readonly string[]> {
  const session = await connect({ settings: { temp_directory: scratch, ...settings } });
  try {
    const { rows } = await session.rows(sql);
    return rows.map((row) => row.map((v) => (v instanceof Uint8Array ? `x'${Buffer.from(v).toString('hex')}'` : JSON.stringify(typeof v === 'bigint' ? `${v}n` : v))).join(' ')); // prettier-ignore
  } finally {
    await session.close();
  }
}

/** A CSV of random rows; few values of each column, so that groups, ties and matches are frequent. */
const table = (rows: readonly (readonly (string | number)[])[]): string =>
  ['k,s,x,y', ...rows.map((row) => row.join(','))].join('\n') + '\n';

const cells = fc.tuple(
  fc.oneof(fc.integer({ min: -3, max: 40 }), fc.constant('')),
  fc.constantFrom('', 'a', 'B', 'b', 'ab ', 'ab', 'é', 'zz', 'a rather long text that is in no register'),
  fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant('9007199254740993')),
  fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant('0.5'), fc.constant('')),
);

const queries = [
  'SELECT * FROM t ORDER BY x, s DESC NULLS LAST',
  'SELECT k, s FROM t ORDER BY y DESC, k',
  'SELECT s || k AS sk, x FROM t ORDER BY lower(s), abs(k) DESC LIMIT 17',
  'SELECT * FROM t ORDER BY s COLLATE NOCASE LIMIT 200 OFFSET 20',
  'SELECT k, count(*), sum(x), total(y), avg(y), min(s), max(y) FROM t GROUP BY k',
  'SELECT s COLLATE NOCASE, k % 7, count(s), min(x), max(s) FROM t GROUP BY 1, 2',
  'SELECT k, s, min(y), x FROM t GROUP BY k, s',
  "SELECT k, count(DISTINCT s), group_concat(s, '-'), median(length(s)), first(s), last(s) FROM t GROUP BY k",
  "SELECT x, sum(DISTINCT y), group_concat(s, '+' ORDER BY y, k) FROM t GROUP BY x",
  'SELECT count(DISTINCT y), sum(DISTINCT k), max(DISTINCT s) FROM t',
] as const;

describe.each([
  ['everything spills', { memory_limit: 1, batch_rows: 1 }],
  ['every batch spills', { memory_limit: 1, batch_rows: 7 }],
  ['a few KB', { memory_limit: '3kB', batch_rows: 16 }],
  ['one spill of several batches', { memory_limit: '20 KB', batch_rows: 4096 }],
] satisfies [string, Setting][])('%s', (_name, limited) => {
  test.each(queries)('%s', async (query) => {
    await fc.assert(
      fc.asyncProperty(fc.array(cells, { maxLength: 150 }), async (rows) => {
        const file = join(folder, 't.csv');
        writeFileSync(file, table(rows));
        const sql = query.replaceAll(' t ', ` read_csv('${file}') AS t `).replace(/ t$/, ` read_csv('${file}') AS t`);
        expect(await rowsOf(sql, limited)).toEqual(await rowsOf(sql, { batch_rows: 4096 }));
      }),
      { seed: SEED, numRuns: 6 },
    );
    expect(readdirSync(scratch)).toEqual([]);
    expect(openScratchFiles()).toBe(0);
  });
});
