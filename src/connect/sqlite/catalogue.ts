import type { Field } from '../../data/types.ts';
import { patiently, type Patience } from './busy.ts';
import { transactionOn } from './connections.ts';
import { openDatabase, type Connection, type OpenOptions } from './driver.ts';
import { SchemaReader, type SchemaMemory } from './schema-reader.ts';

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
  /** Views that cannot be read, by their names in lower case, with what SQLite says of them. */
  readonly broken: ReadonlyMap<string, string>;
  table(name: string): TableInfo | undefined;
}

/**
 * Reads what tables and views a database has. Views that are broken (a column that is gone) are apart.
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
  // By a connection that only reads, some views cannot be used; one with a transaction may have changed the schema.
  const key = `${file}\0${db.readonly}\0${db.inTransaction}`;
  const earlier = lastRead.get(key);
  const schema = new SchemaReader(db, { earlier: earlier?.schema });
  if (earlier !== undefined && schema.text === earlier.schema.text) return earlier.catalogue;
  const tables = schema.names.flatMap((name) => schema.table(name) ?? []);
  const byName = new Map(tables.map((t) => [t.name.toLowerCase(), t]));
  const { broken } = schema;
  const catalogue = {
    file,
    tables,
    broken,
    table: (name: string) => schemaTable(name) ?? byName.get(name.toLowerCase()),
  };
  lastRead.delete(key);
  lastRead.set(key, { catalogue, schema: schema.memory });
  if (lastRead.size > MOST_KEPT) lastRead.delete(lastRead.keys().next().value!);
  return catalogue;
}

/**
 * Catalogues as they were read last. For each statement of a long script all tables would be read again; but what a table
 * is like follows from the text of the schema alone, so only those are read whose text is new.
 */
const lastRead = new Map<string, { readonly catalogue: Catalogue; readonly schema: SchemaMemory }>();
const MOST_KEPT = 32;

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
export function readTable(db: Connection, name: string): TableInfo | undefined {
  const kind = db
    .prepare("SELECT type FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')")
    .pluck()
    .get(name);
  // What a view is like depends on others.
  return schemaTable(name) ?? new SchemaReader(db, { ...(kind === 'table' && { only: name }) }).table(name);
}
