import type { Field } from '../data/types.ts';
import type { Sink } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { AttachedDatabase } from './catalog.ts';
import { fault, originOf, unknown } from './fault.ts';
import { dotted, lastPart, sameName } from './names.ts';
import { lengthsAsText } from './interval.ts';
import { materialize } from './plans.ts';
import { bindQuery } from './query.ts';
import { catalogueOf } from './table.ts';
import type { QueryContext } from './context.ts';
import type { Session, SessionState } from './session.ts';

/** Types that CREATE TABLE .. AS declares, as SQLite does: by the affinity of what the query gives. */
const declared: Readonly<Record<NonNullable<Field['affinity']>, string>> = {
  INTEGER: 'INT',
  REAL: 'REAL',
  NUMERIC: 'NUM',
  TEXT: 'TEXT',
  BLOB: '',
};

/**
 * CREATE TABLE .. AS query: a sink that makes its table in the transaction that fills it. Undefined where the table is
 * there and that is as it should be.
 */
export function bindCreateTable(
  query: QueryContext,
  { session, state }: { readonly session: Session; readonly state: SessionState },
  { name, ifNotExists, temporary, query: definition, span }: ast.CreateTable,
): Sink | undefined {
  const database = databaseOf(session, state, name, temporary);
  const table = lastPart(name).text;
  const label = `${database.name}.${table}`;
  if (database.readOnly)
    fault('E0405', name.span, `database ${database.name} is attached READ_ONLY`, {
      label: 'nothing can be made in it',
    });
  // The scratch database is empty when it has just been made.
  const isThere = query.inputs.catalogues.has(database.name.toLowerCase()) && catalogueOf(query.inputs, database.name, name.span).table(table) !== undefined; // prettier-ignore
  if (isThere && ifNotExists) return undefined;
  if (isThere) {
    fault('E0306', name.span, `table \`${label}\` exists already`, {
      label: 'it has its rows',
      help: ['IF NOT EXISTS keeps it; DROP TABLE makes room for a new one; INSERT INTO adds to it'],
    });
  }
  const { plan, columns } = materialize(lengthsAsText(bindQuery(query, definition)));
  const fields = columns.map(({ field }) => `${quoted(field.name)} ${declared[field.affinity ?? 'BLOB']}`.trim());
  return {
    op: 'sink',
    schema: [],
    input: plan,
    connector: 'sqlite',
    options: {
      file: database.file,
      table,
      database: database.name,
      create: `CREATE TABLE main.${quoted(table)} (${fields.join(', ')})`,
    },
    label,
    columns: columns.map(({ field }) => field.name),
    origin: originOf(span),
  };
}

/** The database that the name says, the only one attached, or the scratch database; that is where temporary tables go. */
function databaseOf(
  session: Session,
  { catalog }: SessionState,
  name: ast.QName,
  temporary: boolean,
): AttachedDatabase {
  const [, database] = [...name.parts].reverse();
  const attached = [...catalog.databases.values()].filter((d) => !sameName(d.name, 'main'));
  if (database !== undefined && !sameName(database.text, 'main')) {
    const names = attached.map((d) => d.name);
    return (
      catalog.database(database.text) ??
      unknown(
        'E0302',
        database.span,
        'database',
        dotted(name),
        names,
        `attached databases: ${names.join(', ') || 'none'}`,
      )
    );
  }
  const [only] = attached;
  return database === undefined && !temporary && attached.length === 1 ? only! : scratchOf(session, catalog);
}

/** The scratch database, which becomes a database of the session with its first use. */
export function scratchOf(session: Session, catalog: SessionState['catalog']): AttachedDatabase {
  const known = catalog.database('main');
  if (known !== undefined) return known;
  const made: AttachedDatabase = { name: 'main', ...session.scratch() };
  catalog.attach(made);
  return made;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
