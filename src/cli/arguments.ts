import yargs, { type Argv } from 'yargs';
import { probeArguments, probing, type ProbeArguments } from './arguments-probe.ts';
import type { VerifyOptions } from '../verify.ts';
import { modes, type Mode } from './render/modes.ts';
import { UsageError } from './usage-error.ts';

/** What the command line asks for, checked. */
export interface Arguments {
  readonly command: 'run' | 'check' | 'explain' | 'compile' | 'verify';
  /** Paths of scripts, `-` for standard input; empty when `-c` gives the text. */
  readonly files: readonly string[];
  readonly text: string | undefined;
  readonly databases: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string | number | bigint>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly mode: Mode | undefined;
  readonly output: string | undefined;
  readonly timeout: string | undefined;
  readonly job: string | undefined;
  readonly progress: 'auto' | 'always' | 'never';
  readonly color: 'auto' | 'always' | 'never';
  readonly quiet: boolean;
  readonly whyNot: boolean;
  readonly trace: boolean;
  /** Of explain: two scripts, and what is different in their plans. */
  readonly diff: boolean;
  /** Of explain: run it, and tell what each operator did. */
  readonly analyze: boolean;
  readonly format: 'text' | 'json';
  readonly errorFormat: 'text' | 'json';
  readonly verify: VerifyOptions;
}

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['$0 -c "SELECT count(*) FROM \'access.csv\'"', 'ask a question'],
  ['$0 report.ssql', 'run a script'],
  ['$0 --db shop=shop.db report.ssql', 'with a database at hand as `shop`'],
  ['tail -n 1000 app.log | $0 -c "FROM stdin() |> SHELL \'grep ERROR\' AS FILTER"', 'in a pipe'],
  ['$0 check report.ssql', 'find the faults, run nothing'],
  ['$0 explain --why-not report.ssql', 'see the plan, and which word would make it faster'],
  ["$0 probe 'tr a-z A-Z'", 'find out what may be declared of a command'],
  ['$0 verify report.ssql', 'try to falsify what is declared of its commands'],
  ['$0 verify --suggest --sample source report.ssql', 'look for what could be declared, on real rows, too'],
  ['$0 run --job nightly report.ssql', 'append exactly once, however often it is killed and run again'],
  ['$0 -c "STOP JOB nightly DRAIN"', 'end it in good order, from anywhere; SHOW JOBS lists what runs'],
];

/** @throws UsageError where the arguments make no sense. */
export async function readArguments(
  argv: readonly string[],
  version: string,
): Promise<Arguments | ProbeArguments | 'shown'> {
  let shown = false;
  let command: Arguments['command'] = 'run';
  const parser = yargs()
    .scriptName('ssql')
    .usage('$0 [run] FILE.. | -c SQL      streaming SQL in which shell commands are operators')
    .parserConfiguration({ 'duplicate-arguments-array': true, 'parse-positional-numbers': false })
    .command(['run [files..]', '$0'], 'run scripts (or plan files), `-` for standard input', common)
    .command('check [files..]', 'find every fault without running anything', common, () => void (command = 'check'))
    .command('explain [files..]', 'print the plan', explaining, () => void (command = 'explain'))
    .command(
      'verify [files..]',
      'try to falsify what is declared, or known, of the commands; 4 is the exit status where one is false',
      verifying,
      () => void (command = 'verify'),
    )
    .command(
      'compile [files..]',
      'print the plan as JSON, which `ssql run` takes',
      common,
      () => void (command = 'compile'),
    )
    .command('probe <shell>', 'run a command on a few lines, and suggest how to declare it', probing)
    .example(EXAMPLES.map(([a, b]) => [a, b]))
    .version(version)
    .help()
    .alias('h', 'help')
    .strict()
    .exitProcess(false)
    .wrap(Math.min(110, process.stdout.columns || 100))
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    });
  const given = await parser.parseAsync(joined(argv), {}, (_error, _argv, output) => {
    if (output === '') return;
    process.stdout.write(`${output}\n`);
    shown = true;
  });
  if (shown) return 'shown';
  if (given['shell'] !== undefined) return probeArguments(given);
  const files = strings(given['files']);
  return {
    command,
    files,
    text: last(given['command']),
    databases: pairs(given['db'], '--db'),
    params: Object.fromEntries(
      Object.entries(pairs(given['param'], '-D')).map(([name, text]) => [name, paramOf(text)]),
    ),
    settings: pairs(given['set'], '--set'),
    mode: last(given['mode']) as Mode | undefined,
    output: last(given['output']),
    timeout: last(given['timeout']),
    job: last(given['job']),
    progress: (last(given['progress']) ?? 'auto') as Arguments['progress'],
    color: (last(given['color']) ?? 'auto') as Arguments['color'],
    quiet: given['quiet'] === true,
    whyNot: given['why-not'] === true,
    trace: given['trace'] === true,
    diff: given['diff'] === true,
    analyze: given['analyze'] === true,
    format: (last(given['format']) ?? 'text') as Arguments['format'],
    errorFormat: (last(given['error-format']) ?? 'text') as Arguments['errorFormat'],
    verify: {
      ...wholeNumber(given['cases'], '--cases', 'cases'),
      ...wholeNumber(given['seed'], '--seed', 'seed'),
      ...(given['sample'] !== undefined && { sample: last(given['sample']) as 'generated' | 'source' }),
      ...(given['suggest'] === true && { suggest: true }),
      ...(given['lock'] !== undefined && { lock: last(given['lock'])! }),
    },
  };
}

/** What follows `-c` is a query, also where it begins with a `-- comment`, which yargs takes for a flag. */
function joined(argv: readonly string[]): string[] {
  const args: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '-c' || argv[i] === '--command') {
      const text = argv[++i];
      if (text === undefined) throw new UsageError('-c takes the text of a query');
      args.push(`--command=${text}`);
    } else args.push(argv[i]!);
  }
  return args;
}

const common = (y: Argv): Argv =>
  y
    .positional('files', { type: 'string', array: true, describe: 'scripts, in order' })
    .option('command', { alias: 'c', type: 'string', describe: 'the query text itself' })
    .option('db', { type: 'string', describe: 'attach a SQLite database: name=path' })
    .option('param', { alias: 'D', type: 'string', describe: 'value of a parameter: name=value' })
    .option('set', { type: 'string', describe: 'a setting: key=value' })
    .option('mode', {
      type: 'string',
      choices: modes,
      describe: 'how rows are printed (table on a terminal, else csv)',
    })
    .option('output', { alias: 'o', type: 'string', describe: 'print rows to this file' })
    .option('timeout', { type: 'string', describe: 'give up after this long: 30s, 5m, 1h' })
    .option('job', { type: 'string', describe: 'keep progress in the target database under this name' })
    .option('progress', { type: 'string', choices: ['auto', 'always', 'never'], describe: 'progress line on stderr' })
    .option('color', { type: 'string', choices: ['auto', 'always', 'never'], describe: 'colours' })
    .option('error-format', { type: 'string', choices: ['text', 'json'], describe: 'errors for people or for editors' })
    .option('quiet', { alias: 'q', type: 'boolean', describe: 'no messages but errors' });

const explaining = (y: Argv): Argv =>
  common(y)
    .option('why-not', { type: 'boolean', describe: 'the laws that did not apply, and the word that is missing' })
    .option('analyze', {
      type: 'boolean',
      describe: 'run it (an INSERT inserts), and show what each operator and process did',
    })
    .option('diff', { type: 'boolean', describe: 'of two scripts, what is different in their plans' })
    .option('trace', { type: 'boolean', describe: 'the plan after each step of the rewriter' })
    .option('format', { type: 'string', choices: ['text', 'json'], describe: 'text, or the plan file as JSON' });

const verifying = (y: Argv): Argv =>
  common(y)
    .option('cases', { type: 'string', describe: 'lists of lines that each promise is tried on (500)' })
    .option('seed', { type: 'string', describe: 'another number makes up other lines' })
    .option('sample', {
      type: 'string',
      choices: ['generated', 'source'],
      describe: 'lines that are made up, or also those that reach the command',
    })
    .option('suggest', { type: 'boolean', describe: 'look for promises that nobody made' })
    .option('lock', { type: 'string', describe: 'where certificates go (ssql.lock beside the script)' })
    .option('format', { type: 'string', choices: ['text', 'json'], describe: 'for people, or as JSON' });

function wholeNumber<K extends string>(value: unknown, flag: string, key: K): { readonly [P in K]?: number } {
  const text = last(value);
  if (text === undefined) return {};
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`${flag} takes a whole number above 0, not '${text}'`);
  return { [key]: Number(text) } as { readonly [P in K]?: number };
}

/** yargs gives one value or, of a flag that is there twice, an array; always as text. */
const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as string[]) : typeof value === 'string' ? [value] : [];
const last = (value: unknown): string | undefined => strings(value).at(-1);

/** `42` and `-1.5` are numbers, as they would be in the query; `007` and `1e3` are text. */
function paramOf(text: string): string | number | bigint {
  if (/^(0|-?[1-9]\d{0,17})$/.test(text)) return BigInt(text);
  return /^-?(0|[1-9]\d*)\.\d+$/.test(text) ? Number(text) : text;
}

function pairs(value: unknown, flag: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    strings(value).map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`${flag} takes name=value, not '${text}'`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
