import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A place in the source that reports a fault of a query text, and what its message looks like. */
export interface ErrorSite {
  readonly place: string;
  readonly code: string;
  /** Of the whole message; parts that differ from query to query match anything. */
  readonly message: RegExp;
}

/** All calls of `fault`, `unknown`, `later` and `at.refuse` in the files of a folder. */
export function errorSites(folder: string): readonly ErrorSite[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => sitesOf(name, readFileSync(join(folder, name), 'utf8')));
}

function sitesOf(fileName: string, text: string): readonly ErrorSite[] {
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const found: ErrorSite[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const { expression: callee } = node;
      const name = ts.isIdentifier(callee)
        ? callee.text
        : ts.isPropertyAccessExpression(callee)
          ? callee.name.text
          : '';
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      const shape = shapeOf(name, node.arguments);
      if (shape !== undefined)
        found.push({
          place: `${fileName}:${line + 1}`,
          code: shape.code,
          message: new RegExp(`^${shape.message}$`, 's'),
        });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function shapeOf(
  callee: string,
  args: readonly ts.Expression[],
): { readonly code: string; readonly message: string } | undefined {
  const [first, second, third, fourth] = args;
  if (callee === 'later') return second && { code: 'E0204', message: `${pattern(second)} in a later release` };
  if (first === undefined || !ts.isStringLiteral(first) || third === undefined) return undefined;
  if (callee === 'refuse') return { code: first.text, message: pattern(second!) };
  if (callee === 'fault') return { code: first.text, message: pattern(third) };
  if (callee !== 'unknown' || fourth === undefined) return undefined;
  return { code: first.text, message: `${pattern(third)} \`.*\` does not exist` };
}

const ANY = '.*';

/** What the value of an expression looks like. */
function pattern(e: ts.Expression): string {
  if (ts.isStringLiteral(e) || ts.isNoSubstitutionTemplateLiteral(e)) return escaped(e.text);
  if (ts.isTemplateExpression(e))
    return e.templateSpans.reduce(
      (text, span) => text + pattern(span.expression) + escaped(span.literal.text),
      escaped(e.head.text),
    );
  if (ts.isConditionalExpression(e)) return `(?:${pattern(e.whenTrue)}|${pattern(e.whenFalse)})`;
  if (ts.isParenthesizedExpression(e)) return pattern(e.expression);
  if (ts.isBinaryExpression(e) && e.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return pattern(e.left) + pattern(e.right);
  return ANY;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
