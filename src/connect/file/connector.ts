import { resolve } from 'node:path';
import type { Schema } from '../../data/types.ts';
import { formats, type FormatName } from '../../data/format/catalog.ts';
import type { Field } from '../../data/types.ts';
import type { Json, Options } from '../../plan/plan.ts';
import { OptionError, type Connector, type Described, type OptionSpec } from '../connector.ts';
import { checkFormatOptions, checkOptions, formatOption, listOption } from '../options.ts';
import { columnsOf, type Sample } from './columns.ts';
import { isCompressed } from './byte-reader.ts';
import { findFiles, statFile, type InputFile } from './paths.ts';
import { firstKeys, firstRecord, readHead } from './sample.ts';
import { checkFolder, checkWritable, openFileSink } from './sink.ts';
import { openFiles } from './source.ts';
import { timePattern } from './time-pattern.ts';

/** Options that say how bytes are rows; sources and sinks of bytes share them. */
export const formatOptions: Readonly<Record<string, OptionSpec>> = {
  format: { type: 'text', doc: 'how bytes are rows; by default the extension tells', oneOf: Object.keys(formats) },
  header: { type: 'boolean', doc: 'csv, tsv: the first record names the columns' },
  delim: { type: 'text', doc: "csv: the character between fields, ',' by default" },
  quote: { type: 'text', doc: "csv: the character around fields, '\"' by default; empty for none" },
  null: { type: 'text', doc: 'the text that stands for NULL' },
  pattern: { type: 'text', doc: 'regex: JavaScript regular expression with named groups (?<name>..)' },
  columns: { type: 'list', doc: 'csv, tsv: names of the columns, where there is no header' },
  encoding: { type: 'text', doc: 'how text is encoded', oneOf: ['utf-8'] },
  on_error: {
    type: 'text',
    doc: 'a row that cannot be read: fail, skip it, NULL what is wrong, or the name of a sink to keep it in',
    oneOf: ['fail', 'skip', 'null'],
    orSink: true,
  },
};

/** Files, read one after the other or written as a whole. */
export const file: Connector = {
  name: 'file',
  doc: 'files: csv, tsv, jsonl, lines of text, or lines taken apart by a pattern',
  options: {
    path: { type: 'list', doc: "path, pattern such as 'logs/*.csv', or a list of them", required: true },
    ...formatOptions,
    compression: {
      type: 'text',
      doc: "how the file is compressed; 'gzip' where its name ends in .gz",
      oneOf: ['gzip', 'none'],
    },
    append: { type: 'boolean', doc: 'sink: false replaces the file; an INSERT adds to its end, COPY replaces it' },
  },
  source: { replay: 'offset', describe: describeSource, open: openFiles },
  sink: { delivery: 'at-least-once', describe: describeSink, open: openFileSink },
};

async function describeSource(options: Options, declared: readonly Field[] | undefined): Promise<Described> {
  checkOptions('connector file', file.options, options);
  const files = (await findFiles(listOption(options, 'path')!)).map((f): InputFile =>
    isCompressed(f.path, options['compression']) ? { ...f, compressed: true } : f,
  );
  if (files.length === 0) throw new OptionError('path', 'option path is an empty list');
  const format = formatOption(options, files[0]!.name);
  checkFormatOptions(options, format);
  const areRegular = files.every((f) => statFile(f).isFile());
  const columns = await columnsOf(format, options, declared, sampleOf(files, areRegular, format, options));
  const { schema, names, header, byPosition } = columns;
  const found = { format, header, names, byPosition, files: files as unknown as Json };
  // What comes out of a pipe cannot be read again.
  return { schema, bounded: true, epochs: areRegular, options: { ...options, ...found, epochs: areRegular } };
}

/** How to look at the start of the first of some files. */
export function sampleOf(files: readonly InputFile[], possible: boolean, format: FormatName, options: Options): Sample {
  const first = files[0]!;
  return {
    name: first.name,
    possible,
    record: async () => readHead(first, (head, whole) => firstRecord(head, whole, format, options))?.fields,
    keys: async () =>
      readHead(first, (head, whole) => {
        const { keys, enough } = firstKeys(head, whole);
        return enough ? keys : undefined;
      }) ?? [],
  };
}

async function describeSink(
  options: Options,
  schema: Schema,
  columns: readonly string[] | undefined,
): Promise<{ readonly columns: readonly string[]; readonly options: Options }> {
  checkOptions('connector file', file.options, options);
  const [path, ...others] = listOption(options, 'path')!;
  if (path === undefined || others.length > 0)
    throw new OptionError('path', 'rows are written to one file: name one path');
  const format = formatOption(options, path);
  checkFormatOptions(options, format);
  checkEncodable(format, schema);
  const target = resolve(path);
  await (timePattern(target) === undefined ? checkWritable : checkFolder)(target, path);
  return { columns: columns ?? schema.map((field) => field.name), options: { ...options, path, format, target } };
}

/** @throws OptionError for rows that no file of the format can hold. */
export function checkEncodable(format: FormatName, schema: Schema): void {
  if (format === 'regex') throw new OptionError('format', 'format regex can only be read');
  if ((format !== 'lines' && format !== 'nul' && format !== 'raw') || schema.length === 1) return;
  throw new OptionError('format', `format ${format} takes exactly one column, not ${schema.length}`, [
    `the rows have: ${schema.map((field) => field.name).join(', ')}`,
    "use format = 'csv', 'tsv' or 'jsonl'",
  ]);
}
