import { realpathSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { rowCount } from '../../data/batch.ts';
import type { ConnectContext, FilePlace, Offset, Positioned, SourceRequest } from '../connector.ts';
import { metadataOf } from '../file/columns.ts';
import type { InputFile } from '../file/paths.ts';
import { Follower } from './follower.ts';
import { endOfLines, findRest, statOf, type Begin } from './place.ts';
import { Wake } from './wake.ts';
import { expand, folderOf } from './patterns.ts';

/** ms from look to look at which files a pattern matches. */
const LISTING = 1000;
/** ms from look to look at files of whose changes nothing is told. */
const POLL = 250;
/** So many files are remembered that were read by a name which another file has now. */
const MOST_LEFT = 64;

/** Rows of followed files as they come, until the signal aborts. */
export async function* openTail(
  request: SourceRequest,
  at: Offset | undefined,
  context: ConnectContext,
): AsyncGenerator<Positioned> {
  const followed = new Followed(request, at, context);
  const { signal } = context;
  let left = request.limit ?? Infinity;
  try {
    await followed.list(true);
    while (!signal.aborted) {
      let more = false;
      let soon = false;
      for (const follower of followed.files) {
        const look = await follower.look();
        more ||= look.more;
        soon ||= look.soon === true;
        for (const [i, batch] of look.batches.entries()) {
          yield { batch, next: followed.offset(follower, look.places[i]), partition: follower.file.path };
          left -= rowCount(batch);
          if (left <= 0) return;
        }
        if (look.left !== undefined) followed.leave(look.left);
        if (signal.aborted) return;
      }
      if (more) continue;
      const changed = await followed.wake.wait(signal, soon);
      await followed.list(false);
      if (!changed && !signal.aborted) yield { batch: emptyOf(request), next: followed.offset() };
    }
  } finally {
    await followed.close();
  }
}

const emptyOf = ({ schema }: SourceRequest) => ({ schema, length: 0, columns: schema.map(() => noCells) });
const noCells = { kind: 'any', values: [] } as const;

/** What `describe` has found. */
interface Targets {
  readonly files: readonly InputFile[];
  readonly patterns?: readonly InputFile[];
}

/** The files that are followed: those that were named, and those that match a pattern, also later. */
class Followed {
  readonly wake: Wake;
  readonly #request: SourceRequest;
  readonly #context: ConnectContext;
  readonly #followers = new Map<string, Follower>();
  /** How far files were read that are not followed now: by an earlier run, or before they were renamed. */
  #places: readonly FilePlace[];
  readonly #resumes: boolean;
  #listed = 0;

  constructor(request: SourceRequest, at: Offset | undefined, context: ConnectContext) {
    this.#request = request;
    this.#context = context;
    this.wake = new Wake((request.options['poll'] as number | undefined) ?? POLL);
    this.#places = (at?.['files'] ?? []) as readonly FilePlace[];
    this.#resumes = at !== undefined;
  }

  get files(): readonly Follower[] {
    return [...this.#followers.values()];
  }

  /** Looks which files there are, now and then. */
  async list(first: boolean): Promise<void> {
    const { files, patterns = [] } = this.#request.options as unknown as Targets;
    if (first) for (const file of files) this.#follow(file, true);
    const isDue = this.wake.takeListed() || performance.now() - this.#listed > LISTING;
    if (patterns.length === 0 || !(first || isDue)) return;
    this.#listed = performance.now();
    for (const pattern of patterns) {
      this.wake.add(undefined, [folderOf(pattern.path)]);
      for (const file of await expand(pattern)) this.#follow(file, first);
    }
  }

  #follow(file: InputFile, first: boolean): void {
    if (this.#followers.has(file.path)) return;
    const stats = statOf(file.path);
    // A file that was renamed is read to its end by the name it had.
    if (stats !== undefined && this.files.some((follower) => follower.has(stats.dev, stats.ino))) return;
    this.wake.add(file.path, foldersOf(file.path));
    const begin = this.#beginOf(file, stats, first);
    this.#followers.set(file.path, new Follower(file, this.#request, this.#context, begin));
  }

  #beginOf(file: InputFile, stats: Stats | undefined, first: boolean): Begin | undefined {
    const { options } = this.#request;
    const place = this.#places.find((p) => p.dev === stats?.dev && p.ino === stats.ino) ?? this.#placeOf(file.path);
    if (place !== undefined) {
      this.#places = this.#places.filter((p) => p !== place);
      const rest = findRest({ ...place, path: file.path });
      if (rest === undefined && place.path === file.path)
        this.#context.log?.(
          `${file.name}: the file that was followed is gone, and what came behind byte ${place.offset}`,
        );
      return rest;
    }
    if (!first || this.#resumes || stats === undefined || options['start'] !== 'latest') return undefined;
    const countsLines = Object.values(metadataOf(options)).includes('line_number');
    return endOfLines(file.path, options['format'] === 'nul' ? 0 : 10, countsLines);
  }

  #placeOf(path: string): FilePlace | undefined {
    return this.#places.findLast((place) => place.path === path);
  }

  /** A file is read no more by the name that it had; should a pattern match its new one, it is known. */
  leave(place: FilePlace): void {
    this.#places = [...this.#places, place].slice(-MOST_LEFT);
  }

  /** How far all files were read, and one of them up to `place`. */
  offset(follower?: Follower, place?: FilePlace): Offset {
    const files = this.files.flatMap((f) => (f === follower ? place! : (f.place ?? [])));
    return { files: [...this.#places, ...files] };
  }

  async close(): Promise<void> {
    this.wake.close();
    for (const follower of this.files) await follower.close();
  }
}

/** The folder of a file, and the one in which it really is. */
function foldersOf(path: string): readonly string[] {
  const folder = dirname(path);
  try {
    return [...new Set([folder, dirname(realpathSync(path))])];
  } catch {
    return [folder];
  }
}
