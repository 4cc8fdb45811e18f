import { RowError } from './function.ts';
import { escapeJson, jsonNull, type JsonNode, type JsonScalar } from './json-node.ts';

/** A parsed text; `canonical`: it needs no JSON5. */
export interface ParsedJson {
  readonly root: JsonNode;
  readonly canonical: boolean;
}

/**
 * Reads JSON with the JSON5 extensions that SQLite takes: comments, trailing commas, single quotes, unquoted labels,
 * hexadecimal numbers, Infinity and NaN (which becomes null).
 *
 * @throws RowError 'malformed JSON'.
 */
export function parseJson(text: string): ParsedJson {
  return new Parser(text).parse();
}

/** Where a text stops being JSON or JSON5: the number of the character, from 1; 0 if it is none. */
export function errorPlace(text: string): number {
  const parser = new Parser(text);
  try {
    parser.parse();
    return 0;
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return [...text.slice(0, parser.at)].length + 1;
  }
}

/** Deepest nesting, as in SQLite. */
const DEEPEST = 1000;

const whiteSpace = /[\t\n\r ]*/y;
// blank, comment of either kind, and the spaces of Unicode that JSON5 knows
const json5Space =
  /(?:[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]|\/\*(?!\0)[^\0]*?\*\/|\/\/[^\n\r\u2028\u2029\0]*[\n\r\u2028\u2029]?)*/y;
const label = /(?:[$A-Za-z_\u0080-\uffff]|\\u[0-9a-fA-F]{4})(?:[$\w\u0080-\uffff]|\\u[0-9a-fA-F]{4})*/y;
const word = /(true|false|null)(?![0-9A-Za-z])|(inf(?:inity)?(?![0-9A-Za-z]))|([qs]?nan(?![0-9A-Za-z]))/iy;
const hexadecimal = /([-+]?)0[xX]([0-9a-fA-F]+)/y;
const infinite = /([-+])inf(?:inity)?/iy;
const number = /[-+]?(?:(?:0(?!\d)|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?/y;
const plainString = /"(?:[^"\\\0-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #canonical = true;

  constructor(text: string) {
    this.#text = text;
  }

  /** How far it has come. */
  get at(): number {
    return this.#at;
  }

  parse(): ParsedJson {
    const root = this.#value();
    this.#skip();
    if (this.#at < this.#text.length && this.#text[this.#at] !== '\0') {
      this.#at = 0; // where SQLite says that a text fails that goes on behind its value
      this.#fail();
    }
    return { root, canonical: this.#canonical };
  }

  #fail(): never {
    throw new RowError('malformed JSON');
  }

  /** What `pattern` matches here; moves behind it. */
  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #skip(): void {
    this.#take(whiteSpace);
    if (this.#take(json5Space)![0] !== '') this.#canonical = false;
  }

  #is(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** Whether nothing follows; a value that is missing is missed in front of the blanks at the end. */
  #endsAfter(start: number): boolean {
    if (this.#at < this.#text.length) return false;
    this.#at = start;
    return true;
  }

  #value(): JsonNode {
    const start = this.#at;
    this.#skip();
    if (this.#endsAfter(start)) this.#fail();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      default:
        return this.#scalar() ?? this.#fail();
    }
  }

  #nested(read: () => JsonNode): JsonNode {
    this.#at++;
    if (++this.#depth > DEEPEST) this.#fail();
    const node = read();
    this.#depth--;
    return node;
  }

  #array(): JsonNode {
    const items: JsonNode[] = [];
    for (;;) {
      const start = this.#at;
      this.#skip();
      if (this.#endsAfter(start)) this.#fail();
      if (this.#is(']')) {
        if (items.length > 0) this.#canonical = false;
        break;
      }
      items.push(this.#value());
      this.#skip();
      if (this.#is(']')) break;
      if (!this.#is(',')) this.#fail();
    }
    return { type: 'array', items };
  }

  #object(): JsonNode {
    const members: [JsonScalar, JsonNode][] = [];
    for (;;) {
      this.#skip();
      if (this.#is('}')) {
        if (members.length > 0) this.#canonical = false;
        break;
      }
      const start = this.#at;
      const name = this.#scalar() ?? this.#bareLabel();
      if (name.type !== 'text') {
        this.#at = start;
        this.#fail();
      }
      this.#skip();
      if (!this.#is(':')) this.#fail();
      members.push([name, this.#value()]);
      this.#skip();
      if (this.#is('}')) break;
      if (!this.#is(',')) this.#fail();
    }
    return { type: 'object', members };
  }

  #bareLabel(): JsonScalar {
    const found = this.#take(label) ?? this.#fail();
    this.#canonical = false;
    return { type: 'text', text: `"${found[0]}"` };
  }

  #scalar(): JsonScalar | undefined {
    const plain = this.#take(plainString);
    if (plain !== null) return { type: 'text', text: plain[0] };
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") return this.#string(first);
    const sign = this.#take(infinite) ?? this.#take(word);
    if (sign !== null) return this.#word(sign);
    return this.#number();
  }

  #word(found: RegExpExecArray): JsonScalar | undefined {
    const [text, known, , nan] = found;
    switch (known) {
      case 'true':
      case 'false':
      case 'null':
        return { type: known, text: known };
      case undefined:
        this.#canonical = false;
        if (nan !== undefined) return jsonNull;
        return { type: 'real', text: text.startsWith('-') ? '-9e999' : '9e999' };
      case '-':
      case '+':
        this.#canonical = false;
        return { type: 'real', text: known === '-' ? '-9e999' : '9e999' };
      default:
        this.#at -= text.length; // TRUE is no literal
        return undefined;
    }
  }

  #number(): JsonScalar | undefined {
    const hex = this.#take(hexadecimal);
    if (hex !== null) {
      this.#canonical = false;
      const digits = hex[2]!.replace(/^0+(?=.)/, '');
      const text = digits.length > 16 ? '9.0e999' : String(BigInt(`0x${digits}`));
      return { type: 'integer', text: hex[1] === '-' ? `-${text}` : text };
    }
    const found = this.#take(number);
    if (found === null) return undefined;
    let text = found[0];
    if (/^\+|^-?\.|\.(?!\d)/.test(text)) this.#canonical = false;
    text = text
      .replace(/^\+/, '')
      .replace(/^(-?)\./, '$10.')
      .replace(/\.(?!\d)/, '.0');
    return { type: /[.eE]/.test(text) ? 'real' : 'integer', text };
  }

  /** A string that is not plain JSON: in single quotes, with control characters or escapes of JSON5. */
  #string(quote: string): JsonScalar {
    const text = this.#text;
    this.#canonical = false;
    let out = '';
    let i = this.#at + 1;
    for (; text[i] !== quote; i++) {
      const c = text[i];
      this.#at = i;
      if (c === undefined || c === '\0') this.#fail();
      if (c !== '\\') {
        out += c === '"' || c < ' ' ? escapeJson(c) : c;
        continue;
      }
      const escape =
        /\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|(')|(v)|(0)(?!\d)|x([0-9a-fA-F]{2})|(\r\n|[\r\n\u2028\u2029]))/y;
      escape.lastIndex = i;
      this.#at = i + 1;
      const found = escape.exec(text) ?? this.#fail();
      const [whole, same, single, tab, zero, hex] = found;
      if (same !== undefined) out += whole;
      else if (single !== undefined) out += "'";
      else if (tab !== undefined) out += '\\u000b';
      else if (zero !== undefined) out += '\\u0000';
      else if (hex !== undefined) out += `\\u00${hex}`;
      i += whole.length - 1;
    }
    this.#at = i + 1;
    return { type: 'text', text: `"${out}"` };
  }
}

let last: { readonly text: string; readonly parsed: ParsedJson } | undefined;

/** The tree of a text for readers, who do not change it; several reads of one text parse it once. */
export function sharedJson(text: string): ParsedJson {
  if (last?.text !== text) last = { text, parsed: parseJson(text) };
  return last.parsed;
}
