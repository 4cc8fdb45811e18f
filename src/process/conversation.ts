import { setTimeout as sleep } from 'node:timers/promises';
import { frameAt } from '../data/format/frames.ts';
import type { ShellWays } from '../plan/shell-ways.ts';
import { activityOf } from './activity.ts';
import type { Command } from './command.ts';
import { afterReading, refuseStale, SilenceError } from './daemon.ts';

const NEWLINE = 10;
/** ms without work and without an answer after which a command that has never answered is taken to hold it back. */
const PATIENCE = 5000;
const LOOK = 100;
/** Looks in a row at which it must be seen to wait for more input, until it is certain that it holds its answer back. */
const CERTAIN = 5;

/**
 * A command that is asked again and again, and whose answers are known by their number: as many lines, or frames, come
 * back as rows were sent.
 */
export class Conversation {
  readonly #command: Command;
  readonly #protocol: NonNullable<ShellWays['protocol']>;
  readonly #most: number;
  #rest: Buffer = Buffer.alloc(0);
  #hasAnswered = false;

  /** @param most bytes that an answer to a row may have. */
  constructor(command: Command, protocol: NonNullable<ShellWays['protocol']>, most: number) {
    this.#command = command;
    this.#protocol = protocol;
    this.#most = most;
  }

  /**
   * Sends rows, already in lines or frames.
   *
   * @param ms how long the answer may take; undefined: a minute, but the first time a command that does nothing is not
   *   waited for so long, and one that waits for more input instead of answering hardly at all.
   * @returns an answer for each row: a line without its end, or what is in a frame.
   * @throws SilenceError
   */
  async ask(rows: readonly Uint8Array[], count: number, ms: number | undefined): Promise<readonly Buffer[]> {
    const watch = new AbortController();
    const answer = this.#exchange(rows, count);
    answer.catch(() => undefined);
    const silent = this.#silence(ms, watch.signal);
    const first = await Promise.race([answer, silent]);
    watch.abort();
    if (typeof first === 'number') throw new SilenceError({ kind: 'silent', ms: first, printed: this.#rest });
    this.#hasAnswered = true;
    return first;
  }

  /** @returns ms after which it is too late; never settles once it is not asked any more. */
  async #silence(ms: number | undefined, signal: AbortSignal): Promise<number> {
    const begun = Date.now();
    let ticks = -1;
    let worked = begun;
    let starved = 0;
    for (;;) {
      await sleep(LOOK, undefined, { signal, ref: false }).catch(() => new Promise(() => undefined));
      await afterReading();
      const now = Date.now();
      if (now - begun >= (ms ?? 60_000)) return now - begun;
      if (ms !== undefined || this.#hasAnswered) continue;
      const activity = activityOf(this.#command.group);
      if (activity === undefined || activity.busy || activity.ticks > ticks) worked = now;
      ticks = activity?.ticks ?? ticks;
      starved = activity?.starved === true ? starved + 1 : 0;
      if (now - worked >= PATIENCE || starved === CERTAIN) return now - begun;
    }
  }

  async #exchange(rows: readonly Uint8Array[], count: number): Promise<readonly Buffer[]> {
    await refuseStale(this.#command);
    const head = this.#protocol === 'counted' ? [Buffer.from(`${count}\n`)] : [];
    // It may answer before it has read all: so both go on at once.
    const sending = this.#send([...head, ...rows]);
    const answers = await this.#receive(count);
    await sending;
    return answers;
  }

  async #send(pieces: readonly Uint8Array[]): Promise<void> {
    for (const bytes of pieces) {
      const pending = this.#command.write(bytes);
      if (pending !== undefined) await pending;
    }
  }

  async #receive(count: number): Promise<readonly Buffer[]> {
    const answers: Buffer[] = [];
    while (answers.length < count) {
      const chunks = await this.#command.output.next(0);
      if (chunks === undefined) throw new SilenceError({ kind: 'ended' });
      this.#rest = Buffer.concat([this.#rest, ...chunks]);
      this.#take(answers, count);
    }
    const behind = this.#rest;
    this.#rest = Buffer.alloc(0);
    if (behind.length > 0) throw new SilenceError({ kind: 'babble', printed: behind });
    return answers;
  }

  /** Takes the answers that are whole. */
  #take(answers: Buffer[], count: number): void {
    const bytes = this.#rest;
    let at = 0;
    while (answers.length < count) {
      const found = this.#next(bytes, at);
      if (found === 'broken') throw new SilenceError({ kind: 'babble', printed: bytes.subarray(at) });
      if (found === undefined) break;
      answers.push(bytes.subarray(found.from, found.to));
      at = found.next;
    }
    this.#rest = bytes.subarray(at);
  }

  #next(bytes: Buffer, at: number): ReturnType<typeof frameAt> {
    if (this.#protocol !== 'counted') return frameAt(this.#protocol, bytes, at, this.#most);
    const end = bytes.indexOf(NEWLINE, at);
    return end < 0 ? undefined : { from: at, to: end, next: end + 1 };
  }
}
