import type { Span } from '../base/span.ts';
import { closeContract } from '../contract/closure.ts';
import type { Axis, Contract, Hints, Needs } from '../contract/contract.ts';
import { profiles } from '../contract/profiles.ts';
import type * as ast from '../syntax/ast.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { fault } from './fault.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Clauses = readonly ast.ShellClause[];

const declared = <T>(value: T): Axis<T> => ({ value, by: 'declared' });
const textOf = (names: readonly ast.Name[]): readonly string[] => names.map((n) => n.text);

/** What the clauses promise: those of the profile (AS ..) first, each overridden by a clause of its own. */
export function declaredContract(query: QueryContext, clauses: Clauses): Contract {
  const contract: Mutable<Contract> = {};
  for (const c of clauses) if (c.clause === 'as') Object.assign(contract, profiles[c.profile]);
  for (const c of clauses) promise(query, contract, c);
  return contract;
}

function promise(query: QueryContext, contract: Mutable<Contract>, c: ast.ShellClause): void {
  switch (c.clause) {
    case 'scope':
      contract.scope = declared(c.unit === 'key' ? { unit: 'key', columns: textOf(c.columns) } : { unit: c.unit });
      break;
    case 'emits':
      contract.emits = declared(c.emits);
      break;
    case 'filters':
      contract.filters = declared(true);
      break;
    case 'keeps order':
      contract.keepsOrder = declared(true);
      break;
    case 'order free':
      contract.orderFree = declared(true);
      break;
    case 'sorted by':
      contract.sortedBy = declared(textOf(c.columns));
      break;
    case 'needs sorted by':
      contract.needsSortedBy = declared(textOf(c.columns));
      break;
    case 'determinism':
      contract.determinism = declared(c.value);
      break;
    case 'effects':
      contract.effects = declared(c.value);
      break;
    case 'combine':
      contract.combine = declared({
        with: c.with,
        ...(c.partial !== undefined && { partial: c.partial }),
        ...(c.finish !== undefined && { finish: c.finish }),
      });
      break;
    case 'idempotent':
      contract.idempotent = declared(true);
      break;
    case 'commutes':
      contract.commutesWith = declared(textOf(c.names));
      break;
    case 'total':
      contract.total = declared(true);
      break;
    case 'exit ok':
      contract.exitOk = declared(c.codes);
      break;
    case 'online':
      contract.online = declared(true);
      break;
    case 'flushes record':
      contract.flushes = declared(true);
      break;
    case 'marker':
      contract.marker = declared({ send: c.send, reply: c.reply ?? c.send });
      break;
    case 'nulls':
      contract.nulls = declared(c.policy === 'as' ? { policy: 'as', text: c.text ?? '' } : { policy: c.policy });
      break;
    case 'encoding':
      contract.encoding = declared(encodingOf(c));
      break;
    case 'time':
      contract.time = declared(c.value === 'from' ? { from: c.column!.text } : c.value);
      break;
    case 'needs':
    case 'needs cwd':
    case 'needs exclusive':
      contract.needs = declared({ ...contract.needs?.value, ...needOf(query, c) });
      break;
    case 'hint':
      contract.hints = declared<Hints>({ ...contract.hints?.value, [c.hint]: c.value });
      break;
    default:
      break;
  }
}

function encodingOf({ name, span }: Extract<ast.ShellClause, { clause: 'encoding' }>): 'bytes' | 'utf8' | 'text' {
  const found = name.toLowerCase().replace('-', '');
  if (found === 'bytes' || found === 'utf8' || found === 'text') return found;
  return fault('E0203', span, `unknown encoding \`${name}\``, { label: 'expected bytes, utf8 or text' });
}

function needOf(
  query: QueryContext,
  c: Extract<ast.ShellClause, { clause: 'needs' | 'needs cwd' | 'needs exclusive' }>,
): Needs {
  if (c.clause === 'needs cwd') return { cwd: c.path };
  if (c.clause === 'needs exclusive') return { exclusive: true };
  const values = c.values.map((e) => String(constantValue(query, e, 'NEEDS')));
  return c.what === 'host' ? { hosts: values } : { [c.what]: values };
}

/** The clause that an axis was declared by, for carets. */
const clauseOf: Readonly<Record<keyof Contract, readonly ast.ShellClause['clause'][]>> = {
  scope: ['scope'],
  emits: ['emits'],
  filters: ['filters'],
  keepsOrder: ['keeps order'],
  orderFree: ['order free'],
  sortedBy: ['sorted by'],
  needsSortedBy: ['needs sorted by'],
  determinism: ['determinism'],
  effects: ['effects'],
  combine: ['combine'],
  idempotent: ['idempotent'],
  commutesWith: ['commutes'],
  total: ['total'],
  exitOk: ['exit ok'],
  online: ['online'],
  flushes: ['flushes record'],
  marker: ['marker'],
  nulls: ['nulls'],
  encoding: ['encoding'],
  time: ['time'],
  needs: ['needs', 'needs cwd', 'needs exclusive'],
  hints: ['hint'],
};

/** Adds what the promises imply. Promises that contradict each other are refused. */
export function closedContract(
  contract: Contract,
  clauses: Clauses,
  facts: Parameters<typeof closeContract>[1],
  span: Span,
): Contract {
  const { contract: closed, contradictions } = closeContract(contract, facts);
  const [first] = contradictions;
  if (first === undefined) return closed;
  const words = first.axes.flatMap((axis) => [...clauseOf[axis], 'as' as const]);
  const at = [...clauses].reverse().find((c) => words.includes(c.clause))?.span ?? span;
  return fault('E0401', at, first.message, { label: 'declared here' });
}
