import { alignmentOf } from '../contract/aligned.ts';
import type { Contract } from '../contract/contract.ts';
import type { Field } from '../data/types.ts';
import type { Plan, Shell } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { withShellTime } from './event-time-shell.ts';
import { collect, fault, originOf } from './fault.ts';
import { lengthsAsText } from './interval.ts';
import { Names, sameName } from './names.ts';
import { withPlaces } from './places.ts';
import { fieldRef, materializeWithTime } from './plans.ts';
import { columnNamed, hiddenOf, type Relation, type ScopeColumn } from './scope.ts';
import { closedContract, declaredContract } from './shell-contract.ts';
import { checkFilterFormat, checkLines, formatFor, undeclaredFormat, writtenFormats } from './shell-format.ts';
import { eachOf, groupedContract, groupsOf } from './shell-groups.ts';
import { commandOf, environment, runOptions } from './shell-options.ts';
import { checkProtocolFormats, isFramed, withProtocol } from './shell-protocol.ts';
import { bindReads } from './shell-reads.ts';
import { checkDaemonFormats, checkWays, waysOf } from './shell-ways.ts';
import { declaredField } from './types.ts';
import { nullable } from './without.ts';

type Clause<K extends ast.ShellClause['clause']> = Extract<ast.ShellClause, { clause: K }>;

export const lastClause = <K extends ast.ShellClause['clause']>(
  clauses: readonly ast.ShellClause[],
  kind: K,
): Clause<K> | undefined => [...clauses].reverse().find((c): c is Clause<K> => c.clause === kind);

/** What an undeclared command writes. */
const oneLine: Field = { name: 'line', type: 'TEXT', affinity: 'TEXT' };

/**
 * SHELL over rows: what is sent, what is parsed, and what goes around the command. Columns go around only where each
 * output row is known to belong to one input row (EMITS ONE, or FILTERS of a command that treats equal lines alike).
 */
export function bindShell(
  query: QueryContext,
  spec: ast.ShellSpec,
  given: Relation,
  promised: (clauses: readonly ast.ShellClause[]) => Contract = (clauses) => declaredContract(query, clauses),
): Relation {
  const input = materializeWithTime(lengthsAsText(given));
  const output = commandOver(query, spec, input, promised);
  return withShellTime(output, input, lastClause(commandOf(query, spec).clauses, 'time'));
}

function commandOver(
  query: QueryContext,
  spec: ast.ShellSpec,
  relation: Relation,
  promised: (clauses: readonly ast.ShellClause[]) => Contract,
): Relation {
  const { text, label, clauses } = commandOf(query, spec);
  const reads = bindReads(query, relation, lastClause(clauses, 'reads'));
  const { input } = reads;
  const declared = promised(clauses);
  const written = lastClause(clauses, 'writes');
  const writes = written === undefined ? (declared.filters === undefined ? [oneLine] : []) : writtenFields(written);
  const facts = { reads: reads.labels, writes: written === undefined ? [] : writes.map((f) => f.name) };
  const closed = closedContract(declared, clauses, facts, spec.span);
  checkColumns(clauses, input, closed, writes);
  const ways = withProtocol(clauses, closed, waysOf(query, clauses), spec.span);
  const grouped = groupsOf(query, input, reads.plan, closed, {
    scope: lastClause(clauses, 'scope'),
    input: lastClause(clauses, 'input'),
  });
  checkWays(text, clauses, closed, ways, spec.span, grouped !== undefined);
  const contract = grouped === undefined ? closed : groupedContract(closed, grouped);
  const placed = ways.deadLetter && withPlaces(reads.plan, ways.deadLetter);

  const formats = writtenFormats(query, clauses);
  const inputFormat = formats.input ?? formatFor(reads.names.length);
  checkLines(inputFormat, reads.labels, 'sent', formats.inputSpan ?? spec.span);
  const common = {
    op: 'shell' as const,
    input: sortedFor(contract, input, placed?.plan ?? grouped?.plan ?? reads.plan),
    command: text,
    label,
    reads: reads.names,
    readsAll: reads.all,
    inputFormat,
    contract,
    env: environment(query, clauses),
    ...runOptions(query, clauses),
    ...ways,
    ...(placed && { deadLetter: placed.letter }),
    ...(grouped && { groups: eachOf(closed, grouped) }),
    origin: originOf(spec.span),
  };
  const given = [inputFormat, ...(formats.output ? [formats.output] : [])];
  checkProtocolFormats(ways, given, spec.span);
  checkDaemonFormats(ways, given, spec.span);
  const alignment = alignmentOf(contract);
  if (contract.filters !== undefined) {
    if (alignment === 'filters') {
      checkFilterFormat(inputFormat, formats.inputSpan ?? spec.span);
      const schema = [...input.columns.map((c) => c.field), ...hiddenOf(input)];
      return {
        plan: {
          ...common,
          schema,
          writes: [],
          carried: schema.map((f) => f.name),
          outputFormat: formats.output ?? inputFormat,
        },
        columns: input.columns,
      };
    }
    // Which rows survived is unknown, so the lines that came back are parsed as what was sent.
    const back = reads.names.map((name): Field => nullable(reads.plan.schema.find((f) => f.name === name)!));
    return output({ ...common, outputFormat: formats.output ?? inputFormat }, back, input, label, grouped?.columns);
  }
  const outputFormat = written === undefined ? undeclaredFormat(formats) : (formats.output ?? formatFor(writes.length));
  checkLines(
    outputFormat,
    writes.map((f) => f.name),
    'written',
    formats.outputSpan ?? written?.span ?? spec.span,
  );
  if (alignment === undefined && !isFramed(ways))
    return output({ ...common, outputFormat }, writes, input, label, grouped?.columns);
  return aligned({ ...common, outputFormat }, input, writes);
}

/**
 * Nothing is carried but what makes a group: the columns are those, unless they are written again, and those written.
 * Later uses of the others are explained.
 */
function output(
  common: Omit<Shell, 'schema' | 'writes' | 'carried'>,
  fields: readonly Field[],
  input: Relation,
  label: string,
  groups: readonly ScopeColumn[] = [],
): Relation {
  const kept = groups.filter((c) => !fields.some((f) => sameName(f.name, c.label)));
  const names = new Names(kept.map((c) => c.field.name));
  const written = fields.map((f): ScopeColumn => ({ label: f.name, field: { ...f, name: names.fresh(f.name) } }));
  const columns = [...kept, ...written];
  const lost = input.columns.map((c) => c.label).filter((name) => !columns.some((c) => sameName(c.label, name)));
  const plan: Shell = {
    ...common,
    schema: columns.map((c) => c.field),
    writes: written.map((c) => c.field),
    carried: kept.map((c) => c.field.name),
  };
  return { plan, columns, lost: { columns: lost, by: `'${label}'` } };
}

/** Input columns stay, those that are written again in their place; new ones come behind. */
function aligned(
  common: Omit<Shell, 'schema' | 'writes' | 'carried'>,
  input: Relation,
  writes: readonly Field[],
): Relation {
  const names = new Names(input.plan.schema.map((f) => f.name));
  const inPlace = (c: ScopeColumn): Field | undefined => writes.find((f) => sameName(f.name, c.label));
  const replaced = input.columns.map((c): ScopeColumn => {
    const field = inPlace(c);
    return field === undefined ? c : { ...c, field: { ...field, name: c.field.name } };
  });
  const added = writes
    .filter((f) => !input.columns.some((c) => sameName(c.label, f.name)))
    .map((f): ScopeColumn => ({ label: f.name, field: { ...f, name: names.fresh(f.name) } }));
  const columns = [...replaced, ...added];
  const written = writes.map((f) => columns.find((c) => sameName(c.label, f.name))!.field);
  const kept = input.columns.filter((c) => inPlace(c) === undefined).map((c) => c.field.name);
  const hidden = hiddenOf(input);
  const carried = [...kept, ...hidden.map((f) => f.name)];
  return {
    plan: { ...common, schema: [...columns.map((c) => c.field), ...hidden], writes: written, carried },
    columns,
  };
}

export function writtenFields({ columns, span }: Clause<'writes'>): readonly Field[] {
  if (columns.length === 0)
    fault('E0402', span, 'WRITES without columns', { label: 'a command that only filters is declared FILTERS' });
  return collect(columns, ({ name, type, notNull }, i): Field => {
    if (columns.slice(0, i).some((other) => sameName(other.name.text, name.text))) {
      fault('E0306', name.span, `column \`${name.text}\` is written twice`);
    }
    return declaredField(name.text, type, notNull);
  });
}

/** Columns that clauses name must be there: of the input, or of the output. */
function checkColumns(
  clauses: readonly ast.ShellClause[],
  input: Relation,
  { filters }: Contract,
  writes: readonly Field[],
): void {
  const outputs =
    filters === undefined
      ? [...input.columns, ...writes.map((field) => ({ label: field.name, field }))]
      : input.columns;
  collect(clauses, (c) => {
    if (c.clause === 'scope' || c.clause === 'needs sorted by') c.columns.forEach((name) => columnNamed(input, name));
    if (c.clause === 'sorted by') c.columns.forEach((name) => columnOf(outputs, name));
    if (c.clause === 'time' && c.column !== undefined) columnOf(outputs, c.column);
  });
}

/** A column that input and output both have is meant once. */
const columnOf = (columns: readonly ScopeColumn[], name: ast.Name): ScopeColumn =>
  columns.find((c) => sameName(c.label, name.text)) ?? columnNamed({ columns }, name);

/** NEEDS SORTED BY is seen to: the rows are sent in byte order of the text of these columns. */
function sortedFor({ needsSortedBy }: Contract, input: Relation, plan: Plan): Plan {
  if (needsSortedBy === undefined) return plan;
  const keys = needsSortedBy.value.map((name) => {
    const { field } = input.columns.find((c) => sameName(c.label, name))!;
    return {
      expr: { kind: 'cast', arg: fieldRef(field), to: 'TEXT', type: 'TEXT' },
      descending: false,
      nullsFirst: true,
    } as const;
  });
  return { op: 'sort', schema: plan.schema, input: plan, keys };
}
