import type { Span } from '../base/span.ts';
import { toSqlite } from '../expr/print.ts';
import type { Step } from '../plan/step.ts';
import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { scratchOf } from './create-table.ts';
import { fault } from './fault.ts';
import { fold } from './names.ts';
import { paramLiteral } from './params.ts';
import type { StatementContext } from './statement.ts';

/** Names, with what may stand between them, and parameters; strings and comments are passed over whole. */
const token =
  /--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'|(\?\d*|(?<!:)[:@$][A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)|("(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)(\s*\.\s*(?=["`[A-Za-z_\u0080-\uffff]))?/g;

const temporary = /^(\s*CREATE\s+)TEMP(?:ORARY)?\s/i;

/** Flink's form. */
const withOptions = /^\s*CREATE\s+(TEMP\w*\s+)?TABLE\b[^]*\)\s*WITH\s*\([^]*\bconnector\b/i;

const unquoted = (name: string): string => (/^["`[]/.test(name) ? name.slice(1, -1) : name);

/** First words of statements that change nothing, unless WITH is about one that does. */
const reads = /^(?:PRAGMA|EXPLAIN|SELECT|VALUES|WITH(?![^]*\b(?:UPDATE|DELETE|REPLACE|INSERT)\b))\b/i;

/**
 * A statement for SQLite as it stands, but that parameters are values in it. It runs on the database that it names (`shop.orders`), on the only one attached,
 * else on a scratch database. SQLite opens that file alone, where its tables have no prefix, so the prefix goes.
 */
export function sqliteStep(
  { session, state }: StatementContext,
  query: Pick<QueryContext, 'params'>,
  { sql, span, verb }: ast.Passthrough,
): Extract<Step, { kind: 'sqlite' }> {
  if (withOptions.test(sql))
    fault('E0204', span, 'CREATE TABLE with options', {
      label: 'a table is one of SQLite, which knows no connectors',
      help: ['CREATE SOURCE .. WITH (connector = ..) for what is read, CREATE SINK for what is written'],
    });
  const named = new Set<string>();
  const valueOf = parameters(query.params, span);
  const plain = sql.replace(token, (text, param?: string, name?: string, dot?: string) => {
    if (param !== undefined) return valueOf(param);
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
  const onlyReads = reads.test(sql);
  // What is recursive need not read a table.
  const mayBeAny = verb === 'PRAGMA' || /\bRECURSIVE\b/i.test(sql);
  if (onlyReads && !mayBeAny && named.size === 0 && attached.length > 1)
    fault('E0305', span, 'a query that only SQLite can answer, and several databases', {
      label: 'which of them shall answer it?',
      help: [`put the name of a database before that of a table: ${state.catalog.database(attached[0]!)!.name}.t`],
    });
  const returnsRows = onlyReads || /\bRETURNING\b/i.test(sql);
  if (chosen === 'main') {
    scratchOf(session, state.catalog);
    return { kind: 'sqlite', database: 'main', sql: plain.replace(temporary, '$1'), returnsRows };
  }
  const { name, readOnly } = state.catalog.database(chosen!)!;
  if (readOnly && !onlyReads)
    fault('E0603', span, `database ${name} is attached READ_ONLY`, { label: 'nothing can be changed in it' });
  return { kind: 'sqlite', database: name, sql: plain, returnsRows };
}

/** The values of parameters, as text for SQLite: `?` is the one behind those before it. */
function parameters(params: QueryContext['params'], span: Span): (image: string) => string {
  let last = 0;
  return (image) => {
    const named = !image.startsWith('?');
    const position = image === '?' ? last + 1 : Number(image.slice(1));
    if (!named) last = Math.max(last, position);
    const value = paramLiteral({ kind: 'param', span, ...(named ? { name: image.slice(1) } : { position }) }, params);
    return toSqlite(value)!;
  };
}
