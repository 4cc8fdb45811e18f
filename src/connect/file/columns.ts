import { RunError } from '../../base/errors.ts';
import type { Field } from '../../data/types.ts';
import type { FormatName } from '../../data/format/catalog.ts';
import type { Metadata } from '../../data/format/format.ts';
import type { Json, Options } from '../../plan/plan.ts';
import { OptionError } from '../connector.ts';
import { listOption, meant, textOption } from '../options.ts';

/** The start of an input, as far as columns depend on it. */
export interface Sample {
  /** Fields of the first record of csv or tsv; undefined if there is none. */
  readonly record: () => Promise<readonly string[] | undefined>;
  /** Keys of the first records of jsonl, in the order met. */
  readonly keys: () => Promise<readonly string[]>;
  /** False where there is nothing to look at yet, or looking would lose what was read. */
  readonly possible: boolean;
  /** Why it is not possible. Default: it can be read only once. */
  readonly why?: string;
  /** For messages. */
  readonly name: string;
}

/** What is known of an input's columns before it is read. */
export interface Columns {
  readonly schema: readonly Field[];
  /** All columns of a record in their order; empty where the format names them. */
  readonly names: readonly string[];
  readonly header: boolean;
  /** The header is there but names other columns: they go by position. */
  readonly byPosition: boolean;
}

const text = (name: string): Field => ({ name, type: 'TEXT', affinity: 'TEXT' });
const any = (name: string): Field => ({ name, type: 'ANY', affinity: 'NUMERIC' });

/**
 * Columns of an input in some format. Declared ones rule; else those of a header, keys or groups, whose types are not
 * guessed: fields of csv and tsv are numbers where they look like one (NUMERIC affinity), value by value.
 */
export async function columnsOf(
  format: FormatName,
  options: Options,
  declared: readonly Field[] | undefined,
  sample: Sample,
): Promise<Columns> {
  checkMetadata(options);
  const metadata = metadataOf(options);
  const own = declared?.filter((field) => metadata[field.name] === undefined);
  const plain = (schema: readonly Field[]): Columns => ({
    schema: declared ?? [...schema, ...metadataFields(metadata)],
    names: schema.map((field) => field.name),
    header: false,
    byPosition: false,
  });
  switch (format) {
    case 'lines':
    case 'nul':
    case 'raw':
      if (own !== undefined && own.length !== 1) {
        throw new OptionError(undefined, `format ${format} gives one column, not ${own.length}`);
      }
      return plain(own ?? [format === 'raw' ? { name: 'content', type: 'BLOB' } : text('line')]);
    case 'regex':
      return plain(own === undefined ? groupsOf(options).map(text) : declaredGroups(own, options));
    case 'jsonl':
      return plain(own ?? (await keysOf(sample)));
    case 'csv':
    case 'tsv': {
      const separated = await separatedColumns(options, own, sample);
      const schema = declared ?? [...(own ?? separated.names.map(any)), ...metadataFields(metadata)];
      return { schema, ...separated };
    }
  }
}

/** Option `metadata`: columns that tell of a row's place. */
export const metadataOf = (options: Options): Readonly<Record<string, Metadata>> =>
  (options['metadata'] ?? {}) as Readonly<Record<string, Metadata>> & Json;

const places: readonly string[] = ['file', 'path', 'line_number', 'offset'];

/** @throws OptionError for a METADATA column that no input has. */
function checkMetadata(options: Options): void {
  for (const [column, kind] of Object.entries(metadataOf(options))) {
    if (places.includes(kind)) continue;
    throw new OptionError(undefined, `column ${column}: there is no metadata ${kind}`, [
      ...meant(kind, places),
      `there is: ${places.join(', ')}`,
    ]);
  }
}

const metadataFields = (metadata: Readonly<Record<string, Metadata>>): readonly Field[] =>
  Object.entries(metadata).map(([name, kind]) =>
    kind === 'file' || kind === 'path' ? text(name) : { name, type: 'INTEGER', affinity: 'INTEGER' },
  );

async function separatedColumns(
  options: Options,
  declared: readonly Field[] | undefined,
  sample: Sample,
): Promise<Omit<Columns, 'schema'>> {
  const listed = listOption(options, 'columns');
  const given = options['header'] as boolean | undefined;
  const wanted = declared?.map((field) => field.name) ?? listed;
  if (!sample.possible) {
    if (wanted === undefined) throw undeclared(`${sample.name} ${sample.why ?? 'can be read only once'}`);
    return { names: wanted, header: given ?? false, byPosition: false };
  }
  const record = given === false && wanted !== undefined ? undefined : await sample.record();
  if (wanted === undefined) {
    if (record === undefined) throw undeclared(`${sample.name} is empty`);
    if (given === false) return { names: record.map((_, i) => `column${i + 1}`), header: false, byPosition: false };
    return { names: distinct(record), header: true, byPosition: false };
  }
  // Unless the options say so, a first record is a header only where it repeats the declaration.
  const header = given ?? (record !== undefined && sameNames(record, wanted));
  if (!header || record === undefined) return { names: wanted, header, byPosition: true };
  const names = distinct(record);
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length === 0) return { names, header, byPosition: false };
  if (names.length === wanted.length && missing.length === wanted.length)
    return { names: wanted, header, byPosition: true };
  if (sameNames(names, wanted)) return { names: wanted, header, byPosition: true };
  throw new OptionError(undefined, `the header of ${sample.name} has no column ${missing[0]!}`, [
    ...meant(missing[0]!, names),
    `it has: ${names.join(', ')}`,
  ]);
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name.trim().toLowerCase() === b[i]!.toLowerCase());

/** Names of a header made distinct, and none empty: `a, a_2`, `column3`. */
export function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((written, i) => {
    const name = written.trim() === '' ? `column${i + 1}` : written.trim();
    let unique = name;
    for (let n = 2; taken.has(unique.toLowerCase()); n++) unique = `${name}_${n}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}

async function keysOf(sample: Sample): Promise<readonly Field[]> {
  if (!sample.possible) throw undeclared(`${sample.name} ${sample.why ?? 'can be read only once'}`);
  const keys = await sample.keys();
  if (keys.length === 0) throw undeclared(`${sample.name} has no records to take columns from`);
  return keys.map((name) => ({ name, type: 'ANY' as const }));
}

const undeclared = (why: string): RunError =>
  new RunError({
    code: 'E0701',
    message: `${why}, so its columns must be declared`,
    help: ['CREATE SOURCE name (column TYPE, ..) WITH (..)'],
  });

function groupsOf(options: Options): readonly string[] {
  const pattern = textOption(options, 'pattern')!;
  let found: RegExpExecArray;
  try {
    // With an empty alternative any pattern matches the empty text, and tells its groups.
    found = new RegExp(`${pattern}|`).exec('')!;
  } catch (error) {
    throw new OptionError('pattern', `the pattern is not valid: ${(error as Error).message}`, [
      ...(pattern.includes('(?P<') ? ['named groups are written (?<name>..)'] : []),
    ]);
  }
  const groups = Object.keys(found.groups ?? {});
  if (groups.length === 0) {
    throw new OptionError('pattern', 'the pattern has no named groups', [
      'name what becomes a column: (?<status>\\d+)',
    ]);
  }
  return groups;
}

function declaredGroups(declared: readonly Field[], options: Options): readonly Field[] {
  const groups = groupsOf(options);
  for (const { name } of declared) {
    if (groups.includes(name)) continue;
    throw new OptionError('pattern', `the pattern has no group ${name}`, [
      ...meant(name, groups),
      `it has: ${groups.join(', ')}`,
    ]);
  }
  return declared;
}
