import { Expressions } from './expression.ts';
import type { Production } from './part.ts';
import { Ident, K, T } from './tokens.ts';

/** What stands behind OVER, and ORDER BY wherever it stands. */
export abstract class WindowSpecs extends Expressions {
  /** windowSpec = "(" [ ident ] [ "PARTITION" "BY" exprList ] [ orderBy ] [ frame ] ")" */
  readonly windowSpec: Production = this.RULE('windowSpec', () => {
    this.CONSUME(T.Open);
    this.OPTION({
      GATE: () => ![K.PARTITION, K.ROWS, K.RANGE, K.GROUPS].includes(this.next(1)),
      DEF: () => this.CONSUME(Ident),
    });
    this.OPTION1(() => {
      this.CONSUME(K.PARTITION);
      this.CONSUME(K.BY);
      this.SUBRULE(this.exprList);
    });
    this.OPTION2(() => this.SUBRULE(this.orderBy));
    this.OPTION3(() => this.SUBRULE(this.frame));
    this.CONSUME(T.Close);
  });

  /**
   * frame = ( "ROWS" | "RANGE" | "GROUPS" ) ( bound | "BETWEEN" bound "AND" bound )
   *         [ "EXCLUDE" ( "NO" "OTHERS" | "CURRENT" "ROW" | "GROUP" | "TIES" ) ]
   */
  readonly frame: Production = this.RULE('frame', () => {
    this.oneOf('unit', [K.ROWS, K.RANGE, K.GROUPS]);
    this.OR1([
      {
        ALT: () => {
          this.CONSUME(K.BETWEEN);
          this.SUBRULE(this.bound);
          this.CONSUME(K.AND);
          this.SUBRULE1(this.bound);
        },
      },
      { ALT: () => this.SUBRULE2(this.bound) },
    ]);
    this.OPTION(() => {
      this.CONSUME(K.EXCLUDE);
      this.OR2([
        {
          ALT: () => {
            this.CONSUME(K.NO);
            this.CONSUME(K.OTHERS);
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.CURRENT);
            this.CONSUME(K.ROW);
          },
        },
        { ALT: () => this.CONSUME(K.GROUP) },
        { ALT: () => this.CONSUME(K.TIES) },
      ]);
    });
  });

  /** bound = "UNBOUNDED" boundSide | "CURRENT" "ROW" | sum boundSide */
  readonly bound: Production = this.RULE('bound', () => {
    this.OR([
      {
        GATE: () => this.next(2) === K.PRECEDING || this.next(2) === K.FOLLOWING,
        ALT: () => {
          this.CONSUME(K.UNBOUNDED);
          this.SUBRULE(this.boundSide);
        },
      },
      {
        GATE: () => this.next(2) === K.ROW,
        ALT: () => {
          this.CONSUME(K.CURRENT);
          this.CONSUME(K.ROW);
        },
      },
      {
        ALT: () => {
          this.SUBRULE(this.sum);
          this.SUBRULE1(this.boundSide);
        },
      },
    ]);
  });

  /** boundSide = "PRECEDING" | "FOLLOWING" */
  readonly boundSide: Production = this.RULE('boundSide', () => this.oneOf('side', [K.PRECEDING, K.FOLLOWING]));

  /** orderBy = "ORDER" "BY" sortKey { "," sortKey } */
  readonly orderBy: Production = this.RULE('orderBy', () => {
    this.CONSUME(K.ORDER);
    this.CONSUME(K.BY);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.sortKey) });
  });

  /** sortKey = expr [ "ASC" | "DESC" ] [ "NULLS" ( "FIRST" | "LAST" ) ] */
  readonly sortKey: Production = this.RULE('sortKey', () => {
    this.SUBRULE(this.expr);
    this.OPTION(() => this.oneOf('direction', [K.ASC, K.DESC]));
    this.OPTION1(() => {
      this.CONSUME(K.NULLS);
      this.oneOf('nulls', [K.FIRST, K.LAST], 1);
    });
  });
}
