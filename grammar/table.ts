import type { Production } from './part.ts';
import { Queries } from './query.ts';
import { Ident, K, T } from './tokens.ts';

/** What stands in FROM: tables, files, functions, subqueries, commands, and joins of them. */
export abstract class Tables extends Queries {
  /** tableRef = tablePrimary { join } */
  readonly tableRef: Production = this.RULE('tableRef', () => {
    this.SUBRULE(this.tablePrimary);
    this.MANY(() => this.SUBRULE(this.join));
  });

  /** join = joinType "JOIN" tablePrimary [ "WITHIN" expr ] [ "ON" expr | "USING" nameList ] */
  readonly join: Production = this.RULE('join', () => {
    this.SUBRULE(this.joinType);
    this.CONSUME(K.JOIN);
    this.SUBRULE(this.tablePrimary);
    this.OPTION(() => {
      this.CONSUME(K.WITHIN);
      this.SUBRULE(this.expr, { LABEL: 'within' });
    });
    this.OPTION1({
      // INSERT INTO t SELECT .. FROM a JOIN b ON CONFLICT ..
      GATE: () => !(this.next(1) === K.ON && this.next(2) === K.CONFLICT),
      DEF: () =>
        this.OR([
          {
            ALT: () => {
              this.CONSUME(K.ON);
              this.SUBRULE1(this.expr, { LABEL: 'on' });
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.USING);
              this.SUBRULE(this.nameList);
            },
          },
        ]),
    });
  });

  /** joinType = [ "NATURAL" ] [ "ASOF" ] [ "INNER" | "CROSS" | "SEMI" | "ANTI" | "POSITIONAL" | ( "LEFT" | "RIGHT" | "FULL" ) [ "OUTER" | "SEMI" | "ANTI" ] ] */
  readonly joinType: Production = this.RULE('joinType', () => {
    this.OPTION(() => this.CONSUME(K.NATURAL));
    this.OPTION1(() => this.CONSUME(K.ASOF));
    this.OPTION2(() =>
      this.OR([
        { ALT: () => this.oneOf('type', [K.INNER, K.CROSS, K.SEMI, K.ANTI, K.POSITIONAL], 1) },
        {
          ALT: () => {
            this.oneOf('type', [K.LEFT, K.RIGHT, K.FULL], 2);
            this.OPTION3(() => this.oneOf('outer', [K.OUTER, K.SEMI, K.ANTI], 3));
          },
        },
      ]),
    );
  });

  /**
   * tablePrimary = ( "(" query ")" | "(" tableRef { "," tableRef } ")" | "SHELL" "(" shellSpec ")" | "TABLE" "(" tableFunction ")" | stream | STRING
   *                | "LATERAL" "(" query ")" | [ "LATERAL" ] tableFunction | tableName ) [ [ "AS" ] ident [ nameList ] ] [ index ]
   */
  readonly tablePrimary: Production = this.RULE('tablePrimary', () => {
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
          this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.tableRef) });
          this.CONSUME1(T.Close);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.SHELL);
          this.CONSUME2(T.Open);
          this.SUBRULE(this.shellSpec);
          this.CONSUME2(T.Close);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.TABLE);
          this.CONSUME3(T.Open);
          this.SUBRULE(this.tableFunction);
          this.CONSUME3(T.Close);
        },
      },
      {
        // A table may be named stream: `FROM stream WHERE ..`, `FROM stream.x`.
        GATE: () => this.next(2) === T.Open || (this.isName(2) && this.next(2) !== K.WITHIN),
        ALT: () => this.SUBRULE(this.stream),
      },
      { ALT: () => this.CONSUME(T.Text) },
      {
        GATE: () => this.next(2) === T.Open,
        ALT: () => {
          this.CONSUME1(K.LATERAL);
          this.CONSUME4(T.Open);
          this.SUBRULE1(this.query);
          this.CONSUME4(T.Close);
        },
      },
      {
        GATE: () => this.next(1) === K.LATERAL || this.isCall(),
        ALT: () => {
          this.OPTION(() => this.CONSUME(K.LATERAL));
          this.SUBRULE1(this.tableFunction);
        },
      },
      { ALT: () => this.SUBRULE(this.tableName) },
    ]);
    this.OPTION1({
      GATE: () =>
        this.next(1) !== K.WITHIN &&
        !(this.next(1) === K.INDEXED && this.next(2) === K.BY) &&
        !(this.next(1) === K.POSITIONAL && this.next(2) === K.JOIN),
      DEF: () => {
        this.OPTION2(() => this.CONSUME(K.AS));
        this.CONSUME(Ident);
        this.OPTION3(() => this.SUBRULE(this.nameList));
      },
    });
    this.OPTION4(() => this.SUBRULE(this.index));
  });

  /** index = "INDEXED" "BY" ident | "NOT" "INDEXED" */
  readonly index: Production = this.RULE('index', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.INDEXED);
          this.CONSUME(K.BY);
          this.CONSUME(Ident);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.NOT);
          this.CONSUME1(K.INDEXED);
        },
      },
    ]);
  });

  /** stream = "STREAM" ( qname | "(" qname { "," arg } ")" ) */
  readonly stream: Production = this.RULE('stream', () => {
    this.CONSUME(K.STREAM);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Open);
          this.SUBRULE(this.qname);
          this.MANY(() => {
            this.CONSUME(T.Comma);
            this.SUBRULE(this.arg);
          });
          this.CONSUME(T.Close);
        },
      },
      { ALT: () => this.SUBRULE1(this.qname) },
    ]);
  });

  /** tableName = qname [ "FOR" "SYSTEM_TIME" "AS" "OF" expr ] */
  readonly tableName: Production = this.RULE('tableName', () => {
    this.SUBRULE(this.qname);
    this.OPTION(() => {
      this.CONSUME(K.FOR);
      this.CONSUME(K.SYSTEM_TIME);
      this.CONSUME(K.AS);
      this.CONSUME(K.OF);
      this.SUBRULE(this.expr);
    });
  });

  /** tableFunction = qname "(" [ arg { "," arg } ] ")" */
  readonly tableFunction: Production = this.RULE('tableFunction', () => {
    this.SUBRULE(this.qname);
    this.CONSUME(T.Open);
    this.MANY_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.arg) });
    this.CONSUME(T.Close);
  });

  /** arg = namedArg | argValue */
  readonly arg: Production = this.RULE('arg', () => {
    this.OR([{ ALT: () => this.SUBRULE(this.namedArg) }, { ALT: () => this.SUBRULE(this.argValue) }]);
  });

  /** namedArg = word ( "=>" | ":=" ) argValue */
  readonly namedArg: Production = this.RULE('namedArg', () => {
    this.CONSUME(T.ArgName);
    this.CONSUME(T.Named);
    this.SUBRULE(this.argValue);
  });

  /** argValue = ( "TABLE" ( qname | "(" query ")" ) | "DESCRIPTOR" nameList | expr ) [ partitionBy ] */
  readonly argValue: Production = this.RULE('argValue', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.TABLE);
          this.OR1([
            { ALT: () => this.SUBRULE(this.qname) },
            {
              ALT: () => {
                this.CONSUME(T.Open);
                this.SUBRULE(this.query);
                this.CONSUME(T.Close);
              },
            },
          ]);
        },
      },
      {
        GATE: () => this.next(2) === T.Open,
        ALT: () => {
          this.CONSUME(K.DESCRIPTOR);
          this.SUBRULE(this.nameList);
        },
      },
      { ALT: () => this.SUBRULE(this.expr) },
    ]);
    this.OPTION(() => this.SUBRULE(this.partitionBy));
  });

  /** partitionBy = "PARTITION" "BY" ( row | expr ) */
  readonly partitionBy: Production = this.RULE('partitionBy', () => {
    this.CONSUME(K.PARTITION);
    this.CONSUME(K.BY);
    this.OR([
      { GATE: () => this.next(1) === T.Open, ALT: () => this.SUBRULE(this.row) },
      { ALT: () => this.SUBRULE(this.expr) },
    ]);
  });
}
