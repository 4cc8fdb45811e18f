import type { Verdict } from './contract/refute.ts';
import type { Verification } from './verify.ts';

/** What `ssql verify` prints. */
export function verifyReport(verifications: readonly Verification[]): string {
  const blocks = verifications.map(blockOf);
  return blocks.length === 0 ? 'no SHELL that gets rows: nothing to verify\n' : `${blocks.join('\n\n')}\n`;
}

function blockOf(verification: Verification): string {
  const { label, at, verdicts, untested, notRun, suggestions } = verification;
  const nothing = verdicts.length === 0 && untested.length === 0 ? ['  nothing is declared or known of it'] : [];
  return [
    `SHELL('${label}')  ${at}`,
    ...(notRun === undefined ? [] : [`  not run: ${notRun}`]),
    ...(notRun === undefined ? nothing : []),
    ...verdicts.flatMap((verdict) => verdictLines(verdict, verification)),
    ...(untested.length === 0 ? [] : [`  not tested: ${untested.join(', ')}`]),
    ...(suggestions === undefined ? [] : suggestionLines(suggestions)),
  ].join('\n');
}

function verdictLines({ words, by, tried, unusable, witness }: Verdict, { seed }: Verification): readonly string[] {
  const n = tried - unusable;
  if (witness === undefined) {
    if (n === 0) return [`  ${words} (${by}): could not be tried, the command failed on all ${tried} cases`];
    const failed = unusable === 0 ? '' : `, and ${unusable} on which it failed`;
    const rate = n < 3 ? '' : `: failure rate < ${Number(((3 / n) * 100).toPrecision(2))} % of such lines (95 %)`;
    return [`  ${words} (${by}): no violation in ${n} cases${failed}${rate}`];
  }
  const width = Math.min(60, Math.max(...witness.shows.map(({ shell }) => shell.length)));
  return [
    `  ${words} (${by}): VIOLATED, ${witness.message}`,
    ...witness.shows.map(({ shell, prints }) => `    ${shell.padEnd(width)}  prints ${prints}`),
    `    (shrunk from ${witness.from} to ${witness.lines.length} lines, case ${tried}, seed ${seed})`,
    `    = help: remove ${words}, or correct the command`,
  ];
}

function suggestionLines(suggestions: NonNullable<Verification['suggestions']>): readonly string[] {
  if (suggestions.length === 0) return ['  nothing to suggest: every promise that was tried is false'];
  const useful = suggestions.filter(({ enables }) => enables.length > 0);
  const others = suggestions.filter(({ enables }) => enables.length === 0).map(({ words }) => words);
  const also = useful.length === 0 ? 'held, but' : 'held, too, but';
  return [
    ...useful.map(
      ({ words, cases, enables }) =>
        `  suggested: ${words}  (no violation in ${cases} cases; would let ${enables.join(', ')} apply)`,
    ),
    ...(others.length === 0 ? [] : [`  ${also} no law waits for it here: ${others.join('; ')}`]),
  ];
}
