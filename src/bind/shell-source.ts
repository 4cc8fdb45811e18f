import type { Shell } from '../plan/plan.ts';
import type { ShellWays } from '../plan/shell-ways.ts';
import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { fault, originOf } from './fault.ts';
import { bindQuery } from './query.ts';
import type { Relation } from './scope.ts';
import { relationOf } from './scope.ts';
import { bindShell, lastClause, writtenFields } from './shell.ts';
import { closedContract, declaredContract } from './shell-contract.ts';
import { checkLines, formatFor, lines, writtenFormats } from './shell-format.ts';
import { commandOf, environment, runOptions } from './shell-options.ts';
import { waysOf } from './shell-ways.ts';
import { bindTable } from './table.ts';

/** SHELL (..) in FROM: over its INPUT, or, without one, a source of rows. */
export function bindShellSource(query: QueryContext, spec: ast.ShellSpec): Relation {
  const { clauses } = commandOf(query, spec);
  const table = lastClause(clauses, 'input')?.table ?? argument(spec);
  if (table !== undefined) return bindShell(query, spec, inputRelation(query, table));
  const reads = lastClause(clauses, 'reads');
  if (reads !== undefined && spec.command.kind === 'text')
    fault('E0402', reads.span, 'READS without INPUT', {
      label: 'there are no rows to send',
      help: ['add INPUT table, or INPUT (query)'],
    });
  return shellScan(query, spec);
}

/** A command without input has no rows to cut, or to send again. */
function sourceWays(query: QueryContext, clauses: readonly ast.ShellClause[]): ShellWays {
  for (const c of clauses) {
    const isAboutRows =
      (c.clause === 'mode' && c.mode !== 'pipe') ||
      (c.clause === 'on error' && (c.action === 'retry' || c.action === 'into')) ||
      (c.clause === 'scope' && c.unit === 'key') ||
      (c.clause === 'option' && c.name.text.toLowerCase() === 'protocol');
    if (isAboutRows) fault('E0402', c.span, 'a command that gets no rows', { label: 'this is about rows that go in' });
  }
  return waysOf(query, clauses);
}

/** `geo(access)`: a table as the only argument is the input. */
function argument({ command }: ast.ShellSpec): ast.QName | ast.Query | undefined {
  if (command.kind === 'text' || command.args.length === 0) return undefined;
  const [arg, second] = command.args;
  if (second !== undefined) fault('E0201', second.span, 'a command takes one table', { label: 'a second argument' });
  const { value, span } = arg!;
  if (value.kind === 'table') return value.table;
  if (value.kind === 'expr' && value.expr.kind === 'column') return value.expr.name;
  return fault('E0201', span, 'a command takes a table', { label: 'expected the name of a table' });
}

const inputRelation = (query: QueryContext, table: ast.QName | ast.Query): Relation =>
  'parts' in table ? bindTable(query, { kind: 'table', span: table.span, name: table }) : bindQuery(query, table);

/** A command without input: the rows that its output decodes to. */
export function shellScan(query: QueryContext, spec: ast.ShellSpec, label?: string): Relation {
  const command = commandOf(query, spec);
  const { clauses } = command;
  const written = lastClause(clauses, 'writes');
  const writes =
    written === undefined ? [{ name: 'line', type: 'TEXT', affinity: 'TEXT' } as const] : writtenFields(written);
  const { output, outputSpan } = writtenFormats(query, clauses);
  const outputFormat = output ?? formatFor(writes.length);
  checkLines(
    outputFormat,
    writes.map((f) => f.name),
    'written',
    outputSpan ?? spec.span,
  );
  const declared = declaredContract(query, clauses);
  const plan: Shell = {
    op: 'shell',
    schema: writes,
    command: command.text,
    label: label ?? command.label,
    reads: [],
    readsAll: false,
    writes,
    carried: [],
    inputFormat: lines,
    outputFormat,
    contract: closedContract(declared, clauses, { reads: [], writes: writes.map((f) => f.name) }, spec.span),
    env: environment(query, clauses),
    ...runOptions(query, clauses),
    ...sourceWays(query, clauses),
    origin: originOf(spec.span),
  };
  return relationOf(plan);
}
