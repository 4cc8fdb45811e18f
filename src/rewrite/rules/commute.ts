import { alignmentOf, isPerRecord } from '../../contract/aligned.ts';
import { isOneForm } from '../../plan/edge.ts';
import type { Plan, Shell } from '../../plan/plan.ts';
import { anyNumbers, initial, promise, shell, t } from '../examples.ts';
import { deterministic, isPlainShell, noEffects, within } from '../needs.ts';
import { basisOf, rankOf } from '../rank.ts';
import { rule } from '../rule.ts';

const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const map = { scope: record, emits: 'one', total: true, ...pure } as const;
const filters = { scope: record, emits: '0..1', filters: true, exitOk: [0, 1], total: true, ...pure } as const;
const slow = { hints: { cost: 100 } } as const;
const y = { writes: [{ name: 'y', type: 'TEXT' }] } as const;
const names = (plan: Plan): readonly string[] => plan.schema.map((f) => f.name);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

interface Pair {
  readonly outer: Shell;
  readonly inner: Shell;
}
/** It is declared that their order makes no difference: then both are sent, and print, the same column. */
function commute({ outer, inner }: Pair): boolean {
  const calls = (a: Shell, b: Shell): boolean => a.contract.commutesWith?.value.includes(b.label) === true;
  return (calls(outer, inner) || calls(inner, outer)) && isSameText({ outer, inner });
}
/** What the first one is sent is what it writes, as one TEXT in one format, and the second one reads just that. */
const isSameText = ({ outer, inner }: Pair): boolean =>
  inner.writes.length === 1 &&
  inner.writes[0]!.type === 'TEXT' &&
  same([inner.reads, outer.reads], [inner.writes.map((w) => w.name), inner.reads]) &&
  same([inner.outputFormat, outer.inputFormat], [inner.inputFormat, inner.inputFormat]) &&
  same(inner.contract.nulls, outer.contract.nulls);
const dropsNothing = ({ inner }: Pair): boolean => inner.contract.emits?.value === 'one';
const ofOuter = ({ outer }: Pair): { inner: Shell } => ({ inner: outer });
const outerHasNoEffects = noEffects({
  plan: shell('tee -a seen', promise({ ...filters, effects: 'any' }), shell('grep -v a', promise({ ...filters, ...slow }), t)), // prettier-ignore
  lines: ['a', 'b'],
});

/** A process for each value of x, which counts the rows of its group. */
const numbered = (input: Plan): Shell =>
  shell('nl -ba -w1', promise({ emits: 'one', total: true, ...pure }), input, { ...y, groups: { keys: ['x'] } });
/** A process for each group, in no other way of its own. Of windows a command below would keep back the watermark. */
function isGrouped(p: Plan): p is Shell & { readonly input: Plan } {
  if (p.op !== 'shell' || p.groups === undefined || p.groups.windowEnd !== undefined) return false;
  const { groups: _, ...alone } = p;
  return isPlainShell(alone);
}

/** X1: of two commands that commute, the one goes first that keeps more rows away for less. */
export const cheapFilterFirst = rule<Pair>({
  id: 'X1',
  law: 'shell(d, shell(c, r)) = shell(c, shell(d, r)) for a d that FILTERS',
  why: 'd judges each row by columns that c leaves as they are, and c answers each row, or each group, by itself',
  gain: 'the slower command sees fewer rows',
  basis: ({ outer, inner }) => `${basisOf(outer)}; ${basisOf(inner)}`,
  command: ({ inner }) => inner,
  match: (p) =>
    isPlainShell(p) &&
    (isPlainShell(p.input) || isGrouped(p.input)) &&
    alignmentOf(p.contract) === 'filters' &&
    (alignmentOf(p.input.contract) !== undefined || p.input.groups !== undefined) &&
    rankOf(p) < rankOf(p.input)
      ? { outer: p, inner: p.input }
      : undefined,
  needs: [
    {
      name: 'the second command reads only columns that go around the first, or they are declared COMMUTES WITH each other',
      holds: (pair) =>
        pair.inner.contract.filters !== undefined || within(pair.outer.reads, pair.inner.carried) || commute(pair),
      brokenBy: { plan: shell('grep b', promise(filters), shell('sed s/a/b/', promise(map), t)), lines: ['a', 'b'] },
    },
    {
      // Of the groups that it has a process for each, all vanish whole or stay.
      name: 'the first command is declared SCOPE RECORD, or each group gets a process of its own',
      word: 'SCOPE RECORD',
      holds: ({ inner }) => isPerRecord(inner.contract) || inner.groups !== undefined,
      // The numbers shift.
      brokenBy: {
        plan: shell('grep -v a', promise(filters), shell('nl -ba -w1', promise({ emits: 'one', total: true, ...pure }), t, y)), // prettier-ignore
        lines: ['a', 'b'],
      },
    },
    {
      name: 'the second command reads only what makes the groups, if the first is not SCOPE RECORD',
      holds: ({ outer, inner: { contract, groups } }) =>
        isPerRecord(contract) || groups === undefined || within(outer.reads, groups.keys),
      brokenBy: {
        plan: shell('grep b', promise(filters), numbered(initial), { reads: ['k'] }),
        lines: ['aa', 'ab'],
      },
    },
    {
      name: 'equal cells of what makes the groups are the same',
      holds: ({ outer, inner }) =>
        isPerRecord(inner.contract) ||
        inner.groups === undefined ||
        outer.schema.every((f) => !outer.reads.includes(f.name) || isOneForm(f)),
      // 1 and 1.0 are one group.
      brokenBy: { plan: shell(`grep '[.]'`, promise(filters), numbered(anyNumbers(t))), lines: ['1', '1.0'] },
    },
    deterministic({
      plan: shell(
        'grep -v a',
        promise(filters),
        shell(
          `awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`,
          promise({ scope: record, emits: 'one', effects: 'none', total: true }),
          t,
          y,
        ),
      ),
      lines: ['a', 'b'],
    }),
    noEffects({
      plan: shell(
        'grep -v a',
        promise(filters),
        shell('tee -a seen', promise({ scope: record, emits: 'one', determinism: 'deterministic', total: true }), t, y),
      ),
      lines: ['a', 'b'],
    }),
    {
      ...outerHasNoEffects,
      name: 'the second command is declared EFFECTS NONE',
      holds: (pair) => outerHasNoEffects.holds(ofOuter(pair)),
    },
    {
      name: 'the second command is declared TOTAL, as the first one keeps rows away from it',
      word: 'TOTAL',
      holds: (pair) => dropsNothing(pair) || pair.outer.contract.total !== undefined,
      brokenBy: {
        plan: shell(
          `awk '/c/ { exit 3 } { print }'`,
          promise({ scope: record, emits: '0..1', filters: true, ...pure }),
          shell('grep -v c', promise({ ...filters, ...slow }), t),
        ),
        lines: ['a', 'c'],
      },
    },
    {
      name: 'all rows can be sent to the second command: it is sent what the first one is sent, or that drops nothing',
      holds: (pair) => dropsNothing(pair) || isSentTheSame(pair),
      // The NULL cannot be sent, and grep kept it away.
      brokenBy: {
        plan: shell(
          'grep -v b',
          promise(filters),
          shell('grep a', promise({ ...filters, ...slow, nulls: { policy: 'as', text: '-' } }), t),
        ),
        lines: ['\\N', 'a'],
      },
    },
  ],
  apply: ({ outer, inner }) => {
    const input = inner.input!;
    const first: Shell = { ...outer, input, schema: input.schema, carried: names(input) };
    return { ...inner, input: first };
  },
});

function isSentTheSame({ outer, inner }: Pair): boolean {
  const formats = same(outer.inputFormat, inner.inputFormat) && same(outer.contract.nulls, inner.contract.nulls);
  return within(outer.reads, inner.reads) && formats;
}

/** X4 */
export const dropSecondRun = rule<Pair>({
  id: 'X4',
  law: 'shell(c, shell(c, r)) = shell(c, r)',
  why: 'it leaves its own output as it is (IDEMPOTENT)',
  gain: 'the command runs once in place of twice',
  command: ({ inner }) => inner,
  match: (p) => {
    if (!isPlainShell(p) || !isPlainShell(p.input)) return undefined;
    const { input: _, origin: __, ...outer } = p;
    const { input: ___, origin: ____, ...inner } = p.input;
    const isText = p.writes.every((w) => w.type === 'TEXT') && p.outputFormat.name === 'lines';
    const unit = p.contract.filters ? p.reads : p.writes.map((w) => w.name);
    return isText && same(outer, inner) && same(unit, p.reads) ? { outer: p, inner: p.input } : undefined;
  },
  needs: [
    {
      name: 'the command is declared IDEMPOTENT',
      word: 'IDEMPOTENT',
      holds: ({ inner }) => inner.contract.idempotent !== undefined,
      brokenBy: { plan: shell('sed s/a/aa/', promise(map), shell('sed s/a/aa/', promise(map), t)), lines: ['a'] },
    },
    noEffects({
      plan: shell(
        'tee -a seen',
        promise({ emits: 'one', idempotent: true }),
        shell('tee -a seen', promise({ emits: 'one', idempotent: true }), t),
      ),
      lines: ['a'],
    }),
  ],
  apply: ({ inner }) => inner,
});
