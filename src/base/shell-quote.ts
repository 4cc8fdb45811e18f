/** A text as one word for a shell, whatever is in it. */
export const inQuotes = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
