import type { Span } from '../base/span.ts';
import type { Connector } from '../connect/connector.ts';
import type { Field } from '../data/types.ts';
import type { Database, Options } from '../plan/plan.ts';
import type { Restart } from '../plan/shell-ways.ts';
import type * as ast from '../syntax/ast.ts';
import type { SourceTiming } from './event-time.ts';
import { fold } from './names.ts';

/** CREATE SOURCE: rows of a connector, with columns that ssql adds. */
export interface SourceObject {
  readonly kind: 'source';
  readonly name: string;
  readonly connector: Connector;
  readonly options: ConnectorOptions;
  /** Columns that the connector produces; undefined: those it finds. */
  readonly fields: readonly Field[] | undefined;
  /** All columns in their order, computed ones and defaults among them. */
  readonly columns: readonly ast.SourceColumn[];
  readonly timing?: SourceTiming;
  /** Declared so: the rows do not end by themselves, even if the connector knows of an end. */
  readonly unbounded?: true;
}
/** Options as plans keep them, and where the user wrote each. */
export interface ConnectorOptions {
  readonly values: Options;
  readonly spans: ReadonlyMap<string, Span>;
  readonly span: Span;
}
export interface ShellSourceObject {
  readonly kind: 'shell source';
  readonly name: string;
  readonly shell: ast.ShellSpec;
  readonly columns: readonly ast.SourceColumn[];
  readonly timing?: SourceTiming;
  readonly unbounded?: true;
  readonly restart?: Restart;
}
export interface SinkObject {
  readonly kind: 'sink';
  readonly name: string;
  readonly connector: Connector;
  readonly options: ConnectorOptions;
  readonly columns: readonly string[] | undefined;
}
/** CREATE SINK with connector shell: rows that are sent to a command. */
export interface ShellSinkObject {
  readonly kind: 'shell sink';
  readonly name: string;
  readonly shell: ast.ShellSpec;
  readonly columns: readonly string[] | undefined;
}
/** A view, which is expanded where it is used; or a stream, which is computed once for all its readers in a job. */
export interface ViewObject {
  readonly kind: 'view' | 'stream';
  readonly name: string;
  readonly columns: readonly ast.Name[] | undefined;
  readonly query: ast.Query;
}
export interface CommandObject {
  readonly kind: 'command';
  readonly name: string;
  readonly shell: ast.ShellSpec;
}
/** CREATE FUNCTION: names of functions are of their own, apart from those of relations. */
export interface FunctionObject {
  readonly kind: 'function';
  readonly name: string;
  readonly definition: ast.CreateFunction;
}
/** Stands for an object whose CREATE was faulty, so that its uses are not reported too. */
export interface BrokenObject {
  readonly kind: 'broken';
  readonly name: string;
}
export type CatalogObject =
  SourceObject | ShellSourceObject | SinkObject | ShellSinkObject | ViewObject | CommandObject | BrokenObject;

/** What users call it: a source or a sink is one whatever its connector is. */
export const kindOf = ({ kind }: CatalogObject): string =>
  kind === 'shell source' ? 'source' : kind === 'shell sink' ? 'sink' : kind;

/** A database by the name that queries use; `types: 'any'` takes the cells of its tables as they are. */
export interface AttachedDatabase extends Database {
  readonly name: string;
  readonly types?: 'any';
}

/** What a session knows by name. A copy is changed while a script is bound, and kept if all of it is right. */
export class Catalog {
  readonly databases: Map<string, AttachedDatabase>;
  /** By folded name. */
  readonly functions: Map<string, FunctionObject | BrokenObject>;
  readonly #objects: Map<string, CatalogObject>;

  constructor(from?: Catalog) {
    this.databases = new Map(from?.databases);
    this.functions = new Map(from?.functions);
    this.#objects = new Map(from === undefined ? [] : from.#objects);
  }

  get objects(): readonly CatalogObject[] {
    return [...this.#objects.values()];
  }

  find(name: string): CatalogObject | undefined {
    return this.#objects.get(fold(name));
  }

  put(object: CatalogObject): void {
    this.#objects.set(fold(object.name), object);
  }

  drop(name: string): void {
    this.#objects.delete(fold(name));
  }

  database(name: string): AttachedDatabase | undefined {
    return this.databases.get(fold(name));
  }

  attach(database: AttachedDatabase): void {
    this.databases.set(fold(database.name), database);
  }
}
