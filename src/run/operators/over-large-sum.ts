import { columnBuilder } from '../../data/builder.ts';
import type { Column } from '../../data/column.ts';
import type { OverCall } from '../../plan/over.ts';
import type { Piece } from './over-large-around.ts';
import { takesInFirst } from './over-slide.ts';
import { SumState, type SumFunction } from './over-sum.ts';
import type { Argument } from './over-value.ts';

/**
 * A sum over a frame that moves through a partition piece by piece. What was rounded away when a row came does not come
 * back when it leaves: so the state goes on from piece to piece, and takes rows in and lets them go in the same order.
 */
export class MovingSum {
  readonly #call: OverCall;
  readonly #state = new SumState();
  /** Rows of the whole partition that are in the sum: `#first .. #last`. */
  #first = 0;
  #last = 0;

  constructor(call: OverCall) {
    this.#call = call;
  }

  /** The results for the rows of a piece. @param passes rows that FILTER lets through. @throws RowError (overflow) */
  of({ from, to, base, frames }: Piece, arg: Argument, passes: Uint8Array | undefined): Column {
    const { fn, type, frame } = this.#call;
    const { start, end } = frames(frame);
    const out = columnBuilder(type, to - from);
    const isFirst = takesInFirst(frame);
    const takeIn = (until: number): void => {
      for (; this.#last < until; this.#last++) {
        const row = this.#last - base;
        if (passes === undefined || passes[row] === 1) this.#state.step(arg, row);
      }
    };
    for (let row = from; row < to; row++) {
      if (isFirst) takeIn(end[row]! + base);
      for (const begin = start[row]! + base; this.#first < begin; this.#first++) {
        const gone = this.#first - base;
        if (passes === undefined || passes[gone] === 1) this.#state.inverse(arg, gone);
      }
      takeIn(end[row]! + base);
      out.append(this.#state.result(fn as SumFunction));
    }
    return out.finish();
  }
}
