import type { RecordBatch } from '../data/batch.ts';
import { rowBytes } from '../data/footprint.ts';
import type { Operator, Output } from './operator.ts';

/** What came in on a port before its turn. */
type Held = { readonly batch: RecordBatch } | { readonly watermark: number };

/**
 * An operator that wants its inputs one after the other, for inputs that come all at once: what comes on a port before
 * its turn is kept, without bound, until the ports that it `waitsFor` have ended.
 */
export function holdBack(operator: Operator, ports: number, waitsFor: (port: number) => readonly number[]): Operator {
  const held = Array.from({ length: ports }, (): Held[] => []);
  /** Ports that have ended, and of these the ones that the operator was told of. */
  const ended = new Set<number>();
  const told = new Set<number>();
  const watermarks = new Array<number>(ports).fill(-Infinity);
  let heldBytes = 0;
  const isHeld = (port: number) => waitsFor(port).some((other) => !told.has(other));

  function mark(time: number, port: number, out: Output): void | Promise<void> {
    if (operator.onWatermark !== undefined) return operator.onWatermark(time, port, out);
    watermarks[port] = time;
    const least = Math.min(...watermarks);
    return least > -Infinity && least < Infinity ? out.watermark(least) : undefined;
  }

  async function tell(port: number, out: Output): Promise<void> {
    await operator.onEnd?.(port, out);
    told.add(port);
    watermarks[port] = Infinity;
    for (let next = 0; next < ports; next++) {
      if (told.has(next) || isHeld(next)) continue;
      for (let first = held[next]!.shift(); first !== undefined; first = held[next]!.shift()) {
        if ('watermark' in first) await mark(first.watermark, next, out);
        else {
          heldBytes -= rowBytes(first.batch);
          if (operator.wants?.(next, out) ?? !out.full) await operator.onBatch(first.batch, next, out);
        }
      }
      if (ended.has(next)) return tell(next, out);
    }
  }

  return {
    wants: (port, out) => operator.wants?.(port, out) ?? !out.full,
    onBatch(batch, port, out) {
      if (!isHeld(port)) return operator.onBatch(batch, port, out);
      held[port]!.push({ batch });
      heldBytes += rowBytes(batch);
      return undefined;
    },
    onWatermark(watermark, port, out) {
      if (!isHeld(port)) return mark(watermark, port, out);
      held[port]!.push({ watermark });
      return undefined;
    },
    async onEnd(port, out) {
      ended.add(port);
      if (!isHeld(port)) await tell(port, out);
    },
    held: {
      get bytes() {
        return heldBytes + (operator.held?.bytes ?? 0);
      },
      what: 'the queue of rows that wait for another input',
      help: 'put the side that is there sooner, or is smaller, to the right',
    },
    close: (failed) => operator.close?.(failed),
  };
}
