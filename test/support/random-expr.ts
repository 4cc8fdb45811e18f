import { rowsOf, type RecordBatch } from '../../src/data/batch.ts';
import { batchOf } from '../../src/data/builder.ts';
import { cell } from '../../src/data/cell.ts';
import type { Affinity, Collation, Schema, Type } from '../../src/data/types.ts';
import type { Value } from '../../src/data/value.ts';
import { evaluate } from '../../src/expr/evaluate.ts';
import { column, integer, text, type Call, type Expr } from '../../src/expr/expr.ts';
import { typeOfCall } from '../../src/expr/functions/catalog.ts';
import { RowError } from '../../src/expr/functions/function.ts';
import type { Random } from './random.ts';

export const schema: Schema = [
  { name: 'i', type: 'INTEGER' },
  { name: 'j', type: 'INTEGER' },
  { name: 'r', type: 'REAL' },
  { name: 't', type: 'TEXT' },
  { name: 'u', type: 'TEXT', collation: 'NOCASE' },
  { name: 'b', type: 'BOOLEAN' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'any', type: 'ANY' },
];

const cells: { readonly [T in Type]: readonly Value[] } = {
  INTEGER: [0n, 1n, -1n, 2n, 7n, 42n, -300n, 1000000007n, 4503599627370496n],
  REAL: [0, -0, 1, 0.5, -2.5, 1e10, 3.14159, 1e300, Infinity, -Infinity, 42],
  TEXT: [
    '',
    'a',
    'A',
    'abc',
    'ABC',
    'a b c',
    ' a ',
    '12',
    ' 12x',
    '-3.5',
    '1e3',
    'ä',
    'äöü b',
    '€uro',
    '💡x',
    '%',
    'a_c',
    '404',
    'x\0y',
  ],
  BOOLEAN: [0n, 1n],
  TIMESTAMP: ['2024-02-29 12:00:00', '1969-12-31 23:59:59.500000', '2024-01-01 00:00:00'],
  ANY: [0n, 1, 1n, 'a', '1', new Uint8Array([97]), new Uint8Array(), 2.5, 9007199254740993n],
  NULL: [],
  BLOB: [],
  JSON: [],
};
const wide = [9007199254740993n, -9223372036854775808n, 9223372036854775807n];

export function randomBatch(r: Random): RecordBatch {
  const n = r.below(12) + 1;
  const nulls = schema.map(() => (r.chance(0.5) ? 0.3 : 0));
  const hasWide = r.chance(0.1);
  const rows = Array.from({ length: n }, () =>
    schema.map(({ type }, c) => {
      if (r.chance(nulls[c]!)) return null;
      return type === 'INTEGER' && hasWide && r.chance(0.3) ? r.of(wide) : r.of(cells[type]);
    }),
  );
  const batch = batchOf(schema, rows);
  if (r.chance(0.5)) return batch;
  return { ...batch, selection: Uint32Array.from(rows.keys()).filter(() => r.chance(0.6)) };
}

export const call = (fn: string, args: readonly Expr[], more: Partial<Call> = {}): Call => {
  const type = typeOfCall(fn, args.map((arg) => arg.type)); // prettier-ignore
  return { kind: 'call', fn, args, type, ...more };
};

const affinities: readonly (Affinity | undefined)[] = [undefined, undefined, undefined, 'TEXT', 'NUMERIC', 'BLOB'];
const collations: readonly (Collation | undefined)[] = [undefined, undefined, 'NOCASE', 'RTRIM'];
const patterns = ['%', 'a%', '%c', '%b%', 'ABC', '_', 'a_c', '%_b%', 'a%c', '', 'ä%', '%ö_ b', '%%', '_%_', 'x'];
const globs = ['*', 'a*', '*c', '?', '*b*', 'A*', 'ä?ü*', '[a-c]*', ''];

function literal(r: Random, type: Type): Expr {
  if (r.chance(0.1)) return { kind: 'literal', type: r.chance(0.5) ? 'NULL' : type, value: null };
  const value = r.of(cells[type === 'ANY' ? 'INTEGER' : type]);
  if (type === 'TIMESTAMP') return { kind: 'literal', type, value: 1_700_000_000_500_000 };
  if (typeof value === 'bigint')
    return { kind: 'literal', type: type === 'ANY' ? 'INTEGER' : type, value: Number(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { kind: 'literal', type, value: String(value) };
  return { kind: 'literal', type, value: value as number | string };
}

export const types: readonly Type[] = ['INTEGER', 'REAL', 'TEXT', 'BOOLEAN', 'TIMESTAMP', 'ANY'];

/** A random expression, mostly of the wanted type. */
export function expression(r: Random, type: Type, depth: number): Expr {
  const sub = (t: Type): Expr => expression(r, r.chance(0.07) ? r.of(types) : t, depth - 1);
  if (depth === 0 || r.chance(0.15)) {
    const fields = schema.filter((field) => field.type === type);
    return fields.length > 0 && r.chance(0.75) ? column(r.of(fields).name, type) : literal(r, type);
  }
  if (r.chance(0.1)) {
    const then = [sub(type), sub(type), sub(type)];
    const branches = [
      { when: sub('BOOLEAN'), then: then[0]! },
      { when: sub('BOOLEAN'), then: then[1]! },
    ];
    return { kind: 'case', branches, otherwise: then[2]!, type: typeOfCall('coalesce', then.map((e) => e.type)) }; // prettier-ignore
  }
  if (r.chance(0.08)) return call('coalesce', [sub(type), sub(type), ...(r.chance(0.3) ? [sub(type)] : [])]);
  if (r.chance(0.04)) return call('iif', [sub('BOOLEAN'), sub(type), sub(type)]);
  const cast = (from: Type, to: 'INTEGER' | 'REAL' | 'TEXT' | 'BOOLEAN' | 'TIMESTAMP'): Expr => ({
    kind: 'cast',
    arg: sub(from),
    to,
    type: to,
    ...(r.chance(0.3) ? { strict: true } : {}),
  });
  const options: { readonly [T in Type]?: readonly (() => Expr)[] } = {
    INTEGER: [
      () => call(r.of(['+', '-', '*', '/', '%']), [sub('INTEGER'), sub('INTEGER')]),
      () => call(r.of(['neg', 'abs', '~']), [sub('INTEGER')]),
      () => call(r.of(['length', 'octet_length', 'unicode']), [sub('TEXT')]),
      () => call('instr', [sub('TEXT'), sub('TEXT')]),
      () => cast(r.of(types), 'INTEGER'),
      () => call(r.of(['&', '|', '<<']), [sub('INTEGER'), sub('INTEGER')]),
    ],
    REAL: [
      () => call(r.of(['+', '-', '*', '/', '%']), [sub('REAL'), sub(r.of(['REAL', 'INTEGER']))]),
      () => call(r.of(['neg', 'abs', 'round']), [sub('REAL')]),
      () => cast(r.of(types), 'REAL'),
    ],
    TEXT: [
      () => call('||', [sub('TEXT'), sub(r.of(types))]),
      () => call(r.of(['upper', 'lower', 'trim', 'ltrim', 'rtrim']), [sub('TEXT')]),
      () => call('trim', [sub('TEXT'), text(r.of(['a', ' a', 'ä', '']))]),
      () => call('substr', [sub('TEXT'), sub('INTEGER'), ...(r.chance(0.7) ? [sub('INTEGER')] : [])]),
      () => call('substr', [sub('TEXT'), integer(r.below(7) - 3), integer(r.below(7) - 3)]),
      () => call('split_part', [sub('TEXT'), text(r.of([' ', 'b', 'bc', ''])), integer(r.below(4) - 1)]),
      () => call('split_index', [sub('TEXT'), text(r.of([' ', 'b'])), integer(r.below(4) - 1)]),
      () => call('left', [sub('TEXT'), integer(r.below(4) - 1)]),
      () => call('replace', [sub('TEXT'), text('a'), text('zz')]),
      () => cast(r.of(types), 'TEXT'),
    ],
    BOOLEAN: [
      () => {
        const t = r.of(types);
        const more = { affinity: r.of(affinities), collation: r.of(collations) } as Partial<Call>;
        return call(r.of(['=', '<>', '<', '<=', '>', '>=', 'is', 'is not']), [sub(t), sub(t)], more);
      },
      () => call(r.of(['and', 'or']), [sub('BOOLEAN'), sub(r.of(['BOOLEAN', 'BOOLEAN', 'INTEGER', 'TEXT']))]),
      () => call('not', [sub(r.of(['BOOLEAN', 'INTEGER', 'REAL', 'TEXT']))]),
      () => call(r.of(['isnull', 'notnull']), [sub(r.of(types))]),
      () => call('like', [sub('TEXT'), text(r.of(patterns)), ...(r.chance(0.2) ? [text(r.of(['a', '\\']))] : [])]),
      () => call('glob', [sub('TEXT'), text(r.of(globs))]),
      () => call('like', [sub('TEXT'), sub('TEXT')]),
      () => call(r.of(['starts_with', 'ends_with', 'contains']), [sub('TEXT'), sub('TEXT')]),
      () => {
        const t = r.of(types.slice(0, 3));
        const list = Array.from({ length: r.below(4) }, () => literal(r, t));
        const more = { affinity: r.of(affinities), collation: r.of(collations) } as Partial<Call>;
        return call('in', [sub(t), ...list], more);
      },
      () => cast(r.of(types), 'BOOLEAN'),
    ],
    TIMESTAMP: [() => cast(r.of(['TEXT', 'TIMESTAMP']), 'TIMESTAMP')],
    ANY: [
      () => call(r.of(['+', '*', '-']), [sub('TEXT'), sub('ANY')]),
      () => call('coalesce', [sub('INTEGER'), sub('TEXT')]),
      () => call(r.of(['min', 'max']), [sub('ANY'), sub('TEXT')]),
      () => call('nullif', [sub('ANY'), sub('INTEGER')]),
    ],
  };
  return r.of(options[type]!)();
}

export const context = { now: Date.UTC(2024, 0, 1) };
export const rowOf =
  (batch: RecordBatch, row: number) =>
  (name: string): Value => {
    const c = schema.findIndex((field) => field.name === name);
    return cell(batch.columns[c]!, schema[c]!.type, row);
  };

/** What the reference says of each row, or the first error, with its row. */
export function reference(e: Expr, batch: RecordBatch): { values: Value[] } | { error: string; row: number } {
  const values: Value[] = [];
  for (const row of rowsOf(batch)) {
    try {
      values.push(evaluate(e, rowOf(batch, row), context));
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      return { error: error.message, row };
    }
  }
  return { values };
}

export function attempt<T>(run: () => T): T | { error: string; row: number | undefined } {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return { error: error.message, row: error.row };
  }
}
