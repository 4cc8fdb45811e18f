import type { Affinity, Field } from '../data/types.ts';
import type { Expr } from '../expr/expr.ts';
import type { Plan } from '../plan/plan.ts';

/** What a column may hold, as far as SQLite tells from the expression alone (sqlite3ExprDataType). */
const NUMBER = 1;
const TEXT = 2;
const BLOB = 4;
const ANY = NUMBER | TEXT | BLOB;

/**
 * The affinity of column `i` of a set operation: that of the first side that has one. Where another side may hold what
 * it would convert, nothing is converted.
 */
export function unionAffinity(left: Plan, right: Plan, i: number): Affinity | undefined {
  const [mine, others] = left.schema[i]!.affinity === undefined ? [right, left] : [left, right];
  const { affinity } = mine.schema[i]!;
  if (affinity === undefined || affinity === 'BLOB') return affinity;
  return holds(others, i) & (affinity === 'TEXT' ? NUMBER : TEXT) ? 'BLOB' : affinity;
}

function holds(plan: Plan, i: number): number {
  switch (plan.op) {
    case 'project':
      return held(plan.exprs[i]!, plan.input);
    case 'filter':
    case 'sort':
    case 'limit':
    case 'distinct':
      return holds(plan.input, i);
    case 'union':
      return plan.inputs.reduce((all, input) => all | holds(input, i), 0);
    case 'setop':
      return holds(plan.left, i) | holds(plan.right, i);
    case 'values':
      return plan.rows.reduce((all, row) => all | held(row[i]!, plan), 0);
    default:
      return heldByColumn(plan.schema[i]!);
  }
}

const heldByColumn = ({ affinity }: Pick<Field, 'affinity'>): number =>
  affinity === undefined || affinity === 'BLOB' ? ANY : affinity === 'TEXT' ? TEXT | BLOB : NUMBER | BLOB;

function held(e: Expr, input: Plan): number {
  switch (e.kind) {
    case 'column': {
      const at = input.schema.findIndex((f) => f.name === e.name);
      return at < 0
        ? ANY
        : input.schema[at]!.affinity === undefined
          ? holds(input, at)
          : heldByColumn(input.schema[at]!);
    }
    case 'cast':
      return heldByColumn({ affinity: e.to === 'BOOLEAN' ? 'NUMERIC' : e.to === 'TIMESTAMP' ? 'TEXT' : e.to });
    case 'case':
      return [...e.branches.map((b) => b.then), e.otherwise].reduce((all, part) => all | held(part, input), 0);
    case 'literal':
      if (e.value === null) return 0;
      return e.type === 'BLOB'
        ? BLOB
        : e.type === 'INTEGER' || e.type === 'REAL' || e.type === 'BOOLEAN'
          ? NUMBER
          : TEXT;
    case 'call':
      if (e.fn === '||') return TEXT | BLOB;
      return operators.has(e.fn) ? NUMBER : ANY;
  }
}

/** What SQLite has operators for; LIKE and GLOB are functions. */
const operators: ReadonlySet<string> = new Set([
  ...['+', '-', '*', '/', '%', '&', '|', '<<', '>>', '~', 'neg', 'and', 'or', 'not', 'in'],
  ...['=', '<>', '<', '<=', '>', '>=', 'is', 'is not', 'isnull', 'notnull'],
]);
