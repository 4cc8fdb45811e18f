import type { Field } from '../../data/types.ts';
import { hasOwnAffinities } from '../../expr/affinity.ts';
import { toSqlite } from '../../expr/print.ts';
import type { Options } from '../../plan/plan.ts';
import { sqliteQuery } from '../../plan/sqlite-query.ts';
import { OptionError, type Connector } from '../connector.ts';
import { meant } from '../options.ts';
import { openCatalogue } from './catalogue.ts';
import { openFollow } from './follow.ts';
import { followKey } from './follow-key.ts';
import { listing, sameName } from './names.ts';
import { placeOf } from './place.ts';
import { openSink } from './sink.ts';
import { openSource } from './source.ts';
import { checkTarget } from './target.ts';

/** ms to wait for a lock while a query is bound. */
const BIND_TIMEOUT = 5000;

/** Tables and views of SQLite databases: read as they are at one moment, and appended to by transactions. */
export const sqlite: Connector = {
  name: 'sqlite',
  doc: 'a table or view of an SQLite database',
  options: {
    file: { type: 'text', doc: 'path of the database', required: true },
    table: { type: 'text', doc: 'the table or view', required: true },
    database: { type: 'text', doc: 'what messages call the database; its path by default' },
    types: {
      type: 'text',
      doc: "'any' takes every value as it is, whatever the columns declare",
      oneOf: ['declared', 'any'],
    },
    timestamp_format: {
      type: 'text',
      doc: "what a TIMESTAMP is in the table: 'text' (the default), or 'unix' or 'unix_ms' since 1970",
      oneOf: ['text', 'unix', 'unix_ms'],
    },
    follow: {
      type: 'boolean',
      doc: 'source: goes on with the rows that are appended, without end; so does STREAM(..)',
    },
    key: { type: 'text', doc: 'follow: the column whose values only grow, where it is not an AUTOINCREMENT key' },
    start: {
      type: 'text',
      doc: 'follow: where to begin: earliest (the rows that are there come first) or latest',
      oneOf: ['earliest', 'latest'],
    },
    poll: { type: 'duration', doc: 'follow: from look to look for new rows; 100 ms by default' },
  },
  source: {
    replay: 'offset',
    describe: async (options, declared) => {
      const { file, table: wanted } = placeOf(options);
      const catalogue = await openCatalogue(file, { busyTimeout: BIND_TIMEOUT });
      const found = catalogue.table(wanted);
      if (found === undefined) {
        const names = catalogue.tables.map((t) => t.name);
        throw new OptionError('table', `${nameOf(options)} has no table \`${wanted}\``, [
          ...meant(wanted, names),
          `its tables are ${listing(names)}`,
        ]);
      }
      const schema = found.columns.map(({ field }) =>
        options['types'] === 'any' ? { ...field, type: 'ANY' as const } : field,
      );
      if (options['follow'] === true) {
        const key = followKey(found, options['key'] as string | undefined);
        return {
          schema: declared === undefined ? schema : declaredOnly(declared, schema, wanted),
          bounded: false,
          options: { ...options, file, table: found.name, key },
        };
      }
      return {
        schema: declared === undefined ? schema : declaredOnly(declared, schema, wanted),
        bounded: true,
        // `epochs` false: rows have no key that stays with them, so a job can only commit at the end.
        options: {
          ...options,
          file,
          table: found.name,
          epochs: found.stableRowid,
          ...(found.rowid !== undefined && { rowid: found.rowid }),
        },
        epochs: found.stableRowid,
      };
    },
    open: (request, at, context) =>
      (request.options['follow'] === true ? openFollow : openSource)(request, at, context),
    canChoose: true,
    canRun: (plan) => {
      const query = sqliteQuery(plan);
      return query && (query.ordered ? 'ordered' : 'unordered');
    },
    canPush: (predicate, schema) => toSqlite(predicate) !== undefined && hasOwnAffinities(predicate, schema),
  },
  sink: {
    delivery: 'transaction',
    describe: async (options, schema, listed) => {
      const { file, table } = placeOf(options);
      const label = options['database'] === undefined ? table : `${nameOf(options)}.${table}`;
      const fitting = await checkTarget({ file, table, label }, schema, listed, options, { busyTimeout: BIND_TIMEOUT });
      return { columns: fitting.columns, options: { ...options, file, table: fitting.table } };
    },
    open: openSink,
  },
};

/** What messages call the database. */
function nameOf({ database, file }: Options): string {
  return typeof database === 'string' ? database : (file as string);
}

/** CREATE SOURCE may say which of the columns are meant, but not what they are, but for a TIMESTAMP, which no table has. */
function declaredOnly(declared: readonly Field[], schema: readonly Field[], table: string): readonly Field[] {
  return declared.map(({ name, type }) => {
    const field = schema.find((f) => sameName(f.name, name));
    if (field === undefined) {
      throw new OptionError(
        undefined,
        `table ${table} has no column \`${name}\``,
        meant(
          name,
          schema.map((f) => f.name),
        ),
      );
    }
    // Read as it is; the binder makes a TIMESTAMP of it.
    if (field.type !== type && type !== 'ANY' && type !== 'TIMESTAMP') {
      throw new OptionError(undefined, `column \`${name}\` of table ${table} is ${field.type}, not ${type}`);
    }
    return field;
  });
}
