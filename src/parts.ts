import { QueryError } from './base/errors.ts';
import type { Script, Statement } from './syntax/ast.ts';

/** Statements of SQLite that change what tables there are; ROLLBACK may take such a change back. */
const schemaVerbs: ReadonlySet<string> = new Set([
  'CREATE',
  'ALTER',
  'DROP',
  'BEGIN',
  'COMMIT',
  'END',
  'ROLLBACK',
  'SAVEPOINT',
  'RELEASE',
  'ATTACH',
]);

/** Whether a statement of SQLite is to be rehearsed: it changes what tables there are, in the database alone. */
export const changesSchema = (sql: string): boolean => {
  const verb = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? '';
  return verb !== 'ATTACH' && schemaVerbs.has(verb);
};

/** Cuts a script behind each statement that changes what later ones are bound against. */
export function parts(script: Script): readonly Script[] {
  const cut: Statement[][] = [[]];
  for (const statement of script.statements) {
    cut.at(-1)!.push(statement);
    const isTable = statement.kind === 'create table';
    if (isTable || (statement.kind === 'passthrough' && schemaVerbs.has(statement.verb))) cut.push([]);
  }
  return cut.filter((part) => part.length > 0).map((statements) => ({ ...script, statements }));
}

/** @throws QueryError: what is asked for needs the plan of all statements before any of them is run. */
export function cannotWait({ span }: Statement): never {
  throw new QueryError({
    code: 'E0204',
    message: 'a plan of a statement that reads a file which those before it make',
    span,
    label: 'its columns are known when the file is there',
    help: ['run the script: the statement is bound in its turn; or make a script of its own of it'],
  });
}
