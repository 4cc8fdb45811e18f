import { locate, type Span } from './span.ts';
import { codes, type Code } from './codes.ts';

/** What is said about one fault. `message` starts in lower case and ends without a full stop. */
export interface Diagnostic {
  readonly code: Code;
  readonly message: string;
  /** Where in the user's text; absent for faults that only show while running. */
  readonly span?: Span;
  /** Printed behind the carets: what is the matter with just this piece. */
  readonly label?: string;
  /** Facts that explain the fault (`= why:` / `= note:`). */
  readonly notes?: readonly string[];
  /** What the user could do (`= help:`). */
  readonly help?: readonly string[];
}

/** Faults in what the user wrote; found before anything runs. Exit code 3. */
export class QueryError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(...diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => d.message).join('\n'));
    this.name = 'QueryError';
    this.diagnostics = diagnostics;
  }
}

/** A fault met while a query runs: bad data, a failed command, a locked database. Exit code 1. */
export class RunError extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic, options?: ErrorOptions) {
    super(diagnostic.message, options);
    this.name = 'RunError';
    this.diagnostic = diagnostic;
  }
}

/** A broken promise inside ssql itself. Its message asks for a report; it is never the user's fault. */
export class Bug extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Bug';
  }
}

/** Fails to compile when a `switch` over a union forgets a case; throws `Bug` when untyped data slips through. */
export function unreachable(value: never): never {
  throw new Bug(`unhandled case: ${JSON.stringify(value)}`);
}

/** The diagnostics that any thrown value stands for, so that no stack trace reaches a user. */
export function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof QueryError) return error.diagnostics;
  if (error instanceof RunError) return [error.diagnostic];
  const text = error instanceof Error ? error.message : String(error);
  const where = error instanceof Error ? (error.stack?.split('\n')[1]?.trim() ?? '') : '';
  return [
    {
      code: 'E0999',
      message: `internal error: ${text}`,
      notes: [where],
      help: ['this is a fault in ssql itself; please report it with the query that shows it'],
    },
  ];
}

/** At most this many diagnostics are printed at once. */
const MOST = 10;

/**
 * The text of some diagnostics: `error[CODE]: message`, then `--> file:line:col`, the line, carets, notes and help.
 *
 * @param color wraps a piece of text in a colour; the default leaves it as it is.
 */
export function render(
  diagnostics: readonly Diagnostic[],
  color: (style: 'error' | 'dim' | 'help', text: string) => string = (_, text) => text,
): string {
  const shown = diagnostics.slice(0, MOST).map((d) => renderOne(d, color));
  if (diagnostics.length > MOST) shown.push(`... and ${diagnostics.length - MOST} more errors`);
  return shown.join('\n\n');
}

function renderOne(d: Diagnostic, color: (style: 'error' | 'dim' | 'help', text: string) => string): string {
  const lines = [`${color('error', `error[${d.code}]`)}: ${d.message}`];
  if (d.span !== undefined) {
    const { source, start, end } = d.span;
    const { line, column, lineText } = locate(source, start);
    const gutter = ' '.repeat(String(line).length);
    const { text, at } = excerpt(lineText, column - 1);
    const width = Math.max(1, Math.min(end - start, text.length - at));
    const indent = text.slice(0, at).replace(/[^\t]/g, ' ');
    lines.push(
      `${gutter}${color('dim', '-->')} ${source.name}:${line}:${column}`,
      `${gutter} ${color('dim', '|')}`,
      `${color('dim', `${line} |`)} ${text}`,
      `${gutter} ${color('dim', '|')} ${indent}${color('error', '^'.repeat(width) + (d.label ? ` ${d.label}` : ''))}`,
    );
    for (const note of d.notes ?? []) lines.push(`${gutter} ${color('dim', '=')} note: ${note}`);
    for (const help of d.help ?? []) lines.push(`${gutter} ${color('dim', '=')} ${color('help', 'help')}: ${help}`);
  } else {
    for (const note of d.notes ?? []) lines.push(`  ${color('dim', '=')} note: ${note}`);
    for (const help of d.help ?? []) lines.push(`  ${color('dim', '=')} ${color('help', 'help')}: ${help}`);
  }
  return lines.join('\n');
}

/** A line longer than this is shown in part, from at most `BEFORE` in front of the fault. */
const LONGEST = 400;
const BEFORE = 60;

/** What is shown of a line, so that a generated one of a megabyte does not fill the terminal; `at` is the fault in it. */
function excerpt(line: string, at: number): { readonly text: string; readonly at: number } {
  if (line.length <= LONGEST) return { text: line, at };
  const from = Math.max(0, Math.min(at - BEFORE, line.length - LONGEST));
  const before = from > 0 ? '...' : '';
  const after = from + LONGEST < line.length ? '...' : '';
  return { text: `${before}${line.slice(from, from + LONGEST)}${after}`, at: at - from + before.length };
}

export { codes, type Code };
