import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkSyntax, findProgram, programsOf } from '../src/process/inspect.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-inspect-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('programs of a command', () => {
  test.each<[command: string, programs: readonly string[]]>([
    [`grep -E ' (404|500) '`, ['grep']],
    [`sort | uniq -c|head -3`, ['sort', 'uniq', 'head']],
    [`LC_ALL=C X="a b" sort -k2 2>/dev/null >out <in`, ['sort']],
    [`2>&1 sort`, ['sort']],
    [`a && b; c & d`, ['a', 'b', 'c', 'd']],
    ['a\nb # c\nd', ['a', 'b', 'd']],
    [`(cd /tmp; ls) | { read x; wc; }`, ['ls', 'wc']],
    [`awk '{ print $1; system("x | y") }' | "my prog" | my\\ other`, ['awk', 'my prog', 'my other']],
    [`$x | "$HOME/bin/x" | \${y:-z} | $(which a) b | \`c\` | ~/d | ./e*`, []],
    [`echo "$(a "b)" 'c)')" | d`, ['d']],
    [`echo $((1 + (2))) && e`, ['e']],
    [`if a; then b; elif c; then d; else e; fi | f`, ['a', 'b', 'c', 'd', 'e', 'f']],
    [`for x in a b c; do d "$x"; done`, ['d']],
    [`while read -r x; do echo "$x"; done`, []],
    [`f() { a; }; f | b`, ['a', 'b']],
    [`! a`, ['a']],
    [`exec a`, ['a']],
    [`gsed x || sed y`, ['sed']],
    [`command -v x && x`, []],
    [`. ./lib.sh; fn`, []],
    [`PATH=/opt/bin:$PATH tool`, []],
    [`case $x in a) b ;; esac`, []],
    [`cat <<END | sort\nnot | a | program\nEND\nuniq`, ['cat', 'sort', 'uniq']],
    [`cat <<-'E'\n\tx | y\n\tE\nwc`, ['cat', 'wc']],
    [`[ -f x ] && test -f y && : && true`, []],
    [`sort \\\n  -k2`, ['sort']],
    [`unfinished 'quote`, []],
    [`unfinished "$(quote"`, []],
    [``, []],
  ])('%s', (command, programs) => {
    expect(programsOf(command)).toEqual(programs);
  });

  test('real commands of every kind are found where they are', () => {
    expect(findProgram('sh')).toMatch(/^\/.*\/sh$/);
    expect(findProgram('/bin/sh')).toBe('/bin/sh');
    expect(findProgram('no-such-program-anywhere')).toBeUndefined();
    expect(findProgram('/etc')).toBeUndefined();
    expect(findProgram('/etc/passwd')).toBeUndefined();
  });

  test('a path is relative to the folder that the command runs in', () => {
    writeFileSync(join(folder, 'tool'), '#!/bin/sh\n');
    chmodSync(join(folder, 'tool'), 0o755);
    expect(findProgram('./tool', folder)).toBe(join(folder, 'tool'));
    expect(findProgram('./tool')).toBeUndefined();
  });
});

describe('syntax', () => {
  test.each<[command: string, fault: RegExp | undefined]>([
    ['sort | uniq', undefined],
    [`awk '{ print }'`, undefined],
    ['exit 3', undefined],
    [`echo 'open`, /unterminated|unexpected EOF/i],
    ['if true; then', /unexpected|expecting/i],
    ['a | | b', /unexpected/i],
    ['true\nfor', /^line 2: .*(bad|unexpected)|unexpected/i],
  ])('%s', (command, fault) => {
    const found = checkSyntax(command);
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(fault);
  });

  test('nothing is run', () => {
    const file = join(tmpdir(), `ssql-syntax-${process.pid}`);
    expect(checkSyntax(`touch '${file}'`)).toBeUndefined();
    expect(() => execFileSync('ls', [file], { stdio: 'pipe' })).toThrow();
  });
});
