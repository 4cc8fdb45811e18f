import { RunError, type Diagnostic } from '../../base/errors.ts';
import type { Code } from '../../base/codes.ts';

/** What SQLite's result codes mean to a user, by the start of their names. */
const kinds: readonly (readonly [
  prefix: string,
  code: Code,
  say: (file: string, message: string) => string,
  help?: string,
])[] = [
  ['SQLITE_BUSY', 'E0602', (file) => `database ${file} is locked by another program`, 'SET busy_timeout waits longer'],
  ['SQLITE_LOCKED', 'E0602', (file) => `a table of ${file} is locked`],
  ['SQLITE_NOTADB', 'E0601', (file) => `${file} is not an SQLite database, or is encrypted`],
  [
    'SQLITE_CORRUPT',
    'E0601',
    (file, message) => `database ${file} is damaged: ${message}`,
    'PRAGMA integrity_check says where',
  ],
  [
    'SQLITE_CANTOPEN',
    'E0601',
    (file) => `database ${file} cannot be opened`,
    'in WAL mode SQLite needs to write to the folder of the file, even for reading',
  ],
  ['SQLITE_READONLY', 'E0603', (file) => `database ${file} can only be read: its file or folder is not writable`],
  ['SQLITE_FULL', 'E0603', (file) => `no space is left on the disk of ${file}, or of temporary files (SQLITE_TMPDIR)`],
  ['SQLITE_IOERR', 'E0603', (file, message) => `reading or writing database ${file} failed: ${message}`],
  ['SQLITE_', 'E0603', (file, message) => `${file}: ${message}`],
];

/** The result code of an error that SQLite raised, such as `SQLITE_CONSTRAINT_UNIQUE`. */
export function resultCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
}

export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(resultCode(error) ?? '');

/** The rows are at fault: a constraint, or what cannot be a rowid. */
export const isRefusal = (error: unknown): boolean => /^SQLITE_(CONSTRAINT|MISMATCH)/.test(resultCode(error) ?? '');

/** An error of SQLite in the user's terms; any other error as it is. */
export function explained(error: unknown, file: string, more: Partial<Diagnostic> = {}): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  const [, fault, say, help] = kinds.find(([prefix]) => code.startsWith(prefix))!;
  const message = say(file, (error as Error).message);
  return new RunError({ code: fault, message, ...(help !== undefined && { help: [help] }), ...more }, { cause: error });
}
