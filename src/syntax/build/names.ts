import type { CstNode, IToken } from 'chevrotain';
import type { NameListCstNode, QnameCstNode, TextCstNode, TypeNameCstNode } from '../../../grammar/cst.d.ts';
import { T } from '../../../grammar/tokens.ts';
import { QueryError } from '../../base/errors.ts';
import type { Source, Span } from '../../base/span.ts';
import type { Name, QName, TypeName } from '../ast.ts';
import { decodeText } from './text.ts';

/**
 * Concrete syntax to AST, part by part as the grammar: each file beside this one extends the class of the part before
 * it. A method takes the node of the production it is named after. Nothing is looked up and nothing computed.
 */
export abstract class Names {
  readonly source: Source;
  /** The number of each `?`, by its offset: 1 for the first of its statement, as in SQLite. */
  protected readonly positions: ReadonlyMap<number, number>;

  constructor(source: Source, tokens: readonly IToken[]) {
    this.source = source;
    this.positions = positionsOf(tokens);
  }

  protected spanOf(node: CstNode): Span {
    const { startOffset, endOffset } = node.location!;
    return { source: this.source, start: startOffset, end: endOffset! + 1 };
  }

  protected spanOfToken(token: IToken): Span {
    return { source: this.source, start: token.startOffset, end: token.endOffset! + 1 };
  }

  /** For what the grammar cannot refuse without refusing more. */
  protected refuse(message: string, span: Span, label: string, help?: string): never {
    throw new QueryError({ code: 'E0101', message, span, label, ...(help !== undefined && { help: [help] }) });
  }

  protected name(token: IToken): Name {
    const quote = token.image[0]!;
    const quoted = '"`['.includes(quote);
    const text = quoted ? token.image.slice(1, -1).replaceAll(quote + quote, quote) : token.image;
    return { span: this.spanOfToken(token), text, quoted };
  }

  /** `'a b'` where a name stands: SQLite takes it for one. */
  protected nameInText(token: IToken): Name {
    return { span: this.spanOfToken(token), text: decodeText(token), quoted: true };
  }

  protected names(node: NameListCstNode): Name[] {
    return node.children.Ident.map((token) => this.name(token));
  }

  protected qname(node: QnameCstNode): QName {
    return { span: this.spanOf(node), parts: node.children.part.map((token) => this.name(token)) };
  }

  protected typeName(node: TypeNameCstNode): TypeName {
    const { name, second, Number: numbers, zoned } = node.children;
    const words = [this.name(name![0]!).text, second?.[0]?.image];
    if (zoned !== undefined) words.push(zoned[0]!.image, node.children.LOCAL && 'LOCAL', 'TIME ZONE');
    return {
      span: this.spanOf(node),
      name: words
        .filter((word) => word !== undefined)
        .join(' ')
        .toUpperCase(),
      args: (numbers ?? []).map((token) => numberOf(token)),
    };
  }

  protected text(node: TextCstNode): string {
    return decodeText(node.children.text![0]!);
  }
}

/** The value of a NUMBER token that sets something: a size, a cost. */
export const numberOf = (token: IToken): number => Number(token.image.replaceAll('_', ''));

/** What an option or a flag is called: words with their dots, or the text in quotes. */
export const wordsOf = (tokens: readonly IToken[]): string =>
  tokens.map((t) => (t.tokenType === T.QuotedIdent ? t.image.slice(1, -1) : t.image)).join('.');

/** Leaves out the fields that are undefined: optional fields of the AST are absent, never undefined. */
export function given<F extends object>(fields: F): { [K in keyof F]?: Exclude<F[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof F]?: Exclude<F[K], undefined>;
  };
}

function positionsOf(tokens: readonly IToken[]): Map<number, number> {
  const positions = new Map<number, number>();
  let last = 0;
  for (const { tokenType, image, startOffset } of tokens) {
    if (tokenType === T.Semicolon) last = 0;
    if (tokenType !== T.Param || !image.startsWith('?')) continue;
    const position = image === '?' ? last + 1 : Number(image.slice(1));
    last = Math.max(last, position);
    positions.set(startOffset, position);
  }
  return positions;
}
