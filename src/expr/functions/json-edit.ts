import type { Value } from '../../data/value.ts';
import { textOf } from '../compare.ts';
import { untilNul } from './characters.ts';
import { RowError } from './function.ts';
import { isJson } from './json-argument.ts';
import { jsonOf, type JsonNode } from './json-node.ts';
import { parseJson } from './json-parse.ts';
import { editJson, labelOf, type Edit } from './json-path.ts';
import { jsonbOf, ownRootOf } from './json-source.ts';

/** JSON after its edits; undefined for NULL. */
export function edited(
  mode: Exclude<Edit['mode'], 'remove'>,
  args: readonly Value[],
  jsonArgs: number,
): JsonNode | undefined {
  if (args.length % 2 === 0) throw new RowError(`json_${mode}() needs an odd number of arguments`);
  if (args[0] === null) return undefined;
  let root = ownRootOf(args[0]!);
  for (let i = 1; i < args.length; i += 2) {
    const path = args[i]!;
    if (path === null) continue;
    const text = untilNul(textOf(path));
    const v = args[i + 1]!;
    // the order of checks decides which of two faults is reported
    const value = isJson(jsonArgs, i + 1) && typeof v === 'string' ? parseJson(v).root : (jsonbOf(v) ?? jsonOf(v));
    if (text.startsWith('$') && value === undefined) throw new RowError('JSON cannot hold BLOB values');
    root = editJson(root, text, { mode, value: value! });
  }
  return root;
}

export function removed([json, ...paths]: readonly Value[]): JsonNode | undefined {
  if (json === null) return undefined;
  const root = ownRootOf(json!);
  for (const path of paths) {
    if (path === null) return undefined;
    const text = untilNul(textOf(path));
    if (text === '$') return undefined;
    editJson(root, text, { mode: 'remove', value: root });
  }
  return root;
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

export function patched([target, patch]: readonly Value[]): JsonNode | undefined {
  if (target === null) return undefined;
  const root = ownRootOf(target!); // malformed JSON is an error even where the patch is NULL
  return patch === null ? undefined : merge(root, ownRootOf(patch!));
}
