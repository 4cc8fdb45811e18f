import type { Options } from '../../plan/plan.ts';
import { quote } from './names.ts';

/** `ON CONFLICT [(columns)] DO NOTHING | UPDATE SET .. [WHERE ..]`, as options of a sink: expressions are SQL text. */
export interface Conflict {
  readonly columns?: readonly string[];
  readonly set: 'nothing' | readonly { readonly column: string; readonly sql: string }[];
  readonly where?: string;
}

/** Words that may stand behind INSERT OR, as the option `or` has them. */
const alternatives = ['replace', 'ignore', 'abort', 'fail', 'rollback'] as const;

/**
 * INSERT of rows that `source` (SELECT .. with a WHERE, so that ON CONFLICT is not taken for a join's ON) gives into the
 * columns of a table, with what the options `or` and `conflict` say.
 */
export function insertSql(table: string, columns: readonly string[], source: string, options: Options): string {
  const word = alternatives.find((w) => w === options['or']);
  const verb = word === undefined ? 'INSERT' : `INSERT OR ${word.toUpperCase()}`;
  const into = columns.length === 0 ? '' : ` (${columns.map(quote).join(', ')})`;
  return `${verb} INTO main.${quote(table)}${into} ${source}${conflictSql(options['conflict'] as unknown as Conflict | undefined)}`;
}

function conflictSql(conflict: Conflict | undefined): string {
  if (conflict === undefined) return '';
  const target =
    conflict.columns === undefined || conflict.columns.length === 0
      ? ''
      : ` (${conflict.columns.map(quote).join(', ')})`;
  if (conflict.set === 'nothing') return ` ON CONFLICT${target} DO NOTHING`;
  const set = conflict.set.map(({ column, sql }) => `${quote(column)} = ${sql}`).join(', ');
  return ` ON CONFLICT${target} DO UPDATE SET ${set}${conflict.where === undefined ? '' : ` WHERE ${conflict.where}`}`;
}
