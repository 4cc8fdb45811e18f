import type { Schema } from '../types.ts';
import { CsvDecoder } from './csv.ts';
import { csvEncoder, tsvEncoder } from './encode-separated.ts';
import { jsonlEncoder } from './encode-jsonl.ts';
import { linesEncoder, nulEncoder } from './encode-lines.ts';
import type { DecodeRequest, Decoder, Encoder } from './format.ts';
import { JsonlDecoder } from './jsonl.ts';
import { LinesDecoder, NulDecoder } from './lines.ts';
import { RawDecoder, rawEncoder } from './raw.ts';
import { RegexDecoder } from './regex.ts';
import { TsvDecoder } from './tsv.ts';

interface FormatSpec {
  readonly doc: string;
  /** File name extensions that mean this format. */
  readonly extensions: readonly string[];
  /** Whether fields go by their position, so that there may be a header. */
  readonly positional: boolean;
  readonly decoder: (request: DecodeRequest) => Decoder;
  readonly encoder?: (schema: Schema, options: { readonly [key: string]: unknown }) => Encoder;
}

export const formats = {
  lines: {
    doc: 'each line is one TEXT, byte for byte',
    extensions: ['txt', 'log'],
    positional: false,
    decoder: (request) => new LinesDecoder(request),
    encoder: linesEncoder,
  },
  csv: {
    doc: 'fields between commas, maybe quoted (RFC 4180)',
    extensions: ['csv'],
    positional: true,
    decoder: (request) => new CsvDecoder(request),
    encoder: csvEncoder,
  },
  tsv: {
    doc: 'fields between tabs, escaped as in COPY of PostgreSQL',
    extensions: ['tsv', 'tab'],
    positional: true,
    decoder: (request) => new TsvDecoder(request),
    encoder: tsvEncoder,
  },
  jsonl: {
    doc: 'one JSON object a line',
    extensions: ['jsonl', 'ndjson'],
    positional: false,
    decoder: (request) => new JsonlDecoder(request),
    encoder: jsonlEncoder,
  },
  regex: {
    doc: 'lines matched by a pattern whose named groups are the columns; only read',
    extensions: [],
    positional: false,
    decoder: (request) => new RegexDecoder(request),
  },
  nul: {
    doc: 'each record is one TEXT and ends with a NUL byte',
    extensions: [],
    positional: false,
    decoder: (request) => new NulDecoder(request),
    encoder: nulEncoder,
  },
  raw: {
    doc: 'all the bytes of an input are one BLOB, or TEXT where so declared',
    extensions: [],
    positional: false,
    decoder: (request) => new RawDecoder(request),
    encoder: rawEncoder,
  },
} as const satisfies Record<string, FormatSpec>;

export type FormatName = keyof typeof formats;

export const isFormat = (name: string): name is FormatName => Object.hasOwn(formats, name);

/** The format that a file's name tells, if any; `.gz` behind it only says that it is compressed. */
export function formatOfPath(path: string): FormatName | undefined {
  const extension = /\.([A-Za-z0-9]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  const found = Object.entries<FormatSpec>(formats).find(([, spec]) => spec.extensions.includes(extension));
  return found?.[0] as FormatName | undefined;
}

export const decoder = (name: FormatName, request: DecodeRequest): Decoder => formats[name].decoder(request);

/** @throws EncodeError for a schema that the format cannot hold. */
export function encoder(name: FormatName, schema: Schema, options: { readonly [key: string]: unknown }): Encoder {
  const spec: FormatSpec = formats[name];
  if (spec.encoder === undefined) throw new RangeError(`format ${name} can only be read`);
  return spec.encoder(schema, options);
}
