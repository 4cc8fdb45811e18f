import { commandEnvironment } from './environment.ts';

/** One command of a pipeline. */
export interface Stage {
  /** Text for `/bin/sh -c`. */
  readonly command: string;
  /** Declared variables. */
  readonly env: Readonly<Record<string, string>>;
  /** It needs streams that can be opened by name, also where its text does not show that. */
  readonly pipes?: boolean;
}

/** What to give to `/bin/sh`, and on which descriptors it answers. Descriptor 3 is always the way to the guard. */
export interface Script {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where `STAGE STATUS` lines come from; absent: the status of the shell is that of the only stage. */
  readonly statusFd?: number;
  /** Descriptor of the stderr of each stage, up to the last that has one of its own: see `stderrOf`. */
  readonly stderrFds: readonly number[];
  /** How many descriptors it gets. */
  readonly descriptors: number;
}

/**
 * The shell tells the guard its own group before anything else runs, so no group can be missed. It stands on one line
 * with the command, so that the line numbers in the shell's messages stay right.
 */
const REGISTER = 'echo "+$$" >&3; exec 3>&-; ';
const STATUS = 4;
/** Shells know descriptors of one digit, of which 9 leads around a pipe. */
const OWN_STDERR = 5;

/** Whose descriptor the stderr of a stage goes to: commands far behind in a long pipeline share one. */
export const stderrOf = (stage: number): number => Math.min(stage, OWN_STDERR - 1);

/** Node's pipes are sockets, which cannot be opened by these names; a command that tries gets real pipes. */
const opensInput = (text: string): boolean => /\/dev\/(stdin|fd\/0)\b|\/proc\/self\/fd\/0\b/.test(text);
const opensOutput = (text: string): boolean => /\/dev\/(stdout|fd\/1)\b|\/proc\/self\/fd\/1\b/.test(text);
const opensStderr = (text: string): boolean => /\/dev\/(stderr|fd\/2)\b|\/proc\/self\/fd\/2\b/.test(text);

const pipesStderr = ({ pipes, command }: Stage): boolean => pipes === true || opensStderr(command);

/**
 * The shell script that runs the stages as one pipeline.
 *
 * A single stage is its own script. Several become `{ A; echo status; } | { B; echo status; }`, connected by the kernel:
 * their texts and the values of their variables are positional parameters, never part of the script.
 *
 * @param piped whether stdin is a pipe to us; a file, or nothing, can be opened by name anyway.
 * @param env variables for all of them.
 */
export function scriptFor(
  stages: readonly Stage[],
  piped: boolean,
  env: Readonly<Record<string, string>> = {},
): Script {
  const first = stages[0]!;
  const catBefore = piped && (first.pipes === true || opensInput(first.command));
  const last = stages.at(-1)!;
  const catBehind = last.pipes === true || opensOutput(last.command);
  if (stages.length === 1 && !catBefore && !catBehind && !pipesStderr(first)) {
    return {
      args: ['-c', REGISTER + first.command],
      env: commandEnvironment({ ...env, ...first.env }),
      stderrFds: [2],
      descriptors: STATUS,
    };
  }
  const stderrFds = stages.slice(0, OWN_STDERR).map((_, i) => (i === 0 ? 2 : STATUS + i));
  const closed = [STATUS, ...stderrFds.slice(1)].map((fd) => `${fd}>&-`).join(' ');
  const values = stages.map((stage) => stage.command);
  const pieces = stages.map((stage, i) => {
    const exports = Object.entries(stage.env).map(([name, value]) => `export ${name}="\${${values.push(value)}}"; `);
    const run = (redirect: string): string =>
      `(exec ${redirect} ${closed}; ${exports.join('')}exec /bin/sh -c "\${${i + 1}}"); echo "${i} $?" >&${STATUS};`;
    const stderr = stderrFds[stderrOf(i)]!;
    if (!pipesStderr(stage)) return `{ ${run(`2>&${stderr}`)} }`;
    // A pipe for stderr, with stdout led around it.
    return `{ { ${run('2>&1 1>&9 9>&-')} } | cat 1>&${stderr} ${closed} 9>&-; } 9>&1`;
  });
  if (catBefore) pieces.unshift(`cat ${closed}`);
  if (catBehind) pieces.push(`cat ${closed}`);
  const args = ['-c', REGISTER + pieces.join(' | '), 'sh', ...values];
  return { args, env: commandEnvironment(env), statusFd: STATUS, stderrFds, descriptors: STATUS + stderrFds.length };
}
