import { EOF } from 'chevrotain';
import { Creates } from './create.ts';
import type { Production } from './part.ts';
import { Ident, K, T, Word } from './tokens.ts';

/** Scripts and statements other than CREATE. */
export abstract class Statements extends Creates {
  /** script = [ statement ] { ";" [ statement ] } */
  readonly script: Production = this.RULE('script', () => {
    this.OPTION(() => this.SUBRULE(this.statement));
    this.MANY(() => {
      this.CONSUME(T.Semicolon);
      this.OPTION1(() => this.SUBRULE1(this.statement));
    });
  });

  /**
   * statement = create | drop | attach | detach | insert | insertFirst | copy | explain | setSetting | resetSetting | show | describe | job
   *           | statementSet | query | SQLITE_TEXT
   */
  readonly statement: Production = this.RULE('statement', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.create) },
      { ALT: () => this.SUBRULE(this.drop) },
      { ALT: () => this.SUBRULE(this.attach) },
      { ALT: () => this.SUBRULE(this.detach) },
      { GATE: () => this.isInsertFirst(), ALT: () => this.SUBRULE(this.insertFirst) },
      { GATE: () => this.isInsert(), ALT: () => this.SUBRULE(this.insert) },
      { ALT: () => this.SUBRULE(this.copy) },
      { ALT: () => this.SUBRULE(this.explain) },
      { ALT: () => this.SUBRULE(this.setSetting) },
      { ALT: () => this.SUBRULE(this.resetSetting) },
      { ALT: () => this.SUBRULE(this.show) },
      { ALT: () => this.SUBRULE(this.describe) },
      { ALT: () => this.SUBRULE(this.job) },
      { ALT: () => this.SUBRULE(this.statementSet) },
      { ALT: () => this.SUBRULE(this.query) },
      { ALT: () => this.CONSUME(T.SqliteText) },
    ]);
  });

  /** INSERT, or WITH .. INSERT; `WITH .. FROM x |> INSERT` is a query. */
  private isInsert(): boolean {
    if (this.next(1) !== K.WITH) return true;
    for (let at = 2, depth = 0; ; at++) {
      const type = this.next(at);
      if (type === T.Open) depth++;
      else if (type === T.Close) depth--;
      else if (type === T.Semicolon || type === EOF) return false;
      else if (depth === 0 && type === K.INSERT) return this.next(at - 1) !== T.Pipe;
    }
  }

  private isInsertFirst(): boolean {
    return this.next(2) === K.FIRST || this.next(2) === K.ALL;
  }

  /** drop = "DROP" ( "SOURCE" | "SINK" | "STREAM" | "VIEW" | "COMMAND" | "FUNCTION" | "JOB" ) [ "IF" "EXISTS" ] qname */
  readonly drop: Production = this.RULE('drop', () => {
    this.CONSUME(K.DROP);
    this.oneOf('what', [K.SOURCE, K.SINK, K.STREAM, K.VIEW, K.COMMAND, K.FUNCTION, K.JOB]);
    this.OPTION({
      GATE: () => this.next(2) === K.EXISTS,
      DEF: () => {
        this.CONSUME(K.IF);
        this.CONSUME(K.EXISTS);
      },
    });
    this.SUBRULE(this.qname);
  });

  /** attach = "ATTACH" [ "DATABASE" ] [ "IF" "NOT" "EXISTS" ] expr "AS" ident [ flags ] */
  readonly attach: Production = this.RULE('attach', () => {
    this.CONSUME(K.ATTACH);
    this.OPTION(() => this.CONSUME(K.DATABASE));
    this.OPTION1({
      GATE: () => this.next(2) === K.NOT,
      DEF: () => {
        this.CONSUME(K.IF);
        this.CONSUME(K.NOT);
        this.CONSUME(K.EXISTS);
      },
    });
    this.SUBRULE(this.expr);
    this.CONSUME(K.AS);
    this.CONSUME(Ident);
    this.OPTION2(() => this.SUBRULE(this.flags));
  });

  /** detach = "DETACH" [ "DATABASE" ] ident */
  readonly detach: Production = this.RULE('detach', () => {
    this.CONSUME(K.DETACH);
    this.OPTION({ GATE: () => this.isName(2), DEF: () => this.CONSUME(K.DATABASE) });
    this.CONSUME(Ident);
  });

  /** flags = "(" flag { "," flag } ")" */
  readonly flags: Production = this.RULE('flags', () => {
    this.CONSUME(T.Open);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.flag) });
    this.CONSUME(T.Close);
  });

  /** flag = word [ expr ] */
  readonly flag: Production = this.RULE('flag', () => {
    this.CONSUME(Word);
    this.OPTION(() => this.SUBRULE(this.expr));
  });

  /** target = qname [ nameList ] | "SHELL" "(" shellSpec ")" */
  readonly target: Production = this.RULE('target', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.SHELL);
          this.CONSUME(T.Open);
          this.SUBRULE(this.shellSpec);
          this.CONSUME(T.Close);
        },
      },
      {
        ALT: () => {
          this.SUBRULE(this.qname);
          // `INSERT INTO t (SELECT ..)` has a query there.
          this.OPTION({ GATE: () => !this.isQueryInParentheses(), DEF: () => this.SUBRULE(this.nameList) });
        },
      },
    ]);
  });

  /** insert = [ with ] "INSERT" [ "OR" ( "REPLACE" | "IGNORE" | "ABORT" | "FAIL" ) ] "INTO" target query [ onConflict ] */
  readonly insert: Production = this.RULE('insert', () => {
    this.OPTION2(() => this.SUBRULE(this.with));
    this.CONSUME(K.INSERT);
    this.OPTION(() => {
      this.CONSUME(K.OR);
      this.oneOf('or', [K.REPLACE, K.IGNORE, K.ABORT, K.FAIL]);
    });
    this.CONSUME(K.INTO);
    this.SUBRULE(this.target);
    this.SUBRULE(this.query);
    this.OPTION1(() => this.SUBRULE(this.onConflict));
  });

  /** insertFirst = "INSERT" ( "FIRST" | "ALL" ) { branch }- [ "ELSE" "INTO" target ] query */
  readonly insertFirst: Production = this.RULE('insertFirst', () => {
    this.CONSUME(K.INSERT);
    this.oneOf('kind', [K.FIRST, K.ALL]);
    this.AT_LEAST_ONE(() => this.SUBRULE(this.branch));
    this.OPTION(() => {
      this.CONSUME(K.ELSE);
      this.CONSUME(K.INTO);
      this.SUBRULE(this.target);
    });
    this.SUBRULE(this.query);
  });

  /** branch = "WHEN" expr "THEN" { "INTO" target }- */
  readonly branch: Production = this.RULE('branch', () => {
    this.CONSUME(K.WHEN);
    this.SUBRULE(this.expr);
    this.CONSUME(K.THEN);
    this.AT_LEAST_ONE(() => {
      this.CONSUME(K.INTO);
      this.SUBRULE(this.target);
    });
  });

  /** onConflict = "ON" "CONFLICT" [ nameList ] "DO" ( "NOTHING" | "UPDATE" "SET" assignment { "," assignment } [ "WHERE" expr ] ) */
  readonly onConflict: Production = this.RULE('onConflict', () => {
    this.CONSUME(K.ON);
    this.CONSUME(K.CONFLICT);
    this.OPTION(() => this.SUBRULE(this.nameList));
    this.CONSUME(K.DO);
    this.OR([
      { ALT: () => this.CONSUME(K.NOTHING) },
      {
        ALT: () => {
          this.CONSUME(K.UPDATE);
          this.CONSUME(K.SET);
          this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.assignment) });
          this.OPTION1(() => {
            this.CONSUME(K.WHERE);
            this.SUBRULE(this.expr);
          });
        },
      },
    ]);
  });

  /** copy = "COPY" ( "(" query ")" | qname ) "TO" [ "PROGRAM" ] text [ [ "WITH" ] flags ] */
  readonly copy: Production = this.RULE('copy', () => {
    this.CONSUME(K.COPY);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Open);
          this.SUBRULE(this.query);
          this.CONSUME(T.Close);
        },
      },
      { ALT: () => this.SUBRULE(this.qname) },
    ]);
    this.CONSUME(K.TO);
    this.OPTION(() => this.CONSUME(K.PROGRAM));
    this.SUBRULE(this.text);
    this.OPTION1(() => {
      this.OPTION2(() => this.CONSUME(K.WITH));
      this.SUBRULE(this.flags);
    });
  });

  /**
   * explain = "EXPLAIN" { "ANALYZE" | "LOGICAL" | "OPTIMIZED" | "PHYSICAL" | "DISTRIBUTED" | "REWRITES" | "JSON" | "DOT" }
   *           ( insert | insertFirst | copy | create | query )
   */
  readonly explain: Production = this.RULE('explain', () => {
    const words = [K.ANALYZE, K.LOGICAL, K.OPTIMIZED, K.PHYSICAL, K.DISTRIBUTED, K.REWRITES, K.JSON, K.DOT];
    this.CONSUME(K.EXPLAIN);
    this.MANY(() => this.oneOf('word', words));
    this.OR1([
      { GATE: () => this.isInsertFirst(), ALT: () => this.SUBRULE(this.insertFirst) },
      { GATE: () => this.isInsert(), ALT: () => this.SUBRULE(this.insert) },
      { ALT: () => this.SUBRULE(this.copy) },
      { ALT: () => this.SUBRULE(this.create) },
      { ALT: () => this.SUBRULE(this.query) },
    ]);
  });

  /** setSetting = "SET" [ "VARIABLE" ] qname ( "=" | "TO" ) ( expr | "ON" ) */
  readonly setSetting: Production = this.RULE('setSetting', () => {
    this.CONSUME(K.SET);
    this.OPTION({ GATE: () => this.isName(2) && this.next(2) !== K.TO, DEF: () => this.CONSUME(K.VARIABLE) });
    this.SUBRULE(this.qname);
    this.oneOf('is', [T.Equal, K.TO]);
    // `SET optimizer = on` reads as OFF does, though ON is reserved.
    this.OR1([{ ALT: () => this.SUBRULE(this.expr) }, { ALT: () => this.CONSUME(K.ON) }]);
  });

  /** resetSetting = "RESET" ( qname | "ALL" ) */
  readonly resetSetting: Production = this.RULE('resetSetting', () => {
    this.CONSUME(K.RESET);
    this.OR([{ ALT: () => this.SUBRULE(this.qname) }, { ALT: () => this.CONSUME(K.ALL) }]);
  });

  /** show = "SHOW" ( ident | "ALL" ) */
  readonly show: Production = this.RULE('show', () => {
    this.CONSUME(K.SHOW);
    this.oneOf('what', [Ident, K.ALL]);
  });

  /** describe = "DESCRIBE" ( qname | STRING | query ) */
  readonly describe: Production = this.RULE('describe', () => {
    this.CONSUME(K.DESCRIBE);
    this.OR([
      { ALT: () => this.SUBRULE(this.qname) },
      { ALT: () => this.CONSUME(T.Text) },
      { ALT: () => this.SUBRULE(this.query) },
    ]);
  });

  /** job = ( "STOP" | "PAUSE" | "RESUME" ) "JOB" ( ident | NUMBER ) [ "DRAIN" ] */
  readonly job: Production = this.RULE('job', () => {
    this.oneOf('action', [K.STOP, K.PAUSE, K.RESUME]);
    this.CONSUME(K.JOB);
    this.oneOf('name', [Ident, T.Number], 1);
    this.OPTION(() => this.CONSUME(K.DRAIN));
  });

  /** statementSet = "BEGIN" "STATEMENT" "SET" ";" { ( insert | insertFirst ) ";" }- "END" */
  readonly statementSet: Production = this.RULE('statementSet', () => {
    this.CONSUME(K.BEGIN);
    this.CONSUME(K.STATEMENT);
    this.CONSUME(K.SET);
    this.CONSUME(T.Semicolon);
    this.AT_LEAST_ONE(() => {
      this.OR([
        { GATE: () => this.isInsertFirst(), ALT: () => this.SUBRULE(this.insertFirst) },
        { ALT: () => this.SUBRULE(this.insert) },
      ]);
      this.CONSUME1(T.Semicolon);
    });
    this.CONSUME(K.END);
  });
}
