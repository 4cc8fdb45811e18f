import type { Production } from './part.ts';
import { Pipes } from './pipe.ts';
import { Ident, K, T } from './tokens.ts';

/** CREATE, and the columns and options in it. */
export abstract class Creates extends Pipes {
  /**
   * create = "CREATE" [ "OR" "REPLACE" ] [ "TEMP" | "TEMPORARY" ]
   *          ( createSource | createSink | createStream | createView | createCommand | createFunction | createTable )
   */
  readonly create: Production = this.RULE('create', () => {
    this.CONSUME(K.CREATE);
    this.OPTION(() => {
      this.CONSUME(K.OR);
      this.CONSUME(K.REPLACE);
    });
    this.OPTION1(() => this.oneOf('temporary', [K.TEMP, K.TEMPORARY], 1));
    this.OR([
      { ALT: () => this.SUBRULE(this.createSource) },
      { ALT: () => this.SUBRULE(this.createSink) },
      { ALT: () => this.SUBRULE(this.createStream) },
      { ALT: () => this.SUBRULE(this.createView) },
      { ALT: () => this.SUBRULE(this.createCommand) },
      { ALT: () => this.SUBRULE(this.createFunction) },
      { ALT: () => this.SUBRULE(this.createTable) },
    ]);
  });

  /** newName = [ "IF" "NOT" "EXISTS" ] qname */
  readonly newName: Production = this.RULE('newName', () => {
    this.OPTION({
      GATE: () => this.next(2) === K.NOT,
      DEF: () => {
        this.CONSUME(K.IF);
        this.CONSUME(K.NOT);
        this.CONSUME(K.EXISTS);
      },
    });
    this.SUBRULE(this.qname);
  });

  /** createSource = "SOURCE" newName [ columns ] "WITH" optList */
  readonly createSource: Production = this.RULE('createSource', () => {
    this.CONSUME(K.SOURCE);
    this.SUBRULE(this.newName);
    this.OPTION(() => this.SUBRULE(this.columns));
    this.CONSUME(K.WITH);
    this.SUBRULE(this.optList);
  });

  /** createSink = "SINK" newName [ columns ] "WITH" optList [ "AS" query ] */
  readonly createSink: Production = this.RULE('createSink', () => {
    this.CONSUME(K.SINK);
    this.SUBRULE(this.newName);
    this.OPTION(() => this.SUBRULE(this.columns));
    this.CONSUME(K.WITH);
    this.SUBRULE(this.optList);
    this.OPTION1(() => {
      this.CONSUME(K.AS);
      this.SUBRULE(this.query);
    });
  });

  /** createStream = "STREAM" newName "AS" query */
  readonly createStream: Production = this.RULE('createStream', () => {
    this.CONSUME(K.STREAM);
    this.SUBRULE(this.newName);
    this.CONSUME(K.AS);
    this.SUBRULE(this.query);
  });

  /** createView = "VIEW" newName [ nameList ] "AS" query */
  readonly createView: Production = this.RULE('createView', () => {
    this.CONSUME(K.VIEW);
    this.SUBRULE(this.newName);
    this.OPTION(() => this.SUBRULE(this.nameList));
    this.CONSUME(K.AS);
    this.SUBRULE(this.query);
  });

  /** createCommand = "COMMAND" newName [ typedColumns ] "AS" [ "SHELL" ] shellSpec */
  readonly createCommand: Production = this.RULE('createCommand', () => {
    this.CONSUME(K.COMMAND);
    this.SUBRULE(this.newName);
    this.OPTION(() => this.SUBRULE(this.typedColumns));
    this.CONSUME(K.AS);
    this.OPTION1(() => this.CONSUME(K.SHELL));
    this.SUBRULE(this.shellSpec);
  });

  /** createFunction = "FUNCTION" newName typedColumns "RETURNS" typeName "AS" ( "SHELL" shellSpec | "(" expr ")" ) */
  readonly createFunction: Production = this.RULE('createFunction', () => {
    this.CONSUME(K.FUNCTION);
    this.SUBRULE(this.newName);
    this.SUBRULE(this.typedColumns);
    this.CONSUME(K.RETURNS);
    this.SUBRULE(this.typeName);
    this.CONSUME(K.AS);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.SHELL);
          this.SUBRULE(this.shellSpec);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.Open);
          this.SUBRULE(this.expr);
          this.CONSUME(T.Close);
        },
      },
    ]);
  });

  /** createTable = "TABLE" newName "AS" query */
  readonly createTable: Production = this.RULE('createTable', () => {
    this.CONSUME(K.TABLE);
    this.SUBRULE(this.newName);
    this.CONSUME(K.AS);
    this.SUBRULE(this.query);
  });

  /** columns = "(" columnItem { "," columnItem } ")" */
  readonly columns: Production = this.RULE('columns', () => {
    this.CONSUME(T.Open);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.columnItem) });
    this.CONSUME(T.Close);
  });

  /** columnItem = watermark | primaryKey | column */
  readonly columnItem: Production = this.RULE('columnItem', () => {
    this.OR([
      { GATE: () => this.next(2) === K.FOR, ALT: () => this.SUBRULE(this.watermark) },
      {
        GATE: () => this.next(2) === K.KEY && this.next(3) === T.Open,
        ALT: () => this.SUBRULE(this.primaryKey),
      },
      { ALT: () => this.SUBRULE(this.column) },
    ]);
  });

  /** watermark = "WATERMARK" "FOR" qname [ "AS" expr ] [ "LATE" "ROWS" ( "DROP" | "KEEP" | "INTO" qname ) ] */
  readonly watermark: Production = this.RULE('watermark', () => {
    this.CONSUME(K.WATERMARK);
    this.CONSUME(K.FOR);
    this.SUBRULE(this.qname);
    this.OPTION(() => {
      this.CONSUME(K.AS);
      this.SUBRULE(this.expr);
    });
    this.OPTION1(() => {
      this.CONSUME(K.LATE);
      this.CONSUME(K.ROWS);
      this.OR([
        { ALT: () => this.oneOf('late', [K.DROP, K.KEEP], 1) },
        {
          ALT: () => {
            this.CONSUME(K.INTO, { LABEL: 'late' });
            this.SUBRULE1(this.qname, { LABEL: 'sink' });
          },
        },
      ]);
    });
  });

  /** primaryKey = "PRIMARY" "KEY" nameList [ "NOT" "ENFORCED" ] */
  readonly primaryKey: Production = this.RULE('primaryKey', () => {
    this.CONSUME(K.PRIMARY);
    this.CONSUME(K.KEY);
    this.SUBRULE(this.nameList);
    this.OPTION(() => {
      this.CONSUME(K.NOT);
      this.CONSUME(K.ENFORCED);
    });
  });

  /** column = ident [ typeName ] { columnRule } */
  readonly column: Production = this.RULE('column', () => {
    this.CONSUME(Ident);
    this.OPTION({
      // These are soft words, and could be types by their form.
      GATE: () =>
        !(this.next(1) === K.PRIMARY && this.next(2) === K.KEY) &&
        !(this.next(1) === K.GENERATED && this.next(2) === K.ALWAYS) &&
        this.next(1) !== K.METADATA,
      DEF: () => this.SUBRULE(this.typeName),
    });
    this.MANY(() => this.SUBRULE(this.columnRule));
  });

  /**
   * columnRule = "NOT" "NULL" | "DEFAULT" unary | "PRIMARY" "KEY" | "METADATA" [ "FROM" text ]
   *            | [ "GENERATED" "ALWAYS" ] "AS" sum [ "STORED" | "VIRTUAL" ]
   */
  readonly columnRule: Production = this.RULE('columnRule', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.NOT);
          this.CONSUME(K.NULL);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.DEFAULT);
          this.SUBRULE(this.unary);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.PRIMARY);
          this.CONSUME(K.KEY);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.METADATA);
          this.OPTION(() => {
            this.CONSUME(K.FROM);
            this.SUBRULE(this.text);
          });
        },
      },
      {
        ALT: () => {
          this.OPTION1(() => {
            this.CONSUME(K.GENERATED);
            this.CONSUME(K.ALWAYS);
          });
          this.CONSUME(K.AS);
          // Not `expr`: in `AS (a) NOT NULL` the last words are a rule of the column.
          this.SUBRULE(this.sum);
          this.OPTION2(() => this.oneOf('stored', [K.STORED, K.VIRTUAL], 1));
        },
      },
    ]);
  });
}
