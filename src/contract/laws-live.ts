import type { Contract } from './contract.ts';
import type { Law } from './laws.ts';
import { isFramed, joined, split, type Trial, type Violation } from './trial.ts';
import { shownOutput } from './witness.ts';

/** Cases of which one is tried where the command is given its input slowly. */
const SELDOM = 20;
/** Lines that are given one by one. */
const FEW = 4;

/** FLUSHES RECORD: what a line gives is there while the input goes on. */
export const flushes: Law = {
  axis: 'flushes',
  oneIn: SELDOM,
  applies: (contract) => contract.flushes !== undefined,
  broken: async (trial, { lines }) => {
    const some = lines.slice(0, FEW);
    const wanted = await Promise.all(some.map((_, i) => trial.output(some.slice(0, i + 1))));
    const printed = await trial.live(
      some.map((line) => `${line}\n`),
      (i, so) => so.length >= wanted[i]!.length,
    );
    const late = printed.findIndex((so, i) => so !== wanted[i]);
    if (late < 0) return undefined;
    return waited(trial, some.slice(0, late + 1), printed[late]!, wanted[late]!);
  },
};

function waited(trial: Trial, lines: readonly string[], printed: string, wanted: string): Violation {
  const shown = trial.shows(lines, wanted);
  const open = shown.shell.replace(/^(printf .*?) \| /s, '{ $1; sleep 2; } | ');
  return {
    message: 'it keeps its output back until its input ends',
    shows: [{ shell: open, prints: `${shownOutput(printed)} before the 2 s are over` }, shown],
  };
}

type Marker = NonNullable<Contract['marker']>['value'];

/** Whether a line is the reply: its text, or what a pattern from `^` to `$` says. */
function replies({ reply }: Pick<Marker, 'reply'>): (line: string) => boolean {
  const isPattern = reply.startsWith('^') && reply.endsWith('$');
  const pattern = isPattern ? new RegExp(reply) : undefined;
  return (line) => pattern?.test(line) ?? line === reply;
}

/** MARKER m REPLY r: c(x·m·y) = c(x)·r·c(y), and no row gives r. */
export const marker: Law = {
  axis: 'marker',
  oneIn: 2,
  applies: (contract) => contract.marker !== undefined,
  broken: async (trial, { lines, random }, contract) => {
    const { send, reply } = contract.marker!.value;
    const isReply = replies({ reply });
    const rows = lines.filter((line) => line !== send);
    const cut = Math.floor(random() * (rows.length + 1));
    const [x, y] = [rows.slice(0, cut), rows.slice(cut)];
    const all = [...x, send, ...y];
    const [before, after, whole] = await Promise.all([trial.output(x), trial.output(y), trial.output(all)]);
    const shows = [trial.shows(all, whole), trial.shows(x, before), trial.shows(y, after)];
    if ([...split(before), ...split(after)].some(isReply))
      return { message: `a row gives '${reply}', too, which is the reply to the marker`, shows: shows.slice(1) };
    const out = split(whole);
    const at = split(before).length;
    const isWhole = isFramed(before) && isReply(out[at] ?? '\0');
    if (isWhole && whole === before + joined([out[at]!]) + after)
      return random() < 0.1 ? unanswered(trial, rows, contract.marker!.value) : undefined;
    return { message: `the marker '${send}' is not answered with '${reply}' between what the rows give`, shows };
  },
};

/** The reply comes while the input goes on. */
async function unanswered(
  trial: Trial,
  rows: readonly string[],
  { send, reply }: Marker,
): Promise<Violation | undefined> {
  const isReply = replies({ reply });
  const asked = [...rows.slice(0, FEW), send];
  const wanted = await trial.output(asked);
  const isThere = (_: number, printed: string): boolean => isFramed(printed) && isReply(split(printed).at(-1) ?? '\0');
  const [printed = ''] = await trial.live([joined(asked)], isThere);
  return isThere(0, printed) ? undefined : waited(trial, asked, printed, wanted);
}
