import { columnBuilder } from '../data/builder.ts';
import type { Column } from '../data/column.ts';
import type { Field } from '../data/types.ts';
import type { Options } from '../plan/plan.ts';
import { OptionError } from './connector.ts';
import { listOption, numberOption, textOption } from './options.ts';

/** What a TEXT column can look like. */
export const kinds = ['word', 'sentence', 'ip'] as const;

/** Makes the cells of the rows `from .. from + rows` (from 0) of one column. */
export type Filler = (from: number, rows: number) => Column;

/** INTEGER columns of these names count the rows, from 1. */
const sequences: ReadonlySet<string> = new Set(['n', 'id', 'seq']);

/**
 * @param start us since 1970; of the first TIMESTAMP.
 * @throws OptionError for a type that cannot be made up, or options that contradict each other.
 */
export function filler(field: Field, options: Options, seed: number, start: number): Filler {
  const { name, type } = field;
  const values = listOption(options, `fields.${name}.values`);
  const min = numberOption(options, `fields.${name}.min`);
  const max = numberOption(options, `fields.${name}.max`);
  const draw = drawer(seed, name);
  if (values !== undefined) return drawn(field, values, draw);
  switch (type) {
    case 'INTEGER':
    case 'ANY': {
      if (sequences.has(name.toLowerCase()) && max === undefined) return sequence(min ?? 1);
      const [low, high] = range(name, min ?? 0, max ?? Math.max(99, min ?? 0));
      const width = high - low + 1;
      return numbers((row) => low + Math.floor(draw(row) * width));
    }
    case 'REAL': {
      const [low, high] = range(name, min ?? 0, max ?? Math.max(1, min ?? 0));
      return numbers((row) => low + draw(row) * (high - low));
    }
    case 'BOOLEAN':
      return (from, rows) => ({
        kind: 'bool',
        values: Uint8Array.from({ length: rows }, (_, i) => (draw(from + i) < 0.5 ? 0 : 1)),
        nulls: undefined,
      });
    case 'TIMESTAMP': {
      const step = (numberOption(options, 'step') ?? 1000) * 1000;
      return numbers((row) => start + row * step);
    }
    case 'TEXT':
      return texts(seed, name, textOption(options, `fields.${name}.kind`) ?? 'word');
    case 'NULL':
    case 'BLOB':
    case 'JSON':
      throw new OptionError(undefined, `column ${name}: the generator makes no ${type}`, [
        `name the values to draw from: fields.${name}.values`,
      ]);
  }
}

function range(name: string, min: number, max: number): readonly [number, number] {
  if (max >= min) return [min, max];
  throw new OptionError(`fields.${name}.max`, `column ${name}: max ${max} is less than min ${min}`);
}

const numbers =
  (value: (row: number) => number): Filler =>
  (from, rows) => {
    const values = new Float64Array(rows);
    for (let i = 0; i < rows; i++) values[i] = value(from + i);
    return { kind: 'f64', values, nulls: undefined };
  };

const sequence = (first: number): Filler => numbers((row) => first + row);

function drawn({ name, type }: Field, values: readonly string[], draw: Draw): Filler {
  if (values.length === 0) throw new OptionError(`fields.${name}.values`, `column ${name}: no values to draw from`);
  const pick = (row: number): string => values[Math.floor(draw(row) * values.length)]!;
  if (type === 'INTEGER' || type === 'REAL') {
    const wrong = values.find(
      (v) => !Number.isFinite(Number(v)) || (type === 'INTEGER' && !Number.isInteger(Number(v))),
    );
    if (wrong !== undefined) throw new OptionError(`fields.${name}.values`, `column ${name}: '${wrong}' is no ${type}`);
    return numbers((row) => Number(pick(row)));
  }
  if (type !== 'TEXT' && type !== 'JSON' && type !== 'ANY') {
    throw new OptionError(`fields.${name}.values`, `column ${name}: values cannot be listed for ${type}`);
  }
  return type === 'ANY'
    ? (from, rows) => ({ kind: 'any', values: Array.from({ length: rows }, (_, i) => pick(from + i)) })
    : textColumn(pick);
}

const textColumn =
  (text: (row: number) => string): Filler =>
  (from, rows) => {
    const builder = columnBuilder('TEXT', rows);
    for (let row = from; row < from + rows; row++) builder.append(text(row));
    return builder.finish();
  };

const words = (
  'amber basin cedar delta ember fjord grove haven inlet jetty knoll larch maple north ocean pearl quartz river slate ' +
  'tundra upland valley willow xenon yarrow zephyr'
).split(' ');

function texts(seed: number, name: string, kind: string): Filler {
  const draws = Array.from({ length: 8 }, (_, i) => drawer(seed, `${name} ${i}`));
  const word = (i: number, row: number): string => words[Math.floor(draws[i]!(row) * words.length)]!;
  if (kind === 'word') return textColumn((row) => word(0, row));
  if (kind === 'ip') {
    return textColumn((row) => [0, 1, 2, 3].map((i) => Math.floor(draws[i]!(row) * 254) + 1).join('.'));
  }
  return textColumn((row) => {
    const count = 3 + Math.floor(draws[7]!(row) * 5);
    return Array.from({ length: count }, (_, i) => word(i, row)).join(' ');
  });
}

/** A number in [0, 1) for each row. */
type Draw = (row: number) => number;

/** By splitmix: a hash of seed, column and row, so that rows can be made in any order. */
function drawer(seed: number, name: string): Draw {
  let stream = mix(seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32) + 1);
  for (let i = 0; i < name.length; i++) stream = mix(stream ^ name.charCodeAt(i));
  return (row) => {
    const low = mix(stream + Math.imul(row >>> 0, 0x9e3779b9));
    const high = mix(low ^ Math.floor(row / 2 ** 32) ^ 0x85ebca6b);
    return ((low >>> 5) * 2 ** 26 + (high >>> 6)) / 2 ** 53;
  };
}

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}
