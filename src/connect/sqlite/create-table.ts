const token =
  /--[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*|\S/g;

const constraint = /^(CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN)$/i;

/**
 * Collations that a CREATE TABLE text declares, upper case, by column name in lower case. No PRAGMA tells them. Only a
 * COLLATE that stands directly in a column's definition counts, not one inside a CHECK or of a generated column's
 * expression.
 *
 * @param sql as SQLite keeps it in `sqlite_schema`, so known to be well formed.
 */
export function columnCollations(sql: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (!/\bcollate\b/i.test(sql)) return found;
  let depth = 0;
  let column: string | undefined;
  let atStart = false;
  let awaited = false;
  for (const [text] of sql.matchAll(token)) {
    if (text.startsWith('--') || text.startsWith('/*')) continue;
    if (text === '(') {
      if (++depth === 1) atStart = true;
    } else if (text === ')') depth--;
    else if (depth !== 1) continue;
    else if (text === ',') atStart = true;
    else if (atStart) {
      column = constraint.test(text) ? undefined : unquoted(text).toLowerCase();
      atStart = false;
    } else if (awaited) {
      if (column !== undefined) found.set(column, unquoted(text).toUpperCase());
      awaited = false;
    } else awaited = /^collate$/i.test(text);
  }
  return found;
}

/** The name that an identifier token means. */
function unquoted(text: string): string {
  const quote = text[0]!;
  if (quote === '[') return text.slice(1, -1);
  return '"`\''.includes(quote) ? text.slice(1, -1).replaceAll(quote + quote, quote) : text;
}
