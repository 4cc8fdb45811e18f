import type { Span } from '../base/span.ts';
import type { QueryContext } from './context.ts';
import { fault } from './fault.ts';
import { fold } from './names.ts';

/**
 * Where the definition of a view, stream or source is bound: the session's context, which sees no WITH member and no
 * column of the query that uses it.
 *
 * @throws QueryError E0302 if the definition uses itself.
 */
export function insideOf(query: QueryContext, name: string, use: Span): QueryContext {
  if (query.expanding.includes(fold(name)))
    fault('E0302', use, `\`${name}\` is made from itself`, { label: 'this use is part of its own definition' });
  return { ...query, ctes: new Map(), outer: [], expanding: [...query.expanding, fold(name)] };
}
