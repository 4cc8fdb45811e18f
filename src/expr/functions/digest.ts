import type { Value } from '../../data/value.ts';
import { textOf } from '../compare.ts';
import { bytesOf } from './characters.ts';
import type { ScalarFunction } from './function.ts';

const common = { arity: [1, 1], type: 'TEXT', strict: true, inSqlite: false } as const;

/** The digest of the bytes of a text or BLOB, in hexadecimal digits. */
const digest = (name: string, example: string): ScalarFunction => ({
  ...common,
  name,
  evaluate: ([v]) => process.getBuiltinModule('crypto').createHash(name).update(bytesOf(v!)).digest('hex'),
  doc: `\`${name}('a')\` = '${example}'`,
});

/** The bytes that a text stands for; NULL where it is no Base64. */
function decoded(v: NonNullable<Value>): Value {
  const text = textOf(v).replace(/\s+/g, '');
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return isBase64 ? new Uint8Array(Buffer.from(text, 'base64')) : null;
}

/** Digests and encodings, which SQLite lacks. */
export const digestFunctions: readonly ScalarFunction[] = [
  digest('md5', '0cc175b9c0f1b6a831c399e269772661'),
  digest('sha1', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'),
  digest('sha256', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'),
  {
    ...common,
    name: 'to_base64',
    evaluate: ([v]) => Buffer.from(bytesOf(v!)).toString('base64'),
    doc: `\`to_base64('abc')\` = 'YWJj'`,
  },
  {
    ...common,
    name: 'from_base64',
    type: 'BLOB',
    evaluate: ([v]) => decoded(v!),
    doc: `\`from_base64('YWJj')\`: a BLOB; NULL where the text is no Base64`,
  },
];
