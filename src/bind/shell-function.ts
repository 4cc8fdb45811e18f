import { isPerRecord } from '../contract/aligned.ts';
import type { Contract } from '../contract/contract.ts';
import type { Field } from '../data/types.ts';
import { column, columnsOf, nullLiteral, text as textLiteral, type Expr } from '../expr/expr.ts';
import { bounded } from '../plan/facts.ts';
import type { Plan, Shell } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { FunctionObject } from './catalog.ts';
import type { ExprContext, QueryContext, Typed } from './context.ts';
import { fault, originOf } from './fault.ts';
import type { Names } from './names.ts';
import { withPlaces } from './places.ts';
import { fieldRef, projectPlan } from './plans.ts';
import { closedContract, declaredContract } from './shell-contract.ts';
import { checkLines, formatFor, lines, writtenFormats } from './shell-format.ts';
import { commandOf, environment, runOptions } from './shell-options.ts';
import { checkProtocolFormats, withProtocol } from './shell-protocol.ts';
import { checkDaemonFormats, checkWays, waysOf } from './shell-ways.ts';
import { declaredField } from './types.ts';

/** A function whose command is settled: all but the rows that it is asked about. */
interface Command {
  readonly shell: Omit<Shell, 'op' | 'schema' | 'reads' | 'readsAll' | 'writes' | 'carried' | 'call' | 'input'>;
  readonly names: readonly string[];
  /** Equal arguments share an answer. */
  readonly distinct: boolean;
}

/**
 * A call of a function that is a command: its value becomes a column, which a Shell adds below the operator. The rows keep
 * their order; those that `cx.guard` does not let through are not sent.
 */
export function bindShellFunction(
  cx: ExprContext,
  fn: FunctionObject,
  spec: ast.ShellSpec,
  args: readonly Typed[],
): Typed {
  const { stage, aggregates } = cx;
  const command = commandFor(cx.query, fn, spec);
  let asked: Asked = { args: args.map((a) => a.expr), when: cx.guard };
  const type = declaredField(fn.name, fn.definition.returns).type;
  const key = (of: Asked): string => JSON.stringify([fn.name.toLowerCase(), of.args, of.when]);
  const forAll = (of: Asked): string => key({ ...of, when: undefined });
  // What was asked about all rows was asked about these, too.
  const known = command.distinct ? (stage.calls.get(forAll(asked)) ?? stage.calls.get(key(asked))) : undefined;
  if (known !== undefined) return { expr: known };

  const result: Field = { name: stage.names.fresh(fn.name), type };
  const value = column(result.name, type);
  stage.calls.set(key(asked), value);
  stage.added.add(result.name);
  let sameAs: Expr | undefined;
  if (aggregates !== undefined && stage !== aggregates.stage) {
    stage.lifts.push(() => {
      const grouped = aggregates.stage.calls.get(forAll(asked));
      sameAs = grouped && aggregates.keyOf(grouped);
      if (sameAs === undefined)
        asked = { args: asked.args.map((e) => aggregates.lift(e)), when: asked.when && aggregates.lift(asked.when) };
    });
  }
  const add = (input: Plan): Plan => {
    const same = sameAs ?? (command.distinct ? madeBelow(stage.names, forAll(asked), input) : undefined);
    if (same !== undefined) return projectPlan(input, [...input.schema, result], [...input.schema.map(fieldRef), same]);
    if (command.distinct && asked.when === undefined) remember(stage.names, key(asked), value);
    checkEndless(input, command.shell, fn, spec);
    // In ON the condition may read the other side of the join, whose rows are not there yet: then all are asked about.
    const isThere = asked.when === undefined || within(columnsIn([asked.when]), input);
    return shellOver(input, command, isThere ? asked : { ...asked, when: undefined }, result, stage.names);
  };
  const reads = (): ReadonlySet<string> => columnsIn(asked.args);
  stage.pending.push(Object.assign(add, { reads, adds: result.name }));
  return { expr: value };
}

const columnsIn = (exprs: readonly Expr[]): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const e of exprs) columnsOf(e, names);
  return names;
};
const within = (names: ReadonlySet<string>, { schema }: Plan): boolean =>
  [...names].every((name) => schema.some((f) => f.name === name));

interface Asked {
  readonly args: readonly Expr[];
  readonly when: Expr | undefined;
}

/** Calls that an operator further down of the same SELECT has made, by what was asked; its names are those of a SELECT. */
const made = new WeakMap<Names, Map<string, Expr>>();

function remember(names: Names, key: string, value: Expr): void {
  const known = made.get(names) ?? new Map<string, Expr>();
  made.set(names, known.set(key, value));
}

function madeBelow(names: Names, key: string, { schema }: Plan): Expr | undefined {
  const value = made.get(names)?.get(key);
  return value?.kind === 'column' && schema.some((f) => f.name === value.name) ? value : undefined;
}

/** The arguments as columns, and the command above them. */
function shellOver(input: Plan, { shell, names, distinct }: Command, asked: Asked, result: Field, taken: Names): Plan {
  const given = asked.args.length > 0 ? asked.args : [textLiteral('')];
  const computed: { field: Field; expr: Expr }[] = [];
  const reads = given.map((arg, i) => {
    if (arg.kind === 'column') return arg.name;
    const field: Field = { name: taken.fresh(names[i]!), type: arg.type };
    computed.push({ field, expr: onlyWhere(asked.when, arg) });
    return field.name;
  });
  const placed = shell.deadLetter && withPlaces(input, shell.deadLetter);
  const rows = placed?.plan ?? input;
  const below = projectPlan(
    rows,
    [...rows.schema, ...computed.map((c) => c.field)],
    [...rows.schema.map(fieldRef), ...computed.map((c) => c.expr)],
  );
  return {
    op: 'shell',
    ...shell,
    ...(placed && { deadLetter: placed.letter }),
    input: below,
    schema: [...input.schema, result],
    reads,
    readsAll: false,
    writes: [result],
    carried: input.schema.map((f) => f.name),
    call: {
      names,
      result: shell.label,
      ...(asked.when && { when: asked.when }),
      ...(distinct && { distinct: true as const }),
    },
  };
}

/** An argument is not computed either where nobody asks: it might fail there. */
const onlyWhere = (when: Expr | undefined, arg: Expr): Expr =>
  when === undefined || arg.kind === 'literal'
    ? arg
    : { kind: 'case', branches: [{ when, then: arg }], otherwise: { ...nullLiteral, type: arg.type }, type: arg.type };

function commandFor(query: QueryContext, fn: FunctionObject, spec: ast.ShellSpec): Command {
  const { text, clauses } = commandOf(query, spec);
  refuseClauses(clauses);
  const { parameters } = fn.definition;
  const names = parameters.length > 0 ? parameters.map((p) => p.name.text) : ['nothing'];
  const declared = functionContract(declaredContract(query, clauses));
  const contract = closedContract(declared, clauses, { reads: names, writes: [fn.name] }, spec.span);
  const formats = writtenFormats(query, clauses);
  const inputFormat = formats.input ?? formatFor(names.length);
  const outputFormat = formats.output ?? lines;
  checkLines(inputFormat, names, 'sent', formats.inputSpan ?? spec.span);
  const ways = withProtocol(clauses, contract, waysOf(query, clauses), spec.span);
  checkWays(text, clauses, contract, ways, spec.span);
  checkProtocolFormats(ways, [inputFormat, outputFormat], spec.span);
  checkDaemonFormats(ways, [inputFormat, outputFormat], spec.span);
  const { determinism, effects } = contract;
  const isPure = determinism?.value === 'deterministic' || determinism?.value === 'stable';
  return {
    names,
    distinct: isPure && isPerRecord(contract) && (effects?.value !== 'any' || effects.by !== 'declared'),
    shell: {
      command: text,
      label: fn.name,
      inputFormat,
      outputFormat,
      contract,
      env: environment(query, clauses),
      ...runOptions(query, clauses),
      ...ways,
      origin: originOf(spec.span),
    },
  };
}

/**
 * What being a function says of a command: one value for each row. That the same arguments give the same value is said
 * of each row, so such a command treats each row by itself, unless another scope is declared.
 */
function functionContract(declared: Contract): Contract {
  const { emits, scope, determinism } = declared;
  const isPure = determinism?.value === 'deterministic' || determinism?.value === 'stable';
  return {
    ...declared,
    ...(emits === undefined && { emits: { value: 'one', by: 'implied' } }),
    ...(scope === undefined && isPure && { scope: { value: { unit: 'record' }, by: 'implied' } }),
  };
}

/** Clauses that are about relations, or contradict what a function is. */
function refuseClauses(clauses: readonly ast.ShellClause[]): void {
  for (const c of clauses) {
    const isRelational =
      c.clause === 'input' ||
      c.clause === 'reads' ||
      c.clause === 'writes' ||
      c.clause === 'filters' ||
      c.clause === 'combine' ||
      c.clause === 'time' ||
      (c.clause === 'as' && c.profile !== 'MAP') ||
      (c.clause === 'emits' && c.emits !== 'one') ||
      (c.clause === 'scope' && (c.unit === 'key' || c.unit === 'window'));
    if (!isRelational) continue;
    fault('E0401', c.span, 'a function has parameters and RETURNS, and gives one value for each row', {
      label: 'this is for commands over relations',
      help: ['CREATE COMMAND, used as |> SHELL name, takes this clause; a function is declared AS MAP'],
    });
  }
}

/** Over rows that do not end, answers have to come before the end. */
function checkEndless(
  input: Plan,
  { contract, mode }: Command['shell'],
  fn: FunctionObject,
  spec: ast.ShellSpec,
): void {
  const { flushes, online } = contract;
  if (bounded(input) || mode !== undefined || isPerRecord(contract)) return;
  if (flushes !== undefined || online?.by === 'declared') return;
  fault('E0402', spec.span, `function \`${fn.name}\` is asked about rows that do not end`, {
    label: 'nothing tells that it answers before the end of its input',
    help: ['declare FLUSHES RECORD if it does, AS MAP if it treats each row by itself, or MODE DAEMON with a MARKER'],
  });
}
