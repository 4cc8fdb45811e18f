import { affinityOf, type Affinity, type Collation, type Field, type Type } from '../../data/types.ts';
import { patiently, type Patience } from './busy.ts';
import { transactionOn } from './connections.ts';
import { columnCollations } from './create-table.ts';
import { openDatabase, type Connection, type OpenOptions } from './driver.ts';
import { isBusy } from './faults.ts';
import { quote, sameName } from './names.ts';

/** What is known of one table or view. */
export interface TableInfo {
  readonly name: string;
  readonly kind: 'table' | 'view' | 'virtual';
  readonly columns: readonly ColumnInfo[];
  readonly strict: boolean;
  readonly withoutRowid: boolean;
  readonly autoincrement: boolean;
  /** SQL name of the 64-bit key by which rows are kept; absent where there is none, or it cannot be named. */
  readonly rowid?: string;
  /** The rowid is an INTEGER PRIMARY KEY, so it stays with its row. */
  readonly stableRowid: boolean;
  /** Columns that are each unique by themselves: they have an index that says so. */
  readonly unique: readonly string[];
  /** Columns by which rows are found without reading all: an INTEGER PRIMARY KEY, the first column of each index. */
  readonly indexed: readonly string[];
  /** Rows can be inserted: a table, or a view with an INSTEAD OF INSERT trigger. */
  readonly insertable: boolean;
}

export interface ColumnInfo {
  readonly name: string;
  /** Type as declared, '' for none. */
  readonly declared: string;
  /** How the column looks to a query. */
  readonly field: Field;
  readonly notNull: boolean;
  /** SQL text of the default. */
  readonly default?: string;
  /** 1-based place in the primary key; 0: not part of it. */
  readonly primaryKey: number;
  readonly generated: boolean;
}

/** The tables and views of a database at one moment, by name (without case). */
export interface Catalogue {
  readonly file: string;
  readonly tables: readonly TableInfo[];
  table(name: string): TableInfo | undefined;
}

/**
 * Reads what tables and views a database has. Views that are broken (a column that is gone) are left out.
 *
 * @throws RunError E0601 if it cannot be opened or is none, E0602 if it stays locked.
 */
export async function openCatalogue(file: string, options: OpenOptions & Partial<Patience> = {}): Promise<Catalogue> {
  const outer = transactionOn(file);
  if (outer !== undefined) return readCatalogue(outer, file);
  const db = openDatabase(file, { readOnly: true, ...options });
  try {
    return await patiently({ busyTimeout: 5000, ...options, file }, () => readCatalogue(db, file));
  } finally {
    db.close();
  }
}

/** The same, by a connection that is open. */
export function readCatalogue(db: Connection, file: string): Catalogue {
  const schema = new SchemaReader(db);
  const tables = schema.names.flatMap((name) => schema.table(name) ?? []);
  const byName = new Map(tables.map((t) => [t.name.toLowerCase(), t]));
  return { file, tables, table: (name) => schemaTable(name) ?? byName.get(name.toLowerCase()) };
}

export const isSchemaTable = (name: string): boolean => /^sqlite_(schema|master)$/i.test(name);

/** The table in which SQLite keeps the schema itself; it is not among the tables. */
function schemaTable(name: string): TableInfo | undefined {
  if (!isSchemaTable(name)) return undefined;
  const columns = ['type', 'name', 'tbl_name', 'rootpage', 'sql'].map((column): ColumnInfo => {
    const type = column === 'rootpage' ? 'INTEGER' : 'TEXT';
    const declared = type === 'TEXT' ? type : 'INT';
    const field = { name: column, type, affinity: type } as const;
    return { name: column, declared, field, notNull: false, primaryKey: 0, generated: false };
  });
  return {
    name: 'sqlite_schema',
    kind: 'table',
    columns,
    strict: false,
    withoutRowid: false,
    autoincrement: false,
    rowid: 'rowid',
    stableRowid: false,
    unique: [],
    indexed: [],
    insertable: false,
  };
}

/** What is known of one table or view; undefined where there is none of that name, or it is broken. */
export const readTable = (db: Connection, name: string): TableInfo | undefined =>
  schemaTable(name) ?? new SchemaReader(db).table(name);

/** Reads the schema of a database, each table when it is asked for. Within one transaction only. */
class SchemaReader {
  readonly names: readonly string[];
  readonly #db: Connection;
  readonly #texts: readonly SchemaRow[];
  readonly #known = new Map<string, TableInfo | undefined>();

  constructor(db: Connection) {
    this.#db = db;
    this.#texts = db
      .prepare('SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY name')
      .all() as SchemaRow[];
    this.names = this.#texts.filter((t) => t.type === 'table' || t.type === 'view').map((t) => t.name);
  }

  table(name: string): TableInfo | undefined {
    const key = name.toLowerCase();
    if (!this.#known.has(key)) this.#known.set(key, this.#read(name));
    return this.#known.get(key);
  }

  #read(name: string): TableInfo | undefined {
    const row = (this.#db.pragma(`main.table_list(${quote(name)})`) as ListRow[]).find((t) => t.schema === 'main');
    if (row?.type === 'table' || row?.type === 'virtual') return tableOf(this.#db, row, this.#texts);
    return row?.type === 'view' ? viewOf(this.#db, row, this.#texts, (table) => this.table(table)) : undefined;
  }
}

interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string | null;
}
interface ListRow {
  readonly schema: string;
  readonly name: string;
  readonly type: string;
  readonly wr: number;
  readonly strict: number;
}
interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
  /** 1: of a virtual table, not shown by `*`; 2 and 3: generated. */
  readonly hidden: number;
}

const columnRows = (db: Connection, table: string): readonly ColumnRow[] =>
  (db.pragma(`main.table_xinfo(${quote(table)})`) as ColumnRow[]).filter((c) => c.hidden !== 1);

function tableOf(db: Connection, { name, type, wr, strict }: ListRow, texts: readonly SchemaRow[]): TableInfo {
  const rows = columnRows(db, name);
  const sql = texts.find((t) => t.type === 'table' && t.name === name)?.sql ?? '';
  const collations = columnCollations(sql);
  const keys = rows.filter((c) => c.pk > 0);
  // A key of its own index (`INTEGER PRIMARY KEY DESC`) is not the rowid.
  const indexed = (db.pragma(`main.index_list(${quote(name)})`) as { origin: string }[]).some((i) => i.origin === 'pk');
  const alias = wr === 0 && keys.length === 1 && /^integer$/i.test(keys[0]!.type) && !indexed ? keys[0] : undefined;
  const free = ['rowid', '_rowid_', 'oid'].find((word) => !rows.some((c) => sameName(c.name, word)));
  const rowid = type === 'virtual' || wr !== 0 ? undefined : alias !== undefined ? quote(alias.name) : free;
  const columns = rows.map((c): ColumnInfo => {
    const notNull = c.notnull !== 0 || c === alias;
    const affinity = strict !== 0 && /^any$/i.test(c.type) ? 'BLOB' : affinityOf(c.type);
    const collation = builtIn(collations.get(c.name.toLowerCase()));
    return {
      name: c.name,
      declared: c.type,
      field: {
        name: c.name,
        // A virtual table stores what it likes, whatever it declares.
        type: type === 'virtual' ? 'ANY' : staticType(c.type, affinity, strict !== 0),
        affinity,
        ...(collation !== undefined && { collation }),
        ...(notNull && type === 'table' && { notNull }),
      },
      notNull,
      ...(c.dflt_value !== null && { default: c.dflt_value }),
      primaryKey: c.pk,
      generated: c.hidden > 1,
    };
  });
  return {
    name,
    kind: type === 'virtual' ? 'virtual' : 'table',
    columns,
    strict: strict !== 0,
    withoutRowid: wr !== 0,
    autoincrement: /\bautoincrement\b/i.test(sql) && alias !== undefined,
    ...(rowid !== undefined && { rowid }),
    stableRowid: alias !== undefined,
    unique: uniqueColumns(db, name),
    indexed: [...(alias === undefined ? [] : [alias.name]), ...firstOfIndexes(db, name)],
    insertable: true,
  };
}

function uniqueColumns(db: Connection, table: string): readonly string[] {
  const indexes = db.pragma(`main.index_list(${quote(table)})`) as { name: string; unique: number; partial: number }[];
  return indexes.flatMap(({ name, unique, partial }) => {
    if (unique === 0 || partial !== 0) return [];
    const columns = db.pragma(`main.index_info(${quote(name)})`) as { name: string | null }[];
    return columns.length === 1 && columns[0]!.name !== null ? [columns[0]!.name] : [];
  });
}

function firstOfIndexes(db: Connection, table: string): readonly string[] {
  const indexes = db.pragma(`main.index_list(${quote(table)})`) as { name: string; partial: number }[];
  return indexes.flatMap(({ name, partial }) => {
    const [first] = db.pragma(`main.index_info(${quote(name)})`) as { name: string | null }[];
    return partial !== 0 || first === undefined || first.name === null ? [] : [first.name];
  });
}

/** A column of a view is like the column of the table that it stands for; one that is computed is untyped. */
function viewOf(
  db: Connection,
  { name }: ListRow,
  texts: readonly SchemaRow[],
  tableNamed: (name: string) => TableInfo | undefined,
): TableInfo | undefined {
  // In a compound SELECT the first part alone gives a column its declared type, but all parts give rows.
  const typed = !texts.some((t) => t.type === 'view' && /\b(union|intersect|except)\b/i.test(t.sql ?? ''));
  let columns: readonly ColumnInfo[];
  try {
    const rows = columnRows(db, name);
    const origins = db.prepare(`SELECT * FROM main.${quote(name)}`).columns();
    columns = rows.map((c, i): ColumnInfo => {
      const origin = tableNamed(origins[i]?.table ?? '')?.columns.find((o) => o.name === origins[i]!.column)?.field;
      // SQLite says what the view converts to, which need not be what that column does.
      const affinity = c.type === '' ? undefined : affinityOf(c.type);
      return {
        name: c.name,
        declared: c.type,
        field: {
          name: c.name,
          type: (typed && origin?.type) || 'ANY',
          ...(affinity !== undefined && { affinity }),
          ...(origin?.collation !== undefined && { collation: origin.collation }),
        },
        notNull: false,
        primaryKey: 0,
        generated: false,
      };
    });
  } catch (error) {
    if (isBusy(error)) throw error;
    return undefined;
  }
  const insertable = texts.some(
    (t) => t.type === 'trigger' && sameName(t.tbl_name, name) && /\binstead\s+of\s+insert\b/i.test(t.sql ?? ''),
  );
  return {
    name,
    kind: 'view',
    columns,
    strict: false,
    withoutRowid: false,
    autoincrement: false,
    stableRowid: false,
    unique: [],
    indexed: [],
    insertable,
  };
}

/**
 * The type that every cell of a column has: where SQLite converts what comes in, the declared one. A cell that could
 * not be converted ('abc' in a column of INTEGER) is an error when it is met.
 */
function staticType(declared: string, affinity: Affinity, strict: boolean): Type {
  if (strict && /^blob$/i.test(declared)) return 'BLOB';
  return affinity === 'INTEGER' || affinity === 'REAL' || affinity === 'TEXT' ? affinity : 'ANY';
}

/** Collations that an application has registered are unknown to us; BINARY stands for them. */
const builtIn = (name: string | undefined): Collation | undefined =>
  name === 'NOCASE' || name === 'RTRIM' ? name : undefined;
