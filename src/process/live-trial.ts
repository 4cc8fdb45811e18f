import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityOf } from './activity.ts';
import { afterReading } from './daemon.ts';
import { commandEnvironment } from './environment.ts';

export interface LiveOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Program and arguments that keep it from effects; `/bin/sh -c` with the command comes behind them. */
  readonly within?: readonly string[];
}

/** ms between two looks at what it is doing. */
const LOOK = 20;
/** Looks in a row at which it must be seen to wait for more input, until it is certain that it will print no more. */
const CERTAIN = 5;
/** ms after which it is not waited for any more, whatever it does. */
const PATIENCE = 20_000;

/**
 * Shows a command its input piece by piece and does not end it.
 *
 * @param pieces bytes, as latin1.
 * @param enough whether all has come that is to come after a piece; else it is waited for until the command is seen to wait.
 * @returns all that it had printed after each piece, as latin1.
 */
export async function converse(
  command: string,
  pieces: readonly string[],
  enough: (piece: number, printed: string) => boolean,
  { env, cwd, within = [] }: LiveOptions,
): Promise<readonly string[]> {
  const [program, ...args] = [...within, '/bin/sh', '-c', command];
  const child = spawn(program, args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: commandEnvironment(env),
    ...(cwd !== undefined && { cwd }),
  });
  let printed = '';
  let isOver = false;
  child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString('latin1')));
  child.stdin.on('error', () => undefined);
  let failure: Error | undefined;
  child.once('close', () => (isOver = true));
  child.once('error', (error) => (failure = error));
  const after: string[] = [];
  try {
    for (const [i, piece] of pieces.entries()) {
      child.stdin.write(Buffer.from(piece, 'latin1'));
      const begun = Date.now();
      for (let starved = 0; !enough(i, printed) && !isOver && failure === undefined && starved < CERTAIN;) {
        await sleep(LOOK);
        await afterReading();
        starved = activityOf(child.pid ?? 0)?.starved === true ? starved + 1 : 0;
        if (Date.now() - begun > PATIENCE) break;
      }
      if (failure !== undefined) throw failure;
      after.push(printed);
    }
  } finally {
    try {
      if (child.pid !== undefined && !isOver) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  }
  return after;
}
