import { setImmediate } from 'node:timers/promises';
import { Bug, RunError } from '../../base/errors.ts';
import { toSqlite } from '../../expr/print.ts';
import { scansIn, sqliteQuery } from '../../plan/sqlite-query.ts';
import { offsetPart, type ConnectContext, type Offset, type Positioned, type SourceRequest } from '../connector.ts';
import { patiently } from './busy.ts';
import { readTable, type TableInfo } from './catalogue.ts';
import { conditionOn } from './chosen.ts';
import { copyRows } from './copy.ts';
import { Cursor, GREATEST_ROWID, LEAST_ROWID } from './cursor.ts';
import { transactionOn } from './connections.ts';
import { openDatabase, type Connection } from './driver.ts';
import { explained } from './faults.ts';
import { quote } from './names.ts';
import { placeOf } from './place.ts';
import { PageReader, pageSql, type Page, type Relation } from './page.ts';

/** ms of reading after which others get a turn. */
const TURN = 15;
const HELD_BYTES = 32 << 20;

/**
 * Reads a table or view as it is at one moment, in the order of its rowids; a view, in the order that SQLite gives.
 * Offsets are rowids where these stay with their rows.
 *
 * While it reads, other programs can write: in WAL mode readers block nobody; with a rollback journal all but the first
 * pages are copied aside first.
 */
export async function* openSource(
  request: SourceRequest,
  at: Offset | undefined,
  context: ConnectContext,
): AsyncGenerator<Positioned> {
  const { file } = placeOf(request.options);
  const outer = transactionOn(file);
  if (outer !== undefined) {
    yield* readInTransaction(outer, request, context);
    return;
  }
  const db = openDatabase(file, { readOnly: true });
  try {
    const { signal, busyTimeout } = context;
    const begin = () => patiently({ file, busyTimeout, signal }, () => beginReading(db, request));
    const table = await begin();
    const stable = table.stableRowid && request.limit === undefined && request.query === undefined;
    const from = firstRowid(at, stable, request.label);
    const relation = await chosenRows(db, relationOf(request, table), request, context, begin);
    let rows = 0;
    for await (const page of pages(db, relation, from, request, context)) {
      rows += page.batch.length;
      context.countBytes(page.bytes);
      yield { batch: page.batch, next: stable ? { rowid: String(page.last) } : { partial: rows } };
    }
  } catch (error) {
    if (!context.signal.aborted) throw explained(error, file);
  } finally {
    db.close();
  }
}

let copies = 0;

/** Reads by the connection of a transaction that the session has open: what it has changed so far is seen. */
async function* readInTransaction(
  db: Connection,
  request: SourceRequest,
  { signal, batchRows, countBytes }: ConnectContext,
): AsyncGenerator<Positioned> {
  const { schema, limit = Infinity, options } = request;
  const name = `ssql_copy_${copies++}`;
  try {
    const original = relationOf(request, checkColumns(db, request));
    const isCopied = !original.keyed || sorts(db, original);
    const relation = isCopied ? await copyRows(db, original, LEAST_ROWID, limit, signal, name) : original;
    const cursor = new Cursor(new PageReader(db, relation, schema), LEAST_ROWID, limit, batchRows);
    let rows = 0;
    for (let page = cursor.next(); page !== undefined && !signal.aborted; page = cursor.next()) {
      rows += page.batch.length;
      countBytes(page.bytes);
      yield { batch: page.batch, next: { partial: rows } };
    }
  } catch (error) {
    if (!signal.aborted) throw explained(error, placeOf(options).file);
  } finally {
    if (db.open) db.exec(`DROP TABLE IF EXISTS temp.${name}`);
  }
}

/** The table as it is now. @throws RunError E0301, E0302 where it is not what the query was made for. */
export function checkColumns(db: Connection, { options, schema, label, query }: SourceRequest): TableInfo {
  if (query !== undefined) {
    const [first, ...others] = scansIn(query).map(({ chosen: _, ...scan }) =>
      checkColumns(db, { ...scan, pushed: [] }),
    );
    return others.at(-1) ?? first!;
  }
  const table = readTable(db, placeOf(options).table);
  if (table === undefined) throw new RunError({ code: 'E0302', message: `table ${label} does not exist any more` });
  const isRowid = (name: string): boolean => !table.withoutRowid && ['rowid', '_rowid_', 'oid'].includes(name);
  const missing = schema.find(({ name }) => !table.columns.some((c) => c.name === name) && !isRowid(name));
  if (missing !== undefined) {
    throw new RunError({ code: 'E0301', message: `table ${label} does not have a column ${missing.name} any more` });
  }
  return table;
}

/** The relation without rows whose value is not among the chosen ones, where that pays (law K2). */
async function chosenRows(
  db: Connection,
  relation: Keyed,
  request: SourceRequest,
  context: ConnectContext,
  begin: () => Promise<unknown>,
): Promise<Keyed> {
  if (request.chosen === undefined) return relation;
  const condition = await conditionOn(db, relation, request, context, begin);
  if (condition === undefined) return relation;
  return { ...relation, where: [relation.where, condition].filter((part) => part !== undefined).join(' AND ') };
}

/** Starts a read transaction, so that all that is read belongs together. */
function beginReading(db: Connection, request: SourceRequest): TableInfo {
  db.exec('BEGIN');
  try {
    return checkColumns(db, request);
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

function firstRowid(at: Offset | undefined, stable: boolean, label: string): bigint {
  if (at === undefined) return LEAST_ROWID;
  const rowid = offsetPart(at, 'rowid');
  if (stable && rowid !== undefined) return BigInt(rowid) + 1n;
  throw new RunError({
    code: 'E0604',
    message: `a job cannot go on in the middle of ${label}, whose rows have no key that stays with them`,
    help: ['give the table an INTEGER PRIMARY KEY, or run without --job'],
  });
}

export interface Keyed extends Relation {
  readonly keyed: boolean;
}

/** What to read of the table, with the predicates that were pushed. */
export function relationOf({ options, schema, pushed, label, query }: SourceRequest, table: TableInfo): Keyed {
  const conditions = pushed.map((predicate) => {
    const sql = toSqlite(predicate);
    if (sql === undefined) throw new Bug(`a predicate that SQLite cannot apply was given to ${label}`);
    return `(${sql})`;
  });
  const { file } = placeOf(options);
  if (query !== undefined) {
    const { sql, columns } = sqliteQuery(query)!;
    const nameOf = (name: string): string => columns[query.schema.findIndex((f) => f.name === name)]!;
    const read = schema.map((field) => quote(nameOf(field.name)));
    return { from: `(${sql})`, rowid: 'NULL', keyed: false, columns: read, label, file };
  }
  return {
    from: `main.${quote(table.name)}`,
    rowid: table.rowid ?? 'NULL',
    keyed: table.rowid !== undefined,
    columns: schema.map((field) => quote(field.name)),
    ...(conditions.length > 0 && { where: conditions.join(' AND ') }),
    label,
    file,
  };
}

/** Reads page by page; in a database with a rollback journal, everything before the first page is handed on. */
async function* pages(
  db: Connection,
  original: Keyed,
  from: bigint,
  { schema, limit = Infinity }: SourceRequest,
  { signal, batchRows }: ConnectContext,
): AsyncGenerator<Page> {
  if (from > GREATEST_ROWID) return;
  const blocks = db.pragma('main.journal_mode', { simple: true }) !== 'wal';
  const reader = (relation: Relation) => new PageReader(db, relation, schema);
  let cursor: Cursor;
  const paged = await inPages(db, original, from, limit, signal);
  if (paged === undefined) {
    const copy = await copyRows(db, original, from, limit, signal);
    db.exec('COMMIT');
    cursor = new Cursor(reader(copy), LEAST_ROWID, limit, batchRows);
  } else {
    cursor = new Cursor(reader(paged), from, limit, batchRows);
    if (blocks) {
      const held = hold(cursor);
      if (cursor.left > 0) cursor.moveTo(reader(await copyRows(db, paged, cursor.from, cursor.left, signal)));
      db.exec('COMMIT');
      yield* held;
    }
  }
  let turn = performance.now();
  for (let page = cursor.next(); page !== undefined && !signal.aborted; page = cursor.next()) {
    yield page;
    if (performance.now() - turn > TURN) {
      await setImmediate();
      turn = performance.now();
    }
  }
}

/** Pages that are kept in memory, which is faster than to copy rows: all of a small table, the first of a large one. */
function hold(cursor: Cursor): readonly Page[] {
  const held: Page[] = [];
  for (let bytes = 0; bytes < HELD_BYTES;) {
    const page = cursor.next();
    if (page === undefined) break;
    held.push(page);
    bytes += page.bytes;
  }
  return held;
}

/**
 * The relation as one that can be read page by page; undefined for one that has to be copied. Where SQLite would sort for
 * each page, as it has chosen an index for the condition, and that index tells all of it, the rowids are copied.
 */
async function inPages(
  db: Connection,
  relation: Keyed,
  from: bigint,
  limit: number,
  signal: AbortSignal,
): Promise<Keyed | undefined> {
  if (!relation.keyed) return undefined;
  if (!sorts(db, relation)) return relation;
  const { where: _, ...whole } = relation;
  if (!planOf(db, { ...relation, columns: [] }).some((detail) => detail.includes(' USING COVERING INDEX ')))
    return undefined;
  const rowids = await copyRows(db, { ...relation, columns: [] }, from, limit, signal, 'ssql_rowids');
  // A subquery has no rowid of its own, so that all names but this one are those of the table.
  const rowid = 'wanted."ssql rowid"';
  const wanted = `(SELECT rowid AS "ssql rowid" FROM ${rowids.from}) AS wanted`;
  return { ...whole, from: `${wanted} CROSS JOIN ${relation.from} ON ${relation.rowid} = ${rowid}`, rowid };
}

/** Whether SQLite would sort for each page: it has chosen an index for the condition. */
const sorts = (db: Connection, relation: Relation): boolean =>
  relation.where !== undefined && planOf(db, relation).some((detail) => detail.includes('TEMP B-TREE'));

const planOf = (db: Connection, relation: Relation): readonly string[] =>
  (db.prepare(`EXPLAIN QUERY PLAN ${pageSql(relation)}`).all(LEAST_ROWID, 1) as { detail: string }[]).map(
    ({ detail }) => detail,
  );
