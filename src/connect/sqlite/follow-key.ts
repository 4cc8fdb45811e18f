import { OptionError } from '../connector.ts';
import { meant } from '../options.ts';
import type { ColumnInfo, TableInfo } from './catalogue.ts';
import { listing, sameName } from './names.ts';

/**
 * The column by whose growing values new rows of a table are found. Without `wanted` it must be sure that no row can be
 * missed: values of an AUTOINCREMENT key are never used twice, and SQLite has one writer at a time, so they grow from
 * commit to commit. A column that is named is taken on the word of whoever names it, if it can be such a key at all.
 *
 * @throws OptionError with the cure: rowids that VACUUM renumbers or that are given again, no key, no table.
 */
export function followKey(table: TableInfo, wanted: string | undefined): string {
  const { name, kind } = table;
  if (kind !== 'table') {
    throw new OptionError(
      'table',
      `${name} is a ${kind === 'view' ? 'view' : 'virtual table'}, which cannot be followed`,
      [kind === 'view' ? 'follow the table that it is made from, and repeat its conditions' : 'read it without STREAM'],
    );
  }
  return wanted === undefined ? ownKey(table) : namedKey(table, wanted);
}

function ownKey(table: TableInfo): string {
  const { name, withoutRowid, stableRowid, autoincrement } = table;
  const primary = table.columns.find((c) => c.primaryKey === 1)?.name;
  if (autoincrement) return primary!;
  const [candidate] = table.columns.filter((c) => lackOf(table, c).length === 0);
  if (stableRowid) {
    throw new OptionError(undefined, `rows of ${name} could be missed: its key ${primary!} is not AUTOINCREMENT`, [
      `when the row with the greatest ${primary!} is deleted, SQLite gives its number to the next one`,
      `if that never happens, say key => '${primary!}'`,
    ]);
  }
  const why = withoutRowid
    ? 'it has no rowid'
    : 'VACUUM gives its rows other rowids, and those of deleted rows are given again';
  throw new OptionError(undefined, `rows of ${name} could be missed: ${why}`, [
    candidate !== undefined
      ? `name a column that only grows: key => '${candidate.name}'`
      : 'give it an INTEGER PRIMARY KEY AUTOINCREMENT, or an INTEGER column that is NOT NULL, UNIQUE and only grows',
  ]);
}

function namedKey(table: TableInfo, wanted: string): string {
  const column = table.columns.find((c) => sameName(c.name, wanted));
  const names = table.columns.map((c) => c.name);
  if (column === undefined) {
    const isRowid = ['rowid', '_rowid_', 'oid'].includes(wanted.toLowerCase());
    throw new OptionError('key', `table ${table.name} has no column \`${wanted}\``, [
      ...(isRowid ? ['VACUUM gives rows other rowids, unless a column is INTEGER PRIMARY KEY'] : meant(wanted, names)),
      `its columns are ${listing(names)}`,
    ]);
  }
  const lacks = lackOf(table, column);
  if (lacks.length === 0) return column.name;
  throw new OptionError(
    'key',
    `column \`${column.name}\` is not declared ${lacks.join(' ')}, so rows could be missed`,
    ['a table is followed by an INTEGER column that is NOT NULL and UNIQUE, and whose values only grow'],
  );
}

/** What a column lacks for being a key by which rows can be found. */
function lackOf(table: TableInfo, { name, field, notNull }: ColumnInfo): readonly string[] {
  const keys = table.columns.filter((c) => c.primaryKey > 0);
  const isPrimary = keys.length === 1 && keys[0]!.name === name;
  // For compatibility with its past, SQLite lets other primary keys than these be NULL.
  const isSet = notNull || (isPrimary && (table.withoutRowid || table.stableRowid));
  return [
    ...(field.affinity === 'INTEGER' ? [] : ['INTEGER']),
    ...(isSet ? [] : ['NOT NULL']),
    ...(isPrimary || table.unique.includes(name) ? [] : ['UNIQUE']),
  ];
}
