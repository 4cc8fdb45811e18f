import { unreachable } from '../base/errors.ts';
import { textOf as cellText } from '../expr/compare.ts';
import { jobOver } from '../plan/job.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { endless } from './bounded.ts';
import { bindInsertFirst, bindRoots } from './branches.ts';
import { Catalog } from './catalog.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { bindCopy } from './copy.ts';
import { bindCreate, bindDrop } from './create.ts';
import { collectAsync, fault, unknown } from './fault.ts';
import { bindCreateTable } from './create-table.ts';
import { bindCreateFunction } from './function.ts';
import { bindInsert, sinkOf } from './insert.ts';
import { emitted, splitEmit, type Early } from './emit.ts';
import { rootInZone, zoneOf } from './in-zone.ts';
import { lookUp } from './inputs.ts';
import { dotted } from './names.ts';
import { sqliteStep } from './passthrough.ts';
import { bindQuery } from './query.ts';
import { oneJob } from './script-jobs.ts';
import { fileFault, type Session, type SessionState } from './session.ts';
import { checkedSetting, settingNamed } from './settings.ts';
import { bindDropJob, bindJob } from './job.ts';
import { bindDescribe, bindShow } from './show.ts';
import type { BoundStep } from './bind.ts';

/** What one statement is bound in: it may change the state for those behind it. */
export interface StatementContext {
  readonly session: Session;
  readonly state: SessionState;
  readonly query: QueryContext;
}

/** Binds one statement: changes the state of the session, or gives the steps to run. */
export async function bindStatement(cx: StatementContext, statement: ast.Statement): Promise<readonly BoundStep[]> {
  const query: QueryContext = { ...cx.query, inputs: await lookUp(cx.query, statement) };
  const runAll = (plans: readonly Plan[], early?: Early): readonly BoundStep[] => {
    const zone = zoneOf(query.settings);
    const roots = plans
      .map((plan) =>
        early === undefined ? endless(plan, statement.span, query.streams.plans) : emitted(query, plan, early),
      )
      .map((root) => rootInZone(root, zone));
    if (roots.length === 0) return [];
    return [{ kind: 'run', job: jobOver(roots, query.streams.plans), settings: cx.query.settings }];
  };
  const run = (plan: Plan): readonly BoundStep[] => runAll([plan]);
  switch (statement.kind) {
    case 'query': {
      const { query: q, early } = splitEmit(statement.query);
      return runAll(await bindRoots(emitting(query, early), q), early);
    }
    case 'insert': {
      const { query: q, early } = splitEmit(statement.query);
      return runAll([await bindInsert(query, { ...statement, query: q })], early);
    }
    case 'copy': {
      if ('parts' in statement.from) return run(await bindCopy(query, statement));
      const { query: q, early } = splitEmit(statement.from);
      return runAll([await bindCopy(query, { ...statement, from: q })], early);
    }
    case 'create sink': {
      const isNew = await bindCreate(query, statement);
      if (!isNew || statement.query === undefined) return [];
      const { query: q, early } = splitEmit(statement.query);
      const { name } = statement;
      const target: ast.Target = { kind: 'relation', span: name.span, name };
      return runAll([await sinkOf(query, bindQuery(query, q), target, undefined, undefined)], early);
    }
    case 'explain':
      return explain(cx, statement);
    case 'create source':
    case 'create view':
    case 'create stream':
    case 'create command':
      await bindCreate(query, statement);
      return [];
    case 'drop':
      if (statement.what === 'job') return bindDropJob(query.catalog, await cx.session.running(), statement);
      bindDrop(query, statement);
      return [];
    case 'attach':
      attach(cx, statement);
      return [];
    case 'detach':
      detach(cx, statement);
      return [];
    case 'set':
      set(cx, statement);
      return [];
    case 'reset':
      if (statement.name === undefined) cx.state.settings.clear();
      else cx.state.settings.delete(settingNamed(dotted(statement.name), statement.name.span).name);
      return [];
    case 'show':
      return run(await bindShow(query, statement, cx.session.running));
    case 'describe':
      return run(bindDescribe(query, statement));
    case 'passthrough':
      return [sqliteStep(cx, query, statement)];
    case 'statement set':
      return oneJob((await collectAsync(statement.inserts, (insert) => bindStatement(cx, insert))).flat());
    case 'create function':
      await bindCreateFunction(query, statement);
      return [];
    case 'create table': {
      const sink = bindCreateTable(query, cx, statement);
      return sink === undefined ? [] : run(sink);
    }
    case 'insert first': {
      const { query: q, early } = splitEmit(statement.query);
      return runAll(await bindInsertFirst(emitting(query, early), { ...statement, query: q }), early);
    }
    case 'job':
      return [bindJob(statement)];
    default:
      return unreachable(statement);
  }
}

const emitting = (query: QueryContext, early: Early | undefined): QueryContext =>
  early === undefined ? query : { ...query, emit: early.span };

async function explain(cx: StatementContext, { statement, words, span }: ast.Explain): Promise<readonly BoundStep[]> {
  // Nothing is made of what is only explained.
  const catalog = new Catalog(cx.state.catalog);
  const apart = { ...cx, state: { ...cx.state, catalog }, query: { ...cx.query, catalog } };
  const isQuery = statement.kind === 'create view' || statement.kind === 'create stream';
  const explained = isQuery ? ({ kind: 'query', span, query: statement.query } as const) : statement;
  const [step] = await bindStatement(apart, explained);
  if (step?.kind !== 'run')
    fault('E0201', statement.span, 'nothing to explain', { label: 'only queries, INSERT and COPY have a plan' });
  return [{ kind: 'explain', words, job: step.job, settings: step.settings }];
}

function attach({ session, state, query }: StatementContext, { file, name, options, ifNotExists }: ast.Attach): void {
  const path = session.pathOf(cellText(constantValue(query, file, 'ATTACH') ?? ''));
  if (state.catalog.database(name.text) !== undefined) {
    if (ifNotExists) return;
    fault('E0306', name.span, `database \`${name.text}\` is attached already`, {
      label: 'DETACH it first, or give this one another name',
    });
  }
  if (name.text.toLowerCase() === 'main')
    fault('E0306', name.span, 'a database cannot be attached as main', { label: 'main is the scratch database' });
  const wrong = fileFault(path);
  if (wrong !== undefined)
    fault('E0601', file.span, wrong, {
      label: 'ATTACH makes no new database',
      help: [`sqlite3 ${path} 'CREATE TABLE ..' makes one`],
    });
  let readOnly = false;
  let types: 'any' | undefined;
  for (const option of options) {
    const word = option.name.toUpperCase();
    const value =
      option.value === undefined ? undefined : cellText(constantValue(query, option.value, word) ?? '').toLowerCase();
    if (word === 'READ_ONLY') readOnly = value === undefined || !['false', 'off', '0', 'no'].includes(value);
    else if (word === 'TYPES' && (value === 'any' || value === 'declared')) types = value === 'any' ? 'any' : undefined;
    else if (word === 'TYPE' && value === 'sqlite') continue;
    else
      unknown(
        'E0308',
        option.span,
        'option of ATTACH',
        option.name,
        ['READ_ONLY', 'TYPES', 'TYPE'],
        'expected READ_ONLY, TYPES any or TYPE sqlite',
      );
  }
  state.catalog.attach({ name: name.text, file: path, readOnly, ...(types && { types }) });
}

function detach({ state }: StatementContext, { name }: ast.Detach): void {
  const found = state.catalog.database(name.text);
  const known = [...state.catalog.databases.values()].map((d) => d.name);
  if (found === undefined)
    unknown('E0302', name.span, 'database', name.text, known, `attached: ${known.join(', ') || 'none'}`);
  state.catalog.databases.delete(found.name.toLowerCase());
}

function set({ state, query }: StatementContext, { variable, name, value }: ast.SetStatement): void {
  const cell = constantValue(query, value, 'SET');
  if (variable) {
    state.variables.set(dotted(name), cell);
    return;
  }
  const text = cell === null ? '' : cellText(cell);
  state.settings.set(...checkedSetting(dotted(name), text, name.span, value.span));
}
