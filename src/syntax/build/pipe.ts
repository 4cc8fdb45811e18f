import type * as cst from '../../../grammar/cst.d.ts';
import type { Span } from '../../base/span.ts';
import type { Expr, ExprItem, Name, OnConflict, PipeOp, SubPipe, Target } from '../ast.ts';
import { GroupingSets } from './grouping-sets.ts';
import { given } from './names.ts';
import { word } from './primary.ts';
import { Tables } from './table.ts';

type PipeNode = Exclude<cst.PipeOpCstChildren[keyof cst.PipeOpCstChildren], undefined>[number];
type Builders = { readonly [N in PipeNode as N['name']]: (node: N, span: Span) => PipeOp };

/** What stands behind `|>`. */
export abstract class Pipes extends Tables {
  protected abstract target(node: cst.TargetCstNode): Target;
  protected abstract onConflict(node: cst.OnConflictCstNode): OnConflict;

  protected pipeOp(node: cst.PipeOpCstNode): PipeOp {
    const [op] = Object.values<PipeNode[]>(node.children).flat();
    const build = this.#builders[op!.name] as (node: PipeNode, span: Span) => PipeOp;
    return build(op!, this.spanOf(node));
  }

  protected assignments(nodes: readonly cst.AssignmentCstNode[]): { column: Name; value: Expr }[] {
    return nodes.map(({ children: { Ident, expr } }) => ({
      column: this.name(Ident[0]!),
      value: this.expr(expr[0]!),
    }));
  }

  private subpipe(node: cst.SubpipeCstNode): SubPipe {
    return { span: this.spanOf(node), pipes: (node.children.pipeOp ?? []).map((op) => this.pipeOp(op)) };
  }

  private pipeKeys(
    node: cst.PipeAggregateCstNode,
  ): Pick<Extract<PipeOp, { kind: 'pipe aggregate' }>, 'groupBy' | 'groupingSets' | 'order'> {
    const { pipeKey = [], AND } = node.children;
    const sets = new GroupingSets();
    const terms = pipeKey.map((key) => this.groupTerm(key, sets));
    this.allSets(node, terms);
    const order = pipeKey.flatMap((key, i) => {
      const { direction } = key.children;
      if (AND === undefined && direction === undefined) return [];
      if (sets.used)
        return this.refuse('keys of several sets with an order', this.spanOf(key), 'sort behind it: |> ORDER BY ..');
      const descending = direction !== undefined && word(direction) === 'desc';
      return terms[i]!.flat().map((at) => ({ key: at, descending }));
    });
    const groupBy = sets.keys.map((expr): ExprItem => {
      return sets.named.find((item) => item.expr === expr) ?? { kind: 'item', span: expr.span, expr };
    });
    return { groupBy, ...(sets.used && { groupingSets: terms }), order };
  }

  readonly #builders: Builders = {
    pipeSelect: ({ children: { DISTINCT, items } }, span) => ({
      kind: 'pipe select',
      span,
      distinct: DISTINCT !== undefined,
      items: this.items(items[0]!),
    }),
    pipeExtend: ({ children: { items } }, span) => ({ kind: 'pipe extend', span, items: this.items(items[0]!) }),
    pipeSet: ({ children: { assignment } }, span) => ({
      kind: 'pipe set',
      span,
      set: this.assignments(assignment),
    }),
    pipeDrop: ({ children: { Ident } }, span) => ({
      kind: 'pipe drop',
      span,
      columns: Ident.map((token) => this.name(token)),
    }),
    pipeRename: ({ children: { renaming } }, span) => ({
      kind: 'pipe rename',
      span,
      renames: renaming.map(({ children: { from, to } }) => ({ from: this.name(from[0]!), to: this.name(to[0]!) })),
    }),
    pipeAs: ({ children: { Ident } }, span) => ({ kind: 'pipe as', span, alias: this.name(Ident[0]!) }),
    pipeWhere: ({ children: { expr } }, span) => ({ kind: 'pipe where', span, predicate: this.expr(expr[0]!) }),
    pipeQualify: ({ children: { expr } }, span) => ({ kind: 'pipe qualify', span, predicate: this.expr(expr[0]!) }),
    pipeAggregate: (node, span) => ({
      kind: 'pipe aggregate',
      span,
      items: node.children.items ? this.items(node.children.items[0]!) : [],
      ...this.pipeKeys(node),
    }),
    pipeDistinct: (_, span) => ({ kind: 'pipe distinct', span }),
    join: (node, span) => ({ kind: 'pipe join', span, ...this.join(node) }),
    orderBy: (node, span) => ({ kind: 'pipe order', span, orderBy: this.orderBy(node) }),
    limit: (node, span) => ({ kind: 'pipe limit', span, limit: this.limit(node) }),
    pipeSetOperation: ({ children: { setOperator, query } }, span) => ({
      kind: 'pipe set operation',
      span,
      ...this.setOperator(setOperator[0]!),
      queries: query.map((q) => this.query(q)),
    }),
    pipeCall: ({ children: { tableFunction, Ident } }, span) => ({
      kind: 'pipe call',
      span,
      ...this.tableFunction(tableFunction[0]!),
      ...given({ alias: Ident && this.name(Ident[0]!) }),
    }),
    pipeShell: ({ children: { shellSpec } }, span) => ({
      kind: 'pipe shell',
      span,
      shell: this.shellSpec(shellSpec![0]!),
    }),
    pipeAssert: ({ children: { exprList } }, span) => ({ kind: 'pipe assert', span, exprs: this.exprs(exprList[0]) }),
    pipeFork: ({ children: { subpipe } }, span) => ({
      kind: 'pipe fork',
      span,
      branches: subpipe.map((s) => this.subpipe(s)),
    }),
    pipeTee: ({ children: { subpipe = [] } }, span) => ({
      kind: 'pipe tee',
      span,
      branches: subpipe.map((s) => this.subpipe(s)),
    }),
    pipeSplit: ({ children: { kind, expr, subpipe, otherwise } }, span) => ({
      kind: 'pipe split',
      span,
      all: kind !== undefined && word(kind) === 'all',
      branches: expr.map((when, i) => ({ when: this.expr(when), pipe: this.subpipe(subpipe[i]!) })),
      ...given({ otherwise: otherwise && this.subpipe(otherwise[0]!) }),
    }),
    pipeInsert: ({ children: { target, onConflict } }, span) => ({
      kind: 'pipe insert',
      span,
      target: this.target(target[0]!),
      ...given({ onConflict: onConflict && this.onConflict(onConflict[0]!) }),
    }),
    pipeCreate: ({ children: { qname } }, span) => ({ kind: 'pipe create stream', span, name: this.qname(qname[0]!) }),
  };
}
