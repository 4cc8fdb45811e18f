import { Bug, type Code } from '../base/errors.ts';
import type { Source, Span } from '../base/span.ts';
import { hasEventTime } from '../data/event-time.ts';
import { bounded } from '../plan/facts.ts';
import type { Job } from '../plan/job.ts';
import type { AsofJoin } from '../plan/joins.ts';
import { inputs, mapInputs } from '../plan/ops.ts';
import type { Aggregate, Distinct, Join, Plan, SetOperation, Sort } from '../plan/plan.ts';
import { fault } from './fault.ts';
import { flowing, isSymmetric } from './flowing.ts';
import { eventTimeOf } from './join-retention.ts';
import { closingOver } from './over-closing.ts';

/**
 * A plan over rows that do not end, all of whose operators give their rows as time goes on.
 *
 * @param statement where messages point to if the operator comes from another text, such as that of a view.
 * @param shared the sub-plans that `shared` leaves read; they are such plans already.
 * @throws QueryError E0205 to E0208, E0210: an operator would wait for the end for ever.
 */
export function endless(plan: Plan, statement: Span, shared: Job['shared'] = {}): Plan {
  // Its rows come sorted by a sort of its own, which is not what is at fault.
  if (plan.op === 'over' && !bounded(plan))
    return (
      closingOver(plan, (input) => endless(input, statement, shared), shared) ??
      refused(plan, new Place(plan, statement))
    );
  const below = mapInputs(plan, (input) => endless(input, statement, shared));
  return flowing(below, shared) ?? refused(below, new Place(below, statement));
}

function refused(plan: Plan, at: Place): never {
  switch (plan.op) {
    case 'aggregate':
      return aggregated(plan, at);
    case 'distinct':
    case 'setop':
      return distinctRows(plan, at);
    case 'over':
      return overRows(at);
    case 'sort':
      return sorted(plan, at);
    case 'join':
      return joined(plan, at);
    case 'asof':
      return nearest(plan, at);
    default:
      throw new Bug(`${plan.op} over rows that do not end`);
  }
}

/** Where an operator stands, and which of its rows do not end. */
class Place {
  readonly #plan: Plan;
  readonly #statement: Span;

  constructor(plan: Plan, statement: Span) {
    this.#plan = plan;
    this.#statement = statement;
  }

  refuse(code: Code, message: string, help: readonly string[]): never {
    const more = isCommand(this.#plan) ? ['of a command that ends by itself: bounded = true in its CREATE SOURCE'] : [];
    return fault(code, this.#span, message, {
      label: `the rows of ${endlessSource(this.#plan)} do not end`,
      help: [...help, ...more],
    });
  }

  get #span(): Span {
    const { origin } = this.#plan;
    const { source } = this.#statement;
    const start = origin?.source === source.name ? offsetOf(source, origin.line, origin.column) : undefined;
    if (start === undefined) return this.#statement;
    const word = /^\w+/.exec(source.text.slice(start))?.[0].length ?? 1;
    return { source, start, end: start + word };
  }
}

/** Inverse of `locate`; undefined if the text is not that long. */
function offsetOf({ text }: Source, line: number, at: number): number | undefined {
  let start = 0;
  for (let n = 1; n < line; n++) {
    start = text.indexOf('\n', start) + 1;
    if (start === 0) return undefined;
  }
  const offset = start + at - 1;
  return offset < text.length ? offset : undefined;
}

/** The name of a source below whose rows do not end. */
function endlessSource(plan: Plan): string {
  if ((plan.op === 'scan' || plan.op === 'shell' || plan.op === 'shared') && plan.label !== undefined)
    if (inputs(plan).length === 0) return `\`${plan.label}\``;
  const input = inputs(plan).find((p) => !bounded(p));
  return input === undefined ? 'a stream' : endlessSource(input);
}

/** Whether what does not end are the rows that a command prints. */
function isCommand(plan: Plan): boolean {
  const input = inputs(plan).find((p) => !bounded(p));
  return input === undefined ? plan.op === 'shell' : isCommand(input);
}

const declareTime = (plan: Plan): readonly string[] =>
  inputs(plan).some((input) => !bounded(input) && eventTimeOf(input) === undefined)
    ? ['for that the rows need event time: WATERMARK FOR its column in CREATE SOURCE']
    : [];

const EMIT = 'EMIT CHANGES gives the result of each change, EMIT EVERY INTERVAL .. that of the moment';

function aggregated(plan: Aggregate, at: Place): never {
  return at.refuse('E0205', 'an aggregate without a window over rows that do not end', [
    "group by windows of time: FROM TUMBLE(t, ts, INTERVAL '1' MINUTE) .. GROUP BY window_start",
    ...declareTime(plan),
    EMIT,
    'or aggregate some rows only: FROM (SELECT .. LIMIT n)',
  ]);
}

function distinctRows(plan: Distinct | SetOperation, at: Place): never {
  const word = plan.op === 'setop' ? plan.kind.toUpperCase() : plan.input.op === 'union' ? 'UNION' : 'DISTINCT';
  const cures: Readonly<Record<string, string>> = {
    UNION: 'UNION ALL keeps nothing',
    DISTINCT: 'make the rows of one window distinct: GROUP BY window_start and the columns',
    INTERSECT: 'a SEMI JOIN with rows that end, or WITHIN INTERVAL .., keeps no more than it needs',
    EXCEPT: 'an ANTI JOIN with rows that end, or WITHIN INTERVAL .., keeps no more than it needs',
  };
  return at.refuse('E0206', `${word} over rows that do not end: it would have to keep all of them`, [
    cures[word]!,
    ...declareTime(plan),
    EMIT,
  ]);
}

function overRows(at: Place): never {
  return at.refuse('E0210', 'a window function over rows that do not end: no partition is ever complete', [
    'let the partitions close with windows of time: PARTITION BY window_start, .. over TUMBLE(..)',
    EMIT,
    'or read rows that end: a file, a table, LIMIT n',
  ]);
}

function sorted({ input, origin }: Sort, at: Place): never {
  if (origin === undefined)
    return at.refuse('E0207', 'a command that NEEDS SORTED rows gets rows that do not end', [
      'give it the rows of one window at a time, or of a query with an end: LIMIT n',
    ]);
  return at.refuse('E0207', 'rows that do not end can only be ordered by event time', [
    hasEventTime(input.schema)
      ? 'order by the column of the WATERMARK first, ascending; any order holds inside of a window'
      : 'for that the rows need event time: WATERMARK FOR its column in CREATE SOURCE, and ORDER BY that',
    'of ORDER BY .. LIMIT n, the first rows so far: EMIT CHANGES or EMIT EVERY INTERVAL ..',
  ]);
}

function joined(plan: Join, at: Place): never {
  const [left, right] = [bounded(plan.left), bounded(plan.right)];
  if (plan.domain !== undefined)
    return at.refuse('E0208', 'a subquery that is linked to rows that do not end other than by equal columns', [
      'link it by `inner column = outer column` of the same type',
      EMIT,
    ]);
  if (!left && !right)
    return at.refuse('E0208', 'a join of rows that do not end without a bound in time', [
      'bound it: JOIN .. WITHIN INTERVAL .. ON .., or b.ts BETWEEN a.ts AND a.ts + INTERVAL ..',
      ...declareTime(plan),
      'or join windows: both sides from TUMBLE(..), and ON a.window_start = b.window_start',
      "or keep each row for some time only: SET state_ttl = '1 hour'",
      'or let one side end: a table, a file, LIMIT n',
    ]);
  const isSubquery = !right && !isSymmetric(plan) && plan.kind !== 'left' && plan.kind !== 'full';
  return at.refuse('E0208', `${joinName(plan)} that would wait for the end of rows that do not end`, [
    isSubquery
      ? 'let the rows that are looked into end: a table, a file, LIMIT n'
      : 'what has no match is only known at the end: let the side whose rows are all kept be the one that does not end',
    'or bound it in time: JOIN .. WITHIN INTERVAL .. ON ..',
  ]);
}

function nearest(plan: AsofJoin, at: Place): never {
  return at.refuse('E0208', 'an ASOF join of rows that do not end which is not by event time', [
    'compare the event times of both sides: t.ts >= q.ts',
    ...declareTime(plan),
  ]);
}

function joinName({ kind }: Join): string {
  const words = {
    semi: 'EXISTS, IN or a SEMI JOIN',
    anti: 'NOT EXISTS, NOT IN or an ANTI JOIN',
    mark: 'IN (SELECT ..)',
  };
  return kind === 'semi' || kind === 'anti' || kind === 'mark' ? words[kind] : `a ${kind.toUpperCase()} JOIN`;
}
