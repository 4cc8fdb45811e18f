import type { Argv } from 'yargs';
import { parseDuration } from './duration.ts';
import { UsageError } from './usage-error.ts';

/** What `ssql probe` is asked. */
export interface ProbeArguments {
  /** Text for `/bin/sh -c`. */
  readonly shell: string;
  /** Path of a file of lines, `-` for standard input. */
  readonly sample: string | undefined;
  readonly marker: { readonly send: string; readonly reply: string } | undefined;
  /** ms */
  readonly budget: number | undefined;
  readonly format: 'text' | 'json';
}

const EXAMPLES: readonly (readonly [string, string])[] = [
  ["$0 probe 'tr a-z A-Z'", 'which clauses fit tr'],
  ["$0 probe 'geoip -f -' --sample ips.txt", 'shown lines that it understands'],
  [`$0 probe bc --marker 'print "end\\n"' --reply end`, 'whether it could be a daemon'],
  ["$0 probe 'jq -c .a' --format json", 'for programs'],
];

export const probing = (y: Argv): Argv =>
  y
    .positional('shell', { type: 'string', describe: 'the command, as SHELL would get it' })
    .option('sample', { type: 'string', describe: 'a file of lines to show to it, - for standard input' })
    .option('marker', { type: 'string', describe: 'what to send behind a batch' })
    .option('reply', { type: 'string', describe: 'the line that it prints for it (default: the marker itself)' })
    .option('timeout', { type: 'string', describe: 'for all of it (10s)' })
    .option('format', { type: 'string', choices: ['text', 'json'], describe: 'for people or for programs' })
    .example(EXAMPLES.map(([a, b]) => [a, b]))
    .epilogue(
      'It runs the command about a dozen times, on a few lines: do not probe a command that sends, deletes or pays. ' +
        'What it prints fits what it saw. That suggests a declaration, and does not prove it.',
    );

/** @param given as yargs gives it. @throws UsageError */
export function probeArguments(given: Readonly<Record<string, unknown>>): ProbeArguments {
  // Of a flag that is there twice yargs gives an array: the last one counts.
  const text = (name: string): string | undefined =>
    [given[name]]
      .flat()
      .map((value) => value as string)
      .at(-1);
  const [send, reply, time] = [text('marker'), text('reply'), text('timeout')];
  if (send === undefined && reply !== undefined) throw new UsageError('--reply needs --marker');
  const budget = time === undefined ? undefined : parseDuration(time);
  if (time !== undefined && budget === undefined)
    throw new UsageError(`--timeout takes a time such as 5s or 1m, not '${time}'`);
  return {
    shell: text('shell') ?? '',
    sample: text('sample'),
    marker: send === undefined ? undefined : { send, reply: reply ?? send },
    budget,
    format: text('format') === 'json' ? 'json' : 'text',
  };
}
