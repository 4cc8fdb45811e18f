// Whatever somebody types: `ssql check` says what is wrong with it, with a place in the text, and never breaks down.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../src/engine.ts';
import { random, seeds, type Random } from './support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-mutated-'));
const before = process.cwd();

const scripts = ['queries', 'queries/nexmark'].flatMap((from) =>
  readdirSync(from)
    .filter((name) => name.endsWith('.ssql'))
    .map((name) => readFileSync(join(from, name), 'utf8')),
);
const TOKEN = /\$\$[\s\S]*?\$\$|'(?:[^']|'')*'|--[^\n]*|[\w.]+|\|>|=>|[^\s\w]|\s+/g;
const words = [...new Set(scripts.flatMap((text) => text.match(TOKEN)!))].filter((word) => word.trim() !== '');

beforeAll(() => {
  execFileSync(process.execPath, [resolve('queries/make-data.mjs'), join(folder, 'dist/samples')]);
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

/** A script with some of its words dropped, doubled, exchanged, replaced, broken or cut off. */
function mutated(r: Random): string {
  const tokens = [...r.of(scripts).match(TOKEN)!];
  for (let n = 1 + r.below(3); n > 0; n--) {
    const at = r.below(tokens.length);
    const change = r.of([
      () => tokens.splice(at, 1),
      () => tokens.splice(at, 0, tokens[at]!, ' '),
      () => tokens.splice(at, 1, r.of(words)),
      () => tokens.splice(at, 0, ' ', r.of(words), ' '),
      () => tokens.splice(at, 1, tokens[at]!.slice(0, r.below(tokens[at]!.length))),
      () =>
        tokens.splice(
          at,
          1,
          r.of(['\u0000', '"', "'", '$$', '/*', '(((', '\ud800', '\u{1F600}', '1e999', '::', '@', '`']),
        ),
      () => tokens.splice(at, 1, tokens[r.below(tokens.length)]!),
      () => tokens.splice(at),
    ]);
    change();
    if (tokens.length === 0 || r.chance(0.1)) break;
  }
  return tokens.join('');
}

test.each(seeds(500))('seed %i', async (seed) => {
  const text = mutated(random(seed));
  const source = { name: 'mutated.ssql', text };
  const faults = await new Engine().check(source);
  for (const { code, message, span, label, help } of faults) {
    const said = [message, label ?? '', ...(help ?? [])].join('\n');
    expect([code, said]).not.toEqual(['E0999', said]);
    expect(said).not.toMatch(/undefined|\[object|\bNaN\b|\n\s+at /);
    if (span !== undefined) expect(span.end).toBeGreaterThanOrEqual(span.start);
  }
});
