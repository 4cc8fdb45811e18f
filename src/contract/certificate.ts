import { createHash } from 'node:crypto';
import { closeContract } from './closure.ts';
import type { Contract, Hints, Provenance } from './contract.ts';
import { contractWords } from './words.ts';

/** What is known of one promise: it was tried without being found false, or it was found false. */
export interface Certificate {
  /** The promise, as it is declared: another one on the same axis is not meant. */
  readonly words: string;
  readonly result: 'held' | 'violated';
  /** Cases that it was tried on; absent for what was found while a query ran. */
  readonly cases?: number;
  readonly seed?: number;
  /** What shows that it is false. */
  readonly witness?: string;
  /** UTC, to the second. */
  readonly at: string;
}

/** A program as it was when a command was tried with it. */
export interface LockedTool {
  readonly path?: string;
  readonly sha256: string;
  /** The first line of what it says of its version: for people. */
  readonly version?: string;
}
export type LockedTools = Readonly<Record<string, LockedTool>>;

/** What a command was seen to take, and to let pass, while a query ran (EXPLAIN ANALYZE). */
export interface Measured {
  readonly rows: number;
  /** us a row */
  readonly cost: number;
  /** Share of the rows that a filter kept. */
  readonly selectivity?: number;
  /** UTC, to the second. */
  readonly at: string;
}

/** A command with the variables that it was given, and the tools that it was tried with. */
export interface Locked {
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly tools: LockedTools;
  readonly axes: { readonly [K in keyof Contract]?: Certificate };
  readonly measured?: Measured;
}

/** The content of ssql.lock: commands by `keyOf`. */
export interface Lock {
  readonly format: 'ssql-lock';
  readonly version: 1;
  readonly commands: Readonly<Record<string, Locked>>;
}

export const emptyLock: Lock = { format: 'ssql-lock', version: 1, commands: {} };

/** The text of a command, its variables, and where its programs are, and their hashes: with one of them another, it is another. */
export function keyOf(command: string, env: Readonly<Record<string, string>>, tools: LockedTools): string {
  const sorted = (record: Readonly<Record<string, unknown>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const programs = Object.entries(tools).map(([name, { path, sha256 }]) => [name, [path, sha256]] as const);
  const text = JSON.stringify([command, sorted(env), sorted(Object.fromEntries(programs))]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** The lock with more certificates; a promise that was found false stays so until it is tried again as a whole. */
export function withCertificates(lock: Lock, key: string, { env = {}, ...more }: Locked): Lock {
  const known = lock.commands[key];
  const locked: Locked = {
    ...known,
    ...more,
    ...(Object.keys(env).length > 0 && { env }),
    tools: { ...more.tools, ...known?.tools, ...withVersions(more.tools) },
    axes: { ...known?.axes, ...more.axes },
  };
  return { ...lock, commands: { ...lock.commands, [key]: locked } };
}

const withVersions = (tools: LockedTools): LockedTools =>
  Object.fromEntries(Object.entries(tools).filter(([, { version }]) => version !== undefined));

/** The contract with hints that were measured in place of those that somebody guessed. */
export function withMeasured(contract: Contract, measured: Measured | undefined): Contract {
  if (measured === undefined) return contract;
  const { cost, selectivity } = measured;
  const value: Hints = { ...contract.hints?.value, cost, ...(selectivity !== undefined && { selectivity }) };
  return { ...contract, hints: { value, by: 'verified' } };
}

/**
 * The contract with what the certificates say: `verified` for what held, `quarantined` for what did not. A promise that
 * was only inferred, and is false, is gone.
 */
export function certified(contract: Contract, axes: Locked['axes']): Contract {
  const marked = (Object.entries(contract) as [keyof Contract, NonNullable<Contract[keyof Contract]>][]).flatMap(
    ([axis, promise]) => {
      const certificate = axes[axis];
      const [words] = contractWords({ [axis]: { ...promise, by: 'declared' } });
      if (certificate === undefined || certificate.words !== words) return [[axis, promise] as const];
      if (certificate.result === 'held') return [[axis, { ...promise, by: 'verified' }] as const];
      return promise.by === 'inferred' ? [] : [[axis, { ...promise, by: 'quarantined' }] as const];
    },
  );
  return Object.fromEntries(marked);
}

/** What may be relied on: the axes of these origins, and what follows from them. */
export function trusted(contract: Contract, isTrusted: (axis: keyof Contract, by: Provenance) => boolean): Contract {
  const axes = Object.entries(contract) as [keyof Contract, NonNullable<Contract[keyof Contract]>][];
  const kept = axes.filter(([axis, { by }]) => by !== 'implied' && isTrusted(axis, by));
  const { contract: closed } = closeContract(Object.fromEntries(kept), { reads: [], writes: [] });
  // Nothing may follow that the whole did not say.
  return Object.fromEntries(Object.entries(closed).filter(([axis]) => axis in contract));
}
