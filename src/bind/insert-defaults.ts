import { QueryError } from '../base/errors.ts';
import type { ColumnInfo, TableInfo } from '../connect/sqlite/catalogue.ts';
import type * as ast from '../syntax/ast.ts';
import { parse } from '../syntax/parse.ts';
import type { QueryContext } from './context.ts';
import { fault } from './fault.ts';
import { dotted, sameName } from './names.ts';
import { findTable } from './table.ts';

/**
 * `INSERT INTO t VALUES (1, DEFAULT)`: the value is what the table declares for the column, as if the INSERT had left
 * that column out. Only tables of databases declare any.
 */
export function withDefaults(query: QueryContext, { query: rows, target }: ast.Insert): ast.Query {
  const { body } = rows;
  const first = body.kind === 'values' ? body.rows.flat().find((e) => e.kind === 'default') : undefined;
  if (body.kind !== 'values' || first === undefined) return rows;
  const isOther = target.kind === 'shell target' || (target.name.parts.length === 1 && query.catalog.find(dotted(target.name)) !== undefined); // prettier-ignore
  if (isOther)
    fault('E0405', first.span, 'DEFAULT for a target that has none', {
      label: 'only tables of a database declare a DEFAULT',
    });
  const { table } = findTable(query, target.name);
  const columns = columnsOf(table, target.columns);
  const filled = body.rows.map((row) =>
    row.map((e, i) => (e.kind === 'default' && columns[i] !== undefined ? defaultOf(columns[i], table, e) : e)),
  );
  return { ...rows, body: { ...body, rows: filled } };
}

/** The columns that values go to, by position. */
function columnsOf({ columns }: TableInfo, list: readonly ast.Name[] | undefined): readonly (ColumnInfo | undefined)[] {
  if (list === undefined) return columns.filter((c) => !c.generated);
  return list.map(({ text }) => columns.find((c) => sameName(c.name, text)));
}

/** NULL where nothing is declared; a key that is the rowid takes that for the next number. */
function defaultOf(column: ColumnInfo, table: TableInfo, { span }: ast.Expr): ast.Expr {
  if (column.default === undefined) return { kind: 'literal', span, type: 'null', text: 'NULL' };
  const found = expressionOf(column.default);
  if (found === undefined)
    return fault('E0405', span, `the DEFAULT of ${table.name}.${column.name} is not understood here`, {
      label: `it is: ${column.default}`,
      help: ['list the columns behind the target, and leave this one out'],
    });
  // SQLite takes a name in double quotes for a text here.
  if (found.kind === 'column') return { kind: 'literal', span, type: 'string', text: dotted(found.name) };
  return found;
}

function expressionOf(text: string): ast.Expr | undefined {
  try {
    const [statement] = parse({ name: 'DEFAULT', text: `VALUES (${text})` }).statements;
    return statement?.kind === 'query' && statement.query.body.kind === 'values'
      ? statement.query.body.rows[0]?.[0]
      : undefined;
  } catch (error) {
    if (error instanceof QueryError) return undefined;
    throw error;
  }
}
