import type { Expr } from './expr.ts';

/** `x + 5`, `x - 5` of INTEGER and `ts + INTERVAL '5' SECOND` as `x` and an offset. */
export function shifted(e: Expr): { readonly base: Expr; readonly offset: number } {
  const plain = { base: e, offset: 0 };
  if (e.kind !== 'call') return plain;
  const numbers = e.args.map((arg) =>
    arg.kind === 'literal' && typeof arg.value === 'number' ? arg.value : undefined,
  );
  const [base, other] = e.args;
  if (e.fn === 'timestamp_add' && base!.type === 'TIMESTAMP' && numbers[1] === 0 && numbers[2] !== undefined)
    return { base: base!, offset: numbers[2] };
  const isSum = e.type === 'INTEGER' && base?.type === 'INTEGER' && other?.type === 'INTEGER';
  if (!isSum || numbers[1] === undefined || (e.fn !== '+' && e.fn !== '-')) return plain;
  return { base, offset: e.fn === '+' ? numbers[1] : -numbers[1] };
}
