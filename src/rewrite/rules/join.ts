import { alignmentOf } from '../../contract/aligned.ts';
import { column, integer } from '../../expr/expr.ts';
import { exprsOf } from '../../plan/ops.ts';
import type { Join, Plan, Project, Shell } from '../../plan/plan.ts';
import { abs, call, project, promise, shell, t, twice } from '../examples.ts';
import { answersAlike } from '../alike.ts';
import { deterministic, isPlainShell, isVolatile, mayFail, noEffects, perRecord, within } from '../needs.ts';
import { rule, type Need } from '../rule.ts';
import { columnsRead } from './project.ts';

const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const map = { scope: record, emits: 'one', total: true, ...pure } as const;
const filters = { scope: record, emits: '0..1', filters: true, exitOk: [0, 1], total: true, ...pure } as const;
const y = { writes: [{ name: 'y', type: 'TEXT' }] } as const;
const draws = `awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`;
const names = (plan: Plan): readonly string[] => plan.schema.map((f) => f.name);

type Side = 'left' | 'right';
interface OverJoin {
  readonly inner: Shell;
  readonly join: Join;
  /** Whose rows are all in the result. */
  readonly side: Side;
}
/** The lines joined with themselves, as x (and more) and j. */
const joined = (rows: Plan, kind: Side = 'left'): Join => {
  const matches: Project = { ...project(['x'], t), schema: [{ name: 'j', type: 'TEXT' }] };
  const [left, right] = kind === 'left' ? [rows, matches] : [matches, rows];
  const [x, other] = [column('x', 'TEXT'), column('j', 'TEXT')];
  return {
    op: 'join',
    kind,
    left,
    right,
    equal: [kind === 'left' ? { left: x, right: other } : { left: other, right: x }],
    schema: [...left.schema, ...right.schema],
  };
};
const keyed = { reads: ['x'], ...y } as const;

/** J1: on the side of which each row is in the result, the command sees each row once, not once for each match. */
export const commandBelowJoin = rule<OverJoin>({
  id: 'J1',
  law: 'shell(c, left join(l, r)) = left join(shell(c, l), r), and of a right join the same with r',
  why: 'each row of that side is there, with the columns that c reads, and equal rows get equal answers',
  gain: 'the command sees each row of that side once',
  command: ({ inner }) => inner,
  match: (p) =>
    isPlainShell(p) &&
    alignmentOf(p.contract) !== undefined &&
    p.input.op === 'join' &&
    (p.input.kind === 'left' || p.input.kind === 'right') &&
    p.input.domain === undefined &&
    p.input.retention === undefined
      ? { inner: p, join: p.input, side: p.input.kind }
      : undefined,
  needs: [
    {
      name: 'the command reads only columns of the side whose rows are all there',
      holds: ({ inner, join, side }) => within(inner.reads, names(join[side])),
      brokenBy: { plan: shell('cat', promise({ ...map, nulls: { policy: 'as', text: '-' } }), joined(t, 'right'), { reads: ['j'], ...y }), lines: ['a'] }, // prettier-ignore
    },
    {
      name: 'it writes no column that the join reads, and none of the other side',
      holds: ({ inner, join, side }) => {
        const other = side === 'left' ? join.right : join.left;
        const kept = new Set([...columnsRead(exprsOf(join)), ...names(other)]);
        return !inner.writes.some((w) => kept.has(w.name));
      },
      brokenBy: { plan: shell('sed s/a/b/', promise(map), joined(t), { reads: ['x'] }), lines: ['a'] },
    },
    perRecord({
      plan: shell('nl -ba -w1', promise({ emits: 'one', ...pure }), joined(t, 'right'), keyed),
      lines: ['a', 'a'],
    }),
    deterministic({
      plan: shell(draws, promise({ scope: record, emits: 'one', effects: 'none' }), joined(t), keyed),
      lines: ['a', 'a'],
    }),
    noEffects({
      plan: shell(
        'tee -a seen',
        promise({ scope: record, emits: 'one', determinism: 'deterministic' }),
        joined(t),
        keyed,
      ),
      lines: ['a', 'a'],
    }),
  ],
  apply: ({ inner, join, side }) => {
    const input = join[side];
    const written = inner.writes.map((w) => w.name);
    const carried = names(input).filter((name) => !written.includes(name));
    const kept = inner.contract.filters ? input.schema : input.schema.filter((f) => carried.includes(f.name));
    const below: Shell = { ...inner, input, carried, schema: [...kept, ...inner.writes] };
    const whole = { ...join, [side]: below };
    const schema = [...whole.left.schema, ...whole.right.schema];
    const exprs = inner.schema.map((f) => column(f.name, f.type));
    return { op: 'project', input: { ...whole, schema }, exprs, schema: inner.schema };
  },
});

/** Rows that have (or lack) a match among the lines that are `b`. */
const matching = (left: Plan, kind: 'semi' | 'anti', name: string, on?: Join['on']): Join => {
  const right: Project = { ...project(['x'], t), schema: [{ name: 'j', type: 'TEXT' }] };
  const equal = [{ left: column(name, 'TEXT'), right: column('j', 'TEXT') }];
  return { op: 'join', kind, left, right, equal, ...(on && { on }), schema: left.schema };
};
const least = '-9223372036854775808';

interface UnderJoin {
  readonly inner: Shell;
  readonly join: Join;
}
/** J2 */
export const commandAboveSemiJoin = rule<UnderJoin>({
  id: 'J2',
  law: 'semi join(shell(c, l), r) = shell(c, semi join(l, r)), and of an anti join the same',
  why: 'the join keeps rows by columns that c leaves as they are, and c answers each row by itself',
  gain: 'the command sees only rows that are joined',
  command: ({ inner }) => inner,
  match: (p) =>
    p.op === 'join' &&
    (p.kind === 'semi' || p.kind === 'anti') &&
    p.domain === undefined &&
    p.retention === undefined &&
    isPlainShell(p.left) &&
    alignmentOf(p.left.contract) !== undefined &&
    !exprsOf(p).some(isVolatile)
      ? { inner: p.left, join: p }
      : undefined,
  needs: [
    {
      name: 'the join reads only columns that go around the command',
      holds: ({ inner, join }) => {
        const read = [...columnsRead(exprsOf(join))].filter((name) => names(inner).includes(name));
        return inner.contract.filters !== undefined || within(read, inner.carried);
      },
      brokenBy: { plan: matching(shell('sed s/a/c/', promise(map), t), 'semi', 'x'), lines: ['a', 'b'] },
    },
    ...answersAlike(
      (command, contract) => matching(shell(command, contract, twice(t), y), 'anti', 'k', eqA()),
      ['a', 'b'],
    ),
    {
      name: 'the join cannot fail on rows that the command drops',
      holds: ({ inner, join }) => inner.contract.emits?.value === 'one' || !exprsOf(join).some(mayFail),
      brokenBy: {
        plan: matching(
          shell('grep -v 9223', promise(filters), t),
          'semi',
          'x',
          call('>', abs(column('x', 'TEXT')), integer(0)),
        ),
        lines: [least, '7'],
      },
    } satisfies Need<UnderJoin>,
  ],
  apply: ({ inner, join }) => {
    const input: Join = { ...join, left: inner.input!, schema: inner.input!.schema };
    return { ...inner, input };
  },
});

/** Only of the line `a` it is wanted that there is no match. */
function eqA(): Join['on'] {
  return call('=', column('j', 'TEXT'), { kind: 'literal', type: 'TEXT', value: 'a' });
}
