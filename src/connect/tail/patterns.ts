import { dirname, isAbsolute, relative } from 'node:path';
import type { InputFile } from '../file/paths.ts';

export const isPattern = (path: string): boolean => /[*?[{]/.test(path);

/** The folder in which all files of a pattern are, or its subfolders. */
export const folderOf = (pattern: string): string => dirname(`${pattern.slice(0, pattern.search(/[*?[{]/))}x`);

/** The files that match a pattern now, in the order of their names. @param pattern absolute. */
export async function expand({ path: pattern, name }: InputFile): Promise<readonly InputFile[]> {
  const { glob } = await import('tinyglobby');
  const paths = await glob([pattern], { onlyFiles: true, expandDirectories: false, absolute: true });
  return paths.sort().map((path) => ({ path, name: isAbsolute(name) ? path : relative(process.cwd(), path) }));
}
