import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic } from './base/errors.ts';
import type { Source, Span } from './base/span.ts';
import { shellsOf } from './plan/ops.ts';
import type { Origin, Shell } from './plan/plan.ts';
import type { Step } from './plan/step.ts';
import { checkSyntax, findProgram, programsOf } from './process/inspect.ts';

/**
 * Looks inside the SHELL commands of a step, before anything runs: is every program there (E0403), and, where `depth`
 * asks for it, can the shell parse the text (E0404; that starts a shell for each).
 */
export function checkCommands(
  step: Step,
  source: Source,
  depth: 'programs' | 'syntax' = 'programs',
): readonly Diagnostic[] {
  return step.kind === 'run'
    ? [...step.plans, ...Object.values(step.shared)]
        .flatMap(shellsOf)
        .flatMap((shell) => checkOne(shell, source, depth))
    : [];
}

/** A command, or a stage of several that the rewriter has fused. */
type Stage = Pick<Shell, 'command' | 'contract' | 'env' | 'sandbox'> & { readonly origin?: Origin };

function checkOne(shell: Shell, source: Source, depth: 'programs' | 'syntax'): readonly Diagnostic[] {
  return [shell, ...(shell.fused ?? [])].flatMap((stage) => checkStage(stage, source, depth));
}

function checkStage(
  { command, contract, env, sandbox, origin }: Stage,
  source: Source,
  depth: 'programs' | 'syntax',
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const span = origin && { span: spanAt(source, origin) };
  const needs = contract.needs?.value;
  const declared = new Set(needs?.tools);
  for (const program of new Set([...programsOf(command), ...declared])) {
    if (findProgram(program, needs?.cwd, env['PATH']) !== undefined) continue;
    found.push({
      code: 'E0403',
      message: `command not found: \`${program}\``,
      ...span,
      label: declared.has(program) ? 'declared NEEDS TOOLS' : 'no such program on PATH',
      help: [`install \`${program}\`, or correct its name or PATH`],
    });
  }
  for (const file of needs?.files ?? []) {
    const fault = unreadable(resolve(needs?.cwd ?? '.', file));
    if (fault === undefined) continue;
    found.push({
      code: 'E0407',
      message: `the command needs the file ${file}, which ${fault}`,
      ...span,
      label: 'declared NEEDS FILES',
    });
  }
  if (needs?.cwd !== undefined && !isFolder(needs.cwd))
    found.push({
      code: 'E0407',
      message: `the command is to run in ${needs.cwd}, which is no folder`,
      ...span,
      label: 'declared NEEDS CWD',
    });
  if (sandbox === 'bwrap' && findProgram('bwrap') === undefined) {
    found.push({
      code: 'E0403',
      message: 'SANDBOX BWRAP needs the program `bwrap`',
      ...span,
      label: 'no such program on PATH',
      help: ['install bubblewrap; SANDBOX LIMITS does without, but hides nothing from the command'],
    });
  }
  const fault = depth === 'syntax' && found.length === 0 ? checkSyntax(command) : undefined;
  if (fault !== undefined) {
    found.push({ code: 'E0404', message: `the shell cannot parse this command: ${fault}`, ...span });
  }
  return found;
}

/** What keeps a file from being read, if anything does. */
function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read';
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** An origin keeps only line and column, so that plans stay plain; the end of the line is close enough for carets. */
function spanAt(source: Source, { line, column }: Origin): Span {
  const lines = source.text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0) + column - 1;
  return { source, start, end: Math.max(start + 1, start - column + 1 + (lines[line - 1]?.length ?? 0)) };
}
