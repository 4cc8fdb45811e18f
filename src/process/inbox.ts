import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes that may wait to be taken before reading stops. */
const BOUND = 1024 * 1024;
/** Bytes worth taking at once, and ms to wait for so many: sed, for one, writes blocks of 4 KiB. */
const ENOUGH = 256 * 1024;
const LINGER = 2;

/** The bytes of a stream, collected into lumps, read ahead of whoever takes them up to a bound. */
export class Inbox {
  #stream: Readable | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #received = 0;
  #over = false;
  /** Wakes the taker once so many bytes are there, or no more will come. */
  #wanted = Infinity;
  #wake: (() => void) | undefined;
  #settle!: (over: true) => void;
  readonly #closed = new Promise<true>((resolve) => (this.#settle = resolve));

  /** Begins to read. @param stream which may be over by now; none: there is nothing to read. */
  attach(stream: Readable | null | undefined): void {
    if (this.#over || !stream || stream.readableEnded || stream.destroyed) {
      stream?.destroy();
      return this.#end();
    }
    this.#stream = stream;
    const over = (): void => this.#end();
    stream
      .on('data', (chunk: Buffer) => this.#put(chunk))
      .on('end', over)
      .on('close', over)
      .on('error', over);
  }

  #end(): void {
    this.#over = true;
    this.#wake?.();
    this.#settle(true);
  }

  #put(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#received += chunk.length;
    if (this.#size >= BOUND) this.#stream!.pause();
    if (this.#size >= this.#wanted) this.#wake?.();
  }

  /**
   * All that has come since the last call, at least one byte; undefined at the end. Not to be called twice at once.
   *
   * @param linger ms to wait for more; 0 where somebody waits for each answer.
   */
  async next(linger = LINGER): Promise<readonly Buffer[] | undefined> {
    if (this.#size === 0 && !this.#over) await this.#until(1);
    if (linger > 0 && this.#size < ENOUGH && !this.#over) await this.#until(ENOUGH, linger);
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#size = 0;
    if (this.#stream?.isPaused()) this.#stream.resume();
    return chunks.length === 0 ? undefined : chunks;
  }

  async #until(bytes: number, most?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wanted = bytes;
      this.#wake = resolve;
      if (most !== undefined) timer = setTimeout(resolve, most);
    });
    clearTimeout(timer);
    this.#wanted = Infinity;
    this.#wake = undefined;
  }

  /** Bytes that have come. */
  get received(): number {
    return this.#received;
  }

  /** Bytes that have come and were not taken. */
  get waiting(): number {
    return this.#size;
  }

  /** So much waits to be taken that reading has stopped. */
  get isFull(): boolean {
    return this.#size >= BOUND;
  }

  /** Nobody wants the rest. The writer will find the stream closed. */
  abandon(): void {
    this.#chunks = [];
    this.#size = 0;
    this.#stream?.destroy();
    this.#end();
  }

  /**
   * To be called when the writer has exited: waits for the end of the stream.
   *
   * @param grace ms of silence after which some other process is taken to hold the stream; it is closed then.
   * @returns whether that was so.
   */
  async closedAfterExit(grace: number): Promise<boolean> {
    for (;;) {
      const before = this.#received;
      if (await Promise.race([this.#closed, sleep(grace, false, { ref: false })])) return false;
      if (this.#stream!.isPaused() || this.#received !== before) continue;
      this.abandon();
      return true;
    }
  }
}
