import type * as cst from '../../../grammar/cst.d.ts';
import type { Span } from '../../base/span.ts';
import type { Arg, Expr, JoinSpec, Name, QName, TableRef } from '../ast.ts';
import { given } from './names.ts';
import { word } from './primary.ts';
import { opened, productOf } from './product.ts';
import { Queries } from './query.ts';
import { decodeText } from './text.ts';

/** What stands in FROM. */
export abstract class Tables extends Queries {
  protected tableRef(node: cst.TableRefCstNode): TableRef {
    const { tablePrimary, join = [] } = node.children;
    const { start } = this.spanOf(node);
    return join.reduce<TableRef>((left, j) => {
      const span = { ...this.spanOf(j), start };
      return { kind: 'join', span, left, ...this.join(j) };
    }, this.tablePrimary(tablePrimary[0]!));
  }

  protected join(node: cst.JoinCstNode): { right: TableRef; join: JoinSpec } {
    const { joinType, tablePrimary, within, on, nameList } = node.children;
    const { NATURAL, ASOF, type, outer } = joinType[0]!.children;
    const kind = outer !== undefined && word(outer) !== 'outer' ? word(outer) : type ? word(type) : 'inner';
    // LEFT SEMI and LEFT ANTI are SEMI and ANTI; there is no other side to keep.
    if (outer !== undefined && word(outer) !== 'outer' && word(type!) !== 'left')
      this.refuse(
        `${word(type!).toUpperCase()} cannot stand before ${word(outer).toUpperCase()}`,
        this.spanOf(joinType[0]!),
        'only LEFT can',
      );
    return {
      right: opened(this.tablePrimary(tablePrimary[0]!)),
      join: {
        span: this.spanOf(node),
        type: kind === 'positional' ? 'inner' : (kind as JoinSpec['type']),
        natural: NATURAL !== undefined,
        asof: ASOF !== undefined,
        ...(kind === 'positional' && { positional: true }),
        ...given({
          within: within && this.expr(within[0]!),
          on: on && this.expr(on[0]!),
          using: nameList && this.names(nameList[0]!),
        }),
      },
    };
  }

  private tablePrimary(node: cst.TablePrimaryCstNode): TableRef {
    const { tableRef, Ident, nameList } = node.children;
    const names: { alias?: Name; columnAliases?: readonly Name[] } = given({
      alias: Ident && this.name(Ident[0]!),
      columnAliases: nameList && this.names(nameList[0]!),
    });
    const span = this.spanOf(node);
    // Parentheses around a table or a join say nothing by themselves, but may give it a name.
    if (tableRef) {
      const [first, ...rest] = tableRef.map((ref) => this.tableRef(ref));
      const inner = rest.reduce(productOf, opened(first!));
      const nested = inner.kind === 'join' && names.alias === undefined && { nested: true as const };
      return { ...inner, ...nested, ...names, span };
    }
    return { ...this.unnamed(node.children, span), ...names };
  }

  private unnamed(c: cst.TablePrimaryCstChildren, span: Span): TableRef {
    if (c.query) {
      const lateral = c.LATERAL !== undefined && { lateral: true as const };
      return { kind: 'table query', span, query: this.query(c.query[0]!), ...lateral };
    }
    if (c.shellSpec) return { kind: 'table shell', span, shell: this.shellSpec(c.shellSpec[0]!) };
    if (c.stream) {
      const { qname, arg = [] } = c.stream[0]!.children;
      return { kind: 'table stream', span, name: this.qname(qname![0]!), args: arg.map((a) => this.arg(a)) };
    }
    if (c.Text) return { kind: 'file', span, path: decodeText(c.Text[0]!) };
    if (c.tableFunction) return { kind: 'table function', span, ...this.tableFunction(c.tableFunction[0]!) };
    const { qname, expr } = c.tableName![0]!.children;
    return { kind: 'table', span, name: this.qname(qname[0]!), ...given({ asOf: expr && this.expr(expr[0]!) }) };
  }

  protected tableFunction(node: cst.TableFunctionCstNode): { name: QName; args: Arg[] } {
    const { qname, arg = [] } = node.children;
    return { name: this.qname(qname[0]!), args: arg.map((a) => this.arg(a)) };
  }

  protected arg(node: cst.ArgCstNode): Arg {
    const { namedArg, argValue } = node.children;
    return namedArg ? this.namedArg(namedArg[0]!) : { span: this.spanOf(node), ...this.argValue(argValue![0]!) };
  }

  protected namedArg(node: cst.NamedArgCstNode): Arg {
    const { ArgName, argValue } = node.children;
    return { span: this.spanOf(node), name: this.name(ArgName[0]!), ...this.argValue(argValue[0]!) };
  }

  private argValue(node: cst.ArgValueCstNode): Pick<Arg, 'value' | 'partitionBy'> {
    const { TABLE, qname, query, nameList, expr, partitionBy } = node.children;
    const value: Arg['value'] = TABLE
      ? { kind: 'table', table: qname ? this.qname(qname[0]!) : this.query(query![0]!) }
      : nameList
        ? { kind: 'descriptor', names: this.names(nameList[0]!) }
        : { kind: 'expr', expr: this.expr(expr![0]!) };
    return { value, ...given({ partitionBy: this.partitionBy(partitionBy?.[0]) }) };
  }

  protected partitionBy(node: cst.PartitionByCstNode | undefined): Expr[] | undefined {
    if (node === undefined) return undefined;
    const { row, expr } = node.children;
    return row ? this.row(row[0]!) : [this.expr(expr![0]!)];
  }
}
