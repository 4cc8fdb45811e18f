import { statSync } from 'node:fs';
import type { RunError } from '../../base/errors.ts';
import { bounded } from '../../plan/facts.ts';
import type { Shell } from '../../plan/plan.ts';
import type { Command, CommandSpec, Stop } from '../../process/command.ts';
import { HostLostError } from '../../process/host-link.ts';
import { blockBuffered, hasStdbuf, lineBuffered } from '../../process/live.ts';
import { failureOf } from '../../process/outcome.ts';
import { countExit, newProcessStats } from '../../process/process-stats.ts';
import { stderrOf } from '../../process/script.ts';
import { StderrLog } from '../../process/stderr-log.ts';
import { supervisor } from '../../process/supervisor.ts';
import { usageMeter } from '../../process/usage.ts';
import type { RunContext } from '../context.ts';
import { toldTo } from './shell-environment.ts';
import { commandFailed, nameOf, stagesOf, type Counts } from './shell-faults.ts';

/** Lines of stderr that an error shows. */
const TAIL = 5;

/** One process of a SHELL (or a pipeline, where commands are fused): started, its stderr shown, its end judged. */
export class ShellProcess {
  readonly command: Command;
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #stderr: readonly StderrLog[];
  readonly #onAbort = (): void => void this.stop('abort');
  /** It was stopped before its end: how it ended says nothing. */
  stopped: Stop | undefined;
  #failed = false;

  /** @param spare it is started ahead, and may never be used. @throws CommandError if it cannot be started. */
  constructor(plan: Shell, context: RunContext, stdin: CommandSpec['stdin'], spare?: 'spare') {
    this.#plan = plan;
    this.#context = context;
    const shown = plan.stderr === undefined || plan.stderr === 'log';
    const stages = stagesOf(plan);
    this.#stderr = [...new Set(stages.map((_, i) => stderrOf(i)))].map((own) => {
      const name = stages
        .filter((_, i) => stderrOf(i) === own)
        .map(nameOf)
        .join(', or ');
      return new StderrLog(shown ? (line) => context.log(`${name}: ${line}`) : undefined);
    });
    this.command = this.#start(stdin);
    if (spare === undefined) this.use();
    context.signal.addEventListener('abort', this.#onAbort);
  }

  /** It is needed, and keeps the counters of the operator from now on. */
  use(): void {
    const { own, measured } = this.#context;
    if (own === undefined) return;
    const stats = (own.processes ??= newProcessStats());
    stats.started++;
    stats.running++;
    if (stats.failures > stats.restarts) stats.restarts++;
    const { command } = this;
    const { ended } = command;
    if (measured) void command.started.then((group) => usageMeter.follow(group, stats));
    const gone = (): void => {
      stats.running--;
      usageMeter.end(command.group);
    };
    ended.then((outcome) => {
      gone();
      countExit(stats, outcome, this.stopped !== undefined);
    }, gone);
  }

  #countFailure(): void {
    if (!this.#failed && this.#context.own?.processes !== undefined) this.#context.own.processes.failures++;
    this.#failed = true;
  }

  /** Sends bytes. @returns a promise when the process is behind. */
  write(bytes: Uint8Array): void | Promise<void> {
    this.sent(bytes.length);
    return this.command.write(bytes);
  }

  /** So many bytes are sent. */
  sent(bytes: number): void {
    if (this.#context.own !== undefined) this.#context.own.bytesIn += bytes;
  }

  /** So many bytes came out. */
  received(bytes: number): void {
    if (this.#context.own !== undefined) this.#context.own.bytesOut += bytes;
  }

  /** Nothing more is sent. */
  endInput(): void {
    usageMeter.look(this.command.group);
    this.command.endInput();
  }

  #start(stdin: CommandSpec['stdin']): Command {
    const { contract, limits, sandbox } = this.#plan;
    const cwd = contract.needs?.value.cwd;
    const isPrivate = this.#context.settings.shellFolder === 'private';
    try {
      if (cwd !== undefined && !statSync(cwd).isDirectory()) throw new Error(`${cwd} is no directory`);
      return supervisor.start({
        stages: this.#stages(),
        stdin,
        env: toldTo(this.#plan, this.#context),
        host: this.#context.settings.shellHost,
        onStderr: (stage, chunk) => this.#stderr[stage]!.take(chunk),
        ...(cwd !== undefined && { cwd }),
        ...((isPrivate || limits !== undefined || sandbox !== undefined) && {
          confinement: {
            limits: limits ?? {},
            files: contract.needs?.value.files ?? [],
            isPrivate,
            ...(sandbox && { sandbox }),
          },
        }),
      });
    } catch (error) {
      throw this.#notStarted(error);
    }
  }

  #stages(): CommandSpec['stages'] {
    const buffered = this.#buffering();
    return stagesOf(this.#plan).map(({ command, env }) => ({
      command: buffered(command),
      env,
      pipes: this.#plan.io === 'pipe',
    }));
  }

  /** How a command is made to print: at once where somebody waits for each row, in blocks where all rows end soon. */
  #buffering(): (command: string) => string {
    const { live, mode, input } = this.#plan;
    const isBulk = live === undefined && mode === undefined && input !== undefined && bounded(input);
    const asked = live === true ? lineBuffered : isBulk ? blockBuffered : undefined;
    return asked !== undefined && hasStdbuf() ? asked : (command) => command;
  }

  #notStarted(error: unknown): RunError {
    const what = `it cannot be started: ${error instanceof Error ? error.message : String(error)}`;
    return commandFailed(this.#plan, { stage: 0, what }, { sent: 0, received: 0 }, []);
  }

  /** The last lines that it wrote to stderr. */
  get tail(): readonly string[] {
    return this.#stderr.flatMap((log) => log.tail.lines(TAIL));
  }

  /** Waits for the end, and judges it; undefined if all is well, or if it was stopped. */
  async failure(counts: Counts): Promise<RunError | undefined> {
    let outcome;
    try {
      outcome = await this.command.ended;
    } catch (error) {
      this.#countFailure();
      if (!(error instanceof HostLostError)) return this.#notStarted(error);
      return commandFailed(this.#plan, { stage: 0, what: error.message }, counts, this.tail);
    }
    if (this.stopped !== undefined) return undefined;
    const ok = stagesOf(this.#plan).map((stage) => stage.contract.exitOk?.value ?? [0]);
    const failure = failureOf(outcome, ok) ?? this.#wrote();
    this.#stderr.forEach((log, i) => log.end(failure !== undefined && stderrOf(failure.stage) === i));
    if (failure === undefined) return undefined;
    this.#countFailure();
    return commandFailed(this.#plan, failure, counts, this.#stderr[stderrOf(failure.stage)]!.tail.lines(TAIL));
  }

  /** Under STDERR FAIL, writing there is a failure. */
  #wrote(): { stage: number; what: string } | undefined {
    if (this.#plan.stderr !== 'fail') return undefined;
    const stage = this.#stderr.findIndex((log) => !log.tail.empty);
    return stage < 0 ? undefined : { stage, what: 'it wrote to stderr, and STDERR FAIL is declared' };
  }

  /** Ends the process before its time, and waits for that. What it had still to say is lost. */
  async stop(how: Stop): Promise<void> {
    if (how === 'abort') this.#countFailure();
    this.stopped ??= how;
    await this.command.stop(how, this.#context.settings.killGrace);
  }

  /** To be called when nothing of it is wanted any more. */
  release(): void {
    this.#context.signal.removeEventListener('abort', this.#onAbort);
    this.#stderr.forEach((log) => log.end(true));
  }
}
