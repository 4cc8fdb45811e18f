import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Field } from '../../data/types.ts';
import { formatOfPath } from '../../data/format/catalog.ts';
import type { Json, Options } from '../../plan/plan.ts';
import { OptionError, type Connector, type Described } from '../connector.ts';
import { columnsOf } from '../file/columns.ts';
import { formatOptions, sampleOf } from '../file/connector.ts';
import { statFile, unreadable, type InputFile } from '../file/paths.ts';
import { checkFormatOptions, checkOptions, formatOption, listOption } from '../options.ts';
import { expand, folderOf, isPattern } from './patterns.ts';
import { statOf } from './place.ts';
import { openTail } from './source.ts';

/** Files that grow, followed like `tail -F`. */
export const tail: Connector = {
  name: 'tail',
  doc: 'files that grow: rows as lines are appended, through rotation and truncation',
  options: {
    path: { type: 'list', doc: "path, pattern such as 'logs/*.log', or a list of them", required: true },
    start: {
      type: 'text',
      doc: 'where to begin in files that are there: earliest (what they have comes first) or latest',
      oneOf: ['earliest', 'latest'],
    },
    poll: { type: 'duration', doc: 'from look to look where the system tells of no changes; 250 ms by default' },
    ...formatOptions,
  },
  source: { replay: 'offset', describe, open: openTail },
};

async function describe(given: Options, declared: readonly Field[] | undefined): Promise<Described> {
  checkOptions('connector tail', tail.options, given);
  const targets = listOption(given, 'path')!.map((name): InputFile => ({ path: resolve(name), name }));
  const [first] = targets;
  if (first === undefined) throw new OptionError('path', 'option path is an empty list');
  const compressed = targets.find(({ path }) => /\.gz$/i.test(path));
  if (compressed !== undefined) {
    throw new OptionError('path', `${compressed.name} is compressed, so nothing can be appended to it line by line`, [
      "read it with connector = 'file'",
    ]);
  }
  const options: Options = { format: formatOfPath(first.path) ?? 'lines', ...given };
  const format = formatOption(options, undefined);
  if (format === 'raw') throw new OptionError('format', 'format raw has no records that could be followed');
  checkFormatOptions(options, format);
  const { there, missing } = await filesOf(targets);
  const sample = there[0] ?? first;
  const possible = there.length > 0 && statFile(sample).size > 0;
  const why = there.length > 0 ? 'is empty' : 'is not there yet';
  const { schema, names, header, byPosition } = await columnsOf(format, options, declared, {
    ...sampleOf([sample], possible, format, options),
    why,
  });
  const files = [...there, ...missing] as unknown as Json;
  const patterns = targets.filter(({ path }) => isPattern(path)) as unknown as Json[];
  const found = { format, header: given['header'] ?? header, names, byPosition, files };
  return {
    schema,
    bounded: false,
    options: { ...options, ...found, ...(patterns.length > 0 && { patterns }) },
  };
}

/** Files that are there now, and those that were named and are not. @throws RunError E0701: a folder, or there is none to look in. */
async function filesOf(targets: readonly InputFile[]): Promise<{ there: InputFile[]; missing: InputFile[] }> {
  const there: InputFile[] = [];
  const missing: InputFile[] = [];
  for (const target of targets) {
    const folder = isPattern(target.path) ? folderOf(target.path) : dirname(target.path);
    try {
      statSync(folder);
    } catch (error) {
      throw unreadable({ path: folder, name: folder }, error);
    }
    if (isPattern(target.path)) there.push(...(await expand(target)));
    else if (statOf(target.path) === undefined) missing.push(target);
    else {
      statFile(target);
      there.push(target);
    }
  }
  return { there, missing };
}
