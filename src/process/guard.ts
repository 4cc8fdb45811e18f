import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Remembers process groups (`+N` as the shells of commands write it, `-N` from us) until its input ends, which happens
 * however we die, then ends the groups that are left: TERM, a second of grace, KILL.
 */
const SCRIPT = `
groups=' '
while read -r line; do
  case $line in
  +*) groups="$groups\${line#+} " ;;
  -*) case $groups in *" \${line#-} "*) groups="\${groups%% \${line#-} *} \${groups#* \${line#-} }" ;; esac ;;
  esac
done
left() { for group in $groups; do kill -s 0 -- "-$group" && return 0; done; return 1; }
for group in $groups; do kill -s TERM -- "-$group"; done
for wait in 1 2 3 4 5 6 7 8 9 10; do left || exit 0; sleep 0.1; done
for group in $groups; do kill -s KILL -- "-$group"; done
`;

/** A tiny shell in a session of its own, whose only task is to outlive us for a moment. */
export class Guard {
  readonly #child: ChildProcess;
  /** To be given to commands as descriptor 3. */
  readonly input: Socket;

  constructor() {
    this.#child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
    this.input = this.#child.stdin as Socket;
    // It must neither keep us alive nor make us fail.
    this.#child.on('error', () => undefined);
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

  /** Ends it, and with it what is left of the groups it knows. */
  async close(): Promise<void> {
    if (!this.alive) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.ref();
    this.input.end();
    await exited;
  }
}
