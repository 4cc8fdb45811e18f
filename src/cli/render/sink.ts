import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { roomIn } from '../../connect/room.ts';
import { ClosedOutput } from '../../connect/stdio.ts';
import { RunError } from '../../base/errors.ts';

/** Where rendered rows go: standard output, or the file of `-o`. */
export interface TextSink {
  /** Settles once there is room for more. */
  write(text: string | Uint8Array): void | Promise<void>;
  close(): Promise<void>;
  readonly isTerminal: boolean;
  /** Columns of the terminal; undefined elsewhere. */
  readonly width: number | undefined;
}

/** @throws ClosedOutput from `write` once the reader has gone away (`| head`). */
export function standardOutput(): TextSink {
  let gone: Error | undefined;
  const check = () => {
    if (gone !== undefined) throw gone;
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    gone = error.code === 'EPIPE' ? new ClosedOutput() : unwritable('standard output', error);
  });
  return {
    isTerminal: process.stdout.isTTY,
    width: process.stdout.isTTY ? process.stdout.columns : undefined,
    async write(text) {
      check();
      if (process.stdout.write(text)) return;
      await roomIn(process.stdout);
      check();
    },
    async close() {
      // An EPIPE of the last write shows only after the event loop has turned.
      await new Promise((resolve) => setImmediate(resolve));
      check();
    },
  };
}

/** @throws RunError E0701 where the file cannot be made or filled. */
export async function fileOutput(path: string): Promise<TextSink> {
  const stream = createWriteStream(path);
  let fault: Error | undefined;
  const check = () => {
    if (fault !== undefined) throw fault;
  };
  stream.on('error', (error) => (fault = unwritable(path, error)));
  await once(stream, 'open').catch(() => undefined);
  check();
  return {
    isTerminal: false,
    width: undefined,
    async write(text) {
      check();
      if (!stream.write(text)) await roomIn(stream);
      check();
    },
    async close() {
      stream.end();
      if (!stream.closed) await once(stream, 'close').catch(() => undefined);
      check();
    },
  };
}

const unwritable = (what: string, error: Error): RunError =>
  new RunError({ code: 'E0701', message: `cannot write to ${what}: ${error.message}` }, { cause: error });
