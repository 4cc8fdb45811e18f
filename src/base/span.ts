/** A text that a user wrote: a file, a REPL entry, the argument of `-c`. */
export interface Source {
  /** What messages call it: the path as given, or `-c`, `<stdin>`. */
  readonly name: string;
  readonly text: string;
}

/** Half-open range `[start, end)` of UTF-16 offsets into one text. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** 1-based line and column of `offset` (in UTF-16 units), and the text of that line without its line end. */
export function locate(source: Source, offset: number): { line: number; column: number; lineText: string } {
  const start = source.text.lastIndexOf('\n', offset - 1) + 1;
  const stop = source.text.indexOf('\n', offset);
  return {
    line: lineOf(source, start),
    column: offset - start + 1,
    lineText: source.text.slice(start, stop < 0 ? undefined : stop).replace(/\r$/, ''),
  };
}

/** Where the lines of a text begin, made when it is first asked for: each operator of a long script says its line. */
const lineStarts = new WeakMap<Source, readonly number[]>();

/** 1-based number of the line that begins at `start`. */
function lineOf(source: Source, start: number): number {
  let starts = lineStarts.get(source);
  if (starts === undefined) {
    const found = [0];
    for (let at = source.text.indexOf('\n'); at >= 0; at = source.text.indexOf('\n', at + 1)) found.push(at + 1);
    lineStarts.set(source, (starts = found));
  }
  let low = 0;
  for (let high = starts.length - 1; low < high;) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= start) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** The smallest span that covers both; they must be of one source. */
export const join = (a: Span, b: Span): Span => ({
  source: a.source,
  start: Math.min(a.start, b.start),
  end: Math.max(a.end, b.end),
});
