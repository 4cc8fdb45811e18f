import { copyBytes } from '../../../data/bytes.ts';
import { newNulls, setNull, type Column } from '../../../data/column.ts';
import { compareBytes } from '../../../data/order.ts';

/** No text yet. */
const NONE = -1;
const LEAST = 1 << 10;

/**
 * One text a group, all in one piece of memory: an object for each would take ten times the room of a short text. A text
 * that is replaced leaves a gap; when gaps are half of it, what is there moves together. Bytes that were written once
 * stay as they are, so that columns may share them.
 */
export class TextCells {
  #bytes = Buffer.allocUnsafeSlow(LEAST);
  #used = 0;
  /** Of the texts that are there. */
  #alive = 0;
  /** Where the text of each group is; `NONE`. Lengths beside them. */
  #starts = new Float64Array(16).fill(NONE);
  #lengths = new Uint32Array(16);

  /** What it takes, with the room for more. */
  get byteLength(): number {
    return this.#bytes.length + this.#starts.byteLength + this.#lengths.byteLength;
  }

  /** Makes room for so many groups; those that are new have no text. */
  grow(groups: number): void {
    const before = this.#starts.length;
    if (groups <= before) return;
    const size = Math.max(groups, before * 2);
    const [starts, lengths] = [this.#starts, this.#lengths];
    this.#starts = new Float64Array(size).fill(NONE, before);
    this.#starts.set(starts);
    this.#lengths = new Uint32Array(size);
    this.#lengths.set(lengths);
  }

  /** The order of the text of a group against another, as `compareBytes` has it; undefined: the group has none. */
  compare(group: number, bytes: Uint8Array, start: number, end: number): number | undefined {
    const own = this.#starts[group]!;
    return own === NONE ? undefined : compareBytes(this.#bytes, own, own + this.#lengths[group]!, bytes, start, end);
  }

  set(group: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#starts[group] !== NONE) this.#alive -= this.#lengths[group]!;
    this.#starts[group] = NONE;
    if (this.#used + length > this.#bytes.length) this.#move(this.#alive + length);
    copyBytes(bytes, start, end, this.#bytes, this.#used);
    this.#starts[group] = this.#used;
    this.#lengths[group] = length;
    this.#used += length;
    this.#alive += length;
  }

  /** Keeps only these groups; the number of each is its place in `groups`. */
  retain(groups: Uint32Array): void {
    const [starts, lengths] = [this.#starts, this.#lengths];
    const size = Math.max(16, groups.length);
    this.#starts = new Float64Array(size).fill(NONE);
    this.#lengths = new Uint32Array(size);
    this.#alive = 0;
    groups.forEach((group, i) => {
      if (starts[group] === NONE) return;
      this.#starts[i] = starts[group]!;
      this.#lengths[i] = lengths[group]!;
      this.#alive += lengths[group]!;
    });
    this.#move(this.#alive);
  }

  /** The texts of groups 0 .. `groups`; NULL where there is none. Shares the bytes. */
  column(groups: number): Column {
    const starts = new Uint32Array(groups);
    const ends = new Uint32Array(groups);
    let nulls: Uint8Array | undefined;
    for (let group = 0; group < groups; group++) {
      const start = this.#starts[group]!;
      if (start === NONE) setNull((nulls ??= newNulls(groups)), group);
      else {
        starts[group] = start;
        ends[group] = start + this.#lengths[group]!;
      }
    }
    return { kind: 'utf8', bytes: this.#bytes, starts, ends, nulls };
  }

  /** Moves the texts together, into memory that holds `size` bytes with as much room again. */
  #move(size: number): void {
    const moved = Buffer.allocUnsafeSlow(Math.max(LEAST, size * 2));
    let used = 0;
    for (let group = 0; group < this.#starts.length; group++) {
      const start = this.#starts[group]!;
      if (start === NONE) continue;
      const end = start + this.#lengths[group]!;
      copyBytes(this.#bytes, start, end, moved, used);
      this.#starts[group] = used;
      used += end - start;
    }
    this.#bytes = moved;
    this.#used = used;
  }
}
