import type { Affinity, Field, Type } from '../data/types.ts';
import type * as ast from '../syntax/ast.ts';
import { unknown } from './fault.ts';

/** Types that a column can be declared with, by the names that SQL dialects have for them. */
const names: Readonly<Record<Exclude<Type, 'NULL'>, readonly string[]>> = {
  INTEGER: ['INTEGER', 'INT', 'BIGINT', 'SMALLINT', 'TINYINT', 'MEDIUMINT', 'INT2', 'INT4', 'INT8', 'LONG'],
  REAL: ['REAL', 'DOUBLE', 'DOUBLE PRECISION', 'FLOAT', 'FLOAT8', 'DECIMAL'],
  TEXT: [
    'TEXT',
    'VARCHAR',
    'CHAR',
    'CHARACTER',
    'CHARACTER VARYING',
    'STRING',
    'CLOB',
    'NVARCHAR',
    'DATE',
    'TIME',
    'INTERVAL',
  ],
  BLOB: ['BLOB', 'BYTES', 'BYTEA', 'VARBINARY'],
  BOOLEAN: ['BOOLEAN', 'BOOL'],
  TIMESTAMP: ['TIMESTAMP', 'DATETIME', 'TIMESTAMPTZ'],
  JSON: ['JSON', 'JSONB'],
  ANY: ['ANY', 'NUMERIC'],
};
const affinities: Readonly<Record<Type, Affinity>> = {
  INTEGER: 'INTEGER',
  REAL: 'REAL',
  TEXT: 'TEXT',
  BLOB: 'BLOB',
  BOOLEAN: 'NUMERIC',
  TIMESTAMP: 'TEXT',
  JSON: 'TEXT',
  ANY: 'BLOB',
  NULL: 'BLOB',
};
const byName = new Map(
  Object.entries(names).flatMap(([type, all]) => all.map((name) => [name, type as Type] as const)),
);

/** The static type that a declared one means. */
export function typeNamed({ name, span }: ast.TypeName): Type {
  const plain = name.replace(/ WITH(OUT)?( LOCAL)? TIME ZONE$/, '');
  return (
    byName.get(plain) ??
    unknown(
      'E0311',
      span,
      'type',
      name,
      [...byName.keys()],
      'INTEGER, REAL, TEXT, BLOB, BOOLEAN, TIMESTAMP, JSON or ANY',
    )
  );
}

/** A column as declared; without a type it takes any value. */
export function declaredField(name: string, type: ast.TypeName | undefined, notNull = false): Field {
  const found = type === undefined ? 'ANY' : typeNamed(type);
  const affinity = type?.name === 'NUMERIC' ? 'NUMERIC' : affinities[found];
  return { name, type: found, affinity, ...(notNull && { notNull: true as const }) };
}
