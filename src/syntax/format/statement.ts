import type { Attach, ColumnList, Expr, Name, OnConflict, SourceColumn, Statement, Target, Watermark } from '../ast.ts';
import { expr } from './expression.ts';
import { commas, type Doc, hang, lines, nest } from './layout.ts';
import { command, name, names, options, qname, text, type, typedColumns } from './names.ts';
import { query, tableRef } from './query.ts';
import { shellSpec } from './shell.ts';

type Printers = { readonly [K in Statement['kind']]: (statement: Extract<Statement, { kind: K }>) => Doc };
type Created = Extract<Statement, { orReplace: boolean }>;

/** A statement, without the `;` that ends it. */
export const statement = (s: Statement): Doc => (printers[s.kind] as (s: Statement) => Doc)(s);

const create = (what: string, s: Created): string =>
  `CREATE ${s.orReplace ? 'OR REPLACE ' : ''}${what} ${s.ifNotExists ? 'IF NOT EXISTS ' : ''}${qname(s.name)}`;

const printers: Printers = {
  'create source': (s) => lines([create('SOURCE', s), columns(s.columns)], ['WITH ', options(s.options)]),
  'create sink': (s) =>
    lines(
      [create('SINK', s), columns(s.columns)],
      ['WITH ', options(s.options)],
      ...(s.query ? ['AS', query(s.query)] : []),
    ),
  'create stream': (s) => lines(`${create('STREAM', s)} AS`, query(s.query)),
  'create view': (s) => lines(`${create('VIEW', s)}${s.columns ? ` ${names(s.columns)}` : ''} AS`, query(s.query)),
  'create command': (s) =>
    hang(`${create('COMMAND', s)}${s.columns ? ` ${typedColumns(s.columns)}` : ''} AS`, shellSpec(s.shell)),
  'create function': (s) =>
    lines(
      `${create('FUNCTION', s)}${typedColumns(s.parameters)} RETURNS ${type(s.returns)} AS`,
      'shell' in s.body ? ['SHELL ', shellSpec(s.body.shell)] : `(${expr(s.body.expr)})`,
    ),
  'create table': (s) => lines(`${create(s.temporary ? 'TEMP TABLE' : 'TABLE', s)} AS`, query(s.query)),
  drop: (s) => `DROP ${s.what.toUpperCase()} ${s.ifExists ? 'IF EXISTS ' : ''}${qname(s.name)}`,
  attach: (s) => `ATTACH ${s.ifNotExists ? 'IF NOT EXISTS ' : ''}${expr(s.file)} AS ${name(s.name)}${flags(s.options)}`,
  detach: (s) => `DETACH ${name(s.name)}`,
  insert: (s) =>
    lines(
      [`INSERT ${s.or ? `OR ${s.or.toUpperCase()} ` : ''}INTO `, target(s.target)],
      query(s.query),
      s.onConflict ? onConflict(s.onConflict) : '',
    ),
  'insert first': (s) =>
    lines(
      hang(
        `INSERT ${s.all ? 'ALL' : 'FIRST'}`,
        ...s.branches.map((b): Doc => [`WHEN ${expr(b.when)} THEN`, b.targets.map((t): Doc => [' INTO ', target(t)])]),
        s.otherwise ? ['ELSE INTO ', target(s.otherwise)] : '',
      ),
      query(s.query),
    ),
  copy: (s) => {
    const to = s.to.program ? `PROGRAM ${command(s.to.text)}` : text(s.to.text);
    return ['COPY ', 'parts' in s.from ? qname(s.from) : nest(query(s.from)), ` TO ${to}${flags(s.options)}`];
  },
  explain: (s) => lines(['EXPLAIN', ...s.words].join(' '), statement(s.statement)),
  set: (s) => `SET ${s.variable ? 'VARIABLE ' : ''}${qname(s.name)} = ${setting(s.value)}`,
  reset: (s) => `RESET ${s.name ? qname(s.name) : 'ALL'}`,
  show: (s) => `SHOW ${s.what}`,
  describe: (s) => ['DESCRIBE ', s.table.kind === 'table query' ? query(s.table.query) : tableRef(s.table)],
  job: (s) => `${s.action.toUpperCase()} JOB ${s.job}${s.drain ? ' DRAIN' : ''}`,
  'statement set': (s) => lines(hang('BEGIN STATEMENT SET;', ...s.inserts.map((i): Doc => [statement(i), ';'])), 'END'),
  query: (s) => query(s.query),
  passthrough: (s) => s.sql,
};

/** ON is reserved but may be the value of a setting. */
const setting = (value: Expr): string =>
  value.kind === 'column' && value.name.parts[0]!.text.toUpperCase() === 'ON' && !value.name.parts[0]!.quoted
    ? 'ON'
    : expr(value);

function columns(list: ColumnList | undefined): Doc {
  if (list === undefined) return '';
  const key = list.primaryKey ? [`PRIMARY KEY ${names(list.primaryKey)}`] : [];
  const parts = [...list.columns.map(column), ...(list.watermark ? [watermark(list.watermark)] : []), ...key];
  return [' ', nest(lines(...commas(parts)))];
}

function column(c: SourceColumn): string {
  return [
    name(c.name),
    c.type ? type(c.type) : '',
    c.notNull ? 'NOT NULL' : '',
    c.default ? `DEFAULT ${expr(c.default, 'unary')}` : '',
    c.primaryKey ? 'PRIMARY KEY' : '',
    c.metadata === undefined ? '' : c.metadata === true ? 'METADATA' : `METADATA FROM ${text(c.metadata)}`,
    c.as ? `AS (${expr(c.as)})` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function watermark(w: Watermark): string {
  const late = w.late?.action === 'into' ? `INTO ${qname(w.late.sink)}` : w.late?.action.toUpperCase();
  return `WATERMARK FOR ${qname(w.column)}${w.as ? ` AS ${expr(w.as)}` : ''}${late ? ` LATE ROWS ${late}` : ''}`;
}

/** `(TYPE sqlite, READ_ONLY)` with a space before it, or nothing. */
function flags(list: Attach['options']): string {
  if (list.length === 0) return '';
  return ` (${list.map((f) => `${f.name}${f.value ? ` ${expr(f.value)}` : ''}`).join(', ')})`;
}

export function target(t: Target): Doc {
  if (t.kind === 'shell target') return ['SHELL', nest(shellSpec(t.shell))];
  return `${qname(t.name)}${t.columns ? ` ${names(t.columns)}` : ''}`;
}

export function onConflict(c: OnConflict): string {
  const set = c.set ? `UPDATE SET ${assignments(c.set)}${c.where ? ` WHERE ${expr(c.where)}` : ''}` : 'NOTHING';
  return `ON CONFLICT ${c.columns ? `${names(c.columns)} ` : ''}DO ${set}`;
}

export const assignments = (list: readonly { readonly column: Name; readonly value: Expr }[]): string =>
  list.map((a) => `${name(a.column)} = ${expr(a.value)}`).join(', ');
