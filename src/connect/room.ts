import type { Writable } from 'node:stream';

/** Waits until a stream takes more, fails or is closed, whichever is first; then nothing is left that listens to it. */
export function roomIn(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve();
    const heard = (): void => {
      for (const event of events) stream.off(event, heard);
      resolve();
    };
    for (const event of events) stream.on(event, heard);
  });
}

const events = ['drain', 'error', 'close'] as const;
