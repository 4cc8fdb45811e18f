import { Clauses } from './clause.ts';
import type { Production } from './part.ts';
import { K, T } from './tokens.ts';

/** What stands behind the word SHELL, the same in each of its places. */
export abstract class Shells extends Clauses {
  protected abstract readonly arg: Production;
  protected abstract readonly namedArg: Production;

  /** shellSpec = ( text | qname [ "(" [ arg { "," arg } ] ")" ] ) { [ "," ] shellClause } */
  readonly shellSpec: Production = this.RULE('shellSpec', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.text) },
      {
        ALT: () => {
          this.SUBRULE(this.qname);
          this.OPTION(() => {
            this.CONSUME(T.Open);
            this.MANY_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.arg) });
            this.CONSUME(T.Close);
          });
        },
      },
    ]);
    this.MANY(() => {
      this.OPTION1(() => this.CONSUME(T.Comma));
      this.SUBRULE(this.shellClause);
    });
  });

  /** shellClause = one of the clauses below */
  readonly shellClause: Production = this.RULE('shellClause', () => {
    this.OR([
      { GATE: () => this.next(2) !== K.FORMAT, ALT: () => this.SUBRULE(this.inputClause) },
      { ALT: () => this.SUBRULE(this.formatClause) },
      { ALT: () => this.SUBRULE(this.readsClause) },
      { ALT: () => this.SUBRULE(this.writesClause) },
      { ALT: () => this.SUBRULE(this.asClause) },
      { ALT: () => this.SUBRULE(this.scopeClause) },
      { ALT: () => this.SUBRULE(this.emitsClause) },
      { ALT: () => this.SUBRULE(this.orderClause) },
      { ALT: () => this.SUBRULE(this.needsClause) },
      { ALT: () => this.SUBRULE(this.promise) },
      { ALT: () => this.SUBRULE(this.effectsClause) },
      { ALT: () => this.SUBRULE(this.combineClause) },
      { ALT: () => this.SUBRULE(this.commutesClause) },
      { ALT: () => this.SUBRULE(this.exitClause) },
      { ALT: () => this.SUBRULE(this.markerClause) },
      { ALT: () => this.SUBRULE(this.nullsClause) },
      { ALT: () => this.SUBRULE(this.encodingClause) },
      { ALT: () => this.SUBRULE(this.timeClause) },
      { ALT: () => this.SUBRULE(this.hintClause) },
      { ALT: () => this.SUBRULE(this.modeClause) },
      { ALT: () => this.SUBRULE(this.envClause) },
      { ALT: () => this.SUBRULE(this.timeoutClause) },
      { ALT: () => this.SUBRULE(this.onErrorClause) },
      { ALT: () => this.SUBRULE(this.stderrClause) },
      { ALT: () => this.SUBRULE(this.parallelClause) },
      { ALT: () => this.SUBRULE(this.limitsClause) },
      { ALT: () => this.SUBRULE(this.sandboxClause) },
      { ALT: () => this.SUBRULE(this.namedArg) },
    ]);
  });
}
