import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import type { ColumnBuilder } from '../../data/column-builder.ts';
import { cell } from '../../data/cell.ts';
import { gather, NO_ROW, pick } from '../../data/gather.ts';
import type { Value } from '../../data/value.ts';
import { RowError } from '../../expr/functions/function.ts';
import { rowFunctions } from '../../expr/functions/json-rows.ts';
import { compileExpr, compilePredicate } from '../../expr/kernel/compile.ts';
import type { Expand } from '../../plan/expand.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';

/** Calls the function for each row, and hands on what it gives in pieces: one row may become any number. */
export function expandOperator(plan: Expand, { settings }: RunContext): Operator {
  const { input, args, columns, kind, on, schema } = plan;
  const fn = rowFunctions.get(plan.fn)!;
  const kernels = args.map((e) => compileExpr(e, input.schema));
  const places = columns.map((c) => fn.columns.findIndex(({ name }) => name === c.column));
  const meets = on === undefined ? undefined : compilePredicate(on, [...input.schema, ...columns.map((c) => c.field)]);
  const newBuilders = (): ColumnBuilder[] => columns.map((c) => columnBuilder(c.field.type, settings.batchRows));
  /** Of a left one each piece has all rows of a row, so that it shows which have none. */
  const isWhole = kind === 'left';

  return {
    async onBatch(batch, _port, out) {
      const given = kernels.map((kernel) => kernel(batch));
      let builders = newBuilders();
      let from: number[] = [];
      let rows: number[] = [];
      const flush = async (): Promise<void> => {
        const piece = pieceOf(batch, from, builders);
        const found = kind === 'left' ? filledUp(piece, from, rows, batch) : chosen(piece);
        builders = newBuilders();
        [from, rows] = [[], []];
        if (found.length > 0 && found.selection?.length !== 0) await out.emit(found);
      };
      for (const row of rowsOf(batch)) {
        rows.push(row);
        for (const made of called(
          args.map((e, i) => cell(given[i]!, e.type, row)),
          row,
        )) {
          from.push(row);
          builders.forEach((builder, c) => builder.append(made[places[c]!]!));
          if (!isWhole && from.length >= settings.batchRows) {
            await flush();
            if (isFull(out)) return;
          }
        }
        if (Math.max(from.length, rows.length) < settings.batchRows) continue;
        await flush();
        if (isFull(out)) return;
      }
      await flush();
    },
  };

  function* called(values: readonly Value[], row: number): Iterable<readonly Value[]> {
    try {
      yield* fn.rows(values);
    } catch (error) {
      if (error instanceof RowError) error.row ??= row;
      throw error;
    }
  }

  function pieceOf(batch: RecordBatch, from: readonly number[], builders: readonly ColumnBuilder[]): RecordBatch {
    const picked = Uint32Array.from(from);
    return {
      schema,
      length: picked.length,
      columns: [...batch.columns.map((c) => pick(c, picked)), ...builders.map((builder) => builder.finish())],
    };
  }

  function chosen(piece: RecordBatch): RecordBatch {
    return meets === undefined ? piece : { ...piece, selection: meets(piece) };
  }

  /** The rows that meet the condition; in between those of the input for which there is none. */
  function filledUp(
    piece: RecordBatch,
    from: readonly number[],
    rows: readonly number[],
    batch: RecordBatch,
  ): RecordBatch {
    const met = meets === undefined ? Uint32Array.from(from.keys()) : meets(piece);
    const [lefts, rights]: [number[], number[]] = [[], []];
    let next = 0;
    for (const row of rows) {
      const start = next;
      for (; next < met.length && from[met[next]!] === row; next++) {
        lefts.push(row);
        rights.push(met[next]!);
      }
      if (next > start) continue;
      lefts.push(row);
      rights.push(NO_ROW);
    }
    const added = piece.columns.slice(batch.columns.length);
    return {
      schema,
      length: lefts.length,
      columns: [
        ...batch.columns.map((c) => pick(c, Uint32Array.from(lefts))),
        ...added.map((c) => gather(c, Uint32Array.from(rights))),
      ],
    };
  }
}

const isFull = (out: Output): boolean => out.full;
