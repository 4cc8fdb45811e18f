import type { Type } from '../data/types.ts';
import { nullLiteral, type Expr } from '../expr/expr.ts';

/** Types whose values all have a form of the other type that stands for just them. */
const widens: Readonly<Partial<Record<Type, readonly Type[]>>> = {
  INTEGER: ['REAL', 'TEXT'],
  REAL: ['TEXT'],
  BOOLEAN: ['INTEGER', 'REAL', 'TEXT'],
  TIMESTAMP: ['TEXT'],
  JSON: ['TEXT'],
  TEXT: ['JSON'],
};

/**
 * An expression as the declared type of a parameter or a result. Values of no known type are converted as CAST does;
 * undefined where a conversion would have to guess (TEXT as INTEGER) or would lose something (REAL as INTEGER).
 */
export function asDeclared(expr: Expr, to: Type): Expr | undefined {
  const { type } = expr;
  if (to === 'ANY' || type === to) return expr;
  if (type === 'NULL') return expr.kind === 'literal' ? { ...nullLiteral, type: to } : cast(expr, to);
  return type === 'ANY' || widens[type]?.includes(to) === true ? cast(expr, to) : undefined;
}

const cast = (arg: Expr, to: Exclude<Type, 'ANY'>): Expr =>
  to === 'NULL' ? arg : { kind: 'cast', arg, to: to === 'JSON' ? 'TEXT' : to, type: to };
