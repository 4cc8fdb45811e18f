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
  let line = 1;
  for (let at = source.text.indexOf('\n'); at >= 0 && at < offset; at = source.text.indexOf('\n', at + 1)) line++;
  return {
    line,
    column: offset - start + 1,
    lineText: source.text.slice(start, stop < 0 ? undefined : stop).replace(/\r$/, ''),
  };
}

/** The smallest span that covers both; they must be of one source. */
export const join = (a: Span, b: Span): Span => ({
  source: a.source,
  start: Math.min(a.start, b.start),
  end: Math.max(a.end, b.end),
});
