/** A syntax tree on one line, without spans: `(or a (and b c))`. Names are bare, texts in quotes. */
export function outline(node: unknown): string {
  if (Array.isArray(node)) return `[${node.map(outline).join(' ')}]`;
  if (typeof node !== 'object' || node === null) return String(node);
  const { kind, op, ...fields } = node as Record<string, unknown> & { kind?: string; op?: string };
  if ('quoted' in fields) return fields['quoted'] === true ? JSON.stringify(fields['text']) : String(fields['text']);
  if ('parts' in fields && kind === undefined) return (fields['parts'] as unknown[]).map(outline).join('.');
  if (kind === 'column') return outline(fields['name']);
  if (kind === 'literal') return fields['type'] === 'string' ? `'${fields['text'] as string}'` : literal(fields);
  const named = Object.entries(fields).filter(
    ([key, value]) => key !== 'span' && value !== false && !(Array.isArray(value) && !value.length),
  );
  if (kind === 'binary' || kind === 'unary') return `(${[op, ...named.map(([, value]) => outline(value))].join(' ')})`;
  const parts = named.map(([key, value]) => (value === true ? key : `${key}:${outline(value)}`));
  return `(${[kind, op, ...parts].filter((part) => part !== undefined).join(' ')})`;
}

const literal = ({ type, text }: Record<string, unknown>): string =>
  type === 'integer' ? String(text) : `${String(type)}:${String(text)}`;

/** The tree without its spans, to be compared with another. */
export function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== 'span')
      .map(([key, value]) => [key, bare(value)]),
  );
}
