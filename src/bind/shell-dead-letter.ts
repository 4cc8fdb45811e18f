import { Bug, QueryError } from '../base/errors.ts';
import { deadLetterSchema, type DeadLetter } from '../plan/shell-ways.ts';
import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { fault } from './fault.ts';
import { Failure } from './inputs.ts';
import { sinkOf } from './insert.ts';
import { dotted, sameName } from './names.ts';
import { atOption } from './options.ts';
import { relationOf } from './scope.ts';
import { findTable } from './table.ts';

const known = deadLetterSchema.map((f) => f.name);

/**
 * Asks the target of ON ERROR INTO, before anything is bound, whether it takes failed rows: a CREATE SINK, or a table. It
 * gets those facts about a failure that it has columns for; a sink without declared columns gets all of them.
 *
 * @throws QueryError E0302, E0405: it is not there, or has other columns.
 */
export async function describeDeadLetter(query: QueryContext, name: ast.QName): Promise<DeadLetter> {
  const columns = targetColumns(query, name) ?? known;
  const schema = deadLetterSchema.filter((f) => columns.some((column) => sameName(column, f.name)));
  const strange = columns.filter((column) => !known.some((fact) => sameName(fact, column)));
  const object = query.catalog.find(dotted(name));
  if (schema.length === 0 || (object?.kind === 'sink' && strange.length > 0))
    fault('E0405', name.span, `\`${dotted(name)}\` cannot take failed rows`, {
      label: strange.length > 0 ? `it has: ${strange.join(', ')}` : 'it has no column for them',
      help: [`columns of such a target are some of: ${known.join(', ')}`],
    });
  const listed = schema.map((f) => columns.find((column) => sameName(column, f.name))!);
  const target: ast.Target = {
    kind: 'relation',
    span: name.span,
    name,
    columns: listed.map((text) => ({ span: name.span, text, quoted: true })),
  };
  const rows = relationOf({ op: 'values', schema, rows: [] });
  const sink = await sinkOf(query, rows, target, undefined, undefined);
  const { connector, options, label } = sink;
  return { connector, options, label, columns: sink.columns, schema };
}

function targetColumns(query: QueryContext, name: ast.QName): readonly string[] | undefined {
  const object = name.parts.length === 1 ? query.catalog.find(dotted(name)) : undefined;
  if (object?.kind === 'broken') throw new QueryError();
  if (object?.kind === 'sink') return object.columns;
  if (object !== undefined)
    fault('E0405', name.span, `\`${object.name}\` takes no failed rows`, {
      label: 'expected a CREATE SINK or a table',
    });
  return findTable(query, name).table.columns.map((c) => c.name);
}

/** What was found out about the target of an ON ERROR INTO. */
export function deadLetterOf({ inputs }: QueryContext, name: ast.QName): DeadLetter {
  const found = inputs.letters.get(name);
  if (found instanceof Failure) return atOption(found.error, name.span);
  if (found === undefined) throw new Bug(`${dotted(name)} was not looked up`);
  return found;
}
