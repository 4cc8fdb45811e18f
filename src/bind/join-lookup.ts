import { readTable } from '../connect/sqlite/catalogue.ts';
import { openDatabase } from '../connect/sqlite/driver.ts';
import { placeOf } from '../connect/sqlite/place.ts';
import type { Affinity } from '../data/types.ts';
import { conjoin, type Expr } from '../expr/expr.ts';
import type { Lookup } from '../plan/joins.ts';
import type { Plan, Scan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { fault, listing, originOf } from './fault.ts';
import { bindJoin } from './join.ts';
import type { MakeJoin } from './join-on.ts';
import { dotted, fold, sameName } from './names.ts';
import { joinPlan } from './plans.ts';
import { renamed, type Relation } from './scope.ts';
import { bindTable, catalogueOf } from './table.ts';
import { without } from './without.ts';

type Ref = ast.TableName & { readonly asOf: ast.Expr };

/** `JOIN db.t FOR SYSTEM_TIME AS OF PROCTIME() ON key = ..`: the rows of t as they are when a row of the left comes. */
export function bindLookup(query: QueryContext, left: Relation, ref: Ref, spec: ast.JoinSpec): Relation {
  if (!isNow(ref.asOf)) {
    fault('E0204', ref.asOf.span, 'a table as of another time than now', {
      label: 'a database keeps no former states of its tables',
      help: [
        'expected FOR SYSTEM_TIME AS OF PROCTIME()',
        'for the state at the time of an event: ASOF JOIN with the changes of the table',
      ],
    });
  }
  if (spec.asof || spec.within !== undefined)
    fault('E0201', spec.span, `${spec.asof ? 'ASOF' : 'WITHIN'} and FOR SYSTEM_TIME AS OF are two things`, {
      label: 'a lookup gives the rows that are there now',
    });
  const table = renamed(bindTable(query, without(ref, 'asOf')), ref.alias, ref.columnAliases);
  const make: MakeJoin = (kind, l, right, conditions, span) => {
    const { plan: scan, columns } = scanBelow(right);
    if (scan === undefined) return refuse(ref);
    if (kind === 'right' || kind === 'full') {
      return fault('E0201', span, `a lookup cannot be a ${kind.toUpperCase()} JOIN`, {
        label: 'rows are only looked up, never read as a whole',
      });
    }
    const join = joinPlan(kind, l, right, conditions);
    const isKey = ({ right: e }: Lookup['equal'][number]) => e.kind === 'column';
    const equal = join.equal.filter(isKey);
    const rest = [...join.equal.filter((pair) => !isKey(pair)).map(comparisonOf), ...(join.on ? [join.on] : [])];
    const lookup: Lookup = {
      op: 'lookup',
      kind,
      schema: join.schema,
      input: l,
      ...placeOf(scan.options),
      label: scan.label,
      columns,
      equal,
      ...(rest.length > 0 && { on: conjoin(rest) }),
      origin: originOf(span),
    };
    checkKeys(query, ref, scan, lookup, spec);
    return lookup;
  };
  return bindJoin(query, left, table, spec, make);
}

const isNow = (e: ast.Expr): boolean => e.kind === 'call' && fold(dotted(e.name)) === 'proctime' && e.args.length === 0;

/** A table of SQLite and the names that its columns have in the plan. */
function scanBelow(plan: Plan): { readonly plan?: Scan; readonly columns: Lookup['columns'] } {
  if (plan.op === 'scan' && plan.connector === 'sqlite' && plan.options['follow'] !== true)
    return { plan, columns: plan.schema.map((field) => ({ column: field.name, field })) };
  if (plan.op !== 'project' || plan.input.op !== 'scan') return { columns: [] };
  const below = scanBelow(plan.input);
  const columns = plan.schema.flatMap((field, i) => {
    const expr = plan.exprs[i]!;
    return expr.kind === 'column' ? [{ column: expr.name, field }] : [];
  });
  return columns.length === plan.schema.length ? { ...below, columns } : { columns: [] };
}

const refuse = (ref: Ref): never =>
  fault('E0201', ref.span, `rows of \`${dotted(ref.name)}\` cannot be looked up`, {
    label: 'FOR SYSTEM_TIME AS OF is for tables of SQLite databases',
    help: [
      'without FOR SYSTEM_TIME its rows are read once, at the start, and joined',
      "or keep them in a database: ATTACH 'ref.db' AS ref, then JOIN ref.table FOR SYSTEM_TIME AS OF PROCTIME() AS ..",
    ],
  });

const comparisonOf = ({ left, right, affinity, collation }: Lookup['equal'][number]): Expr => ({
  kind: 'call',
  fn: '=',
  args: [left, right],
  type: 'BOOLEAN',
  ...(affinity && { affinity }),
  ...(collation && { collation }),
});

/** Some key must be found by an index, and be compared by SQLite as it is compared here. */
function checkKeys(query: QueryContext, ref: Ref, scan: Scan, { equal, columns }: Lookup, spec: ast.JoinSpec): void {
  const span = spec.on?.span ?? spec.span;
  const table = dotted(ref.name);
  const nameOf = (e: Expr) => columns.find((c) => e.kind === 'column' && c.field.name === e.name)!.column;
  const indexed = indexedColumns(query, ref, scan);
  if (!equal.some(({ right }) => indexed.some((name) => sameName(name, nameOf(right))))) {
    fault('E0201', span, `a lookup in ${table} without a key`, {
      label: equal.length === 0 ? 'expected an equality with a column of it' : 'no index begins with such a column',
      help: [
        indexed.length > 0
          ? `columns of ${table} that rows are found by: ${listing([...new Set(indexed)])}`
          : `CREATE INDEX in ${table}: it has none, and every lookup would read all of it`,
        'without FOR SYSTEM_TIME the table is read once, at the start, and no index is needed',
      ],
    });
  }
  const odd = equal.find(({ affinity, right }) => {
    const own = columns.find((c) => right.kind === 'column' && c.field.name === right.name)!.field.affinity;
    return affinity !== undefined && classOf(affinity) !== classOf(own);
  });
  if (odd !== undefined) {
    fault('E0203', span, `column \`${nameOf(odd.right)}\` and its key are of different types`, {
      label: `${odd.right.type} is looked up by ${odd.left.type}`,
      help: [`CAST (.. AS ${odd.right.type === 'ANY' ? 'TEXT' : odd.right.type}) on the other side`],
    });
  }
}

const classOf = (affinity: Affinity | undefined): string | undefined =>
  affinity === 'INTEGER' || affinity === 'REAL' || affinity === 'NUMERIC' ? 'number' : affinity;

function indexedColumns({ catalog, inputs }: QueryContext, ref: Ref, scan: Scan): readonly string[] {
  const { database } = scan.options;
  const { file, table } = placeOf(scan.options);
  const attached = typeof database === 'string' ? catalog.database(database) : undefined;
  if (attached !== undefined) return catalogueOf(inputs, attached.name, ref.span).table(table)?.indexed ?? [];
  // CREATE SOURCE names its file itself.
  const db = openDatabase(file, { readOnly: true });
  try {
    return readTable(db, table)?.indexed ?? [];
  } finally {
    db.close();
  }
}
