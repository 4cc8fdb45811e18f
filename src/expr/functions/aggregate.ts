import { compareValues } from '../../data/compare.ts';
import type { Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { numberOfText, realOf, realOrNull, textOf } from '../compare.ts';
import { RowError, type Accumulator, type AggregateFunction } from './function.ts';
import { SortedNumbers } from './sorted-numbers.ts';
import { Sum } from './sum.ts';
import { sameAsFirst } from './types-of.ts';

const sumType = ([t]: readonly Type[]): Type =>
  t === 'INTEGER' || t === 'BOOLEAN' || t === 'NULL' ? 'INTEGER' : t === 'REAL' ? 'REAL' : 'ANY';

function summing(result: (sum: Sum) => Value): () => Accumulator {
  return () => {
    const sum = new Sum();
    return { add: ([v]) => sum.add(v!), result: () => result(sum) };
  };
}

/** The smallest (sign 1) or largest (-1) that is not NULL; the first of equals. */
const extreme = (name: string, sign: 1 | -1, doc: string): AggregateFunction => ({
  name,
  arity: [1, 1],
  type: sameAsFirst,
  create: (collation) => {
    let best: Value = null;
    return {
      add: ([v]) => {
        if (v !== null && (best === null || compareValues(v!, best, collation) * sign < 0)) best = v!;
      },
      result: () => best,
    };
  },
  doc,
});

/** The value in the row with the smallest or largest key; NULL keys do not count, the first of equals wins. */
const argExtreme = (name: string, sign: 1 | -1, doc: string): AggregateFunction => ({
  name,
  arity: [2, 2],
  type: sameAsFirst,
  create: (collation) => {
    let best: Value = null;
    let value: Value = null;
    return {
      add: ([v, key]) => {
        if (key === null || (best !== null && compareValues(key!, best, collation) * sign >= 0)) return;
        best = key!;
        value = v!;
      },
      result: () => value,
    };
  },
  doc,
});

const groupConcat = (name: string, least: number): AggregateFunction => ({
  name,
  arity: [least, 2],
  type: 'TEXT',
  create: () => {
    const parts: string[] = [];
    return {
      add: ([v, separator]) => {
        if (v === null) return;
        if (parts.length > 0) parts.push(separator === undefined ? ',' : separator === null ? '' : textOf(separator));
        parts.push(textOf(v!));
      },
      result: () => (parts.length === 0 ? null : parts.join('')),
    };
  },
  doc: `\`${name}(x, '-')\`: the texts in order of arrival`,
});

type Spread = (n: number, squares: number) => number | null;
const ofSample: Spread = (n, squares) => (n < 2 ? null : squares / (n - 1));
const ofAll: Spread = (n, squares) => (n < 1 ? null : squares / n);
const root =
  (of: Spread): Spread =>
  (n, squares) => {
    const result = of(n, squares);
    return result === null ? null : Math.sqrt(result);
  };

/** What is made of the number of values and their squared distances from the mean. */
export const spreadOf: Readonly<Record<string, Spread>> = {
  variance: ofSample,
  var_samp: ofSample,
  var_pop: ofAll,
  stddev: root(ofSample),
  stddev_samp: root(ofSample),
  stddev_pop: root(ofAll),
};

/** Mean and squared distance from it, by Welford's method: stable where a sum of squares is not. */
const spread = Object.entries(spreadOf).map(([name, of]): AggregateFunction => ({
  name,
  arity: [1, 1],
  type: 'REAL',
  create: () => {
    let n = 0;
    let mean = 0;
    let squares = 0;
    return {
      add: ([v]) => {
        if (v === null) return;
        n++;
        const x = realOf(v!);
        const distance = x - mean;
        mean += distance / n;
        squares += distance * (x - mean);
      },
      result: () => {
        const result = of(n, squares);
        return result === null ? null : realOrNull(result);
      },
    };
  },
  doc: `\`${name}(x)\``,
}));

/**
 * Percentiles of numbers; text and infinities are errors, as in SQLite.
 *
 * @param top the fraction that means the largest value: 1, or 100 for `percentile`.
 */
const percentile = (name: string, arity: 1 | 2, top: number, discrete: boolean, doc: string): AggregateFunction => ({
  name,
  arity: [arity, arity],
  type: 'REAL',
  create: () => {
    const values = new SortedNumbers();
    let fraction: number | undefined = arity === 1 ? 0.5 : undefined;
    return {
      add: ([v, given]) => {
        if (arity === 2) fraction = sameFraction(name, fraction, given!, top);
        if (v === null) return;
        if (typeof v === 'string' || typeof v === 'object') throw new RowError(`input to ${name}() is not numeric`);
        const x = Number(v);
        if (!Number.isFinite(x)) throw new RowError(`Inf input to ${name}()`);
        values.add(x);
      },
      result: () => {
        if (values.length === 0 || fraction === undefined) return null;
        const sorted = values.all();
        const at = fraction * (sorted.length - 1);
        const below = Math.trunc(at);
        const low = sorted[below]!;
        if (discrete) return low;
        const high = at === below || below === sorted.length - 1 ? low : sorted[below + 1]!;
        return low + (high - low) * (at - below);
      },
    };
  },
  doc,
});

export function sameFraction(name: string, before: number | undefined, given: Value, top: number): number {
  const number = typeof given === 'string' ? numberOfText(given) : given;
  const fraction = typeof number === 'bigint' || typeof number === 'number' ? Number(number) / top : NaN;
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new RowError(`the fraction argument to ${name}() is not between 0.0 and ${top}.0`);
  }
  if (before !== undefined && Math.abs(before - fraction) > 0.001) {
    throw new RowError(`the fraction argument to ${name}() is not the same for all input rows`);
  }
  return before ?? fraction;
}

/** One value of all: the first, the last; NULLs count unless `present`. */
const pick = (name: string, last: boolean, present: boolean, doc: string): AggregateFunction => ({
  name,
  arity: [1, 1],
  type: sameAsFirst,
  create: () => {
    let found = false;
    let value: Value = null;
    return {
      add: ([v]) => {
        if ((found && !last) || (present && v === null)) return;
        found = true;
        value = v!;
      },
      result: () => value,
    };
  },
  doc,
});

export const aggregates: readonly AggregateFunction[] = [
  {
    name: 'count',
    arity: [0, 1],
    type: 'INTEGER',
    create: () => {
      let n = 0n;
      return {
        add: ([v]) => {
          if (v !== null) n++;
        },
        result: () => n,
      };
    },
    doc: '`count(*)` counts rows, `count(x)` those where x is not NULL',
  },
  {
    name: 'sum',
    arity: [1, 1],
    type: sumType,
    create: summing((sum) => sum.exact),
    doc: '`sum(x)`: NULL of no rows; INTEGER of INTEGERs, with an error beyond 64 bits',
  },
  {
    name: 'total',
    arity: [1, 1],
    type: 'REAL',
    create: summing((sum) => realOrNull(sum.real)),
    doc: '`total(x)`: as sum, but REAL, and 0.0 of no rows',
  },
  {
    name: 'avg',
    arity: [1, 1],
    type: 'REAL',
    create: summing((sum) => (sum.count === 0n ? null : realOrNull(sum.real / Number(sum.count)))),
    doc: '`avg(x)`: always REAL',
  },
  extreme('min', 1, '`min(x)`: NULL only of no rows'),
  extreme('max', -1, '`max(x)`: NULL only of no rows'),
  groupConcat('group_concat', 1),
  groupConcat('string_agg', 2),
  pick('any_value', false, true, '`any_value(x)`: the first that is not NULL'),
  pick('first', false, false, '`first(x)`: of the row that arrived first'),
  pick('last', true, false, '`last(x)`: of the row that arrived last'),
  argExtreme('arg_min', 1, '`arg_min(x, key)`: x of the row with the smallest key'),
  argExtreme('arg_max', -1, '`arg_max(x, key)`: x of the row with the largest key'),
  ...spread,
  percentile('median', 1, 1, false, '`median(x)`: the mean of the two in the middle where their number is even'),
  percentile('percentile', 2, 100, false, '`percentile(x, 95)`'),
  percentile('percentile_cont', 2, 1, false, '`percentile_cont(x, 0.95)`, interpolated between values'),
  percentile('percentile_disc', 2, 1, true, '`percentile_disc(x, 0.95)`, one of the values'),
  {
    name: 'approx_count_distinct',
    arity: [1, 1],
    type: 'INTEGER',
    create: () => {
      const seen = new Set<string>();
      return {
        add: ([v]) => {
          if (v !== null) seen.add(distinctKey(v!));
        },
        result: () => BigInt(seen.size),
      };
    },
    doc: '`approx_count_distinct(x)`; exact in this release',
  },
];

/** Equal for values that SQL holds equal (BINARY), as 1 and 1.0. */
function distinctKey(v: NonNullable<Value>): string {
  if (typeof v === 'string') return `t${v}`;
  if (typeof v === 'object') return `b${Buffer.from(v).toString('latin1')}`;
  return typeof v === 'number' && Number.isInteger(v) ? `n${BigInt(v)}` : `n${v}`;
}
