import type * as cst from '../../../grammar/cst.d.ts';
import type { Span } from '../../base/span.ts';
import type { ColumnList, QName, SourceColumn, Statement, Watermark } from '../ast.ts';
import { given } from './names.ts';
import { Pipes } from './pipe.ts';
import { word } from './primary.ts';

/** What all CREATE statements have. */
interface Created {
  readonly span: Span;
  readonly orReplace: boolean;
  readonly name: QName;
  readonly ifNotExists: boolean;
}

/** CREATE. */
export abstract class Creates extends Pipes {
  protected create(node: cst.CreateCstNode): Statement {
    const c = node.children;
    const head = ([newName]: readonly cst.NewNameCstNode[]): Created => ({
      span: this.spanOf(node),
      orReplace: c.REPLACE !== undefined,
      name: this.qname(newName!.children.qname[0]!),
      ifNotExists: newName!.children.EXISTS !== undefined,
    });
    if (c.createSource) {
      const { newName, columns, optList } = c.createSource[0]!.children;
      const options = this.opts(optList[0]!);
      return { kind: 'create source', ...head(newName), ...given({ columns: this.columns(columns?.[0]) }), options };
    }
    if (c.createSink) {
      const { newName, columns, optList, query } = c.createSink[0]!.children;
      const options = this.opts(optList[0]!);
      const rest = given({ columns: this.columns(columns?.[0]), query: query && this.query(query[0]!) });
      return { kind: 'create sink', ...head(newName), options, ...rest };
    }
    if (c.createStream) {
      const { newName, query } = c.createStream[0]!.children;
      return { kind: 'create stream', ...head(newName), query: this.query(query[0]!) };
    }
    if (c.createView) {
      const { newName, nameList, query } = c.createView[0]!.children;
      const columns = given({ columns: nameList && this.names(nameList[0]!) });
      return { kind: 'create view', ...head(newName), ...columns, query: this.query(query[0]!) };
    }
    if (c.createCommand) {
      const { newName, typedColumns, shellSpec } = c.createCommand[0]!.children;
      const columns = given({ columns: typedColumns && this.typedColumns(typedColumns[0]!) });
      return { kind: 'create command', ...head(newName), ...columns, shell: this.shellSpec(shellSpec[0]!) };
    }
    if (c.createFunction) {
      const { newName, typedColumns, typeName, shellSpec, expr } = c.createFunction[0]!.children;
      return {
        kind: 'create function',
        ...head(newName),
        parameters: this.typedColumns(typedColumns[0]!),
        returns: this.typeName(typeName[0]!),
        body: shellSpec ? { shell: this.shellSpec(shellSpec[0]!) } : { expr: this.expr(expr![0]!) },
      };
    }
    const { newName, query } = c.createTable![0]!.children;
    const temporary = c.temporary !== undefined;
    return { kind: 'create table', ...head(newName), temporary, query: this.query(query[0]!) };
  }

  private columns(node: cst.ColumnsCstNode | undefined): ColumnList | undefined {
    if (node === undefined) return undefined;
    const items = node.children.columnItem.map((item) => item.children);
    const watermarks = items.flatMap((item) => item.watermark ?? []);
    const keys = items.flatMap((item) => item.primaryKey ?? []);
    if (watermarks.length > 1)
      this.refuse('a source has one watermark', this.spanOf(watermarks[1]!), 'this is the second');
    if (keys.length > 1) this.refuse('a source has one primary key', this.spanOf(keys[1]!), 'this is the second');
    return {
      columns: items.flatMap((item) => item.column ?? []).map((column) => this.column(column)),
      ...given({
        watermark: watermarks[0] && this.watermark(watermarks[0]),
        primaryKey: keys[0] && this.names(keys[0].children.nameList[0]!),
      }),
    };
  }

  private watermark(node: cst.WatermarkCstNode): Watermark {
    const { qname, expr, late, sink } = node.children;
    return {
      span: this.spanOf(node),
      column: this.qname(qname[0]!),
      ...given({ as: expr && this.expr(expr[0]!), late: late && this.late(word(late), sink?.[0]) }),
    };
  }

  private late(action: string, sink: cst.QnameCstNode | undefined): Watermark['late'] {
    return sink ? { action: 'into', sink: this.qname(sink) } : { action: action as 'drop' | 'keep' };
  }

  private column(node: cst.ColumnCstNode): SourceColumn {
    const { Ident, typeName, columnRule = [] } = node.children;
    const rules = columnRule.map((rule) => rule.children);
    const fallback = rules.find((rule) => rule.DEFAULT)?.unary;
    const metadata = rules.find((rule) => rule.METADATA);
    const computed = rules.find((rule) => rule.sum)?.sum;
    return {
      span: this.spanOf(node),
      name: this.name(Ident[0]!),
      ...given({ type: typeName && this.typeName(typeName[0]!) }),
      notNull: rules.some((rule) => rule.NOT),
      primaryKey: rules.some((rule) => rule.PRIMARY),
      ...given({
        default: fallback && this.unary(fallback[0]!),
        metadata: metadata && (metadata.text ? this.text(metadata.text[0]!) : (true as const)),
        as: computed && this.sum(computed[0]!),
      }),
    };
  }
}
