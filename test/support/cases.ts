import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const cases = join(import.meta.dirname, '../cases');
/** The files of a folder, or the one file named. */
const filesOf = (path: string): string[] =>
  path.endsWith('.case')
    ? [path]
    : readdirSync(join(cases, path)).flatMap((name) => (name.endsWith('.case') ? [`${path}/${name}`] : []));

const blocksOf = (file: string): string[] =>
  readFileSync(join(cases, file), 'utf8')
    .trim()
    .split(/\n{2,}/);
/** The lines above `----`. */
const asked = (block: string): string => block.split(/^----$/m)[0]!.trimEnd();
const queryOf = (block: string): string => asked(block).replace(/^(?:# .*\n)*/, '');

/** All queries of a folder or file, without their answers. */
export const casesOf = (path: string): string[] => filesOf(path).flatMap((file) => blocksOf(file).map(queryOf));

/**
 * Runs every `.case` file of a folder of test/cases, or one file: blocks parted by blank lines, each lines of `# why`, a
 * query, `----` and the answer. `vitest -u` writes the answers in place; a wrong answer is then seen in the diff.
 *
 * @param answer what is to stand below `----`; blank lines are taken out of it
 */
export function runCases(path: string, answer: (query: string) => string | Promise<string>): void {
  test.each(filesOf(path))('%s', async (file) => {
    const answers: [query: string, text: string][] = [];
    for (const block of blocksOf(file)) answers.push([asked(block), (await answer(queryOf(block))).trimEnd()]);
    const fresh = answers.map(([query, text]) => `${query}\n----\n${text.replaceAll(/\n{2,}/g, '\n')}\n`);
    await expect(fresh.join('\n')).toMatchFileSnapshot(join(cases, file));
  });
}
