import { readdirSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { RunError } from '../../base/errors.ts';
import { meant } from '../options.ts';

/** A file to read: its absolute path, and what messages call it. */
export interface InputFile {
  readonly path: string;
  readonly name: string;
  /** Its content is compressed by gzip. */
  readonly compressed?: true;
}

/**
 * The files that some paths and patterns stand for, each pattern's in the order of their names.
 *
 * @throws RunError E0701 where there is none, or where one cannot be read.
 */
export async function findFiles(patterns: readonly string[]): Promise<readonly InputFile[]> {
  const files: InputFile[] = [];
  for (const pattern of patterns) {
    if (!/[*?[{]/.test(pattern) || exists(pattern)) files.push(inputFile(pattern));
    else files.push(...(await matching(pattern)));
  }
  return files;
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

async function matching(pattern: string): Promise<readonly InputFile[]> {
  // Loaded only here: most queries name their files.
  const { glob } = await import('tinyglobby');
  const names = await glob([pattern], { onlyFiles: true, expandDirectories: false, absolute: pattern.startsWith('/') });
  if (names.length === 0) {
    throw new RunError({ code: 'E0701', message: `no file matches ${pattern}`, help: [`looked in ${process.cwd()}`] });
  }
  return names.sort().map(inputFile);
}

function inputFile(name: string): InputFile {
  const path = resolve(name);
  statFile({ path, name });
  return { path, name };
}

/** @throws RunError E0701 unless it is there and is no directory. */
export function statFile({ path, name }: InputFile): Stats {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    throw unreadable({ path, name }, error);
  }
  if (stats.isDirectory()) {
    throw new RunError({
      code: 'E0701',
      message: `cannot read ${name}: it is a directory`,
      help: [`name the files in it, such as '${name.replace(/\/$/, '')}/*'`],
    });
  }
  return stats;
}

/** What a failed call of the file system means for the user. */
export function unreadable({ path, name }: InputFile, error: unknown): RunError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    const help = [...neighbours(path), `looked in ${dirname(path)}`];
    return new RunError(
      { code: 'E0701', message: `cannot read ${name}: there is no such file`, help },
      { cause: error },
    );
  }
  const said = code === 'EACCES' ? 'permission denied' : code === 'EISDIR' ? 'it is a directory' : message;
  return new RunError({ code: 'E0701', message: `cannot read ${name}: ${said}` }, { cause: error });
}

function neighbours(path: string): readonly string[] {
  try {
    return meant(basename(path), readdirSync(dirname(path)));
  } catch {
    return [];
  }
}
