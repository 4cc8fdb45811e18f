import { zoneNamed } from '../data/zone.ts';
import { momentIn } from '../expr/cast.ts';
import { mapChildren, text, type Call, type Expr } from '../expr/expr.ts';
import { timestampFunctions } from '../expr/functions/timestamp.ts';
import type { Output, Plan, Sink } from '../plan/plan.ts';
import { call } from './call.ts';
import { writtenMoments } from './compare.ts';
import { fieldRef, projectPlan } from './plans.ts';

/** The zone that text without one is in; undefined for UTC. */
export const zoneOf = (settings: Readonly<Record<string, string>>): string | undefined => {
  const { timezone } = settings;
  return timezone === undefined || timezone === 'UTC' ? undefined : timezone;
};

/** These take a TIMESTAMP for what it is. SQLite's own date functions know no zone: to them it is in UTC. */
const ofMoments: ReadonlySet<string> = new Set([
  ...timestampFunctions.map((f) => f.name),
  ...['date', 'time', 'datetime', 'julianday', 'unixepoch', 'strftime', 'timediff'],
  ...['isnull', 'notnull', 'typeof', 'likely', 'unlikely', 'likelihood', 'and', 'or', 'not', 'text_in_zone'],
  ...['lineage_at', 'lineage_merge', 'timestamp_in_zone'],
]);
/** These give one of their arguments, or compare them: as moments if all of them are such. */
const ofAlike: ReadonlySet<string> = new Set([
  ...['=', '<>', '<', '<=', '>', '>=', 'is', 'is not', 'in'],
  ...['coalesce', 'ifnull', 'nullif', 'min', 'max', 'least', 'greatest', 'iif', 'if'],
]);

/**
 * An expression in which a TIMESTAMP becomes text, and text a TIMESTAMP, as the clocks of a zone show it; and days and
 * months begin there. Does nothing to what it has made before.
 */
export function inZone(e: Expr, zone: string): Expr {
  const own = mapChildren(e, (child) => inZone(child, zone));
  const name = text(zone);
  const asText = (arg: Expr): Expr =>
    arg.type === 'TIMESTAMP' ? { kind: 'call', fn: 'text_in_zone', args: [arg, name], type: 'TEXT' } : arg;
  switch (own.kind) {
    case 'literal': {
      const written = writtenMoments.get(own);
      return written === undefined ? own : { ...own, value: momentIn(written, zoneNamed(zone)!) };
    }
    case 'column':
      return own;
    case 'cast':
      if (own.to === 'TIMESTAMP' && own.arg.type !== 'TIMESTAMP') return call('timestamp_in_zone', [own.arg, name]);
      return own.to === 'TIMESTAMP' ? own : { ...own, arg: asText(own.arg) };
    case 'case':
      return own.type === 'TIMESTAMP'
        ? own
        : {
            ...own,
            branches: own.branches.map((b) => ({ ...b, then: asText(b.then) })),
            otherwise: asText(own.otherwise),
          };
    case 'call':
      return callInZone(own, name, asText);
  }
}

function callInZone(e: Call, name: Expr, asText: (arg: Expr) => Expr): Expr {
  const { fn, args } = e;
  const [first, second] = args;
  const asMoment = (arg: Expr): Expr =>
    arg.type === 'TIMESTAMP' || arg.type === 'NULL' ? arg : call('timestamp_in_zone', [arg, name]);
  switch (fn) {
    case 'date_trunc':
    case 'date_ceil':
      return args.length === 2 ? { ...e, args: [first!, asMoment(second!), name] } : e;
    case 'date_format':
      return args.length === 2 ? { ...e, args: [asMoment(first!), second!, name] } : e;
    case 'strptime':
      return args.length === 2 ? { ...e, args: [...args, name] } : e;
    case 'to_timestamp':
      return second === undefined ? asMoment(first!) : call('strptime', [first!, second, name]);
    case 'timestamp_add':
    case 'epoch_ms':
    case 'epoch_us':
      return { ...e, args: [asMoment(first!), ...args.slice(1)] };
  }
  if (ofMoments.has(fn)) return e;
  if (ofAlike.has(fn) && args.every((a) => a.type === 'TIMESTAMP' || a.type === 'NULL' || a.type === 'BOOLEAN'))
    return e;
  return args.some((a) => a.type === 'TIMESTAMP') ? { ...e, args: args.map(asText) } : e;
}

/** Aggregates that give one of their values, or none. */
const ofAnyValues: ReadonlySet<string> = new Set([
  ...['count', 'min', 'max', 'any_value', 'first', 'last', 'arg_min', 'arg_max', 'approx_count_distinct'],
  ...['lineage_union', 'first_value', 'last_value', 'nth_value', 'lag', 'lead'],
]);

/** An argument of an aggregate: all others than these take text. */
export const aggregatedInZone = (fn: string, arg: Expr, zone: string): Expr =>
  arg.type === 'TIMESTAMP' && !ofAnyValues.has(fn) ? call('text_in_zone', [arg, text(zone)]) : arg;

/** A root whose times go out as the clocks of the zone show them. Where they keep their form as moments they are left. */
export function rootInZone(root: Plan, zone: string | undefined): Plan {
  if (zone === undefined || (root.op !== 'output' && root.op !== 'sink')) return root;
  if (root.op === 'sink' && keepsMoments(root)) return root;
  const { schema } = root.input;
  if (!schema.some((f) => f.type === 'TIMESTAMP')) return root;
  const fields = schema.map((f) => (f.type === 'TIMESTAMP' ? { ...f, type: 'TEXT' as const } : f));
  const exprs = schema.map((f) => {
    const cell = fieldRef(f);
    return f.type === 'TIMESTAMP' ? call('text_in_zone', [cell, text(zone)]) : cell;
  });
  const input = projectPlan(root.input, fields, exprs);
  return root.op === 'output' ? ({ ...root, schema: fields, input } satisfies Output) : { ...root, input };
}

/** JSON has the zone in its text (`..Z`), and numbers since 1970 need none. */
const keepsMoments = ({ options }: Sink): boolean =>
  options['format'] === 'jsonl' || (options['timestamp_format'] ?? 'text') !== 'text';
