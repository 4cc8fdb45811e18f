import { rejectedSchema } from '../connect/rejected.ts';
import { OptionError } from '../connect/connector.ts';
import { meant } from '../connect/options.ts';
import type { Json, Options } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { lateSink } from './event-time-late.ts';
import { relationOf } from './scope.ts';
import type { ConnectorOptions } from './catalog.ts';

const words = ['fail', 'skip', 'null'];

/**
 * `on_error = 'name'`: records that cannot be read go to that sink or table, whose columns take their source, offset,
 * error and text. The options of a source with what the sink is, for the run.
 *
 * @throws OptionError, QueryError: there is no such sink, or it cannot take these columns.
 */
export async function withRejects(query: QueryContext, { values, spans, span }: ConnectorOptions): Promise<Options> {
  const name = values['on_error'];
  if (typeof name !== 'string' || words.includes(name)) return values;
  const { catalog } = query;
  const parts = name.split('.');
  const isKnown = parts.length > 1 ? catalog.database(parts[0]!) !== undefined : catalog.find(name)?.kind === 'sink';
  if (!isKnown) {
    const sinks = catalog.objects.filter((o) => o.kind === 'sink').map((o) => o.name);
    throw new OptionError('on_error', `option on_error is '${name}'`, [
      ...meant(name, [...words, ...sinks]),
      `it can be: ${words.join(', ')}, or the name of a sink for the records that cannot be read`,
    ]);
  }
  const at = spans.get('on_error') ?? span;
  const qname: ast.QName = { span: at, parts: parts.map((text) => ({ span: at, text, quoted: false })) };
  const rows = relationOf({ op: 'values', schema: rejectedSchema, rows: [] });
  return { ...values, rejects: (await lateSink(query, rows, qname)) as unknown as Json };
}
