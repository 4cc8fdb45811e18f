import { QueryError } from '../base/errors.ts';
import type { Field, Type } from '../data/types.ts';
import { functionOf } from '../expr/evaluate.ts';
import { children, type Expr } from '../expr/expr.ts';
import { aggregateFunctions, scalarFunctions } from '../expr/functions/catalog.ts';
import type * as ast from '../syntax/ast.ts';
import type { FunctionObject } from './catalog.ts';
import { asDeclared } from './coerce.ts';
import { newStage, settle, type ExprContext, type QueryContext, type Typed } from './context.ts';
import { bindExpr } from './expr.ts';
import { collect, fault, unknown } from './fault.ts';
import { hasQuery, usesOf } from './function-body.ts';
import { lookUp } from './inputs.ts';
import { dotted, fold, lastPart, Names, sameName } from './names.ts';
import { columnTyped } from './items.ts';
import type { ScopeColumn } from './scope.ts';
import { bindShellFunction } from './shell-function.ts';
import { columnOf, isVolatile } from './stage.ts';
import { declaredField } from './types.ts';
import { without } from './without.ts';

/** The function of CREATE FUNCTION that a call means, if it means one. */
export function functionNamed({ catalog }: QueryContext, name: ast.QName): FunctionObject | undefined {
  const found = catalog.functions.get(fold(dotted(name)));
  if (found?.kind === 'broken') throw new QueryError();
  return found;
}

/** Puts a function into the catalogue; what is wrong with it shows here, not at its first call. */
export async function bindCreateFunction(query: QueryContext, statement: ast.CreateFunction): Promise<void> {
  const { functions } = query.catalog;
  const name = dotted(statement.name);
  if (!mayCreate(query, statement)) return;
  const before = functions.get(fold(name));
  try {
    const made: FunctionObject = { kind: 'function', name, definition: statement };
    functions.set(fold(name), made);
    checkParameters(statement);
    const inputs = await lookUp(query, statement);
    tryOut({ ...query, inputs }, made);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    functions.set(fold(name), before ?? { kind: 'broken', name });
    throw error;
  }
}

function mayCreate({ catalog }: QueryContext, { name, orReplace, ifNotExists }: ast.CreateFunction): boolean {
  if (name.parts.length > 1)
    fault('E0306', name.span, 'CREATE FUNCTION with the name of a database', {
      label: 'it belongs to the session, not to a database',
      help: [`give it a plain name: ${lastPart(name).text}`],
    });
  const plain = fold(dotted(name));
  if (scalarFunctions.has(plain) || aggregateFunctions.has(plain))
    fault('E0306', name.span, `\`${dotted(name)}\` is a built-in function`, { label: 'give this one another name' });
  const found = catalog.functions.get(plain);
  if (found === undefined || found.kind === 'broken' || orReplace) return true;
  if (ifNotExists) return false;
  return fault('E0306', name.span, `function \`${found.name}\` exists already`, {
    label: 'this name is taken',
    help: ['CREATE OR REPLACE makes it anew, IF NOT EXISTS keeps it'],
  });
}

function checkParameters({ parameters }: ast.CreateFunction): void {
  collect(parameters, ({ name, type, default: otherwise }, i) => {
    if (parameters.slice(0, i).some((other) => sameName(other.name.text, name.text)))
      fault('E0306', name.span, `parameter \`${name.text}\` is declared twice`);
    if (otherwise === undefined && parameters.slice(0, i).some((other) => other.default !== undefined))
      fault('E0402', name.span, `parameter \`${name.text}\` has no DEFAULT, but one before it has`, {
        label: 'arguments are left out from the end',
      });
    declaredField(name.text, type);
  });
}

/** Binds a call over columns of the declared types. */
function tryOut(query: QueryContext, made: FunctionObject): void {
  const { parameters, name } = made.definition;
  const schema = parameters.map((p): Field => declaredField(p.name.text, p.type));
  const columns = schema.map((field): ScopeColumn => ({ label: field.name, field }));
  const stage = newStage(new Names(schema.map((f) => f.name)));
  const cx: ExprContext = { query, scope: { columns }, clause: 'CREATE FUNCTION', stage };
  expand(cx, made, columns.map(columnTyped), name.span);
  settle(stage, { op: 'values', schema, rows: [] });
}

export function dropFunction({ catalog }: QueryContext, { name, ifExists }: ast.Drop): void {
  const plain = fold(dotted(name));
  if (catalog.functions.delete(plain) || ifExists) return;
  if (scalarFunctions.has(plain) || aggregateFunctions.has(plain))
    fault('E0303', name.span, `\`${dotted(name)}\` is a built-in function`, { label: 'it cannot be dropped' });
  const known = [...catalog.functions.values()].map((f) => f.name);
  unknown('E0303', name.span, 'function', dotted(name), known, 'nothing of this name was created');
}

/** A call of such a function: what stands in its place. */
export function bindFunctionCall(cx: ExprContext, e: ast.CallExpr, fn: FunctionObject): Typed {
  const { parameters } = fn.definition;
  if (e.star || e.distinct || e.orderBy.length > 0 || e.withinGroup.length > 0 || e.filter !== undefined || e.over) {
    const what = e.star ? '`*`' : e.distinct ? 'DISTINCT' : e.filter ? 'FILTER' : e.over ? 'OVER' : 'ORDER BY';
    fault('E0201', e.span, `\`${fn.name}\` takes no ${what}`, { label: 'it is no aggregate function' });
  }
  const byPlace = e.argNames === undefined ? e.args : placed(fn, e, e.argNames);
  const least = parameters.filter((p) => p.default === undefined).length;
  if (e.args.length < least || e.args.length > parameters.length) {
    const wanted = least === parameters.length ? `${least}` : `${least} to ${parameters.length}`;
    fault(
      'E0201',
      e.span,
      `\`${fn.name}\` takes ${wanted} argument${wanted === '1' ? '' : 's'}, not ${e.args.length}`,
      {
        label: `its parameters: ${parameters.map((p) => `${p.name.text} ${p.type.name}`).join(', ') || 'none'}`,
      },
    );
  }
  const args = collect(parameters, (parameter, i): Typed => {
    const written = byPlace[i];
    const noColumns: ExprContext = { query: cx.query, scope: { columns: [] }, clause: 'DEFAULT', stage: cx.stage };
    const typed = written === undefined ? bindExpr(noColumns, parameter.default!) : bindExpr(cx, written);
    const field = declaredField(parameter.name.text, parameter.type);
    const expr = asDeclared(typed.expr, field.type);
    if (expr !== undefined) return { ...typed, expr };
    return misfit(
      written ?? parameter.default!,
      typed.expr.type,
      field.type,
      `argument \`${field.name}\` of ${fn.name}`,
    );
  });
  return expand(cx, fn, args, e.span);
}

/** The arguments of a call at the places of the parameters that they name: `f(1, z => 3)`. */
function placed(
  fn: FunctionObject,
  e: ast.CallExpr,
  names: readonly (ast.Name | undefined)[],
): (ast.Expr | undefined)[] {
  const { parameters } = fn.definition;
  const args: (ast.Expr | undefined)[] = [];
  for (const [i, arg] of e.args.entries()) {
    const name = names[i];
    const isBehind = name === undefined && names.slice(0, i).some((other) => other !== undefined);
    if (isBehind)
      fault('E0201', arg.span, 'an argument by its place behind one by its name', { label: 'give it a name, too' });
    const at = name === undefined ? i : parameters.findIndex((p) => sameName(p.name.text, name.text));
    if (name !== undefined && at < 0) {
      const known = parameters.map((p) => p.name.text);
      unknown('E0201', name.span, 'argument', name.text, known, `\`${fn.name}\` has no parameter of this name`);
    }
    if (args[at] !== undefined)
      fault(
        'E0201',
        name?.span ?? arg.span,
        `argument \`${parameters[at]!.name.text}\` of \`${fn.name}\` is given twice`,
      );
    args[at] = arg;
  }
  const missing = parameters.find((p, i) => p.default === undefined && args[i] === undefined);
  if (missing !== undefined)
    fault('E0201', e.span, `\`${fn.name}\` lacks its argument \`${missing.name.text}\``, {
      label: 'it has no DEFAULT',
    });
  return args;
}

function misfit({ span }: ast.Expr, given: Type, wanted: Type, what: string): never {
  return fault('E0201', span, `${what} is declared ${wanted}, this is ${given}`, {
    label: `this is ${given}`,
    help: [`CAST (.. AS ${wanted})`],
  });
}

function expand(cx: ExprContext, fn: FunctionObject, args: readonly Typed[], span: ast.Expr['span']): Typed {
  const { body } = fn.definition;
  if ('shell' in body) return bindShellFunction(cx, fn, body.shell, args);
  return expandMacro(cx, fn, body.expr, args, span);
}

/**
 * Parts of an expression, beyond which it is not written out twice: calls in calls would double it each time. One that may
 * fail is written out as long as that is possible, for a column is computed also where a CASE would not have come to it.
 */
const LARGE = 100;
const HUGE = 5000;

function worthSharing(e: Expr): boolean {
  if (isVolatile(e)) return true;
  const size = sizeOf(e);
  return size > HUGE || (size > LARGE && !mayFail(e));
}
const sizeOf = (e: Expr): number => children(e).reduce((n, part) => n + sizeOf(part), 1);
const mayFail = (e: Expr): boolean =>
  (e.kind === 'call' && functionOf(e).mayFail === true) || children(e).some(mayFail);

/**
 * The body of an SQL function with its arguments in place of the parameters. An argument that is named several times is
 * evaluated once where that can be noticed (it is volatile), and where it is worth it.
 */
function expandMacro(
  cx: ExprContext,
  fn: FunctionObject,
  body: ast.Expr,
  args: readonly Typed[],
  span: ast.Expr['span'],
): Typed {
  const { expanding } = cx.query;
  const mark = `${fold(fn.name)}()`;
  if (expanding.includes(mark))
    fault('E0302', span, `function \`${fn.name}\` calls itself`, { label: 'this call is part of its own definition' });
  const { parameters, returns } = fn.definition;
  // A query inside sees its surroundings only as columns.
  const asColumns = hasQuery(body);
  const values = args.map(({ expr, collation, explicit }, i): Typed => {
    const { name, type } = parameters[i]!;
    const { affinity } = declaredField(name.text, type);
    const typed: Typed = {
      expr,
      ...(affinity && { affinity }),
      ...(collation && { collation }),
      ...(explicit && { explicit }),
    };
    const isPlain = expr.kind === 'column' || expr.kind === 'literal';
    const isShared = !isPlain && worthSharing(expr) && usesOf(body, name.text) > 1;
    return isShared || (asColumns && expr.kind !== 'column') ? columnOf(cx, typed) : typed;
  });
  const columns = parameters.map(({ name, type }, i): ScopeColumn => {
    const { expr } = values[i]!;
    const field = declaredField(expr.kind === 'column' ? expr.name : name.text, type);
    return { label: name.text, field: { ...field, type: expr.type } };
  });
  const named = new Map(parameters.map(({ name }, i) => [fold(name.text), values[i]!]));
  const inner: ExprContext = {
    ...without(cx, 'aliases', 'around'),
    query: { ...cx.query, ctes: new Map(), outer: [], expanding: [...expanding, mark] },
    scope: { columns },
    clause: `function ${fn.name}`,
    parameters: named,
  };
  const { expr, collation, explicit } = bindExpr(inner, body);
  const { type } = declaredField(fn.name, returns);
  const result = asDeclared(expr, type) ?? misfit(body, expr.type, type, `the result of ${fn.name}`);
  return { expr: result, ...(explicit && { collation: collation!, explicit }) };
}
