import type { Writable } from 'node:stream';

/** Bytes that may wait to be read by the command before the sender is held back. */
const BOUND = 512 * 1024;

/** The bytes for a stream, which may be opened later; the sender is held back when too many wait. */
export class Outbox {
  #stream: Writable | undefined;
  /** What was written before the stream was there. */
  #waiting: Uint8Array[] = [];
  #written = 0;
  #taken = 0;
  #ended = false;
  #isOpen: boolean;
  #left = false;
  #wakeSender: (() => void) | undefined;

  /** @param isOpen false: there will never be a stream. */
  constructor(isOpen: boolean) {
    this.#isOpen = isOpen;
  }

  /** Whether what is written is still taken. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Some of what was written was not read. (Bytes that the kernel still held are not known to be unread.) */
  get left(): boolean {
    return this.#left;
  }

  /** Bytes that were taken. */
  get taken(): number {
    return this.#taken;
  }

  /** The reader has not taken all that is there for it, the end included. */
  get isBehind(): boolean {
    return this.#ended || this.#written > this.#taken;
  }

  /** @returns a promise, when so much waits that the sender should too. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (bytes.length === 0) return undefined;
    if (!this.#isOpen) {
      this.#left = true;
      return undefined;
    }
    this.#written += bytes.length;
    if (this.#stream === undefined) this.#waiting.push(bytes);
    else this.#send(this.#stream, bytes);
    if ((this.#stream?.writableLength ?? this.#written) < BOUND) return undefined;
    return new Promise((resolve) => (this.#wakeSender = resolve));
  }

  /** Nothing more will be written. */
  end(): void {
    this.#ended = true;
    if (this.#isOpen) this.#stream?.end();
  }

  attach(stream: Writable): void {
    if (!this.#isOpen) return void stream.destroy();
    stream.on('error', () => {
      this.#left = true;
      this.close();
    });
    this.#stream = stream;
    for (const bytes of this.#waiting.splice(0)) this.#send(stream, bytes);
    if (this.#ended) stream.end();
  }

  #send(stream: Writable, bytes: Uint8Array): void {
    stream.write(bytes, () => {
      this.#taken += bytes.length;
      if (stream.writableLength < BOUND / 2) this.wake();
    });
  }

  /** Nobody reads any more. */
  close(): void {
    this.#isOpen = false;
    this.wake();
  }

  /** The reader finds the end, and what still waits is not sent. */
  abandon(): void {
    this.#stream?.destroy();
    this.close();
  }

  /** Lets a sender that waits go on. */
  wake(): void {
    this.#wakeSender?.();
    this.#wakeSender = undefined;
  }
}
