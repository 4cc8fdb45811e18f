import type { Span } from '../base/span.ts';
import { markField, timeField } from '../data/event-time.ts';
import type { Field } from '../data/types.ts';
import { column } from '../expr/expr.ts';
import type { Scan } from '../plan/plan.ts';
import type { LateSink, Partitions, Watermark } from '../plan/watermark.ts';
import type * as ast from '../syntax/ast.ts';
import { newStage, settle, type QueryContext } from './context.ts';
import { bindExpr } from './expr.ts';
import { fault, originOf } from './fault.ts';
import { fold, Names } from './names.ts';
import { optionValue } from './options.ts';
import { columnNamed, type Relation } from './scope.ts';

/** What CREATE SOURCE says of the times of its rows. */
export interface SourceTiming {
  readonly watermark: ast.Watermark;
  /** ms */
  readonly idle?: number;
  readonly perBatch?: true;
  /** LATE ROWS INTO: set once the columns of the source are known. */
  readonly into?: LateSink;
}

/** Options of every source that are about time, whatever its connector is. */
const timeOptions = {
  idle_timeout: { type: 'duration', doc: 'without rows for so long, watermarks no longer wait for it' },
  timestamps: { type: 'text', doc: "one time for each 'record', or for each 'batch'", oneOf: ['record', 'batch'] },
  bounded: { type: 'boolean', doc: 'whether the rows end by themselves; those of a command do not, unless so said' },
} as const;
type TimeOption = keyof typeof timeOptions;
const isTimeOption = (name: string): name is TimeOption => name in timeOptions;

export interface Timing {
  readonly timing?: SourceTiming;
  /** The rows do not end by themselves, whatever the connector says. */
  readonly unbounded?: true;
  /** The rows end by themselves, whatever the connector says. */
  readonly bounded?: true;
  /** The options that are left for the connector. */
  readonly rest: readonly ast.Option[];
}

/** The part of CREATE SOURCE that is about time. */
export function timingOf(
  query: QueryContext,
  watermark: ast.Watermark | undefined,
  options: readonly ast.Option[],
): Timing {
  const found = new Map<TimeOption, ast.Option>();
  const rest = options.filter((option) => {
    const name = fold(option.name);
    if (!isTimeOption(name)) return true;
    if (found.has(name)) fault('E0306', option.span, `option ${name} is given twice`);
    found.set(name, option);
    return false;
  });
  const value = (name: TimeOption) => {
    const option = found.get(name);
    return option && optionValue(query, timeOptions[name], name, option.value);
  };
  const [idle, timestamps, bounded] = [value('idle_timeout'), value('timestamps'), value('bounded')];
  const unbounded = { ...(bounded === false && { unbounded: true as const }), ...(bounded === true && { bounded }) };
  if (watermark === undefined) {
    const lonely = found.get('idle_timeout') ?? found.get('timestamps');
    if (lonely !== undefined)
      fault('E0402', lonely.span, `option ${fold(lonely.name)} without WATERMARK`, {
        label: 'the source has no event time',
        help: ['name its column: WATERMARK FOR ts AS ts - INTERVAL ..'],
      });
    return { rest, ...unbounded };
  }
  if (typeof idle === 'number' && idle <= 0)
    fault('E0203', found.get('idle_timeout')!.value.span, 'option idle_timeout does not fit', {
      label: "expected a length of time above zero, such as '10 s'",
    });
  const timing: SourceTiming = {
    watermark,
    ...(typeof idle === 'number' && { idle }),
    ...(timestamps === 'batch' && { perBatch: true }),
  };
  return { timing, rest, ...unbounded };
}

/** A column of the scan that tells which file a row is of: each file has a watermark of its own. */
const placeField: Field = { name: '$place', type: 'TEXT', notNull: true };

/** The scan of several files with that column. @returns the scan as it is where there is one place only. */
export function withPlaces(scan: Scan): { readonly scan: Scan; readonly partitions?: Partitions } {
  const files = scan.options['files'];
  // Of a pattern that is followed, more files may come.
  if (!Array.isArray(files) || (files.length < 2 && scan.options['patterns'] === undefined)) return { scan };
  const metadata = (scan.options['metadata'] ?? {}) as Record<string, string>;
  return {
    scan: {
      ...scan,
      schema: [...scan.schema, placeField],
      options: { ...scan.options, metadata: { ...metadata, [placeField.name]: 'file' } },
    },
    partitions: {
      column: placeField.name,
      names: (files as readonly { readonly name: string }[]).map((file) => file.name),
      inTurn: scan.bounded,
    },
  };
}

/**
 * Rows of a source with their event time.
 *
 * @throws QueryError E0301, E0203: the column of WATERMARK is not there or no TIMESTAMP, or its expression is none.
 */
export function withEventTime(
  query: QueryContext,
  rows: Relation,
  label: string,
  { watermark, idle, perBatch, into }: SourceTiming,
  more: Pick<Watermark, 'onError' | 'partitions'>,
): Relation {
  const { columns } = rows;
  const stage = newStage(new Names(rows.plan.schema.map((f) => f.name)));
  const { time, bound } = watermarkExprs(query, rows, watermark, stage);
  const input = settle(stage, rows.plan);
  const clash = input.schema.find((f) => f.name === timeField.name || f.name === markField.name);
  if (clash !== undefined)
    fault('E0306', watermark.span, `a source with event time cannot have a column \`${clash.name}\``, {
      label: 'the name is taken by the time of the rows',
    });
  const handedOn = input.schema.filter((f) => f.name !== more.partitions?.column);
  const late = watermark.late?.action ?? 'drop';
  const plan: Watermark = {
    op: 'watermark',
    schema: [...handedOn, timeField, markField],
    input,
    label,
    time,
    bound,
    late,
    ...(late === 'into' && into !== undefined && { into }),
    ...more,
    ...(idle !== undefined && { idle }),
    ...(perBatch && { perBatch }),
    origin: originOf(watermark.span),
  };
  return { plan, columns, eventTime: { time: timeField, mark: markField } };
}

function watermarkExprs(
  query: QueryContext,
  rows: Relation,
  { column: name, as }: ast.Watermark,
  stage: ReturnType<typeof newStage>,
): Pick<Watermark, 'time' | 'bound'> {
  const last = name.parts.at(-1)!;
  const { field } = columnNamed(rows, last);
  if (field.type !== 'TIMESTAMP') {
    fault('E0203', last.span, `WATERMARK FOR \`${last.text}\`, which is ${field.type}`, {
      label: 'expected a TIMESTAMP column',
      help: ["make one from it: at TIMESTAMP AS (strptime(text, '..'))"],
    });
  }
  const time = column(field.name, field.type);
  if (as === undefined) return { time, bound: time };
  const bound = bindExpr({ query, scope: rows, clause: 'WATERMARK', stage }, as).expr;
  if (bound.type !== 'TIMESTAMP') notTime(as.span, bound.type);
  return { time, bound };
}

function notTime(span: Span, type: Field['type']): never {
  return fault('E0203', span, `a watermark that is ${type}`, { label: 'expected a TIMESTAMP' });
}
