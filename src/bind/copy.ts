import { extname } from 'node:path';
import { connectors } from '../connect/catalog.ts';
import type { Sink } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { fault } from './fault.ts';
import { shellSink, sinkTo } from './insert.ts';
import { lengthsAsText } from './interval.ts';
import { bindOptions } from './options.ts';
import { bindQuery } from './query.ts';
import type { Relation } from './scope.ts';
import { bindTable } from './table.ts';

/** COPY (query) TO 'file' (FORMAT csv, HEADER), or TO PROGRAM 'command': INSERT into a sink without a name. */
export async function bindCopy(query: QueryContext, { from, to, options, span }: ast.Copy): Promise<Sink> {
  const found: Relation =
    'parts' in from ? bindTable(query, { kind: 'table', span: from.span, name: from }) : bindQuery(query, from);
  const rows = lengthsAsText(found);
  if (to.program) {
    const format = options.find((o) => o.name.toLowerCase() === 'format');
    const others = options.filter((o) => o !== format);
    if (others.length > 0 && format === undefined)
      fault('E0402', others[0]!.span, `COPY TO PROGRAM with ${others[0]!.name}, but without FORMAT`, {
        label: 'this is an option of a format',
        help: ['say which: (FORMAT csv, HEADER)'],
      });
    return shellSink(query, rows, {
      span: to.span,
      command: { kind: 'text', span: to.span, text: to.text },
      clauses: formatClause(format, others),
    });
  }
  const connector = connectors.get('file')!;
  const given = options.map(withValue);
  const path: ast.Option = {
    span: to.span,
    name: 'path',
    value: { kind: 'literal', span: to.span, type: 'string', text: to.text },
  };
  const replace: readonly ast.Option[] = given.some((o) => o.name === 'append')
    ? []
    : [{ span: to.span, name: 'append', value: { kind: 'literal', span: to.span, type: 'false', text: 'false' } }];
  const hasFormat = given.some((o) => o.name === 'format') || extname(to.text) !== '';
  const format: readonly ast.Option[] = hasFormat
    ? []
    : [{ span: to.span, name: 'format', value: { kind: 'literal', span: to.span, type: 'string', text: 'csv' } }];
  return sinkTo(
    query,
    connector,
    bindOptions(query, connector, [path, ...format, ...replace, ...given], span, 'sink').values,
    rows,
    to.text,
    to.span,
  );
}

/** FORMAT, with the other options as those of the format. */
function formatClause(
  option: ast.Copy['options'][number] | undefined,
  others: ast.Copy['options'],
): readonly ast.ShellClause[] {
  const value = option?.value;
  if (option === undefined || value === undefined) return [];
  const name = value.kind === 'column' ? value.name.parts[0]!.text : value.kind === 'literal' ? value.text : '';
  const args = others.map(withValue);
  return [{ clause: 'format', span: option.span, direction: 'input', format: { span: value.span, name, args } }];
}

/** An option without value is switched on. */
const withValue = ({ span, name, value }: ast.Copy['options'][number]): ast.Option => ({
  span,
  name: name.toLowerCase(),
  value: value ?? { kind: 'literal', span, type: 'true', text: 'true' },
});
