// SQLite is the oracle: a bounded query over random tables gives what better-sqlite3 gives on the same file.
import { afterAll, expect, test } from 'vitest';
import { difference, Oracle, type Way } from './support/oracle.ts';
import { random, type Random } from './support/random.ts';
import { randomPipe } from './support/random-pipe.ts';
import { randomQuery, randomView, type RandomQuery } from './support/random-sql.ts';
import { createTable, insertedColumns, randomTables, type Cell, type Table } from './support/random-tables.ts';
import { shrunk, sqlOf } from './support/sql-tree.ts';

/** `SSQL_FUZZ=20000 SSQL_SEED=1` for more cases, each of them then run in three ways, or for the same ones again. */
const FUZZ = process.env['SSQL_FUZZ'];
const CASES = Number(FUZZ ?? 2000);
const SEED = Number(process.env['SSQL_SEED']);
/** Queries that are asked of the same random tables: filling tables is what takes time. */
const QUERIES = 10;

const oracle = new Oracle();
afterAll(() => oracle.close());

function fill(tables: readonly Table[]): void {
  const { db } = oracle;
  const old = db.prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view')").raw().all();
  db.transaction(() => {
    for (const [type, name] of old as [string, string][]) db.exec(`DROP ${type} ${name}`);
    for (const table of tables) {
      db.exec(createTable(table).join('; '));
      const columns = insertedColumns(table);
      if (table.rows.length === 0) continue;
      const insert = db.prepare(
        `INSERT INTO ${table.name} (${columns.map((c) => c.name).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      );
      for (const row of table.rows) insert.run(row);
    }
  })();
}

/** Tables, and mostly a view over them that SQLite can read. */
function relations(r: Random): readonly Table[] {
  const tables = randomTables(r);
  fill(tables);
  const all = r.chance(0.4) ? [...tables, randomView(r, tables, 'x')] : tables;
  fill(all);
  return 'error' in oracle.theirs('SELECT * FROM x', false) ? tables : all;
}

/** What is wrong with our answer; '' where it is right, undefined where SQLite gives none or we may differ. */
async function wrongness(way: Way, { piece, ordered }: RandomQuery): Promise<string | undefined> {
  const theirs = oracle.theirs(sqlOf(piece, 'theirs'), ordered);
  if ('error' in theirs) return undefined;
  const ours = await oracle.ours(way, sqlOf(piece, 'ours'), ordered);
  // Where we leave SQLite: int64 overflow of + - * is an error here and a REAL there (reference: Integers).
  if ('error' in ours && ours.of === 'data' && ours.error.includes('integer overflow')) return undefined;
  const found = difference(ours, theirs);
  // SQLite has errors where an index serves a LIKE in the ON of a RIGHT JOIN: then its answer depends on the index.
  const isTheirs = found !== '' && difference(oracle.withoutIndexes(sqlOf(piece, 'theirs'), ordered), theirs) !== '';
  return isTheirs ? undefined : found;
}

/** What kind of wrong: while a query is made smaller it has to stay the same. */
const symptom = (found = ''): string =>
  found === '' ? '' : (/^ssql:\n((?:\w*Error|\w+ `).{0,12})/m.exec(found)?.[1] ?? 'rows');

/** The least query over the least tables that is still answered wrongly, to be read by a person. */
async function reported(way: Way, query: RandomQuery, tables: readonly Table[]): Promise<string> {
  const seen = symptom(await wrongness(way, query));
  const asBefore = async (piece: RandomQuery['piece']) => symptom(await wrongness(way, { ...query, piece })) === seen;
  const piece = await shrunk(query.piece, asBefore);
  let least = tables;
  const still = async (some: readonly Table[]) => {
    fill(some);
    return asBefore(piece);
  };
  for (const table of tables) {
    const fewer = least.filter((t) => t !== table);
    if (await still(fewer)) least = fewer;
  }
  for (const [t, table] of least.entries()) {
    for (let row = table.rows.length - 1; row >= 0; row--) {
      const less = least.with(t, { ...least[t]!, rows: least[t]!.rows.filter((_, i) => i !== row) });
      if (await still(less)) least = less;
    }
  }
  fill(least);
  const made = least.flatMap((table) => [
    ...createTable(table),
    ...table.rows.map((row) => {
      const names = insertedColumns(table).map((c) => c.name).join(', '); // prettier-ignore
      return `INSERT INTO ${table.name} (${names}) VALUES (${row.map(literal).join(', ')})`;
    }),
  ]);
  const [ours, theirs] = [sqlOf(piece, 'ours'), sqlOf(piece, 'theirs')];
  const asked = ours === theirs ? ours : `${ours}\nwhich is\n${theirs}`;
  return `${made.join(';\n')};\n${asked}\nwith ${way.name}\n${await wrongness(way, { ...query, piece })}`;
}

const literal = (value: Cell): string =>
  typeof value === 'string'
    ? `'${value.replaceAll("'", "''")}'`
    : value instanceof Uint8Array
      ? `x'${Buffer.from(value).toString('hex')}'`
      : String(value);

test(`${CASES} random queries over random tables = SQLite (SSQL_SEED=${SEED})`, { timeout: 180 * 60_000 }, async () => {
  let answered = 0;
  const wrong: string[] = [];
  for (let round = 0; round < CASES / QUERIES && wrong.length < 3; round++) {
    const r = random(SEED * 1000 + round);
    const tables = relations(r);
    for (let i = 0; i < QUERIES; i++) {
      const query = r.chance(0.2) ? randomPipe(r, tables) : randomQuery(r, tables);
      const ways = oracle.ways.map((sizes) => r.of(sizes));
      const asked = FUZZ === undefined ? [ways[(round + i) % ways.length]!] : ways;
      const found: (string | undefined)[] = [];
      for (const way of asked) {
        const one = await wrongness(way, query);
        found.push(one);
        if (one === undefined || one === '') continue;
        wrong.push(await reported(way, query, tables));
        fill(tables);
        break;
      }
      if (found.every((one) => one === '')) answered++;
    }
  }
  expect(wrong.join('\n\n')).toBe('');
  // Errors must stay the exception, or the test says nothing.
  expect(answered).toBeGreaterThan(CASES * 0.75);
});
