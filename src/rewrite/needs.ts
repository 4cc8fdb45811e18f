import { isPerRecord } from '../contract/aligned.ts';
import { columnsOf } from '../expr/expr.ts';
import { isVolatile, mayFail } from '../expr/may-fail.ts';
import { shellName } from '../plan/ops.ts';
import type { Filter, Limit, Plan, Shell } from '../plan/plan.ts';
import type { Example, Need } from './rule.ts';

export interface OverShell<P> {
  readonly outer: P;
  readonly inner: Shell;
}
type AnyShell = { readonly inner: Shell };

export { isVolatile, mayFail };
export const within = (names: Iterable<string>, set: readonly string[]): boolean =>
  [...names].every((name) => set.includes(name));

/** A promise of the command that several laws need; each use brings its own counter-example. */
const promised =
  (word: string, holds: (shell: Shell) => boolean) =>
  (brokenBy: Example): Need<AnyShell> => ({
    name: `the command is declared ${word}`,
    word,
    holds: ({ inner }) => holds(inner),
    brokenBy,
  });

export const perRecord = promised('SCOPE RECORD', ({ contract }) => isPerRecord(contract));
export const deterministic = promised(
  'DETERMINISTIC',
  ({ contract }) => contract.determinism?.value === 'deterministic',
);
export const noEffects = promised('EFFECTS NONE', ({ contract }) => contract.effects?.value === 'none');
export const total = promised('TOTAL', ({ contract }) => contract.total !== undefined);
export const emitsOne = promised('EMITS ONE', ({ contract }) => contract.emits?.value === 'one');
export const online = promised('ONLINE', ({ contract }) => contract.online !== undefined);
export const orderFree = promised('ORDER FREE', ({ contract }) => contract.orderFree !== undefined);
export const emitsSome = promised('EMITS 1..N', ({ contract }) =>
  ['one', '1..n'].includes(contract.emits?.value ?? 'any'),
);

const otherNeed =
  <M>(name: string, holds: (found: M) => boolean, says?: (found: M) => string) =>
  (brokenBy: Example): Need<M> => ({ name, holds, brokenBy, ...(says && { says }) });

/** The predicate reads what the command leaves as it is: carried columns, or the unchanged lines of FILTERS. */
export const readsCarried = otherNeed<OverShell<Filter>>(
  'the predicate reads only columns that go around the command',
  ({ outer, inner }) => inner.contract.filters !== undefined || within(columnsOf(outer.predicate), inner.carried),
  ({ outer, inner }) => {
    const written = [...columnsOf(outer.predicate)].filter((name) => !inner.carried.includes(name));
    return `Shell ${shellName(inner)} WRITES (${written.join(', ')}), which the predicate reads`;
  },
);
export const predicateIsStable = otherNeed<{ outer: Filter }>(
  'the predicate gives the same for the same row',
  ({ outer }) => !isVolatile(outer.predicate),
);
const leavesOut = ({ onError = 'fail' }: Shell): boolean => onError !== 'fail';
/** What comes out and cannot be parsed is left out, whatever the command promises. */
export const skipsNothing = otherNeed<AnyShell>(
  'no row is left out by ON ERROR SKIP',
  ({ inner }) => !leavesOut(inner),
);
const dropsNothing = (shell: Shell): boolean =>
  ['one', '1..n'].includes(shell.contract.emits?.value ?? 'any') && !leavesOut(shell);
export const cannotFail = otherNeed<OverShell<Filter>>(
  'the predicate cannot fail on rows that the command drops',
  ({ outer, inner }) => dropsNothing(inner) || !mayFail(outer.predicate),
);

export const hasCount = (limit: Limit): limit is Limit & { readonly count: number } => limit.count !== undefined;

/** A command that gets its rows in the usual way, with no limits and no handling of failures of its own. */
export const isPlainShell = (p: Plan): p is Shell & { readonly input: Plan } =>
  p.op === 'shell' &&
  p.input !== undefined &&
  (p.onError ?? 'fail') === 'fail' &&
  [p.call, p.mode, p.groups, p.time, p.fused, p.retries, p.timeout, p.limits, p.sandbox, p.stopsEarly, p.copies].every(
    (way) => way === undefined,
  );

/** Whether it gives rows back as they went in, all columns. */
export const keepsRows = ({ contract, writes, schema, input }: Shell): boolean =>
  contract.filters !== undefined && writes.length === 0 && schema.length === input?.schema.length;
