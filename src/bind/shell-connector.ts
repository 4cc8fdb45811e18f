import type { Span } from '../base/span.ts';
import { textOf } from '../expr/compare.ts';
import type * as ast from '../syntax/ast.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { fault, later, unknown } from './fault.ts';
import { fold } from './names.ts';

/** Options of CREATE SOURCE with connector = 'shell'; those of its format stand beside them. */
const known = ['command', 'format', 'delim', 'quote', 'header', 'null', 'pattern'] as const;

/** CREATE SOURCE .. WITH (connector = 'shell', command = ..) as the SHELL clause that it means. */
export function shellSource(
  query: QueryContext,
  columns: readonly ast.SourceColumn[],
  options: readonly ast.Option[],
  span: Span,
): ast.ShellSpec {
  const found = new Map<string, ast.Option>();
  for (const option of options) {
    if (fold(option.name) === 'restart') later(option.span, 'restart of a command comes');
    const name = known.find((k) => k === fold(option.name));
    if (name === undefined)
      return unknown(
        'E0308',
        option.span,
        'connector shell: option',
        option.name,
        known,
        `it has: ${known.join(', ')}`,
      );
    found.set(name, option);
  }
  const command = found.get('command');
  if (command === undefined)
    return fault('E0402', span, 'connector shell needs the option command', { label: "command = '..' is missing" });
  const text = textOf(constantValue(query, command.value, 'command') ?? '');
  const format = found.get('format');
  const args = options.filter((o) => fold(o.name) !== 'command' && fold(o.name) !== 'format');
  const clauses: ast.ShellClause[] = [];
  if (format !== undefined) {
    const name = textOf(constantValue(query, format.value, 'format') ?? '');
    clauses.push({
      clause: 'format',
      span: format.span,
      direction: 'output',
      format: { span: format.value.span, name, args },
    });
  }
  const physical = columns.filter((c) => c.as === undefined);
  if (physical.length > 0) {
    const untyped = physical.find((c) => c.type === undefined);
    if (untyped !== undefined)
      fault('E0402', untyped.span, `column \`${untyped.name.text}\` has no type`, { label: 'expected a type' });
    clauses.push({
      clause: 'writes',
      span,
      columns: physical.map((c) => ({ span: c.span, name: c.name, type: c.type! })),
    });
  }
  return { span: command.value.span, command: { kind: 'text', span: command.value.span, text }, clauses };
}
