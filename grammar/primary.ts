import type { Production } from './part.ts';
import { Ident, K, T } from './tokens.ts';
import { WindowSpecs } from './window-spec.ts';

/** What stands between operators: literals, columns, calls, CASE, CAST, subqueries. */
export abstract class Primaries extends WindowSpecs {
  /** primary = literal | interval | datetime | case | cast | extract | position | trim | exists | "(" query ")" | "(" exprList ")" | call | qname | "NOT" negation */
  readonly primary: Production = this.RULE('primary', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.literal) },
      { ALT: () => this.SUBRULE(this.interval) },
      { GATE: () => this.next(2) === T.Text, ALT: () => this.SUBRULE(this.datetime) },
      { ALT: () => this.SUBRULE(this.case) },
      { GATE: () => this.next(1) === K.CAST || this.next(2) === T.Open, ALT: () => this.SUBRULE(this.cast) },
      { GATE: () => this.next(2) === T.Open && this.next(4) === K.FROM, ALT: () => this.SUBRULE(this.extract) },
      { GATE: () => this.holds(K.IN), ALT: () => this.SUBRULE(this.position) },
      { GATE: () => this.holds(K.FROM), ALT: () => this.SUBRULE(this.trim) },
      { ALT: () => this.SUBRULE(this.exists) },
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
          this.SUBRULE(this.exprList);
          this.CONSUME1(T.Close);
        },
      },
      { GATE: () => this.isCall(), ALT: () => this.SUBRULE(this.call) },
      { ALT: () => this.SUBRULE(this.qname) },
      {
        // SQLite reads `1 = NOT x` so: what follows NOT reaches as far as it can.
        ALT: () => {
          this.CONSUME(K.NOT);
          this.SUBRULE(this.negation);
        },
      },
    ]);
  });

  /** literal = NUMBER | STRING | ESCAPED_STRING | DOLLAR_STRING | BLOB | PARAM | "NULL" | "TRUE" | "FALSE" | "DEFAULT" */
  readonly literal: Production = this.RULE('literal', () => {
    this.OR([
      { ALT: () => this.CONSUME(T.Number) },
      { ALT: () => this.SUBRULE(this.text) },
      { ALT: () => this.CONSUME(T.Blob) },
      { ALT: () => this.CONSUME(T.Param) },
      { ALT: () => this.CONSUME(K.NULL) },
      { ALT: () => this.CONSUME(K.TRUE) },
      { ALT: () => this.CONSUME(K.FALSE) },
      { ALT: () => this.CONSUME(K.DEFAULT) },
    ]);
  });

  /** text = STRING | ESCAPED_STRING | DOLLAR_STRING */
  readonly text: Production = this.RULE('text', () => {
    this.oneOf('text', [T.Text, T.EscapedText, T.DollarText]);
  });

  /** interval = "INTERVAL" ( STRING | NUMBER ) [ unit [ precision ] [ "TO" unit [ precision ] ] ] */
  readonly interval: Production = this.RULE('interval', () => {
    this.CONSUME(K.INTERVAL);
    this.OR([{ ALT: () => this.CONSUME(T.Text) }, { ALT: () => this.CONSUME(T.Number) }]);
    const isPlain = !/\d[-:\s]+\d/.test(this.LA(0).image);
    this.OPTION(() => {
      this.SUBRULE(this.unit);
      this.OPTION1(() => this.SUBRULE(this.precision));
      this.OPTION2({
        // In FLOOR(ts - INTERVAL '1' DAY TO HOUR) the unit is that of FLOOR.
        GATE: () => !isPlain,
        DEF: () => {
          this.CONSUME(K.TO);
          this.SUBRULE1(this.unit, { LABEL: 'to' });
          this.OPTION3(() => this.SUBRULE1(this.precision));
        },
      });
    });
  });

  /** precision = "(" NUMBER [ "," NUMBER ] ")" */
  readonly precision: Production = this.RULE('precision', () => {
    this.CONSUME(T.Open);
    this.CONSUME(T.Number);
    this.OPTION(() => {
      this.CONSUME(T.Comma);
      this.CONSUME1(T.Number);
    });
    this.CONSUME(T.Close);
  });

  /** unit = "MICROSECOND" | "MICROSECONDS" | "MILLISECOND" | .. | "YEARS" */
  readonly unit: Production = this.RULE('unit', () => {
    this.oneOf('unit', [
      K.MICROSECOND,
      K.MICROSECONDS,
      K.MILLISECOND,
      K.MILLISECONDS,
      K.SECOND,
      K.SECONDS,
      K.MINUTE,
      K.MINUTES,
      K.HOUR,
      K.HOURS,
      K.DAY,
      K.DAYS,
      K.WEEK,
      K.WEEKS,
      K.MONTH,
      K.MONTHS,
      K.QUARTER,
      K.QUARTERS,
      K.YEAR,
      K.YEARS,
    ]);
  });

  /** datetime = ( "TIMESTAMP" | "DATE" | "TIME" ) STRING */
  readonly datetime: Production = this.RULE('datetime', () => {
    this.oneOf('type', [K.TIMESTAMP, K.DATE, K.TIME]);
    this.CONSUME(T.Text);
  });

  /** case = "CASE" [ expr ] { "WHEN" expr "THEN" expr }- [ "ELSE" expr ] "END" */
  readonly case: Production = this.RULE('case', () => {
    this.CONSUME(K.CASE);
    this.OPTION(() => this.SUBRULE(this.expr, { LABEL: 'operand' }));
    this.AT_LEAST_ONE(() => {
      this.CONSUME(K.WHEN);
      this.SUBRULE1(this.expr, { LABEL: 'when' });
      this.CONSUME(K.THEN);
      this.SUBRULE2(this.expr, { LABEL: 'then' });
    });
    this.OPTION1(() => {
      this.CONSUME(K.ELSE);
      this.SUBRULE3(this.expr, { LABEL: 'otherwise' });
    });
    this.CONSUME(K.END);
  });

  /** cast = ( "CAST" | "TRY_CAST" ) "(" expr "AS" typeName ")" */
  readonly cast: Production = this.RULE('cast', () => {
    this.oneOf('word', [K.CAST, K.TRY_CAST]);
    this.CONSUME(T.Open);
    this.SUBRULE(this.expr);
    this.CONSUME(K.AS);
    this.SUBRULE(this.typeName);
    this.CONSUME(T.Close);
  });

  /** extract = "EXTRACT" "(" ident "FROM" expr ")" */
  readonly extract: Production = this.RULE('extract', () => {
    this.CONSUME(K.EXTRACT);
    this.CONSUME(T.Open);
    this.CONSUME(Ident);
    this.CONSUME(K.FROM);
    this.SUBRULE(this.expr);
    this.CONSUME(T.Close);
  });

  /** position = "POSITION" "(" bits "IN" bits ")" */
  readonly position: Production = this.RULE('position', () => {
    this.CONSUME(K.POSITION);
    this.CONSUME(T.Open);
    this.SUBRULE(this.bits);
    this.CONSUME(K.IN);
    this.SUBRULE1(this.bits);
    this.CONSUME(T.Close);
  });

  /** trim = "TRIM" "(" [ "BOTH" | "LEADING" | "TRAILING" ] [ expr ] "FROM" expr ")" */
  readonly trim: Production = this.RULE('trim', () => {
    this.CONSUME(K.TRIM);
    this.CONSUME(T.Open);
    this.OPTION(() => this.oneOf('side', [K.BOTH, K.LEADING, K.TRAILING]));
    this.OPTION1(() => this.SUBRULE(this.expr, { LABEL: 'characters' }));
    this.CONSUME(K.FROM);
    this.SUBRULE1(this.expr);
    this.CONSUME(T.Close);
  });

  /** exists = "EXISTS" "(" query ")" */
  readonly exists: Production = this.RULE('exists', () => {
    this.CONSUME(K.EXISTS);
    this.CONSUME(T.Open);
    this.SUBRULE(this.query);
    this.CONSUME(T.Close);
  });

  /**
   * call = ( qname | "LEFT" | "RIGHT" | "GLOB" | "LIKE" | "REGEXP" ) "(" ( "*" | [ "DISTINCT" | "ALL" ] [ callArg { "," callArg } [ argTail ] ] [ orderBy ] ) ")"
   *        [ "WITHIN" "GROUP" "(" orderBy ")" ] [ "FILTER" "(" "WHERE" expr ")" ] [ "OVER" ( ident | windowSpec ) ]
   */
  readonly call: Production = this.RULE('call', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.qname) },
      { ALT: () => this.oneOf('word', [K.LEFT, K.RIGHT, K.GLOB, K.LIKE, K.REGEXP], 4) },
    ]);
    this.CONSUME(T.Open);
    this.OPTION(() =>
      this.OR1([
        { ALT: () => this.CONSUME(T.Star) },
        {
          ALT: () => {
            this.OPTION1(() => this.oneOf('quantifier', [K.DISTINCT, K.ALL], 2));
            this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.callArg) });
            this.OPTION6(() => this.SUBRULE(this.argTail));
          },
        },
      ]),
    );
    this.OPTION2(() => this.SUBRULE(this.orderBy));
    this.CONSUME(T.Close);
    this.OPTION3({
      GATE: () => this.next(2) === K.GROUP,
      DEF: () => {
        this.CONSUME(K.WITHIN);
        this.CONSUME(K.GROUP);
        this.CONSUME1(T.Open);
        this.SUBRULE1(this.orderBy, { LABEL: 'withinGroup' });
        this.CONSUME1(T.Close);
      },
    });
    this.OPTION4(() => {
      this.CONSUME(K.FILTER);
      this.CONSUME2(T.Open);
      this.CONSUME(K.WHERE);
      this.SUBRULE(this.expr, { LABEL: 'filter' });
      this.CONSUME2(T.Close);
    });
    this.OPTION5(() => {
      this.CONSUME(K.OVER);
      this.OR3([{ ALT: () => this.CONSUME(Ident) }, { ALT: () => this.SUBRULE(this.windowSpec) }]);
    });
  });

  /** callArg = [ word ( "=>" | ":=" ) ] expr */
  readonly callArg: Production = this.RULE('callArg', () => {
    this.OPTION(() => {
      this.CONSUME(T.ArgName);
      this.CONSUME(T.Named);
    });
    this.SUBRULE(this.expr);
  });

  /** argTail = "TO" ident | "FROM" expr [ "FOR" expr ] */
  readonly argTail: Production = this.RULE('argTail', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.TO);
          this.CONSUME(Ident, { LABEL: 'unit' });
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.FROM);
          this.SUBRULE(this.expr, { LABEL: 'start' });
          this.OPTION(() => {
            this.CONSUME(K.FOR);
            this.SUBRULE1(this.expr, { LABEL: 'length' });
          });
        },
      },
    ]);
  });
}
