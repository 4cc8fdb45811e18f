/** A name as SQL text. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Names compare without case (ASCII), as in SQLite. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** At most so many names are listed in a message. */
const LISTED = 20;

export const listing = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.slice(0, LISTED).join(', ') + (names.length > LISTED ? ', ..' : '');
