import { setTimeout as sleep } from 'node:timers/promises';
import { activityOf } from './activity.ts';
import type { Command } from './command.ts';

const NEWLINE = 10;

/** ms from the start within which an idle command has to answer its first marker; one that works gets more. */
const PROBE = 3000;
/** Looks in a row at which it must be seen to wait for more input, until it is certain that it will not answer. */
const CERTAIN = 5;
/** ms that a command which works may take to start, unless it says how long that takes. */
const START = 10_000;
/** Bytes that are copied to be written at once. */
const TOGETHER = 64 * 1024;
/** ms between two looks at what it is doing. */
const LOOK = 50;

/** Why there is no answer. */
export type Silence =
  /** It waits for input, and has not printed the reply to a marker. */
  | { readonly kind: 'silent'; readonly ms: number; readonly printed: Buffer }
  /** It has ended, or closed its output. */
  | { readonly kind: 'ended' }
  /** It printed something where nothing can belong to a row: before its first row, or behind a reply. */
  | { readonly kind: 'babble'; readonly printed: Buffer };

export class SilenceError extends Error {
  readonly silence: Silence;
  constructor(silence: Silence) {
    super(silence.kind);
    this.silence = silence;
  }
}

/**
 * A command that is asked again and again: what is sent ends with a marker line, and what comes back ends with the line
 * that it prints for it. Anything else would have to guess where an answer ends: a command that holds its output back
 * (most do, unless they write to a terminal) would be waited for without end.
 */
export class Daemon {
  readonly #command: Command;
  readonly #marker: Buffer;
  readonly #isReply: (line: string) => boolean;
  /** The reply with its newline, where it is just a text. */
  readonly #reply: Buffer | undefined;
  #rest: Buffer = Buffer.alloc(0);

  /** @param reply the line, or, from `^` to `$`, a pattern for it. */
  constructor(command: Command, marker: { readonly send: string; readonly reply: string }) {
    this.#command = command;
    this.#marker = Buffer.from(`${marker.send}\n`);
    const text = plainText(marker.reply);
    const pattern = text === undefined ? new RegExp(marker.reply) : undefined;
    this.#reply = text === undefined ? undefined : Buffer.from(`${text}\n`);
    this.#isReply = (line) => pattern!.test(line);
  }

  /** The marker as a line: rows must not look like it. */
  get marker(): Buffer {
    return this.#marker;
  }

  /**
   * Sends the marker alone, to see that it is answered: at once, or, where the command is seen to work, as soon as it has
   * started.
   *
   * @param startup ms that it is known to need.
   * @throws SilenceError
   */
  async probe(startup: number): Promise<void> {
    const begun = Date.now();
    let ticks = -1;
    let worked = begun;
    let starved = 0;
    const watch = new AbortController();
    const silent = (async (): Promise<boolean> => {
      for (;;) {
        await sleep(LOOK, undefined, { signal: watch.signal });
        await afterReading();
        const now = Date.now();
        const activity = activityOf(this.#command.group);
        if (activity !== undefined && (activity.busy || activity.ticks > ticks)) worked = now;
        ticks = activity?.ticks ?? ticks;
        starved = activity?.starved === true ? starved + 1 : 0;
        if (starved === CERTAIN) return true;
        const isIdle = now - worked >= PROBE / 2;
        if (now - begun >= startup + (isIdle ? PROBE : START)) return true;
      }
    })().catch(() => false);
    const answer = this.#exchange(Buffer.alloc(0));
    answer.catch(() => undefined);
    const first = await Promise.race([answer, silent]);
    watch.abort();
    if (first === true) throw new SilenceError({ kind: 'silent', ms: Date.now() - begun, printed: this.#rest });
    const printed = first === false ? await answer : first;
    if (printed.length > 0) throw new SilenceError({ kind: 'babble', printed });
  }

  /**
   * Sends rows and the marker. What is asked before it was answered must not be changed.
   *
   * @param ms how long it may take.
   * @returns what it printed before its reply.
   * @throws SilenceError
   */
  async ask(rows: readonly Uint8Array[], ms: number): Promise<Buffer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<true>((resolve) => (timer = setTimeout(resolve, ms, true)));
    const answer = this.#exchange(...rows);
    answer.catch(() => undefined);
    try {
      const first = await Promise.race([answer, late]);
      if (first !== true) return first;
      throw new SilenceError({ kind: 'silent', ms, printed: this.#rest });
    } finally {
      clearTimeout(timer);
    }
  }

  async #exchange(...rows: readonly Uint8Array[]): Promise<Buffer> {
    await refuseStale(this.#command);
    // It may print before it has read all: so both go on at once.
    const sending = this.#send(rows);
    const answer = await this.#receive();
    await sending;
    return answer;
  }

  async #send(rows: readonly Uint8Array[]): Promise<void> {
    const size = rows.reduce((sum, bytes) => sum + bytes.length, 0);
    // Few rows go out at once with the marker, so that the command wakes once.
    const pieces = size < TOGETHER ? [Buffer.concat([...rows, this.#marker])] : [...rows, this.#marker];
    for (const bytes of pieces) {
      const pending = this.#command.write(bytes);
      if (pending !== undefined) await pending;
    }
  }

  async #receive(): Promise<Buffer> {
    let from = 0;
    for (;;) {
      const chunks = await this.#command.output.next(0);
      if (chunks === undefined) throw new SilenceError({ kind: 'ended' });
      this.#rest = this.#rest.length === 0 && chunks.length === 1 ? chunks[0]! : Buffer.concat([this.#rest, ...chunks]);
      const found = this.#find(from);
      if (found !== undefined) {
        const answer = this.#rest.subarray(0, found.at);
        const behind = this.#rest.subarray(found.end);
        this.#rest = Buffer.alloc(0);
        if (behind.length > 0) throw new SilenceError({ kind: 'babble', printed: behind });
        return answer;
      }
      from = this.#rest.lastIndexOf(NEWLINE) + 1;
    }
  }

  /** The reply, among the lines that begin at `from` or later. */
  #find(from: number): { readonly at: number; readonly end: number } | undefined {
    const rest = this.#rest;
    if (this.#reply !== undefined) {
      for (let at = rest.indexOf(this.#reply, from); at >= 0; at = rest.indexOf(this.#reply, at + 1))
        if (at === 0 || rest[at - 1] === NEWLINE) return { at, end: at + this.#reply.length };
      return undefined;
    }
    for (let at = from, end = rest.indexOf(NEWLINE, at); end >= 0; at = end + 1, end = rest.indexOf(NEWLINE, at))
      if (this.#isReply(rest.toString('utf8', at, end))) return { at, end: end + 1 };
    return undefined;
  }
}

/**
 * Makes sure that nothing has come since the last answer: it would be taken for a part of the next one, and every row
 * after it would get the answer of another.
 *
 * @throws SilenceError
 */
export async function refuseStale({ output }: Command): Promise<void> {
  if (output.waiting === 0) return;
  throw new SilenceError({ kind: 'babble', printed: Buffer.concat((await output.next(0)) ?? []) });
}

/**
 * Settles when what had come is read. Timers alone do not tell: where much is to be done they follow one another without
 * a look at what has come, and silence is our own.
 */
export const afterReading = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The text that a reply is; undefined for a pattern that is more than a text. */
function plainText(reply: string): string | undefined {
  if (!reply.startsWith('^') || !reply.endsWith('$')) return reply;
  const inner = reply.slice(1, -1);
  return /[\\^$.*+?()[\]{}|]/.test(inner) ? undefined : inner;
}
