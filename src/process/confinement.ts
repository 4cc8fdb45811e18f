import { inQuotes } from '../base/shell-quote.ts';
import type { ShellLimits } from '../plan/shell-ways.ts';

/** What a command may use, and see. */
export interface Confinement {
  readonly limits: ShellLimits;
  readonly sandbox?: 'limits' | 'bwrap';
  /** It runs in a folder of its own, and files that it makes are for their owner alone; a sandbox means that, too. */
  readonly isPrivate?: boolean;
  /** Files that it needs: they stay visible wherever they are. */
  readonly files: readonly string[];
  /** A folder of its own, which it may write to. */
  readonly folder?: string;
}

/** Limits under SANDBOX, where LIMITS says nothing else. */
const SANDBOXED: ShellLimits = { nofile: 1024 };

/** Exit status of a shell that could not set a limit: none of the command has run then. */
const REFUSED = 125;

/**
 * The text of a command with its limits in front. They are set by the shell that runs it, so they hold for all that it
 * starts; one that cannot be set ends it. It stays on the first line, so that line numbers in messages are right.
 */
export function confined(command: string, { limits, sandbox, isPrivate, files, folder }: Confinement): string {
  const all = sandbox === undefined ? limits : { ...SANDBOXED, ...limits };
  const steps = [
    ...limitSteps(all),
    ...(sandbox === undefined ? [] : ['ulimit -c 0']),
    ...(sandbox === undefined && isPrivate !== true ? [] : ['umask 077']),
  ];
  const prefix = steps.length === 0 ? '' : `${steps.join(' && ')} || exit ${REFUSED}; `;
  return prefix + (sandbox === 'bwrap' ? `exec ${bubble(files, folder)} /bin/sh -c ${quoted(command)}` : command);
}

function limitSteps({ memory, cpu, files, nofile, nice }: ShellLimits): readonly string[] {
  return [
    // Who gives way that much already may not be allowed to give way less.
    ...(nice === undefined ? [] : [`{ [ "$(nice)" -ge ${nice} ] || renice -n ${nice} -p $$ >/dev/null; }`]),
    // In KiB: of addresses, as the system counts no better for one process.
    ...(memory === undefined ? [] : [`ulimit -v ${Math.ceil(memory / 1024)}`]),
    // The soft limit ends it by SIGXCPU, which names the reason; the hard one is for whoever ignores that.
    ...(cpu === undefined ? [] : [`ulimit -S -t ${cpu}`, `ulimit -H -t ${cpu + 1}`]),
    // In blocks of 512 bytes.
    ...(files === undefined ? [] : [`ulimit -f ${Math.ceil(files / 512)}`]),
    ...(nofile === undefined ? [] : [`ulimit -n ${nofile}`]),
  ];
}

/** All can be read, and nothing written but its folder and a /tmp of its own; no network, and no process but its own. */
function bubble(files: readonly string[], folder: string | undefined): string {
  const shown = files.flatMap((file) => ['--ro-bind', file, file]);
  const words = [
    ...['bwrap', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...shown,
    ...(folder === undefined ? [] : ['--bind', folder, folder, '--chdir', folder]),
    ...['--unshare-net', '--unshare-pid', '--unshare-ipc', '--die-with-parent', '--'],
  ];
  return words.map(quoted).join(' ');
}

const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : inQuotes(text));
