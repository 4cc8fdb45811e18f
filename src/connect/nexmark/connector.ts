import { parseTimestamp } from '../../data/timestamp.ts';
import type { Field } from '../../data/types.ts';
import type { Options } from '../../plan/plan.ts';
import { OptionError, type Connector, type Described } from '../connector.ts';
import { checkOptions, meant, numberOption, textOption } from '../options.ts';
import { openNexmark } from './source.ts';

const columns: readonly Field[] = [
  { name: 'event_type', type: 'INTEGER', affinity: 'INTEGER', notNull: true },
  { name: 'person', type: 'JSON', affinity: 'TEXT' },
  { name: 'auction', type: 'JSON', affinity: 'TEXT' },
  { name: 'bid', type: 'JSON', affinity: 'TEXT' },
  { name: 'dateTime', type: 'TIMESTAMP', notNull: true },
];

/** The events of the Nexmark benchmark: people, auctions and bids. */
export const nexmark: Connector = {
  name: 'nexmark',
  doc: 'the auction site of the Nexmark benchmark: people, auctions, bids; the same for the same seed',
  options: {
    events: { type: 'integer', doc: 'how many; without end if not said' },
    rate: { type: 'number', doc: 'events a second of event time; 10000 by default' },
    seed: { type: 'integer', doc: 'another seed, other events; 1 by default' },
    out_of_order: { type: 'integer', doc: 'events are shuffled within groups of so many; 1, in order, by default' },
    base: { type: 'text', doc: "when the first happens; '2015-07-15 00:00:00' by default" },
    realtime: { type: 'boolean', doc: 'events come at the rate at which they happen; else as fast as can be' },
  },
  source: { replay: 'offset', describe, open: openNexmark },
};

async function describe(options: Options, declared: readonly Field[] | undefined): Promise<Described> {
  checkOptions('connector nexmark', nexmark.options, options);
  const least: readonly (readonly [name: string, least: number])[] = [
    ['events', 0],
    ['rate', Number.MIN_VALUE],
    ['out_of_order', 1],
  ];
  for (const [name, bound] of least) {
    const value = numberOption(options, name);
    if (value !== undefined && value < bound)
      throw new OptionError(name, `option ${name} is ${value}`, [bound === 1 ? 'it is 1 or more' : 'it is above zero']);
  }
  const text = Buffer.from(textOption(options, 'base') ?? '2015-07-15');
  const base = parseTimestamp(text, 0, text.length);
  if (Number.isNaN(base))
    throw new OptionError('base', `option base is '${text.toString()}'`, ["write it as '2015-07-15 00:00:00'"]);
  const schema = declared?.map(checkedColumn) ?? columns;
  return { schema, bounded: options['events'] !== undefined, options };
}

/** A column that may be declared so: with its type, or TEXT for JSON. @throws OptionError */
function checkedColumn(field: Field): Field {
  const known = columns.find((c) => c.name.toLowerCase() === field.name.toLowerCase());
  const names = columns.map((c) => c.name);
  if (known === undefined) {
    throw new OptionError(undefined, `connector nexmark has no column \`${field.name}\``, [
      ...meant(field.name, names),
      `it has: ${names.join(', ')}`,
    ]);
  }
  if (field.type === known.type || (field.type === 'TEXT' && known.type === 'JSON')) return field;
  throw new OptionError(undefined, `column \`${field.name}\` is ${known.type}, not ${field.type}`);
}
