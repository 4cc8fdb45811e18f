import type { Affinity, Collation } from '../data/types.ts';
import { affinityChanges, comparisonAffinity } from '../expr/affinity.ts';
import { nullLiteral, type Call, type Expr, type Literal } from '../expr/expr.ts';
import { parseTimestamp } from '../expr/cast.ts';
import type { Typed } from './context.ts';
import { alignLengths, lengthIn } from './interval.ts';

/** COLLATE on the left, COLLATE on the right, the left column's, the right column's (datatype3.html 7.1). */
export function comparisonCollation(a: Typed, b: Typed): Collation | undefined {
  const found = a.explicit ? a.collation : b.explicit ? b.collation : (a.collation ?? b.collation);
  return found === 'BINARY' ? undefined : found;
}

/** One of `= <> < <= > >= is 'is not'`, with the conversions that SQLite makes first. */
export function comparison(fn: string, a: Typed, b: Typed): Call {
  const [left, right] = alignLengths(a.expr, b.expr) ?? alignTimestamps(a.expr, b.expr);
  return comparisonCall(fn, [left, right], comparisonAffinity(a.affinity, b.affinity), comparisonCollation(a, b));
}

/**
 * `needle IN (list)`: as `needle = +x OR ..`, so that only the needle's affinity and collation count; which is how
 * SQLite does it too. One comparison with an odd TIMESTAMP would not make the others wrong: each literal is read alone.
 */
export function membership(needle: Typed, list: readonly Typed[]): Call {
  const length = lengthIn(needle.expr);
  const lengths = length && list.flatMap((x) => alignLengths(needle.expr, x.expr)?.[1] ?? []);
  const args =
    lengths?.length === list.length
      ? [length!, ...lengths]
      : [needle.expr, ...list.map((x) => alignTimestamps(needle.expr, x.expr)[1])];
  return comparisonCall(
    'in',
    args,
    comparisonAffinity(needle.affinity, undefined),
    comparisonCollation(needle, nothing),
  );
}

const nothing: Typed = { expr: nullLiteral };

function comparisonCall(
  fn: string,
  args: readonly Expr[],
  affinity: Affinity | undefined,
  collation: Collation | undefined,
): Call {
  // An affinity that changes neither side is left out: kernels for plain types are the fast ones.
  const used = affinity !== undefined && args.some((e) => affinityChanges(affinity, e.type)) ? affinity : undefined;
  const texts = args.some((e) => e.type === 'TEXT' || e.type === 'JSON' || e.type === 'ANY');
  return {
    kind: 'call',
    fn,
    args,
    type: 'BOOLEAN',
    ...(used !== undefined && { affinity: used }),
    ...(collation !== undefined && texts && { collation }),
  };
}

/**
 * A TIMESTAMP meets a text: a literal is read as a moment, so that '2024-05-06' means midnight of that day. Any other
 * text is compared with the text of the moment.
 */
function alignTimestamps(a: Expr, b: Expr): readonly [Expr, Expr] {
  if (a.type === 'TIMESTAMP' && b.type === 'TEXT') return [a, asMoment(b)];
  if (b.type === 'TIMESTAMP' && a.type === 'TEXT') return [asMoment(a), b];
  return [a, b];
}

function asMoment(e: Expr): Expr {
  if (e.kind !== 'literal' || typeof e.value !== 'string') return e;
  const us = parseTimestamp(e.value);
  if (us === null) return e;
  const moment: Literal = { kind: 'literal', type: 'TIMESTAMP', value: us };
  writtenMoments.set(moment, e.value);
  return moment;
}

/** The text that such a literal was, for whoever knows the zone that it is in. */
export const writtenMoments = new WeakMap<Expr, string>();
