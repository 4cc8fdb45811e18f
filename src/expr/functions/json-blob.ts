import { RowError } from './function.ts';
import { jsonNull, quoteJson, type JsonNode, type JsonScalar } from './json-node.ts';
import { parseJson } from './json-parse.ts';

/**
 * JSONB, SQLite's binary form of JSON (https://sqlite.org/jsonb.html): each element is a header, whose low half-byte is
 * the type and whose high one is the size of the payload or how many bytes behind it hold that, and the payload.
 */
const types = 'null true false integer int5 real float5 text textj text5 textraw array object'.split(' ');
const code = (type: string): number => types.indexOf(type);

const malformed = (): RowError => new RowError('malformed JSON');
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes of a tree. */
export function toJsonb(node: JsonNode): Uint8Array {
  const parts: Uint8Array[] = [];
  encode(node, parts);
  return Buffer.concat(parts);
}

/** @returns how many bytes were added. */
function encode(node: JsonNode, into: Uint8Array[]): number {
  if (node.type !== 'array' && node.type !== 'object') {
    const bytes = Buffer.from(payloadOf(node), 'utf8');
    const header = headerOf(code(typeOf(node)), bytes.length);
    return (into.push(header, bytes), header.length + bytes.length);
  }
  const at = into.push(new Uint8Array(0)) - 1;
  const inner = node.type === 'array' ? node.items : node.members.flat();
  const size = inner.reduce((sum, part) => sum + encode(part, into), 0);
  into[at] = headerOf(code(node.type), size);
  return into[at].length + size;
}

function typeOf({ type, text, raw }: JsonScalar): string {
  if (type !== 'text') return type;
  return raw === undefined ? (text.includes('\\') ? 'textj' : 'text') : 'textraw';
}

function payloadOf({ type, text, raw }: JsonScalar): string {
  if (type === 'null' || type === 'true' || type === 'false') return '';
  return raw ?? (type === 'text' ? text.slice(1, -1) : text);
}

function headerOf(type: number, size: number): Uint8Array {
  if (size <= 11) return Uint8Array.of(type | (size << 4));
  const bytes = size <= 0xff ? 1 : size <= 0xffff ? 2 : 4;
  const header = Buffer.alloc(1 + bytes);
  header[0] = type | ((bytes === 1 ? 12 : bytes === 2 ? 13 : 14) << 4);
  header.writeUIntBE(size, 1, bytes);
  return header;
}

interface Element {
  readonly type: number;
  readonly from: number;
  readonly end: number;
}

/** The element at `at`, or undefined where none ends by `end`. */
function elementAt(bytes: Uint8Array, at: number, end: number): Element | undefined {
  if (at >= end) return undefined;
  const short = bytes[at]! >> 4;
  const more = short <= 11 ? 0 : 1 << (short - 12);
  const from = at + 1 + more;
  if (from > end) return undefined;
  const size = more === 0 ? short : bytes.slice(at + 1, from).reduce((sum, byte) => sum * 256 + byte, 0);
  return from + size <= end ? { type: bytes[at]! & 15, from, end: from + size } : undefined;
}

/** Whether bytes look like JSONB: one element of a known type, and nothing behind it. */
export function isJsonb(bytes: Uint8Array): boolean {
  const root = elementAt(bytes, 0, bytes.length);
  return root !== undefined && root.type < types.length && root.end === bytes.length && (root.type > 2 || root.from === root.end); // prettier-ignore
}

/** Whether bytes that look like JSONB are that throughout. */
export function isSound(bytes: Uint8Array): boolean {
  try {
    fromJsonb(bytes);
    return true;
  } catch (error) {
    if (error instanceof RowError) return false;
    throw error;
  }
}

/** The tree of bytes that look like JSONB. @throws RowError 'malformed JSON'. */
export function fromJsonb(bytes: Uint8Array): JsonNode {
  return decode(bytes, elementAt(bytes, 0, bytes.length)!);
}

function decode(bytes: Uint8Array, { type, from, end }: Element): JsonNode {
  const parts = (): JsonNode[] => {
    const found: JsonNode[] = [];
    for (let at = from; at < end;) {
      const element = elementAt(bytes, at, end);
      if (element === undefined) throw malformed();
      found.push(decode(bytes, element));
      at = element.end;
    }
    return found;
  };
  const text = (): string => utf8.decode(bytes.subarray(from, end));
  const name = types[type];
  switch (name) {
    case 'null':
      return jsonNull;
    case 'true':
    case 'false':
      return { type: name, text: name };
    case 'integer':
    case 'int5':
    case 'real':
    case 'float5':
      return number(text());
    case 'text':
    case 'textj':
      return { type: 'text', text: `"${text()}"` };
    case 'text5':
      return parseJson(`"${text()}"`).root;
    case 'textraw': {
      const raw = text();
      return { type: 'text', text: quoteJson(raw), raw };
    }
    case 'array':
      return { type: 'array', items: parts() };
    case 'object': {
      const all = parts();
      if (all.length % 2 !== 0) throw malformed();
      const members = Array.from({ length: all.length / 2 }, (_, i): [JsonScalar, JsonNode] => {
        const label = all[2 * i]!;
        if (label.type !== 'text') throw malformed();
        return [label, all[2 * i + 1]!];
      });
      return { type: 'object', members };
    }
    default:
      throw malformed();
  }
}

function number(text: string): JsonNode {
  const { root } = parseJson(text);
  if (root.type !== 'integer' && root.type !== 'real') throw malformed();
  return root;
}
