import type { ShellClause, ShellSpec } from '../ast.ts';
import { expr, exprs } from './expression.ts';
import { type Doc, flat, hang } from './layout.ts';
import { command, name, names, option, options, qname, text, typedColumns } from './names.ts';
import { arg, items, partitionBy, query } from './query.ts';

type Printers = { readonly [K in ShellClause['clause']]: (clause: Extract<ShellClause, { clause: K }>) => string };

/** What stands behind the word SHELL. */
export function shellSpec({ command: c, clauses }: ShellSpec): Doc {
  const args = c.kind === 'name' && c.args.length > 0 ? `(${c.args.map(arg).join(', ')})` : '';
  return hang(c.kind === 'text' ? command(c.text) : `${qname(c.name)}${args}`, ...clauses.map(clause));
}

const clause = (c: ShellClause): string => (printers[c.clause] as (c: ShellClause) => string)(c);

const printers: Printers = {
  input: (c) => {
    const table = 'parts' in c.table ? qname(c.table) : `(${flat(query(c.table))})`;
    return `INPUT ${table}${c.partitionBy ? ` ${partitionBy(c.partitionBy)}` : ''}`;
  },
  format: (c) => {
    const args = c.format.args.map((a) => ('text' in a ? text(a.text) : option(a))).join(', ');
    const direction = c.direction === 'both' ? '' : `${c.direction.toUpperCase()} `;
    return `${direction}FORMAT ${c.format.name}${args === '' ? '' : `(${args})`}`;
  },
  reads: (c) => `READS (${items(c.items)})`,
  writes: (c) => `WRITES ${typedColumns(c.columns)}`,
  as: (c) => `AS ${c.profile}`,
  scope: (c) => `SCOPE ${c.unit.toUpperCase()}${c.unit === 'key' ? ` ${names(c.columns)}` : ''}`,
  emits: (c) => `EMITS ${c.emits.toUpperCase()}`,
  filters: () => 'FILTERS',
  'keeps order': () => 'KEEPS ORDER',
  'order free': () => 'ORDER FREE',
  'sorted by': (c) => `SORTED BY ${names(c.columns)}`,
  'needs sorted by': (c) => `NEEDS SORTED BY ${names(c.columns)}`,
  needs: (c) => `NEEDS ${c.what.toUpperCase()} (${exprs(c.values)})`,
  'needs cwd': (c) => `NEEDS CWD ${text(c.path)}`,
  'needs exclusive': () => 'NEEDS EXCLUSIVE',
  determinism: (c) => c.value.toUpperCase(),
  idempotent: () => 'IDEMPOTENT',
  total: () => 'TOTAL',
  online: () => 'ONLINE',
  'flushes record': () => 'FLUSHES RECORD',
  effects: (c) => `EFFECTS ${c.value.toUpperCase()}`,
  combine: (c) => {
    const partial = c.partial === undefined ? '' : ` PARTIAL ${command(c.partial)}`;
    const finish = c.finish === undefined ? '' : ` FINISH ${command(c.finish)}`;
    return `COMBINE WITH ${command(c.with)}${partial}${finish}`;
  },
  commutes: (c) => `COMMUTES WITH ${names(c.names)}`,
  'exit ok': (c) => `EXIT OK (${c.codes.join(', ')})`,
  marker: (c) => `MARKER ${text(c.send)}${c.reply === undefined ? '' : ` REPLY ${text(c.reply)}`}`,
  nulls: (c) => `NULLS ${c.policy.toUpperCase()}${c.text === undefined ? '' : ` ${text(c.text)}`}`,
  encoding: (c) => `ENCODING ${c.name}`,
  time: (c) => `TIME ${c.value.toUpperCase()}${c.column ? ` ${name(c.column)}` : ''}`,
  hint: (c) => `${c.hint.toUpperCase()} ${c.value}`,
  mode: (c) => `MODE ${c.mode.toUpperCase()}`,
  env: (c) => `ENV ${flat(options(c.vars))}`,
  timeout: (c) => `TIMEOUT ${expr(c.value, 'unary')}`,
  'on error': (c) => {
    const detail = c.sink ? ` ${qname(c.sink)}` : c.times === undefined ? '' : ` ${c.times}`;
    return `ON ERROR ${c.action.toUpperCase()}${detail}`;
  },
  stderr: (c) => `STDERR ${c.policy.toUpperCase()}`,
  parallel: (c) => `PARALLEL ${c.copies === 'auto' ? 'AUTO' : c.copies}`,
  limits: (c) => `LIMITS ${flat(options(c.limits))}`,
  sandbox: (c) => `SANDBOX ${c.level.toUpperCase()}`,
  option: (c) => `${c.name.quoted ? name(c.name) : c.name.text} => ${expr(c.value)}`,
};
