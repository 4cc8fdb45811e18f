import { RunError } from '../../base/errors.ts';
import { decoder, type FormatName } from '../../data/format/catalog.ts';
import type { Mark } from '../../data/format/format.ts';
import type { RecordBatch } from '../../data/batch.ts';
import { offsetPart, type ConnectContext, type Offset, type Positioned, type SourceRequest } from '../connector.ts';
import { rowCount } from '../../data/batch.ts';
import { openBytes, type ByteReader } from './byte-reader.ts';
import { distinct, metadataOf } from './columns.ts';
import { decoding, named } from './decoding.ts';
import { Fingerprint } from './fingerprint.ts';
import { statFile, unreadable, type InputFile } from './paths.ts';
import { firstRecord, readHead } from './sample.ts';

/** Bytes that a read asks for at least. */
const READ = 1 << 18;

/** Where to go on in a file: behind its header, or behind the last row of an earlier run. */
export type Start = Mark & { readonly columns: readonly string[] };

/** Rows of the files that `describe` found, one file after the other. */
export async function* openFiles(
  request: SourceRequest,
  at: Offset | undefined,
  context: ConnectContext,
): AsyncGenerator<Positioned> {
  const files = request.options['files'] as unknown as readonly InputFile[];
  const first = at === undefined ? 0 : files.findIndex((file) => file.path === at['path']);
  if (first < 0) throw changed(offsetPart(at!, 'path') ?? '', 'it is not among the files of this query any more');
  const sizes = files.slice(first).map((file) => statFile(file).size);
  context.expectBytes(sizes.reduce((a, b) => a + b, 0) - Number(at?.['offset'] ?? 0));
  let left = request.limit ?? Infinity;
  for (let i = first; i < files.length; i++) {
    const from = i === first ? at : undefined;
    for await (const positioned of new FileReader(files[i]!, request, context).rows(from)) {
      yield positioned;
      left -= rowCount(positioned.batch);
      if (left <= 0 || context.signal.aborted) return;
    }
  }
}

/** Just behind the header, whose columns may have another order in each file; undefined if there is no record. */
export function startOf(
  file: InputFile,
  { options, schema }: Pick<SourceRequest, 'options' | 'schema'>,
  isRegular = true,
): Start | undefined {
  const columns = options['names'] as readonly string[];
  if (options['header'] !== true || !isRegular) return { consumed: 0, line: 1, columns };
  const format = options['format'] as FormatName;
  const record = readHead(file, (head, whole) => firstRecord(head, whole, format, options));
  if (record === undefined) return undefined;
  const found = options['byPosition'] === true ? columns : distinct(record.fields);
  const metadata = metadataOf(options);
  const missing = schema.find(({ name }) => metadata[name] === undefined && !found.includes(name));
  if (missing !== undefined) {
    const help = [`its header is: ${record.fields.join(', ')}`];
    throw new RunError({
      code: 'E0702',
      message: `the header of ${file.name} has no column ${missing.name}`,
      help,
    });
  }
  return { consumed: record.bytes, line: 1 + record.lines, columns: found };
}

class FileReader {
  readonly #file: InputFile;
  readonly #request: SourceRequest;
  readonly #context: ConnectContext;
  readonly #fingerprint = new Fingerprint();
  readonly #isRegular: boolean;

  constructor(file: InputFile, request: SourceRequest, context: ConnectContext) {
    this.#file = file;
    this.#request = request;
    this.#context = context;
    this.#isRegular = statFile(file).isFile();
  }

  async *rows(at: Offset | undefined): AsyncGenerator<Positioned> {
    const start = startOf(this.#file, this.#request, this.#isRegular);
    if (start === undefined) return;
    const from = at === undefined ? start : { ...start, consumed: Number(at['offset']), line: Number(at['line']) };
    let reader: ByteReader | undefined;
    try {
      if (this.#isRegular) this.#recognise(from.consumed, at);
      const compressed = this.#file.compressed === true;
      reader = await openBytes(this.#file, this.#isRegular ? from.consumed : undefined, compressed);
      yield* this.#read(reader, from);
    } catch (error) {
      throw isSystemError(error) ? unreadable(this.#file, error) : named(error, this.#file.name);
    } finally {
      await reader?.close();
    }
  }

  /** Takes in what is skipped of the file's first bytes; and refuses to go on in another file than that of `at`. */
  #recognise(skipped: number, at: Offset | undefined): void {
    if (skipped === 0) return;
    const wanted = Math.min(skipped, Fingerprint.head);
    const head = readHead(this.#file, (bytes, whole) => (bytes.length >= wanted || whole ? bytes : undefined));
    this.#fingerprint.add(head?.subarray(0, wanted) ?? new Uint8Array(0));
    if (at === undefined) return;
    const { size } = statFile(this.#file);
    if (this.#file.compressed !== true && size < skipped)
      throw changed(this.#file.name, `it had ${skipped} bytes when it was read, now it has ${size}`);
    if (this.#fingerprint.at(skipped) !== at['head']) throw changed(this.#file.name, 'its first bytes are others');
  }

  async *#read(reader: ByteReader, from: Start): AsyncGenerator<Positioned> {
    const { options, schema } = this.#request;
    const format = options['format'] as FormatName;
    const header = options['header'] === true && !this.#isRegular;
    const decode = decoder(format, {
      ...decoding({ ...options, header }, this.#file.name, this.#context),
      schema,
      columns: from.columns,
      file: this.#file.name,
      path: this.#file.path,
      from,
    });
    let space: Uint8Array;
    const read = (): Promise<number> => {
      space = decode.space(READ);
      return reader.read(space);
    };
    let pending = read();
    try {
      while (!this.#context.signal.aborted) {
        const n = await pending;
        this.#fingerprint.add(space!.subarray(0, n));
        this.#context.countBytes(reader.taken());
        const batches = n === 0 ? decode.end() : decode.advance(n);
        const { marks } = decode;
        if (n > 0) {
          // The next read goes on while the rows of this one are worked on.
          pending = read();
          pending.catch(() => undefined);
        }
        for (let i = 0; i < batches.length; i++) yield this.#positioned(batches[i]!, marks[i]!);
        if (n === 0) return;
      }
    } finally {
      await pending.catch(() => undefined);
    }
  }

  #positioned(batch: RecordBatch, { consumed, line }: Mark): Positioned {
    const head = this.#fingerprint.at(consumed);
    return { batch, next: { path: this.#file.path, offset: consumed, line, head }, partition: this.#file.path };
  }
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

const changed = (name: string, how: string): RunError =>
  new RunError({
    code: 'E0604',
    message: `cannot go on reading ${name}: ${how}`,
    help: ['the progress of the job belongs to another file; use another job name to start afresh'],
  });
