import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Remembers process groups (`+N` as the shells of commands write it, `-N` from us), a folder (its path) and a file (`=` and
 * its path, which may be alone in its folder) until its input ends, which happens however we die. Then it ends the groups that are left: TERM, a second of grace, KILL; and
 * those that left their group, but are known by a variable ($1) that all descendants of our commands have.
 */
const SCRIPT = `
groups=' ' folder= file=
while read -r line; do
  case $line in
  +*) groups="$groups\${line#+} " ;;
  -*) case $groups in *" \${line#-} "*) groups="\${groups%% \${line#-} *} \${groups#* \${line#-} }" ;; esac ;;
  /*) folder=$line ;;
  =*) file=\${line#=} ;;
  esac
done
[ -z "$folder" ] || rm -rf -- "$folder"
[ -z "$file" ] || { rm -f -- "$file"; rmdir -- "\${file%/*}"; }
left() { for group in $groups; do kill -s 0 -- "-$group" && return 0; done; return 1; }
for group in $groups; do kill -s TERM -- "-$group"; done
for wait in 1 2 3 4 5 6 7 8 9 10; do left || break; sleep 0.1; done
for group in $groups; do kill -s KILL -- "-$group"; done
for file in $(grep -lsaF -e "$1" /proc/[0-9]*/environ); do
  pid=\${file#/proc/}
  kill -s KILL "\${pid%%/*}"
done
[ -z "$folder" ] || rm -rf -- "$folder"
`;

/** A tiny shell in a session of its own, whose only task is to outlive us for a moment. */
export class Guard {
  readonly #child: ChildProcess;
  #isClosing = false;
  /** To be given to commands as descriptor 3. */
  readonly input: Socket;

  /**
   * @param mark what the environment of every descendant of a command has in it.
   * @param lost called when it has ended, though nobody asked it to.
   */
  constructor(mark: string, lost: () => void) {
    const stdio = ['pipe', 'ignore', 'ignore'] as const;
    this.#child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', mark], { detached: true, stdio: [...stdio], cwd: '/' });
    this.input = this.#child.stdin as Socket;
    // It must neither keep us alive nor make us fail.
    this.#child.on('error', () => undefined);
    this.#child.once('exit', () => void (this.#isClosing || lost()));
    this.input.on('error', () => undefined);
    this.#child.unref();
    this.input.unref();
  }

  get alive(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  remember(group: number): void {
    this.input.write(`+${group}\n`);
  }

  /** The group is gone: its number may come to mean another one. */
  forget(group: number): void {
    this.input.write(`-${group}\n`);
  }

  /** A folder that is to be removed when we are gone. */
  rememberFolder(path: string): void {
    this.input.write(`${path}\n`);
  }

  /** A file that is to be removed when we are gone; undefined: none any more. */
  rememberFile(path: string | undefined): void {
    this.input.write(`=${path ?? ''}\n`);
  }

  /** Ends it, and with it what is left of what it knows. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (!this.alive) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.ref();
    this.input.end();
    await exited;
  }
}
