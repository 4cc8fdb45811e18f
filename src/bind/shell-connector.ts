import type { Span } from '../base/span.ts';
import type { OptionSpec } from '../connect/connector.ts';
import { textOf } from '../expr/compare.ts';
import type { Restart } from '../plan/shell-ways.ts';
import type * as ast from '../syntax/ast.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { fault, unknown } from './fault.ts';
import { fold } from './names.ts';
import { optionValue } from './options.ts';

/** Options of connector = 'shell'; those of its format stand beside them. */
const ofSources = [
  'command',
  'format',
  'delim',
  'quote',
  'header',
  'null',
  'pattern',
  'on_error',
  'restart',
  'restart_delay',
] as const;
const ofSinks = ['command', 'format', 'delim', 'quote', 'header', 'null'] as const;
type Known = (typeof ofSources)[number];
/** Options of the format. */
const ofFormat: ReadonlySet<string> = new Set(['delim', 'quote', 'header', 'null', 'pattern']);

/** ms before a command is started again for the first time. */
const DELAY = 200;

/** CREATE SOURCE .. WITH (connector = 'shell', command = ..) as the SHELL clause that it means. */
export function shellSource(
  query: QueryContext,
  columns: readonly ast.SourceColumn[],
  options: readonly ast.Option[],
  span: Span,
  bounded: boolean,
): { readonly shell: ast.ShellSpec; readonly restart?: Restart } {
  const found = optionsOf(options, ofSources);
  const command = commandOf(query, found, span);
  const clauses = [...formatClause(query, found, options, 'output')];
  const physical = columns.filter((c) => c.as === undefined);
  if (physical.length > 0) {
    const untyped = physical.find((c) => c.type === undefined);
    if (untyped !== undefined)
      fault('E0402', untyped.span, `column \`${untyped.name.text}\` has no type`, { label: 'expected a type' });
    clauses.push({
      clause: 'writes',
      span,
      columns: physical.map((c) => ({
        ...{ span: c.span, name: c.name, type: c.type! },
        ...(c.notNull && c.default === undefined && { notNull: true }),
      })),
    });
  }
  const onError = found.get('on_error');
  if (onError !== undefined) {
    const action = optionValue(query, { type: 'text', doc: '', oneOf: ['fail', 'skip'] }, 'on_error', onError.value);
    clauses.push({ clause: 'on error', span: onError.span, action: action as 'fail' | 'skip' });
  }
  const restart = restartOf(query, found, bounded);
  return { shell: { span: command.span, command, clauses }, ...(restart && { restart }) };
}

/** CREATE SINK .. WITH (connector = 'shell', command = ..): the command that INSERT sends its rows to. */
export function shellSinkSpec(query: QueryContext, options: readonly ast.Option[], span: Span): ast.ShellSpec {
  const found = optionsOf(options, ofSinks);
  const command = commandOf(query, found, span);
  return { span: command.span, command, clauses: formatClause(query, found, options, 'input') };
}

function optionsOf(options: readonly ast.Option[], known: readonly Known[]): ReadonlyMap<Known, ast.Option> {
  const found = new Map<Known, ast.Option>();
  for (const option of options) {
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
  return found;
}

function commandOf(query: QueryContext, found: ReadonlyMap<Known, ast.Option>, at: Span) {
  const command = found.get('command');
  if (command === undefined)
    return fault('E0402', at, 'connector shell needs the option command', { label: "command = '..' is missing" });
  const text = textOf(constantValue(query, command.value, 'command') ?? '');
  return { kind: 'text', span: command.value.span, text } as const;
}

/** The option `format`, with those of the options that are of a format. */
function formatClause(
  query: QueryContext,
  found: ReadonlyMap<Known, ast.Option>,
  options: readonly ast.Option[],
  direction: 'input' | 'output',
): readonly ast.ShellClause[] {
  const format = found.get('format');
  if (format === undefined) return [];
  const name = textOf(constantValue(query, format.value, 'format') ?? '');
  const args = options.filter((o) => ofFormat.has(fold(o.name)));
  return [{ clause: 'format', span: format.span, direction, format: { span: format.value.span, name, args } }];
}

const whens: OptionSpec = { type: 'text', doc: '', oneOf: ['no', 'on-failure', 'always'] };
const delays: OptionSpec = { type: 'duration', doc: '' };

function restartOf(query: QueryContext, found: ReadonlyMap<Known, ast.Option>, bounded: boolean): Restart | undefined {
  const [option, pause] = [found.get('restart'), found.get('restart_delay')];
  const when = option === undefined ? 'no' : (optionValue(query, whens, 'restart', option.value) as string);
  if (when === 'no') {
    if (pause !== undefined)
      fault('E0402', pause.span, 'restart_delay without restart', { label: "add restart = 'on-failure' or 'always'" });
    return undefined;
  }
  if (when === 'always' && bounded)
    fault('E0401', option!.span, "restart = 'always' of a source that is bounded", {
      label: 'its rows would never end',
      help: ["restart = 'on-failure' starts it again only until it ends well"],
    });
  const delay = pause === undefined ? DELAY : (optionValue(query, delays, 'restart_delay', pause.value) as number);
  return { when: when as Restart['when'], delay };
}
