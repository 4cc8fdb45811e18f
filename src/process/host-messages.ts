import type { SpawnRequest } from './child.ts';
import type { StageEnd } from './outcome.ts';

/** From the worker to its shell host: what to start. A file that the worker has open cannot be stdin. */
export interface ToHost extends SpawnRequest {
  readonly id: number;
  readonly stdin: 'pipe' | 'none';
}

/** From the shell host, by the id of the request. */
export type FromHost =
  | { readonly started: number; readonly group: number }
  | { readonly exited: number; readonly end: StageEnd }
  | { readonly failed: number; readonly message: string };

/** The descriptor under which the host has the way to the guard; 3 is its channel to the worker. */
export const GUARD = 4;
