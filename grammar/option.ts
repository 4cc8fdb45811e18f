import type { Production } from './part.ts';
import { Primaries } from './primary.ts';
import { Ident, K, T, Word } from './tokens.ts';

/** Lists in parentheses: `name = value` options, formats, columns with types. */
export abstract class Options extends Primaries {
  /** opt = ( word { "." word } | STRING ) "=" expr */
  readonly opt: Production = this.RULE('opt', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(Word, { LABEL: 'key' });
          this.MANY(() => {
            this.CONSUME(T.Dot);
            this.CONSUME1(Word, { LABEL: 'key' });
          });
        },
      },
      { ALT: () => this.CONSUME(T.Text) },
    ]);
    this.CONSUME(T.Equal);
    this.SUBRULE(this.expr);
  });

  /** optList = "(" opt { "," opt } ")" */
  readonly optList: Production = this.RULE('optList', () => {
    this.CONSUME(T.Open);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.opt) });
    this.CONSUME(T.Close);
  });

  /** format = ident [ "(" formatArg { "," formatArg } ")" ] */
  readonly format: Production = this.RULE('format', () => {
    this.CONSUME(Ident);
    this.OPTION(() => {
      this.CONSUME(T.Open);
      this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.formatArg) });
      this.CONSUME(T.Close);
    });
  });

  /** formatArg = text | opt */
  readonly formatArg: Production = this.RULE('formatArg', () => {
    this.OR([
      { GATE: () => this.next(2) !== T.Equal, ALT: () => this.SUBRULE(this.text) },
      { ALT: () => this.SUBRULE(this.opt) },
    ]);
  });

  /** typedColumn = ident typeName [ "DEFAULT" unary ] */
  readonly typedColumn: Production = this.RULE('typedColumn', () => {
    this.CONSUME(Ident);
    this.SUBRULE(this.typeName);
    this.OPTION(() => {
      this.CONSUME(K.DEFAULT);
      this.SUBRULE(this.unary);
    });
  });

  /** typedColumns = "(" [ typedColumn { "," typedColumn } ] ")" */
  readonly typedColumns: Production = this.RULE('typedColumns', () => {
    this.CONSUME(T.Open);
    this.MANY_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.typedColumn) });
    this.CONSUME(T.Close);
  });
}
