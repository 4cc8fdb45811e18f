import type { RowTaker } from '../../row-taker.ts';
import type { Schema } from '../../data/types.ts';
import { isNumeric, textRows, widthOf } from './cells.ts';
import type { TextSink } from './sink.ts';

/** Rows that are looked at before the widths of the columns are settled, and for how long they are waited for; ms. */
const LOOK = 1000;
const PATIENCE = 200;
/** A column gets no wider than this while others have to share the terminal. */
const WIDEST = 200;
/** The header is repeated after so many rows on a terminal. */
const REPEAT = 500;

/** Boxes for people. Streams: widths come from the first rows, a later, wider cell sticks out. */
export function tableTaker(sink: TextSink, dim: (text: string) => string): RowTaker {
  let labels: readonly string[] = [];
  let right: readonly boolean[] = [];
  let waiting: (string | undefined)[][] = [];
  let widths: number[] | undefined;
  let rows = 0;
  let timer: NodeJS.Timeout | undefined;

  const pad = (text: string, c: number, alignRight: boolean): string => {
    const gap = ' '.repeat(Math.max(0, widths![c]! - widthOf(text)));
    return alignRight ? gap + text : text + gap;
  };
  const rule = (left: string, cross: string, end: string) =>
    left + widths!.map((w) => '─'.repeat(w + 2)).join(cross) + `${end}\n`;
  const header = () => `│ ${labels.map((l, c) => pad(l, c, right[c]!)).join(' │ ')} │\n`;
  const line = (cells: readonly (string | undefined)[]) =>
    `│ ${cells.map((text, c) => (text === undefined ? dim(pad('NULL', c, right[c]!)) : pad(text, c, right[c]!))).join(' │ ')} │\n`;

  const settle = (): string => {
    clearTimeout(timer);
    widths = labels.map((label, c) =>
      Math.min(
        WIDEST,
        waiting.reduce((most, cells) => Math.max(most, widthOf(cells[c] ?? 'NULL')), widthOf(label)),
      ),
    );
    const text = rule('┌', '┬', '┐') + header() + rule('├', '┼', '┤');
    return text + flush();
  };
  const flush = (): string => {
    let text = '';
    for (const cells of waiting) {
      if (sink.isTerminal && rows > 0 && rows % REPEAT === 0)
        text += rule('├', '┼', '┤') + header() + rule('├', '┼', '┤');
      text += line(cells);
      rows++;
    }
    waiting = [];
    return text;
  };
  return {
    start(given: readonly string[], schema: Schema) {
      labels = given.map((label) => label.replace(/\s+/g, ' '));
      right = schema.map(isNumeric);
      waiting = [];
      widths = undefined;
      rows = 0;
      clearTimeout(timer);
      timer = undefined;
    },
    batch(batch) {
      for (const cells of textRows(batch)) waiting.push(cells);
      if (widths === undefined && waiting.length < LOOK) {
        // Rows that come slowly are shown as they come. Where that fails, the next write does, too.
        timer ??= setTimeout(() => void Promise.resolve(sink.write(settle())).catch(() => undefined), PATIENCE).unref();
        return undefined;
      }
      return sink.write(widths === undefined ? settle() : flush());
    },
    async end() {
      clearTimeout(timer);
      if (labels.length === 0) return;
      const text = widths === undefined ? settle() : flush();
      await sink.write(text + rule('└', '┴', '┘'));
      await sink.write(dim(`(${rows.toLocaleString('en-US')} row${rows === 1 ? '' : 's'})`) + '\n');
    },
  };
}
