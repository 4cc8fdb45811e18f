import type { Law } from './laws.ts';

/** Above that the shell tells of what it could not run, and of signals. */
const OWN = 125;

/** Of cmp, diff or grep, and of those that follow them, an answer; cmp says a word about some. */
const ANSWER = 1;

/**
 * EXIT OK says which statuses are no failure. Whoever fails says so on stderr: a status that comes without a word is not
 * one, and one above 1 that comes with a message is.
 */
export const exitOk: Law = {
  axis: 'exitOk',
  applies: (contract) => contract.exitOk !== undefined,
  broken: async (trial, { lines }) => {
    const { exit, complains, output } = await trial.raw(lines);
    if (exit === undefined || exit === 0 || exit > OWN) return undefined;
    const isOk = trial.exitOk.includes(exit);
    if (isOk === (complains !== true) || (isOk && exit === ANSWER)) return undefined;
    const how = isOk ? 'with a message on stderr: that is a failure' : 'without a word on stderr: that is no failure';
    return {
      message: `it ends with status ${exit}, ${how}`,
      shows: [{ ...trial.shows(lines, output, '; echo $?'), prints: String(exit) }],
    };
  },
};
