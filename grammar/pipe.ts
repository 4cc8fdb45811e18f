import type { Production } from './part.ts';
import { Tables } from './table.ts';
import { Ident, K, T } from './tokens.ts';

/** What stands behind `|>`. */
export abstract class Pipes extends Tables {
  protected abstract readonly target: Production;
  protected abstract readonly onConflict: Production;

  /** pipeOp = one of the operators below, or join, orderBy, limit */
  readonly pipeOp: Production = this.RULE('pipeOp', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.pipeSelect) },
      { ALT: () => this.SUBRULE(this.pipeExtend) },
      { ALT: () => this.SUBRULE(this.pipeSet) },
      { ALT: () => this.SUBRULE(this.pipeDrop) },
      { ALT: () => this.SUBRULE(this.pipeRename) },
      { ALT: () => this.SUBRULE(this.pipeAs) },
      { ALT: () => this.SUBRULE(this.pipeWhere) },
      { ALT: () => this.SUBRULE(this.pipeQualify) },
      { ALT: () => this.SUBRULE(this.pipeAggregate) },
      { ALT: () => this.SUBRULE(this.pipeDistinct) },
      { ALT: () => this.SUBRULE(this.join) },
      { ALT: () => this.SUBRULE(this.orderBy) },
      { ALT: () => this.SUBRULE(this.limit) },
      { ALT: () => this.SUBRULE(this.pipeSetOperation) },
      { ALT: () => this.SUBRULE(this.pipeCall) },
      { ALT: () => this.SUBRULE(this.pipeShell) },
      { ALT: () => this.SUBRULE(this.pipeAssert) },
      { ALT: () => this.SUBRULE(this.pipeFork) },
      { ALT: () => this.SUBRULE(this.pipeTee) },
      { ALT: () => this.SUBRULE(this.pipeSplit) },
      { ALT: () => this.SUBRULE(this.pipeInsert) },
      { ALT: () => this.SUBRULE(this.pipeCreate) },
    ]);
  });

  /** pipeSelect = "SELECT" [ "DISTINCT" ] items */
  readonly pipeSelect: Production = this.RULE('pipeSelect', () => {
    this.CONSUME(K.SELECT);
    this.OPTION(() => this.CONSUME(K.DISTINCT));
    this.SUBRULE(this.items);
  });

  /** pipeExtend = "EXTEND" items */
  readonly pipeExtend: Production = this.RULE('pipeExtend', () => {
    this.CONSUME(K.EXTEND);
    this.SUBRULE(this.items);
  });

  /** pipeSet = "SET" assignment { "," assignment } */
  readonly pipeSet: Production = this.RULE('pipeSet', () => {
    this.CONSUME(K.SET);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.assignment) });
  });

  /** assignment = ident "=" expr */
  readonly assignment: Production = this.RULE('assignment', () => {
    this.CONSUME(Ident);
    this.CONSUME(T.Equal);
    this.SUBRULE(this.expr);
  });

  /** pipeDrop = "DROP" ident { "," ident } */
  readonly pipeDrop: Production = this.RULE('pipeDrop', () => {
    this.CONSUME(K.DROP);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.CONSUME(Ident) });
  });

  /** pipeRename = "RENAME" renaming { "," renaming } */
  readonly pipeRename: Production = this.RULE('pipeRename', () => {
    this.CONSUME(K.RENAME);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.renaming) });
  });

  /** renaming = ident "AS" ident */
  readonly renaming: Production = this.RULE('renaming', () => {
    this.CONSUME(Ident, { LABEL: 'from' });
    this.CONSUME(K.AS);
    this.CONSUME1(Ident, { LABEL: 'to' });
  });

  /** pipeAs = "AS" ident */
  readonly pipeAs: Production = this.RULE('pipeAs', () => {
    this.CONSUME(K.AS);
    this.CONSUME(Ident);
  });

  /** pipeWhere = "WHERE" expr */
  readonly pipeWhere: Production = this.RULE('pipeWhere', () => {
    this.CONSUME(K.WHERE);
    this.SUBRULE(this.expr);
  });

  /** pipeQualify = "QUALIFY" expr */
  readonly pipeQualify: Production = this.RULE('pipeQualify', () => {
    this.CONSUME(K.QUALIFY);
    this.SUBRULE(this.expr);
  });

  /** pipeAggregate = "AGGREGATE" [ items ] [ "GROUP" [ "AND" "ORDER" ] "BY" pipeKey { "," pipeKey } ] */
  readonly pipeAggregate: Production = this.RULE('pipeAggregate', () => {
    this.CONSUME(K.AGGREGATE);
    this.OPTION(() => this.SUBRULE(this.items));
    this.OPTION1(() => {
      this.CONSUME(K.GROUP);
      this.OPTION2(() => {
        this.CONSUME(K.AND);
        this.CONSUME(K.ORDER);
      });
      this.CONSUME(K.BY);
      this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.pipeKey) });
    });
  });

  /** pipeKey = ( groupingSets | expr [ [ "AS" ] alias ] ) [ "ASC" | "DESC" ] */
  readonly pipeKey: Production = this.RULE('pipeKey', () => {
    this.OR([
      { GATE: () => this.next(2) === K.SETS && this.next(3) === T.Open, ALT: () => this.SUBRULE(this.groupingSets) },
      {
        ALT: () => {
          this.SUBRULE(this.expr);
          this.OPTION({
            GATE: () => this.next(1) !== K.ASC && this.next(1) !== K.DESC,
            DEF: () => {
              this.OPTION1(() => this.CONSUME(K.AS));
              this.SUBRULE(this.alias);
            },
          });
        },
      },
    ]);
    this.OPTION2(() => this.oneOf('direction', [K.ASC, K.DESC], 2));
  });

  /** pipeDistinct = "DISTINCT" */
  readonly pipeDistinct: Production = this.RULE('pipeDistinct', () => {
    this.CONSUME(K.DISTINCT);
  });

  /** pipeSetOperation = setOperator "(" query ")" { "," "(" query ")" } */
  readonly pipeSetOperation: Production = this.RULE('pipeSetOperation', () => {
    this.SUBRULE(this.setOperator);
    this.AT_LEAST_ONE_SEP({
      SEP: T.Comma,
      DEF: () => {
        this.CONSUME(T.Open);
        this.SUBRULE(this.query);
        this.CONSUME(T.Close);
      },
    });
  });

  /** pipeCall = "CALL" tableFunction [ [ "AS" ] ident ] */
  readonly pipeCall: Production = this.RULE('pipeCall', () => {
    this.CONSUME(K.CALL);
    this.SUBRULE(this.tableFunction);
    this.OPTION(() => {
      this.OPTION1(() => this.CONSUME(K.AS));
      this.CONSUME(Ident);
    });
  });

  /** pipeShell = "SHELL" ( shellSpec | "(" shellSpec ")" ) */
  readonly pipeShell: Production = this.RULE('pipeShell', () => {
    this.CONSUME(K.SHELL);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Open);
          this.SUBRULE(this.shellSpec);
          this.CONSUME(T.Close);
        },
      },
      { ALT: () => this.SUBRULE1(this.shellSpec) },
    ]);
  });

  /** pipeAssert = "ASSERT" exprList */
  readonly pipeAssert: Production = this.RULE('pipeAssert', () => {
    this.CONSUME(K.ASSERT);
    this.SUBRULE(this.exprList);
  });

  /** pipeFork = "FORK" subpipe { "," subpipe } */
  readonly pipeFork: Production = this.RULE('pipeFork', () => {
    this.CONSUME(K.FORK);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.subpipe) });
  });

  /** pipeTee = "TEE" [ subpipe { "," subpipe } ] */
  readonly pipeTee: Production = this.RULE('pipeTee', () => {
    this.CONSUME(K.TEE);
    this.MANY_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.subpipe) });
  });

  /** pipeSplit = "SPLIT" [ "FIRST" | "ALL" ] { "WHEN" expr "THEN" subpipe }- [ "ELSE" subpipe ] */
  readonly pipeSplit: Production = this.RULE('pipeSplit', () => {
    this.CONSUME(K.SPLIT);
    this.OPTION(() => this.oneOf('kind', [K.FIRST, K.ALL]));
    this.AT_LEAST_ONE(() => {
      this.CONSUME(K.WHEN);
      this.SUBRULE(this.expr);
      this.CONSUME(K.THEN);
      this.SUBRULE(this.subpipe);
    });
    this.OPTION1(() => {
      this.CONSUME(K.ELSE);
      this.SUBRULE1(this.subpipe, { LABEL: 'otherwise' });
    });
  });

  /** pipeInsert = "INSERT" [ "INTO" ] target [ onConflict ] */
  readonly pipeInsert: Production = this.RULE('pipeInsert', () => {
    this.CONSUME(K.INSERT);
    this.OPTION(() => this.CONSUME(K.INTO));
    this.SUBRULE(this.target);
    this.OPTION1(() => this.SUBRULE(this.onConflict));
  });

  /** pipeCreate = "CREATE" "STREAM" qname */
  readonly pipeCreate: Production = this.RULE('pipeCreate', () => {
    this.CONSUME(K.CREATE);
    this.CONSUME(K.STREAM);
    this.SUBRULE(this.qname);
  });

  /** subpipe = "(" { "|>" pipeOp } ")" */
  readonly subpipe: Production = this.RULE('subpipe', () => {
    this.CONSUME(T.Open);
    this.MANY(() => {
      this.CONSUME(T.Pipe);
      this.SUBRULE(this.pipeOp);
    });
    this.CONSUME(T.Close);
  });
}
