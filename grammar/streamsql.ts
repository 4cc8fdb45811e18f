import { decideBy, type Decisions } from './decisions.ts';
import type { Expectations } from './expectations.ts';
import { Statements } from './statement.ts';

/**
 * The parser of the whole language: text in tokens to a concrete syntax tree. It knows nothing of meaning.
 *
 * Each file beside this one holds the productions of one part, and extends the class of the part before it:
 * expression, window-spec, primary, option, clause, shell, query, table, pipe, create, statement.
 */
export class StreamSql extends Statements {
  /**
   * @param expectations see `Part`: with it the parser goes on after an error.
   * @param decisions worked out before: then it only tells whether a text is of the language, not what is wrong with it.
   */
  constructor(expectations?: Expectations, decisions?: Decisions) {
    super(expectations);
    if (decisions === undefined) this.performSelfAnalysis();
    else decideBy(this, decisions);
  }
}
