import { setTimeout as sleep } from 'node:timers/promises';
import { parseTimestamp } from '../data/timestamp.ts';
import type { Field } from '../data/types.ts';
import type { Options } from '../plan/plan.ts';
import {
  OptionError,
  type ConnectContext,
  type Connector,
  type Offset,
  type Positioned,
  type SourceRequest,
} from './connector.ts';
import { filler, kinds } from './generator-fields.ts';
import { checkOptions, meant, numberOption, textOption } from './options.ts';

/** ms; batches of a slow generator are cut so that rows come about as often. */
const TICK = 50;

/** Made-up rows: each depends on the seed and its number alone, so any part can be made again. */
export const generator: Connector = {
  name: 'generator',
  doc: 'made-up rows, the same for the same seed',
  options: {
    rows: { type: 'integer', doc: 'how many; without end if not said' },
    seed: { type: 'integer', doc: 'another seed, other rows; 1 by default' },
    rate: { type: 'number', doc: 'rows a second; as fast as possible if not said' },
    start: { type: 'text', doc: "TIMESTAMP: the first one; '2024-01-01' by default" },
    step: { type: 'duration', doc: 'TIMESTAMP: from row to row; 1 s by default' },
    'fields.*.min': { type: 'number', doc: 'INTEGER, REAL: the least; 0 by default' },
    'fields.*.max': { type: 'number', doc: 'INTEGER, REAL: the most; 99 and 1 by default' },
    'fields.*.values': { type: 'list', doc: 'the values to draw from' },
    'fields.*.kind': { type: 'text', doc: 'TEXT: what it looks like', oneOf: kinds },
  },
  source: { replay: 'offset', describe, open },
};

const schemaOf = (declared: readonly Field[] | undefined): readonly Field[] =>
  declared ?? [{ name: 'n', type: 'INTEGER', affinity: 'INTEGER', notNull: true }];

async function describe(options: Options, declared: readonly Field[] | undefined) {
  checkOptions('connector generator', generator.options, options);
  const schema = schemaOf(declared);
  for (const name of ['rows', 'rate']) {
    const value = numberOption(options, name);
    if (value !== undefined && value < (name === 'rows' ? 0 : Number.MIN_VALUE)) {
      throw new OptionError(name, `option ${name} is ${value}`, ['it must be above zero']);
    }
  }
  startOf(options);
  const names = schema.map((field) => field.name);
  for (const option of Object.keys(options)) {
    const field = /^fields\.(.*)\.[^.]*$/.exec(option)?.[1];
    if (field === undefined || names.includes(field)) continue;
    throw new OptionError(option, `there is no column ${field}`, meant(field, names));
  }
  for (const field of schema) filler(field, options, 1, 0);
  return { schema, bounded: options['rows'] !== undefined, options };
}

function startOf(options: Options): number {
  const text = textOption(options, 'start') ?? '2024-01-01';
  const bytes = Buffer.from(text);
  const start = parseTimestamp(bytes, 0, bytes.length);
  if (Number.isNaN(start))
    throw new OptionError('start', `option start is '${text}'`, ["write it as '2024-01-31 12:00:00'"]);
  return start;
}

async function* open(
  { options, schema, limit }: SourceRequest,
  at: Offset | undefined,
  { signal, batchRows }: ConnectContext,
): AsyncGenerator<Positioned> {
  const from = Number(at?.['row'] ?? 0);
  const end = Math.min(numberOption(options, 'rows') ?? Infinity, limit === undefined ? Infinity : from + limit);
  const rate = numberOption(options, 'rate');
  const seed = numberOption(options, 'seed') ?? 1;
  const most = rate === undefined ? batchRows : Math.max(1, Math.min(batchRows, Math.round((rate * TICK) / 1000)));
  const fillers = schema.map((field) => filler(field, options, seed, startOf(options)));
  const began = performance.now();
  for (let row = from; row < end && !signal.aborted;) {
    const length = Math.min(most, end - row);
    if (rate !== undefined) {
      const due = began + ((row - from + length) / rate) * 1000;
      await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
    const columns = fillers.map((fill) => fill(row, length));
    row += length;
    yield { batch: { schema, length, columns }, next: { row } };
  }
}
