import type { Output, Plan, Sink } from '../plan/plan.ts';
import type { Conflict } from '../connect/sqlite/insert.ts';
import { diffField, type Changes } from '../plan/changes.ts';
import type * as ast from '../syntax/ast.ts';
import { Changing, type Flow } from './changing.ts';
import type { QueryContext } from './context.ts';
import { constantMs } from './durations.ts';
import { fault, listing } from './fault.ts';

import { sameName } from './names.ts';
import { refreshOf } from './refreshed.ts';
import { catalogueOf } from './table.ts';

/** EMIT of a statement, where it asks for results before the end: of which there is one for each of its roots. */
export type Early = ast.Emit & { readonly mode: 'changes' | 'every' };

/** The EMIT that changes what a statement gives, if it has one; and its query without it. */
export function splitEmit(q: ast.Query): { readonly query: ast.Query; readonly early?: Early } {
  const { emit } = q;
  if (emit?.mode !== 'changes' && emit?.mode !== 'every') return { query: q };
  const { interval: _, ...rest } = emit;
  return { query: { ...q, emit: { ...rest, mode: 'final' } }, early: emit as Early };
}

/**
 * A root that gives its result as it changes (EMIT CHANGES), or every so often (EMIT EVERY): to the user as a log of
 * changes, or as all rows each time; to a table with a key as the rows that are to be there.
 *
 * @throws QueryError E0405: the target cannot take rows back.
 */
export function emitted(query: QueryContext, root: Plan, emit: Early): Plan {
  if (root.op !== 'output' && root.op !== 'sink') return root;
  const every = emit.mode === 'every' ? constantMs(query, emit.interval!, 'EMIT EVERY') : undefined;
  const changing = new Changing(root.input, query.streams.plans, emit.span, Number(query.settings['state_ttl'] ?? 0));
  if (root.op === 'sink') return intoTable(query, root, changing, emit, every);
  if (every !== undefined) return { ...root, input: refreshOf(root.input, changing, 'rows', every) };
  return logged(root, changing.of(root.input));
}

/** What happened to a row comes first. */
function logged(root: Output, { plan, keys }: Flow): Output {
  const what = { name: '$op', type: 'TEXT', notNull: true } as const;
  const schema = [what, ...plan.schema.filter((f) => f.name !== diffField.name)];
  const changes: Changes = { op: 'changes', schema, input: plan, ...(keys && { keys }), form: 'log' };
  return { ...root, schema, input: changes, labels: ['op', ...root.labels] };
}

function intoTable(query: QueryContext, sink: Sink, changing: Changing, emit: Early, every: number | undefined): Sink {
  const flow: Flow =
    every === undefined
      ? changing.of(sink.input)
      : { plan: refreshOf(sink.input, changing, 'changes', every), isChanging: true };
  if (!flow.isChanging) return { ...sink, input: flow.plan };
  const key = keyOf(query, sink, emit);
  const fields = key.map((name) => sink.input.schema[sink.columns.findIndex((c) => sameName(c, name))]?.name);
  const missing = key.find((_, i) => fields[i] === undefined);
  if (missing !== undefined)
    fault('E0405', emit.span, `the rows lack ${missing}, which is part of the key of ${sink.label}`, {
      label: 'the row to change could not be found',
    });
  const keys = fields as readonly string[];
  const isUnique = flow.keys?.every((name) => keys.includes(name)) ?? false;
  const changes: Changes = {
    op: 'changes',
    schema: [...sink.input.schema, diffField],
    input: flow.plan,
    keys,
    form: 'upsert',
    ...(!isUnique && { latest: true }),
  };
  return { ...sink, input: changes, options: { ...sink.options, changes: key } };
}

/** The columns by which the target finds the row to change. */
function keyOf(query: QueryContext, { connector, options, label }: Sink, emit: Early): readonly string[] {
  const conflict = options['conflict'] as unknown as Conflict | undefined;
  const updates = conflict !== undefined && conflict.set !== 'nothing';
  if (connector !== 'sqlite' || !(updates || options['or'] === 'replace')) {
    fault('E0405', emit.span, `${label} takes rows, but cannot take them back: a result that changes goes to a key`, {
      label: 'a changelog into an append-only sink',
      help: [
        'into a table with a key: INSERT INTO db.t .. ON CONFLICT (key) DO UPDATE SET column = excluded.column, ..',
        'or give each result once: EMIT ON WINDOW CLOSE over windows of time, EMIT FINAL over rows that end',
        'or print the changes: the query without INSERT',
      ],
    });
  }
  if (conflict?.columns?.length) return conflict.columns;
  const table = catalogueOf(query.inputs, options['database'] as string, emit.span).table(options['table'] as string);
  const primary = (table?.columns ?? [])
    .filter((c) => c.primaryKey > 0)
    .sort((a, b) => a.primaryKey - b.primaryKey)
    .map((c) => c.name);
  if (primary.length > 0) return primary;
  return fault('E0405', emit.span, `${label} has no primary key`, {
    label: 'which row is to change?',
    help: [
      `name a key of it: ON CONFLICT (..) DO UPDATE SET ..; it has ${listing(table?.columns.map((c) => c.name) ?? [])}`,
    ],
  });
}
