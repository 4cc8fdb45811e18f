import type { Step } from '../plan/step.ts';
import type * as ast from '../syntax/ast.ts';
import { scratchOf } from './create-table.ts';
import { fault } from './fault.ts';
import { fold } from './names.ts';
import type { StatementContext } from './statement.ts';

/** Names, with what may stand between them; strings and comments are passed over whole. */
const token =
  /--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'|("(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)(\s*\.\s*(?=["`[A-Za-z_\u0080-\uffff]))?/g;

const temporary = /^(\s*CREATE\s+)TEMP(?:ORARY)?\s/i;

/** Flink's form. */
const withOptions = /^\s*CREATE\s+(TEMP\w*\s+)?TABLE\b[^]*\)\s*WITH\s*\([^]*\bconnector\b/i;

const unquoted = (name: string): string => (/^["`[]/.test(name) ? name.slice(1, -1) : name);

/**
 * A statement for SQLite as it stands. It runs on the database that it names (`shop.orders`), on the only one attached,
 * else on a scratch database. SQLite opens that file alone, where its tables have no prefix, so the prefix goes.
 */
export function sqliteStep(
  { session, state }: StatementContext,
  { sql, span, verb }: ast.Passthrough,
): Extract<Step, { kind: 'sqlite' }> {
  if (withOptions.test(sql))
    fault('E0204', span, 'CREATE TABLE with options', {
      label: 'a table is one of SQLite, which knows no connectors',
      help: ['CREATE SOURCE .. WITH (connector = ..) for what is read, CREATE SINK for what is written'],
    });
  const named = new Set<string>();
  const plain = sql.replace(token, (text, name: string | undefined, dot: string | undefined) => {
    if (name === undefined || dot === undefined) return text;
    const database = fold(unquoted(name));
    if (state.catalog.databases.has(database) || database === 'main') {
      named.add(database);
      return '';
    }
    return text;
  });
  if (named.size > 1) {
    fault('E0204', span, 'a statement for SQLite that names two databases', {
      label: [...named].join(' and '),
      help: ['write it as INSERT INTO .. SELECT, which may read any database'],
    });
  }
  // Tables of one connection would be gone with the statement: the scratch database is gone with the session.
  const isTemporary = temporary.test(plain);
  const attached = [...state.catalog.databases.keys()].filter((name) => name !== 'main');
  const [chosen] = isTemporary ? ['main'] : named.size === 1 ? [...named] : attached.length === 1 ? attached : ['main'];
  const returnsRows = verb === 'PRAGMA' || verb === 'EXPLAIN' || /\bRETURNING\b/i.test(sql);
  if (chosen === 'main') {
    scratchOf(session, state.catalog);
    return { kind: 'sqlite', database: 'main', sql: plain.replace(temporary, '$1'), returnsRows };
  }
  const { name, readOnly } = state.catalog.database(chosen!)!;
  if (readOnly && verb !== 'PRAGMA')
    fault('E0603', span, `database ${name} is attached READ_ONLY`, { label: 'nothing can be changed in it' });
  return { kind: 'sqlite', database: name, sql: plain, returnsRows };
}
