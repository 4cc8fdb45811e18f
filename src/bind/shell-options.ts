import { availableParallelism } from 'node:os';
import type { Shell } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { textOf as valueText } from '../expr/compare.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { fault, unknown } from './fault.ts';
import { constantMs } from './durations.ts';
import { dotted, lastPart } from './names.ts';

interface Command {
  readonly text: string;
  /** What messages and EXPLAIN call it. */
  readonly label: string;
  /** Those of CREATE COMMAND first: what is written at the use comes later and wins. */
  readonly clauses: readonly ast.ShellClause[];
}

/** The command behind SHELL: its text, or that of a CREATE COMMAND. */
export function commandOf(query: QueryContext, spec: ast.ShellSpec): Command {
  const { command, clauses } = spec;
  if (command.kind === 'text') return { text: command.text, label: command.text, clauses };
  const name = dotted(command.name);
  const found = query.catalog.find(name);
  if (found?.kind === 'command') {
    const inner = commandOf(query, found.shell);
    return { text: inner.text, label: found.name, clauses: [...inner.clauses, ...clauses] };
  }
  const known = query.catalog.objects.filter((o) => o.kind === 'command').map((o) => o.name);
  return unknown(
    'E0304',
    lastPart(command.name).span,
    'command',
    name,
    known,
    'no CREATE COMMAND has this name; the text of a command stands in quotes',
  );
}

/** Variables of the command: all named parameters, then ENV (..). */
export function environment(
  query: QueryContext,
  clauses: readonly ast.ShellClause[],
): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(query.params.named)) {
    if (value === null || !/^[A-Za-z_]\w*$/.test(name)) continue;
    env[name] = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
  }
  for (const c of clauses) {
    if (c.clause !== 'env') continue;
    for (const { name, value, span } of c.vars) {
      const cell = constantValue(query, value, 'ENV');
      const text = cell === null ? '' : valueText(cell);
      if (text.includes('\0'))
        fault('E0203', span, `the value of ${name} has a NUL byte`, { label: 'no environment variable can hold it' });
      env[name] = text;
    }
  }
  return env;
}

/** What becomes of stderr, how long a process may run (MODE DAEMON: may take for an answer), and how many copies may. */
export function runOptions(
  query: QueryContext,
  clauses: readonly ast.ShellClause[],
): Pick<Shell, 'stderr' | 'timeout' | 'parallel'> {
  const { parallelism = '1' } = query.settings;
  let options: Pick<Shell, 'stderr' | 'timeout' | 'parallel'> = copies(Number(parallelism));
  for (const c of clauses) {
    if (c.clause === 'stderr') options = { ...options, stderr: c.policy };
    if (c.clause === 'parallel') {
      if (c.copies === 0)
        fault('E0203', c.span, 'PARALLEL needs a number above 0', { label: 'or AUTO: one for each core' });
      const { parallel: _, ...others } = options;
      options = { ...others, ...copies(c.copies === 'auto' ? availableParallelism() : c.copies) };
    }
    if (c.clause === 'timeout') options = { ...options, timeout: constantMs(query, c.value, 'TIMEOUT') };
  }
  return options;
}

const copies = (most: number): Pick<Shell, 'parallel'> => (most > 1 ? { parallel: most } : {});
