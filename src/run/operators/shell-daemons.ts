import type { RecordBatch } from '../../data/batch.ts';
import { DaemonExecutor } from './shell-daemon.ts';
import type { Executor, Unit } from './shell-unit.ts';

/**
 * Copies of a command in MODE DAEMON, each of which is asked about one unit at a time. As many are started as there are
 * units at a time. A copy is free again when it has answered; one that failed was ended, and a new process takes its
 * place when it is asked again, so no unit is ever sent to a process that still owes something for another.
 */
export class DaemonPool implements Executor {
  readonly #make: () => DaemonExecutor;
  readonly #all: DaemonExecutor[] = [];
  readonly #free: DaemonExecutor[] = [];

  constructor(make: () => DaemonExecutor) {
    this.#make = make;
  }

  async run(unit: Unit): Promise<readonly RecordBatch[]> {
    const daemon = this.#free.pop() ?? this.#add();
    try {
      return await daemon.run(unit);
    } finally {
      this.#free.push(daemon);
    }
  }

  #add(): DaemonExecutor {
    const daemon = this.#make();
    this.#all.push(daemon);
    return daemon;
  }

  /** @throws what the first of them says of its end. */
  async close(failed: boolean): Promise<void> {
    const ends = await Promise.allSettled(this.#all.map((daemon) => daemon.close(failed)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}
