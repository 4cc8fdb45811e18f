import type { Value } from '../../data/value.ts';
import { integerOf, textOf } from '../compare.ts';
import { untilNul } from './characters.ts';
import { RowError, type AggregateFunction, type ScalarFunction } from './function.ts';
import { jsonOf, jsonValue, prettyJson, quoteJson, renderJson, type JsonNode } from './json-node.ts';
import { parseJson, sharedJson } from './json-parse.ts';
import { editJson, findJson, findSteps, labelOf, type Edit } from './json-path.ts';

/** SQLite's JSON functions on text (https://sqlite.org/json1.html). BLOBs are read as text: JSONB is not known. */

const rootOf = (v: NonNullable<Value>): JsonNode => sharedJson(textOf(v)).root;

/** Canonical JSON of an argument: as it is where `isJson`, else that of its SQL value. */
function toJson(v: Value, isJson: boolean): string {
  if (isJson && typeof v === 'string') return v;
  const node = jsonOf(v);
  if (node === undefined) throw new RowError('JSON cannot hold BLOB values');
  return v === Infinity ? '9.0e+999' : v === -Infinity ? '-9.0e+999' : node.text;
}

const isJson = (mask: number, index: number): boolean => (mask & (1 << index)) !== 0;

function object(args: readonly Value[], mask: number): string {
  if (args.length % 2 !== 0) throw new RowError('json_object() requires an even number of arguments');
  const members: string[] = [];
  for (let i = 0; i < args.length; i += 2) {
    const label = args[i];
    if (typeof label !== 'string') throw new RowError('json_object() labels must be TEXT');
    members.push(`${quoteJson(label)}:${toJson(args[i + 1]!, isJson(mask, i + 1))}`);
  }
  return `{${members.join(',')}}`;
}

/** `json_extract`: the SQL value for one path, a JSON array of what several lead to. */
function extract([json, ...paths]: readonly Value[]): Value {
  if (paths.length === 0 || json === null) return null;
  const root = rootOf(json!);
  const found: (JsonNode | undefined)[] = [];
  for (const path of paths) {
    if (path === null) return null;
    found.push(findJson(root, untilNul(textOf(path))));
  }
  if (paths.length === 1) return found[0] === undefined ? null : jsonValue(found[0]);
  return `[${found.map((node) => (node === undefined ? 'null' : renderJson(node))).join(',')}]`;
}

/** What `->` and `->>` point to: a path, a label, or an index that counts from the end if negative. */
function arrow(json: Value, to: Value): JsonNode | undefined {
  if (json === null) return undefined;
  const root = rootOf(json);
  if (to === null) return undefined;
  const text = untilNul(textOf(to));
  if (text.startsWith('$')) return findJson(root, text);
  if (typeof to === 'bigint') return findSteps(root, `[${to < 0n ? '#' : ''}${text}]`);
  if (/^\w*$/.test(text)) return findSteps(root, `.${text}`);
  return findSteps(root, /^\[.+\]$/s.test(text) ? text : `."${text}"`);
}

/** `json_set` and its kin: pairs of path and value behind the JSON. */
const editing = (mode: Edit['mode'], example: string): ScalarFunction => ({
  name: `json_${mode}`,
  arity: [1, Infinity],
  type: 'JSON',
  mayFail: true,
  json: true,
  evaluate: (args, _, { jsonArgs }) => {
    if (args.length % 2 === 0) throw new RowError(`json_${mode}() needs an odd number of arguments`);
    if (args[0] === null) return null;
    let { root } = parseJson(textOf(args[0]!));
    for (let i = 1; i < args.length; i += 2) {
      const path = args[i]!;
      if (path === null) continue;
      const text = untilNul(textOf(path));
      const v = args[i + 1]!;
      // the order of checks decides which of two faults is reported
      const value = isJson(jsonArgs, i + 1) && typeof v === 'string' ? parseJson(v).root : jsonOf(v);
      if (text.startsWith('$') && value === undefined) throw new RowError('JSON cannot hold BLOB values');
      root = editJson(root, text, { mode, value: value! });
    }
    return renderJson(root);
  },
  doc: example,
});

function remove([json, ...paths]: readonly Value[]): Value {
  if (json === null) return null;
  const { root } = parseJson(textOf(json!));
  for (const path of paths) {
    if (path === null) return null;
    const text = untilNul(textOf(path));
    if (text === '$') return null;
    editJson(root, text, { mode: 'remove', value: root });
  }
  return renderJson(root);
}

/** RFC 7396. Keeps the order of the target; new members come last. */
function merge(target: JsonNode, patch: JsonNode): JsonNode {
  if (patch.type !== 'object') return patch;
  const into: JsonNode = target.type === 'object' ? target : { type: 'object', members: [] };
  const { members } = into;
  for (const [label, value] of patch.members) {
    const at = members.findIndex(([name]) => labelOf(name) === labelOf(label));
    const entry = members[at];
    if (entry !== undefined) {
      if (value.type === 'null') members.splice(at, 1);
      else entry[1] = merge(entry[1], value);
    } else if (value.type !== 'null') {
      members.push([label, merge({ type: 'array', items: [] }, value)]);
    }
  }
  return into;
}

/** Flags of json_valid: 1 canonical JSON, 2 JSON5, 4 and 8 JSONB, which no text is. */
function valid([json, given]: readonly Value[]): Value {
  const flags = given === undefined ? 1n : integerOf(given);
  if (flags < 1n || flags > 15n) throw new RowError('FLAGS parameter to json_valid() must be between 1 and 15');
  if (json === null) return null;
  if ((flags & 3n) === 0n) return 0n;
  try {
    return (flags & 2n) !== 0n || sharedJson(textOf(json!)).canonical ? (rootOf(json!), 1n) : 0n;
  } catch (error) {
    if (error instanceof RowError) return 0n;
    throw error;
  }
}

/** The node at an optional path; undefined where there is none or an argument is NULL. */
function at([json, path]: readonly Value[]): JsonNode | undefined {
  if (json === null) return undefined;
  const root = rootOf(json!); // malformed JSON is an error even where the path is NULL
  if (path === undefined) return root;
  return path === null ? undefined : findJson(root, untilNul(textOf(path)));
}

export const jsonFunctions: readonly ScalarFunction[] = [
  {
    name: 'json',
    arity: [1, 1],
    type: 'JSON',
    strict: true,
    mayFail: true,
    evaluate: ([v]) => renderJson(rootOf(v!)),
    doc: `\`json(' [1, 2] ')\` = '[1,2]'`,
  },
  {
    name: 'json_pretty',
    arity: [1, 2],
    type: 'TEXT',
    mayFail: true,
    evaluate: ([v, step = null]) =>
      v === null ? null : prettyJson(rootOf(v!), step === null ? '    ' : untilNul(textOf(step))),
    doc: `\`json_pretty('[1]', ' ')\` is '[', ' 1' and ']' on lines of their own`,
  },
  {
    name: 'json_valid',
    arity: [1, 2],
    type: 'BOOLEAN',
    mayFail: true,
    evaluate: valid,
    doc: `\`json_valid('[1')\` = 0`,
  },
  {
    name: 'json_type',
    arity: [1, 2],
    type: 'TEXT',
    mayFail: true,
    evaluate: (args) => at(args)?.type ?? null,
    doc: `\`json_type('[1]')\` = 'array'`,
  },
  {
    name: 'json_array_length',
    arity: [1, 2],
    type: 'INTEGER',
    mayFail: true,
    evaluate: (args) => {
      const node = at(args);
      return node === undefined ? null : BigInt(node.type === 'array' ? node.items.length : 0);
    },
    doc: `\`json_array_length('[1,2]')\` = 2`,
  },
  {
    name: 'json_extract',
    arity: [1, Infinity],
    type: 'ANY',
    mayFail: true,
    evaluate: extract,
    doc: `\`json_extract('{"a":[1,2]}', '$.a[1]')\` = 2`,
  },
  {
    name: '->',
    arity: [2, 2],
    type: 'JSON',
    mayFail: true,
    evaluate: ([json, to]) => {
      const node = arrow(json!, to!);
      return node === undefined ? null : renderJson(node);
    },
    doc: `\`'{"a":"x"}' -> 'a'\` = '"x"'`,
  },
  {
    name: '->>',
    arity: [2, 2],
    type: 'ANY',
    mayFail: true,
    evaluate: ([json, to]) => {
      const node = arrow(json!, to!);
      return node === undefined ? null : jsonValue(node);
    },
    doc: `\`'{"a":"x"}' ->> 'a'\` = 'x'`,
  },
  {
    name: 'json_quote',
    arity: [1, 1],
    type: 'JSON',
    mayFail: true,
    json: true,
    evaluate: ([v], _, { jsonArgs }) => toJson(v!, isJson(jsonArgs, 0)),
    doc: `\`json_quote('a"b')\` = '"a\\"b"'`,
  },
  {
    name: 'json_array',
    arity: [0, Infinity],
    type: 'JSON',
    mayFail: true,
    json: true,
    evaluate: (args, _, { jsonArgs }) => `[${args.map((v, i) => toJson(v, isJson(jsonArgs, i))).join(',')}]`,
    doc: `\`json_array(1, 'a', NULL)\` = '[1,"a",null]'`,
  },
  {
    name: 'json_object',
    arity: [0, Infinity],
    type: 'JSON',
    mayFail: true,
    json: true,
    evaluate: (args, _, { jsonArgs }) => object(args, jsonArgs),
    doc: `\`json_object('a', 1)\` = '{"a":1}'`,
  },
  editing('set', `\`json_set('{"a":1}', '$.b', 2)\` = '{"a":1,"b":2}'`),
  editing('insert', `\`json_insert('{"a":1}', '$.a', 2)\` = '{"a":1}': only where nothing is`),
  editing('replace', `\`json_replace('{"a":1}', '$.a', 2)\` = '{"a":2}': only what is there`),
  {
    name: 'json_remove',
    arity: [1, Infinity],
    type: 'JSON',
    mayFail: true,
    evaluate: remove,
    doc: `\`json_remove('{"a":1,"b":2}', '$.a')\` = '{"b":2}'`,
  },
  {
    name: 'json_patch',
    arity: [2, 2],
    type: 'JSON',
    mayFail: true,
    evaluate: ([target, patch]) => {
      if (target === null) return null;
      const { root } = parseJson(textOf(target!)); // malformed JSON is an error even where the patch is NULL
      return patch === null ? null : renderJson(merge(root, parseJson(textOf(patch!)).root));
    },
    doc: `\`json_patch('{"a":1}', '{"a":null,"b":2}')\` = '{"b":2}'`,
  },
];

const groupArray = (name: string, doc: string): AggregateFunction => ({
  name,
  arity: [1, 1],
  type: 'JSON',
  create: (_, jsonArgs = 0) => {
    const items: string[] = [];
    return {
      add: ([v]) => void items.push(toJson(v!, isJson(jsonArgs, 0))),
      result: () => `[${items.join(',')}]`,
    };
  },
  doc,
});

export const jsonAggregates: readonly AggregateFunction[] = [
  groupArray('json_group_array', '`json_group_array(x)`: NULL as null, [] of no rows'),
  groupArray('list', '`list(x)`: another name of json_group_array'),
  {
    name: 'json_group_object',
    arity: [2, 2],
    type: 'JSON',
    create: (_, jsonArgs = 0) => {
      const members: string[] = [];
      return {
        add: ([label, v]) => {
          if (label !== null) members.push(`${quoteJson(untilNul(textOf(label!)))}:${toJson(v!, isJson(jsonArgs, 1))}`);
        },
        result: () => `{${members.join(',')}}`,
      };
    },
    doc: '`json_group_object(label, x)`; rows with a NULL label are left out',
  },
];
