import type { Production } from './part.ts';
import { Shells } from './shell.ts';
import { Ident, K, T } from './tokens.ts';

/** Queries: WITH, SELECT, FROM-first, VALUES, set operations, ORDER BY, LIMIT, EMIT. */
export abstract class Queries extends Shells {
  protected abstract readonly pipeOp: Production;
  protected abstract readonly tableRef: Production;

  /** query = [ with ] queryTerm { setOperator queryTerm } [ orderBy ] [ limit ] { "|>" pipeOp } [ emit ] */
  readonly query: Production = this.RULE('query', () => {
    this.OPTION(() => this.SUBRULE(this.with));
    this.SUBRULE(this.queryTerm);
    this.MANY(() => {
      this.SUBRULE(this.setOperator);
      this.SUBRULE1(this.queryTerm);
    });
    this.OPTION1(() => this.SUBRULE(this.orderBy));
    this.OPTION2(() => this.SUBRULE(this.limit));
    this.MANY1(() => {
      this.CONSUME(T.Pipe);
      this.SUBRULE(this.pipeOp);
    });
    this.OPTION3(() => this.SUBRULE(this.emit));
  });

  /** with = "WITH" [ "RECURSIVE" ] cte { "," cte } */
  readonly with: Production = this.RULE('with', () => {
    this.CONSUME(K.WITH);
    this.OPTION(() => this.CONSUME(K.RECURSIVE));
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.cte) });
  });

  /** cte = ident [ nameList ] "AS" [ [ "NOT" ] "MATERIALIZED" ] "(" query ")" */
  readonly cte: Production = this.RULE('cte', () => {
    this.CONSUME(Ident);
    this.OPTION(() => this.SUBRULE(this.nameList));
    this.CONSUME(K.AS);
    this.OPTION1(() => {
      this.OPTION2(() => this.CONSUME(K.NOT));
      this.CONSUME(K.MATERIALIZED);
    });
    this.CONSUME(T.Open);
    this.SUBRULE(this.query);
    this.CONSUME(T.Close);
  });

  /** setOperator = ( "UNION" | "INTERSECT" | "EXCEPT" ) [ "ALL" | "DISTINCT" ] */
  readonly setOperator: Production = this.RULE('setOperator', () => {
    this.oneOf('op', [K.UNION, K.INTERSECT, K.EXCEPT]);
    this.OPTION(() => this.oneOf('quantifier', [K.ALL, K.DISTINCT], 1));
  });

  /** queryTerm = select | fromSelect | values | "(" query ")" */
  readonly queryTerm: Production = this.RULE('queryTerm', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.select) },
      { ALT: () => this.SUBRULE(this.fromSelect) },
      { ALT: () => this.SUBRULE(this.values) },
      {
        ALT: () => {
          this.CONSUME(T.Open);
          this.SUBRULE(this.query);
          this.CONSUME(T.Close);
        },
      },
    ]);
  });

  /** fromFirst = "FROM" tableRef { "," tableRef } */
  readonly fromFirst: Production = this.RULE('fromFirst', () => {
    this.CONSUME(K.FROM);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.tableRef) });
  });

  /** values = "VALUES" row { "," row } */
  readonly values: Production = this.RULE('values', () => {
    this.CONSUME(K.VALUES);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.row) });
  });

  /** row = "(" exprList ")" */
  readonly row: Production = this.RULE('row', () => {
    this.CONSUME(T.Open);
    this.SUBRULE(this.exprList);
    this.CONSUME(T.Close);
  });

  /** select = selectHead [ fromFirst ] selectTail */
  readonly select: Production = this.RULE('select', () => {
    this.SUBRULE(this.selectHead);
    this.OPTION(() => this.SUBRULE(this.fromFirst));
    this.SUBRULE(this.selectTail);
  });

  /** fromSelect = fromFirst [ selectHead ] selectTail */
  readonly fromSelect: Production = this.RULE('fromSelect', () => {
    this.SUBRULE(this.fromFirst);
    this.OPTION(() => this.SUBRULE(this.selectHead));
    this.SUBRULE(this.selectTail);
  });

  /** selectHead = "SELECT" [ "DISTINCT" [ "ON" row ] | "ALL" ] items */
  readonly selectHead: Production = this.RULE('selectHead', () => {
    this.CONSUME(K.SELECT);
    this.OPTION(() =>
      this.OR([
        {
          ALT: () => {
            this.CONSUME(K.DISTINCT);
            this.OPTION1(() => {
              this.CONSUME(K.ON);
              this.SUBRULE(this.row, { LABEL: 'on' });
            });
          },
        },
        { ALT: () => this.CONSUME(K.ALL) },
      ]),
    );
    this.SUBRULE(this.items);
  });

  /**
   * selectTail = [ "WHERE" expr ] [ groupBy ] [ "HAVING" expr ] [ "WINDOW" namedWindow { "," namedWindow } ]
   *              [ "QUALIFY" expr ]
   */
  readonly selectTail: Production = this.RULE('selectTail', () => {
    this.OPTION(() => {
      this.CONSUME(K.WHERE);
      this.SUBRULE(this.expr, { LABEL: 'where' });
    });
    this.OPTION1(() => this.SUBRULE(this.groupBy));
    this.OPTION2(() => {
      this.CONSUME(K.HAVING);
      this.SUBRULE1(this.expr, { LABEL: 'having' });
    });
    this.OPTION3(() => {
      this.CONSUME(K.WINDOW);
      this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.namedWindow) });
    });
    this.OPTION4(() => {
      this.CONSUME(K.QUALIFY);
      this.SUBRULE2(this.expr, { LABEL: 'qualify' });
    });
  });

  /** groupBy = "GROUP" "BY" ( "ALL" | groupTerm { "," groupTerm } ) */
  readonly groupBy: Production = this.RULE('groupBy', () => {
    this.CONSUME(K.GROUP);
    this.CONSUME(K.BY);
    this.OR([
      { ALT: () => this.CONSUME(K.ALL) },
      { ALT: () => this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.groupTerm) }) },
    ]);
  });

  /** groupTerm = groupingSets | expr */
  readonly groupTerm: Production = this.RULE('groupTerm', () => {
    this.OR([
      { GATE: () => this.next(2) === K.SETS, ALT: () => this.SUBRULE(this.groupingSets) },
      { ALT: () => this.SUBRULE(this.expr) },
    ]);
  });

  /** groupingSets = "GROUPING" "SETS" "(" groupSet { "," groupSet } ")" */
  readonly groupingSets: Production = this.RULE('groupingSets', () => {
    this.CONSUME(K.GROUPING);
    this.CONSUME(K.SETS);
    this.CONSUME(T.Open);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.groupSet) });
    this.CONSUME(T.Close);
  });

  /** groupSet = "(" ")" | groupTerm */
  readonly groupSet: Production = this.RULE('groupSet', () => {
    this.OR([
      {
        GATE: () => this.next(2) === T.Close,
        ALT: () => {
          this.CONSUME(T.Open);
          this.CONSUME(T.Close);
        },
      },
      { ALT: () => this.SUBRULE(this.groupTerm) },
    ]);
  });

  /** namedWindow = ident "AS" windowSpec */
  readonly namedWindow: Production = this.RULE('namedWindow', () => {
    this.CONSUME(Ident);
    this.CONSUME(K.AS);
    this.SUBRULE(this.windowSpec);
  });

  /** items = item { "," item } */
  readonly items: Production = this.RULE('items', () => {
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.item) });
  });

  /** item = [ ident "." ] "*" [ "EXCLUDE" nameList ] [ "REPLACE" "(" items ")" ] | expr [ [ "AS" ] alias ] */
  readonly item: Production = this.RULE('item', () => {
    this.OR([
      {
        GATE: () => this.next(1) === T.Star || (this.next(2) === T.Dot && this.next(3) === T.Star),
        ALT: () => {
          this.OPTION(() => {
            this.CONSUME(Ident, { LABEL: 'table' });
            this.CONSUME(T.Dot);
          });
          this.CONSUME(T.Star);
          this.OPTION1(() => {
            this.CONSUME(K.EXCLUDE);
            this.SUBRULE(this.nameList);
          });
          this.OPTION2(() => {
            this.CONSUME(K.REPLACE);
            this.CONSUME(T.Open);
            this.SUBRULE(this.items);
            this.CONSUME(T.Close);
          });
        },
      },
      {
        ALT: () => {
          this.SUBRULE(this.expr);
          this.OPTION3(() => {
            this.OPTION4(() => this.CONSUME(K.AS));
            this.SUBRULE(this.alias);
          });
        },
      },
    ]);
  });

  /** alias = ident | STRING */
  readonly alias: Production = this.RULE('alias', () => {
    this.OR([{ ALT: () => this.CONSUME(Ident) }, { ALT: () => this.CONSUME(T.Text) }]);
  });

  /** limit = "LIMIT" expr [ ( "OFFSET" | "," ) expr ] | "OFFSET" expr */
  readonly limit: Production = this.RULE('limit', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.LIMIT);
          this.SUBRULE(this.expr, { LABEL: 'first' });
          this.OPTION(() => {
            this.oneOf('separator', [K.OFFSET, T.Comma], 1);
            this.SUBRULE1(this.expr, { LABEL: 'second' });
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.OFFSET, { LABEL: 'separator' });
          this.SUBRULE2(this.expr, { LABEL: 'second' });
        },
      },
    ]);
  });

  /** emit = "EMIT" ( "FINAL" | "CHANGES" | "ON" "WINDOW" "CLOSE" [ "WITH" "DELAY" unary ] | "EVERY" unary ) [ "TIMEOUT" unary ] */
  readonly emit: Production = this.RULE('emit', () => {
    this.CONSUME(K.EMIT);
    this.OR([
      { ALT: () => this.CONSUME(K.FINAL, { LABEL: 'mode' }) },
      { ALT: () => this.CONSUME(K.CHANGES, { LABEL: 'mode' }) },
      {
        ALT: () => {
          this.CONSUME(K.ON, { LABEL: 'mode' });
          this.CONSUME(K.WINDOW);
          this.CONSUME(K.CLOSE);
          this.OPTION(() => {
            this.CONSUME(K.WITH);
            this.CONSUME(K.DELAY);
            this.SUBRULE(this.unary, { LABEL: 'interval' });
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.EVERY, { LABEL: 'mode' });
          this.SUBRULE1(this.unary, { LABEL: 'interval' });
        },
      },
    ]);
    this.OPTION1(() => {
      this.CONSUME(K.TIMEOUT);
      this.SUBRULE2(this.unary, { LABEL: 'timeout' });
    });
  });
}
