import { basename, extname } from 'node:path';
import { connectors } from '../connect/catalog.ts';
import { inlineFunctions } from '../connect/inline.ts';
import type { Connector } from '../connect/connector.ts';
import { rowFunctions } from '../expr/functions/json-rows.ts';
import type * as ast from '../syntax/ast.ts';
import type { ConnectorOptions } from './catalog.ts';
import type { QueryContext } from './context.ts';
import { fault, textOf, unknown } from './fault.ts';
import { dotted, fold } from './names.ts';
import { bindOptions } from './options.ts';

/** A table made on the spot: which connector gives its rows, with which options. */
export interface TableCall {
  readonly connector: Connector;
  readonly options: ConnectorOptions;
  /** What EXPLAIN and messages call it. */
  readonly label: string;
  /** The name of the table where the query gives it none. */
  readonly table: string;
}

/** `'data/x.csv'`: the name tells the format. */
export function fileCall({ path, span }: ast.TableFile): TableCall {
  return {
    connector: connectors.get('file')!,
    options: { values: { path }, spans: new Map(), span },
    label: path,
    table: basename(path, extname(path)),
  };
}

/** `header = false`, as DuckDB's users write it: options are constants, so it is no comparison with a column. */
function assignment(expr: ast.Expr): { readonly name: string; readonly value: ast.Expr } | undefined {
  if (expr.kind !== 'binary' || expr.op !== '=' || expr.left.kind !== 'column') return undefined;
  const [name, ...others] = expr.left.name.parts;
  return others.length === 0 ? { name: name!.text, value: expr.right } : undefined;
}

/** `read_csv('x.csv', header => false)`: positional arguments first, then options by name. */
export function callOf(query: QueryContext, { name, args, span }: ast.TableFunction): TableCall {
  const written = fold(dotted(name));
  const found = inlineFunctions.get(written);
  if (found === undefined) {
    const known = [...inlineFunctions.keys(), ...rowFunctions.keys()];
    return unknown('E0303', name.span, 'table function', dotted(name), known, `known: ${known.join(', ')}`);
  }
  const connector = connectors.get(found.connector)!;
  const options = args.map((arg, i): ast.Option => {
    const { value } = arg;
    if (value.kind !== 'expr')
      return fault('E0201', arg.span, `${written} takes no table`, { label: 'expected a constant' });
    const assigned = arg.name === undefined ? assignment(value.expr) : undefined;
    const option = arg.name?.text ?? assigned?.name ?? found.positional[i];
    if (option === undefined) {
      return fault('E0201', arg.span, `${written} takes ${found.positional.length} arguments by position`, {
        label: 'write further ones as name => value',
      });
    }
    return { span: arg.span, name: option, value: assigned?.value ?? value.expr };
  });
  const bound = bindOptions(query, connector, options, span);
  return {
    connector,
    options: { ...bound, values: { ...found.defaultOptions, ...bound.values } },
    label: textOf(span),
    table: written,
  };
}
