import { availableParallelism, hostname } from 'node:os';
import { connectors } from '../connect/catalog.ts';
import { nullLiteral, text, type Expr } from '../expr/expr.ts';
import type { Field } from '../data/types.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunningJob } from '../plan/running-job.ts';
import type * as ast from '../syntax/ast.ts';
import type { CatalogObject, FunctionObject } from './catalog.ts';
import type { QueryContext } from './context.ts';
import { textOf, unknown } from './fault.ts';
import { functionNamed } from './function.ts';
import { bindTableRef } from './from.ts';
import { Failure } from './inputs.ts';
import { jobColumns, jobRows } from './job.ts';
import { dotted, sameName } from './names.ts';
import { outputOf } from './output.ts';
import type { ParamValue } from './params.ts';
import { relationOf, visible } from './scope.ts';
import { settings } from './settings.ts';

type Cell = string | undefined;

/** Rows that are known while the query is bound. */
function table(names: readonly string[], rows: readonly (readonly Cell[])[]): Plan {
  const schema = names.map((name): Field => ({ name, type: 'TEXT' }));
  const cell = (c: Cell): Expr => (c === undefined ? { ...nullLiteral, type: 'TEXT' } : text(c));
  return outputOf(relationOf({ op: 'values', schema, rows: rows.map((row) => row.map(cell)) }));
}

/** What SHOW lists, by its word. */
const lists: Readonly<Record<string, (query: QueryContext, running: readonly RunningJob[]) => Plan>> = {
  SOURCES: (query) => objects(query, ['source', 'shell source']),
  SINKS: (query) => objects(query, ['sink', 'shell sink']),
  STREAMS: (query) => objects(query, ['stream']),
  VIEWS: (query) => objects(query, ['view']),
  COMMANDS: ({ catalog }) =>
    table(
      ['name', 'command'],
      catalog.objects.flatMap((o) => (o.kind === 'command' ? [[o.name, textOf(o.shell.span)]] : [])),
    ),
  FUNCTIONS: ({ catalog }) =>
    table(
      ['name', 'parameters', 'returns', 'definition'],
      [...catalog.functions.values()].flatMap((f) => (f.kind === 'function' ? [describeFunction(f)] : [])),
    ),
  DATABASES: ({ catalog }) =>
    table(
      ['name', 'file', 'access'],
      [...catalog.databases.values()].map((d) => [d.name, d.file, d.readOnly ? 'read only' : 'read and write']),
    ),
  TABLES: ({ inputs, catalog }) =>
    table(
      ['database', 'name', 'kind'],
      [...inputs.catalogues].flatMap(([database, found]) =>
        found instanceof Failure ? [] : found.tables.map((t) => [catalog.database(database)!.name, t.name, t.kind]),
      ),
    ),
  CONNECTORS: () =>
    table(
      ['name', 'use', 'what'],
      [...connectors.values()].map((c) => [
        c.name,
        [c.source && 'source', c.sink && 'sink'].filter(Boolean).join(', '),
        c.doc,
      ]),
    ),
  VARIABLES: ({ params }) =>
    table(
      ['name', 'value'],
      Object.entries(params.named).map(([name, value]) => [name, value === null ? undefined : shown(value)]),
    ),
  JOBS: ({ catalog }, running) => table(jobColumns, jobRows(catalog, running)),
  // Nothing runs anywhere but in this process.
  WORKERS: () =>
    table(
      ['worker', 'host', 'pid', 'cores'],
      [['local', hostname(), String(process.pid), String(availableParallelism())]],
    ),
  SETTINGS: (query) => settingsTable(query, Object.keys(settings)),
  ALL: (query) => settingsTable(query, Object.keys(settings)),
};

const settingsTable = (query: QueryContext, names: readonly string[]): Plan =>
  table(
    ['name', 'value', 'what'],
    names.map((name) => [name, query.settings[name] ?? settings[name]!.default, settings[name]!.doc]),
  );

const shown = (value: NonNullable<ParamValue>): string =>
  value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value);

const objects = ({ catalog }: QueryContext, kinds: readonly CatalogObject['kind'][]): Plan =>
  table(
    ['name', 'from'],
    catalog.objects.filter((o) => kinds.includes(o.kind)).map((o) => [o.name, originOf(o)]),
  );

function originOf(object: CatalogObject): Cell {
  if (object.kind === 'source' || object.kind === 'sink') return object.connector.name;
  if (object.kind === 'view' || object.kind === 'stream') return textOf(object.query.span);
  return object.kind === 'shell source' || object.kind === 'shell sink' ? 'shell' : undefined;
}

/** @param running asked only for JOBS. */
export async function bindShow(
  query: QueryContext,
  { what, span }: ast.Show,
  running: () => Promise<readonly RunningJob[]>,
): Promise<Plan> {
  const list = Object.hasOwn(lists, what) ? lists[what] : undefined;
  if (list !== undefined) return list(query, what === 'JOBS' ? await running() : []);
  const name = Object.keys(settings).find((known) => sameName(known, what));
  if (name !== undefined) return settingsTable(query, [name]);
  const all = Object.keys(lists).join(', ');
  return unknown('E0308', span, 'SHOW', what, Object.keys(lists), `expected ${all}, or the name of a setting`);
}

const bodyOf = ({ definition: { body } }: FunctionObject): string =>
  'shell' in body ? `SHELL ${textOf(body.shell.span)}` : textOf(body.expr.span);

const describeFunction = (fn: FunctionObject): readonly Cell[] => {
  const { parameters, returns } = fn.definition;
  const list = parameters.map((p) => `${p.name.text} ${p.type.name}`).join(', ');
  return [fn.name, list, returns.name, bodyOf(fn)];
};

/** A function as DESCRIBE shows it: a line for each parameter, then one for the result. */
const describeParameters = ({ definition: { parameters, returns } }: FunctionObject): Plan =>
  table(
    ['parameter', 'type', 'default'],
    [
      ...parameters.map((p) => [p.name.text, p.type.name, p.default && textOf(p.default.span)]),
      [undefined, `RETURNS ${returns.name}`, undefined],
    ],
  );

/** The columns of whatever FROM could read, or an INSERT write to, under this name. */
export function bindDescribe(query: QueryContext, { table: described }: ast.Describe): Plan {
  if (described.kind === 'table') {
    const found = query.catalog.find(dotted(described.name));
    const fn = functionNamed(query, described.name);
    if (fn !== undefined && found === undefined) return describeParameters(fn);
    if (found?.kind === 'command') return table(['name', 'command'], [[found.name, textOf(found.shell.span)]]);
    if (found?.kind === 'sink' || found?.kind === 'shell sink')
      return table(
        ['column'],
        (found.columns ?? []).map((name) => [name]),
      );
  }
  const { columns } = bindTableRef(query, described);
  return table(
    ['column', 'type', 'collation', 'null'],
    visible(columns).map(({ label, field }) => [
      label,
      field.interval ? 'INTERVAL' : field.type,
      field.collation,
      field.notNull ? 'no' : 'yes',
    ]),
  );
}
