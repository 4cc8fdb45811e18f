import type { IToken } from 'chevrotain';
import type * as cst from '../../../grammar/cst.d.ts';
import type {
  CallExpr,
  Expr,
  Frame,
  FrameBound,
  Interval,
  LiteralExpr,
  Name,
  OrderItem,
  Param,
  WindowSpec,
} from '../ast.ts';
import { Expressions } from './expression.ts';
import { given } from './names.ts';
import { decodeText } from './text.ts';

/** What stands between operators. */
export abstract class Primaries extends Expressions {
  protected primary(node: cst.PrimaryCstNode): Expr {
    const c = node.children;
    const span = this.spanOf(node);
    if (c.literal) return this.literal(c.literal[0]!);
    if (c.qname) return { kind: 'column', span, name: this.qname(c.qname[0]!) };
    if (c.call) return this.call(c.call[0]!);
    if (c.exprList) {
      const parts = this.exprs(c.exprList[0]);
      return parts.length === 1 ? parts[0]! : { kind: 'row', span, parts };
    }
    if (c.query) return { kind: 'subquery', span, query: this.query(c.query[0]!) };
    if (c.exists) return { kind: 'exists', span, query: this.query(c.exists[0]!.children.query[0]!) };
    if (c.case) return this.case(c.case[0]!);
    if (c.cast) {
      const { expr, typeName, word } = c.cast[0]!.children;
      const type = this.typeName(typeName[0]!);
      return { kind: 'cast', span, arg: this.expr(expr[0]!), type, try: word![0]!.image.length > 4 };
    }
    if (c.interval) return this.interval(c.interval[0]!);
    if (c.datetime) {
      const { type, Text } = c.datetime[0]!.children;
      return { kind: 'literal', span, type: word(type!) as LiteralExpr['type'], text: decodeText(Text[0]!) };
    }
    if (c.extract) return this.extract(c.extract[0]!);
    if (c.position) {
      const [sought, text] = c.position[0]!.children.bits.map((b) => this.bits(b));
      return this.calling('instr', c.position[0]!.children.POSITION[0]!, span, [text!, sought!]);
    }
    if (c.trim) return this.trim(c.trim[0]!);
    return { kind: 'unary', span, op: 'not', arg: this.negation(c.negation![0]!) };
  }

  private literal(node: cst.LiteralCstNode): LiteralExpr | Param | { kind: 'default'; span: LiteralExpr['span'] } {
    const c = node.children;
    const span = this.spanOf(node);
    const literal = (type: LiteralExpr['type'], text: string): LiteralExpr => ({ kind: 'literal', span, type, text });
    if (c.Number) {
      const text = c.Number[0]!.image.replaceAll('_', '');
      return literal(/^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? 'integer' : 'real', text);
    }
    if (c.text) return literal('string', this.text(c.text[0]!));
    if (c.Blob) return literal('blob', c.Blob[0]!.image.slice(2, -1));
    if (c.NULL) return literal('null', 'NULL');
    if (c.TRUE) return literal('true', 'TRUE');
    if (c.FALSE) return literal('false', 'FALSE');
    if (c.DEFAULT) return { kind: 'default', span };
    const image = c.Param![0]!.image;
    if (!image.startsWith('?')) return { kind: 'param', span, name: image.slice(1) };
    const position = this.positions.get(span.start)!;
    return { kind: 'param', span, position };
  }

  private interval(node: cst.IntervalCstNode): Interval {
    const { Text, Number: number, unit, to } = node.children;
    const unitIn = (units: readonly cst.UnitCstNode[] | undefined): string | undefined =>
      units?.[0]!.children.unit![0]!.image.toUpperCase().replace(/S$/, '');
    return {
      kind: 'interval',
      span: this.spanOf(node),
      amount: Text ? decodeText(Text[0]!) : number![0]!.image.replaceAll('_', ''),
      ...given({ unit: unitIn(unit), to: unitIn(to) }),
    };
  }

  private case(node: cst.CaseCstNode): Expr {
    const { operand, when, then, otherwise } = node.children;
    return {
      kind: 'case',
      span: this.spanOf(node),
      ...given({ operand: operand && this.expr(operand[0]!) }),
      branches: when.map((condition, i) => ({ when: this.expr(condition), then: this.expr(then[i]!) })),
      ...given({ otherwise: otherwise && this.expr(otherwise[0]!) }),
    };
  }

  private extract(node: cst.ExtractCstNode): CallExpr {
    const { EXTRACT, Ident, expr } = node.children;
    const args = [this.unitText(Ident[0]!), this.expr(expr[0]!)];
    return this.calling('extract', EXTRACT[0]!, this.spanOf(node), args);
  }

  private trim(node: cst.TrimCstNode): CallExpr {
    const { TRIM, side, characters, expr } = node.children;
    const fn = { both: 'trim', leading: 'ltrim', trailing: 'rtrim' }[side ? word(side) : 'both']!;
    const args = [...expr, ...(characters ?? [])].map((e) => this.expr(e));
    return this.calling(fn, TRIM[0]!, this.spanOf(node), args);
  }

  /** A unit of time that stands as a word: an argument like any other to the function. */
  private unitText(token: IToken): LiteralExpr {
    const { text, span } = this.name(token);
    return { kind: 'literal', span, type: 'string', text: text.toLowerCase() };
  }

  /** What the standard writes with words in between is a call of `fn`. */
  private calling(fn: string, at: IToken, span: LiteralExpr['span'], args: readonly Expr[]): CallExpr {
    const name = this.name(at);
    return {
      kind: 'call',
      span,
      name: { span: name.span, parts: [{ ...name, text: fn }] },
      star: false,
      distinct: false,
      args,
      orderBy: [],
      withinGroup: [],
    };
  }

  /** `floor(ts TO hour)`, `substring(s FROM 2 FOR 3)`. */
  private worded(node: cst.CallCstNode, tail: cst.ArgTailCstNode): CallExpr {
    const { unit, start, length } = tail.children;
    const args = this.arguments(node);
    const name = node.children.qname?.[0]!.children.part.at(-1);
    const fn = name === undefined ? undefined : (unit ? ofUnit : ofPart)[name.image.toLowerCase()];
    const isPlain = args.length === 1 && node.children.quantifier === undefined && namesIn(node) === undefined;
    if (name === undefined || fn === undefined || !isPlain)
      return this.refuse(
        `expected \`,\` or \`)\`, found \`${unit ? 'TO' : 'FROM'}\``,
        this.spanOf(tail),
        'only `FLOOR(time TO unit)`, `CEIL(time TO unit)` and `SUBSTRING(text FROM n FOR m)` have that',
      );
    const further = [...(start ?? []), ...(length ?? [])].map((e) => this.expr(e));
    return this.calling(fn, name, this.spanOf(node), unit ? [this.unitText(unit[0]!), ...args] : [...args, ...further]);
  }

  private arguments({ children: { callArg } }: cst.CallCstNode): Expr[] {
    return (callArg ?? []).map((arg) => this.expr(arg.children.expr[0]!));
  }

  private call(node: cst.CallCstNode): CallExpr {
    const c = node.children;
    if (c.argTail) return this.worded(node, c.argTail[0]!);
    const keyword = c.word && this.name(c.word[0]!);
    const over = c.windowSpec ? this.windowSpec(c.windowSpec[0]!) : c.Ident && this.name(c.Ident[0]!);
    return {
      kind: 'call',
      span: this.spanOf(node),
      name: keyword ? { span: keyword.span, parts: [keyword] } : this.qname(c.qname![0]!),
      star: c.Star !== undefined,
      distinct: c.quantifier !== undefined && word(c.quantifier) === 'distinct',
      args: this.arguments(node),
      ...given({ argNames: namesIn(node)?.map((token) => token && this.name(token)) }),
      orderBy: this.orderBy(c.orderBy?.[0]),
      withinGroup: this.orderBy(c.withinGroup?.[0]),
      ...given({ filter: c.filter && this.expr(c.filter[0]!), over }),
    };
  }

  protected windowSpec(node: cst.WindowSpecCstNode): WindowSpec {
    const { Ident, exprList, orderBy, frame } = node.children;
    const base: Name | undefined = Ident && this.name(Ident[0]!);
    return {
      kind: 'window spec',
      span: this.spanOf(node),
      ...given({ base }),
      partitionBy: this.exprs(exprList?.[0]),
      orderBy: this.orderBy(orderBy?.[0]),
      ...given({ frame: frame && this.frame(frame[0]!) }),
    };
  }

  private frame(node: cst.FrameCstNode): Frame {
    const c = node.children;
    const [start, end] = c.bound!.map((b) => this.bound(b));
    const exclude = c.NO ? 'no others' : c.CURRENT ? 'current row' : c.GROUP ? 'group' : c.TIES ? 'ties' : undefined;
    return {
      span: this.spanOf(node),
      unit: word(c.unit!) as Frame['unit'],
      start: start!,
      ...given({ end, exclude: exclude }),
    };
  }

  private bound(node: cst.BoundCstNode): FrameBound {
    const { sum, UNBOUNDED, boundSide } = node.children;
    const span = this.spanOf(node);
    if (boundSide === undefined) return { span, kind: 'current row' };
    const to = word(boundSide[0]!.children.side!) as 'preceding' | 'following';
    if (UNBOUNDED) return { span, kind: `unbounded ${to}` };
    return { span, kind: to, offset: this.sum(sum![0]!) };
  }

  protected orderBy(node: cst.OrderByCstNode | undefined): OrderItem[] {
    return (node?.children.sortKey ?? []).map((key) => {
      const { expr, direction, nulls } = key.children;
      return {
        span: this.spanOf(key),
        expr: this.expr(expr[0]!),
        descending: direction !== undefined && word(direction) === 'desc',
        ...given({ nulls: nulls && (word(nulls) as 'first' | 'last') }),
      };
    });
  }
}

/** The names of the arguments of a call, if there are any. */
function namesIn({ children: { callArg = [] } }: cst.CallCstNode): readonly (IToken | undefined)[] | undefined {
  const names = callArg.map((arg) => arg.children.ArgName?.[0]);
  return names.some((name) => name !== undefined) ? names : undefined;
}

const ofUnit: Readonly<Record<string, string>> = { floor: 'date_trunc', ceil: 'date_ceil', ceiling: 'date_ceil' };
const ofPart: Readonly<Record<string, string>> = { substring: 'substring', substr: 'substr' };

/** The one word that stands under a label, in lower case. */
export const word = (tokens: readonly { readonly image: string }[]): string => tokens[0]!.image.toLowerCase();
