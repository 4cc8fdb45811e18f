import type { LateSink } from '../plan/watermark.ts';
import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { sinkOf } from './insert.ts';
import { lookUp } from './inputs.ts';
import { materialize } from './plans.ts';
import type { Relation } from './scope.ts';

/**
 * Where LATE ROWS INTO sends the rows of a source: a CREATE SINK, or a table of an attached database.
 *
 * @throws QueryError E0302, E0405: it is not there, or cannot take these columns.
 */
export async function lateSink(query: QueryContext, source: Relation, name: ast.QName): Promise<LateSink> {
  const inputs = await lookUp(query, { kind: 'table', name });
  const target: ast.Target = { kind: 'relation', span: name.span, name };
  const sink = await sinkOf({ ...query, inputs }, materialize(source), target, undefined, undefined);
  const { connector, options, label, columns } = sink;
  return { connector, options, label, columns };
}
