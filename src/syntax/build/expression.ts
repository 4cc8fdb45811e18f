import type { CstNode, IToken } from 'chevrotain';
import type * as cst from '../../../grammar/cst.d.ts';
import type { Span } from '../../base/span.ts';
import type { Binary, Expr, LiteralExpr, Query } from '../ast.ts';
import { Names } from './names.ts';

/** As in SQLite; deeper trees would overflow the stack of the passes that walk them. */
const deepest = 1000;

/** Operators, from OR down to the postfix ones. */
export abstract class Expressions extends Names {
  protected abstract query(node: cst.QueryCstNode): Query;
  protected abstract primary(node: cst.PrimaryCstNode): Expr;

  protected exprs(node: cst.ExprListCstNode | undefined): Expr[] {
    return (node?.children.expr ?? []).map((e) => this.expr(e));
  }

  protected expr(node: cst.ExprCstNode): Expr {
    const { conjunction, OR } = node.children;
    return this.chain(conjunction, OR, (n) => this.conjunction(n));
  }

  private conjunction(node: cst.ConjunctionCstNode): Expr {
    const { negation, AND } = node.children;
    return this.chain(negation, AND, (n) => this.negation(n));
  }

  protected negation(node: cst.NegationCstNode): Expr {
    const { equality, NOT = [] } = node.children;
    return this.prefix(NOT, this.equality(equality[0]!), node);
  }

  private equality(node: cst.EqualityCstNode): Expr {
    const { comparison, equalityTail = [] } = node.children;
    this.checkDepth(equalityTail.length, node);
    const { start } = this.spanOf(node);
    return equalityTail.reduce((left, tail) => {
      const { further, test, NULL: nullWord, in: inTail } = tail.children;
      const token = (test ?? nullWord)?.[0];
      const { end } = token ? this.spanOfToken(token) : this.spanOf(inTail?.[0] ?? tail);
      const tested = this.equalityTail(left, { source: this.source, start, end }, tail.children);
      return further === undefined ? tested : this.further(tested, further[0]!.children);
    }, this.comparison(comparison[0]!));
  }

  /** What goes on behind a complete test, which is the first operand on each level in turn. */
  private further(test: Expr, c: cst.FurtherCstChildren): Expr {
    const concatenation = this.operations(test, c.unary, c.concatOp, (n) => this.unary(n));
    const product = this.operations(concatenation, c.concatenation, c.productOp, (n) => this.concatenation(n));
    const sum = this.operations(product, c.product, c.sumOp, (n) => this.product(n));
    const bits = this.operations(sum, c.sum, c.bitsOp, (n) => this.sum(n));
    return this.operations(bits, c.bits, c.compareOp, (n) => this.bits(n));
  }

  /** @param span from the first operand to the end of the tail */
  private equalityTail(left: Expr, span: Span, tail: cst.EqualityTailCstChildren): Expr {
    const not = tail.NOT !== undefined;
    const [equals] = tail.equals ?? [];
    if (equals !== undefined) {
      const right = this.comparison(equals.children.comparison[0]!);
      return { kind: 'binary', span, op: operatorOf(equals.children.op![0]!), left, right };
    }
    const [is] = tail.is ?? [];
    if (is !== undefined) {
      const right = this.comparison(is.children.comparison[0]!);
      return {
        kind: 'is',
        span,
        not: (is.children.NOT !== undefined) !== (is.children.DISTINCT !== undefined),
        left,
        right,
      };
    }
    const [between] = tail.between ?? [];
    if (between !== undefined) {
      const [low, high] = between.children.comparison.map((n) => this.comparison(n));
      return { kind: 'between', span, not, arg: left, low: low!, high: high! };
    }
    const [inTail] = tail.in ?? [];
    if (inTail !== undefined) {
      const { query, exprList, qname } = inTail.children;
      const list =
        query !== undefined
          ? this.query(query[0]!)
          : qname !== undefined
            ? this.qname(qname[0]!)
            : this.exprs(exprList?.[0]);
      return { kind: 'in', span, not, arg: left, list };
    }
    const [like] = tail.like ?? [];
    if (like !== undefined) {
      const [pattern, escape] = like.children.comparison.map((n) => this.comparison(n));
      const op = like.children.op![0]!.image.toLowerCase() as 'like' | 'glob' | 'regexp';
      return { kind: 'like', span, op, not, arg: left, pattern: pattern!, ...(escape && { escape }) };
    }
    const word = (tail.test ?? tail.NULL)![0]!;
    const right: LiteralExpr = { kind: 'literal', span: this.spanOfToken(word), type: 'null', text: 'NULL' };
    return { kind: 'is', span, not: !/^isnull$/i.test(word.image), left, right };
  }

  private comparison(node: cst.ComparisonCstNode): Expr {
    const { bits, op } = node.children;
    return this.chain(bits, op, (n) => this.bits(n));
  }

  protected bits(node: cst.BitsCstNode): Expr {
    const { sum, op } = node.children;
    return this.chain(sum, op, (n) => this.sum(n));
  }

  protected sum(node: cst.SumCstNode): Expr {
    const { product, op } = node.children;
    return this.chain(product, op, (n) => this.product(n));
  }

  private product(node: cst.ProductCstNode): Expr {
    const { concatenation, op } = node.children;
    return this.chain(concatenation, op, (n) => this.concatenation(n));
  }

  private concatenation(node: cst.ConcatenationCstNode): Expr {
    const { unary, op } = node.children;
    return this.chain(unary, op, (n) => this.unary(n));
  }

  /** COLLATE binds looser than a sign, `::` and `[]` tighter: `-x::TEXT COLLATE c` is `(-(x::TEXT)) COLLATE c`. */
  protected unary(node: cst.UnaryCstNode): Expr {
    const { op = [], primary, postfix = [] } = node.children;
    this.checkDepth(postfix.length, node);
    const tight = postfix.findIndex((p) => p.children.COLLATE !== undefined);
    const split = tight < 0 ? postfix.length : tight;
    const inner = this.postfixes(this.primary(primary[0]!), this.spanOf(primary[0]!), postfix.slice(0, split));
    const end = this.spanOf(postfix[split - 1] ?? primary[0]!).end;
    const signed = this.prefix(op, inner, node, end);
    return this.postfixes(signed, this.spanOf(node), postfix.slice(split));
  }

  private postfixes(arg: Expr, { start }: Span, postfixes: readonly cst.PostfixCstNode[]): Expr {
    return postfixes.reduce<Expr>((inner, { children, ...node }) => {
      const span = { ...this.spanOf({ children, ...node }), start };
      if (children.typeName !== undefined)
        return { kind: 'cast', span, arg: inner, type: this.typeName(children.typeName[0]!), try: false };
      if (children.expr !== undefined) return { kind: 'index', span, arg: inner, index: this.expr(children.expr[0]!) };
      return { kind: 'collate', span, arg: inner, collation: this.name(children.Ident![0]!) };
    }, arg);
  }

  /** Signs or NOTs before `arg`, the last one innermost. */
  private prefix(ops: readonly IToken[], arg: Expr, node: CstNode, end = this.spanOf(node).end): Expr {
    this.checkDepth(ops.length, node);
    return ops.reduceRight<Expr>((inner, token) => {
      const op = token.image.toLowerCase() as '-' | '+' | '~' | 'not';
      return { kind: 'unary', span: { source: this.source, start: token.startOffset, end }, op, arg: inner };
    }, arg);
  }

  /** `a op b op c` from the left. */
  private chain<N extends CstNode>(operands: readonly N[], ops: readonly IToken[] = [], build: (n: N) => Expr): Expr {
    const [head, ...tail] = operands;
    return this.operations(build(head!), tail, ops, build, this.spanOf(head!));
  }

  /** The same behind a first operand that is there. */
  private operations<N extends CstNode>(
    first: Expr,
    operands: readonly N[] = [],
    ops: readonly IToken[] = [],
    build: (n: N) => Expr,
    { start }: Span = first.span,
  ): Expr {
    if (operands.length === 0) return first;
    this.checkDepth(operands.length, operands[0]!);
    return operands.reduce<Expr>((left, operand, i) => {
      const span = { ...this.spanOf(operand), start };
      return { kind: 'binary', span, op: operatorOf(ops[i]!), left, right: build(operand) };
    }, first);
  }

  private checkDepth(levels: number, at: CstNode): void {
    if (levels > deepest) {
      const help = `at most ${deepest} operators in a row; IN (..) or a table takes any number of values`;
      this.refuse('the expression is too long', this.spanOf(at), 'it begins here', help);
    }
  }
}

const spellings: Readonly<Record<string, string>> = { '!=': '<>', '==': '=' };
const operatorOf = (token: IToken): Binary['op'] =>
  (spellings[token.image] ?? token.image.toLowerCase()) as Binary['op'];
