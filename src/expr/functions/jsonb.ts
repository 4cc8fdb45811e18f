import type { Value } from '../../data/value.ts';
import type { AggregateFunction, ScalarFunction } from './function.ts';
import { extracted, jsonFunctions } from './json.ts';
import { edited, patched, removed } from './json-edit.ts';
import { jsonAggregates } from './json-groups.ts';
import { toJsonb } from './json-blob.ts';
import { jsonValue, type JsonNode } from './json-node.ts';
import { parseJson } from './json-parse.ts';
import { rootOf } from './json-source.ts';

const blob = (node: JsonNode | undefined): Value => (node === undefined ? null : toJsonb(node));
const blobOfText = (json: Value): Value => (json === null ? null : toJsonb(parseJson(json as string).root));

/** One that gives JSONB where another gives JSON as text. */
function binary(of: string, evaluate?: ScalarFunction['evaluate']): ScalarFunction {
  const text = jsonFunctions.find(({ name }) => name === of)!;
  const { arity, strict, json } = text;
  return {
    name: of.replace('json', 'jsonb'),
    arity,
    type: 'BLOB',
    ...(strict && { strict }),
    ...(json && { json }),
    mayFail: true,
    evaluate: evaluate ?? ((args, collation, call) => blobOfText(text.evaluate(args, collation, call))),
    doc: `as \`${of}\`, but JSONB, SQLite's binary form: a BLOB that all functions on JSON take`,
  };
}

export const jsonbFunctions: readonly ScalarFunction[] = [
  binary('json', ([v]) => blob(rootOf(v!))),
  binary('json_array'),
  binary('json_object'),
  {
    ...binary('json_extract', (args) => {
      const node = extracted(args);
      return node?.type === 'array' || node?.type === 'object' ? toJsonb(node) : node === undefined ? null : jsonValue(node); // prettier-ignore
    }),
    type: 'ANY',
  },
  ...(['set', 'insert', 'replace', 'array_insert'] as const).map((mode) =>
    binary(`json_${mode}`, (args, _, { jsonArgs }) => blob(edited(mode, args, jsonArgs))),
  ),
  binary('json_remove', (args) => blob(removed(args))),
  binary('json_patch', (args) => blob(patched(args))),
];

export const jsonbAggregates: readonly AggregateFunction[] = jsonAggregates
  .filter(({ name }) => name.startsWith('json_'))
  .map((text): AggregateFunction => ({
    name: text.name.replace('json', 'jsonb'),
    arity: text.arity,
    type: 'BLOB',
    create: (collation, jsonArgs) => {
      const group = text.create(collation, jsonArgs);
      return { add: (args) => group.add(args), result: () => blobOfText(group.result()) };
    },
    doc: `as \`${text.name}\`, but JSONB`,
  }));
