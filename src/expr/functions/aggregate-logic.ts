import type { Value } from '../../data/value.ts';
import { integerOf, truthOf } from '../compare.ts';
import type { AggregateFunction } from './function.ts';

/** Folds what is not NULL; NULL of no such values. */
const folding = (
  name: string,
  type: 'BOOLEAN' | 'INTEGER',
  value: (v: NonNullable<Value>) => bigint,
  fold: (a: bigint, b: bigint) => bigint,
  doc: string,
): AggregateFunction => ({
  name,
  arity: [1, 1],
  type,
  create: () => {
    let all: bigint | null = null;
    return {
      add: ([v]) => {
        if (v !== null) all = all === null ? value(v!) : fold(all, value(v!));
      },
      result: () => all,
    };
  },
  doc,
});

const truth = (v: NonNullable<Value>): bigint => (truthOf(v) === true ? 1n : 0n);

/** Equal for values that are equal and of one class. */
const keyOf = (v: NonNullable<Value>): string =>
  `${typeof v}${typeof v === 'object' ? Buffer.from(v).toString('latin1') : String(v)}`;

/** Of conditions and bits, and the value that is there most often: what SQLite lacks. */
export const logicAggregates: readonly AggregateFunction[] = [
  folding(
    'bool_and',
    'BOOLEAN',
    truth,
    (a, b) => a & b,
    '`bool_and(x)`: whether x is true in all rows where it is not NULL',
  ),
  folding('bool_or', 'BOOLEAN', truth, (a, b) => a | b, '`bool_or(x)`: whether x is true in any row'),
  folding('bit_and', 'INTEGER', integerOf, (a, b) => a & b, '`bit_and(x)`: the bits that all values have'),
  folding('bit_or', 'INTEGER', integerOf, (a, b) => a | b, '`bit_or(x)`: the bits that any value has'),
  folding('bit_xor', 'INTEGER', integerOf, (a, b) => a ^ b, '`bit_xor(x)`: the bits that an odd number of values have'),
  {
    name: 'count_if',
    arity: [1, 1],
    type: 'INTEGER',
    create: () => {
      let n = 0n;
      return {
        add: ([v]) => {
          if (truthOf(v!) === true) n++;
        },
        result: () => n,
      };
    },
    doc: '`count_if(x)`: rows for which x is true, as `count(*) FILTER (WHERE x)`',
  },
  {
    name: 'mode',
    arity: [1, 1],
    type: (args) => args[0] ?? 'NULL',
    create: () => {
      const seen = new Map<string, { readonly value: Value; count: number }>();
      return {
        add: ([v]) => {
          if (v === null) return;
          const key = keyOf(v!);
          const found = seen.get(key);
          if (found === undefined) seen.set(key, { value: v!, count: 1 });
          else found.count++;
        },
        result: () => {
          let best: { readonly value: Value; count: number } | undefined;
          for (const one of seen.values()) if (best === undefined || one.count > best.count) best = one;
          return best?.value ?? null;
        },
      };
    },
    doc: '`mode(x)`: the value that is there most often; of several the one that came first',
  },
];
