import { openCatalogue, type Catalogue } from '../connect/sqlite/catalogue.ts';
import type { Connector, Described } from '../connect/connector.ts';
import type * as ast from '../syntax/ast.ts';
import type { Catalog, SourceObject } from './catalog.ts';
import type { DeadLetter } from '../plan/shell-ways.ts';
import type { QueryContext } from './context.ts';
import { isRowFunction } from './expand.ts';
import { mayBeMade, ReadsMadeFiles } from './made-files.ts';
import { dotted, fold } from './names.ts';
import { withRejects } from './rejects.ts';
import { describeDeadLetter } from './shell-dead-letter.ts';
import { callOf, fileCall, type TableCall } from './table-function.ts';
import { dataArgument, fileIn } from './window-arguments.ts';
import { isWindowFunction } from './window-functions.ts';

/** What the outside world said of the tables that a statement names; faults are kept until the table is used. */
export interface Inputs {
  readonly catalogues: ReadonlyMap<string, Catalogue | Failure>;
  readonly sources: ReadonlyMap<SourceObject, Described | Failure>;
  /** Targets of ON ERROR INTO, by the name as it stands in the text. */
  readonly letters: ReadonlyMap<ast.QName, DeadLetter | Failure>;
  readonly calls: ReadonlyMap<
    ast.TableFile | ast.TableFunction,
    (TableCall & { readonly described: Described }) | Failure
  >;
}
export class Failure {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

export const noInputs: Inputs = { catalogues: new Map(), sources: new Map(), calls: new Map(), letters: new Map() };

/**
 * Asks databases and connectors what they have, for all tables that a statement can mean; so that binding itself need
 * not wait for anything. Views are looked into.
 */
export async function lookUp(query: QueryContext, statement: object): Promise<Inputs> {
  const { catalog } = query;
  const found = {
    sources: new Set<SourceObject>(),
    calls: new Set<ast.TableFile | ast.TableFunction>(),
    letters: new Set<ast.QName>(),
    databases: false,
  };
  visit(statement, catalog, found, new Set());
  const catalogues = found.databases
    ? await settleAll([...catalog.databases.keys()], (name) => openCatalogue(catalog.database(name)!.file))
    : new Map<string, Catalogue>();
  const sources = await settleAll([...found.sources], async (s) =>
    describe(query, s.connector, await withRejects(query, s.options), s.fields),
  );
  const calls = await settleAll([...found.calls], async (node) => {
    const call = node.kind === 'file' ? fileCall(node) : callOf(query, node);
    return {
      ...call,
      described: await describe(query, call.connector, await withRejects(query, call.options), undefined),
    };
  });
  const letters = await settleAll([...found.letters], (name) =>
    describeDeadLetter({ ...query, inputs: { ...noInputs, catalogues } }, name),
  );
  return { catalogues, sources, calls, letters };
}

async function describe(
  { madeFiles }: QueryContext,
  connector: Connector,
  ...[options, fields]: Parameters<NonNullable<Connector['source']>['describe']>
): Promise<Described> {
  if (mayBeMade(options['path'], madeFiles)) throw new ReadsMadeFiles();
  return connector.source!.describe(options, fields);
}

async function settleAll<K, V>(keys: readonly K[], ask: (key: K) => Promise<V>): Promise<Map<K, V | Failure>> {
  const failed = (error: unknown): Failure => {
    if (error instanceof ReadsMadeFiles) throw error;
    return new Failure(error);
  };
  const answers = await Promise.all(keys.map(async (key) => ask(key).catch(failed)));
  return new Map(keys.map((key, i) => [key, answers[i]!]));
}

interface Found {
  readonly sources: Set<SourceObject>;
  readonly calls: Set<ast.TableFile | ast.TableFunction>;
  readonly letters: Set<ast.QName>;
  databases: boolean;
}

/** Walks a statement's nodes, whatever they are: every name that stands where a table can stand is looked up. */
function visit(node: object, catalog: Catalog, found: Found, seen: Set<string>): void {
  const { kind } = node as { kind?: string };
  if (kind === 'file' || (kind === 'table function' && isConnector(dotted((node as ast.TableFunction).name))))
    found.calls.add(node as ast.TableFile | ast.TableFunction);
  if (kind === 'table function' && isWindowFunction(dotted((node as ast.TableFunction).name))) {
    const data = dataArgument((node as ast.TableFunction).args);
    const file = data && fileIn(data.value);
    if (file !== undefined) found.calls.add(file);
  }
  if (kind === 'show') found.databases = true;
  if (kind === 'call') visitFunction((node as ast.CallExpr).name, catalog, found, seen);
  if ('clause' in node && node.clause === 'on error') visitLetter(node as OnError, catalog, found, seen);
  for (const [key, value] of Object.entries(node)) {
    if (key === 'span' || typeof value !== 'object' || value === null) continue;
    if ('parts' in value && isTableName(kind, key)) visitName(value as ast.QName, catalog, found, seen);
    visit(value as object, catalog, found, seen);
  }
}

/** Other functions in FROM read no file. */
const isConnector = (name: string): boolean => !isWindowFunction(name) && !isRowFunction(name);

/** `table` of INPUT and of arguments, `from` of COPY, `name` of FROM, of an INSERT's target and of command arguments. */
const isTableName = (kind: string | undefined, key: string): boolean =>
  key === 'table' || key === 'from' || key === 'name' || kind === 'column';

type OnError = Extract<ast.ShellClause, { clause: 'on error' }>;

function visitLetter({ sink }: OnError, catalog: Catalog, found: Found, seen: Set<string>): void {
  if (sink === undefined) return;
  found.letters.add(sink);
  visitName(sink, catalog, found, seen);
}

/** What the body of such a function reads. */
function visitFunction(name: ast.QName, catalog: Catalog, found: Found, seen: Set<string>): void {
  const key = fold(dotted(name));
  const called = catalog.functions.get(key);
  if (called?.kind === 'function' && !seen.has(`${key}()`))
    visit(called.definition.body, catalog, found, seen.add(`${key}()`));
}

function visitName(name: ast.QName, catalog: Catalog, found: Found, seen: Set<string>): void {
  const plain = name.parts.at(-1)!.text;
  const object = name.parts.length === 1 ? catalog.find(plain) : undefined;
  if (object === undefined) found.databases ||= catalog.databases.size > 0;
  else if (object.kind === 'source' || object.kind === 'shell source') {
    if (object.kind === 'source') found.sources.add(object);
    // Computed columns may ask other tables.
    if (!seen.has(fold(plain))) visit(object.columns, catalog, found, seen.add(fold(plain)));
  } else if ((object.kind === 'view' || object.kind === 'stream') && !seen.has(fold(plain))) {
    visit(object.query, catalog, found, seen.add(fold(plain)));
  } else if (object.kind === 'command' && !seen.has(fold(plain))) {
    visit(object.shell, catalog, found, seen.add(fold(plain)));
  }
}
