import type { Random } from './random.ts';
import type { Kind } from './random-tables.ts';
import { joined, pieceOf, type Piece } from './sql-tree.ts';

/** A column in reach: how it is written, and what it holds. `expr` is the result of an expression, of whatever class. */
export interface Reach {
  readonly sql: string;
  readonly kind: Kind | 'expr';
}
export type Scope = readonly Reach[];

/** Makes the queries that stand in expressions. `scope` are the columns around them. */
export interface Subqueries {
  /** One column and at most one row. */
  scalar(scope: Scope): Piece;
  exists(scope: Scope): Piece;
  /** So many columns. */
  rows(scope: Scope, width: number): Piece;
  /** How many more may be nested. */
  readonly left: number;
}

const leaf = pieceOf('expression', 'NULL');
const expr = pieceOf('expression', 'NULL');
const pred = pieceOf('predicate', 'TRUE');

const literals = [
  ...['NULL', 'TRUE', '0', '1', '2', '(-1)', '3', '1000000', '9007199254740993', '(-9223372036854775807)'],
  ...[
    '0.5',
    '(-2.5)',
    '1.0',
    '1e10',
    "x'6162'",
    "''",
    "'a'",
    "'A'",
    "'ab'",
    "'12'",
    "'1.5'",
    "'12abc'",
    "'é'",
    "'k'",
    "'K'",
  ],
];
const unaryFunctions =
  'length upper lower typeof hex quote trim round sign unicode abs octet_length ltrim rtrim likely unlikely ceil floor trunc sqrt soundex unhex concat'.split(
    ' ',
  );
const binaryFunctions =
  'coalesce ifnull nullif instr min max ltrim rtrim trim concat concat_ws glob like mod round char substr iif unhex'.split(
    ' ',
  );
const formats = [
  "'%+d'",
  "'%i|%u'",
  "'%#x'",
  "'%o'",
  "'%g'",
  "'%.3s'",
  "'%10s|'",
  "'%c'",
  "'%q'",
  "'%w'",
  "'%!.5f'",
  "'%d'",
  "'%5.2f|'",
  "'<%s>'",
  "'%05d'",
  "'%x'",
  "'%-4s|'",
  "'%Q'",
  "'%e'",
  "'%,d'",
  "'%s%%'",
];

type Made = (x: Piece) => Piece;
const timeFunctions: readonly Made[] = [
  (x) => expr`date(${x})`,
  (x) => expr`datetime(${x})`,
  (x) => expr`time(${x})`,
  (x) => expr`unixepoch(${x})`,
  (x) => expr`date(${x}, '+1 month')`,
  (x) => expr`datetime(${x}, 'start of day', '+36 hours')`,
  (x) => expr`date(${x}, '-1 day', 'weekday 1')`,
  (x) => expr`strftime('%Y-%W %H', ${x})`,
  (x) => expr`strftime('%j|%w|%s', ${x})`,
  (x) => expr`strftime('%G-%V-%u|%e|%I %p|%U', ${x})`,
  (x) => expr`strftime('%f %J', ${x}, 'start of year')`,
  (x) => expr`julianday(${x}, '-3 days')`,
  (x) => expr`timediff(${x}, '2024-02-29 12:00')`,
  (x) => expr`datetime(${x}, '+0001-02-03 04:05', 'subsec')`,
  (x) => expr`date(${x}, '+1 month', 'floor')`,
  (x) => expr`unixepoch(${x}, 'auto')`,
];
/** Of any value. */
const jsonFunctions: readonly Made[] = [
  (x) => expr`json_valid(${x})`,
  (x) => expr`json_array(${x}, 'x')`,
  (x) => expr`json_object('k', ${x})`,
  (x) => expr`json_quote(${x})`,
  (x) => expr`json_array(json_array(${x}), ${x})`,
];
/** Of text that is JSON. */
const documentFunctions: readonly Made[] = [
  (x) => expr`(${x} -> 'a')`,
  (x) => expr`(${x} ->> 'a')`,
  (x) => expr`(${x} ->> 0)`,
  (x) => expr`(${x} -> '$.b[1]')`,
  (x) => expr`json_extract(${x}, '$.a', '$[0]')`,
  (x) => expr`json_extract(${x}, '$.a')`,
  (x) => expr`json_type(${x}, '$.a')`,
  (x) => expr`json_array_length(${x})`,
  (x) => expr`json(${x})`,
  (x) => expr`json_set(${x}, '$.z', 1)`,
  (x) => expr`json_object('j', json(${x}))`,
  (x) => expr`json_remove(${x}, '$.a', '$[0]')`,
  (x) => expr`json_replace(${x}, '$.a', 'é')`,
  (x) => expr`json_patch(${x}, '{"a": null, "z": [1]}')`,
  (x) => expr`json_pretty(${x})`,
  (x) => expr`(SELECT count(*) || max(atom) FROM json_tree(${x}))`,
];

/** Random expressions over the columns in reach. */
export function expression(r: Random, scope: Scope, depth: number, inner?: Subqueries): Piece {
  const e = () => expression(r, scope, depth - 1, inner);
  const p = () => predicate(r, scope, depth - 1, inner);
  if (depth <= 0 || r.chance(0.3)) {
    if (scope.length > 0 && r.chance(0.75)) return leaf`${r.of(scope).sql}`;
    return leaf`${r.of(literals)}`;
  }
  if (inner !== undefined && inner.left > 0 && r.chance(0.16)) {
    return r.chance(0.8) ? expr`(${inner.scalar(scope)})` : expr`EXISTS (${inner.exists(scope)})`;
  }
  switch (r.below(16)) {
    case 0:
    case 1:
    case 2:
      return expr`(${e()} ${r.of(['+', '-', '*', '/', '%', '||', '&', '|', '<<', '>>'])} ${e()})`;
    case 3:
      return expr`(${r.of(['-', '+', '~', 'NOT '])}${e()})`;
    case 4:
      return expr`CASE WHEN ${p()} THEN ${e()} ELSE ${e()} END`;
    case 5:
      return expr`CASE ${e()} WHEN ${e()} THEN ${e()} WHEN ${e()} THEN ${e()} END`;
    case 6:
      return expr`CAST(${e()} AS ${r.of(['INTEGER', 'REAL', 'TEXT', 'NUMERIC', 'BLOB'])})`;
    case 7:
      return expr`${r.of(unaryFunctions)}(${e()})`;
    case 8:
      return expr`${r.of(binaryFunctions)}(${e()}, ${e()})`;
    case 9:
      return expr`substr(${e()}, ${String(r.below(8) - 3)}, ${String(r.below(4))})`;
    case 10:
      return r.chance(0.5) ? expr`replace(${e()}, ${e()}, ${e()})` : expr`iif(${p()}, ${e()}, ${e()})`;
    case 11:
      return expr`(${e()} COLLATE ${r.of(['NOCASE', 'BINARY', 'RTRIM'])})`;
    case 12: {
      const moments = scope.filter((c) => c.kind === 'date');
      return r.of(timeFunctions)(moments.length > 0 && r.chance(0.8) ? leaf`${r.of(moments).sql}` : e());
    }
    case 13: {
      const documents = scope.filter((c) => c.kind === 'json');
      if (documents.length > 0) return r.of(documentFunctions)(leaf`${r.of(documents).sql}`);
      // Whether a derived column that is JSON is still told from text depends on how SQLite plans the query; and BLOBs,
      // which fail, may be in rows that it does not look at.
      const plain = scope.filter((c) => c.kind !== 'expr' && c.kind !== 'any');
      return r.of(jsonFunctions)(leaf`${plain.length > 0 ? r.of(plain).sql : r.of(['NULL', '1', "'a'", '0.5'])}`);
    }
    case 14:
      return expr`${r.of(['format', 'printf'])}(${r.of(formats)}, ${e()})`;
    default:
      return expr`(${p()})`;
  }
}

const likePatterns = ["'a%'", "'%b'", "'%b%'", "'_b'", "''", "'A_'", "'1%'", "'%é%'", "'a\\_b' ESCAPE '\\'"];
const globPatterns = ["'a*'", "'[ab]*'", "'?b'", "'[^a]*'"];

const comparisons = ['=', '<>', '<', '<=', '>', '>=', 'IS', 'IS NOT'];

/** Random conditions: three-valued, with every way to compare. */
export function predicate(r: Random, scope: Scope, depth: number, inner?: Subqueries): Piece {
  const e = () => expression(r, scope, depth - 1, inner);
  const p = () => predicate(r, scope, depth - 1, inner);
  const not = () => r.of(['', 'NOT ']);
  if (inner !== undefined && inner.left > 0 && r.chance(0.22)) {
    switch (r.below(5)) {
      case 0:
        return pred`${not()}EXISTS (${inner.exists(scope)})`;
      case 1:
      case 2:
        return pred`${e()} ${not()}IN (${inner.rows(scope, 1)})`;
      case 3:
        return pred`(${e()}, ${e()}) ${not()}IN (${inner.rows(scope, 2)})`;
      default:
        return pred`${e()} ${r.of(['=', '<', '>=', 'IS'])} (${inner.scalar(scope)})`;
    }
  }
  switch (r.below(depth > 0 ? 12 : 9)) {
    case 0:
    case 1:
    case 2:
      return pred`${e()} ${r.of([...comparisons, '=', '=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM'])} ${e()}`;
    case 3: {
      // IN () is asked of a literal only: SQLite does not look at what stands before it.
      if (r.chance(0.1)) return pred`${r.of(['NULL', '1'])} ${not()}IN ()`;
      const list = Array.from({ length: 1 + r.below(3) }, e);
      return pred`${e()} ${not()}IN (${joined(list, ', ')})`;
    }
    case 4:
      return pred`${e()} ${not()}BETWEEN ${e()} AND ${e()}`;
    case 5:
      return pred`${e()} ${not()}LIKE ${r.chance(0.85) ? r.of(likePatterns) : e()}`;
    case 6:
      return pred`${e()} ${not()}GLOB ${r.of(globPatterns)}`;
    case 7:
      return pred`${e()} ${r.of(['IS NULL', 'IS NOT NULL', 'ISNULL', 'IS TRUE', 'IS NOT FALSE'])}`;
    case 8:
      return r.chance(0.2)
        ? pred`(${e()}, ${e()}) ${not()}BETWEEN (${e()}, ${e()}) AND (${e()}, ${e()})`
        : pred`(${e()}, ${e()}) ${r.of(comparisons)} (${e()}, ${e()})`;
    case 9:
      return pred`NOT (${p()})`;
    default:
      return pred`(${p()}) ${r.of(['AND', 'OR', 'AND'])} (${p()})`;
  }
}
