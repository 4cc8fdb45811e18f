import type { IToken } from 'chevrotain';
import { T } from '../../../grammar/tokens.ts';

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0' };

/** The text that a string token of any of the three spellings stands for. */
export function decodeText(token: IToken): string {
  const { image, tokenType } = token;
  if (tokenType === T.DollarText) {
    const tag = image.indexOf('$', 1) + 1;
    return image.slice(tag, -tag);
  }
  if (tokenType === T.EscapedText) return image.slice(2, -1).replace(escaped, (_, body: string) => unescape(body));
  return image.slice(1, -1).replaceAll("''", "'");
}

const escaped = /(?:\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[^])|'('))/g;

/** What stands behind the backslash, as PostgreSQL reads it; an unknown letter stands for itself. */
function unescape(body: string | undefined): string {
  if (body === undefined) return "'";
  const code = Number.parseInt(body.slice(1), 16);
  if (body.length > 1 && code <= 0x10ffff) return String.fromCodePoint(code);
  return escapes[body] ?? body;
}
