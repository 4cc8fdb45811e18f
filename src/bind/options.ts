import { parseDuration } from '../expr/duration.ts';
import type { Span } from '../base/span.ts';
import { QueryError, RunError, type Diagnostic } from '../base/errors.ts';
import { connectors } from '../connect/catalog.ts';
import { OptionError, type Connector, type OptionSpec } from '../connect/connector.ts';
import { specOf } from '../connect/options.ts';
import { zoneNamed } from '../data/zone.ts';
import { numericValue, textOf } from '../expr/compare.ts';
import type { Value } from '../data/value.ts';
import type { Json } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { ConnectorOptions } from './catalog.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { collect, fault, listing, unknown } from './fault.ts';
import { duration } from './literal.ts';
import { fold } from './names.ts';

/** The connector that `connector = ..` names, or 'shell', which is none; the option itself is not one of its own. */
export function connectorOf(
  query: QueryContext,
  options: readonly ast.Option[],
  span: Span,
): { readonly connector: Connector | 'shell'; readonly rest: readonly ast.Option[] } {
  const names = [...connectors.keys(), 'shell'];
  const chosen = options.find((o) => fold(o.name) === 'connector');
  if (chosen === undefined) {
    return fault('E0402', span, 'WITH (..) does not say which connector', {
      label: "connector = '..' is missing",
      help: [`the connectors are: ${listing(names)}`],
    });
  }
  const name = String(constantValue(query, chosen.value, 'connector'));
  const connector = fold(name) === 'shell' ? 'shell' : connectors.get(fold(name === 'blackhole' ? 'null' : name));
  if (connector === undefined) {
    return unknown('E0310', chosen.value.span, 'connector', name, names, `the connectors are: ${listing(names)}`);
  }
  return { connector, rest: options.filter((o) => o !== chosen) };
}

/** Options of every source that reads its rows itself. */
const ofAllSources: Readonly<Record<string, OptionSpec>> = {
  batch_rows: { type: 'integer', doc: 'most rows that are handed on at once, in place of the setting' },
  timezone: { type: 'text', doc: 'zone of times without an offset, in place of the setting' },
};

/** Options as a connector takes them: each is known, has its type, and none is missing. */
export function bindOptions(
  query: QueryContext,
  { name, options: own, source }: Connector,
  given: readonly ast.Option[],
  span: Span,
  use: 'source' | 'sink' = 'source',
): ConnectorOptions {
  const known = use === 'source' && source !== undefined ? { ...own, ...ofAllSources } : own;
  const values: Record<string, Json> = {};
  const spans = new Map<string, Span>();
  collect(given, ({ name: written, value, span: at }) => {
    const option = fold(written);
    const spec = specOf(known, option);
    if (spec === undefined)
      return unknown(
        'E0308',
        at,
        `connector ${name}: option`,
        written,
        Object.keys(known),
        `it has: ${listing(Object.keys(known))}`,
      );
    if (spans.has(option)) fault('E0306', at, `option ${option} is given twice`);
    values[option] = optionValue(query, spec, option, value);
    checkOfSource(option, values[option], value.span);
    spans.set(option, at);
  });
  for (const [option, spec] of Object.entries(known)) {
    if (spec.required === true && values[option] === undefined) {
      fault('E0402', span, `connector ${name} needs the option ${option}`, { label: spec.doc });
    }
  }
  return { values, spans, span };
}

function checkOfSource(option: string, value: Json, span: Span): void {
  if (option === 'batch_rows' && Number(value) < 1)
    fault('E0203', span, 'option batch_rows does not fit', { label: 'expected a whole number above 0' });
  if (option === 'timezone' && (typeof value !== 'string' || zoneNamed(value) === undefined))
    fault('E0203', span, 'option timezone does not fit', {
      label: "expected a zone such as 'Europe/Oslo', or an offset such as '+02:00'",
    });
}

/** The value of one option as plans keep it; durations are ms. */
export function optionValue(query: QueryContext, spec: OptionSpec, name: string, e: ast.Expr): Json {
  const refuse = (expected: string): never =>
    fault('E0203', e.span, `option ${name} does not fit`, { label: `expected ${expected}` });
  if (e.kind === 'interval') {
    const { months, us } = duration(e);
    return spec.type === 'duration' && months === 0 ? us / 1000 : refuse(spec.type);
  }
  if (e.kind === 'row')
    return spec.type === 'list' ? e.parts.map((p) => plain(constantValue(query, p, name))) : refuse(spec.type);
  const value = constantValue(query, e, `option ${name}`);
  if (value === null) return refuse(spec.type);
  switch (spec.type) {
    case 'text': {
      const text = textOf(value);
      if (spec.oneOf === undefined) return text;
      return (
        spec.oneOf.find((word) => fold(word) === fold(text)) ??
        (spec.orSink ? text : undefined) ??
        refuse(`one of: ${spec.oneOf.join(', ')}`)
      );
    }
    case 'integer':
    case 'number': {
      const number = Number(
        typeof value === 'string' && value.trim() === ''
          ? NaN
          : typeof value === 'string'
            ? value
            : numericValue(value),
      );
      return Number.isFinite(number) && (spec.type === 'number' || Number.isSafeInteger(number))
        ? number
        : refuse(spec.type === 'integer' ? 'a whole number' : 'a number');
    }
    case 'boolean': {
      const word = fold(textOf(value));
      return ['true', 'on', '1', 'yes'].includes(word)
        ? true
        : ['false', 'off', '0', 'no'].includes(word)
          ? false
          : refuse('true or false');
    }
    case 'duration': {
      if (typeof value !== 'string') return Number(value);
      const length = parseDuration(value);
      return length !== undefined && length.months === 0 ? length.us / 1000 : refuse("a length of time such as '5 s'");
    }
    case 'list':
      return textOf(value);
  }
}

const plain = (value: Value): Json => (value === null ? null : textOf(value));

/** A fault that a connector found while the query was bound, at the place in the text that caused it. */
export function atOption(error: unknown, span: Span, spans?: ReadonlyMap<string, Span>): never {
  if (error instanceof OptionError) {
    const at = (error.option === undefined ? undefined : spans?.get(error.option)) ?? span;
    return fault('E0203', at, error.message, error.help.length > 0 ? { help: error.help } : {});
  }
  const place = (d: Diagnostic): Diagnostic => (d.span === undefined ? { ...d, span } : d);
  if (error instanceof RunError) throw new QueryError(place(error.diagnostic));
  if (error instanceof QueryError) throw new QueryError(...error.diagnostics.map(place));
  throw error;
}
