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
  ['read_nul', reader('nul')],
  ['read_raw', reader('raw')],
  ['read_regex', reader('regex', ['path', 'pattern'])],
  ['tail', { connector: 'tail', defaultOptions: {}, positional: ['path'] }],
  ['stdin', { connector: 'stdin', defaultOptions: {}, positional: ['format'] }],
  ['nexmark', { connector: 'nexmark', defaultOptions: {}, positional: ['events', 'seed'] }],
  ['generate', { connector: 'generator', defaultOptions: {}, positional: ['rows', 'seed'] }],
]);

export { formatOfPath };
