import type { Contract } from '../../contract/contract.ts';
import { infer } from '../../contract/infer.ts';
import { factsOf } from '../../contract/known-kinds.ts';
import { endsLines, piecesOf, type Pieces } from '../../contract/pieces.ts';
import type { Field } from '../../data/types.ts';
import type { Format, Plan, Shell } from '../../plan/plan.ts';
import { shell, t } from '../examples.ts';
import { isPlainShell } from '../needs.ts';
import { rule, type Rule } from '../rule.ts';

/** What may be relied on of a command that stands alone, beyond what its contract says. */
export type Knows = (shell: Shell) => Contract;

interface Cut {
  readonly inner: Shell & { readonly input: Plan };
  readonly pieces: Pieces;
  /** Each piece with what is known of it. */
  readonly shells: readonly Shell[];
}

const lines: Format = { name: 'lines', options: {} };

/** What each command of lines is known to do, by its text. */
export const byText: Knows = ({ command, contract, inputFormat }) => {
  const known = infer(command, { json: inputFormat.name === 'jsonl' });
  return { ...known?.contract, ...contract };
};

/** Promises that are kept by one of the pieces, or that are about nothing but the first or the last of them. */
const PASSED: readonly (keyof Contract)[] = ['nulls', 'encoding', 'exitOk', 'hints'];
/** Promises about the whole that a law makes more of than of its pieces, or about how it runs. */
const WHOLE: readonly (keyof Contract)[] = ['combine', 'filters', 'marker', 'flushes', 'needs', 'time', 'commutesWith'];

const isWhole = ({ contract }: Shell): boolean =>
  WHOLE.some((axis) => contract[axis] !== undefined && !['inferred', 'implied'].includes(contract[axis].by));

const only = (contract: Contract, ...axes: readonly (keyof Contract)[]): Contract =>
  Object.fromEntries(
    axes.flatMap((axis) => (contract[axis] && contract[axis].by !== 'inferred' ? [[axis, contract[axis]]] : [])),
  );

/** One command behind the other, lines between them. */
function cut(inner: Shell & { readonly input: Plan }, { texts }: Pieces, knows: Knows): readonly Shell[] {
  const [nulls, encoding, exitOk] = PASSED;
  // What the last one prints may be what it is given: then the column has the same name all along.
  const [written, ...others] = inner.writes;
  const isLine = written?.type === 'TEXT' && others.length === 0 && inner.outputFormat.name === 'lines';
  const between: Field = isLine ? written : { name: 'line', type: 'TEXT' };
  const shells: Shell[] = [];
  texts.forEach((command, i) => {
    const [isFirst, isLast] = [i === 0, i === texts.length - 1];
    const keeps = !isFirst && (!isLast || isLine) && filterFacts(command);
    const piece: Shell = {
      ...inner,
      command,
      label: command,
      input: shells.at(-1) ?? inner.input,
      ...(!isFirst && { reads: [between.name], readsAll: false, inputFormat: lines }),
      ...(!isLast && { writes: [between], schema: [between], outputFormat: lines }),
      ...(keeps && { writes: [], carried: [between.name] }),
      contract: {
        ...(isFirst && only(inner.contract, nulls!, encoding!)),
        ...(isLast && only(inner.contract, exitOk!)),
        ...(keeps && keeps),
      },
    };
    shells.push({ ...piece, contract: knows(piece) });
  });
  return shells;
}

/** What a command that passes on some of its lines, each for itself, is known to do. */
function filterFacts(command: string): Contract | undefined {
  const { scope, filters, determinism, emits } = infer(command, { json: false })?.contract ?? {};
  if (filters === undefined || scope?.value.unit !== 'record' || determinism?.value !== 'deterministic')
    return undefined;
  return { scope, filters, determinism, ...(emits && { emits }) };
}

const before = ({ shells }: Cut): readonly Shell[] => shells.slice(0, -1);
/** Of text that is no plain pipeline nothing else can be said. */
const whereKnown = (holds: (found: Cut) => boolean) => (found: Cut) => !found.pieces.isPlain || holds(found);

/** X3: the commands of one text become commands of their own, which laws can move, run in copies or do without. */
export const unfuseCommands = (knows: Knows): Rule =>
  rule<Cut>({
    id: 'X3',
    law: 'shell(c | d, r) = shell(d, shell(c, r))',
    why: 'd reads exactly the lines that c prints',
    gain: 'laws reach the commands of a text one by one',
    command: ({ inner }) => inner,
    match: (p) => {
      if (!isPlainShell(p) || p.carried.length > 0 || p.writes.length === 0 || isWhole(p)) return undefined;
      if (p.live !== undefined || p.io !== undefined || p.stderr === 'fail') return undefined;
      if (!isLinewise(p.inputFormat) || !isLinewise(p.outputFormat)) return undefined;
      const pieces = piecesOf(p.command);
      return pieces && { inner: p, pieces, shells: cut(p, pieces, knows) };
    },
    needs: [
      {
        name: 'its text is a pipeline and nothing else: no redirection, subshell, `$`, `;` or `&&`',
        holds: ({ pieces }) => pieces.isPlain,
        brokenBy: { plan: shell('(sed 1d | tr a b)', {}, t), lines: ['a', 'a'] },
      },
      {
        name: 'none of its commands but the last can fail: the shell tells only how the last one ended',
        holds: whereKnown((found) => before(found).every(({ contract }) => contract.total !== undefined)),
        brokenBy: { plan: shell(`awk '{ print 1 / $1 }' | cat`, {}, t), lines: ['1', '0'] },
      },
      {
        name: 'each of its commands but the last ends its last line',
        holds: whereKnown((found) =>
          before(found).every(
            ({ command, contract }) => contract.total === undefined || endsLines(command, factsOf(contract)),
          ),
        ),
        brokenBy: { plan: shell(`tr -d '\\n' | wc -l`, {}, t), lines: ['a'] },
      },
    ],
    apply: ({ shells }) => shells.at(-1)!,
  });

/** Records of all of these are lines. */
const isLinewise = ({ name }: Format): boolean => ['lines', 'tsv', 'csv', 'jsonl'].includes(name);
