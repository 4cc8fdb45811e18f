import type { RecordBatch } from './data/batch.ts';
import { QueryError, RunError, type Diagnostic } from './base/errors.ts';
import type { Params } from './bind/bind.ts';
import { Engine, type EngineOptions, type RunOptions } from './engine.ts';
import { explainSteps } from './explain.ts';
import type { PlanFile } from './plan/step.ts';
import type { Findings, Probe } from './probe/findings.ts';
import { probe, type ProbeOptions } from './probe/probe.ts';
import { ResultBatch } from './result.ts';
import { verifyScript, type Verification, type VerifyOptions } from './verify.ts';

export { probe, QueryError, RunError, ResultBatch };
export type { Diagnostic, EngineOptions, Findings, Params, PlanFile, Probe, ProbeOptions };
export type { Verification, VerifyOptions };

/** One row, by column name. INTEGER is a number, or a bigint beyond 2^53; BLOB a Uint8Array; NULL null. */
export type RowObject = Record<string, unknown>;

/** What `explain` gives: the plan as it would run, as JSON and as text, and what the rewriter did and refused. */
export interface Explanation {
  readonly plan: PlanFile;
  readonly text: string;
  readonly trace: readonly {
    readonly rule: string;
    readonly at: string;
    readonly refused?: string;
    readonly word?: string;
  }[];
}

/**
 * Opens a session: a catalogue with its attached databases and settings.
 *
 * @example
 * const s = await connect({ attach: { shop: 'shop.db' } });
 * const rows = await s.all('SELECT name FROM shop.products WHERE price > :p', { p: 10 });
 */
export async function connect(options: EngineOptions = {}): Promise<Session> {
  return new Session(new Engine(options));
}

/** Calls on one session run one after the other, in the order they were made. */
export class Session {
  readonly #engine: Engine;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;
  readonly #running = new Set<AbortController>();
  readonly #open = new Set<Promise<void>>();

  /** Use `connect`. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The rows of the last query of `sql`, as objects. */
  async all(sql: string, params?: Params): Promise<RowObject[]> {
    const { columns, rows } = await this.rows(sql, params);
    return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
  }

  /** The rows of the last query of `sql`, as arrays; column names may repeat. */
  async rows(sql: string, params?: Params): Promise<{ columns: string[]; rows: unknown[][] }> {
    let columns: string[] = [];
    let rows: unknown[][] = [];
    await this.#run(sql, params, {
      start: (labels) => {
        columns = [...labels];
        rows = [];
      },
      batch: (batch) => {
        for (const row of new ResultBatch(columns, batch).rows()) rows.push(row);
      },
    });
    return { columns, rows };
  }

  /** Batches of the rows of `sql` as they come. Leaving the loop early stops the query. */
  async *stream(sql: string, params?: Params): AsyncGenerator<ResultBatch> {
    const stop = new AbortController();
    const queue: ResultBatch[] = [];
    let columns: readonly string[] = [];
    let wake: () => void = () => undefined;
    let room: () => void = () => undefined;
    let over = false;
    stop.signal.addEventListener('abort', () => room());
    // From its first rows on a stream lets other calls pass: one inside its loop would else wait for the loop, for ever.
    let free: () => void = () => undefined;
    const flowing = new Promise<void>((resolve) => (free = resolve));
    const run = this.#run(
      sql,
      params,
      {
        start: (labels) => void (columns = labels),
        batch: (batch) => {
          queue.push(new ResultBatch(columns, batch));
          wake();
          free();
          return new Promise<void>((resolve) => (room = resolve));
        },
      },
      stop,
      flowing,
    ).finally(() => {
      over = true;
      wake();
    });
    // The fault of a run that nobody waits for any more is not lost: the generator awaits `run` at its end.
    run.catch(() => undefined);
    try {
      for (;;) {
        const next = queue.shift();
        if (next !== undefined) {
          yield next;
          room();
        } else if (over) break;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      await run;
    } finally {
      stop.abort(new Stopped());
      room();
      await run.catch(() => undefined);
    }
  }

  /** Runs a script for what it does; rows are not kept. */
  async execute(script: string, params?: Params): Promise<void> {
    await this.#run(script, params, { start: () => undefined, batch: () => undefined });
  }

  /** The plan of a script, and what the rewriter did. Nothing is run. */
  async explain(sql: string, params?: Params): Promise<Explanation> {
    return this.#inTurn(() => explainSteps(this.#engine, { name: 'sql', text: sql }, params));
  }

  /**
   * Tries to falsify what is declared, and known, of each command of a script. Of the script itself nothing is run (but the
   * input of a command with `sample: 'source'`). Certificates are written where `lock` says, else not.
   */
  async verify(sql: string, options?: VerifyOptions): Promise<readonly Verification[]> {
    return this.#inTurn(() => verifyScript(this.#engine, { name: 'sql', text: sql }, options));
  }

  /** Stops what is running and waits until it is over. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const controller of this.#running) controller.abort(new Stopped());
    await Promise.all(this.#open);
    this.#engine.close();
  }

  #run(
    sql: string,
    params: Params | undefined,
    take: { start(labels: readonly string[]): void; batch(batch: RecordBatch): void | Promise<void> },
    stop = new AbortController(),
    flowing?: Promise<void>,
  ): Promise<void> {
    if (typeof sql !== 'string') return Promise.reject(new TypeError('a query is given as a string'));
    const options: RunOptions = {
      taker: { start: (labels) => take.start(labels), batch: (batch) => take.batch(batch), end: () => undefined },
      text: (title, lines) => {
        take.start([title]);
        return take.batch({
          schema: [{ name: title, type: 'ANY' }],
          length: lines.length,
          columns: [{ kind: 'any', values: lines }],
        });
      },
      signal: stop.signal,
    };
    return this.#inTurn(async () => {
      this.#running.add(stop);
      try {
        await this.#engine.run({ name: 'sql', text: sql }, options, params);
      } finally {
        this.#running.delete(stop);
      }
    }, flowing);
  }

  /** Waits for the calls before this one, whatever became of them; later ones wait for its end, or until it `flows`. */
  #inTurn<T>(work: () => Promise<T>, flows?: Promise<void>): Promise<T> {
    if (this.#closed) return Promise.reject(new Stopped());
    const turn = this.#last.then(work);
    const over = turn.then(noop, noop).finally(() => this.#open.delete(over));
    this.#open.add(over);
    // The fault of a call is for its caller only: here nobody would take it, and Node ends a program for that.
    this.#last = flows === undefined ? over : Promise.race([over, flows]);
    return turn;
  }
}

const noop = (): void => undefined;

/** The session was closed, or a stream was left, while the query ran. */
class Stopped extends Error {
  constructor() {
    super('the query was stopped');
    this.name = 'Stopped';
  }
}
