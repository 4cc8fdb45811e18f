/**
 * Static types. `NULL` is the type of the literal NULL only; `ANY` that of cells whose class is known only per value
 * (boxed, with a tag). BOOLEAN behaves as INTEGER 0/1 and JSON as TEXT, as in SQLite; TIMESTAMP is microseconds since
 * 1970-01-01 UTC and behaves as its TEXT form wherever no timestamp is expected.
 */
export type Type = 'NULL' | 'INTEGER' | 'REAL' | 'TEXT' | 'BLOB' | 'BOOLEAN' | 'TIMESTAMP' | 'JSON' | 'ANY';

/** Column affinity of SQLite (https://sqlite.org/datatype3.html section 3); `BLOB` is what SQLite also calls NONE. */
export type Affinity = 'INTEGER' | 'REAL' | 'NUMERIC' | 'TEXT' | 'BLOB';

/** Collating sequences that SQLite has built in. */
export type Collation = 'BINARY' | 'NOCASE' | 'RTRIM';

/** One column of a relation. `affinity` is absent for expressions without one; `collation` absent means BINARY. */
export interface Field {
  readonly name: string;
  readonly type: Type;
  readonly affinity?: Affinity;
  readonly collation?: Collation;
  /** True only where NULL cannot occur, so that kernels may skip the test. */
  readonly notNull?: true;
  /** The microseconds of an INTERVAL: the binder makes text of them where they leave the query. */
  readonly interval?: true;
}

/** Columns in order. Inside a plan the names of one schema are distinct (compared exactly). */
export type Schema = readonly Field[];

/** The type that holds cells of both; used by CASE, coalesce, UNION ALL and the like. */
export function unify(a: Type, b: Type): Type {
  if (a === b || b === 'NULL') return a;
  if (a === 'NULL') return b;
  if ((a === 'BOOLEAN' && b === 'INTEGER') || (a === 'INTEGER' && b === 'BOOLEAN')) return 'INTEGER';
  if ((a === 'JSON' && b === 'TEXT') || (a === 'TEXT' && b === 'JSON')) return 'TEXT';
  // INTEGER with REAL is ANY: `1` and `1.0` print differently, and only the single value knows which it is.
  return 'ANY';
}

/** The affinity that SQLite derives from a declared type (datatype3.html 3.1, rules in that order). */
export function affinityOf(declared: string): Affinity {
  const t = declared.toUpperCase();
  if (t.includes('INT')) return 'INTEGER';
  if (t.includes('CHAR') || t.includes('CLOB') || t.includes('TEXT')) return 'TEXT';
  if (t.includes('BLOB') || t.trim() === '') return 'BLOB';
  if (t.includes('REAL') || t.includes('FLOA') || t.includes('DOUB')) return 'REAL';
  return 'NUMERIC';
}
