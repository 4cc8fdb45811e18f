import type { Value } from '../../data/value.ts';
import { formatReal } from '../../data/number.ts';
import { integerPrefix, numberPrefix } from '../number.ts';

/**
 * A JSON text as a tree that keeps how numbers and strings were written, because SQLite does: `json('[1.0e3]')` is
 * '[1.0e3]'. Trees are changed only by the functions that have just parsed them.
 */
export type JsonNode = JsonScalar | JsonArray | JsonObject;

/** `text`: as it is written in canonical JSON. */
export interface JsonScalar {
  readonly type: 'null' | 'true' | 'false' | 'integer' | 'real' | 'text';
  readonly text: string;
  /** Of a text that was no JSON before: what it is without quotes and escapes. JSONB keeps it so. */
  readonly raw?: string;
}
export interface JsonArray {
  readonly type: 'array';
  readonly items: JsonNode[];
}
/** Members in the order written; a label may occur twice. */
export interface JsonObject {
  readonly type: 'object';
  readonly members: [label: JsonScalar, value: JsonNode][];
}

export const jsonNull: JsonScalar = { type: 'null', text: 'null' };

/** Canonical JSON, without white space. */
export function renderJson(node: JsonNode): string {
  switch (node.type) {
    case 'array':
      return `[${node.items.map(renderJson).join(',')}]`;
    case 'object':
      return `{${node.members.map(([label, value]) => `${label.text}:${renderJson(value)}`).join(',')}}`;
    default:
      return node.text;
  }
}

/** JSON over several lines, one step further in for each level; `at` is where the node stands. */
export function prettyJson(node: JsonNode, step: string, at = ''): string {
  if (node.type !== 'array' && node.type !== 'object') return node.text;
  const inside = at + step;
  const [open, close, parts] =
    node.type === 'array'
      ? ['[', ']', node.items.map((item) => prettyJson(item, step, inside))]
      : ['{', '}', node.members.map(([label, value]) => `${label.text}: ${prettyJson(value, step, inside)}`)];
  if (parts.length === 0) return open + close;
  return `${open}\n${parts.map((part) => inside + part).join(',\n')}\n${at}${close}`;
}

/** The SQL value of a node: arrays and objects as JSON text. */
export function jsonValue(node: JsonNode): Value {
  switch (node.type) {
    case 'null':
      return null;
    case 'true':
      return 1n;
    case 'false':
      return 0n;
    case 'integer': {
      const { value, end } = integerPrefix(node.text);
      return end === 'overflow' ? numberPrefix(node.text).value : value;
    }
    case 'real':
      return numberPrefix(node.text).value;
    case 'text':
      return unescapeJson(node.text.slice(1, -1));
    default:
      return renderJson(node);
  }
}

/** The node of an SQL value that is no JSON itself; undefined for a BLOB. */
export function jsonOf(v: Value): JsonScalar | undefined {
  if (v === null) return jsonNull;
  switch (typeof v) {
    case 'bigint':
      return { type: 'integer', text: String(v) };
    case 'number':
      return { type: 'real', text: Number.isFinite(v) ? formatReal(v) : v > 0 ? '9e999' : '-9e999' };
    case 'string':
      return { type: 'text', text: quoteJson(v), raw: v };
    default:
      return undefined;
  }
}

const special: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** A JSON string in its double quotes. */
export const quoteJson = (text: string): string => `"${escapeJson(text)}"`;

export const escapeJson = (text: string): string =>
  text.replace(/["\\\u0000-\u001f]/g, (c) => special[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

const unescaped: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', 0: '\0' };

/** What stands between the quotes of a JSON or JSON5 string, without its escapes. Half a surrogate pair is U+FFFD. */
export function unescapeJson(text: string): string {
  if (!text.includes('\\')) return text;
  const plain = text.replace(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\r\n\u2028\u2029])|([\s\S]))/g,
    (_, four?: string, two?: string, line?: string, c: string = '') => {
      const hex = four ?? two;
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      return line === undefined ? (unescaped[c] ?? c) : '';
    },
  );
  return plain.replace(/\p{Surrogate}/gu, '\ufffd');
}
