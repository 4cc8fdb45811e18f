import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { QueryError, type Diagnostic } from '../base/errors.ts';
import { declareScratch } from '../connect/sqlite/driver.ts';
import type { Database } from '../plan/plan.ts';
import type { RunningJob } from '../plan/running-job.ts';
import { Catalog } from './catalog.ts';
import type { Params } from './context.ts';
import { nearest } from './names.ts';
import type { ParamValue } from './params.ts';
import { settings as known, settingText } from './settings.ts';

/** Of scratch databases. */
const folders = new Set<string>();
const removeAll = (): void => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));

const nothingRuns = (): Promise<readonly RunningJob[]> => Promise.resolve([]);

/** What a session starts with. */
export interface SessionOptions {
  /** Databases by name: a path, or a path that is only read. */
  readonly attach?: Readonly<Record<string, string | Database>>;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly params?: GivenParams;
  /** What other processes run; by default that is not known. */
  readonly running?: () => Promise<readonly RunningJob[]>;
  /** Where relative paths of databases start; the working directory by default. */
  readonly cwd?: string;
}
/** Values of parameters: by name, or for `?` in their order. */
export type GivenParams = Readonly<Record<string, ParamValue>> | readonly ParamValue[];

/** All that statements leave behind for those after them. A copy is bound against, and kept if a script is right. */
export interface SessionState {
  readonly catalog: Catalog;
  readonly settings: Map<string, string>;
  readonly variables: Map<string, ParamValue>;
}

/** What statements may refer to from one script to the next: databases, objects, settings, variables. */
export class Session {
  readonly cwd: string | undefined;
  readonly params: GivenParams;
  readonly running: () => Promise<readonly RunningJob[]>;
  #state: SessionState;
  #scratch: Database | undefined;
  /** Where the scratch database is, if it was made here. */
  #folder: string | undefined;

  /** @throws QueryError for a database that is not there, or a setting that is none. */
  constructor({ attach = {}, settings = {}, params = {}, running = nothingRuns, cwd }: SessionOptions) {
    this.cwd = cwd;
    this.running = running;
    this.params = params;
    const catalog = new Catalog();
    const faults: Diagnostic[] = [];
    for (const [name, given] of Object.entries(attach)) {
      const { file, readOnly } = typeof given === 'string' ? { file: given, readOnly: false } : given;
      const fault = fileFault(this.pathOf(file));
      if (fault !== undefined) faults.push({ code: 'E0601', message: `database ${name}: ${fault}` });
      catalog.attach({ name, file: this.pathOf(file), readOnly });
    }
    this.#state = { catalog, settings: new Map(), variables: new Map() };
    for (const [name, value] of Object.entries(settings)) {
      const spec = known[name];
      const checked = spec && settingText(spec, String(value));
      if (checked !== undefined && 'text' in checked) this.#state.settings.set(name, checked.text);
      else if (checked !== undefined)
        faults.push({ code: 'E0203', message: `setting ${name} = ${String(value)}: ${checked.expected}` });
      else faults.push(unknownSetting(name));
    }
    if (faults.length > 0) throw new QueryError(...faults);
  }

  /** As set; a setting that is not here has its default. */
  get settings(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#state.settings);
  }

  /** The texts of CREATE COMMAND, by name. */
  get commands(): ReadonlyMap<string, string> {
    const found = this.#state.catalog.objects.flatMap((object) =>
      object.kind === 'command' && object.shell.command.kind === 'text'
        ? [[object.name, object.shell.command.text] as const]
        : [],
    );
    return new Map(found);
  }

  get databases(): Readonly<Record<string, Database>> {
    const all = [...this.#state.catalog.databases.values()];
    return Object.fromEntries(all.map(({ name, file, readOnly }) => [name, { file, readOnly }]));
  }

  /** A copy to work on. */
  fork(): SessionState {
    const { catalog, settings, variables } = this.#state;
    return { catalog: new Catalog(catalog), settings: new Map(settings), variables: new Map(variables) };
  }

  /** A session that goes on from here, and of which this one knows nothing. */
  copy(): Session {
    const copy = new Session({
      params: this.params,
      running: this.running,
      ...(this.cwd !== undefined && { cwd: this.cwd }),
    });
    copy.#state = this.fork();
    copy.#scratch = this.#scratch;
    return copy;
  }

  keep(state: SessionState): void {
    this.#state = state;
  }

  pathOf(file: string): string {
    return this.cwd === undefined ? file : resolve(this.cwd, file);
  }

  /** An empty database for statements of SQLite that name no other; gone with the session, or else with the process. */
  scratch(): Database {
    if (this.#scratch === undefined) {
      const folder = mkdtempSync(join(tmpdir(), 'ssql-'));
      if (folders.size === 0) process.on('exit', removeAll);
      folders.add(folder);
      this.#folder = folder;
      this.#scratch = { file: join(folder, 'main.db'), readOnly: false };
      writeFileSync(this.#scratch.file, '');
      declareScratch(this.#scratch.file);
    }
    return this.#scratch;
  }

  /** Removes the scratch database that was made here, to which no connection is open any more. */
  close(): void {
    if (this.#folder === undefined) return;
    rmSync(this.#folder, { recursive: true, force: true });
    folders.delete(this.#folder);
    this.#folder = undefined;
    if (folders.size === 0) process.off('exit', removeAll);
  }

  /** Parameters of this call over those of the session, over variables. */
  paramsFor({ variables }: SessionState, given: GivenParams | undefined): Params {
    const named: Record<string, ParamValue> = Object.fromEntries(variables);
    let positional: readonly ParamValue[] = [];
    for (const params of [this.params, given ?? {}]) {
      if (Array.isArray(params)) positional = params as readonly ParamValue[];
      else Object.assign(named, params);
    }
    return { named, positional };
  }
}

function unknownSetting(name: string): Diagnostic {
  const meant = nearest(name, Object.keys(known));
  return {
    code: 'E0307',
    message: `setting \`${name}\` does not exist`,
    ...(meant !== undefined && { help: [`did you mean \`${meant}\`?`] }),
  };
}

/** Why a path is no file to attach; undefined if it may be one. */
export function fileFault(path: string): string | undefined {
  if (!existsSync(path)) return `file ${path} does not exist`;
  return statSync(path).isFile() ? undefined : `${path} is not a file`;
}
