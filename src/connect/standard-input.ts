import { fstatSync, read, readSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import type { Readable } from 'node:stream';
import { RunError } from '../base/errors.ts';

const READ = 1 << 18;
const readFd = promisify(read);

/** A device such as /dev/null, which is also what a closed standard input becomes, is no socket: it has no `ref`. */
type Input = Readable & { readonly ref?: () => void; readonly unref?: () => void };

/**
 * The standard input of this process. There is only one, and bytes come out of it once: so what `describe` looks at is
 * kept for the run.
 */
class StandardInput {
  /** Bytes that were looked at. */
  #kept: Buffer[] = [];
  #stream: Input | undefined;
  #ended = false;
  #failure: Error | undefined;
  #isTaken = false;
  #hasAsked = false;

  /** For the one source that reads it. @throws RunError E0701 on the second call. */
  take(): void {
    if (this.#isTaken) {
      throw new RunError({
        code: 'E0701',
        message: 'standard input can be read only once',
        help: ['CREATE STREAM lets several readers share it'],
      });
    }
    this.#isTaken = true;
  }

  /** The next bytes; undefined at the end, or when the signal aborts. */
  async next(signal?: AbortSignal): Promise<Buffer | undefined> {
    const kept = this.#kept.shift();
    if (kept !== undefined) return kept;
    if (this.#ended || signal?.aborted === true) return undefined;
    this.#askOnce();
    // A file cannot make a read wait, and large reads are what makes it fast.
    return kindOf()?.isFile() === true ? this.#fromFile() : this.#fromStream(signal);
  }

  /** Looks at the bytes to come until there are enough of them; they will come again. */
  async peek<T>(enough: (head: Buffer, whole: boolean) => T | undefined): Promise<T | undefined> {
    let head: Buffer = Buffer.concat(this.#kept.splice(0));
    let patience = 0;
    try {
      for (;;) {
        // Looked at again only when it has grown by half, so that a long record costs no more than its length.
        const found = head.length >= patience || this.#ended ? enough(head, this.#ended) : undefined;
        if (found !== undefined || this.#ended) return found;
        if (head.length > READ) patience = head.length * 1.5;
        const more = await this.next();
        if (more === undefined) this.#ended = true;
        else head = Buffer.concat([head, more]);
      }
    } finally {
      if (head.length > 0) this.#kept.unshift(head);
      // What is not read on must not keep the process alive.
      this.#stream?.unref?.();
    }
  }

  /** Nobody wants more: lets go of it, so that whoever writes is told. */
  stop(): void {
    this.#ended = true;
    this.#kept = [];
    this.#stream?.destroy();
  }

  /** Everything, as text. */
  all(): string {
    this.#isTaken = true;
    this.#ended = true;
    const chunks: Buffer[] = [];
    for (;;) {
      const chunk = Buffer.allocUnsafe(READ);
      const n = readWaiting(chunk);
      if (n === 0)
        return Buffer.concat(chunks)
          .toString('utf8')
          .replace(/^\uFEFF/, '');
      chunks.push(chunk.subarray(0, n));
    }
  }

  async #fromFile(): Promise<Buffer | undefined> {
    const { bytesRead, buffer } = await readFd(0, Buffer.allocUnsafe(READ), 0, READ, null);
    if (bytesRead === 0) this.#ended = true;
    return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
  }

  async #fromStream(signal: AbortSignal | undefined): Promise<Buffer | undefined> {
    const stream = (this.#stream ??= this.#open());
    stream.ref?.();
    for (;;) {
      const chunk = stream.read() as Buffer | null;
      if (chunk !== null) return chunk;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended || signal?.aborted === true) return undefined;
      await changeOf(stream, signal);
    }
  }

  #open(): Input {
    // Node takes a directory for an input that is empty.
    if (kindOf()?.isDirectory() === true)
      throw new RunError({ code: 'E0701', message: 'cannot read standard input: it is a directory' });
    const stream = process.stdin as Input;
    const end = (): void => void (this.#ended = true);
    stream.on('end', end).on('close', end);
    stream.on('error', (error) => {
      this.#failure = new RunError(
        { code: 'E0701', message: `cannot read standard input: ${error.message}` },
        { cause: error },
      );
    });
    return stream;
  }

  #askOnce(): void {
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    if (process.stdin.isTTY) process.stderr.write('reading from terminal; Ctrl-D ends\n');
  }
}

export const standardInput = new StandardInput();

let kind: Stats | undefined;

/** Undefined where there is no standard input. */
function kindOf(): Stats | undefined {
  try {
    return (kind ??= fstatSync(0));
  } catch {
    return undefined;
  }
}

/** Settles when there is something to read, when there will be no more, or when the signal aborts. */
function changeOf(stream: Input, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const events = ['readable', 'end', 'close', 'error'];
    const done = (): void => {
      for (const event of events) stream.off(event, done);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
    signal?.addEventListener('abort', done);
  });
}

/** ms between two looks at an input that has nothing yet. */
const WAIT = 10;

/** 0 at the end. A terminal or pipe that another process made non-blocking is asked again until it has something. */
function readWaiting(chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(0, chunk, 0, chunk.length, null);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN')
        throw new RunError({ code: 'E0701', message: `cannot read standard input: ${message}` }, { cause: error });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT);
    }
  }
}
