import { Part, type Production } from './part.ts';
import { Ident, K, T } from './tokens.ts';

/** Names, types and expressions. Operators bind as in SQLite, from OR (loosest) down to the postfix ones. */
export abstract class Expressions extends Part {
  protected abstract readonly query: Production;
  protected abstract readonly primary: Production;

  /** qname = ident { "." ident } */
  readonly qname: Production = this.RULE('qname', () => {
    this.CONSUME(Ident, { LABEL: 'part' });
    this.MANY(() => {
      this.CONSUME(T.Dot);
      this.CONSUME1(Ident, { LABEL: 'part' });
    });
  });

  /** nameList = "(" ident { "," ident } ")" */
  readonly nameList: Production = this.RULE('nameList', () => {
    this.CONSUME(T.Open);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.CONSUME(Ident) });
    this.CONSUME(T.Close);
  });

  /** typeName = ( ident | "INTERVAL" ) [ "PRECISION" | "VARYING" ] [ "(" NUMBER { "," NUMBER } ")" ] [ ( "WITH" | "WITHOUT" ) [ "LOCAL" ] "TIME" "ZONE" ] */
  readonly typeName: Production = this.RULE('typeName', () => {
    this.oneOf('name', [Ident, K.INTERVAL], 2);
    this.OPTION(() => this.oneOf('second', [K.PRECISION, K.VARYING]));
    this.OPTION1(() => {
      this.CONSUME(T.Open);
      this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.CONSUME(T.Number) });
      this.CONSUME(T.Close);
    });
    this.OPTION2({
      GATE: () => this.next(2) === K.LOCAL || this.next(2) === K.TIME,
      DEF: () => {
        this.oneOf('zoned', [K.WITH, K.WITHOUT], 1);
        this.OPTION3(() => this.CONSUME(K.LOCAL));
        this.CONSUME(K.TIME);
        this.CONSUME(K.ZONE);
      },
    });
  });

  /** exprList = expr { "," expr } */
  readonly exprList: Production = this.RULE('exprList', () => {
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.expr) });
  });

  /** expr = conjunction { "OR" conjunction } */
  readonly expr: Production = this.RULE('expr', () => {
    this.SUBRULE(this.conjunction);
    this.MANY(() => {
      this.CONSUME(K.OR);
      this.SUBRULE1(this.conjunction);
    });
  });

  /** conjunction = negation { "AND" negation } */
  readonly conjunction: Production = this.RULE('conjunction', () => {
    this.SUBRULE(this.negation);
    this.MANY(() => {
      this.CONSUME(K.AND);
      this.SUBRULE1(this.negation);
    });
  });

  /** negation = { "NOT" } equality */
  readonly negation: Production = this.RULE('negation', () => {
    this.MANY(() => this.CONSUME(K.NOT));
    this.SUBRULE(this.equality);
  });

  /** equality = comparison { equalityTail } */
  readonly equality: Production = this.RULE('equality', () => {
    this.SUBRULE(this.comparison);
    this.MANY(() => this.SUBRULE(this.equalityTail));
  });

  /** equalityTail = equals | is | ( "ISNULL" | "NOTNULL" | "NOT" "NULL" ) [ further ] | [ "NOT" ] ( between | in [ further ] | like ) */
  readonly equalityTail: Production = this.RULE('equalityTail', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.equals) },
      { ALT: () => this.SUBRULE(this.is) },
      {
        ALT: () => {
          this.oneOf('test', [K.ISNULL, K.NOTNULL], 2);
          this.OPTION2(() => this.SUBRULE(this.further));
        },
      },
      {
        GATE: () => this.next(2) === K.NULL,
        ALT: () => {
          this.CONSUME1(K.NOT);
          this.CONSUME(K.NULL);
          this.OPTION3(() => this.SUBRULE1(this.further));
        },
      },
      {
        ALT: () => {
          this.OPTION(() => this.CONSUME(K.NOT));
          this.OR1([
            { ALT: () => this.SUBRULE(this.between) },
            {
              ALT: () => {
                this.SUBRULE(this.in);
                this.OPTION4(() => this.SUBRULE2(this.further));
              },
            },
            { ALT: () => this.SUBRULE(this.like) },
          ]);
        },
      },
    ]);
  });

  /**
   * further = { ( "||" | "->" | "->>" ) unary } { ( "*" | "/" | "%" ) concatenation } { ( "+" | "-" ) product }
   *           { ( "&" | "|" | "<<" | ">>" ) sum } { ( "<" | "<=" | ">" | ">=" ) bits }
   *
   * What goes on behind a test that is complete: `x ISNULL + 1` is `(x ISNULL) + 1`.
   */
  readonly further: Production = this.RULE('further', () => {
    this.MANY(() => {
      this.oneOf('concatOp', [T.Concat, T.Arrow, T.ArrowText]);
      this.SUBRULE(this.unary);
    });
    this.MANY1(() => {
      this.oneOf('productOp', [T.Star, T.Slash, T.Percent], 1);
      this.SUBRULE(this.concatenation);
    });
    this.MANY2(() => {
      this.oneOf('sumOp', [T.Plus, T.Minus], 2);
      this.SUBRULE(this.product);
    });
    this.MANY3(() => {
      this.oneOf('bitsOp', [T.BitAnd, T.BitOr, T.ShiftLeft, T.ShiftRight], 3);
      this.SUBRULE(this.sum);
    });
    this.MANY4(() => {
      this.oneOf('compareOp', [T.Less, T.LessEqual, T.Greater, T.GreaterEqual], 4);
      this.SUBRULE(this.bits);
    });
  });

  /** equals = ( "=" | "<>" ) comparison */
  readonly equals: Production = this.RULE('equals', () => {
    this.oneOf('op', [T.Equal, T.NotEqual]);
    this.SUBRULE(this.comparison);
  });

  /** is = "IS" [ "NOT" ] [ "DISTINCT" "FROM" ] comparison */
  readonly is: Production = this.RULE('is', () => {
    this.CONSUME(K.IS);
    this.OPTION(() => this.CONSUME(K.NOT));
    this.OPTION1(() => {
      this.CONSUME(K.DISTINCT);
      this.CONSUME(K.FROM);
    });
    this.SUBRULE(this.comparison);
  });

  /** between = "BETWEEN" comparison "AND" comparison */
  readonly between: Production = this.RULE('between', () => {
    this.CONSUME(K.BETWEEN);
    this.SUBRULE(this.comparison);
    this.CONSUME(K.AND);
    this.SUBRULE1(this.comparison);
  });

  /** in = "IN" ( "(" query ")" | "(" [ exprList ] ")" | qname ) */
  readonly in: Production = this.RULE('in', () => {
    this.CONSUME(K.IN);
    this.OR([
      {
        GATE: () => this.isQueryInParentheses(),
        ALT: () => {
          this.CONSUME(T.Open);
          this.SUBRULE(this.query);
          this.CONSUME(T.Close);
        },
      },
      {
        ALT: () => {
          this.CONSUME1(T.Open);
          this.OPTION(() => this.SUBRULE(this.exprList));
          this.CONSUME1(T.Close);
        },
      },
      { ALT: () => this.SUBRULE(this.qname) },
    ]);
  });

  /** like = ( "LIKE" | "GLOB" | "REGEXP" ) comparison [ "ESCAPE" comparison ] */
  readonly like: Production = this.RULE('like', () => {
    this.oneOf('op', [K.LIKE, K.GLOB, K.REGEXP]);
    this.SUBRULE(this.comparison);
    this.OPTION(() => {
      this.CONSUME(K.ESCAPE);
      this.SUBRULE1(this.comparison);
    });
  });

  /** comparison = bits { ( "<" | "<=" | ">" | ">=" ) bits } */
  readonly comparison: Production = this.RULE('comparison', () => {
    this.SUBRULE(this.bits);
    this.MANY(() => {
      this.oneOf('op', [T.Less, T.LessEqual, T.Greater, T.GreaterEqual]);
      this.SUBRULE1(this.bits);
    });
  });

  /** bits = sum { ( "&" | "|" | "<<" | ">>" ) sum } */
  readonly bits: Production = this.RULE('bits', () => {
    this.SUBRULE(this.sum);
    this.MANY(() => {
      this.oneOf('op', [T.BitAnd, T.BitOr, T.ShiftLeft, T.ShiftRight]);
      this.SUBRULE1(this.sum);
    });
  });

  /** sum = product { ( "+" | "-" ) product } */
  readonly sum: Production = this.RULE('sum', () => {
    this.SUBRULE(this.product);
    this.MANY(() => {
      this.oneOf('op', [T.Plus, T.Minus]);
      this.SUBRULE1(this.product);
    });
  });

  /** product = concatenation { ( "*" | "/" | "%" ) concatenation } */
  readonly product: Production = this.RULE('product', () => {
    this.SUBRULE(this.concatenation);
    this.MANY(() => {
      this.oneOf('op', [T.Star, T.Slash, T.Percent]);
      this.SUBRULE1(this.concatenation);
    });
  });

  /** concatenation = unary { ( "||" | "->" | "->>" ) unary } */
  readonly concatenation: Production = this.RULE('concatenation', () => {
    this.SUBRULE(this.unary);
    this.MANY(() => {
      this.oneOf('op', [T.Concat, T.Arrow, T.ArrowText]);
      this.SUBRULE1(this.unary);
    });
  });

  /** unary = { "-" | "+" | "~" } primary { postfix } */
  readonly unary: Production = this.RULE('unary', () => {
    this.MANY(() => this.oneOf('op', [T.Minus, T.Plus, T.Tilde]));
    this.SUBRULE(this.primary);
    this.MANY1(() => this.SUBRULE(this.postfix));
  });

  /** postfix = "::" typeName | "COLLATE" ident | "[" expr "]" */
  readonly postfix: Production = this.RULE('postfix', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.DoubleColon);
          this.SUBRULE(this.typeName);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.COLLATE);
          this.CONSUME(Ident);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.OpenBracket);
          this.SUBRULE(this.expr);
          this.CONSUME(T.CloseBracket);
        },
      },
    ]);
  });
}
