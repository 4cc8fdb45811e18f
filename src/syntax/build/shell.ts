import type * as cst from '../../../grammar/cst.d.ts';
import type { Arg, ShellSpec } from '../ast.ts';
import { Clauses } from './clause.ts';

/** SHELL and its options. What each clause becomes is in clause.ts. */
export abstract class Shells extends Clauses {
  protected abstract arg(node: cst.ArgCstNode): Arg;

  protected shellSpec(node: cst.ShellSpecCstNode): ShellSpec {
    const { text, qname, arg = [], shellClause = [] } = node.children;
    const span = this.spanOf(node);
    return {
      span,
      command: text
        ? { kind: 'text', span: this.spanOf(text[0]!), text: this.text(text[0]!) }
        : {
            kind: 'name',
            span: this.spanOf(qname![0]!),
            name: this.qname(qname![0]!),
            args: arg.map((a) => this.arg(a)),
          },
      clauses: shellClause.map((clause) => this.shellClause(clause)),
    };
  }
}
