import { QueryError } from '../base/errors.ts';
import type * as ast from '../syntax/ast.ts';
import { kindOf, type CatalogObject, type SourceObject, type ShellSourceObject } from './catalog.ts';
import type { QueryContext } from './context.ts';
import { insideOf } from './definition.ts';
import { timingOf, withEventTime } from './event-time.ts';
import { lateSink } from './event-time-late.ts';
import { collect, fault, unknown } from './fault.ts';
import { dropFunction } from './function.ts';
import { lookUp } from './inputs.ts';
import { dotted, lastPart, sameName } from './names.ts';
import { bindOptions, connectorOf } from './options.ts';
import { completed } from './source.ts';
import { relationOf, type Relation } from './scope.ts';
import { shellSinkSpec, shellSource } from './shell-connector.ts';
import { writtenFields } from './shell.ts';
import { closedContract, declaredContract } from './shell-contract.ts';
import { writtenFormats } from './shell-format.ts';
import { commandOf, environment, runOptions } from './shell-options.ts';
import { waysOf } from './shell-ways.ts';
import { bindTable } from './table.ts';
import { declaredField } from './types.ts';

type Create = ast.CreateSource | ast.CreateSink | ast.CreateStream | ast.CreateView | ast.CreateCommand;

/** Whether the name may be made now. IF NOT EXISTS leaves what is there. */
export function mayCreate({ catalog }: QueryContext, { name, orReplace, ifNotExists, kind }: Create): boolean {
  if (name.parts.length > 1) {
    fault('E0306', name.span, `${kind.toUpperCase()} with the name of a database`, {
      label: 'it belongs to the session, not to a database',
      help: [`give it a plain name: ${lastPart(name).text}`],
    });
  }
  const found = catalog.find(dotted(name));
  if (found === undefined || found.kind === 'broken' || orReplace) return true;
  if (ifNotExists) return false;
  return fault('E0306', name.span, `\`${found.name}\` exists already`, {
    label: `it is a ${kindOf(found)}`,
    help: ['CREATE OR REPLACE makes it anew, IF NOT EXISTS keeps it'],
  });
}

/**
 * Puts the object of a CREATE statement into the catalogue; what is wrong with it shows here, not at its first use.
 *
 * @returns whether it is new: IF NOT EXISTS leaves what is there.
 */
export async function bindCreate(query: QueryContext, statement: Create): Promise<boolean> {
  if (!mayCreate(query, statement)) return false;
  const { catalog } = query;
  const before = catalog.find(dotted(statement.name));
  try {
    const object = objectOf(query, statement);
    catalog.put(object);
    await checkUse(query, statement, object);
    return true;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    if (before === undefined) catalog.put({ kind: 'broken', name: dotted(statement.name) });
    throw error;
  }
}

function objectOf(query: QueryContext, statement: Create): CatalogObject {
  const name = dotted(statement.name);
  switch (statement.kind) {
    case 'create view':
      return { kind: 'view', name, columns: statement.columns, query: statement.query };
    case 'create stream':
      return { kind: 'stream', name, columns: undefined, query: statement.query };
    case 'create command':
      return commandObject(query, name, statement);
    case 'create sink':
      return sinkObject(query, name, statement);
    case 'create source':
      return sourceObject(query, name, statement);
  }
}

/** Binds the object once, as its first use would. */
async function checkUse(query: QueryContext, statement: Create, object: CatalogObject): Promise<void> {
  if (object.kind === 'view' || object.kind === 'stream') {
    const inputs = await lookUp(query, object.query);
    bindTable({ ...query, inputs }, { kind: 'table', span: statement.name.span, name: statement.name });
  }
  if (statement.kind !== 'create source' || statement.columns === undefined) return;
  if (object.kind !== 'source' && object.kind !== 'shell source') return;
  if (object.timing === undefined && (object.kind === 'shell source' || object.columns.length === 0)) return;
  const rows = await sourceRelation(query, object, statement);
  if (object.timing?.watermark.late?.action !== 'into') return;
  const into = await lateSink(query, rows, object.timing.watermark.late.sink);
  query.catalog.put({ ...object, timing: { ...object.timing, into } });
}

/** A source whose columns are declared can be checked before its files are there. */
async function sourceRelation(
  query: QueryContext,
  source: SourceObject | ShellSourceObject,
  { name }: ast.CreateSource,
): Promise<Relation> {
  if (source.kind === 'source' && source.fields !== undefined) {
    const plan = { op: 'values', schema: source.fields, rows: [] } as const;
    const inside = insideOf(query, source.name, name.span);
    const rows = completed(inside, relationOf(plan, source.name), source.columns, source.name);
    return source.timing === undefined
      ? rows
      : withEventTime(query, rows, source.name, source.timing, { onError: 'fail' });
  }
  const inputs = await lookUp(query, { kind: 'table', name });
  return bindTable({ ...query, inputs }, { kind: 'table', span: name.span, name });
}

function sourceObject(
  query: QueryContext,
  name: string,
  { columns: list, options, name: { span } }: ast.CreateSource,
): SourceObject | ShellSourceObject {
  const { connector, rest: given } = connectorOf(query, options, span);
  const { rest, bounded, ...time } = timingOf(query, list?.watermark, given);
  const columns = list?.columns ?? [];
  checkColumns(columns);
  if (connector === 'shell')
    return {
      kind: 'shell source',
      name,
      ...shellSource(query, columns, rest, span, bounded === true),
      columns,
      ...time,
      ...(bounded !== true && { unbounded: true }),
    };
  if (connector.source === undefined)
    fault('E0310', span, `connector ${connector.name} is no source`, {
      label: 'it can only be written to: CREATE SINK',
    });
  const bound = bindOptions(query, connector, rest, span);
  const physical = columns.filter((c) => c.as === undefined);
  const metadata = physical
    .filter((c) => c.metadata !== undefined)
    .map((c) => [c.name.text, c.metadata === true ? c.name.text : c.metadata!]);
  const values =
    metadata.length > 0
      ? { ...bound.values, metadata: Object.fromEntries(metadata) as Record<string, string> }
      : bound.values;
  const fields =
    physical.length > 0
      ? physical.map((c) => declaredField(c.name.text, c.type, c.notNull && c.default === undefined))
      : undefined;
  return { kind: 'source', name, connector, options: { ...bound, values }, fields, columns, ...time };
}

export function checkColumns(columns: readonly ast.SourceColumn[]): void {
  collect(columns, ({ name }, i) => {
    const other = columns.slice(0, i).some((c) => sameName(c.name.text, name.text));
    if (other)
      fault('E0306', name.span, `column \`${name.text}\` is declared twice`, {
        label: 'names must differ in more than case',
      });
  });
}

function sinkObject(
  query: QueryContext,
  name: string,
  { columns: list, options, name: { span } }: ast.CreateSink,
): CatalogObject {
  const columns = list?.columns ?? [];
  checkColumns(columns);
  for (const c of columns) declaredField(c.name.text, c.type);
  const named = columns.length > 0 ? columns.map((c) => c.name.text) : undefined;
  const { connector, rest } = connectorOf(query, options, span);
  if (connector === 'shell')
    return { kind: 'shell sink', name, shell: shellSinkSpec(query, rest, span), columns: named };
  if (connector.sink === undefined)
    fault('E0310', span, `connector ${connector.name} is no sink`, {
      label: 'it can only be read from: CREATE SOURCE',
    });
  return { kind: 'sink', name, connector, options: bindOptions(query, connector, rest, span, 'sink'), columns: named };
}

/** All that can be said of a command without its input. */
function commandObject(query: QueryContext, name: string, { columns, shell }: ast.CreateCommand): CatalogObject {
  const { clauses } = commandOf(query, shell);
  const written = clauses.find((c) => c.clause === 'writes');
  const writes = written?.clause === 'writes' ? writtenFields(written).map((f) => f.name) : [];
  closedContract(declaredContract(query, clauses), clauses, { reads: [], writes }, shell.span);
  writtenFormats(query, clauses);
  environment(query, clauses);
  runOptions(query, clauses);
  waysOf(query, clauses);
  if (columns === undefined || columns.length === 0 || clauses.some((c) => c.clause === 'reads'))
    return { kind: 'command', name, shell };
  // Its parameters are the columns that it reads.
  const items = columns.map(({ name: column, span }): ast.ExprItem => ({
    kind: 'item',
    span,
    expr: { kind: 'column', span, name: { span, parts: [column] } },
  }));
  return {
    kind: 'command',
    name,
    shell: { ...shell, clauses: [...clauses, { clause: 'reads', span: shell.span, items }] },
  };
}

export function bindDrop(query: QueryContext, drop: ast.Drop): void {
  const { catalog } = query;
  const { what, name, ifExists } = drop;
  if (what === 'function') return dropFunction(query, drop);
  const found = catalog.find(dotted(name));
  if (found?.kind === 'broken') return catalog.drop(found.name);
  const kind = found && kindOf(found);
  if (found !== undefined && kind === what) return catalog.drop(found.name);
  if (found !== undefined)
    fault('E0302', name.span, `\`${found.name}\` is a ${kind}`, {
      label: `not a ${what}`,
      help: [`DROP ${kind!.toUpperCase()} ${found.name}`],
    });
  if (ifExists) return undefined;
  const known = catalog.objects.filter((o) => o.kind === what).map((o) => o.name);
  return unknown('E0302', name.span, what, dotted(name), known, `nothing of this name was created`);
}
