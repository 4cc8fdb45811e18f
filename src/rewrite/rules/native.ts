import { alignmentOf, isPerRecord } from '../../contract/aligned.ts';
import { nativeOf, type Native } from '../../contract/native.ts';
import type { FusedStage, Plan, Shell } from '../../plan/plan.ts';
import { filters, promise, shell, t } from '../examples.ts';
import { rule, type Rule } from '../rule.ts';

/** Whether the program of that name is the one that was tried. */
export type IsKnown = (program: string) => boolean;

interface Done {
  readonly inner: Shell;
  /** Of each command of a pipeline. */
  readonly all: readonly { readonly stage: Shell | FusedStage; readonly native: Native }[];
  readonly isKnown: IsKnown;
}

/** A line for each row, and no other. */
const isLinewise = ({ name, options }: Shell['inputFormat']): boolean =>
  ['lines', 'tsv', 'jsonl'].includes(name) && options['header'] !== true;

/** No way of its own to get its rows, no limits, and nothing to be done where it fails. */
const isPlain = (p: Plan): p is Shell & { readonly input: Plan } =>
  p.op === 'shell' &&
  p.input !== undefined &&
  (p.onError ?? 'fail') === 'fail' &&
  p.contract.needs === undefined &&
  [p.inputFormat, p.outputFormat].every(isLinewise) &&
  [p.call, p.mode, p.groups, p.time, p.io, p.retries, p.timeout, p.limits, p.sandbox, p.copies, p.native].every(
    (way) => way === undefined,
  );

/** What is declared of its rows is true: what is not, its process has to be held to. */
function isTrue({ contract }: Shell, all: Done['all']): boolean {
  const alignment = alignmentOf(contract);
  const is = (what: 'perRecord' | 'emitsOne' | 'filters'): boolean => all.every(({ native }) => native[what]);
  if (isPerRecord(contract) && !is('perRecord')) return false;
  return alignment === undefined || is(alignment === 'one' ? 'emitsOne' : 'filters');
}

/** Lines of a file a command is best left to read by itself, while we do something else. */
const readsFile = ({ input }: Shell): boolean =>
  input?.op === 'scan' && input.connector === 'file' && input.schema.length === 1;

function match(p: Plan, isKnown: IsKnown): Done | undefined {
  if (!isPlain(p) || readsFile(p)) return undefined;
  const stages = [p, ...(p.fused ?? [])];
  const all = stages.flatMap((stage) => {
    const native = nativeOf(stage.command);
    return native === undefined ? [] : [{ stage, native }];
  });
  return all.length === stages.length && isTrue(p, all) ? { inner: p, all, isKnown } : undefined;
}

/** N1: what a known command does with lines is done without it. */
export const doneNatively = rule<Done>({
  id: 'N1',
  law: 'shell(c, r) = native(c, r) for a c whose text is one of those that ssql does byte for byte alike',
  why: 'what it does with lines is known to the last byte; lines of which it is not are shown to the process',
  gain: 'no process is started, and no line is sent to it and back',
  command: ({ inner }) => inner,
  match: (p) => match(p, () => true),
  needs: [
    {
      name: 'its programs are those of the system, and no variable makes them others',
      holds: ({ all, isKnown }) =>
        all.every(({ stage, native }) => Object.keys(stage.env).length === 0 && native.programs.every(isKnown)),
      brokenBy: { plan: shell('grep a', filters, t, { env: { PATH: '/nowhere' } }), lines: ['a'] },
    },
    {
      name: 'each exit status that it can have is one of success (EXIT OK)',
      word: 'EXIT OK (0, 1)',
      holds: ({ all }) =>
        all.every(({ stage, native }) => {
          const ok = stage.contract.exitOk?.value ?? [0];
          return native.exits.every((status) => ok.includes(status));
        }),
      // There is no such line, and that is a failure here.
      brokenBy: { plan: shell('grep a', { ...filters, ...promise({ exitOk: [0] }) }, t), lines: ['b'] },
    },
  ],
  apply: ({ inner, all }) => {
    const { parallel: _, ...rest } = inner;
    return { ...rest, native: [...new Set(all.flatMap(({ native }) => native.programs))] };
  },
});

/** N1 where not all programs are known. */
export const doneHere = (isKnown: IsKnown): Rule => ({ ...doneNatively, match: (p) => match(p, isKnown) });
