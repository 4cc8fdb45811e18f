import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { alignmentOf } from '../../contract/aligned.ts';
import type { RecordBatch } from '../../data/batch.ts';
import type { Scan, Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { boundsOf } from './shell-bounds.ts';
import { CountCheck, SubsequenceCheck, type FileCheck } from './shell-check.ts';
import { stagesOf } from './shell-faults.ts';
import { ShellRun } from './shell-run.ts';
import { isCut } from './shell-units.ts';

/** ms between two looks at how far the command has read. */
const LOOK = 100;

/** `wc` with several counts: it makes its columns as wide as the size of a file asks for, and of a pipe 7 wide. */
const LOOKS_AT_SIZE = /\bwc\b(?!\s+-[clmwL]\s*(?:$|[|;&)<]))/;

/**
 * The rows of a command that can read a file by itself: it is given the descriptor, so no byte of the file passes
 * through us. Undefined where the rows that are to be sent are not just the lines of one file, or where some of them
 * must be carried around the command.
 */
export function handOver(plan: Shell, context: RunContext): AsyncGenerator<RecordBatch, void, undefined> | undefined {
  const { input } = plan;
  if (input?.op !== 'scan' || !isWholeFile(input) || plan.inputFormat.name !== 'lines') return undefined;
  if (plan.reads.length !== 1 || plan.call !== undefined || isCut(plan)) return undefined;
  if (LOOKS_AT_SIZE.test(plan.command)) return undefined;
  const alignment = sameAlignment(plan);
  if (alignment === 'mixed') return undefined;
  // What a filter passes on is the line itself: then parsing it carries it.
  const parsed: Shell =
    alignment === 'filters' ? { ...plan, writes: input.schema, outputFormat: plan.inputFormat } : plan;
  if (parsed.schema.some(({ name }) => !parsed.writes.some((field) => field.name === name))) return undefined;
  const [file] = input.options['files'] as unknown as readonly { readonly path: string }[];
  return isWholeLines(file!.path) ? rowsOf(parsed, context, file!.path, alignment) : undefined;
}

function isWholeFile({ connector, options, schema, pushed, limit }: Scan): boolean {
  const [column, ...others] = schema;
  const { files, metadata, format } = options;
  if (connector !== 'file' || format !== 'lines' || pushed?.length || limit !== undefined) return false;
  if (column?.type !== 'TEXT' || others.length > 0 || !Array.isArray(files) || files.length !== 1) return false;
  if ((files[0] as { readonly compressed?: true }).compressed === true) return false;
  return metadata === undefined || !Object.hasOwn(metadata as object, column.name);
}

function sameAlignment(plan: Shell): 'one' | 'filters' | 'mixed' | undefined {
  const alignments = new Set(stagesOf(plan).map(({ contract }) => alignmentOf(contract)));
  return alignments.size === 1 ? [...alignments][0] : plan.carried.length === 0 ? undefined : 'mixed';
}

/** Whether it is a regular file whose last line is ended, as all lines that we send are. Faults are left to the source. */
function isWholeLines(path: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const stats = fstatSync(descriptor);
    const last = Buffer.of(10);
    if (stats.size > 0) readSync(descriptor, last, 0, 1, stats.size - 1);
    return stats.isFile() && last[0] === 10;
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

async function* rowsOf(
  plan: Shell,
  context: RunContext,
  path: string,
  alignment: 'one' | 'filters' | undefined,
): AsyncGenerator<RecordBatch, void, undefined> {
  const descriptor = openSync(path, 'r');
  const progress = new ReadProgress(context, descriptor);
  try {
    const check = checkFor(plan, descriptor, alignment);
    const batches = new ShellRun(plan, context, { descriptor, ...(check && { check }) }).batches();
    try {
      for (let next = await batches.next(); !next.done; next = await batches.next()) {
        progress.look();
        yield next.value;
      }
    } finally {
      // Nobody wants more rows; but unless it may be stopped, the command still gets all lines, for what else it does.
      if (plan.stopsEarly !== true && !context.signal.aborted) while (!(await batches.next()).done) progress.look();
      await batches.return();
    }
  } finally {
    progress.end();
    closeSync(descriptor);
  }
}

function checkFor(plan: Shell, descriptor: number, alignment: 'one' | 'filters' | undefined): FileCheck | undefined {
  if (alignment === 'filters') return new SubsequenceCheck(plan, descriptor);
  const bounds = boundsOf(plan);
  return bounds && new CountCheck(plan, bounds, descriptor);
}

/** How far the command has read, which only the system knows; where it does not tell, the progress is made at the end. */
class ReadProgress {
  readonly #context: RunContext;
  readonly #descriptor: number;
  readonly #size: number;
  #read = 0;
  #looked = 0;

  constructor(context: RunContext, descriptor: number) {
    this.#context = context;
    this.#descriptor = descriptor;
    this.#size = fstatSync(descriptor).size;
    context.progress.bytesTotal += this.#size;
  }

  look(): void {
    const now = Date.now();
    if (now - this.#looked < LOOK) return;
    this.#looked = now;
    try {
      const position = /^pos:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${this.#descriptor}`, 'latin1'))?.[1];
      if (position !== undefined) this.#set(Number(position));
    } catch {
      this.#looked = Infinity;
    }
  }

  end(): void {
    this.#set(this.#size);
  }

  #set(position: number): void {
    this.#context.progress.bytesRead += position - this.#read;
    if (this.#context.own !== undefined) this.#context.own.bytesIn += position - this.#read;
    this.#read = position;
  }
}
