import { bufferOf } from '../cell.ts';
import type { DecodeRequest, Fault } from './format.ts';

type Found = Omit<Fault, 'line' | 'record' | 'offset'> & {
  /** The cell must not be NULL, so the row cannot stay. */
  readonly required?: true;
};
/** Where the record of a row stands. */
export type Place = Pick<Fault, 'line' | 'record' | 'offset'>;

/** Faults of the batch that is being cut; told when it is complete, in the order of its rows. */
export class Faults {
  readonly #onFault: DecodeRequest['onFault'];
  #found: { readonly row: number; readonly fault: Found }[] = [];

  constructor(request: DecodeRequest) {
    this.#onFault = request.onFault;
  }

  /** The cell, or without a `column` the whole row, was made NULL already. */
  add(row: number, fault: Found): void {
    this.#found.push({ row, fault });
  }

  /** Forgets what was found in a record that turned out to be torn. */
  forgetFrom(row: number): void {
    if (this.#found.length > 0) this.#found = this.#found.filter((f) => f.row < row);
  }

  /**
   * Tells them.
   * @returns rows to leave out, if any; one that is left out is told once.
   */
  settle(placeOf: (row: number) => Place): ReadonlySet<number> | undefined {
    if (this.#found.length === 0) return undefined;
    const found = this.#found.sort((a, b) => a.row - b.row);
    this.#found = [];
    const dropped = new Set<number>();
    for (const { row, fault } of found) {
      if (dropped.has(row)) continue;
      const { required, ...told } = fault;
      if (this.#onFault({ ...placeOf(row), ...told }) === 'skip' || required) dropped.add(row);
    }
    return dropped.size === 0 ? undefined : dropped;
  }
}

const MOST = 200;

/** What stood there, for a message: at most 200 bytes, control characters made visible. */
export function excerpt(bytes: Uint8Array, start: number, end: number): string {
  const text = bufferOf(bytes).toString('utf8', start, Math.min(end, start + MOST));
  const visible = text.replace(/[\x00-\x1f\x7f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return end - start > MOST ? `${visible}...` : visible;
}
