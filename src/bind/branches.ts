import type { Span } from '../base/span.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { ViewObject } from './catalog.ts';
import type { QueryContext } from './context.ts';
import { mayCreate } from './create.ts';
import { collectAsync, fault } from './fault.ts';
import { shellSink, sinkOf } from './insert.ts';
import { dotted } from './names.ts';
import { outputOf } from './output.ts';
import { bindPipe } from './pipe.ts';
import { materializeWithTime } from './plans.ts';
import { bindQuery, withCtes } from './query.ts';
import type { Relation } from './scope.ts';
import { branchText, splitRows, type Condition } from './split.ts';

/** Rows on their way down a pipe. */
interface Flow {
  /** With the WITH members of the statement. */
  readonly query: QueryContext;
  readonly rows: Relation;
  /** The same as text: what a stream is made from, should another script read it. */
  readonly written: ast.Query;
  /** The branch that it is; undefined for the statement itself, whose rows go to the user unless they go elsewhere. */
  readonly branch?: Span;
}

type End = Extract<ast.PipeOp, { kind: `pipe ${'insert' | 'fork' | 'tee' | 'split' | 'create stream'}` }>;
const isEnd = (pipe: ast.PipeOp): pipe is End =>
  ['pipe insert', 'pipe fork', 'pipe tee', 'pipe split', 'pipe create stream'].includes(pipe.kind);

/**
 * The roots of a query that is a statement: one whose rows go to the user, or, where its pipe ends in targets or has
 * several ends, a sink for each. What its branches have in common is shared.
 */
export async function bindRoots(query: QueryContext, q: ast.Query): Promise<readonly Plan[]> {
  const first = q.pipes.findIndex(isEnd);
  if (first < 0) return [outputOf(bindQuery(query, q))];
  const written = { ...q, pipes: q.pipes.slice(0, first) };
  const rows = bindQuery(query, written);
  return rootsBehind({ query: withCtes(query, q.with), rows, written }, q.pipes.slice(first));
}

/** INSERT FIRST, INSERT ALL. */
export async function bindInsertFirst(
  query: QueryContext,
  { all, branches, otherwise, query: q, span }: ast.InsertFirst,
): Promise<readonly Plan[]> {
  const condition: Condition = { all, whens: branches.map((b) => b.when), span };
  const read = splitRows(query, bindQuery(query, q), condition);
  const targets = [...branches.map((b) => b.targets), ...(otherwise === undefined ? [] : [[otherwise]])];
  const sinks = targets.flatMap((list, i) => list.map((target) => ({ target, i })));
  return collectAsync(sinks, ({ target, i }) => sinkOf(query, read(i), target, undefined, undefined));
}

async function rootsBehind(flow: Flow, pipes: readonly ast.PipeOp[]): Promise<readonly Plan[]> {
  const [pipe, ...rest] = pipes;
  const { query, rows, written, branch } = flow;
  if (pipe === undefined) return branch === undefined ? [outputOf(rows)] : toNobody(branch);
  switch (pipe.kind) {
    case 'pipe insert':
      mustBeLast('INSERT INTO', rest);
      return [await sinkOf(query, rows, pipe.target, undefined, pipe.onConflict)];
    case 'pipe create stream':
      mustBeLast('CREATE STREAM', rest);
      createStream(flow, pipe);
      return [];
    case 'pipe fork':
      mustBeLast('FORK', rest);
      return branchesOf(flow, pipe.branches, query.streams.shareChanging(rows, pipe.span, query.emit));
    case 'pipe split': {
      mustBeLast('SPLIT', rest);
      const condition: Condition = { all: pipe.all, whens: pipe.branches.map((b) => b.when), span: pipe.span };
      const read = splitRows(query, rows, condition);
      const subpipes = [...pipe.branches.map((b) => b.pipe), ...(pipe.otherwise ? [pipe.otherwise] : [])];
      const roots = await collectAsync(subpipes, (sub, i) => {
        const text = { ...written, pipes: [...written.pipes, branchText(condition, i)] };
        return rootsBehind({ query, rows: read(i), written: text, branch: sub.span }, sub.pipes);
      });
      return roots.flat();
    }
    case 'pipe tee': {
      if (pipe.branches.length === 0) {
        fault('E0408', pipe.span, 'TEE without a branch', {
          label: 'nobody gets the rows',
          help: ['say where they go: |> TEE (|> INSERT INTO ..)'],
        });
      }
      const read = query.streams.shareChanging(rows, pipe.span, query.emit);
      const roots = await branchesOf(flow, pipe.branches, read);
      return [...roots, ...(await rootsBehind({ ...flow, rows: read() }, rest))];
    }
    case 'pipe shell':
      if (branch !== undefined && rest.length === 0 && isEffect(pipe.shell))
        return [await shellSink(query, rows, pipe.shell)];
      break;
    default:
      break;
  }
  return rootsBehind(
    { ...flow, rows: bindPipe(query, rows, pipe), written: { ...written, pipes: [...written.pipes, pipe] } },
    rest,
  );
}

async function branchesOf(
  { query, written }: Flow,
  branches: readonly ast.SubPipe[],
  read: () => Relation,
): Promise<readonly Plan[]> {
  const roots = await collectAsync(branches, (sub) =>
    rootsBehind({ query, rows: read(), written, branch: sub.span }, sub.pipes),
  );
  return roots.flat();
}

const isEffect = ({ clauses }: ast.ShellSpec): boolean =>
  clauses.some((c) => c.clause === 'as' && c.profile === 'EFFECT');

/** The branch makes a stream: later statements of the script read the very rows that come along here. */
function createStream(
  { query, rows, written }: Flow,
  { name, span }: Extract<End, { kind: 'pipe create stream' }>,
): void {
  const statement = {
    kind: 'create stream',
    span,
    name,
    orReplace: false,
    ifNotExists: false,
    query: written,
  } as const;
  if (!mayCreate(query, statement)) return;
  const stream: ViewObject = { kind: 'stream', name: dotted(name), columns: undefined, query: written };
  query.catalog.put(stream);
  query.streams.put(stream, materializeWithTime(rows), span);
}

function mustBeLast(what: string, [next]: readonly ast.PipeOp[]): void {
  if (next === undefined) return;
  fault('E0408', next.span, `${what} in the middle of a pipe`, {
    label: 'nothing can follow it',
    help: [`to go on with the same rows: |> TEE (|> ${what} ..) |> ..`],
  });
}

function toNobody(branch: Span): never {
  return fault('E0408', branch, 'a branch whose rows go nowhere', {
    label: 'its last operator gives rows to nobody',
    help: ['end it with |> INSERT INTO .., |> SHELL .. AS EFFECT or |> CREATE STREAM ..'],
  });
}
