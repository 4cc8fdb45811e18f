import { formatOfPath } from '../data/format/catalog.ts';
import type { Options } from '../plan/plan.ts';

/** A table function that stands for a source: `read_csv('x.csv', delim => ';')`. */
export interface InlineFunction {
  readonly connector: string;
  readonly defaultOptions: Options;
  /** Options that arguments without a name stand for, in order. */
  readonly positional: readonly string[];
}

const reader = (format: string, positional: readonly string[] = ['path']): InlineFunction => ({
  connector: 'file',
  defaultOptions: { format },
  positional,
});

export const inlineFunctions: ReadonlyMap<string, InlineFunction> = new Map([
  ['read_csv', reader('csv')],
  ['read_tsv', reader('tsv')],
  ['read_jsonl', reader('jsonl')],
  ['read_lines', reader('lines')],
  ['read_regex', reader('regex', ['path', 'pattern'])],
  ['stdin', { connector: 'stdin', defaultOptions: {}, positional: ['format'] }],
  ['generate', { connector: 'generator', defaultOptions: {}, positional: ['rows', 'seed'] }],
]);

export { formatOfPath };
