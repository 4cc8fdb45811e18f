import type { Column } from '../../data/column.ts';
import { RowError } from '../functions/function.ts';
import type { Expr } from '../expr.ts';
import { Arena } from './arena.ts';
import type { Code } from './code.ts';
import type { Loop } from './compile.ts';
import type { Emitter } from './emit.ts';
import { coerce, nullTest, repOf, type Operand } from './operand.ts';

/** The loop that computes a column of `n` cells. */
export function columnFunction(e: Expr, emitter: Emitter, selected: boolean): Loop<Column> {
  const { code } = emitter;
  const x = coerce(code, emitter.emit(e), e.type);
  const ownArena = x.rep === 'text' && x.home === 'A';
  const { before, result } = output(code, x, e);
  return wrap(emitter, selected, ownArena, before, result) as Loop<Column>;
}

/** The loop that lists the rows on which `e` is true. */
export function selectionFunction(e: Expr, emitter: Emitter, selected: boolean): Loop<Uint32Array> {
  const { code } = emitter;
  const test = emitter.truth(e);
  code.line(`if (${test.nul === 'false' ? '' : `!${test.nul} && `}${test.v} !== 0) out[count++] = i;`);
  const before = 'const out = new Uint32Array(m); let count = 0;';
  return wrap(emitter, selected, false, before, 'out.subarray(0, count)') as Loop<Uint32Array>;
}

/** Lines that store the cell of row `i`; text of what comes before the loop, and of the finished column. */
function output(code: Code, x: Operand, e: Expr): { before: string; result: string } {
  if (x.rep === 'boxed') {
    code.line(`out[i] = ${x.v};`);
    return { before: 'const out = new Array(n).fill(null);', result: `{ kind: 'any', values: out }` };
  }
  const nul = nullTest(x);
  const copied = x.rep === 'text' && x.home === undefined;
  const store =
    x.rep !== 'text'
      ? `out[i] = ${x.v};`
      : copied
        ? `starts[i] = O.used; O.put(${x.b}, ${x.s}, ${x.e}); ends[i] = O.used;`
        : `starts[i] = ${x.s}; ends[i] = ${x.e};`;
  const nulls = nul === 'false' ? 'undefined' : 'some ? nulls : undefined';
  const bitmap = nul === 'false' ? '' : 'const nulls = new Uint8Array((n + 7) >> 3); let some = false;';
  if (nul === 'false') code.line(store);
  else code.line(`if (${nul}) { nulls[i >> 3] |= 1 << (i & 7); some = true; } else { ${store} }`);
  if (x.rep === 'text') {
    const bytes = copied ? 'O.bytes' : x.home === 'A' ? 'A.bytes' : x.home!;
    const arena = copied ? `const O = new ${code.constant(Arena)}(1024);` : '';
    return {
      before: `${bitmap} ${arena} const starts = new Uint32Array(n), ends = new Uint32Array(n);`,
      result: `{ kind: 'utf8', bytes: ${bytes}, starts, ends, nulls: ${nulls} }`,
    };
  }
  const bytewise = repOf(e.type) === 'bool';
  return {
    before: `${bitmap} const out = new ${bytewise ? 'Uint8Array' : 'Float64Array'}(n);`,
    result: `{ kind: '${bytewise ? 'bool' : 'f64'}', values: out, nulls: ${nulls} }`,
  };
}

/**
 * @param ownArena whether TEXT that is made belongs to the result; else its space is used again for each row.
 * @param before statements; they may use `n`, the number of cells, and `m`, the number of rows to compute.
 */
function wrap(emitter: Emitter, selected: boolean, ownArena: boolean, before: string, result: string): unknown {
  const { code, prologue } = emitter;
  const arena = code.constant(new Arena(1024));
  const size = code.constant({ used: 1024 });
  const start = ownArena ? `const A = new ${code.constant(Arena)}(${size}.used);` : `const A = ${arena};`;
  const finish = ownArena ? `${size}.used = A.used + 64;` : '';
  const fault = code.constant(atRow);
  const loop = (body: string): string => {
    const reset = ownArena || !body.includes('A.') ? '' : 'A.used = 0;';
    const head = selected ? 'for (let k = 0; k < m; k++) { i = selection[k];' : 'for (let k = 0; k < m; k++) { i = k;';
    return `try { ${head} ${reset}\n${body}\n} } catch (error) { ${fault}(error, i); throw error; }`;
  };
  const opening = [...prologue, `const m = ${selected ? 'selection.length' : 'n'};`, start, before, 'let i = 0;'];
  return code.build('columns, n, selection', opening.join('\n'), loop, `${finish}\nreturn ${result};`);
}

/** Notes on an error of a cell which row it was. */
export function atRow(error: unknown, row: number): void {
  if (error instanceof RowError) error.row ??= row;
}
