/** Text that may be broken over lines. A string is never broken, whatever is in it. */
export type Doc = string | readonly Doc[] | Lines | Nest;

/** Parts that stand on one line with spaces between them if they fit, else each on a line of its own. */
interface Lines {
  readonly lines: readonly Doc[];
  /** Put before each line but the first. */
  readonly hang: string;
}
/** `(body)`, or the body indented between the lines of its parentheses. */
interface Nest {
  readonly nest: Doc;
}

export const lines = (...parts: readonly Doc[]): Doc => ({ lines: parts.filter((part) => part !== ''), hang: '' });
/** The same with all but the first part indented. */
export const hang = (...parts: readonly Doc[]): Doc => ({ lines: parts.filter((part) => part !== ''), hang: '    ' });
/** Parts with commas behind all but the last. */
export const commas = (parts: readonly string[]): string[] =>
  parts.map((part, i) => (i < parts.length - 1 ? `${part},` : part));
export const nest = (body: Doc): Doc => ({ nest: body });

/** Characters a line may have before it is broken. */
const width = 100;

/** The text on as few lines as fit. */
export function layout(doc: Doc, indent = ''): string {
  const whole = flat(doc);
  if (indent.length + whole.length <= width) return whole;
  if (typeof doc === 'string') return doc;
  if ('lines' in doc) {
    const inner = indent + doc.hang;
    return doc.lines.map((part, i) => layout(part, i === 0 ? indent : inner)).join(`\n${inner}`);
  }
  if ('nest' in doc) return `(\n${indent}  ${layout(doc.nest, `${indent}  `)}\n${indent})`;
  return doc.map((part) => layout(part, indent)).join('');
}

/** The text on one line. */
export function flat(doc: Doc): string {
  if (typeof doc === 'string') return doc;
  if ('lines' in doc) return doc.lines.map(flat).join(' ');
  if ('nest' in doc) return `(${flat(doc.nest)})`;
  return doc.map(flat).join('');
}
