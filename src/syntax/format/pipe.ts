import type { PipeOp, SubPipe } from '../ast.ts';
import { expr, exprs, orderBy } from './expression.ts';
import { type Doc, hang, lines, nest } from './layout.ts';
import { name, qname } from './names.ts';
import { groupingSets, items, join, limit, query, tableFunction } from './query.ts';
import { shellSpec } from './shell.ts';
import { assignments, onConflict, target } from './statement.ts';

type Printers = { readonly [K in PipeOp['kind']]: (op: Extract<PipeOp, { kind: K }>) => Doc };

/** What stands behind `|>`. */
export const pipeOp = (op: PipeOp): Doc => (printers[op.kind] as (op: PipeOp) => Doc)(op);

const subpipe = (s: SubPipe): Doc => nest(lines(...s.pipes.map((op): Doc => ['|> ', pipeOp(op)])));
const subpipes = (list: readonly SubPipe[]): Doc =>
  list.flatMap((s, i) => (i === 0 ? [subpipe(s)] : [', ', subpipe(s)]));

const printers: Printers = {
  'pipe select': (op) => `SELECT ${op.distinct ? 'DISTINCT ' : ''}${items(op.items)}`,
  'pipe extend': (op) => `EXTEND ${items(op.items)}`,
  'pipe set': (op) => `SET ${assignments(op.set)}`,
  'pipe drop': (op) => `DROP ${op.columns.map(name).join(', ')}`,
  'pipe rename': (op) => `RENAME ${op.renames.map((r) => `${name(r.from)} AS ${name(r.to)}`).join(', ')}`,
  'pipe as': (op) => `AS ${name(op.alias)}`,
  'pipe where': (op) => `WHERE ${expr(op.predicate)}`,
  'pipe qualify': (op) => `QUALIFY ${expr(op.predicate)}`,
  'pipe distinct': () => 'DISTINCT',
  'pipe aggregate': (op) => {
    const keys = op.groupBy.map((key, i) => {
      const by = op.order.find((o) => o.key === i);
      return `${items([key])}${by ? (by.descending ? ' DESC' : ' ASC') : ''}`;
    });
    const term = (sets: readonly (readonly number[])[]): string =>
      sets.length === 1 && sets[0]!.length === 1 ? keys[sets[0]![0]!]! : groupingSets(sets, keys);
    const by = (op.groupingSets?.map(term) ?? keys).join(', ');
    return ['AGGREGATE', items(op.items), by === '' ? '' : `GROUP BY ${by}`].filter(Boolean).join(' ');
  },
  'pipe join': (op) => join(op.right, op.join),
  'pipe order': (op) => orderBy(op.orderBy),
  'pipe limit': (op) => limit(op.limit),
  'pipe set operation': (op) => [
    `${op.op.toUpperCase()}${op.all ? ' ALL' : ''} `,
    op.queries.flatMap((q, i) => (i === 0 ? [nest(query(q))] : [', ', nest(query(q))])),
  ],
  'pipe call': (op) => `CALL ${tableFunction(op)}${op.alias ? ` AS ${name(op.alias)}` : ''}`,
  'pipe shell': (op) => ['SHELL ', shellSpec(op.shell)],
  'pipe assert': (op) => `ASSERT ${exprs(op.exprs)}`,
  'pipe fork': (op) => ['FORK ', subpipes(op.branches)],
  'pipe tee': (op) => (op.branches.length > 0 ? ['TEE ', subpipes(op.branches)] : 'TEE'),
  'pipe split': (op) =>
    hang(
      `SPLIT ${op.all ? 'ALL' : 'FIRST'}`,
      ...op.branches.map((b): Doc => [`WHEN ${expr(b.when)} THEN `, subpipe(b.pipe)]),
      op.otherwise ? ['ELSE ', subpipe(op.otherwise)] : '',
    ),
  'pipe insert': (op) => ['INSERT INTO ', target(op.target), op.onConflict ? ` ${onConflict(op.onConflict)}` : ''],
  'pipe create stream': (op) => `CREATE STREAM ${qname(op.name)}`,
};
