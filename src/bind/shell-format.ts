import type { Format } from '../plan/plan.ts';
import type { Span } from '../base/span.ts';
import type * as ast from '../syntax/ast.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { fault, unknown } from './fault.ts';
import { fold } from './names.ts';

type FormatClause = Extract<ast.ShellClause, { clause: 'format' }>;

/** The options of each format, and what a bare string in FORMAT x('..') means. */
const formats: Readonly<Record<Format['name'], { readonly options: readonly string[]; readonly first?: string }>> = {
  lines: { options: ['null'] },
  csv: { options: ['delim', 'quote', 'header', 'null'], first: 'delim' },
  tsv: { options: ['header', 'null'] },
  jsonl: { options: [] },
  regex: { options: ['pattern'], first: 'pattern' },
  nul: { options: ['null'] },
  raw: { options: [] },
};

export const isFormat = (name: string): name is Format['name'] => Object.hasOwn(formats, name);

/** The format that a FORMAT clause names. */
export function formatOf(query: QueryContext, { format }: FormatClause): Format {
  const name = fold(format.name);
  if (!isFormat(name))
    return unknown(
      'E0310',
      format.span,
      'format',
      format.name,
      Object.keys(formats),
      `expected ${Object.keys(formats).join(', ')}`,
    );
  const known = formats[name];
  const options: Record<string, string | number | boolean> = {};
  for (const arg of format.args) {
    if ('text' in arg) {
      if (known.first === undefined)
        fault('E0308', arg.span, `FORMAT ${name} takes no text`, { label: 'nothing is expected here' });
      options[known.first] = arg.text;
    } else {
      const option = known.options.find((o) => o === fold(arg.name));
      if (option === undefined)
        return unknown(
          'E0308',
          arg.span,
          'option',
          arg.name,
          known.options,
          `FORMAT ${name} has: ${known.options.join(', ') || 'none'}`,
        );
      options[option] = optionValue(query, arg);
    }
  }
  if (name === 'regex' && options['pattern'] === undefined) {
    fault('E0402', format.span, 'FORMAT regex needs its pattern', { label: "write FORMAT regex('(?<name>..)')" });
  }
  return { name, options };
}

function optionValue(query: QueryContext, option: ast.Option): string | boolean {
  const value = constantValue(query, option.value, `option ${option.name}`);
  const text = String(value ?? '');
  return fold(option.name) === 'header' ? /^(true|on|1|yes)$/i.test(text) : text;
}

/** What FORMAT clauses say of each direction; the last one that speaks of it wins. */
export function writtenFormats(query: QueryContext, clauses: readonly ast.ShellClause[]) {
  const found: { input?: Format; output?: Format; inputSpan?: Span; outputSpan?: Span; ofOutput?: boolean } = {};
  for (const clause of clauses) {
    if (clause.clause !== 'format') continue;
    const format = formatOf(query, clause);
    const { direction, span } = clause;
    if (direction === 'input' && format.name === 'regex')
      fault('E0310', span, 'regex is a format of output only', {
        label: 'a pattern can take lines apart, not make them',
      });
    if (direction !== 'output' && format.name !== 'regex') Object.assign(found, { input: format, inputSpan: span });
    if (direction !== 'input')
      Object.assign(found, { output: format, outputSpan: span, ofOutput: direction === 'output' });
  }
  return found;
}

export const lines: Format = { name: 'lines', options: {} };
export const tsv: Format = { name: 'tsv', options: {} };

/** One column needs no separators: a line is its text. */
export const formatFor = (columns: number): Format => (columns === 1 ? lines : tsv);

/**
 * Without WRITES nothing is known of what a command prints but that it is lines. FORMAT csv says then how rows are sent;
 * OUTPUT FORMAT csv says it of what comes back, as FORMAT nul does.
 */
export const undeclaredFormat = ({ output, ofOutput }: ReturnType<typeof writtenFormats>): Format =>
  output === undefined || (!ofOutput && severalColumns.has(output.name)) ? lines : output;

const severalColumns: ReadonlySet<Format['name']> = new Set(['csv', 'tsv', 'jsonl']);

/** These formats have nothing to tell columns apart by. */
const oneColumn: ReadonlySet<Format['name']> = new Set(['lines', 'nul', 'raw']);

export function checkLines(format: Format, columns: readonly string[], what: 'sent' | 'written', span: Span): void {
  if (!oneColumn.has(format.name) || columns.length === 1) return;
  fault('E0402', span, `FORMAT ${format.name} with ${columns.length} columns`, {
    label: `${what}: ${columns.join(', ') || 'none'}`,
    help: [
      what === 'sent' ? 'name one column: READS (x); or use FORMAT tsv, csv or jsonl' : 'use FORMAT tsv, csv or jsonl',
    ],
  });
}

/** Rows that a FILTER gives back are recognised by their lines, of which `raw` has none. */
export function checkFilterFormat(format: Format, span: Span): void {
  if (format.name !== 'raw') return;
  fault('E0402', span, 'FORMAT raw with FILTERS', {
    label: 'nothing tells its rows apart',
    help: ['use FORMAT lines, nul, tsv, csv or jsonl'],
  });
}
