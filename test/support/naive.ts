import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareValues } from '../../src/data/compare.ts';
import { NO_MARK } from '../../src/data/event-time.ts';
import { timestampOf, timestampText } from '../../src/data/timestamp.ts';
import type { Value } from '../../src/data/value.ts';
import { truthOf } from '../../src/expr/compare.ts';
import { evaluate, functionOf } from '../../src/expr/evaluate.ts';
import { integer, mapChildren, type Expr } from '../../src/expr/expr.ts';
import { aggregateFunctions } from '../../src/expr/functions/catalog.ts';
import { RowError } from '../../src/expr/functions/function.ts';
import type { Job } from '../../src/plan/job.ts';
import { inputs } from '../../src/plan/ops.ts';
import { match, type Aggregate, type Join, type Plan, type Scan, type Shell } from '../../src/plan/plan.ts';
import { naiveOver } from './naive-over.ts';
import type { AsofJoin } from '../../src/plan/joins.ts';
import type { Window } from '../../src/plan/windows.ts';
import { looked } from './plans.ts';
import { Fault, runShell, type Row } from './naive-shell.ts';

/** All that the world can see of a run: its rows, or that it failed; and the files that commands left behind. */
export interface Observation {
  readonly rows: readonly (readonly Value[])[] | 'fault';
  readonly files: Readonly<Record<string, string>>;
}

/** The obvious executor: all rows of an operator, then all rows of the next, and `sh -c` for each command. */
export function observe(plan: Plan, lines: readonly string[]): Observation {
  const { rows, files } = observeJob({ plans: [plan], shared: {} }, lines);
  return { rows: rows === 'fault' ? rows : rows[0]!, files };
}

type Rows = Exclude<Observation['rows'], 'fault'>;

/** The same of all plans of a job, one after the other; what they share is run once. */
export function observeJob(
  { plans, shared }: Job,
  lines: readonly string[],
): { readonly rows: readonly Rows[] | 'fault'; readonly files: Observation['files'] } {
  const cwd = mkdtempSync(join(tmpdir(), 'ssql-'));
  try {
    const naive = new Naive(lines, cwd, shared);
    const rows = attempt(() =>
      plans.map((plan) => naive.rows(plan).map((row) => plan.schema.map((f) => row.get(f.name)!))),
    );
    const files = readdirSync(cwd).map((name) => [name, readFileSync(join(cwd, name), 'latin1')] as const);
    return { rows, files: Object.fromEntries(files) };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

function attempt<T>(work: () => T): T | 'fault' {
  try {
    return work();
  } catch (error) {
    if (error instanceof Fault || error instanceof RowError) return 'fault';
    throw error;
  }
}

class Naive {
  readonly #lines: readonly string[];
  readonly #cwd: string;
  /** Volatile functions give 0, 1, 2, ..: another value at each call, but the same in each run of a test. */
  #calls = 0;
  /** What dependent joins have given to their right sides, by id. */
  readonly #domains = new Map<number, readonly Row[]>();
  /** Commands that are stopped early (law L3): the only rows that they get to see. */
  readonly #stopped = new Map<Shell, readonly Row[]>();

  readonly #subPlans: Job['shared'];
  readonly #shared = new Map<string, readonly Row[]>();

  constructor(lines: readonly string[], cwd: string, subPlans: Job['shared']) {
    this.#lines = lines;
    this.#cwd = cwd;
    this.#subPlans = subPlans;
  }

  rows(plan: Plan): readonly Row[] {
    return match<readonly Row[]>(plan, {
      values: (p) => p.rows.map((row) => new Map(row.map((e, i) => [p.schema[i]!.name, evaluate(e, () => null)]))),
      scan: (p) => this.#scan(p),
      filter: (p) => this.rows(p.input).filter((row) => this.#holds(p.predicate, row)),
      project: (p) =>
        this.rows(p.input).map((row) => new Map(p.exprs.map((e, i) => [p.schema[i]!.name, this.#value(e, row)]))),
      shell: (p) => this.#shell(p),
      aggregate: (p) => this.#aggregate(p),
      sort: (p) => {
        const sorted = this.rows(p.input).toSorted((a, b) => {
          for (const { expr, descending, nullsFirst, collation } of p.keys) {
            const [x, y] = [this.#value(expr, a), this.#value(expr, b)];
            if ((x === null) !== (y === null)) return (x === null) === nullsFirst ? -1 : 1;
            const order = compareValues(x, y, collation);
            if (order !== 0) return descending ? -order : order;
          }
          return 0;
        });
        return sorted.slice(0, p.limit);
      },
      limit: (p) => {
        const end = p.count === undefined ? undefined : p.offset + p.count;
        return (end === undefined ? this.rows(p.input) : this.#first(end, p.input)).slice(p.offset, end);
      },
      distinct: (p) => {
        const seen = new Set<string>();
        const names = p.on ?? p.schema.map((f) => f.name);
        return this.rows(p.input).filter((row) => isNew(seen, key(names.map((name) => row.get(name)!))));
      },
      union: (p) =>
        p.inputs.flatMap((input) =>
          this.rows(input).map((row) => new Map(p.schema.map((f, i) => [f.name, row.get(input.schema[i]!.name)!]))),
        ),
      setop: (p) => {
        const cells = (side: Plan) => this.rows(side).map((row) => side.schema.map((f) => row.get(f.name)!));
        const right = new Set(cells(p.right).map(key));
        const seen = new Set<string>();
        return cells(p.left)
          .filter((row) => right.has(key(row)) === (p.kind === 'intersect') && isNew(seen, key(row)))
          .map((row) => new Map(p.schema.map((f, i) => [f.name, row[i]!])));
      },
      join: (p) => this.#join(p),
      over: (p) => naiveOver(p, this.rows(p.input), (e, row) => this.#value(e, row)),
      limitby: (p) => {
        const seen = new Map<string, number>();
        return this.rows(p.input).filter((row) => {
          const group = key(p.by.map((name) => row.get(name)!));
          const at = seen.get(group) ?? 0;
          seen.set(group, at + 1);
          return at >= p.offset && at < p.offset + (p.count ?? Infinity);
        });
      },
      domain: (p) => {
        const seen = new Set<string>();
        const values = this.#domains.get(p.id)!.map((row) => new Map(p.schema.map((f) => [f.name, row.get(f.name)!])));
        return values.filter((row) => isNew(seen, key([...row.values()])));
      },
      watermark: (p) => {
        let mark: Value = timestampText(NO_MARK);
        return this.rows(p.input).map((row) => {
          const timed = new Map([...row, ['$time', this.#value(p.time, row)], ['$mark', mark]]);
          const bound = this.#value(p.bound, row);
          if (bound !== null && bound > mark!) mark = bound;
          return timed;
        });
      },
      timesort: (p) => this.rows({ ...p, op: 'sort' }).filter((row) => row.get('$time')! >= row.get('$mark')!),
      shared: ({ id, schema }) => {
        const rows = this.#shared.get(id) ?? this.rows(this.#subPlans[id]!);
        this.#shared.set(id, rows);
        return rows.map((row) => new Map(schema.map((f) => [f.name, row.get(f.name)!])));
      },
      asof: (p) => this.#asof(p),
      lookup: (p) => {
        const rows = looked.map(([k, v]) => new Map(p.columns.map((c) => [c.field.name, c.column === 'k' ? k : v])));
        const right: Plan = { op: 'values', schema: p.columns.map((c) => c.field), rows: [] };
        return this.#joined({ ...p, op: 'join', left: p.input, right }, this.rows(p.input), rows);
      },
      expand: () => {
        throw new Error('compared with SQLite in test/expand.test.ts');
      },
      window: (p) => this.rows(p.input).flatMap((row) => this.#windowsOf(p, row)),
      refresh: () => {
        throw new Error('compared with SQLite in test/emit.test.ts');
      },
      current: () => {
        throw new Error('compared with SQLite in test/emit.test.ts');
      },
      changes: () => {
        throw new Error('compared with SQLite in test/emit.test.ts');
      },
      delay: () => {
        throw new Error('seen in test/event-time.test.ts');
      },
      tap: (p) => this.rows(p.input).map((row, i) => new Map([...row, ['$row', BigInt(i + 1)]])),
      canary: (p) => this.rows(p.input),
      numbered: () => {
        throw new Error('seen in test/lineage.test.ts');
      },
      sink: (p) => this.rows(p.input),
      output: (p) => this.rows(p.input),
    });
  }

  #value(e: Expr, row: Row): Value {
    const settle = (part: Expr): Expr =>
      part.kind === 'call' && functionOf(part).volatile === true ? integer(this.#calls++) : mapChildren(part, settle);
    return evaluate(settle(e), (name) => {
      const value = row.get(name);
      if (value === undefined) throw new Error(`there is no column ${name}`);
      return value;
    });
  }

  /** A row once for each window of time that it is in, the first window first. */
  #windowsOf({ frame, time, start, end }: Window, row: Row): readonly Row[] {
    if (frame.kind !== 'hop') throw new Error('compared with SQLite in test/windows.test.ts');
    const value = this.#value(time!, row);
    const at = typeof value === 'string' ? timestampOf(value) : undefined;
    if (at === undefined) throw new RowError('no time');
    const { size, slide, offset } = frame;
    const last = Math.floor((at - offset) / slide) * slide + offset;
    const starts = Array.from({ length: Math.ceil(size / slide) }, (_, i) => last - i * slide);
    return starts
      .filter((s) => s + size > at)
      .toReversed()
      .map((s) => new Map([...row, [start, timestampText(s)], [end, timestampText(s + size)]]));
  }

  #holds(predicate: Expr, row: Row): boolean {
    return truthOf(this.#value(predicate, row)) === true;
  }

  /** Lines of the test, cut at tabs into the columns that the options name. */
  #scan(p: Scan): readonly Row[] {
    const columns = (p.options['columns'] as readonly string[] | undefined) ?? ['x'];
    return this.#lines
      .map((line): Row => {
        const cells = line.split('\t');
        return new Map(columns.map((name, i) => [name, typed(cells[i]!, name)]));
      })
      .filter((row) => (p.pushed ?? []).every((predicate) => this.#holds(predicate, row)))
      .filter(this.#chosen(p));
  }

  /** Law K2: whether a command keeps the value of a row, where it is shown each value once. */
  #chosen({ chosen, schema }: Scan): (row: Row, at: number, all: readonly Row[]) => boolean {
    if (chosen === undefined) return () => true;
    const { column, by } = chosen;
    const { collation } = schema.find((f) => f.name === column)!;
    const [, number] = by.schema;
    const isSame = (a: Value, b: Value) =>
      a === b || (a !== null && b !== null && compareValues(a, b, collation) === 0);
    let kept: readonly Value[] | undefined;
    return (row, _, all) => {
      if (kept === undefined) {
        const values = all.map((r) => r.get(column)!);
        const distinct = values.filter((v, i) => values.findIndex((w) => isSame(v, w)) === i);
        const rows = distinct.map((v, i): Row => new Map([[column, v], [number!.name, BigInt(i)]])); // prettier-ignore
        kept = runShell(by, rows, this.#cwd, false).map((r) => r.get(column)!);
      }
      return kept.some((v) => isSame(v, row.get(column)!));
    };
  }

  #shell(p: Shell): readonly Row[] {
    const stopped = this.#stopped.get(p);
    const input = stopped ?? (p.input === undefined ? [] : this.rows(p.input));
    return runShell(p, input, this.#cwd, stopped !== undefined);
  }

  /** The first rows of a plan. A command that may be stopped early gets as few rows as give so many. */
  #first(count: number, plan: Plan): readonly Row[] {
    const shell = stoppable(plan);
    if (shell === undefined || this.#stopped.has(shell)) return this.rows(plan);
    const all = shell.input === undefined ? [] : this.rows(shell.input);
    for (let n = 0; ; n++) {
      this.#stopped.set(shell, all.slice(0, n));
      const rows = this.rows(plan);
      if (rows.length >= count || n >= all.length) return rows;
    }
  }

  #aggregate(p: Aggregate): readonly Row[] {
    const groups = new Map<string, Row[]>();
    if (p.keys.length === 0) groups.set('', []);
    for (const row of this.rows(p.input)) {
      const at = p.keys.length === 0 ? '' : key(p.keys.map((k) => this.#value(k.expr, row)));
      groups.set(at, [...(groups.get(at) ?? []), row]);
    }
    return [...groups.values()].map((rows) => {
      const cells = new Map<string, Value>();
      for (const k of p.keys) cells.set(k.name, this.#value(k.expr, rows[0]!));
      for (const a of p.aggregates) {
        const state = aggregateFunctions.get(a.fn)!.create('BINARY');
        for (const row of rows)
          if (a.filter === undefined || this.#holds(a.filter, row)) state.add(a.args.map((e) => this.#value(e, row)));
        cells.set(a.name, state.result());
      }
      return new Map(p.schema.map((f) => [f.name, cells.get(f.name)!]));
    });
  }

  #join(p: Join): readonly Row[] {
    const left = this.rows(p.left);
    if (p.domain !== undefined) {
      const { id, params } = p.domain;
      this.#domains.set(id, left.map((row) => new Map(params.map((d) => [d.name, this.#value(d.expr, row)])))); // prettier-ignore
    }
    return this.#joined(p, left, this.rows(p.right));
  }

  /** For each left row the last of the nearest right rows among those with equal keys. */
  #asof(p: AsofJoin): readonly Row[] {
    const { left: near, right: value, compare, collation } = p.nearest;
    const right = this.rows(p.right);
    const none: Row = new Map(p.right.schema.map((f) => [f.name, null]));
    return this.rows(p.left).flatMap((a): readonly Row[] => {
      const x = this.#value(near, a);
      const found = right.filter((b) => {
        const y = this.#value(value, b);
        if (x === null || y === null || !this.#agree(p.equal, a, b)) return false;
        const order = compareValues(x, y, collation);
        return order === 0 ? compare.length === 2 : order < 0 === compare.startsWith('<');
      });
      const best = found.reduce<Row | undefined>((so, b) => {
        if (so === undefined) return b;
        const order = compareValues(this.#value(value, b), this.#value(value, so), collation);
        return order === 0 || order < 0 === compare.startsWith('<') ? b : so;
      }, undefined);
      if (best === undefined) return p.kind === 'left' ? [new Map([...a, ...none])] : [];
      return [new Map([...a, ...best])];
    });
  }

  #agree(equal: Join['equal'], a: Row, b: Row): boolean {
    return equal.every((e) => {
      const [x, y] = [this.#value(e.left, a), this.#value(e.right, b)];
      if (x === null || y === null) return e.nulls === 'equal' && x === y;
      return compareValues(x, y, e.collation) === 0;
    });
  }

  #joined(p: Join, left: readonly Row[], right: readonly Row[]): readonly Row[] {
    const matches = (a: Row, b: Row): boolean =>
      this.#agree(p.equal, a, b) && (p.on === undefined || this.#holds(p.on, new Map([...a, ...b])));
    switch (p.kind) {
      case 'inner':
        return left.flatMap((a) => right.filter((b) => matches(a, b)).map((b) => new Map([...a, ...b])));
      case 'left':
        return left.flatMap((a): readonly Row[] => {
          const found = right.filter((b) => matches(a, b));
          const none: Row = new Map(p.right.schema.map((f) => [f.name, null]));
          return (found.length > 0 ? found : [none]).map((b) => new Map([...a, ...b]));
        });
      case 'right': {
        const none: Row = new Map(p.left.schema.map((f) => [f.name, null]));
        const matched = left.flatMap((a) => right.filter((b) => matches(a, b)).map((b) => new Map([...a, ...b])));
        const rest = right.filter((b) => !left.some((a) => matches(a, b)));
        return [...matched, ...rest.map((b) => new Map([...none, ...b]))];
      }
      case 'semi':
      case 'anti':
        return left.filter((a) => right.some((b) => matches(a, b)) === (p.kind === 'semi'));
      case 'mark': {
        // TRUE beats NULL beats FALSE, over all rows that meet the other conditions.
        const equal = (a: Row, b: Row): Value =>
          (p.member ?? []).reduce<Value>((all, e) => {
            const [x, y] = [this.#value(e.left, a), this.#value(e.right, b)];
            const one = x === null || y === null ? null : compareValues(x, y, e.collation) === 0 ? 1n : 0n;
            return all === 0n || one === 0n ? 0n : (all ?? one) === null || one === null ? null : 1n;
          }, 1n);
        const name = p.schema.at(-1)!.name;
        return left.map((a) => {
          const found = right.filter((b) => matches(a, b)).map((b) => equal(a, b));
          return new Map([...a, [name, found.includes(1n) ? 1n : found.includes(null) ? null : 0n]]);
        });
      }
      default:
        throw new Error(`the obvious executor knows no ${p.kind} join`);
    }
  }
}

/** Columns whose name starts with n are INTEGER, `\N` is NULL. */
const typed = (text: string, name: string): Value =>
  text === '\\N' ? null : name.startsWith('n') ? BigInt(text) : text;

/** Equal for cells that are one group. */
const key = (cells: readonly Value[]): string =>
  cells.map((v) => (typeof v === 'string' ? `'${v}` : String(v))).join('\0');

function isNew(seen: Set<string>, at: string): boolean {
  if (seen.has(at)) return false;
  seen.add(at);
  return true;
}

/** The command that a LIMIT above these operators may stop. */
function stoppable(plan: Plan): Shell | undefined {
  if (plan.op === 'shell' && plan.stopsEarly) return plan;
  if (plan.op !== 'filter' && plan.op !== 'project') return undefined;
  return inputs(plan)
    .map(stoppable)
    .find((found) => found !== undefined);
}
