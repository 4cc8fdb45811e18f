import { readdirSync, readFileSync } from 'node:fs';

/** Texts of all examples; those that are no script as they stand (faults, single expressions) add nothing. */
export function examples(): readonly string[] {
  const files = ['queries', 'test/cases'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const read = (ending: string): string[] =>
    files.filter((f) => f.endsWith(ending)).map((f) => readFileSync(f, 'utf8'));
  const blocks = read('.case').flatMap((text) => text.split(/\n{2,}/).map((block) => block.split(/^----$/m)[0]!));
  return [
    ...[...readFileSync('grammar/reference.md', 'utf8').matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(([, sql]) => sql!),
    ...read('.ssql'),
    ...blocks.map((block) => block.replace(/^(?:# .*\n)*/, '')),
    ...read('.sql').flatMap((text) => text.split(/;\n/)),
  ];
}
