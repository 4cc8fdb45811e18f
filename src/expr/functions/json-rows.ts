import type { Value } from '../../data/value.ts';
import { integerOf, textOf } from '../compare.ts';
import { untilNul } from './characters.ts';
import { jsonValue, quoteJson, renderJson, type JsonNode } from './json-node.ts';
import { findJson, labelOf } from './json-path.ts';
import { ownRootOf } from './json-source.ts';

/** A function that gives rows. `columns` are those of its rows, in order. */
export interface RowFunction {
  readonly arity: readonly [least: number, most: number];
  readonly columns: readonly { readonly name: string; readonly type: 'ANY' | 'INTEGER' | 'TEXT' }[];
  /** So many of the last columns show only where they are named. */
  readonly hidden: number;
  /** @throws RowError as scalar functions do. */
  readonly rows: (args: readonly Value[]) => Iterable<readonly Value[]>;
  readonly doc: string;
}

const columns: RowFunction['columns'] = [
  { name: 'key', type: 'ANY' },
  { name: 'value', type: 'ANY' },
  { name: 'type', type: 'TEXT' },
  { name: 'atom', type: 'ANY' },
  { name: 'id', type: 'INTEGER' },
  { name: 'parent', type: 'INTEGER' },
  { name: 'fullkey', type: 'TEXT' },
  { name: 'path', type: 'TEXT' },
  { name: 'json', type: 'ANY' },
  { name: 'root', type: 'TEXT' },
];

/** Functions that stand in FROM and may read the tables before them (https://sqlite.org/json1.html#jeach). */
export const rowFunctions: ReadonlyMap<string, RowFunction> = new Map<string, RowFunction>([
  [
    'json_each',
    {
      arity: [1, 2],
      columns,
      hidden: 2,
      rows: (args) => jsonRows(args, false),
      doc: `\`json_each('[1,2]')\`: a row for each element or member`,
    },
  ],
  [
    'json_tree',
    {
      arity: [1, 2],
      columns,
      hidden: 2,
      rows: (args) => jsonRows(args, true),
      doc: '`json_tree(x)`: a row for each part of x, at any depth',
    },
  ],
  [
    'generate_series',
    {
      arity: [2, 3],
      columns: ['value', 'start', 'stop', 'step'].map((name) => ({ name, type: 'INTEGER' })),
      hidden: 3,
      rows: series,
      doc: '`generate_series(1, 9, 2)`: 1, 3, 5, 7, 9',
    },
  ],
]);

function* series([first, last, by = 1n]: readonly Value[]): Iterable<readonly Value[]> {
  if (first === null || last === null || by === null) return;
  const [from, to] = [integerOf(first!), integerOf(last!)];
  const step = integerOf(by) || 1n;
  for (let i = from; step > 0n ? i <= to : i >= to; i += step) yield [i, from, to, step];
}

/**
 * What a part of a JSON value has for its row. `id` is where it stands in the JSONB that SQLite would make of the whole;
 * of a member that is its label, and `at` is where its value stands.
 */
interface Part {
  readonly node: JsonNode;
  readonly at: number;
  readonly key: Value;
  readonly id: number;
  readonly parent: number | null;
  readonly fullkey: string;
  readonly path: string;
}

function* jsonRows([json, given]: readonly Value[], deep: boolean): Iterable<readonly Value[]> {
  if (json === null || given === null) return;
  const root = ownRootOf(json!);
  const path = given === undefined ? '$' : untilNul(textOf(given));
  const node = findJson(root, path);
  if (node === undefined) return;
  const offset = offsetIn(root, node, 0)!;
  const top: Part = {
    node,
    ...offset,
    parent: null,
    fullkey: path,
    ...(deep ? placeOf(root, node, path) : { key: null, path }),
  };
  const parts = deep ? tree(top) : isLeaf(node) ? [top] : partsOf(top, null);
  for (const part of parts) yield [...rowOf(part), json!, path];
}

function* tree(part: Part): Iterable<Part> {
  yield part;
  for (const inner of partsOf(part, part.id)) yield* tree(inner);
}

const isLeaf = (node: JsonNode): boolean => node.type !== 'array' && node.type !== 'object';

const rowOf = ({ node, key, id, parent, fullkey, path }: Part): readonly Value[] => [
  key,
  isLeaf(node) ? jsonValue(node) : renderJson(node),
  node.type,
  isLeaf(node) ? jsonValue(node) : null,
  BigInt(id),
  parent === null ? null : BigInt(parent),
  fullkey,
  path,
];

function* partsOf({ node, at, fullkey: path }: Part, parent: number | null): Iterable<Part> {
  let next = at + headerSize(payloadSize(node));
  if (node.type === 'array') {
    for (const [i, item] of node.items.entries()) {
      yield { node: item, at: next, key: BigInt(i), id: next, parent, fullkey: `${path}[${i}]`, path };
      next += blobSize(item);
    }
  } else if (node.type === 'object') {
    for (const [label, value] of node.members) {
      const name = labelOf(label);
      const step = /^[A-Za-z][A-Za-z0-9]*$/.test(name) ? `.${name}` : `.${quoteJson(name)}`;
      const place = next + blobSize(label);
      yield { node: value, at: place, key: name, id: next, parent, fullkey: path + step, path };
      next = place + blobSize(value);
    }
  }
}

/** The key and the path of the root of json_tree, as SQLite takes them out of the path that was given. */
function placeOf(root: JsonNode, node: JsonNode, path: string): { readonly key: Value; readonly path: string } {
  if (path.length === 1) return { key: null, path };
  let end = path.length - 1;
  for (; end > 1; end--) {
    const around = path[end] === '[' || path[end] === '.' ? tryFind(root, path.slice(0, end)) : undefined;
    const first =
      around?.type === 'array' ? around.items[0] : around?.type === 'object' ? around.members[0]?.[1] : undefined;
    if (first === node) break;
  }
  const step = path.slice(end);
  if (step.startsWith('[')) return { key: BigInt(parseInt(step.slice(1), 10) || 0), path: path.slice(0, end) };
  return { key: step[1] === '"' ? step.slice(2, -1) : step.slice(1), path: path.slice(0, end) };
}

function tryFind(root: JsonNode, path: string): JsonNode | undefined {
  try {
    return findJson(root, path);
  } catch {
    return undefined; // half a label
  }
}

interface Offset {
  readonly id: number;
  readonly at: number;
}

/** Where a node stands below `root`, which stands at `at`. */
function offsetIn(root: JsonNode, node: JsonNode, at: number, id = at): Offset | undefined {
  if (root === node) return { id, at };
  let next = at + headerSize(payloadSize(root));
  const parts =
    root.type === 'array'
      ? root.items.map((item) => [undefined, item] as const)
      : root.type === 'object'
        ? root.members
        : [];
  for (const [label, part] of parts) {
    const place = label === undefined ? next : next + blobSize(label);
    const found = offsetIn(part, node, place, next);
    if (found !== undefined) return found;
    next = place + blobSize(part);
  }
  return undefined;
}

const sizes = new WeakMap<JsonNode, number>();

/** Bytes of a node in JSONB, without its header. */
function payloadSize(node: JsonNode): number {
  const known = sizes.get(node);
  if (known !== undefined) return known;
  const size = sizeOf(node);
  sizes.set(node, size);
  return size;
}

function sizeOf(node: JsonNode): number {
  switch (node.type) {
    case 'array':
      return node.items.reduce((sum, item) => sum + blobSize(item), 0);
    case 'object':
      return node.members.reduce((sum, [label, value]) => sum + blobSize(label) + blobSize(value), 0);
    case 'text':
      return Buffer.byteLength(node.text) - 2;
    case 'integer':
    case 'real':
      return node.text.length;
    default:
      return 0;
  }
}

const headerSize = (payload: number): number =>
  payload <= 11 ? 1 : payload <= 0xff ? 2 : payload <= 0xffff ? 3 : payload <= 0xffffffff ? 5 : 9;

const blobSize = (node: JsonNode): number => headerSize(payloadSize(node)) + payloadSize(node);
