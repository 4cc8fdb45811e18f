import { setMaxListeners } from 'node:events';
import type { RecordBatch } from '../data/batch.ts';
import type { Database } from '../plan/plan.ts';
import { defaultSettings, type Progress, type RunContext, type RunSettings } from './context.ts';
import { Memory, type Collect } from './memory.ts';
import type { OperatorStats } from './operator.ts';
import { Valve } from './valve.ts';

/** How the outside takes part in a run. */
export interface RunHooks {
  /** Aborting it ends the run with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Takes lines for the user's log. */
  readonly log?: (line: string) => void;
  /** What the processes of commands use is measured, which takes a little time. */
  readonly measured?: boolean;
  /**
   * Told that the user has set a limit to the memory of a run. What it gives is called when much has been let go of: it
   * gives the system back what it can.
   */
  readonly limited?: () => Collect | undefined;
  /** Told of each run as it starts, so that progress can be shown from its counters, and its input be held or ended. */
  readonly started?: (stats: readonly OperatorStats[], progress: Readonly<Progress>, valve: Valve) => void;
}

/** The context of one run, from settings as text. */
export function runContext(
  hooks: RunHooks,
  databases: Readonly<Record<string, Database>>,
  settings: Readonly<Record<string, string>>,
  deliver: (batch: RecordBatch) => void | Promise<void>,
): RunContext {
  const own = new AbortController();
  const signal = hooks.signal === undefined ? own.signal : AbortSignal.any([hooks.signal, own.signal]);
  // Each process of the run listens to it for as long as it lives, and there may be many.
  setMaxListeners(0, signal);
  const progress: Progress = {
    bytesTotal: 0,
    bytesRead: 0,
    rowsSkipped: 0,
    rowsLate: 0,
    rowsCommitted: 0,
    bytesSpilled: 0,
  };
  const stats: OperatorStats[] = [];
  const valve = new Valve();
  hooks.started?.(stats, progress, valve);
  const checked = runSettings(settings);
  const collect = checked.memoryLimit > 0 ? hooks.limited?.() : undefined;
  return {
    settings: checked,
    databases,
    signal,
    fail: (error) => own.abort(error),
    log: hooks.log ?? (() => undefined),
    deliver,
    stats,
    progress,
    ...(hooks.measured && { measured: true }),
    memory: new Memory(checked.memoryLimit, collect),
    valve,
    sinks: new Map(),
  };
}

/** Settings that the binder has checked: numbers are digits. */
function runSettings(given: Readonly<Record<string, string>>): RunSettings {
  const number = (name: string, otherwise: number): number =>
    given[name] === undefined ? otherwise : Number(given[name]);
  return {
    batchRows: number('batch_rows', defaultSettings.batchRows),
    busyTimeout: number('busy_timeout', defaultSettings.busyTimeout),
    killGrace: number('kill_grace', defaultSettings.killGrace),
    stallTimeout: number('stall_timeout', defaultSettings.stallTimeout),
    epochTimeout: number('epoch_timeout', defaultSettings.epochTimeout),
    shellHost: (given['shell_host'] as RunSettings['shellHost'] | undefined) ?? defaultSettings.shellHost,
    shellFolder: (given['shell_folder'] as RunSettings['shellFolder'] | undefined) ?? defaultSettings.shellFolder,
    maxRecord: number('max_record', defaultSettings.maxRecord),
    epochMs: number('epoch_ms', defaultSettings.epochMs),
    memoryLimit: number('memory_limit', defaultSettings.memoryLimit),
    tempDirectory: given['temp_directory'] ?? defaultSettings.tempDirectory,
  };
}
