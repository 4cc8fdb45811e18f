import { cell } from '../../data/cell.ts';
import { rowsOf } from '../../data/batch.ts';
import { encoder } from '../../data/format/catalog.ts';
import type { Encoder } from '../../data/format/format.ts';
import type { Schema } from '../../data/types.ts';
import type { RowTaker } from '../../row-taker.ts';
import { isNumeric, shown, textRows, widthOf } from './cells.ts';
import type { TextSink } from './sink.ts';
import { tableTaker } from './table.ts';

/** Names of the output modes, as `--mode` takes them. */
export const modes = ['table', 'csv', 'tsv', 'json', 'jsonl', 'md', 'vertical', 'quiet'] as const;
export type Mode = (typeof modes)[number];

/** The renderer for a mode. `dim` greys a piece of text where colours are wanted. */
export function taker(mode: Mode, sink: TextSink, dim: (text: string) => string): RowTaker {
  switch (mode) {
    case 'table':
      return tableTaker(sink, dim);
    case 'csv':
      return encodedTaker('csv', { header: true }, sink);
    case 'tsv':
      return encodedTaker('tsv', { header: true }, sink);
    case 'jsonl':
      return encodedTaker('jsonl', {}, sink);
    case 'json':
      return jsonTaker(sink);
    case 'md':
      return markdownTaker(sink);
    case 'vertical':
      return verticalTaker(sink, dim);
    case 'quiet':
      return { start: () => undefined, batch: () => undefined, end: () => undefined };
  }
}

/** Machine formats are those that files have, so that output can be read back. */
function encodedTaker(
  format: 'csv' | 'tsv' | 'jsonl',
  options: { readonly header?: boolean },
  sink: TextSink,
): RowTaker {
  let encode: Encoder;
  return {
    start(labels, schema) {
      encode = encoder(format, labelled(schema, labels), options);
      return encode.start.length > 0 ? sink.write(encode.start) : undefined;
    },
    batch: (batch) => sink.write(encode.encode(batch)),
    end: () => undefined,
  };
}

/** One array of objects; the objects are those of jsonl. */
function jsonTaker(sink: TextSink): RowTaker {
  let encode: Encoder;
  let first = true;
  return {
    start(labels, schema) {
      encode = encoder('jsonl', labelled(schema, labels), {});
      first = true;
      return sink.write('[');
    },
    batch(batch) {
      const lines = Buffer.from(encode.encode(batch)).toString('utf8').trimEnd().replaceAll('\n', ',\n ');
      const text = `${first ? '' : ',\n '}${lines}`;
      first = false;
      return sink.write(text);
    },
    end: () => sink.write(']\n'),
  };
}

function markdownTaker(sink: TextSink): RowTaker {
  const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|');
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |\n`;
  return {
    start: (labels, schema) =>
      sink.write(line(labels) + `| ${schema.map((f) => (isNumeric(f) ? '---:' : '---')).join(' | ')} |\n`),
    batch: (batch) => sink.write(Array.from(textRows(batch), (cells) => line(cells.map((c) => c ?? 'NULL'))).join('')),
    end: () => undefined,
  };
}

/** A line a column, a block a row: for rows wider than the terminal. */
function verticalTaker(sink: TextSink, dim: (text: string) => string): RowTaker {
  let names: readonly string[] = [];
  let row = 0;
  return {
    start(labels) {
      const width = Math.max(0, ...labels.map(widthOf));
      names = labels.map((l) => ' '.repeat(width - widthOf(l)) + l);
      row = 0;
    },
    batch(batch) {
      let text = '';
      for (const r of rowsOf(batch)) {
        text += `${dim(`-[ row ${++row} ]-`)}\n`;
        batch.schema.forEach((field, c) => {
          text += `${names[c]} = ${shown(cell(batch.columns[c]!, field.type, r)) ?? dim('NULL')}\n`;
        });
      }
      return sink.write(text);
    },
    end: () => undefined,
  };
}

const labelled = (schema: Schema, labels: readonly string[]): Schema =>
  schema.map((f, i) => ({ ...f, name: labels[i] ?? f.name }));
