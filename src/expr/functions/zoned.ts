import { timestampText } from '../../data/timestamp.ts';
import type { Value } from '../../data/value.ts';
import { zoneNamed, type Zone } from '../../data/zone.ts';
import { momentIn, timestampOf } from '../cast.ts';
import { textOf } from '../compare.ts';
import { RowError, type ScalarFunction } from './function.ts';

/** What the binder makes of conversions between TIMESTAMP and text where `SET timezone` names another zone than UTC. */

/** @throws RowError for a name that is none. */
export function zoneOf(name: Value): Zone {
  const text = textOf(name!);
  const zone = zoneNamed(text);
  if (zone === undefined) throw new RowError(`unknown time zone '${text}'`);
  return zone;
}

const common = { strict: true, inSqlite: false, mayFail: true } as const;

export const zonedFunctions: readonly ScalarFunction[] = [
  {
    ...common,
    name: 'timestamp_in_zone',
    arity: [2, 2],
    type: 'TIMESTAMP',
    evaluate: ([v, name]) => {
      const us = typeof v === 'string' ? momentIn(v, zoneOf(name!)) : timestampOf(v!);
      return us === null ? null : timestampText(us);
    },
    doc: `\`timestamp_in_zone('2024-07-01 12:00', 'Europe/Oslo')\` = '2024-07-01 10:00:00'; text with an offset is the moment that it says`,
  },
  {
    ...common,
    name: 'text_in_zone',
    arity: [2, 2],
    type: 'TEXT',
    evaluate: ([v, name]) => {
      const us = timestampOf(v!);
      return us === null ? null : timestampText(us + zoneOf(name!).offsetAt(us));
    },
    doc: `\`text_in_zone(TIMESTAMP '2024-07-01 10:00:00', 'Europe/Oslo')\` = '2024-07-01 12:00:00'`,
  },
];
