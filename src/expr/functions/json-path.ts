import { RowError } from './function.ts';
import { quoteJson, unescapeJson, type JsonNode, type JsonScalar } from './json-node.ts';

/** Paths of SQLite's JSON functions: `$`, `.label`, `."label"`, `[3]`, `[#]`, `[#-1]`. */

/** What happens at the end of a path. `insert` only where nothing is, `replace` only where something is; `array_insert` before it. */
export interface Edit {
  readonly mode: 'insert' | 'replace' | 'set' | 'remove' | 'array_insert';
  readonly value: JsonNode;
}

/** Where a node hangs; lets an edit replace or remove it. */
interface Slot {
  put(node: JsonNode): void;
  remove(): void;
  /** Absent for the root. @throws RowError if it is no element of an array. */
  before?(node: JsonNode, path: string): void;
}

const noSlot: Slot = { put: () => undefined, remove: () => undefined };

const badPath = (path: string): RowError => new RowError(`bad JSON path: '${path.replaceAll("'", "''")}'`);

/** The node that a path leads to; undefined where there is none. @throws RowError for a malformed path. */
export function findJson(root: JsonNode, path: string): JsonNode | undefined {
  if (!path.startsWith('$')) throw badPath(path);
  return step(root, path.slice(1), noSlot, undefined, path);
}

/** Follows the steps of `->` and `->>` without a `$`, such as `.label` or `[3]`. */
export const findSteps = (root: JsonNode, steps: string): JsonNode | undefined =>
  step(root, steps, noSlot, undefined, steps);

/** Changes the tree in place, but for a new root, which is returned. @throws RowError for a malformed path. */
export function editJson(root: JsonNode, path: string, edit: Edit): JsonNode {
  if (!path.startsWith('$')) throw badPath(path);
  let result = root;
  const slot: Slot = { put: (node) => void (result = node), remove: () => undefined };
  step(root, path.slice(1), slot, edit, path);
  return result;
}

function step(node: JsonNode, rest: string, slot: Slot, edit: Edit | undefined, path: string): JsonNode | undefined {
  if (rest === '') {
    if (edit?.mode === 'remove') slot.remove();
    else if (edit?.mode === 'array_insert') slot.before?.(edit.value, path);
    else if (edit !== undefined && edit.mode !== 'insert') slot.put(edit.value);
    return node;
  }
  if (rest[0] === '.') return member(node, rest, edit, path);
  if (rest[0] === '[') return element(node, rest, edit, path);
  throw badPath(path);
}

const quotedLabel = /^\."((?:[^"\\]|\\[\s\S])*)"/;
const plainLabel = /^\.([^.[]+)/;

function member(node: JsonNode, rest: string, edit: Edit | undefined, path: string): JsonNode | undefined {
  const quoted = rest[1] === '"';
  const found = (quoted ? quotedLabel : plainLabel).exec(rest);
  if (found === null) throw badPath(path);
  if (node.type !== 'object') return undefined;
  const written = found[1]!;
  const label = quoted ? unescapeJson(written) : written;
  const after = rest.slice(found[0].length);
  const { members } = node;
  const at = members.findIndex(([name]) => labelOf(name) === label);
  const entry = members[at];
  if (entry !== undefined) {
    const slot: Slot = {
      put: (value) => void (entry[1] = value),
      remove: () => void members.splice(at, 1),
      before: (_, path) => {
        throw new RowError(`not an array element: '${path.replaceAll("'", "''")}'`);
      },
    };
    return step(entry[1], after, slot, edit, path);
  }
  const value = creates(edit) ? built(after, edit, path) : undefined;
  if (value === undefined) return undefined;
  const text = quoted && written.includes('\\') ? `"${written}"` : quoteJson(written);
  members.push([{ type: 'text', text, ...(!text.includes('\\') && { raw: written }) }, value]);
  return undefined;
}

export const labelOf = (label: JsonScalar): string => unescapeJson(label.text.slice(1, -1));

const creates = (edit: Edit | undefined): edit is Edit =>
  edit !== undefined && edit.mode !== 'replace' && edit.mode !== 'remove';

const index = /^\[(?:(\d+)|#(?:-(\d+))?)\]/;

function element(node: JsonNode, rest: string, edit: Edit | undefined, path: string): JsonNode | undefined {
  if (node.type !== 'array') return undefined;
  const found = index.exec(rest);
  if (found === null) throw badPath(path);
  const { items } = node;
  const at = found[1] === undefined ? items.length - Number(found[2] ?? 0) : Number(found[1]);
  const after = rest.slice(found[0].length);
  const item = items[at];
  if (item !== undefined) {
    const slot: Slot = {
      put: (value) => void (items[at] = value),
      remove: () => void items.splice(at, 1),
      before: (value) => void items.splice(at, 0, value),
    };
    return step(item, after, slot, edit, path);
  }
  // only the place right behind the last can be filled
  const value = at === items.length && creates(edit) ? built(after, edit, path) : undefined;
  if (value !== undefined) items.push(value);
  return undefined;
}

/**
 * The value with what the rest of the path asks for around it: `.b.c` gives {"b":{"c":value}}. Undefined where that has
 * no place for it, as `[1]` of an empty array.
 */
function built(rest: string, edit: Edit, path: string): JsonNode | undefined {
  if (rest === '') return edit.value;
  const around: JsonNode = rest[0] === '.' ? { type: 'object', members: [] } : { type: 'array', items: [] };
  step(around, rest, noSlot, edit, path);
  return (around.type === 'object' ? around.members : around.items).length === 0 ? undefined : around;
}
