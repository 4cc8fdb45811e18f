import type { Field } from '../data/types.ts';
import type { Plan } from '../plan/plan.ts';
import type { ColumnExpr, Name } from '../syntax/ast.ts';
import { fault, listing, unknown } from './fault.ts';
import { nearest, sameName } from './names.ts';

/** A column that a query can name: how the user knows it, and the field of the plan that it is. */
export interface ScopeColumn {
  /** As declared, or the alias: what results are labelled with. */
  readonly label: string;
  readonly field: Field;
  /** Alias or name of its table, and the database of that table; absent for computed columns. */
  readonly table?: string;
  readonly database?: string;
  /**
   * `*` leaves it out. True: the other side of USING or NATURAL, which only `table.column` reaches. The rowid of a table
   * of SQLite, or a hidden column of json_each, can be named where nothing else has its name.
   */
  readonly hidden?: true | 'rowid';
  /** It is an expression that has no collation, not even BINARY: in a set operation the other side's counts. */
  readonly uncollated?: true;
  /** Of a set operation: its first query gives it no collation, so outside of the query it has none, whatever it has inside. */
  readonly plainOutside?: true;
  /** What `table.*` shows in its place: the value of either side of a right or full join with USING. */
  readonly merged?: Field;
  /** `value` of json_each: JSON, if the column `type` beside it says so, until a query makes a column of it. */
  readonly ofJson?: true;
}

/** The fields of a plan that are the event time of its rows; see `data/event-time.ts`. */
export interface EventTime {
  readonly time: Field;
  readonly mark: Field;
}

/** Rows with names. The plan may have further columns, which no name reaches. */
export interface Relation {
  readonly plan: Plan;
  readonly columns: readonly ScopeColumn[];
  /** Absent where rows have no event time: tables, and whatever an operator made that keeps none. */
  readonly eventTime?: EventTime;
  /** Columns that the last SHELL command did not carry, with the command's label: for a better message. */
  readonly lost?: { readonly columns: readonly string[]; readonly by: string };
}

export const visible = (columns: readonly ScopeColumn[]): readonly ScopeColumn[] => columns.filter((c) => !c.hidden);

/** The hidden columns: a projection lists them behind its own, so that they stay with their rows. */
export const hiddenOf = ({ eventTime }: Pick<Relation, 'eventTime'>): readonly Field[] =>
  eventTime === undefined ? [] : [eventTime.time, eventTime.mark];

/** To be spread into a relation whose plan has the hidden columns of this one. */
export const timeOf = ({ eventTime }: Pick<Relation, 'eventTime'>): Pick<Relation, 'eventTime'> =>
  eventTime === undefined ? {} : { eventTime };

/** A relation whose every field can be named as it is. */
export const relationOf = (plan: Plan, table?: string): Relation => ({
  plan,
  columns: plan.schema.map((field) => ({ label: field.name, field, ...(table !== undefined && { table }) })),
});

/** The same rows under another table name; columns get new labels where the user lists them. */
export function renamed(relation: Relation, table: Name | undefined, columns: readonly Name[] | undefined): Relation {
  const shown = visible(relation.columns);
  if (columns !== undefined && columns.length !== shown.length) {
    fault('E0201', columns[0]!.span, `${columns.length} column names for a relation of ${shown.length} columns`, {
      label: `the columns are: ${listing(shown.map((c) => c.label))}`,
    });
  }
  if (table === undefined && columns === undefined) return relation;
  const tableOf = (c: ScopeColumn) =>
    table !== undefined ? { table: table.text } : c.table !== undefined && { table: c.table };
  const rowids = relation.columns.filter((c) => c.hidden === 'rowid');
  return {
    ...relation,
    columns: [
      ...shown.map((c, i) => ({
        label: columns?.[i]?.text ?? c.label,
        field: c.field,
        ...tableOf(c),
        ...(c.ofJson && { ofJson: true as const }),
      })),
      ...rowids.map((c) => ({ ...c, ...tableOf(c) })),
    ],
  };
}

/** The columns of table `t`, hidden ones too. */
export function columnsOfTable(relation: Pick<Relation, 'columns'>, table: Name): readonly ScopeColumn[] {
  const found = relation.columns.filter(
    (c) => c.table !== undefined && sameName(c.table, table.text) && c.hidden !== 'rowid',
  );
  if (found.length > 0) return found;
  const tables = tableNames(relation.columns);
  return unknown('E0302', table.span, 'table', table.text, tables, `unknown here; tables in FROM: ${listing(tables)}`);
}

export const tableNames = (columns: readonly ScopeColumn[]): readonly string[] => [
  ...new Set(columns.flatMap((c) => c.table ?? [])),
];

/** Columns that a written name can mean: all, none or several. */
export function candidates(columns: readonly ScopeColumn[], { name: { parts } }: ColumnExpr): readonly ScopeColumn[] {
  const [column, table, database] = [...parts].reverse();
  const found = columns.filter(
    (c) =>
      sameName(c.label, column!.text) &&
      (table === undefined ? c.hidden !== true : c.table !== undefined && sameName(c.table, table.text)) &&
      (database === undefined || (c.database !== undefined && sameName(c.database, database.text))),
  );
  const named = found.filter((c) => c.hidden !== 'rowid');
  return named.length > 0 ? named : found;
}

/** One column by its plain name, for clauses that list columns (DROP, RENAME, READS, USING). */
export function columnNamed(relation: Pick<Relation, 'columns' | 'lost'>, name: Name): ScopeColumn {
  const found = relation.columns.filter((c) => !c.hidden && sameName(c.label, name.text));
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    return ambiguous({ kind: 'column', span: name.span, name: { span: name.span, parts: [name] } }, found);
  return unknownColumn({ kind: 'column', span: name.span, name: { span: name.span, parts: [name] } }, relation);
}

export function ambiguous({ span, name }: ColumnExpr, found: readonly ScopeColumn[]): never {
  const column = name.parts.at(-1)!.text;
  const tables = tableNames(found);
  return fault('E0305', span, `column \`${column}\` is ambiguous`, {
    label: tables.length > 1 ? `both ${tables.join(' and ')} have it` : 'several columns have this name',
    help:
      tables.length > 1
        ? [`write ${tables.map((t) => `\`${t}.${column}\``).join(' or ')}`]
        : ['give the columns different names with AS'],
  });
}

export function unknownColumn({ span, name }: ColumnExpr, scope: Pick<Relation, 'columns' | 'lost'>): never {
  const column = name.parts.at(-1)!;
  const table = name.parts.at(-2);
  if (table !== undefined) {
    const known = tableNames(scope.columns);
    if (!known.some((t) => sameName(t, table.text))) {
      return unknown(
        'E0302',
        table.span,
        'table',
        table.text,
        known,
        `unknown here; tables in FROM: ${listing(known)}`,
      );
    }
  }
  const { lost } = scope;
  if (table === undefined && lost?.columns.some((c) => sameName(c, column.text))) {
    return fault('E0406', span, `column \`${column.text}\` is not carried around the command`, {
      label: `lost at SHELL ${lost.by}`,
      notes: ['columns go around a command only where each output row is known to belong to one input row'],
      help: ['declare `EMITS ONE` (or `AS MAP`), or `AS FILTER`; or let the command write the column: WRITES (..)'],
    });
  }
  const labels = (table === undefined ? visible(scope.columns) : columnsOfTable(scope, table)).map((c) => c.label);
  const what = table === undefined ? 'this relation has' : `${table.text} has`;
  const meant = nearest(column.text, labels);
  const isBracket = column.span.source.text[column.span.start] === '[';
  const instead = isBracket
    ? 'brackets are for names, as in SQLite; json_array(1, 2) makes a list'
    : `double quotes are for names; a string is written '${column.text}'`;
  const help = meant !== undefined ? [`did you mean \`${meant}\`?`] : column.quoted || isBracket ? [instead] : [];
  return fault('E0301', span, `column \`${column.text}\` does not exist`, {
    label: labels.length === 0 ? 'unknown column; there is no FROM' : `unknown column; ${what}: ${listing(labels)}`,
    ...(help.length > 0 && { help }),
  });
}
