import { exit } from './exit.ts';
import { readArguments } from './arguments.ts';
import { execute } from './commands/execute.ts';
import { probeCommand } from './commands/probe.ts';
import { UsageError } from './usage-error.ts';
import manifest from '../../package.json' with { type: 'json' };

/** The command line (started by launch.ts). Every way out goes through here, so that no stack trace reaches a user. */
async function main(): Promise<number> {
  const { version } = manifest;
  // The reader of stderr may go away too; there is nobody left to tell.
  process.stderr.on('error', () => undefined);
  const argv = process.argv.slice(2);
  if (argv[0] === '--version' && argv[1] === '--verbose') {
    process.stdout.write(`ssql ${version}\nnode ${process.versions.node}\n${process.platform} ${process.arch}\n`);
    return exit.ok;
  }
  try {
    const given = await readArguments(argv, version);
    if (given === 'shown') return exit.ok;
    return 'shell' in given ? await probeCommand(given) : await execute(given);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof Error && error.name === 'YError')) throw error;
    process.stderr.write(`ssql: ${error.message}\nTry 'ssql --help'.\n`);
    return exit.usage;
  }
}

/** What a pipe does not hold yet would be lost with the process. A reader that went away is waited for no longer. */
const drained = (stream: NodeJS.WriteStream): Promise<unknown> | undefined =>
  stream.writableLength === 0 ? undefined : new Promise((resolve) => stream.write('', resolve));

/** Settles when the command line has been served, and all that it says is written; the exit code is set then. */
export const done = main().then(async (code) => {
  process.exitCode = code;
  await drained(process.stdout);
  await drained(process.stderr);
});
