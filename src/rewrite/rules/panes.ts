import { column } from '../../expr/expr.ts';
import type { Field } from '../../data/types.ts';
import type { Format, Plan, Project, Shell } from '../../plan/plan.ts';
import { promise, shell } from '../examples.ts';
import { deterministic, noEffects } from '../needs.ts';
import { rule } from '../rule.ts';
import { fits } from './combine.ts';
import { boundsOf, OPEN, PANE, summed, windowsOfParts, type Hopping } from './pane-windows.ts';
import { columnsRead } from './project.ts';
import { hopping } from './window.ts';

interface OverWindows {
  readonly inner: Shell;
  readonly window: Hopping;
  /** Above the windows, nothing but projections between. */
  readonly projects: readonly Project[];
}
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const itself = (command: string) => ({ combine: { with: command } }) as const;
const lines: Format = { name: 'lines', options: {} };
const LINE: Field = { name: ' line', type: 'TEXT' };

/** A process for each window. */
const windowed = (
  command: string,
  contract: Parameters<typeof promise>[0],
  each: Parameters<typeof promise>[0],
  reads: readonly string[] = ['k'],
): Shell => {
  const bounds = hopping.schema.slice(-2);
  const writes: readonly Field[] = [{ name: 'y', type: 'TEXT' }];
  return {
    ...shell(command, promise({ ...contract, scope: { unit: 'window' } }), hopping, { reads, writes }),
    groups: { keys: bounds.map((f) => f.name), windowEnd: bounds[1]!.name, each: promise(each) },
    carried: bounds.map((f) => f.name),
    schema: [...bounds, ...writes],
  };
};
const at = (...seconds: readonly string[]): readonly string[] => seconds.map((s) => `1970-01-01 00:00:${s}`);

/** COMBINE WITH these, done by a command. */
const AS_COMMAND: Readonly<Record<string, string>> = {
  concat: 'cat',
  first: 'head -n 1',
  last: 'tail -n 1',
  min: 'sort -n | head -n 1',
  max: 'sort -n | tail -n 1',
  merge: 'sort',
};

/** Each in a window of its own, with no other way of its own. */
const isWindowed = (p: Plan): p is Shell & { readonly input: Plan } =>
  p.op === 'shell' &&
  p.input !== undefined &&
  p.groups?.windowEnd !== undefined &&
  p.groups.keys.length === 2 &&
  !p.reads.includes(LINE.name) &&
  (p.onError ?? 'fail') === 'fail' &&
  [p.call, p.mode, p.time, p.retries, p.timeout, p.limits, p.sandbox, p.stopsEarly, p.fused].every(
    (way) => way === undefined,
  );

/** What is promised of the rows of a window. */
const promisedOf = ({ groups }: Shell): NonNullable<NonNullable<Shell['groups']>['each']> => groups?.each ?? {};

/**
 * Of rows with event time, one that is late for its pane may be in time for a window that closes after it, and what a
 * command has printed of a pane cannot be taken back. So a pane has a further part for each of its windows, and these rows
 * are in the part of the first one that is still open, which has all windows from that one on.
 */
function match(p: Plan): OverWindows | undefined {
  if (!isWindowed(p)) return undefined;
  const projects: Project[] = [];
  let below: Plan = p.input;
  for (; below.op === 'project'; below = below.input) projects.push(below);
  if (below.op !== 'window' || below.frame.kind !== 'hop') return undefined;
  if ((below.event === undefined) !== (p.groups!.mark === undefined)) return undefined;
  const { size, slide } = below.frame;
  const [start, end] = p.groups!.keys;
  const { mark } = p.groups!;
  const isOfThese =
    start === below.start &&
    end === below.end &&
    [start, end, ...(mark === undefined ? [] : [mark])].every((name) => comesAsIs(name, projects));
  const { partial, finish } = promisedOf(p).combine?.value ?? {};
  const isSimple = partial === undefined && finish === undefined;
  return isOfThese && isSimple && slide < size && size % slide === 0
    ? { inner: p, window: below as Hopping, projects }
    : undefined;
}

const comesAsIs = (name: string, projects: readonly Project[]): boolean =>
  projects.every(({ schema, exprs }) => {
    const e = exprs[schema.findIndex((f) => f.name === name)];
    return e?.kind === 'column' && e.name === name;
  });

/** Columns of the windows that a column above some projections depends on. */
function restsOn(name: string, projects: readonly Project[]): ReadonlySet<string> {
  return projects.reduce<ReadonlySet<string>>(
    (names, { schema, exprs }) => columnsRead(exprs.filter((_, i) => names.has(schema[i]!.name))),
    new Set([name]),
  );
}

/**
 * W4: windows that overlap have parts in common, and each of these is shown to the command once. A window of whose parts
 * nothing is printed at all has no line: what g prints of nothing is not asked for.
 */
export const windowsOfPanes = rule<OverWindows>({
  id: 'W4',
  law: 'shell(c, each window of r) = shell(g, each window of shell(c, each pane of r)) for windows that overlap',
  why: 'a window is made of panes, as long as the windows are apart; COMBINE says so of any way to cut the rows',
  gain: 'the command sees each row once, not once for each of its windows',
  estimate: ({ window }) => `${window.frame.size / window.frame.slide} times fewer rows`,
  command: ({ inner }) => inner,
  match,
  needs: [
    {
      name: 'the command is declared COMBINE WITH something that puts its outputs together',
      word: "COMBINE WITH 'g'",
      holds: ({ inner }) => promisedOf(inner).combine !== undefined,
      brokenBy: { plan: windowed('md5sum', pure, { orderFree: true }), lines: at('05', '06') },
    },
    {
      name: 'the command is declared ORDER FREE',
      word: 'ORDER FREE',
      holds: ({ inner }) => promisedOf(inner).orderFree !== undefined,
      // Rows of a pane come together, wherever they stood.
      brokenBy: { plan: windowed('uniq', pure, itself('uniq')), lines: at('06', '05', '06') },
    },
    deterministic({
      plan: windowed(
        `awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`,
        { effects: 'none' },
        { orderFree: true, ...itself('cat') },
      ),
      lines: at('05', '06'),
    }),
    noEffects({
      plan: windowed('tee -a seen', { determinism: 'deterministic' }, { orderFree: true, ...itself('cat') }),
      lines: at('05', '06'),
    }),
    {
      name: 'the command reads nothing that the windows add',
      holds: ({ inner, window, projects }) => {
        const below = new Set(window.input.schema.map((f) => f.name));
        return inner.reads.every((name) => [...restsOn(name, projects)].every((read) => below.has(read)));
      },
      brokenBy: {
        plan: windowed('sort -u', pure, { orderFree: true, ...itself('sort -u') }, ['window_start']),
        lines: at('05', '06'),
      },
    },
    {
      name: 'what is to be summed, compared or merged is of the type that sums, compares or merges like that',
      holds: ({ inner }) => fits({ ...inner, contract: { ...inner.contract, ...promisedOf(inner) } }),
      // A sum is a number, and what was written is a text.
      brokenBy: {
        plan: windowed('wc -l', pure, { orderFree: true, ...itself('sum') }),
        lines: at('05', '06'),
      },
    },
  ],
  apply: ({ inner, window, projects }) => combined(inner, window, ofPanes(inner, window, projects)),
});

/** What the command prints of each pane, with where the pane begins. */
function ofPanes(inner: Shell, window: Hopping, projects: readonly Project[]): Project {
  const { size, slide } = window.frame;
  const apart: Plan = {
    ...window,
    frame: { ...window.frame, size: slide },
    ...(window.event !== undefined && { panesOf: size }),
  };
  const input = projects.reduceRight<Plan>((below, project) => ({ ...project, input: below }), apart);
  const isSummed = promisedOf(inner).combine?.value.with === 'sum';
  const writes = isSummed ? inner.writes : [LINE];
  const bounds = boundsOf(inner);
  const parts: Shell = {
    ...inner,
    input,
    writes,
    carried: bounds.map((f) => f.name),
    schema: [...bounds, ...writes],
    ...(!isSummed && { outputFormat: lines }),
  };
  const isOpen = window.event !== undefined;
  return {
    op: 'project',
    input: parts,
    schema: [PANE, ...(isOpen ? [OPEN] : []), ...writes],
    exprs: [
      column(window.start, 'TIMESTAMP'),
      ...(isOpen ? [column(window.end, 'TIMESTAMP')] : []),
      ...writes.map((f) => column(f.name, f.type)),
    ],
  };
}

/** The parts put together for each window. */
function combined(inner: Shell, window: Hopping, parts: Project): Plan {
  const windows = windowsOfParts(inner, window, parts);
  const g = promisedOf(inner).combine?.value.with ?? 'cat';
  if (g === 'sum') return summed(inner, windows);
  const { exitOk, determinism, effects, scope } = inner.contract;
  const command = AS_COMMAND[g] ?? g;
  return {
    ...inner,
    groups: {
      keys: inner.groups!.keys,
      ...(inner.groups!.windowEnd !== undefined && { windowEnd: inner.groups!.windowEnd }),
    },
    input: windows,
    command,
    label: command,
    reads: [LINE.name],
    readsAll: false,
    inputFormat: lines,
    contract: {
      ...(scope && { scope }),
      ...(exitOk && { exitOk }),
      ...(determinism && { determinism }),
      ...(effects && { effects }),
    },
  };
}
