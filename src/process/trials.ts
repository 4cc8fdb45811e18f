import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandEnvironment } from './environment.ts';
import { converse } from './live-trial.ts';

/** What a command did with the whole of an input. Bytes are latin1. */
export interface Answer {
  readonly output: string;
  /** Undefined where it was ended by a signal, or did not end in time. */
  readonly exit: number | undefined;
  /** It has written something to stderr. */
  readonly complains?: true;
  /** Names of files that were in its folder afterwards, where that was empty before. */
  readonly left?: readonly string[];
}

export interface TrialOptions {
  /** Where the command runs. */
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  /** ms for all trials of one start. */
  readonly timeout: number;
  /** Nothing outside of an empty folder can be written, and there is no network: `bwrap` is there. */
  readonly confined?: true;
}

/** As the first time; or through a pipe, in an empty folder, by another process group. */
export type How = 'plain' | 'again';

interface Request {
  readonly command: string;
  readonly input: string;
  readonly how: How;
  readonly settle: (answer: Answer) => void;
}

/** ms by which the first of those that are run again are run later. */
const LATER = 1100;
/** Trials of one start of a shell: more make it wait longer for its first answer, not faster. */
const TOGETHER = 120;

/**
 * Runs commands on many small inputs. Starting a process costs Node several milliseconds, a shell less than one: so what
 * is asked at the same time is run by one shell in a loop, each in a process of its own. The same is not run twice.
 */
export class Trials {
  readonly #options: TrialOptions;
  readonly #known = new Map<string, Promise<Answer>>();
  #queue: Request[] = [];
  /** Settles when it is so much later that a clock shows it. */
  #later: Promise<void> | undefined;
  /** Processes started for commands. */
  runs = 0;

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  ask(command: string, input: string, how: How = 'plain'): Promise<Answer> {
    const key = `${how}\0${command}\0${input}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const answer = new Promise<Answer>((settle) => {
      if (this.#queue.length === 0) setImmediate(() => this.#flush());
      this.#queue.push({ command, input, how, settle });
    });
    this.#known.set(key, answer);
    return answer;
  }

  /** Shows the command its input piece by piece, without an end; see `converse`. */
  async live(
    command: string,
    pieces: readonly string[],
    enough: (piece: number, printed: string) => boolean,
  ): Promise<readonly string[]> {
    this.runs++;
    const folder = mkdtempSync(join(tmpdir(), 'ssql-verify-'));
    try {
      const { env, cwd, confined } = this.#options;
      const within = confined ? bubble(folder, cwd ?? process.cwd()) : [];
      return await converse(command, pieces, enough, { env, within, ...(cwd !== undefined && { cwd }) });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #flush(): void {
    const groups = new Map<string, Request[]>();
    for (const request of this.#queue.splice(0)) {
      const key = `${request.how}\0${request.command}`;
      groups.set(key, [...(groups.get(key) ?? []), request]);
    }
    for (const requests of groups.values())
      for (let at = 0; at < requests.length; at += TOGETHER) void this.#start(requests.slice(at, at + TOGETHER));
  }

  async #start(requests: readonly Request[]): Promise<void> {
    const { how, command } = requests[0]!;
    this.runs += requests.length;
    // Once the clock has gone on by more than a second, what looks at it prints something else.
    if (how === 'again') await (this.#later ??= sleep(LATER));
    const folder = mkdtempSync(join(tmpdir(), 'ssql-verify-'));
    const work = join(folder, 'work');
    mkdirSync(work);
    try {
      requests.forEach(({ input }, i) => writeFileSync(join(folder, `in${i}`), Buffer.from(input, 'latin1')));
      await this.#run(
        script(folder, command, requests.length, how, this.#options.confined === true),
        folder,
        how === 'again' ? work : this.#options.cwd,
      );
      const statuses = new Map(
        Array.from(read(folder, 'status').matchAll(/^(\d+) (\d+)$/gm), ([, i, exit]) => [Number(i), Number(exit)]),
      );
      const left = how === 'again' ? [...readdirSync(work), ...keptFrom(folder)] : undefined;
      requests.forEach(({ settle }, i) => {
        const exit = statuses.get(i);
        settle({
          output: read(folder, `out${i}`),
          exit: exit !== undefined && exit > 128 ? undefined : exit,
          ...(left && { left }),
          ...(isWritten(folder, `err${i}`) && { complains: true }),
        });
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #run(text: string, folder: string, cwd: string | undefined): Promise<void> {
    const { env, timeout, confined } = this.#options;
    const shell = ['/bin/sh', '-c', text];
    const [program, ...args] = confined ? [...bubble(folder, cwd ?? process.cwd()), ...shell] : shell;
    return new Promise((resolve) => {
      const child = spawn(program!, args, {
        detached: true,
        stdio: 'ignore',
        env: commandEnvironment(env),
        ...(cwd !== undefined && { cwd }),
      });
      const kill = (): void => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        } catch {
          // Nothing of it is left.
        }
      };
      const timer = setTimeout(kill, timeout);
      const over = (): void => {
        clearTimeout(timer);
        kill();
        resolve();
      };
      child.once('exit', over).once('error', over);
    });
  }
}

/** The command stands on lines of its own, where its comments end and its here-documents can begin. */
function script(folder: string, command: string, n: number, how: How, confined: boolean): string {
  const from = how === 'again' ? '' : ' < "$d/in$i"';
  const feed = how === 'again' ? 'cat "$d/in$i" | ' : '';
  return `d='${folder}'; i=0; while [ $i -lt ${n} ]; do ${feed}(
${command}
)${from} > "$d/out$i" 2> "$d/err$i"; echo "$i $?" >> "$d/status"; i=$((i+1)); done; ${confined ? ' ls -A /tmp > "$d/seen"' : ':'}`;
}

function read(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'latin1');
  } catch {
    return '';
  }
}

/** What a confined command would have written: into a folder that is gone with it, or where it was refused. */
function keptFrom(folder: string): readonly string[] {
  const seen = read(folder, 'seen')
    .split('\n')
    .filter((name) => name !== '' && name !== basename(folder));
  const refused = readdirSync(folder).some(
    (name) => /^err\d+$/.test(name) && read(folder, name).includes('Read-only file system'),
  );
  return [...seen, ...(refused ? ['one that it may not write'] : [])];
}

const isWritten = (folder: string, name: string): boolean =>
  (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) > 0;

/** Everything can be read; what is written outside of the folder is gone with the command, or refused. */
const bubble = (folder: string, cwd: string): readonly string[] => [
  ...['bwrap', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
  ...['--ro-bind', cwd, cwd, '--bind', folder, folder, '--chdir', cwd],
  ...['--unshare-net', '--unshare-ipc', '--die-with-parent', '--'],
];
