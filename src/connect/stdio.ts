import { RunError } from '../base/errors.ts';
import { rowCount } from '../data/batch.ts';
import { decoder, encoder, type FormatName } from '../data/format/catalog.ts';
import { formatOption, checkFormatOptions, checkOptions } from './options.ts';
import type {
  ConnectContext,
  Connector,
  Offset,
  Positioned,
  SinkHandle,
  SinkRequest,
  SourceRequest,
} from './connector.ts';
import { columnsOf } from './file/columns.ts';
import { checkEncodable, formatOptions } from './file/connector.ts';
import { decoding, named } from './file/decoding.ts';
import { firstKeys, firstRecord } from './file/sample.ts';
import { encoded } from './file/encoding.ts';
import { roomIn } from './room.ts';
import { standardInput } from './standard-input.ts';

/** Whoever read our standard output has gone away (`| head`): the end, but no failure. */
export class ClosedOutput extends Error {
  constructor() {
    super('standard output was closed');
    this.name = 'ClosedOutput';
  }
}

/** All of standard input as text, for a script that comes that way. Waits for its end. */
export const readAllStdin = (): string => standardInput.all();

/** Rows from standard input. They come once, so nothing can be read again. */
export const stdin: Connector = {
  name: 'stdin',
  doc: 'standard input',
  options: formatOptions,
  source: {
    replay: 'none',
    describe: async (given, declared) => {
      checkOptions('connector stdin', stdin.options, given);
      const options = { format: 'lines', ...given };
      const format = formatOption(options, undefined);
      checkFormatOptions(options, format);
      const { schema, names, header, byPosition } = await columnsOf(format, options, declared, {
        name: 'standard input',
        // Declared columns need no look, which would wait for whoever writes.
        possible: declared === undefined,
        record: async () =>
          (await standardInput.peek((head, whole) => firstRecord(head, whole, format, options)))?.fields,
        keys: async () =>
          (await standardInput.peek((head, whole) => {
            const { keys, enough } = firstKeys(head, whole);
            return enough ? keys : undefined;
          })) ?? [],
      });
      return {
        schema,
        bounded: true,
        epochs: false,
        options: { ...options, names, header, byPosition, epochs: false },
      };
    },
    open: readStandardInput,
  },
};

async function* readStandardInput(
  { options, schema, limit }: SourceRequest,
  _at: Offset | undefined,
  context: ConnectContext,
): AsyncGenerator<Positioned> {
  standardInput.take();
  const decode = decoder(options['format'] as FormatName, {
    ...decoding(options, 'stdin', context),
    schema,
    columns: options['names'] as readonly string[],
    file: 'stdin',
  });
  let left = limit ?? Infinity;
  try {
    while (left > 0 && !context.signal.aborted) {
      const chunk = await standardInput.next(context.signal);
      if (chunk === undefined && context.signal.aborted) return;
      if (chunk !== undefined) {
        decode.space(chunk.length).set(chunk);
        context.countBytes(chunk.length);
      }
      const batches = chunk === undefined ? decode.end() : decode.advance(chunk.length);
      const { marks } = decode;
      for (let i = 0; i < batches.length; i++) {
        yield { batch: batches[i]!, next: { offset: marks[i]!.consumed, line: marks[i]!.line } };
        left -= rowCount(batches[i]!);
      }
      if (chunk === undefined) return;
    }
  } catch (error) {
    throw named(error, 'stdin');
  } finally {
    standardInput.stop();
  }
}

/** Rows to standard output. */
export const stdout: Connector = {
  name: 'stdout',
  doc: 'standard output',
  options: formatOptions,
  sink: {
    delivery: 'at-least-once',
    describe: async (given, schema, columns) => {
      checkOptions('connector stdout', stdout.options, given);
      const options = { format: 'csv', ...given };
      const format = formatOption(options, undefined);
      checkFormatOptions(options, format);
      checkEncodable(format, schema);
      return { columns: columns ?? schema.map((field) => field.name), options };
    },
    open: async (request, context) => {
      const sink = new StandardOutput(request, context);
      await sink.start();
      return sink;
    },
  },
};

class StandardOutput implements SinkHandle {
  committed = 0;
  readonly #context: ConnectContext;
  readonly #encode;
  #rows = 0;
  #failure: Error | undefined;

  constructor({ options, schema, columns }: SinkRequest, context: ConnectContext) {
    this.#context = context;
    const labelled = schema.map((field, i) => ({ ...field, name: columns[i] ?? field.name }));
    const header = options['header'] !== false;
    this.#encode = encoder(options['format'] as FormatName, labelled, { ...options, header });
    process.stdout.on('error', this.#onError);
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#failure ??=
      error.code === 'EPIPE'
        ? new ClosedOutput()
        : new RunError({ code: 'E0701', message: `cannot write standard output: ${error.message}` }, { cause: error });
  };

  start(): Promise<void> {
    return this.#put(this.#encode.start);
  }

  async write(batch: Parameters<SinkHandle['write']>[0]): Promise<void> {
    await this.#put(encoded(this.#encode, batch, this.#rows, 'stdout'));
    this.#rows += rowCount(batch);
  }

  async commit(): Promise<void> {
    // An EPIPE of the last write shows only after the event loop has turned.
    await new Promise((resolve) => setImmediate(resolve));
    this.#throwFailure();
    this.committed = this.#rows;
  }

  abort(): void {
    // What was written is written.
  }

  close(): void {
    process.stdout.off('error', this.#onError);
  }

  async #put(bytes: Uint8Array): Promise<void> {
    this.#throwFailure();
    if (bytes.length === 0) return;
    this.#context.countBytes(bytes.length);
    if (!process.stdout.write(bytes)) await roomIn(process.stdout);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
