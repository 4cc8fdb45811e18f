import type { Source, Span } from '../base/span.ts';
import { QueryError } from '../base/errors.ts';
import { isSchemaTable, type Catalogue, type TableInfo } from '../connect/sqlite/catalogue.ts';
import type { Field } from '../data/types.ts';
import type * as ast from '../syntax/ast.ts';
import type { AttachedDatabase, Catalog, ViewObject } from './catalog.ts';
import type { Cte, QueryContext } from './context.ts';
import { insideOf } from './definition.ts';
import { fault, listing, unknown } from './fault.ts';
import { Failure, type Inputs } from './inputs.ts';
import { dotted, fold, lastPart, sameName } from './names.ts';
import { atOption } from './options.ts';
import { materializeWithTime } from './plans.ts';
import { bindQuery } from './query.ts';
import { relationOf, renamed, timeOf, visible, type Relation } from './scope.ts';
import { shellScan } from './shell-source.ts';
import { bindSource, columnsOfShellSource, scanOf } from './source.ts';
import { readFromSetOperation } from './union-affinity.ts';

/** A name in FROM: a WITH member, an object of the session, or a table of an attached database. */
export function bindTable(query: QueryContext, ref: ast.TableName): Relation {
  const { name } = ref;
  const plain = lastPart(name);
  if (name.parts.length === 1) {
    const cte = query.ctes.get(fold(plain.text));
    if (cte !== undefined) return bindCte(cte);
    const object = query.catalog.find(plain.text);
    switch (object?.kind) {
      case 'view':
      case 'stream':
        return bindView(query, object, name);
      case 'source':
        return bindSource(query, object, name.span);
      case 'shell source':
        return renamed(
          columnsOfShellSource(query, shellScan(query, object.shell, object.name), object, name.span),
          plain,
          undefined,
        );
      case 'sink':
      case 'shell sink':
        return fault('E0302', name.span, `\`${plain.text}\` is a sink`, { label: 'nothing can be read from it' });
      case 'command':
        return fault('E0302', name.span, `\`${plain.text}\` is a command`, {
          label: 'not a relation',
          help: [`write SHELL(${plain.text} INPUT ..)`],
        });
      case 'broken':
        throw new QueryError();
      case undefined:
        break;
    }
  }
  const { database, table } = findTable(query, name);
  const { file, types } = database;
  const options = {
    file,
    table: table.name,
    database: database.name,
    epochs: table.stableRowid,
    ...(table.rowid !== undefined && { rowid: table.rowid }),
    ...(types && { types }),
  };
  const fields = table.columns.map(({ field }) => (types === 'any' ? { ...field, type: 'ANY' as const } : field));
  const rowid = rowidOf(table, name.span);
  const schema = rowid === undefined ? fields : [...fields, rowid];
  const plan = scanOf('sqlite', options, `${database.name}.${table.name}`, true, schema, name.span);
  const place = { table: plain.text, database: database.name };
  const columns = plan.schema.slice(0, fields.length).map((field) => ({ label: field.name, field, ...place }));
  if (rowid === undefined) return { plan, columns };
  const rowids = rowidNames.map((label) => ({ label, field: plan.schema.at(-1)!, hidden: 'rowid' as const, ...place }));
  return { plan, columns: [...columns, ...rowids] };
}

const rowidNames = ['rowid', '_rowid_', 'oid'];

/** The rowid as a column, for statements that may name it: others shall not read it. */
function rowidOf({ kind, withoutRowid, columns }: TableInfo, { source }: Span): Field | undefined {
  if (kind !== 'table' || withoutRowid || !saysRowid(source)) return undefined;
  const free = rowidNames.find((name) => !columns.some((c) => sameName(c.name, name)));
  return free === undefined ? undefined : { name: free, type: 'INTEGER', affinity: 'INTEGER', notNull: true };
}

/** Whether the script has one of these words anywhere; it may be long, and have many tables in it. */
function saysRowid(source: Source): boolean {
  let says = rowidSaid.get(source);
  if (says === undefined) rowidSaid.set(source, (says = /\b(rowid|_rowid_|oid|lineage)\b/i.test(source.text)));
  return says;
}
const rowidSaid = new WeakMap<Source, boolean>();

interface Place {
  readonly database: AttachedDatabase;
  readonly table: TableInfo;
}

/** The table of an attached database that a name means. */
export function findTable({ catalog, inputs, ctes }: QueryContext, name: ast.QName): Place {
  const [table, database, more] = [...name.parts].reverse();
  if (more !== undefined)
    fault('E0302', name.span, `\`${dotted(name)}\` has too many parts`, { label: 'expected table or database.table' });
  if (database !== undefined) {
    const found = catalog.database(database.text);
    if (found === undefined) {
      const known = [...catalog.databases.values()].map((d) => d.name);
      return unknown('E0302', database.span, 'database', database.text, known, `attached databases: ${listing(known)}`);
    }
    const catalogue = catalogueOf(inputs, found.name, name.span);
    const info = catalogue.table(table!.text);
    if (info !== undefined) return { database: found, table: info };
    refuseBroken([catalogue], table!);
    const known = catalogue.tables.map((t) => t.name);
    return unknown(
      'E0302',
      table!.span,
      `table`,
      dotted(name),
      known.map((t) => `${found.name}.${t}`),
      `${found.name} has: ${listing(known)}`,
    );
  }
  const places = [...catalog.databases.values()].flatMap((d): readonly Place[] => {
    const info = catalogueOf(inputs, d.name, name.span).table(table!.text);
    return info === undefined ? [] : [{ database: d, table: info }];
  });
  // Each database has a schema table: as in SQLite that of `main` is meant, where there is a `main`.
  const isOfMain = (p: Place): boolean => isSchemaTable(p.table.name) && p.database.name === 'main';
  const meant = places.length === 1 ? places[0] : places.find(isOfMain);
  if (meant !== undefined) return meant;
  if (places.length > 1) {
    const all = places.map((p) => `\`${p.database.name}.${p.table.name}\``);
    fault('E0305', name.span, `table \`${table!.text}\` is ambiguous`, {
      label: `several databases have it`,
      help: [`write ${all.join(' or ')}`],
    });
  }
  refuseBroken(
    [...catalog.databases.values()].map((d) => catalogueOf(inputs, d.name, name.span)),
    table!,
  );
  return unknownTable({ catalog, inputs, ctes }, name);
}

/** @throws QueryError where a view of that name is there, but SQLite cannot read it. */
function refuseBroken(catalogues: readonly Catalogue[], { text, span }: ast.Name): void {
  for (const { broken } of catalogues) {
    const why = broken.get(fold(text));
    if (why !== undefined) fault('E0302', span, `view \`${text}\` cannot be read`, { label: `SQLite says: ${why}` });
  }
}

function unknownTable(
  { catalog, inputs, ctes }: Pick<QueryContext, 'catalog' | 'inputs' | 'ctes'>,
  name: ast.QName,
): never {
  const known = tableNames(catalog, inputs, [...ctes.values()]);
  const label = known.length === 0 ? 'nothing is attached or created' : `known here: ${listing(known)}`;
  return unknown('E0302', name.span, 'table', dotted(name), known, label);
}

/** All that FROM can name. */
export function tableNames(catalog: Catalog, inputs: Inputs, ctes: readonly Cte[]): readonly string[] {
  const stored = [...inputs.catalogues.values()].flatMap((c) =>
    c instanceof Failure ? [] : c.tables.map((t) => t.name),
  );
  const objects = catalog.objects
    .filter((o) => !['command', 'sink', 'shell sink', 'broken'].includes(o.kind))
    .map((o) => o.name);
  const names = [...ctes.map((c) => c.definition.name.text), ...objects, ...stored];
  return [...new Set(names.filter((name) => !name.startsWith('sqlite_')))];
}

export function catalogueOf(inputs: Inputs, database: string, span: Span): Catalogue {
  const found = inputs.catalogues.get(fold(database));
  return found instanceof Failure ? atOption(found.error, span) : found!;
}

function bindCte({ definition, context }: Cte): Relation {
  const rows = readFromSetOperation(bindQuery(context, definition.query), definition.query);
  return named(rows, definition.name, definition.columns);
}

function bindView(query: QueryContext, object: ViewObject, name: ast.QName): Relation {
  const { kind, name: wanted, query: definition, columns } = object;
  const inner = insideOf(query, wanted, name.span);
  const rows = (): Relation => readFromSetOperation(bindQuery(inner, definition), definition);
  const relation =
    kind === 'stream' ? query.streams.read(object, name.span, () => materializeWithTime(rows())) : rows();
  return named(relation, lastPart(name), columns);
}

/** A relation of its own: what tables are inside is not seen from outside. */
function named(relation: Relation, table: ast.Name, labels: readonly ast.Name[] | undefined): Relation {
  const plain = visible(relation.columns).map(({ label, field }) => ({ label, field }));
  return renamed({ plan: relation.plan, columns: plain, ...timeOf(relation) }, table, labels);
}

/** `'data/*.csv'` */
export const bindFile = (query: QueryContext, ref: ast.TableFile): Relation => bindTableCall(query, ref);

/** `read_csv('x.csv', header => true)` */
export const bindTableFunction = (query: QueryContext, ref: ast.TableFunction): Relation => bindTableCall(query, ref);

function bindTableCall({ inputs }: QueryContext, ref: ast.TableFile | ast.TableFunction): Relation {
  const found = inputs.calls.get(ref)!;
  if (found instanceof Failure) return atOption(found.error, ref.span);
  const { connector, described, label, table } = found;
  return relationOf(
    scanOf(connector.name, described.options, label, described.bounded, described.schema, ref.span),
    table,
  );
}
