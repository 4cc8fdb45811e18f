import type * as cst from '../../../grammar/cst.d.ts';
import type {
  Attach,
  Copy,
  Describe,
  Explain,
  Insert,
  InsertFirst,
  JobStatement,
  OnConflict,
  Script,
  SetStatement,
  Statement,
  Target,
} from '../ast.ts';
import { Creates } from './create.ts';
import { given, wordsOf } from './names.ts';
import { word } from './primary.ts';
import { decodeText } from './text.ts';

/** Statements, and scripts of them. */
export class Builder extends Creates {
  script(node: cst.ScriptCstNode): Script {
    const span = { source: this.source, start: 0, end: this.source.text.length };
    return { kind: 'script', span, statements: (node.children.statement ?? []).map((s) => this.statement(s)) };
  }

  private described({ children: { qname, Text, query } }: cst.DescribeCstNode): Describe['table'] {
    if (Text) return { kind: 'file', span: this.spanOfToken(Text[0]!), path: decodeText(Text[0]!) };
    if (query) return { kind: 'table query', span: this.spanOf(query[0]!), query: this.query(query[0]!) };
    return { kind: 'table', span: this.spanOf(qname![0]!), name: this.qname(qname![0]!) };
  }

  private statement(node: cst.StatementCstNode): Statement {
    const c = node.children;
    const span = this.spanOf(node);
    if (c.query) return { kind: 'query', span, query: this.query(c.query[0]!) };
    if (c.create) return this.create(c.create[0]!);
    if (c.insert) return this.insert(c.insert[0]!);
    if (c.insertFirst) return this.insertFirst(c.insertFirst[0]!);
    if (c.explain) return this.explain(c.explain[0]!);
    if (c.setSetting) return this.setSetting(c.setSetting[0]!);
    if (c.attach) return this.attach(c.attach[0]!);
    if (c.copy) return this.copy(c.copy[0]!);
    if (c.drop) {
      const { what, EXISTS, qname } = c.drop[0]!.children;
      const name = this.qname(qname[0]!);
      return { kind: 'drop', span, what: word(what!) as 'source', ifExists: EXISTS !== undefined, name };
    }
    if (c.detach) return { kind: 'detach', span, name: this.name(c.detach[0]!.children.Ident[0]!) };
    if (c.resetSetting) {
      const { qname } = c.resetSetting[0]!.children;
      return { kind: 'reset', span, ...given({ name: qname && this.qname(qname[0]!) }) };
    }
    if (c.show) return { kind: 'show', span, what: c.show[0]!.children.what![0]!.image.toUpperCase() };
    if (c.describe) return { kind: 'describe', span, table: this.described(c.describe[0]!) };
    if (c.job) return this.job(c.job[0]!);
    if (c.statementSet) {
      // One job in the order written; the tree keeps the two kinds of INSERT apart.
      const { insert = [], insertFirst = [] } = c.statementSet[0]!.children;
      const inserts = [...insert.map((i) => this.insert(i)), ...insertFirst.map((i) => this.insertFirst(i))];
      return { kind: 'statement set', span, inserts: inserts.sort((a, b) => a.span.start - b.span.start) };
    }
    const sql = c.SqliteText![0]!.image;
    return { kind: 'passthrough', span, verb: /^\w+/.exec(sql)![0].toUpperCase(), sql };
  }

  private insert(node: cst.InsertCstNode): Insert {
    const { or, target, query, onConflict, with: ctes } = node.children;
    const rows = this.query(query[0]!);
    return {
      kind: 'insert',
      span: this.spanOf(node),
      ...given({ or: or && (word(or) as Exclude<Insert['or'], undefined>) }),
      target: this.target(target[0]!),
      query: ctes === undefined ? rows : this.withCtes(ctes[0]!, rows),
      ...given({ onConflict: onConflict && this.onConflict(onConflict[0]!) }),
    };
  }

  private insertFirst(node: cst.InsertFirstCstNode): InsertFirst {
    const { kind, branch, target, query } = node.children;
    return {
      kind: 'insert first',
      span: this.spanOf(node),
      all: word(kind!) === 'all',
      branches: branch.map(({ children: { expr, target: targets } }) => ({
        when: this.expr(expr[0]!),
        targets: targets.map((t) => this.target(t)),
      })),
      ...given({ otherwise: target && this.target(target[0]!) }),
      query: this.query(query[0]!),
    };
  }

  protected target(node: cst.TargetCstNode): Target {
    const { shellSpec, qname, nameList } = node.children;
    const span = this.spanOf(node);
    if (shellSpec) return { kind: 'shell target', span, shell: this.shellSpec(shellSpec[0]!) };
    const columns = given({ columns: nameList && this.names(nameList[0]!) });
    return { kind: 'relation', span, name: this.qname(qname![0]!), ...columns };
  }

  protected onConflict(node: cst.OnConflictCstNode): OnConflict {
    const { nameList, assignment, expr } = node.children;
    return {
      span: this.spanOf(node),
      ...given({
        columns: nameList && this.names(nameList[0]!),
        set: assignment && this.assignments(assignment),
        where: expr && this.expr(expr[0]!),
      }),
    };
  }

  private attach(node: cst.AttachCstNode): Attach {
    const { EXISTS, expr, Ident, flags } = node.children;
    return {
      kind: 'attach',
      span: this.spanOf(node),
      ifNotExists: EXISTS !== undefined,
      file: this.expr(expr[0]!),
      name: this.name(Ident[0]!),
      options: this.flags(flags?.[0]),
    };
  }

  private flags(node: cst.FlagsCstNode | undefined): Attach['options'] {
    return (node?.children.flag ?? []).map((flag) => {
      const { Word, expr } = flag.children;
      return { span: this.spanOf(flag), name: wordsOf(Word), ...given({ value: expr && this.expr(expr[0]!) }) };
    });
  }

  private copy(node: cst.CopyCstNode): Copy {
    const { query, qname, PROGRAM, text, flags } = node.children;
    return {
      kind: 'copy',
      span: this.spanOf(node),
      from: query ? this.query(query[0]!) : this.qname(qname![0]!),
      to: { span: this.spanOf(text[0]!), program: PROGRAM !== undefined, text: this.text(text[0]!) },
      options: this.flags(flags?.[0]),
    };
  }

  private explain(node: cst.ExplainCstNode): Explain {
    const { word: words = [], insert, insertFirst, copy, create, query } = node.children;
    const statement: Statement = insert
      ? this.insert(insert[0]!)
      : insertFirst
        ? this.insertFirst(insertFirst[0]!)
        : copy
          ? this.copy(copy[0]!)
          : create
            ? this.create(create[0]!)
            : { kind: 'query', span: this.spanOf(query![0]!), query: this.query(query![0]!) };
    return { kind: 'explain', span: this.spanOf(node), words: words.map((w) => w.image.toUpperCase()), statement };
  }

  private setSetting(node: cst.SetSettingCstNode): SetStatement {
    const { VARIABLE, qname, expr, ON } = node.children;
    const on = ON?.[0];
    return {
      kind: 'set',
      span: this.spanOf(node),
      variable: VARIABLE !== undefined,
      name: this.qname(qname[0]!),
      value: on
        ? { kind: 'column', span: this.spanOfToken(on), name: { span: this.spanOfToken(on), parts: [this.name(on)] } }
        : this.expr(expr![0]!),
    };
  }

  private job(node: cst.JobCstNode): JobStatement {
    const { action, name, DRAIN } = node.children;
    const job = this.name(name![0]!).text;
    return {
      kind: 'job',
      span: this.spanOf(node),
      action: word(action!) as JobStatement['action'],
      job,
      drain: DRAIN !== undefined,
    };
  }
}
