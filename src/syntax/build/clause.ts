import type { IToken } from 'chevrotain';
import type * as cst from '../../../grammar/cst.d.ts';
import type { Span } from '../../base/span.ts';
import type { Arg, Expr, Item, Option, QName, Query, ShellClause, TypedColumn } from '../ast.ts';
import { given, numberOf, wordsOf } from './names.ts';
import { Primaries, word } from './primary.ts';
import { decodeText } from './text.ts';

type ClauseNode = Exclude<cst.ShellClauseCstChildren[keyof cst.ShellClauseCstChildren], undefined>[number];
/** One function a clause: its children, where it stands and itself, to the clause of the AST. */
type Builders = {
  readonly [N in ClauseNode as N['name']]: (children: N['children'], span: Span, node: N) => ShellClause;
};

/** The clauses of SHELL, and the lists in parentheses that they share with CREATE. */
export abstract class Clauses extends Primaries {
  protected abstract items(node: cst.ItemsCstNode): Item[];
  protected abstract namedArg(node: cst.NamedArgCstNode): Arg;
  protected abstract partitionBy(node: cst.PartitionByCstNode | undefined): Expr[] | undefined;

  protected shellClause(node: cst.ShellClauseCstNode): ShellClause {
    const [clause] = Object.values<ClauseNode[]>(node.children).flat();
    const build = this.#builders[clause!.name] as (children: object, span: Span, node: object) => ShellClause;
    return build(clause!.children, this.spanOf(node), clause!);
  }

  protected opt(node: cst.OptCstNode): Option {
    const { key, Text, expr } = node.children;
    const name = key ? wordsOf(key) : decodeText(Text![0]!);
    return { span: this.spanOf(node), name, value: this.expr(expr[0]!) };
  }

  protected opts(node: cst.OptListCstNode): Option[] {
    return node.children.opt.map((o) => this.opt(o));
  }

  protected typedColumns(node: cst.TypedColumnsCstNode): TypedColumn[] {
    return (node.children.typedColumn ?? []).map((column) => {
      const { Ident, typeName, unary } = column.children;
      return {
        span: this.spanOf(column),
        name: this.name(Ident[0]!),
        type: this.typeName(typeName[0]!),
        ...given({ default: unary && this.unary(unary[0]!) }),
      };
    });
  }

  readonly #builders: Builders = {
    inputClause: ({ qname, query, partitionBy }, span) => {
      const table = qname ? this.qname(qname[0]!) : this.query(query![0]!);
      return { clause: 'input', span, table, ...given({ partitionBy: this.partitionBy(partitionBy?.[0]) }) };
    },
    namedArg: (_children, _span, node) => this.namedClause(this.namedArg(node)),
    formatClause: ({ direction, format }, span) => {
      const { Ident, formatArg = [] } = format[0]!.children;
      const args = formatArg.map(({ children: { text, opt } }) =>
        opt ? this.opt(opt[0]!) : { span: this.spanOf(text![0]!), text: this.text(text![0]!) },
      );
      const spec = { span: this.spanOf(format[0]!), name: this.name(Ident[0]!).text, args };
      return { clause: 'format', span, direction: direction ? pick(direction) : 'both', format: spec };
    },
    readsClause: ({ items }, span) => ({ clause: 'reads', span, items: this.items(items[0]!) }),
    writesClause: ({ typedColumns }, span) => ({
      clause: 'writes',
      span,
      columns: this.typedColumns(typedColumns[0]!),
    }),
    asClause: ({ profile }, span) => ({ clause: 'as', span, profile: pickUpper(profile) }),
    scopeClause: ({ unit, nameList }, span) => ({
      clause: 'scope',
      span,
      unit: pick(unit),
      columns: nameList ? this.names(nameList[0]!) : [],
    }),
    emitsClause: ({ rows }, span) => {
      const emits = word(rows!);
      if (!isEmits(emits)) {
        const help = 'write EMITS ONE, EMITS 0..1, EMITS 1..N, EMITS 0..N or EMITS ANY';
        return this.refuse(
          `a command cannot be declared to emit ${emits} rows`,
          span,
          'not one of the known ranges',
          help,
        );
      }
      return { clause: 'emits', span, emits };
    },
    orderClause: ({ KEEPS, FREE, nameList }, span) => {
      if (KEEPS) return { clause: 'keeps order', span };
      if (FREE) return { clause: 'order free', span };
      return { clause: 'sorted by', span, columns: this.names(nameList![0]!) };
    },
    needsClause: ({ nameList, what, exprList, text }, span) => {
      if (nameList) return { clause: 'needs sorted by', span, columns: this.names(nameList[0]!) };
      if (text) return { clause: 'needs cwd', span, path: this.text(text[0]!) };
      if (what) return { clause: 'needs', span, what: pick(what), values: this.exprs(exprList![0]) };
      return { clause: 'needs exclusive', span };
    },
    promise: ({ word: words }, span): ShellClause => {
      const promise = word(words!);
      switch (promise) {
        case 'deterministic':
        case 'stable':
        case 'volatile':
          return { clause: 'determinism', span, value: promise };
        case 'filters':
          return { clause: 'filters', span };
        case 'idempotent':
          return { clause: 'idempotent', span };
        case 'total':
          return { clause: 'total', span };
        case 'online':
          return { clause: 'online', span };
        default:
          return { clause: 'flushes record', span };
      }
    },
    effectsClause: ({ value }, span) => ({ clause: 'effects', span, value: pick(value) }),
    combineClause: ({ text, partial, finish }, span) => ({
      clause: 'combine',
      span,
      with: this.text(text[0]!),
      ...given({ partial: partial && this.text(partial[0]!), finish: finish && this.text(finish[0]!) }),
    }),
    commutesClause: ({ nameList }, span) => ({ clause: 'commutes', span, names: this.names(nameList[0]!) }),
    exitClause: ({ Number: numbers }, span) => ({ clause: 'exit ok', span, codes: numbers.map(numberOf) }),
    markerClause: ({ text, reply }, span) => ({
      clause: 'marker',
      span,
      send: this.text(text[0]!),
      ...given({ reply: reply && this.text(reply[0]!) }),
    }),
    nullsClause: ({ policy, text }, span) => ({
      clause: 'nulls',
      span,
      policy: pick(policy),
      ...given({ text: text && this.text(text[0]!) }),
    }),
    encodingClause: ({ Ident }, span) => ({ clause: 'encoding', span, name: this.name(Ident[0]!).text }),
    timeClause: ({ value, Ident }, span) => ({
      clause: 'time',
      span,
      value: word(value!) === 'window' ? 'window end' : pick(value),
      ...given({ column: Ident && this.name(Ident[0]!) }),
    }),
    hintClause: ({ hint, Number: number }, span) => ({
      clause: 'hint',
      span,
      hint: pick(hint),
      value: numberOf(number[0]!),
    }),
    modeClause: ({ mode }, span) => ({ clause: 'mode', span, mode: pick(mode) }),
    envClause: ({ optList }, span) => ({ clause: 'env', span, vars: this.opts(optList[0]!) }),
    timeoutClause: ({ unary }, span) => ({ clause: 'timeout', span, value: this.unary(unary[0]!) }),
    onErrorClause: ({ action, Number: number, qname }, span) => ({
      clause: 'on error',
      span,
      action: pick(action),
      ...given({ times: number && numberOf(number[0]!), sink: qname && this.qname(qname[0]!) }),
    }),
    stderrClause: ({ policy }, span) => ({ clause: 'stderr', span, policy: pick(policy) }),
    parallelClause: ({ copies }, span) => ({
      clause: 'parallel',
      span,
      copies: word(copies!) === 'auto' ? 'auto' : numberOf(copies![0]!),
    }),
    limitsClause: ({ optList }, span) => ({ clause: 'limits', span, limits: this.opts(optList[0]!) }),
    sandboxClause: ({ level }, span) => ({ clause: 'sandbox', span, level: pick(level) }),
  };

  /** `INPUT => TABLE t` is the INPUT clause in the spelling of SQL:2016; other names are options. */
  private namedClause({ span, name, value, partitionBy }: Arg): ShellClause {
    if (name!.text.toLowerCase() === 'input') {
      const table = value.kind === 'table' ? value.table : this.tableOf(value, span);
      return { clause: 'input', span, table, ...given({ partitionBy }) };
    }
    if (value.kind !== 'expr' || partitionBy !== undefined)
      return this.refuse(`a table cannot be given as ${name!.text}`, span, 'only INPUT takes a table');
    return { clause: 'option', span, name: name!, value: value.expr };
  }

  private tableOf(value: Arg['value'], span: Span): QName | Query {
    if (value.kind === 'expr' && value.expr.kind === 'column') return value.expr.name;
    if (value.kind === 'expr' && value.expr.kind === 'subquery') return value.expr.query;
    return this.refuse('INPUT takes a table', span, 'this is not a table', 'write INPUT => TABLE name');
  }
}

type Lower<W> = W & Lowercase<string>;
/** The word under a label, in lower case; the grammar lets through no other than the AST has. */
const pick = <W extends string>(tokens: readonly IToken[] | undefined): Lower<W> => word(tokens!) as Lower<W>;
const pickUpper = <W extends string>(tokens: readonly IToken[] | undefined): W => tokens![0]!.image.toUpperCase() as W;

const emitsValues = ['one', '0..1', '1..n', '0..n', 'any'] as const;
const isEmits = (text: string): text is (typeof emitsValues)[number] =>
  (emitsValues as readonly string[]).includes(text);
