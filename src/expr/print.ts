import { formatTimestamp } from './cast.ts';
import { functionOf, readsClock } from './evaluate.ts';
import { children, type Call, type Expr, type Literal } from './expr.ts';

/** Binding strength in SQLite's grammar; a higher operator holds tighter. */
const strength: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  not: 3,
  '=': 4,
  '<>': 4,
  is: 4,
  'is not': 4,
  in: 4,
  like: 4,
  'like with case': 4,
  glob: 4,
  regexp: 4,
  isnull: 4,
  notnull: 4,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '&': 7,
  '|': 7,
  '<<': 7,
  '>>': 7,
  '+': 8,
  '-': 8,
  '*': 9,
  '/': 9,
  '%': 9,
  '||': 10,
  '->': 10,
  '->>': 10,
  neg: 12,
  '~': 12,
};
const COLLATE = 11;
const ATOM = 13;

/** How leaves are written; all else is the same for people and for SQLite. */
interface Style {
  readonly literal: (l: Literal) => string;
  readonly name: (name: string) => string;
  /** Writes the collation of every comparison of text, not only of those that are not BINARY. */
  readonly explicitCollation: boolean;
}

/** SQL text of an expression for people, with as few parentheses as SQLite's grammar allows. */
export const printExpr = (e: Expr): string => print(e, forPeople);

/**
 * SQL text that means the same in SQLite; undefined where there is none: functions that SQLite lacks or computes to
 * another last digit, volatile ones, clocks, TIMESTAMP, TRY_CAST.
 *
 * Columns must be those of a table with the affinities and collations of the plan's schema. The text may carry a
 * collation of its own: sort and group by it with an explicit COLLATE. Where `+ - * / -x` of INTEGERs overflow, SQLite
 * goes on with a REAL and we fail.
 */
export const toSqlite = (e: Expr): string | undefined => (isSqlite(e) ? print(e, forSqlite) : undefined);

function isSqlite(e: Expr): boolean {
  if (e.type === 'TIMESTAMP' || !children(e).every(isSqlite)) return false;
  switch (e.kind) {
    case 'literal':
      // a NUL would end the text, and half a surrogate pair has no UTF-8
      return typeof e.value !== 'string' || !/\0|\p{Surrogate}/u.test(e.value);
    case 'cast':
      return e.strict !== true && e.to !== 'BOOLEAN' && e.to !== 'TIMESTAMP';
    case 'call': {
      const { inSqlite, volatile } = functionOf(e);
      return inSqlite !== false && volatile !== true && !readsClock(e);
    }
    default:
      return true;
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function realLiteral(value: number | string): string {
  if (typeof value === 'string') return value === 'Infinity' ? '9e999' : '-9e999';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function literal({ type, value }: Literal): string {
  if (value === null) return 'NULL';
  switch (type) {
    case 'REAL':
      return realLiteral(value);
    case 'BLOB':
      return `x'${value}'`;
    case 'TEXT':
    case 'JSON':
      return quoted(String(value));
    case 'TIMESTAMP':
      return `TIMESTAMP '${formatTimestamp(Number(value))}'`;
    default:
      return String(value);
  }
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const forSqlite: Style = { literal, name: identifier, explicitCollation: true };
const forPeople: Style = {
  literal: (l) => (l.type === 'BOOLEAN' && l.value !== null ? (l.value === 0 ? 'FALSE' : 'TRUE') : literal(l)),
  name: (name) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : identifier(name)),
  explicitCollation: false,
};

function print(e: Expr, style: Style): string {
  switch (e.kind) {
    case 'literal':
      return style.literal(e);
    case 'column':
      return style.name(e.name);
    case 'cast':
      return `${e.strict === true ? 'TRY_CAST' : 'CAST'}(${print(e.arg, style)} AS ${e.to})`;
    case 'case': {
      const branches = e.branches.map((b) => `WHEN ${print(b.when, style)} THEN ${print(b.then, style)} `);
      const isNull = e.otherwise.kind === 'literal' && e.otherwise.value === null;
      return `CASE ${branches.join('')}${isNull ? '' : `ELSE ${print(e.otherwise, style)} `}END`;
    }
    case 'call':
      return printCall(e, style);
  }
}

function strengthOf(e: Expr): number {
  if (e.kind !== 'call') return ATOM;
  const inverted = invertible(e);
  return strength[inverted === undefined ? e.fn : inverted.fn] ?? ATOM;
}

/** An operand, in parentheses where it holds less tight than `least`. */
function operand(e: Expr, least: number, style: Style): string {
  const text = print(e, style);
  return strengthOf(e) < least ? `(${text})` : text;
}

/** `NOT (a LIKE b)` is written `a NOT LIKE b`; the same for IN, GLOB and REGEXP. */
function invertible(call: Call): Call | undefined {
  const arg = call.fn === 'not' ? call.args[0] : undefined;
  return arg?.kind === 'call' && /^(in|like|like with case|glob|regexp)$/.test(arg.fn) ? arg : undefined;
}

function printCall(call: Call, style: Style): string {
  const inverted = invertible(call);
  if (inverted !== undefined) return printOperator(inverted, 'NOT ', style);
  return strength[call.fn] === undefined ? printFunction(call, style) : printOperator(call, '', style);
}

const comparesText = /^(=|<>|<|<=|>|>=|is|is not|in|min|max|nullif|least|greatest)$/;

/**
 * Whether SQLite may see a collation in an operand: that of a column, also through a CAST, or that of a comparison
 * anywhere inside, whose COLLATE reaches outwards.
 */
function hasCollation(e: Expr): boolean {
  if (e.kind === 'column') return /^(TEXT|JSON|ANY)$/.test(e.type);
  if (e.kind === 'cast') return hasCollation(e.arg);
  return children(e).some((child) =>
    child.kind === 'column' ? isComparison(e) && hasCollation(child) : hasCollation(child),
  );
}

const isComparison = (e: Expr): boolean => e.kind === 'call' && comparesText.test(e.fn);

/** ` COLLATE x` for the side that settles how text compares: the first. */
function collationOf(call: Call, style: Style): string {
  if (!comparesText.test(call.fn)) return '';
  const collation = call.collation ?? 'BINARY';
  if (collation !== 'BINARY') return ` COLLATE ${collation}`;
  return style.explicitCollation && call.args.some(hasCollation) ? ' COLLATE BINARY' : '';
}

function printOperator(call: Call, not: string, style: Style): string {
  const { fn, args } = call;
  const level = strength[fn]!;
  const collation = collationOf(call, style);
  const left = (least: number): string =>
    collation === '' ? operand(args[0]!, least, style) : operand(args[0]!, COLLATE, style) + collation;
  switch (fn) {
    case 'not':
      return `NOT ${operand(args[0]!, level, style)}`;
    case 'neg':
    case '~': {
      const inner = operand(args[0]!, level, style);
      const sign = fn === 'neg' ? '-' : '~';
      return inner.startsWith('-') ? `${sign}(${inner})` : sign + inner; // `--` opens a comment
    }
    case 'isnull':
    case 'notnull':
      return `${operand(args[0]!, level, style)} ${fn === 'isnull' ? 'IS NULL' : 'IS NOT NULL'}`;
    case 'in':
      return `${left(level)} ${not}IN (${args
        .slice(1)
        .map((a) => print(a, style))
        .join(', ')})`;
    case 'like':
    case 'like with case':
    case 'glob':
    case 'regexp': {
      const escape = args[2] === undefined ? '' : ` ESCAPE ${operand(args[2], level + 1, style)}`;
      return `${left(level)} ${not}${fn.toUpperCase()} ${operand(args[1]!, level + 1, style)}${escape}`;
    }
    default:
      return `${left(level)} ${fn.toUpperCase()} ${operand(args[1]!, level + 1, style)}`;
  }
}

function printFunction(call: Call, style: Style): string {
  if (call.fn.startsWith('current_')) return call.fn.toUpperCase();
  const [first, ...rest] = call.args;
  if (first === undefined) return `${call.fn}()`;
  const collation = collationOf(call, style);
  const start = collation === '' ? print(first, style) : operand(first, COLLATE, style) + collation;
  return `${call.fn}(${[start, ...rest.map((a) => print(a, style))].join(', ')})`;
}
