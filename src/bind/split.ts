import type { Span } from '../base/span.ts';
import type { Field } from '../data/types.ts';
import { column, conjoin, integer, type Expr } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { newStage, settle, type QueryContext } from './context.ts';
import { bindExpr } from './expr.ts';
import { collect } from './fault.ts';
import { Names } from './names.ts';
import { fieldRef, filterPlan, projectPlan } from './plans.ts';
import type { Relation } from './scope.ts';

/** SPLIT or INSERT: WHEN w0 .. WHEN w1 .. ELSE ... */
export interface Condition {
  /** Each branch gets all rows that its WHEN is true of; else only those that no WHEN before it is true of. */
  readonly all: boolean;
  readonly whens: readonly ast.Expr[];
  readonly span: Span;
}

/**
 * Shares some rows among branches; the branch behind the last WHEN is ELSE. Each WHEN is evaluated once per row, as a
 * column that names the branch, so that the branches agree about random() and about commands.
 *
 * @returns the rows of a branch.
 */
export function splitRows(query: QueryContext, rows: Relation, condition: Condition): (branch: number) => Relation {
  const { all, whens, span } = condition;
  const cx = { query, scope: rows, clause: 'WHEN', stage: newStage(new Names(rows.plan.schema.map((f) => f.name))) };
  const tests = all ? whens.map((_, i) => testOf(condition, i)) : [firstOf(condition)];
  const exprs = collect(tests, (test) => bindExpr(cx, test).expr);
  const fields = exprs.map((): Field => ({ name: cx.stage.names.fresh('branch'), type: 'INTEGER' }));
  const below = settle(cx.stage, rows.plan);
  const plan = projectPlan(below, [...below.schema, ...fields], [...below.schema.map(fieldRef), ...exprs], span);
  const read = query.streams.shareChanging({ ...rows, plan }, span, query.emit);
  const is = ({ name }: Field, value: number): Expr => ({
    kind: 'call',
    fn: '=',
    args: [column(name, 'INTEGER'), integer(value)],
    type: 'BOOLEAN',
  });
  return (branch) => {
    const relation = read();
    const isElse = branch === whens.length;
    const predicate = !all
      ? is(fields[0]!, branch)
      : isElse
        ? conjoin(fields.map((f) => is(f, 0)))
        : is(fields[branch]!, 1);
    return { ...relation, plan: filterPlan(relation.plan, predicate, span) };
  };
}

/** The rows of one branch as an operator of a pipe. */
export function branchText(condition: Condition, branch: number): ast.PipeOp {
  const { span, all, whens } = condition;
  const isElse = branch === whens.length;
  const left = all && !isElse ? testOf(condition, branch) : firstOf(condition);
  const right = number(all && !isElse ? 1 : branch, span);
  return { kind: 'pipe where', span, predicate: { kind: 'binary', span, op: '=', left, right } };
}

/** 1 where a WHEN is true; NULL is not true. */
function testOf({ whens, span }: Condition, branch: number): ast.Expr {
  const branches = [{ when: whens[branch]!, then: number(1, span) }];
  return { kind: 'case', span, branches, otherwise: number(0, span) };
}

/** The number of the first WHEN that is true; one more than the last where none is. */
function firstOf({ whens, span }: Condition): ast.Expr {
  const branches = whens.map((when, i) => ({ when, then: number(i, span) }));
  return { kind: 'case', span, branches, otherwise: number(whens.length, span) };
}

const number = (n: number, span: Span): ast.Expr => ({ kind: 'literal', span, type: 'integer', text: String(n) });
