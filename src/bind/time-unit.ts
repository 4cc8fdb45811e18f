import { extractField, truncateTimestamp } from '../expr/functions/timestamp.ts';
import { RowError } from '../expr/functions/function.ts';
import type * as ast from '../syntax/ast.ts';
import { fault } from './fault.ts';

/** What is asked of a moment by a word, in the first argument. */
const asking: Readonly<Record<string, { readonly ask: (word: string, us: number) => number; readonly words: string }>> =
  {
    date_trunc: { ask: truncateTimestamp, words: 'second, minute, hour, day, week, month, quarter, year' },
    date_ceil: { ask: truncateTimestamp, words: 'second, minute, hour, day, week, month, quarter, year' },
    date_diff: { ask: truncateTimestamp, words: 'second, minute, hour, day, week, month, quarter, year' },
    timestampdiff: { ask: truncateTimestamp, words: 'second, minute, hour, day, week, month, quarter, year' },
    extract: { ask: extractField, words: 'year, quarter, month, week, day, dow, doy, hour, minute, second, epoch' },
  };

/** A unit of time that is written there is looked at before anything runs. */
export function checkTimeUnit(name: string, [unit]: readonly ast.Expr[]): void {
  const same: Readonly<Record<string, string>> = {
    date_part: 'extract',
    datediff: 'date_diff',
    datesub: 'timestampdiff',
  };
  const known = asking[same[name] ?? name];
  if (known === undefined || unit?.kind !== 'literal' || unit.type !== 'string') return;
  try {
    known.ask(unit.text, 0);
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    fault('E0203', unit.span, error.message, { label: `expected one of: ${known.words}` });
  }
}
