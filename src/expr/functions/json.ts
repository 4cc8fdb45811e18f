import type { Value } from '../../data/value.ts';
import { integerOf, textOf } from '../compare.ts';
import { untilNul } from './characters.ts';
import { RowError, type ScalarFunction } from './function.ts';
import { isJson, toJson } from './json-argument.ts';
import { isJsonb, isSound } from './json-blob.ts';
import { edited, patched, removed } from './json-edit.ts';
import { jsonNull, jsonValue, prettyJson, quoteJson, renderJson, type JsonNode } from './json-node.ts';
import { errorPlace, sharedJson } from './json-parse.ts';
import { findJson, findSteps, type Edit } from './json-path.ts';
import { rootOf } from './json-source.ts';

/** SQLite's JSON functions (https://sqlite.org/json1.html), which give text; those that give JSONB are made of them. */

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
const extract = (args: readonly Value[]): Value => {
  const node = extracted(args);
  return node === undefined ? null : jsonValue(node);
};

/** What the paths lead to; undefined for nothing, or where an argument is NULL. */
export function extracted([json, ...paths]: readonly Value[]): JsonNode | undefined {
  if (paths.length === 0 || json === null) return undefined;
  const root = rootOf(json!);
  const found: (JsonNode | undefined)[] = [];
  for (const path of paths) {
    if (path === null) return undefined;
    found.push(findJson(root, untilNul(textOf(path))));
  }
  if (paths.length === 1) return found[0];
  return { type: 'array', items: found.map((node) => node ?? jsonNull) };
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
const editing = (mode: Exclude<Edit['mode'], 'remove'>, example: string): ScalarFunction => ({
  name: `json_${mode}`,
  arity: [1, Infinity],
  type: 'JSON',
  mayFail: true,
  json: true,
  evaluate: (args, _, { jsonArgs }) => {
    const root = edited(mode, args, jsonArgs);
    return root === undefined ? null : renderJson(root);
  },
  doc: example,
});

const rendered = (node: JsonNode | undefined): Value => (node === undefined ? null : renderJson(node));

/** Flags of json_valid: 1 canonical JSON, 2 JSON5, 4 bytes that look like JSONB, 8 those that are. */
function valid([json, given]: readonly Value[]): Value {
  const flags = given === undefined ? 1n : integerOf(given);
  if (flags < 1n || flags > 15n) throw new RowError('FLAGS parameter to json_valid() must be between 1 and 15');
  if (json === null) return null;
  if (json instanceof Uint8Array && isJsonb(json))
    return (flags & 4n) !== 0n || ((flags & 8n) !== 0n && isSound(json)) ? 1n : 0n;
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
    name: 'json_error_position',
    arity: [1, 1],
    type: 'INTEGER',
    strict: true,
    evaluate: ([v]) => {
      if (v instanceof Uint8Array && isJsonb(v)) return isSound(v) ? 0n : 1n;
      return BigInt(errorPlace(textOf(v!)));
    },
    doc: `\`json_error_position('[1,,2]')\` = 4; 0 where there is none`,
  },
  {
    name: 'subtype',
    arity: [1, 1],
    type: 'INTEGER',
    json: true,
    evaluate: ([v], _, { jsonArgs }) => (v !== null && isJson(jsonArgs, 0) ? 74n : 0n),
    doc: `\`subtype(json('[]'))\` = 74; of all else 0`,
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
    // What json_extract gives, as an argument of another JSON function: arrays and objects are JSON there.
    name: 'json extracted',
    arity: [1, Infinity],
    type: 'JSON',
    mayFail: true,
    inSqlite: false,
    evaluate: (args) => {
      const node = extracted(args);
      if (node === undefined || node.type === 'array' || node.type === 'object') return rendered(node);
      const value = jsonValue(node);
      return value === null ? null : toJson(value, false);
    },
    doc: 'what `json_extract(x, path)` gives inside of another JSON function',
  },
  {
    name: 'json value',
    arity: [1, 1],
    type: 'JSON',
    strict: true,
    mayFail: true,
    inSqlite: false,
    evaluate: ([v]) => toJson(v!, false),
    doc: 'a value inside of a JSON function, as `json_quote` has it, but NULL of NULL',
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
  editing('array_insert', `\`json_array_insert('[1,2]', '$[1]', 9)\` = '[1,9,2]'`),
  editing('replace', `\`json_replace('{"a":1}', '$.a', 2)\` = '{"a":2}': only what is there`),
  {
    name: 'json_remove',
    arity: [1, Infinity],
    type: 'JSON',
    mayFail: true,
    evaluate: (args) => rendered(removed(args)),
    doc: `\`json_remove('{"a":1,"b":2}', '$.a')\` = '{"b":2}'`,
  },
  {
    name: 'json_patch',
    arity: [2, 2],
    type: 'JSON',
    mayFail: true,
    evaluate: (args) => rendered(patched(args)),
    doc: `\`json_patch('{"a":1}', '{"a":null,"b":2}')\` = '{"b":2}'`,
  },
];
