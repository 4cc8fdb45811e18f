import { affinityOf, type Affinity, type Collation, type Type } from '../../data/types.ts';
import type { ColumnInfo, TableInfo } from './catalogue.ts';
import { columnCollations } from './create-table.ts';
import type { Connection } from './driver.ts';
import { isBusy } from './faults.ts';
import { quote, sameName } from './names.ts';

/** Reads the schema of a database, each table when it is asked for. Within one transaction only. */
export class SchemaReader {
  readonly names: readonly string[];
  /** Views that cannot be read, by their names in lower case, with what SQLite says of them. */
  readonly broken = new Map<string, string>();
  readonly #db: Connection;
  readonly #texts: readonly SchemaRow[];
  readonly #known = new Map<string, TableInfo | undefined>();
  readonly #earlier: SchemaMemory | undefined;
  readonly #only: string | undefined;
  #textOf: Map<string, string> | undefined;
  #listed: ReadonlyMap<string, ListRow> | undefined;

  /** @param only the one table that will be asked for. @param earlier what the reader before this one knew. */
  constructor(
    db: Connection,
    { only, earlier }: { readonly only?: string; readonly earlier?: SchemaMemory | undefined },
  ) {
    this.#db = db;
    this.#only = only;
    this.#earlier = earlier;
    const all = 'SELECT type, name, tbl_name, sql FROM main.sqlite_schema';
    this.#texts = (
      only === undefined
        ? db.prepare(`${all} ORDER BY name`).all()
        : db.prepare(`${all} WHERE tbl_name = ? COLLATE NOCASE`).all(only)
    ) as SchemaRow[];
    this.names = this.#texts.filter((t) => t.type === 'table' || t.type === 'view').map((t) => t.name);
  }

  /** All that was read. */
  get text(): string {
    return this.#texts.map(textOf).join('');
  }

  /** For the next one that reads the schema of this database. Views are left out: they follow from other tables, too. */
  get memory(): SchemaMemory {
    const texts = this.#ownTexts;
    const known = [...this.#known].flatMap(([key, info]) =>
      info?.kind === 'table' ? [[key, { text: texts.get(key)!, info }] as const] : [],
    );
    return { text: this.text, tables: new Map(known) };
  }

  table(name: string): TableInfo | undefined {
    const key = name.toLowerCase();
    if (!this.#known.has(key)) this.#known.set(key, this.#read(name));
    return this.#known.get(key);
  }

  /** The text of each table and its indexes. */
  get #ownTexts(): ReadonlyMap<string, string> {
    if (this.#textOf === undefined) {
      this.#textOf = new Map();
      for (const row of this.#texts) {
        const key = row.tbl_name.toLowerCase();
        this.#textOf.set(key, (this.#textOf.get(key) ?? '') + textOf(row));
      }
    }
    return this.#textOf;
  }

  /** Asked for one table SQLite goes through all of them, too. */
  get #list(): ReadonlyMap<string, ListRow> {
    if (this.#listed === undefined) {
      const rows = this.#db.pragma(this.#only === undefined ? 'table_list' : `table_list(${quote(this.#only)})`);
      const own = (rows as ListRow[]).filter((t) => t.schema === 'main');
      this.#listed = new Map(own.map((t) => [t.name.toLowerCase(), t]));
    }
    return this.#listed;
  }

  #read(name: string): TableInfo | undefined {
    const key = name.toLowerCase();
    const earlier = this.#earlier?.tables.get(key);
    if (earlier !== undefined && earlier.text === this.#ownTexts.get(key)) return earlier.info;
    const row = this.#list.get(key);
    if (row?.type === 'table' || row?.type === 'virtual') return tableOf(this.#db, row, this.#texts);
    if (row?.type !== 'view') return undefined;
    try {
      return viewOf(this.#db, row, this.#texts, (table) => this.table(table));
    } catch (error) {
      if (!(error instanceof Error) || isBusy(error)) throw error;
      this.broken.set(key, error.message);
      return undefined;
    }
  }
}

/** What was read, by the text that it was read from. */
export interface SchemaMemory {
  readonly text: string;
  /** Tables by their names in lower case, each with the text of itself and of its indexes. */
  readonly tables: ReadonlyMap<string, { readonly text: string; readonly info: TableInfo }>;
}

interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string | null;
}
const textOf = ({ type, name, tbl_name: table, sql }: SchemaRow): string =>
  `${type}\0${name}\0${table}\0${sql ?? ''}\0\0`;

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
  const indexes = indexesOf(db, name);
  const indexed = indexes.some((i) => i.origin === 'pk');
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
    unique: indexes.flatMap(({ unique, columns: [first, ...more] }) =>
      unique !== 0 && more.length === 0 ? (first ?? []) : [],
    ),
    indexed: [...(alias === undefined ? [] : [alias.name]), ...indexes.flatMap(({ columns: [first] }) => first ?? [])],
    insertable: true,
  };
}

interface IndexRow {
  readonly name: string;
  readonly unique: number;
  readonly origin: string;
  readonly partial: number;
}

/** The indexes that all rows are in, each with its columns; NULL for an expression. */
function indexesOf(
  db: Connection,
  table: string,
): readonly (IndexRow & { readonly columns: readonly (string | null)[] })[] {
  const indexes = db.pragma(`main.index_list(${quote(table)})`) as IndexRow[];
  return indexes.flatMap((index) => {
    if (index.partial !== 0) return [];
    const columns = db.pragma(`main.index_info(${quote(index.name)})`) as { name: string | null }[];
    return [{ ...index, columns: columns.map((c) => c.name) }];
  });
}

/** A column of a view is like the column of the table that it stands for; one that is computed is untyped. */
function viewOf(
  db: Connection,
  { name }: ListRow,
  texts: readonly SchemaRow[],
  tableNamed: (name: string) => TableInfo | undefined,
): TableInfo {
  // In a compound SELECT the first part alone gives a column its declared type, but all parts give rows.
  const typed = !texts.some((t) => t.type === 'view' && /\b(union|intersect|except)\b/i.test(t.sql ?? ''));
  const rows = columnRows(db, name);
  const origins = db.prepare(`SELECT * FROM main.${quote(name)}`).columns();
  const columns = rows.map((c, i): ColumnInfo => {
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
