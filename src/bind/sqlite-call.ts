import { openDatabase } from '../connect/sqlite/driver.ts';
import type { Value } from '../data/value.ts';
import { nullLiteral, text, type Expr } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { checkArity } from './call.ts';
import { constantValue } from './constant.ts';
import type { ExprContext } from './context.ts';
import { fault } from './fault.ts';
import { integerLiteral } from './params.ts';

/** Functions that tell of SQLite itself, with the number of their arguments: it is asked while the query is bound. */
const told: ReadonlyMap<string, number> = new Map([
  ['sqlite_version', 0],
  ['sqlite_source_id', 0],
  ['sqlite_compileoption_used', 1],
  ['sqlite_compileoption_get', 1],
]);

/** Functions of SQLite that have no meaning here, by the pattern of their names. */
const refused: readonly (readonly [names: RegExp, why: string, help: string])[] = [
  [
    /^(changes|total_changes|last_insert_rowid)$/,
    'it tells what a connection has written, and none outlives its statement here',
    'each INSERT says how many rows it has appended; count them with `SELECT count(*)`, and see the last with `max(rowid)`',
  ],
  [
    /^load_extension$/,
    'functions of C are not loaded into queries',
    "CREATE FUNCTION f(x TEXT) RETURNS TEXT AS SHELL '..'",
  ],
  [
    /^sqlite_log$/,
    'it writes into a log of SQLite that nobody reads here',
    "|> TEE (|> SHELL 'logger' READS (..) AS EFFECT)",
  ],
  [
    /^(match|matchinfo|offsets|optimize|snippet|highlight|bm25|fts\d_?\w*)$/,
    'it works only inside of SQLite, on a table for full-text search',
    "a query that has WHERE t MATCH '..' in it, and no pipe, is given to SQLite as it is",
  ],
  [
    /^(geopoly_\w+|rtree\w+)$/,
    'it works only inside of SQLite, on an R*Tree',
    'make a view of it in the database, and read the view: CREATE VIEW shop.found AS SELECT ..',
  ],
];

/** A call of a function that belongs to SQLite's own doings: its value, or why it has none; undefined for all others. */
export function sqliteCall(cx: ExprContext, name: string, e: ast.CallExpr): Expr | undefined {
  const arity = told.get(name);
  if (arity === undefined) return refuse(name, e);
  checkArity(name, [arity, arity], e.args.length, e.span);
  const args = e.args.map((a) => constantValue(cx.query, a, name));
  const db = openDatabase(':memory:', { create: true });
  try {
    const value = db
      .prepare(`SELECT ${name}(${args.map(() => '?').join()})`)
      .safeIntegers()
      .pluck()
      .get(args) as Value;
    if (typeof value === 'string') return text(value);
    return typeof value === 'bigint' ? integerLiteral(value)! : nullLiteral;
  } finally {
    db.close();
  }
}

function refuse(name: string, e: ast.CallExpr): undefined {
  const found = refused.find(([names]) => names.test(name));
  if (found !== undefined)
    fault('E0204', e.name.span, `\`${name}\` of SQLite is not part of the language`, {
      label: found[1],
      help: [found[2]],
    });
}
