import type { ConnectContext, SourceRequest } from '../connector.ts';
import { Cursor, LEAST_ROWID } from './cursor.ts';
import type { Connection } from './driver.ts';
import { quote } from './names.ts';
import { PageReader, type Relation } from './page.ts';

/** More distinct values than that are not worth asking about: most rows have one of their own. */
const MOST_VALUES = 10_000;
const TABLE = 'temp.ssql_chosen';

/**
 * The condition that a row's value is one of those that are kept, or undefined where that is not to be known: there are
 * too many, or the command failed, or somebody wrote to the database meanwhile. Values never leave SQLite and come back,
 * so none is changed on the way.
 *
 * @param db in a read transaction, as which it is left; it is given up while the command runs, so that others can write.
 * @param beginAgain starts the next one.
 */
export async function conditionOn(
  db: Connection,
  relation: Relation,
  { chosen, schema, label }: SourceRequest,
  { batchRows }: ConnectContext,
  beginAgain: () => Promise<unknown>,
): Promise<string | undefined> {
  const field = schema.find((f) => f.name === chosen?.column);
  if (chosen === undefined || field === undefined) return undefined;
  const column = quote(field.name);
  db.exec(`CREATE TEMP TABLE ssql_chosen (v)`);
  const { changes } = db.prepare(`INSERT INTO ${TABLE} ${distinctValues(db, relation, column)}`).run();
  if (changes > MOST_VALUES) return undefined;
  const seen = versionOf(db);
  const values: Relation = { from: TABLE, rowid: 'rowid', columns: ['v', 'rowid'], label, file: relation.file };
  const numbered = [field, { name: 'number', type: 'INTEGER', notNull: true }] as const;
  const cursor = new Cursor(new PageReader(db, values, numbered), LEAST_ROWID, Infinity, batchRows);
  const pages = Array.from(everyPage(cursor), ({ batch }) => batch);
  db.exec('COMMIT');
  const kept = await chosen.keep(pages);
  await beginAgain();
  if (kept === undefined || versionOf(db) !== seen) return undefined;
  db.prepare(`DELETE FROM ${TABLE} WHERE rowid NOT IN (SELECT value FROM json_each(?))`).run(JSON.stringify(kept));
  const isNull = db.prepare(`SELECT 1 FROM ${TABLE} WHERE v IS NULL`).get() !== undefined;
  return `(${column} IN (SELECT v FROM ${TABLE})${isNull ? ` OR ${column} IS NULL` : ''})`;
}

/**
 * A query for the distinct values, or for one more than are wanted. Where the column has an index it goes from each value
 * to the next one there, which takes a step a value; SQLite itself would look at all entries.
 */
function distinctValues(db: Connection, { from, where }: Relation, column: string): string {
  const most = MOST_VALUES + 1;
  const next = `SELECT min(${column}) FROM ${from} WHERE ${column} >`;
  if (where !== undefined || !isSearched(db, `${next} ?`))
    return `SELECT DISTINCT ${column} FROM ${from}${where === undefined ? '' : ` WHERE ${where}`} LIMIT ${most}`;
  return `WITH RECURSIVE found(v) AS (
      SELECT min(${column}) FROM ${from} UNION ALL SELECT (${next} found.v) FROM found WHERE v IS NOT NULL)
    SELECT * FROM (SELECT v FROM found WHERE v IS NOT NULL LIMIT ${most})
    UNION ALL SELECT NULL WHERE EXISTS (SELECT 1 FROM ${from} WHERE ${column} IS NULL)`;
}

const isSearched = (db: Connection, sql: string): boolean =>
  (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(null) as { detail: string }[]).every(({ detail }) =>
    /^SEARCH .* USING COVERING INDEX /.test(detail),
  );

function* everyPage(cursor: Cursor) {
  for (let page = cursor.next(); page !== undefined; page = cursor.next()) yield page;
}

/** Changes whenever another connection has committed something. */
const versionOf = (db: Connection): unknown => db.pragma('main.data_version', { simple: true });
