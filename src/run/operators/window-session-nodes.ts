import type { Members } from './window-sessions.ts';

/** A session that is over: which watermark has ended it, counted from those that were noted, and its bounds. */
export interface Over {
  readonly epoch: number;
  readonly start: number;
  readonly end: number;
  /** Number of its first row; -1 as long as that was not looked for. */
  first: number;
}

/** Rows that were put together, without a list of them: what has become of them is followed from node to node. */
export class SessionNode implements Members<SessionNode> {
  over: Over | undefined;
  /** Number of the session that it is, if that is open still. */
  open = -1;
  readonly #nodes: SessionNodes;
  readonly #number: number;
  #next: SessionNode | undefined;
  #parts: { readonly border: number; readonly before: SessionNode; readonly others: SessionNode } | undefined;

  constructor(nodes: SessionNodes, number: number) {
    this.#nodes = nodes;
    this.#number = number;
  }

  add(row: number): void {
    this.#nodes.assign(row, this.#number);
  }

  absorb(other: SessionNode): void {
    other.#next = this;
  }

  divided(border: number): { before: SessionNode; others: SessionNode } {
    this.#parts = { border, before: this.#nodes.make(), others: this.#nodes.make() };
    return this.#parts;
  }

  #after(time: number): SessionNode | undefined {
    if (this.#parts === undefined) return this.#next;
    return time < this.#parts.border ? this.#parts.before : this.#parts.others;
  }

  /** Where a row of it is in the end. @param time of the row. */
  resolved(time: number): SessionNode {
    let node = this.#after(time);
    for (let next = node; next !== undefined; next = next.#after(time)) node = next;
    return node ?? this;
  }
}

/** Bytes of a node with its session. */
const NODE = 400;
/** In place of the number of a node. */
const NONE = 0xffffffff;

/** Nodes, and for each row, by number, the one that it came to. */
export class SessionNodes {
  readonly #nodes: SessionNode[] = [];
  readonly #of: Uint32Array;

  constructor(rows: number) {
    this.#of = new Uint32Array(rows).fill(NONE);
  }

  /** About what it takes. */
  get bytes(): number {
    return this.#nodes.length * NODE + this.#of.byteLength;
  }

  make(): SessionNode {
    const node = new SessionNode(this, this.#nodes.length);
    this.#nodes.push(node);
    return node;
  }

  assign(row: number, node: number): void {
    this.#of[row] = node;
  }

  /** Where a row is in the end; undefined if it came to none. */
  at(row: number, time: number): SessionNode | undefined {
    return this.#nodes[this.#of[row]!]?.resolved(time);
  }
}
