import type { Affinity, Field } from '../data/types.ts';
import { text, type Expr } from '../expr/expr.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { fieldRef, projectPlan } from './plans.ts';
import type { Relation } from './scope.ts';

/** What a column may hold, as far as SQLite tells from the expression alone (sqlite3ExprDataType). */
const NUMBER = 1;
const TEXT = 2;
const BLOB = 4;
const ANY = NUMBER | TEXT | BLOB;

/**
 * The affinity of column `i` of a set operation: that of the first side that has one. Where another side may hold what
 * it would convert, nothing is converted; and of a CAST to a type of numbers it is left open which.
 */
export function unionAffinity(left: Plan, right: Plan, i: number): Affinity | undefined {
  const [mine, others] = left.schema[i]!.affinity === undefined ? [right, left] : [left, right];
  const { affinity } = mine.schema[i]!;
  if (affinity === undefined || affinity === 'BLOB') return affinity;
  if (holds(others, i) & (affinity === 'TEXT' ? NUMBER : TEXT)) return 'BLOB';
  return affinity !== 'TEXT' && isCast(left, i) ? 'NUMERIC' : affinity;
}

/** Whether the first rows of a set operation have a CAST in column `i`. */
function isCast(plan: Plan, i: number): boolean {
  switch (plan.op) {
    case 'project':
      return plan.exprs[i]!.kind === 'cast';
    case 'distinct':
      return isCast(plan.input, i);
    case 'union':
      return isCast(plan.inputs[0]!, i);
    case 'setop':
      return isCast(plan.left, i);
    default:
      return false;
  }
}

/**
 * A query as a relation of FROM. There SQLite reads a column of a set operation whose affinity is REAL as it reads one of
 * a table: the INTEGERs of other sides are REAL, which they are not where the set operation is the result itself.
 */
export function readFromSetOperation(relation: Relation, { body, pipes }: ast.Query): Relation {
  const { plan, columns } = relation;
  const isMixed = ({ affinity, type }: Field): boolean => affinity === 'REAL' && type !== 'REAL';
  if (body.kind !== 'set operation' || pipes.length > 0 || !plan.schema.some(isMixed)) return relation;
  const exprs = plan.schema.map((field) => (isMixed(field) ? asReal(fieldRef(field)) : fieldRef(field)));
  const schema = plan.schema.map((field, i): Field => ({ ...field, type: exprs[i]!.type }));
  const fieldOf = ({ name }: Field): Field => schema.find((f) => f.name === name)!;
  return {
    ...relation,
    plan: projectPlan(plan, schema, exprs),
    columns: columns.map((c) => ({ ...c, field: fieldOf(c.field) })),
  };
}

/** INTEGER as REAL, and all else as it is. */
function asReal(value: Expr): Expr {
  const real: Expr = { kind: 'cast', arg: value, to: 'REAL', type: 'REAL' };
  if (value.type !== 'ANY') return real;
  const type: Expr = { kind: 'call', fn: 'typeof', args: [value], type: 'TEXT' };
  const isInteger: Expr = { kind: 'call', fn: '=', args: [type, text('integer')], type: 'BOOLEAN' };
  return { kind: 'case', branches: [{ when: isInteger, then: real }], otherwise: value, type: 'ANY' };
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
