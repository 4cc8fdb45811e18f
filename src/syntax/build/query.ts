import type { CstNode } from 'chevrotain';
import type * as cst from '../../../grammar/cst.d.ts';
import type {
  Cte,
  Emit,
  Expr,
  ExprItem,
  FromFirst,
  Item,
  Limit,
  Name,
  PipeOp,
  Query,
  QueryBody,
  Select,
  SetOp,
  TableRef,
} from '../ast.ts';
import { type GroupingSet, GroupingSets, most, product } from './grouping-sets.ts';
import { given } from './names.ts';
import { word } from './primary.ts';
import { opened } from './product.ts';
import { Shells } from './shell.ts';

/** Queries, from WITH to EMIT. */
export abstract class Queries extends Shells {
  protected abstract tableRef(node: cst.TableRefCstNode): TableRef;
  protected abstract pipeOp(node: cst.PipeOpCstNode): PipeOp;

  protected query(node: cst.QueryCstNode): Query {
    const c = node.children;
    return {
      kind: 'full query',
      span: this.spanOf(node),
      recursive: c.with?.[0]!.children.RECURSIVE !== undefined,
      with: this.ctes(c.with?.[0]),
      body: this.body(c),
      orderBy: this.orderBy(c.orderBy?.[0]),
      ...given({ limit: c.limit && this.limit(c.limit[0]!) }),
      pipes: (c.pipeOp ?? []).map((op) => this.pipeOp(op)),
      ...given({ emit: c.emit && this.emit(c.emit[0]!) }),
    };
  }

  private ctes(node: cst.WithCstNode | undefined): Cte[] {
    return (node?.children.cte ?? []).map((cte) => this.cte(cte));
  }

  /** `WITH .. INSERT INTO t query`: the names hold in the query, before those that it gives itself. */
  protected withCtes(node: cst.WithCstNode, query: Query): Query {
    const recursive = query.recursive || node.children.RECURSIVE !== undefined;
    return { ...query, recursive, with: [...this.ctes(node), ...query.with] };
  }

  private cte(node: cst.CteCstNode): Cte {
    const { Ident, nameList, query } = node.children;
    return {
      span: this.spanOf(node),
      name: this.name(Ident[0]!),
      ...given({ columns: nameList && this.names(nameList[0]!) }),
      query: this.query(query[0]!),
    };
  }

  /** The terms and the set operators between them, from the left. */
  private body({ queryTerm, setOperator = [] }: cst.QueryCstChildren): QueryBody {
    const [first, ...rest] = queryTerm;
    const { start } = this.spanOf(first!);
    return rest.reduce<QueryBody>((left, term, i) => {
      const span = { ...this.spanOf(term), start };
      return { kind: 'set operation', span, ...this.setOperator(setOperator[i]!), left, right: this.queryTerm(term) };
    }, this.queryTerm(first!));
  }

  protected setOperator(node: cst.SetOperatorCstNode): { op: SetOp['op']; all: boolean } {
    const { op, quantifier } = node.children;
    return { op: word(op!) as SetOp['op'], all: quantifier !== undefined && word(quantifier) === 'all' };
  }

  private queryTerm(node: cst.QueryTermCstNode): QueryBody {
    const { select, fromSelect, values, query } = node.children;
    const span = this.spanOf(node);
    if (select) return this.select(select[0]!, select[0]!.children);
    if (fromSelect) return this.fromSelect(fromSelect[0]!);
    if (query) return { kind: 'nested', span, query: this.query(query[0]!) };
    return { kind: 'values', span, rows: values![0]!.children.row.map((row) => this.row(row)) };
  }

  private fromFirst(nodes: readonly cst.FromFirstCstNode[] | undefined): FromFirst['from'] {
    const refs = (nodes?.[0]!.children.tableRef ?? []).map((ref) => this.tableRef(ref));
    return refs.map((ref, i) => (i === 0 ? opened(ref) : ref));
  }

  protected row(node: cst.RowCstNode): Expr[] {
    return this.exprs(node.children.exprList[0]);
  }

  /** `FROM t`, with what SELECT has behind it; without SELECT all columns. */
  private fromSelect(node: cst.FromSelectCstNode): QueryBody {
    const { fromFirst, selectHead, selectTail } = node.children;
    const isSelect = selectHead !== undefined || Object.keys(selectTail[0]!.children).length > 0;
    if (isSelect) return this.select(node, node.children);
    return { kind: 'from', span: this.spanOf(node), from: this.fromFirst(fromFirst) };
  }

  private select(node: CstNode, parts: cst.SelectCstChildren | cst.FromSelectCstChildren): Select {
    const head = parts.selectHead?.[0]!.children;
    const c = parts.selectTail[0]!.children;
    const span = this.spanOf(node);
    return {
      kind: 'select',
      span,
      distinct: head?.DISTINCT !== undefined,
      ...given({ distinctOn: head?.on && this.row(head.on[0]!) }),
      items: head ? this.items(head.items[0]!) : [{ kind: 'star', span, exclude: [], replace: [] }],
      from: this.fromFirst(parts.fromFirst),
      ...given({
        where: c.where && this.expr(c.where[0]!),
        having: c.having && this.expr(c.having[0]!),
      }),
      ...(c.groupBy && this.groupBy(c.groupBy[0]!)),
      windows: (c.namedWindow ?? []).map(({ children: { Ident, windowSpec } }) => ({
        name: this.name(Ident[0]!),
        spec: this.windowSpec(windowSpec[0]!),
      })),
      ...given({ qualify: c.qualify && this.expr(c.qualify[0]!) }),
    };
  }

  private groupBy(node: cst.GroupByCstNode): Pick<Select, 'groupBy' | 'groupingSets'> {
    const { ALL, groupTerm } = node.children;
    if (ALL) return { groupBy: 'all' };
    const sets = new GroupingSets();
    const terms = groupTerm!.map((term) => this.groupTerm(term, sets));
    const all = this.allSets(node, terms);
    if (!sets.used) return { groupBy: sets.keys };
    const named = sets.numbered(all);
    return { groupBy: named.keys, groupingSets: named.sets };
  }

  /** All terms of a GROUP BY together. */
  protected allSets(node: CstNode, terms: readonly (readonly GroupingSet[])[]): readonly GroupingSet[] {
    const all = product(terms);
    if (all.length > most) this.refuse(`${all.length} grouping sets`, this.spanOf(node), `at most ${most}`);
    return all;
  }

  protected groupTerm(node: cst.GroupTermCstNode | cst.PipeKeyCstNode, sets: GroupingSets): GroupingSet[] {
    const { groupingSets, expr } = node.children;
    if (groupingSets) return this.groupingSets(groupingSets[0]!, sets);
    const named = 'alias' in node.children ? node.children.alias?.[0] : undefined;
    return sets.of(this.exprItem(node, expr![0]!, named));
  }

  private groupingSets({ children }: cst.GroupingSetsCstNode, sets: GroupingSets): GroupingSet[] {
    sets.used = true;
    return children.groupSet.flatMap(({ children: { groupTerm } }) =>
      groupTerm ? this.groupTerm(groupTerm[0]!, sets) : [[]],
    );
  }

  protected items(node: cst.ItemsCstNode): Item[] {
    return node.children.item.map((item) => this.item(item));
  }

  protected exprItem(node: CstNode, expr: cst.ExprCstNode, named: cst.AliasCstNode | undefined): ExprItem {
    const { Ident, Text } = named?.children ?? {};
    const alias = Ident ? this.name(Ident[0]!) : Text && this.nameInText(Text[0]!);
    return { kind: 'item', span: this.spanOf(node), expr: this.expr(expr), ...given({ alias }) };
  }

  private item(node: cst.ItemCstNode): Item {
    const { expr, alias: named, table, nameList, items } = node.children;
    const span = this.spanOf(node);
    if (expr) return this.exprItem(node, expr[0]!, named?.[0]);
    const name: Name | undefined = table && this.name(table[0]!);
    const replace = (items ? this.items(items[0]!) : []).map((item): ExprItem => {
      if (item.kind === 'item' && item.alias !== undefined) return item;
      return this.refuse('REPLACE needs expressions with names', item.span, 'write expression AS column');
    });
    return {
      kind: 'star',
      span,
      ...given({ table: name }),
      exclude: nameList ? this.names(nameList[0]!) : [],
      replace,
    };
  }

  /** `LIMIT a, b` is SQLite's short form of LIMIT b OFFSET a. */
  protected limit(node: cst.LimitCstNode): Limit {
    const { first, separator, second } = node.children;
    const comma = separator?.[0]!.image === ',';
    const [count, offset] = comma ? [second, first] : [first, second];
    return {
      span: this.spanOf(node),
      ...given({ count: count && this.expr(count[0]!), offset: offset && this.expr(offset[0]!) }),
    };
  }

  private emit(node: cst.EmitCstNode): Emit {
    const { mode, interval, timeout } = node.children;
    const first = word(mode!);
    return {
      span: this.spanOf(node),
      mode: first === 'on' ? 'on window close' : (first as Emit['mode']),
      ...given({ interval: interval && this.unary(interval[0]!), timeout: timeout && this.unary(timeout[0]!) }),
    };
  }
}
