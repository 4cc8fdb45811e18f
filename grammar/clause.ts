import { Options } from './option.ts';
import type { Production } from './part.ts';
import { Ident, K, T } from './tokens.ts';

/** The clauses of SHELL: what goes in and out, what the command promises, how it is run. */
export abstract class Clauses extends Options {
  protected abstract readonly items: Production;
  protected abstract readonly partitionBy: Production;

  /** inputClause = "INPUT" [ "TABLE" ] ( qname | "(" query ")" ) [ partitionBy ] */
  readonly inputClause: Production = this.RULE('inputClause', () => {
    this.CONSUME(K.INPUT);
    this.OPTION(() => this.CONSUME(K.TABLE));
    this.OR([
      { ALT: () => this.SUBRULE(this.qname) },
      {
        ALT: () => {
          this.CONSUME(T.Open);
          this.SUBRULE(this.query);
          this.CONSUME(T.Close);
        },
      },
    ]);
    this.OPTION1(() => this.SUBRULE(this.partitionBy));
  });

  /** formatClause = [ "INPUT" | "OUTPUT" ] "FORMAT" format */
  readonly formatClause: Production = this.RULE('formatClause', () => {
    this.OPTION(() => this.oneOf('direction', [K.INPUT, K.OUTPUT]));
    this.CONSUME(K.FORMAT);
    this.SUBRULE(this.format);
  });

  /** readsClause = "READS" "(" items ")" */
  readonly readsClause: Production = this.RULE('readsClause', () => {
    this.CONSUME(K.READS);
    this.CONSUME(T.Open);
    this.SUBRULE(this.items);
    this.CONSUME(T.Close);
  });

  /** writesClause = "WRITES" typedColumns */
  readonly writesClause: Production = this.RULE('writesClause', () => {
    this.CONSUME(K.WRITES);
    this.SUBRULE(this.typedColumns);
  });

  /** asClause = "AS" ( "MAP" | "FILTER" | "FLATMAP" | "AGGREGATE" | "SORT" | "EFFECT" ) */
  readonly asClause: Production = this.RULE('asClause', () => {
    this.CONSUME(K.AS);
    this.oneOf('profile', [K.MAP, K.FILTER, K.FLATMAP, K.AGGREGATE, K.SORT, K.EFFECT]);
  });

  /** scopeClause = "SCOPE" ( "RECORD" | "KEY" nameList | "WINDOW" | "STREAM" ) */
  readonly scopeClause: Production = this.RULE('scopeClause', () => {
    this.CONSUME(K.SCOPE);
    this.OR([
      { ALT: () => this.oneOf('unit', [K.RECORD, K.WINDOW, K.STREAM], 1) },
      {
        ALT: () => {
          this.CONSUME(K.KEY, { LABEL: 'unit' });
          this.SUBRULE(this.nameList);
        },
      },
    ]);
  });

  /** emitsClause = "EMITS" ( "ONE" | RANGE | "ANY" ) */
  readonly emitsClause: Production = this.RULE('emitsClause', () => {
    this.CONSUME(K.EMITS);
    this.oneOf('rows', [K.ONE, T.Range, K.ANY]);
  });

  /** orderClause = "KEEPS" "ORDER" | "ORDER" "FREE" | "SORTED" "BY" nameList */
  readonly orderClause: Production = this.RULE('orderClause', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.KEEPS);
          this.CONSUME(K.ORDER);
        },
      },
      {
        ALT: () => {
          this.CONSUME1(K.ORDER);
          this.CONSUME(K.FREE);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.SORTED);
          this.CONSUME(K.BY);
          this.SUBRULE(this.nameList);
        },
      },
    ]);
  });

  /** needsClause = "NEEDS" ( "SORTED" "BY" nameList | ( "TOOLS" | "FILES" | "HOST" ) "(" exprList ")" | "CWD" text | "EXCLUSIVE" ) */
  readonly needsClause: Production = this.RULE('needsClause', () => {
    this.CONSUME(K.NEEDS);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.SORTED);
          this.CONSUME(K.BY);
          this.SUBRULE(this.nameList);
        },
      },
      {
        ALT: () => {
          this.oneOf('what', [K.TOOLS, K.FILES, K.HOST], 1);
          this.CONSUME(T.Open);
          this.SUBRULE(this.exprList);
          this.CONSUME(T.Close);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.CWD);
          this.SUBRULE(this.text);
        },
      },
      { ALT: () => this.CONSUME(K.EXCLUSIVE) },
    ]);
  });

  /** promise = "FILTERS" | "DETERMINISTIC" | "STABLE" | "VOLATILE" | "IDEMPOTENT" | "TOTAL" | "ONLINE" | "FLUSHES" "RECORD" */
  readonly promise: Production = this.RULE('promise', () => {
    const words = [K.FILTERS, K.DETERMINISTIC, K.STABLE, K.VOLATILE, K.IDEMPOTENT, K.TOTAL, K.ONLINE];
    this.OR([
      { ALT: () => this.oneOf('word', words, 1) },
      {
        ALT: () => {
          this.CONSUME(K.FLUSHES, { LABEL: 'word' });
          this.CONSUME(K.RECORD);
        },
      },
    ]);
  });

  /** effectsClause = "EFFECTS" ( "NONE" | "IDEMPOTENT" | "ANY" ) */
  readonly effectsClause: Production = this.RULE('effectsClause', () => {
    this.CONSUME(K.EFFECTS);
    this.oneOf('value', [K.NONE, K.IDEMPOTENT, K.ANY]);
  });

  /** combineClause = "COMBINE" "WITH" text [ "PARTIAL" text ] [ "FINISH" text ] */
  readonly combineClause: Production = this.RULE('combineClause', () => {
    this.CONSUME(K.COMBINE);
    this.CONSUME(K.WITH);
    this.SUBRULE(this.text);
    this.OPTION(() => {
      this.CONSUME(K.PARTIAL);
      this.SUBRULE1(this.text, { LABEL: 'partial' });
    });
    this.OPTION1(() => {
      this.CONSUME(K.FINISH);
      this.SUBRULE2(this.text, { LABEL: 'finish' });
    });
  });

  /** commutesClause = "COMMUTES" "WITH" nameList */
  readonly commutesClause: Production = this.RULE('commutesClause', () => {
    this.CONSUME(K.COMMUTES);
    this.CONSUME(K.WITH);
    this.SUBRULE(this.nameList);
  });

  /** exitClause = "EXIT" "OK" "(" NUMBER { "," NUMBER } ")" */
  readonly exitClause: Production = this.RULE('exitClause', () => {
    this.CONSUME(K.EXIT);
    this.CONSUME(K.OK);
    this.CONSUME(T.Open);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.CONSUME(T.Number) });
    this.CONSUME(T.Close);
  });

  /** markerClause = "MARKER" text [ "REPLY" text ] */
  readonly markerClause: Production = this.RULE('markerClause', () => {
    this.CONSUME(K.MARKER);
    this.SUBRULE(this.text);
    this.OPTION(() => {
      this.CONSUME(K.REPLY);
      this.SUBRULE1(this.text, { LABEL: 'reply' });
    });
  });

  /** nullsClause = "NULLS" ( "SKIP" | "AS" text | "ERROR" ) */
  readonly nullsClause: Production = this.RULE('nullsClause', () => {
    this.CONSUME(K.NULLS);
    this.OR([
      { ALT: () => this.oneOf('policy', [K.SKIP, K.ERROR], 1) },
      {
        ALT: () => {
          this.CONSUME(K.AS, { LABEL: 'policy' });
          this.SUBRULE(this.text);
        },
      },
    ]);
  });

  /** encodingClause = "ENCODING" ident */
  readonly encodingClause: Production = this.RULE('encodingClause', () => {
    this.CONSUME(K.ENCODING);
    this.CONSUME(Ident);
  });

  /** timeClause = "TIME" ( "INHERIT" | "EARLIEST" | "LATEST" | "WINDOW" "END" | "FROM" ident ) */
  readonly timeClause: Production = this.RULE('timeClause', () => {
    this.CONSUME(K.TIME);
    this.OR([
      { ALT: () => this.oneOf('value', [K.INHERIT, K.EARLIEST, K.LATEST], 1) },
      {
        ALT: () => {
          this.CONSUME(K.WINDOW, { LABEL: 'value' });
          this.CONSUME(K.END);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.FROM, { LABEL: 'value' });
          this.CONSUME(Ident);
        },
      },
    ]);
  });

  /** hintClause = ( "SELECTIVITY" | "COST" | "STARTUP" ) NUMBER */
  readonly hintClause: Production = this.RULE('hintClause', () => {
    this.oneOf('hint', [K.SELECTIVITY, K.COST, K.STARTUP]);
    this.CONSUME(T.Number);
  });

  /** modeClause = "MODE" ( "DAEMON" | "BATCH" | "ROW" | "PIPE" ) */
  readonly modeClause: Production = this.RULE('modeClause', () => {
    this.CONSUME(K.MODE);
    this.oneOf('mode', [K.DAEMON, K.BATCH, K.ROW, K.PIPE]);
  });

  /** envClause = "ENV" optList */
  readonly envClause: Production = this.RULE('envClause', () => {
    this.CONSUME(K.ENV);
    this.SUBRULE(this.optList);
  });

  /** timeoutClause = "TIMEOUT" unary */
  readonly timeoutClause: Production = this.RULE('timeoutClause', () => {
    this.CONSUME(K.TIMEOUT);
    this.SUBRULE(this.unary);
  });

  /** onErrorClause = "ON" "ERROR" ( "FAIL" | "SKIP" | "RETRY" NUMBER | "INTO" qname ) */
  readonly onErrorClause: Production = this.RULE('onErrorClause', () => {
    this.CONSUME(K.ON);
    this.CONSUME(K.ERROR);
    this.OR([
      { ALT: () => this.oneOf('action', [K.FAIL, K.SKIP], 1) },
      {
        ALT: () => {
          this.CONSUME(K.RETRY, { LABEL: 'action' });
          this.CONSUME(T.Number);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.INTO, { LABEL: 'action' });
          this.SUBRULE(this.qname);
        },
      },
    ]);
  });

  /** stderrClause = "STDERR" ( "LOG" | "FAIL" | "IGNORE" ) */
  readonly stderrClause: Production = this.RULE('stderrClause', () => {
    this.CONSUME(K.STDERR);
    this.oneOf('policy', [K.LOG, K.FAIL, K.IGNORE]);
  });

  /** parallelClause = "PARALLEL" ( NUMBER | "AUTO" ) */
  readonly parallelClause: Production = this.RULE('parallelClause', () => {
    this.CONSUME(K.PARALLEL);
    this.oneOf('copies', [T.Number, K.AUTO]);
  });

  /** limitsClause = "LIMITS" optList */
  readonly limitsClause: Production = this.RULE('limitsClause', () => {
    this.CONSUME(K.LIMITS);
    this.SUBRULE(this.optList);
  });

  /** sandboxClause = "SANDBOX" ( "NONE" | "LIMITS" | "BWRAP" ) */
  readonly sandboxClause: Production = this.RULE('sandboxClause', () => {
    this.CONSUME(K.SANDBOX);
    this.oneOf('level', [K.NONE, K.LIMITS, K.BWRAP]);
  });
}
