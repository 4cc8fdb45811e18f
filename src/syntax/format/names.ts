import { reservedWords } from '../../../grammar/tokens.ts';
import type { Name, Option, QName, TypeName, TypedColumn } from '../ast.ts';
import { expr } from './expression.ts';
import { commas, type Doc, lines, nest } from './layout.ts';

const bare = /^[\p{L}_][\p{L}\p{N}_$]*$/u;

/** Names keep their quotes, since quotes decide what a name can mean; others get them where they need them. */
export const name = ({ text, quoted }: Name): string =>
  quoted || !bare.test(text) || reservedWords.has(text.toUpperCase()) ? `"${text.replaceAll('"', '""')}"` : text;

export const qname = ({ parts }: QName): string => parts.map(name).join('.');
export const names = (list: readonly Name[]): string => `(${list.map(name).join(', ')})`;
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A command reads best without doubled quotes. */
export const command = (value: string): string =>
  value.includes("'") && !/\$\$|\$$/.test(value) ? `$$${value}$$` : text(value);

export const type = ({ name: words, args }: TypeName): string => {
  const [, base = '', zone = ''] = /^(.*?)( WITH(?:OUT)? .*)?$/s.exec(words)!;
  const plain = /^[A-Z_][A-Z0-9_$]*(?: PRECISION| VARYING)?$/.test(base) && !reservedWords.has(base);
  const list = args.length > 0 ? `(${args.join(', ')})` : '';
  return `${plain ? base : `"${base.replaceAll('"', '""')}"`}${list}${zone}`;
};

export const typedColumn = (column: TypedColumn): string =>
  `${name(column.name)} ${type(column.type)}${column.default ? ` DEFAULT ${expr(column.default, 'unary')}` : ''}`;
export const typedColumns = (list: readonly TypedColumn[]): string => `(${list.map(typedColumn).join(', ')})`;

const key = (words: string): string => (/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(words) ? words : text(words));
export const option = ({ name: words, value }: Option): string => `${key(words)} = ${expr(value)}`;
export const options = (list: readonly Option[]): Doc => nest(lines(...commas(list.map(option))));
