import { textOf } from '../expr/compare.ts';
import { sqlite } from '../connect/sqlite/connector.ts';
import { followKey } from '../connect/sqlite/follow-key.ts';
import type { Options } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { fault, unknown } from './fault.ts';
import { dotted, fold, lastPart } from './names.ts';
import { atOption, optionValue } from './options.ts';
import type { Relation } from './scope.ts';
import { scanOf } from './source.ts';
import { findTable } from './table.ts';

const known = ['start', 'key', 'poll'] as const;

/** `STREAM(shop.orders, key => 'id')`: the rows of a table, and then those that are appended, without end. */
export function bindStream(query: QueryContext, ref: ast.TableStream): Relation {
  const { name } = ref;
  const object = name.parts.length === 1 ? query.catalog.find(dotted(name)) : undefined;
  if (object !== undefined) {
    fault('E0302', name.span, `STREAM of \`${object.name}\`, which is a ${object.kind}`, {
      label: 'STREAM follows a table of an attached database',
      help: [`FROM ${object.name} gives its rows as they come`],
    });
  }
  const { database, table } = findTable(query, name);
  const given = streamOptions(query, ref.args);
  const label = `STREAM(${database.name}.${table.name})`;
  let key: string;
  try {
    key = followKey(table, given['key'] as string | undefined);
  } catch (error) {
    return atOption(error, ref.span, new Map(ref.args.map((a) => [fold(a.name?.text ?? ''), a.span])));
  }
  const { types } = database;
  const options: Options = {
    ...given,
    file: database.file,
    table: table.name,
    database: database.name,
    follow: true,
    key,
    ...(types && { types }),
  };
  const fields = table.columns.map(({ field }) => (types === 'any' ? { ...field, type: 'ANY' as const } : field));
  const plan = scanOf('sqlite', options, label, false, fields, ref.span);
  const plain = lastPart(name).text;
  return {
    plan,
    columns: plan.schema.map((field) => ({ label: field.name, field, table: plain, database: database.name })),
  };
}

function streamOptions(query: QueryContext, args: readonly ast.Arg[]): Options {
  return Object.fromEntries(
    args.map(({ name, value, span }) => {
      if (value.kind !== 'expr' || name === undefined)
        return fault('E0201', span, 'STREAM takes a table, and options by name', {
          label: `expected name => value, with one of: ${known.join(', ')}`,
        });
      const option = known.find((k) => k === fold(name.text));
      if (option === undefined)
        return unknown('E0308', name.span, 'option of STREAM', name.text, known, `it has: ${known.join(', ')}`);
      if (option === 'key') return [option, textOf(constantValue(query, value.expr, 'key') ?? '')];
      return [option, optionValue(query, sqlite.options[option]!, option, value.expr)];
    }),
  );
}
