import type { Span } from '../base/span.ts';
import { MAX_INT64, MAX_SAFE, MIN_INT64 } from '../data/value.ts';
import { boolean, nullLiteral, text, type Literal } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import type { Params } from './context.ts';
import { fault } from './fault.ts';
import { nearest } from './names.ts';

/** A value of the host language: a number without fraction is INTEGER, any other is REAL. */
export type ParamValue = null | boolean | number | bigint | string | Uint8Array;

/** What a parameter stands for in this run: always a value, never text. */
export function paramLiteral({ name, position, span }: ast.Param, { named, positional }: Params): Literal {
  const value = name !== undefined ? (Object.hasOwn(named, name) ? named[name] : undefined) : positional[position! - 1];
  if (value !== undefined) return literalOf(value, span);
  const known = Object.keys(named);
  const meant = name === undefined ? undefined : nearest(name, known);
  return fault(
    'E0309',
    span,
    name !== undefined ? `parameter \`${name}\` has no value` : `parameter ${position} has no value`,
    {
      label: 'nothing was given for it',
      help: [
        meant !== undefined
          ? `did you mean \`${meant}\`?`
          : name !== undefined
            ? `give it with \`-D ${name}=..\`, with \`SET VARIABLE ${name} = ..\`, or as a parameter of the call`
            : 'give the values as an array, in the order of the question marks',
      ],
    },
  );
}

function literalOf(value: ParamValue, span: Span): Literal {
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'boolean':
      return boolean(value);
    case 'bigint':
      return (
        integerLiteral(value) ??
        fault('E0203', span, `${value} does not fit into 64 bits`, { label: 'too large an INTEGER' })
      );
    case 'number':
      if (Number.isNaN(value)) return nullLiteral;
      if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return integerLiteral(BigInt(value))!;
      return realLiteral(value);
    case 'object':
      if (value === null) return nullLiteral;
      if (value instanceof Uint8Array)
        return { kind: 'literal', type: 'BLOB', value: Buffer.from(value).toString('hex') };
      break;
    default:
      break;
  }
  // The types say no, but values come from plain JavaScript too.
  return fault('E0203', span, 'a parameter of a kind that no column has', {
    label: 'expected a number, bigint, string, boolean, Uint8Array or null',
  });
}

/** INTEGER as plans keep it: a number while safe, else decimal digits; undefined beyond 64 bits. */
export function integerLiteral(value: bigint): Literal | undefined {
  if (value < MIN_INT64 || value > MAX_INT64) return undefined;
  const safe = value >= -MAX_SAFE && value <= MAX_SAFE;
  return { kind: 'literal', type: 'INTEGER', value: safe ? Number(value) : value.toString() };
}

export const realLiteral = (value: number): Literal => ({
  kind: 'literal',
  type: 'REAL',
  value: Number.isFinite(value) ? value : String(value),
});
