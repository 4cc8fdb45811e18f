import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { concat, gather, NO_ROW, pick } from '../../data/gather.ts';
import { compilePredicate } from '../../expr/kernel/compile.ts';
import type { Join } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { joinIndex, remaining, type JoinIndex } from './join-index.ts';
import { HeldRight } from './join-spill.ts';

/** Most pairs of rows that are put together at once. */
const PAIRS = 65_536;

/**
 * Hash join: the right side is kept whole and indexed by its keys, the left streams past it. Without keys every pair
 * is tried. Output is in the order of the left rows, each with its right rows in their order; rows of the right that
 * met nothing (right, full) come last. A right side that does not fit into memory is divided, and the left with it; or it is read once for
 * many left rows.
 *
 * @param context absent where the right side has to stay in memory.
 */
export function joinOperator(plan: Join, context?: RunContext): Operator {
  const { kind, schema } = plan;
  const pairSchema = [...plan.left.schema, ...plan.right.schema];
  const rest = remaining(plan);
  const residual = rest && compilePredicate(rest, pairSchema);
  const keepsLeft = kind === 'left' || kind === 'full';
  const keepsRight = kind === 'right' || kind === 'full';
  const waiting: RecordBatch[] = [];
  const held = context && new HeldRight(plan, context);
  let right: RecordBatch | undefined;
  let index: JoinIndex | undefined;
  let met = new Uint8Array(0);

  const build = (): RecordBatch => {
    right = concat(plan.right.schema, waiting);
    waiting.length = 0;
    index = joinIndex(plan, right);
    met = new Uint8Array(keepsRight ? right.length : 0);
    return right;
  };

  /** Left and right rows side by side; `NO_ROW` on either side gives NULLs. */
  const paired = (left: RecordBatch, lefts: Uint32Array, rights: Uint32Array): RecordBatch => ({
    schema: pairSchema,
    length: lefts.length,
    columns: [...left.columns.map((c) => pick(c, lefts)), ...right!.columns.map((c) => gather(c, rights))],
  });

  /** Of some pairs, in left order, those that meet the rest of the condition. */
  const passing = (left: RecordBatch, lefts: Uint32Array, rights: Uint32Array): [Uint32Array, Uint32Array] => {
    if (residual === undefined || lefts.length === 0) return [lefts, rights];
    const selection = residual(paired(left, lefts, rights));
    return [selection.map((i) => lefts[i]!), selection.map((i) => rights[i]!)];
  };

  async function probe(left: RecordBatch, out: Output): Promise<void> {
    const pairs = index!.pairs(left);
    const rows = rowsOf(left);
    // The next left row that has not been settled: outer joins give it NULLs once its pairs are through.
    let open = rows.next();
    const hit: number[] = [];
    for (;;) {
      const chunk = pairs.next(PAIRS);
      const [lefts, rights] = passing(left, chunk.lefts, chunk.rights);
      if (keepsRight) for (const r of rights) met[r] = 1;
      if (kind === 'semi' || kind === 'anti') {
        for (const l of lefts) if (hit.at(-1) !== l) hit.push(l);
      } else {
        const [outLefts, outRights] = keepsLeft ? withUnmatched(lefts, rights, chunk.settled) : [lefts, rights];
        if (outLefts.length > 0) await out.emit({ ...paired(left, outLefts, outRights), schema });
      }
      if (chunk.done || out.full) break;
    }
    if (kind === 'semi' || kind === 'anti') await emitLeft(left, hit, out);

    /** Puts each left row below `settled` that has no pair in its place, with no right row. */
    function withUnmatched(lefts: Uint32Array, rights: Uint32Array, settled: number): [Uint32Array, Uint32Array] {
      const l: number[] = [];
      const r: number[] = [];
      let at = 0;
      while (!open.done && open.value < settled) {
        const row = open.value;
        if (at < lefts.length && lefts[at] === row) {
          for (; at < lefts.length && lefts[at] === row; at++) {
            l.push(row);
            r.push(rights[at]!);
          }
          hit.push(row);
        } else if (hit.at(-1) !== row) {
          l.push(row);
          r.push(NO_ROW);
        }
        open = rows.next();
      }
      // Pairs of a row that is not settled yet: more of it may follow in the next chunk.
      for (; at < lefts.length; at++) {
        l.push(lefts[at]!);
        r.push(rights[at]!);
        hit.push(lefts[at]!);
      }
      return [Uint32Array.from(l), Uint32Array.from(r)];
    }
  }

  function emitLeft(left: RecordBatch, hit: readonly number[], out: Output): void | Promise<void> {
    const found = new Set(hit);
    const selection = Uint32Array.from(Array.from(rowsOf(left)).filter((row) => found.has(row) === (kind === 'semi')));
    return selection.length === 0 ? undefined : out.emit({ ...left, schema, selection });
  }

  return {
    /** Nothing can match an empty right side. */
    wants: (port, out) =>
      !out.full && !(port === 0 && right?.length === 0 && (kind === 'inner' || kind === 'right' || kind === 'semi')),
    onBatch(batch, port, out) {
      const elsewhere = held?.elsewhere;
      if (elsewhere !== undefined) return port === 0 ? elsewhere.addLeft(batch, out) : elsewhere.addRight(batch);
      if (port === 0) return probe(batch, out);
      if (rowCount(batch) > 0) waiting.push(batch);
      if (held?.isTooMuch(batch)) held.divide(waiting, (inner) => joinOperator(inner));
      return undefined;
    },
    /** What is divided comes out at the end; else the rows of the left pass. */
    onWatermark: (time, port, out) =>
      port === 1 || held?.elsewhere?.holdsBack === true ? undefined : out.watermark(time),
    async onEnd(port, out) {
      if (held?.elsewhere !== undefined) return port === 0 && !out.full ? held.elsewhere.emit(out) : undefined;
      if (port === 1) return void build();
      if (!keepsRight || out.full) return;
      const rest = Uint32Array.from(Array.from(met.keys()).filter((row) => met[row] === 0));
      if (rest.length === 0) return;
      const nothing = new Uint32Array(rest.length).fill(NO_ROW);
      const empty = concat(plan.left.schema, []);
      await out.emit({ ...paired(empty, nothing, rest), schema });
    },
    close: () => held?.close(),
  };
}
