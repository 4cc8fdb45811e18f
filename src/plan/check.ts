import { columnsOf } from '../expr/expr.ts';
import { exprsOf, inputs, label } from './ops.ts';
import { match, type Plan } from './plan.ts';

/**
 * What is wrong with how the operators of a plan fit together: a column that is read and not there, a schema that is not
 * what the operator gives. Undefined for a sound plan. It is asked after each step of the rewriter and of plan files.
 */
export function faultIn(plan: Plan): string | undefined {
  for (const input of inputs(plan)) {
    const fault = faultIn(input);
    if (fault !== undefined) return fault;
  }
  const fault = ownFault(plan);
  return fault === undefined ? undefined : `${label(plan)}: ${fault}`;
}

const names = (plan: Plan): readonly string[] => plan.schema.map((f) => f.name);

function ownFault(plan: Plan): string | undefined {
  const twice = names(plan).find((name, i) => names(plan).indexOf(name) !== i);
  if (twice !== undefined) return `two columns are called ${twice}`;
  const there = inputs(plan).flatMap(names);
  const read = new Set<string>();
  for (const e of exprsOf(plan)) columnsOf(e, read);
  const missing = [...read].find((name) => !there.includes(name));
  if (missing !== undefined) return `it reads column ${missing}, which is not there`;
  const expected = columnsGiven(plan);
  if (expected === undefined || expected.join() === names(plan).join()) return undefined;
  return `its columns are (${names(plan).join(', ')}), not (${expected.join(', ')})`;
}

/** The columns that an operator gives, from what it is made of; undefined where its own schema is all there is to know. */
const columnsGiven = (plan: Plan): readonly string[] | undefined =>
  match<readonly string[] | undefined>(plan, {
    values: (p) => (p.rows.every((row) => row.length === p.schema.length) ? undefined : ['as many as each row has']),
    scan: () => undefined,
    filter: (p) => names(p.input),
    project: (p) => (p.exprs.length === p.schema.length ? undefined : ['one for each expression']),
    shell: (p) => {
      const made = new Set([...p.carried, ...p.writes.map((f) => f.name)]);
      const sent = p.input === undefined ? [] : names(p.input);
      const lost = [...p.reads, ...p.carried].find((name) => !sent.includes(name));
      if (lost !== undefined) return [`${lost} of its input`];
      return [...names(p).filter((name) => made.has(name)), ...[...made].filter((name) => !names(p).includes(name))];
    },
    aggregate: (p) => {
      const made = new Set([...p.keys, ...p.aggregates, ...p.bare].map((x) => x.name));
      return [...names(p).filter((name) => made.has(name)), ...[...made].filter((name) => !names(p).includes(name))];
    },
    sort: (p) => names(p.input),
    limit: (p) => names(p.input),
    distinct: (p) => names(p.input),
    union: (p) =>
      p.inputs.every((input) => input.schema.length === p.schema.length) ? undefined : ['as many as each input has'],
    setop: (p) => (p.left.schema.length === p.right.schema.length ? undefined : ['as many as each side has']),
    join: (p) => (p.kind === 'semi' || p.kind === 'anti' ? names(p.left) : [...names(p.left), ...names(p.right)]),
    sink: () => undefined,
    output: (p) => names(p.input),
  });
