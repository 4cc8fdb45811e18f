// SQLite is the oracle: a bounded query over random tables gives what better-sqlite3 gives on the same file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, RunError, type Session } from '../src/index.ts';
import { random } from './support/random.ts';
import { randomQuery, type RandomQuery } from './support/random-sql.ts';
import { createTable, randomTables, type Cell, type Table } from './support/random-tables.ts';
import { shrunk, sqlOf } from './support/sql-tree.ts';

const CASES = Number(process.env['SSQL_FUZZ'] ?? 2000);
const SEED = Number(process.env['SSQL_SEED'] ?? Date.now() % 1_000_000_007);
/** Queries that are asked of the same random tables: filling tables is what takes time. */
const QUERIES = 10;

const folder = mkdtempSync(join(tmpdir(), 'ssql-oracle-'));
const file = join(folder, 'oracle.db');
const db = new Database(file);
const sessions: { readonly name: string; readonly session: Session }[] = [];

beforeAll(async () => {
  db.pragma('journal_mode = wal');
  for (const settings of [
    { batch_rows: 4096 },
    { pushdown: 'off', batch_rows: 7 },
    { optimizer: 'off', batch_rows: 1 },
  ]) {
    const session = await connect({ attach: { o: file }, settings });
    sessions.push({ name: JSON.stringify(settings), session });
  }
});
afterAll(async () => {
  for (const { session } of sessions) await session.close();
  db.close();
  rmSync(folder, { recursive: true });
});

function fill(tables: readonly Table[]): void {
  db.transaction(() => {
    for (const table of tables) {
      const { name, columns, rows } = table;
      db.exec(`DROP TABLE IF EXISTS ${name}; ${createTable(table)}`);
      const insert = db.prepare(`INSERT INTO ${name} VALUES (${columns.map(() => '?').join(', ')})`);
      for (const row of rows) insert.run(row);
    }
  })();
}

type Outcome = { readonly rows: readonly string[] } | { readonly error: string };

const printed = (rows: readonly (readonly unknown[])[], ordered: boolean): readonly string[] => {
  const lines = rows.map((row) => row.map(cellText).join(' | '));
  return ordered ? lines : lines.sort();
};
const cellText = (value: unknown): string =>
  value === null
    ? 'NULL'
    : value instanceof Uint8Array
      ? `x'${Buffer.from(value).toString('hex')}'`
      : typeof value === 'string'
        ? JSON.stringify(value)
        : Object.is(value, -0)
          ? '0'
          : `${value as number}`;

function sqlite(sql: string, ordered: boolean): Outcome {
  try {
    const rows = db.prepare(sql).raw().safeIntegers().all() as unknown[][];
    return { rows: printed(rows, ordered) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}
async function ours(session: Session, sql: string, ordered: boolean): Promise<Outcome & { readonly isData?: boolean }> {
  try {
    return { rows: printed((await session.rows(sql)).rows, ordered) };
  } catch (error) {
    return { error: (error as Error).stack ?? String(error), isData: error instanceof RunError };
  }
}

/** What is wrong with our answer; undefined where it is right, 'open' where SQLite gives none or we may differ. */
async function difference(session: Session, { piece, ordered }: RandomQuery): Promise<string | undefined> {
  const sql = sqlOf(piece);
  const theirs = sqlite(sql, ordered);
  if ('error' in theirs) return 'open';
  const mine = await ours(session, sql, ordered);
  // Where we leave SQLite: int64 overflow of + - * is an error here and a REAL there (reference: Integers).
  if ('error' in mine && mine.isData && /integer overflow/.test(mine.error)) return 'open';
  if ('rows' in mine && mine.rows.join('\n') === theirs.rows.join('\n')) return undefined;
  const answer = 'error' in mine ? mine.error : mine.rows.join('\n');
  return `SQLite:\n${theirs.rows.join('\n')}\nssql:\n${answer}`;
}

const isWrong = (found: string | undefined): boolean => found !== undefined && found !== 'open';

/** What kind of wrong: while a query is made smaller it has to stay the same. */
const symptom = (found: string | undefined): string =>
  isWrong(found) ? (/^ssql:\n(\w*Error: .{0,12})/m.exec(found!)?.[1] ?? 'rows') : '';

/** The least query over the least tables that is still answered wrongly, to be read by a person. */
async function reported(session: Session, name: string, query: RandomQuery, tables: readonly Table[]): Promise<string> {
  const seen = symptom(await difference(session, query));
  const asBefore = async (piece: RandomQuery['piece']) =>
    symptom(await difference(session, { ...query, piece })) === seen;
  const piece = await shrunk(query.piece, asBefore);
  let least = tables.filter(({ name: table }) => new RegExp(`\\b${table}\\b`).test(sqlOf(piece)));
  const still = async (some: readonly Table[]) => {
    fill(some);
    return asBefore(piece);
  };
  for (const [t, table] of least.entries()) {
    for (let row = table.rows.length - 1; row >= 0; row--) {
      const less = least.with(t, { ...least[t]!, rows: least[t]!.rows.filter((_, i) => i !== row) });
      if (await still(less)) least = less;
    }
  }
  fill(least);
  const inserts = least.flatMap((table) => [
    `${createTable(table)};`,
    ...table.rows.map((row) => `INSERT INTO ${table.name} VALUES (${row.map(literal).join(', ')});`),
  ]);
  return `${inserts.join('\n')}\n${sqlOf(piece)}\nwith ${name}\n${await difference(session, { ...query, piece })}`;
}

const literal = (value: Cell): string =>
  typeof value === 'string'
    ? `'${value.replaceAll("'", "''")}'`
    : value instanceof Uint8Array
      ? `x'${Buffer.from(value).toString('hex')}'`
      : String(value);

test(`${CASES} random queries over random tables = SQLite (SSQL_SEED=${SEED})`, { timeout: 60 * 60_000 }, async () => {
  let answered = 0;
  const wrong: string[] = [];
  for (let round = 0; round < CASES / QUERIES && wrong.length < 3; round++) {
    const r = random(SEED * 1000 + round);
    const tables = randomTables(r);
    fill(tables);
    for (let i = 0; i < QUERIES; i++) {
      const query = randomQuery(r, tables);
      const { name, session } = sessions[(round + i) % sessions.length]!;
      const found = await difference(session, query);
      if (found === undefined) answered++;
      if (!isWrong(found)) continue;
      wrong.push(await reported(session, name, query, tables));
      fill(tables);
    }
  }
  expect(wrong.join('\n\n')).toBe('');
  // Errors must stay the exception, or the test says nothing.
  expect(answered).toBeGreaterThan(CASES * 0.8);
});
