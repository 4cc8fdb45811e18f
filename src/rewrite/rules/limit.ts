import { isPerRecord } from '../../contract/aligned.ts';
import { atMost } from '../../plan/facts.ts';
import { mapInputs } from '../../plan/ops.ts';
import type { Limit, Plan, Project, Shell, Sort } from '../../plan/plan.ts';
import { limit, promise, shell, skipping, t } from '../examples.ts';
import { emitsOne, emitsSome, hasCount, noEffects, online, skipsNothing, type OverShell } from '../needs.ts';
import { rule, type Example, type Need } from '../rule.ts';

const overShell = (p: Plan): OverShell<Limit> | undefined =>
  p.op === 'limit' && hasCount(p) && p.input.op === 'shell' && p.input.input !== undefined
    ? { outer: p, inner: p.input }
    : undefined;

const pure = { determinism: 'deterministic', effects: 'none' } as const;
const one = { ...pure, emits: 'one', online: true } as const;
const record = { unit: 'record' } as const;

/** Rows that an OFFSET leaves out are not shown to the command: then what it makes of one row must not depend on others. */
const offsetNeeds = (word: string, holds: (shell: Shell) => boolean, brokenBy: Example): Need<OverShell<Limit>> => ({
  name: `the command is declared ${word}, as there is an OFFSET`,
  word,
  holds: ({ outer, inner }) => outer.offset === 0 || holds(inner),
  brokenBy,
});

/** L1 */
export const limitBelowShell = rule<OverShell<Limit>>({
  id: 'L1',
  law: 'limit(n, shell(c, r)) = shell(c, limit(n, r))',
  why: 'the first n rows that come out are those of the first n rows that go in',
  gain: 'the command is sent no more rows than are wanted',
  command: ({ inner }) => inner,
  match: overShell,
  needs: [
    emitsOne({ plan: limit(1, shell('sed /a/d', promise({ ...one, emits: '0..1' }), t)), lines: ['a', 'b'] }),
    // The last line is known only when all are read.
    online({
      plan: limit(
        1,
        shell(
          `awk '{ a[NR] = $0 } END { for (i = 1; i <= NR; i++) print a[i] NR }'`,
          promise({ ...pure, emits: 'one' }),
          t,
        ),
      ),
      lines: ['a', 'b'],
    }),
    noEffects({
      plan: limit(1, shell('tee -a seen', promise({ emits: 'one', online: true, determinism: 'deterministic' }), t)),
      lines: ['a', 'b'],
    }),
    skipsNothing({ plan: limit(1, shell('cat', promise(one), t, skipping)), lines: ['a', '1'] }),
    // nl counts the rows that it is not shown.
    offsetNeeds('SCOPE RECORD', ({ contract }) => isPerRecord(contract), {
      plan: limit(1, shell('nl -ba -w1', promise(one), t), 1),
      lines: ['a', 'b'],
    }),
    offsetNeeds('DETERMINISTIC', ({ contract }) => contract.determinism?.value === 'deterministic', {
      plan: limit(
        1,
        shell(
          `awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`,
          promise({ scope: record, emits: 'one', online: true, effects: 'none' }),
          t,
        ),
        1,
      ),
      lines: ['a', 'b'],
    }),
  ],
  apply: ({ outer, inner }) => ({ ...inner, input: { ...outer, input: inner.input!, schema: inner.input!.schema } }),
});

const some = { emits: '1..n', online: true, effects: 'none' } as const;

/** L2 */
export const limitAlsoBelowShell = rule<OverShell<Limit>>({
  id: 'L2',
  law: 'limit(n, shell(c, r)) = limit(n, shell(c, limit(n, r)))',
  why: 'n rows in give at least n rows out, and those are the first ones (ONLINE)',
  gain: 'the command is sent no more rows than are wanted',
  command: ({ inner }) => inner,
  match: (p) => {
    const found = overShell(p);
    return found && atMost(found.inner.input!) > found.outer.count! + found.outer.offset ? found : undefined;
  },
  needs: [
    emitsSome({ plan: limit(1, shell('sed /a/d', promise({ ...some, emits: '0..n' }), t)), lines: ['a', 'b'] }),
    online({ plan: limit(1, shell('sort', promise({ emits: '1..n', effects: 'none' }), t)), lines: ['b', 'a'] }),
    noEffects({ plan: limit(1, shell('tee -a seen', promise({ emits: '1..n', online: true }), t)), lines: ['a', 'b'] }),
    skipsNothing({ plan: limit(1, shell('cat', promise(some), t, skipping)), lines: ['a', '1'] }),
  ],
  apply: ({ outer, inner }) => {
    const count = outer.count! + outer.offset;
    const first: Limit = { op: 'limit', count, offset: 0, input: inner.input!, schema: inner.input!.schema };
    return { ...outer, input: { ...inner, input: first } };
  },
});

/** The nearest command below a limit that may still run to its end, past operators that pass rows on one by one. */
function below(plan: Plan): Shell | undefined {
  if (plan.op === 'filter' || plan.op === 'project') return below(plan.input);
  if (plan.op !== 'shell' || plan.input === undefined) return undefined;
  return plan.stopsEarly ? below(plan.input) : plan;
}

/** L3 */
export const stopEarly = rule<{ outer: Limit; inner: Shell }>({
  id: 'L3',
  law: "limit(n, shell(c, r)) = limit(n, shell(c, r')) where r' is the beginning of r that gives n rows",
  why: 'what it has printed stands (ONLINE), and nobody can tell that it was stopped',
  gain: 'the command is stopped as soon as there are enough rows',
  command: ({ inner }) => inner,
  match: (p) => {
    const inner = p.op === 'limit' && hasCount(p) ? below(p.input) : undefined;
    return inner && { outer: p as Limit, inner };
  },
  needs: [
    online({ plan: limit(1, shell('sort', promise({ effects: 'none' }), t)), lines: ['b', 'a'] }),
    noEffects({ plan: limit(1, shell('tee -a seen', promise({ online: true }), t)), lines: ['a', 'b'] }),
  ],
  apply: ({ outer, inner }) => {
    const mark = (plan: Plan): Plan => (plan === inner ? { ...inner, stopsEarly: true } : mapInputs(plan, mark));
    return mark(outer);
  },
});

export const limitBelowProject = rule<{ outer: Limit; inner: Project }>({
  id: 'limit-below-project',
  law: 'limit(n, project(e, r)) = project(e, limit(n, r))',
  why: 'a projection gives a row for each row',
  match: (p) => (p.op === 'limit' && p.input.op === 'project' ? { outer: p, inner: p.input } : undefined),
  needs: [],
  apply: ({ outer, inner }) => ({ ...inner, input: { ...outer, input: inner.input, schema: inner.input.schema } }),
});

/** A sort of which only the first rows are wanted keeps no more. */
export const topRows = rule<{ outer: Limit; inner: Sort }>({
  id: 'top-n',
  law: 'limit(n, sort(r)) = limit(n, sort(r) kept to n rows)',
  why: 'rows behind the n-th are never looked at',
  match: (p) =>
    p.op === 'limit' && hasCount(p) && p.input.op === 'sort' && p.input.limit === undefined
      ? { outer: p, inner: p.input }
      : undefined,
  needs: [],
  apply: ({ outer, inner }) => ({ ...outer, input: { ...inner, limit: outer.count! + outer.offset } }),
});
