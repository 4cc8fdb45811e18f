/** How a csv file is written (RFC 4180 with the usual freedoms). Bytes, -1 where there is none. */
export interface Dialect {
  readonly delimiter: number;
  readonly quote: number;
}

/** Values of the options `delim` and `quote` as bytes. */
export function dialectOf(options: { readonly [key: string]: unknown }): Dialect {
  return { delimiter: byteOf(options['delim'], 44), quote: byteOf(options['quote'], 34) };
}

/** One character as its byte; `\t` may be written out. Longer texts were refused when the options were checked. */
function byteOf(option: unknown, fallback: number): number {
  if (typeof option !== 'string') return fallback;
  if (option === '') return -1;
  return option === '\\t' ? 9 : option.charCodeAt(0);
}
