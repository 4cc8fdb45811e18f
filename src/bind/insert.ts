import { QueryError } from '../base/errors.ts';
import type { Connector } from '../connect/connector.ts';
import { connectors } from '../connect/catalog.ts';
import type { Json, Options, Plan, Sink } from '../plan/plan.ts';
import type { Span } from '../base/span.ts';
import type * as ast from '../syntax/ast.ts';
import { kindOf, type ConnectorOptions, type ShellSinkObject } from './catalog.ts';
import type { QueryContext } from './context.ts';
import { conflictOptions } from './conflict.ts';
import { fault, originOf, unknown } from './fault.ts';
import { withDefaults } from './insert-defaults.ts';
import { lengthsAsText } from './interval.ts';
import { dotted, fold } from './names.ts';
import { atOption } from './options.ts';
import { fieldRef, materialize, materializeWithTime, projectPlan } from './plans.ts';
import { bindQuery } from './query.ts';
import { visible, type Relation } from './scope.ts';
import { bindShell } from './shell.ts';
import { declaredContract } from './shell-contract.ts';
import { protocolOf } from './shell-protocol.ts';
import { findTable } from './table.ts';

/** `INSERT .. INTO target query`: the plan of the query with a sink as its root. */
export async function bindInsert(query: QueryContext, statement: ast.Insert): Promise<Sink> {
  const rows = bindQuery(query, withDefaults(query, statement));
  return sinkOf(query, rows, statement.target, statement.or, statement.onConflict);
}

/** A root that writes rows to a target. */
export async function sinkOf(
  query: QueryContext,
  given: Relation,
  target: ast.Target,
  or: ast.Insert['or'],
  onConflict: ast.OnConflict | undefined,
): Promise<Sink> {
  const rows = lengthsAsText(given);
  if (target.kind === 'shell target') {
    if (or !== undefined || onConflict !== undefined)
      fault('E0405', target.span, 'a command knows no conflicts', { label: 'OR and ON CONFLICT are for tables' });
    return shellSink(query, rows, target.shell);
  }
  const { name } = target;
  const object = name.parts.length === 1 ? query.catalog.find(dotted(name)) : undefined;
  if (object?.kind === 'sink' || object?.kind === 'shell sink') {
    if (or !== undefined || onConflict !== undefined)
      fault('E0405', name.span, `sink \`${object.name}\` knows no conflicts`, {
        label: 'OR and ON CONFLICT are for tables',
      });
    if (object.kind === 'shell sink') return shellSinkNamed(query, rows, object, target);
    const input = rowsFor(object.connector, object.options.values, rows);
    const columns = target.columns?.map((c) => c.text) ?? object.columns;
    if (columns !== undefined && columns.length !== input.columns.length)
      wrongWidth(name.span, object.name, columns, input);
    return describedSink(query, object.connector, object.options, input, columns, object.name, name.span);
  }
  if (object?.kind === 'broken') throw new QueryError();
  if (object !== undefined) {
    const what = kindOf(object);
    fault('E0405', name.span, `\`${object.name}\` is a ${what}`, {
      label: 'no rows can be inserted into it',
      help:
        what === 'command' ? [`INSERT INTO SHELL(${object.name})`] : ['rows go to a table, a CREATE SINK or a command'],
    });
  }
  const { database, table } = findTable(query, name);
  const label = `${database.name}.${table.name}`;
  if (database.readOnly)
    fault('E0405', name.span, `database ${database.name} is attached READ_ONLY`, {
      label: 'nothing can be written to it',
    });
  for (const column of target.columns ?? []) {
    if (table.columns.some((c) => c.name.toLowerCase() === column.text.toLowerCase())) continue;
    const known = table.columns.map((c) => c.name);
    unknown('E0301', column.span, 'column', column.text, known, `unknown column; ${label} has: ${known.join(', ')}`);
  }
  const conflict = conflictOptions(
    query,
    or,
    onConflict,
    table.columns.map((c) => c.name),
  );
  const options: Options = {
    file: database.file,
    table: table.name,
    database: database.name,
    ...(conflict as Record<string, Json>),
  };
  return describedSink(
    query,
    connectors.get('sqlite')!,
    { values: options, spans: new Map(), span: name.span },
    materialize(rows),
    target.columns?.map((c) => c.text),
    label,
    target.span,
  );
}

/** Files whose names tell the time of their rows get it as one more column, behind those that are written. */
function rowsFor(connector: Connector, { path }: Options, rows: Relation): Relation {
  const isTimed = connector.name === 'file' && typeof path === 'string' && path.includes('%');
  if (!isTimed || rows.eventTime === undefined) return materialize(rows);
  const timed = materializeWithTime(rows);
  const fields = [...timed.columns.map((c) => c.field), rows.eventTime.time];
  return { columns: timed.columns, plan: projectPlan(timed.plan, fields, fields.map(fieldRef)) };
}

/** Columns go by position; the same names in another order were probably meant by name. */
function warnOfPermutation(query: QueryContext, columns: readonly string[], input: Relation, span: Span): void {
  const given = input.columns.map((c) => fold(c.label));
  const wanted = columns.map(fold);
  if (given.join() === wanted.join() || [...given].sort().join() !== [...wanted].sort().join()) return;
  query.warn({
    code: 'E0405',
    message: 'the columns have the names of the target in another order, and go by position',
    span,
    label: `takes: ${columns.join(', ')}; gets: ${input.columns.map((c) => c.label).join(', ')}`,
    help: ['list the columns behind the target: INSERT INTO t (a, b) ..'],
  });
}

async function describedSink(
  query: QueryContext,
  connector: Connector,
  { values }: ConnectorOptions,
  input: Relation,
  columns: readonly string[] | undefined,
  label: string,
  span: Span,
): Promise<Sink> {
  try {
    const fields = input.columns.map((c) => c.field);
    const described = await connector.sink!.describe(values, fields, columns);
    if (columns === undefined) warnOfPermutation(query, described.columns, input, span);
    return {
      op: 'sink',
      schema: [],
      input: input.plan,
      connector: connector.name,
      options: described.options,
      label,
      columns: described.columns,
      origin: originOf(span),
    };
  } catch (error) {
    return atOption(error, span);
  }
}

function wrongWidth(span: Span, name: string, columns: readonly string[], input: Relation): never {
  return fault('E0405', span, `${name} takes ${columns.length} columns, the query gives ${input.columns.length}`, {
    label: `its columns are: ${columns.join(', ')}`,
    notes: [`the query gives: ${input.columns.map((c) => c.label).join(', ')}`],
  });
}

/** A sink by its connector, made on the spot: COPY. */
export async function sinkTo(
  query: QueryContext,
  connector: Connector,
  options: Options,
  rows: Relation,
  label: string,
  span: Span,
): Promise<Sink> {
  const input = rowsFor(connector, options, rows);
  const columns = visible(rows.columns).map((c) => c.label);
  return describedSink(query, connector, { values: options, spans: new Map(), span }, input, columns, label, span);
}

/** Its columns give the rows their names, by position. */
function shellSinkNamed(
  query: QueryContext,
  rows: Relation,
  { name, shell, columns: declared }: ShellSinkObject,
  target: Extract<ast.Target, { kind: 'relation' }>,
): Promise<Sink> {
  const input = materialize(rows);
  const columns = target.columns?.map((c) => c.text) ?? declared;
  if (columns === undefined) return shellSink(query, input, shell);
  if (columns.length !== input.columns.length) wrongWidth(target.span, name, columns, input);
  const named = input.columns.map((c, i) => ({ label: columns[i]!, field: c.field }));
  return shellSink(query, { ...input, columns: named }, shell);
}

/**
 * A command as target: what it prints goes to the standard output as it is. Nobody can tell what else it does, and as
 * nothing is made of its lines, what is promised of their number (`AS MAP`, `AS EFFECT`) binds it to nothing here.
 */
export async function shellSink(query: QueryContext, given: Relation, spec: ast.ShellSpec): Promise<Sink> {
  const rows = lengthsAsText(given);
  const written = spec.clauses.find((c) => c.clause === 'writes');
  if (written !== undefined)
    fault('E0405', written.span, 'WRITES of a command that is a target', {
      label: 'its output goes to the terminal as it is',
    });
  const shell = bindShell(query, spec, materialize(rows), (clauses) => {
    const talk = protocolOf(clauses);
    if (talk !== undefined)
      fault('E0405', talk.span, 'a protocol for a command that is a target', {
        label: 'nobody takes its answers: its output goes to the terminal as it is',
      });
    const declared = Object.entries(declaredContract(query, clauses));
    return Object.fromEntries(declared.filter(([axis]) => axis !== 'emits' && axis !== 'filters'));
  });
  const plan: Plan =
    shell.plan.op === 'shell' && shell.plan.contract.effects === undefined
      ? { ...shell.plan, contract: { ...shell.plan.contract, effects: { value: 'any', by: 'declared' } } }
      : shell.plan;
  const label = plan.op === 'shell' ? `SHELL '${plan.label}'` : 'SHELL';
  return sinkTo(query, connectors.get('stdout')!, { format: 'lines' }, { ...shell, plan }, label, spec.span);
}
