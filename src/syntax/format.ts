import type { Expr, Script } from './ast.ts';
import { expr } from './format/expression.ts';
import { layout } from './format/layout.ts';
import { statement } from './format/statement.ts';

/**
 * The canonical text of a script: `format(parse(format(parse(t))))` is `format(parse(t))`. Each statement ends with `;`
 * and a line end; one that is longer than 100 characters has each clause on a line of its own. Comments are lost.
 */
export const format = (script: Script): string => script.statements.map((s) => `${layout(statement(s))};\n`).join('');

/** One line, with no more parentheses than it takes. */
export const formatExpr = (e: Expr): string => expr(e);
