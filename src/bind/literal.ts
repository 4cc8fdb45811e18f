import { zoneNamed } from '../data/zone.ts';
import { momentIn, parseTimestamp } from '../expr/cast.ts';
import { parseDuration, parseFields, type Duration } from '../expr/duration.ts';
import { boolean, nullLiteral, text, type Literal } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { fault } from './fault.ts';
import { integerLiteral, realLiteral } from './params.ts';

/**
 * A constant as written; `negative` where a minus stands before it (so that the smallest INTEGER can be written).
 *
 * @param zone of a TIMESTAMP without an offset; default: UTC.
 */
export function literal(e: ast.LiteralExpr, negative = false, zone?: string): Literal {
  switch (e.type) {
    case 'null':
      return nullLiteral;
    case 'true':
    case 'false':
      return boolean(e.type === 'true');
    case 'integer': {
      const digits = e.text.replaceAll('_', '');
      // Hex digits are the bits of a 64-bit integer, and stay so under a minus.
      const isHex = /^0x/i.test(digits);
      if (isHex && (BigInt(digits) >> 64n > 0n || (negative && BigInt(digits) === 1n << 63n))) {
        fault('E0203', e.span, 'hex literal too big', { label: 'an INTEGER has 64 bits' });
      }
      const value = isHex ? BigInt.asIntN(64, BigInt(digits)) : BigInt(digits);
      return integerLiteral(negative ? -value : value) ?? realLiteral(Number(digits) * (negative ? -1 : 1));
    }
    case 'real':
      return realLiteral(Number(e.text.replaceAll('_', '')) * (negative ? -1 : 1));
    case 'string':
      return text(e.text);
    case 'blob':
      return { kind: 'literal', type: 'BLOB', value: e.text.toLowerCase() };
    case 'timestamp':
    case 'date': {
      const us = zone === undefined ? parseTimestamp(e.text) : momentIn(e.text, zoneNamed(zone)!);
      if (us === null) {
        fault('E0203', e.span, `'${e.text}' is not a ${e.type}`, {
          label: `expected 'YYYY-MM-DD${e.type === 'timestamp' ? ' HH:MM:SS' : ''}'`,
        });
      }
      return { kind: 'literal', type: 'TIMESTAMP', value: us };
    }
    case 'time':
      return text(e.text);
  }
}

/** INTERVAL as written. */
export function duration(e: ast.Interval): Duration {
  const { amount, unit, to, span } = e;
  return (
    (unit !== undefined && to !== undefined ? parseFields(amount, unit, to) : parseDuration(amount, unit)) ??
    fault('E0203', span, `INTERVAL '${amount}' is not a length of time`, {
      label:
        to === undefined
          ? "expected a number and a unit: INTERVAL '5' SECOND, INTERVAL '5 seconds'"
          : "expected what the units say: INTERVAL '1 02:03:04' DAY TO SECOND, INTERVAL '1-6' YEAR TO MONTH",
    })
  );
}
