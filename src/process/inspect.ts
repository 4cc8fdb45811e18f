import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { tokenize, type Token } from '../contract/shell-words.ts';
import { commandPath } from './environment.ts';

/** Built into some `/bin/sh`; where one of them is missing, the run tells. */
const BUILTINS = new Set(
  `: [ [[ ]] alias bg bind break builtin cd command continue declare dirs disown echo enable exit export false fc fg
   getopts hash help history jobs kill let local logout popd printf pushd pwd read readonly return set shift shopt
   suspend test times trap true type typeset ulimit umask unalias unset wait`.split(/\s+/),
);
/** A command follows. */
const LEADING = new Set(['if', 'then', 'else', 'elif', 'while', 'until', 'do', '{', '!', 'time', 'exec']);
const CLOSING = new Set(['fi', 'done', '}', 'esac']);
/** What these do to names can only be known by running them; `case` has commands where words are expected. */
const OPAQUE = new Set(['.', 'source', 'eval', 'alias', 'case', 'function', 'select', 'which']);

/**
 * Programs that a command certainly wants to run: the first word of each simple command. Best effort, and rather too few
 * than wrong: what is a variable, a function, a builtin, or behind a fallback (`a || b`) is left out.
 */
export function programsOf(command: string): string[] {
  const tokens = tokenize(command);
  if (tokens === undefined) return [];
  const found = new Set<string>();
  const functions = new Set<string>();
  let at = 0;
  let expected = true;
  let last: string | undefined;
  for (; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.kind === 'operator') {
      if (isRedirection(token)) at++;
      else {
        if (token.text === '||' && last !== undefined) found.delete(last);
        if (token.text !== '|' && token.text !== '\n') last = undefined;
        expected = true;
      }
      continue;
    }
    if (!expected || isDescriptor(token, tokens[at + 1])) continue;
    const { text } = token;
    const plain = !token.quoted && !token.open;
    if (token.assigns) {
      if (text.startsWith('PATH=')) break;
      continue;
    }
    if (plain && LEADING.has(text)) continue;
    expected = false;
    if (plain && OPAQUE.has(text)) break;
    // A test for a program comes before its use.
    if (plain && (text === 'command' || text === 'type' || text === 'hash')) break;
    if (plain && text === 'for') at = behindLoopHead(tokens, at);
    else if (plain && tokens[at + 1]?.text === '(') {
      functions.add(text);
      at += 2;
      expected = true;
    } else if (!token.open && text !== '' && !CLOSING.has(text) && !BUILTINS.has(text)) {
      if (!found.has(text)) last = text;
      found.add(text);
    }
  }
  return Array.from(found).filter((name) => !functions.has(name));
}

const isRedirection = ({ text }: Token): boolean => /^[<>]/.test(text);
/** The 2 of `2>file`. */
const isDescriptor = (token: Token, next: Token | undefined): boolean =>
  /^\d+$/.test(token.text) && next?.kind === 'operator' && isRedirection(next);

/** The last token of `for x in a b c`. */
function behindLoopHead(tokens: readonly Token[], at: number): number {
  while (at + 1 < tokens.length && tokens[at + 1]!.kind === 'word' && tokens[at + 1]!.text !== 'do') at++;
  return at;
}

/**
 * Where a program is.
 *
 * @param cwd what a path with a slash in it is relative to.
 * @param path the folders to look in, as PATH lists them.
 * @returns its path, or undefined if there is no such executable file.
 */
export function findProgram(name: string, cwd = process.cwd(), path = commandPath()): string | undefined {
  if (name.includes('/')) return isProgram(resolve(cwd, name)) ? resolve(cwd, name) : undefined;
  const folders = path.split(delimiter);
  return folders.map((folder) => join(folder === '' ? cwd : folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What the shell has against the text, in its own words; undefined if it can parse it. Runs a shell, but nothing else. */
export function checkSyntax(command: string): string | undefined {
  const { status, stderr } = spawnSync('/bin/sh', ['-n', '-c', command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { LC_ALL: 'C' },
    encoding: 'utf8',
  });
  if (status === 0 || status === null) return undefined;
  // `/bin/sh: 1: Syntax error: ..` or `/bin/sh: -c: line 1: syntax error ..`
  const [, line, message] = /^\S+?: (?:-c: )?(?:line )?(\d+): (.*)/m.exec(stderr) ?? [];
  if (message === undefined) return stderr.trim() || `exit status ${status}`;
  return line === '1' ? message : `line ${line}: ${message}`;
}
