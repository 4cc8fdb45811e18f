// Whatever somebody types: `ssql check` says what is wrong with it, with a place in the text, and never breaks down.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../src/engine.ts';
import { examples } from './support/examples.ts';
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
  for (const place of [folder, join(folder, 'dist/samples')])
    execFileSync(process.execPath, [resolve('queries/make-data.mjs'), place]);
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

/** Where a value can stand, or cannot: subqueries, aggregates, windows, event time, lineage, rows, odd literals. */
const VALUES = [
  ...[
    'NULL',
    "''",
    '-1',
    '9223372036854775807',
    '1e308',
    "x'00'",
    "'a' COLLATE NOCASE",
    '*',
    '(1, 2)',
    '?1',
    ':p',
    '1 IN ()',
  ],
  ...[
    'count(*)',
    'max(id)',
    'count(DISTINCT id)',
    'sum(1) FILTER (WHERE 0)',
    'group_concat(1 ORDER BY 1)',
    'grouping(id)',
  ],
  ...['row_number() OVER ()', 'sum(count(*)) OVER ()', 'lag(1) OVER (ORDER BY 1)', 'sum(id) OVER (ROWS 1 PRECEDING)'],
  ...[
    '(SELECT 1)',
    '(SELECT max(id) FROM customers)',
    'EXISTS (SELECT 1)',
    '1 IN (SELECT id FROM customers)',
    '(VALUES (1))',
  ],
  ...[
    '(SELECT id FROM customers c WHERE c.id = customers.id)',
    '(id, 1) IN (SELECT 1, 2)',
    '(FROM customers |> LIMIT 1)',
  ],
  ...[
    'lineage()',
    'row_time()',
    'CURRENT_WATERMARK()',
    'PROCTIME()',
    'random()',
    "TIMESTAMP '2024-01-01'",
    "INTERVAL '1' MONTH",
  ],
  ...[
    "CASE id WHEN 1 THEN 'a' ELSE (SELECT 'b') END",
    "json('{}')",
    'CAST(NULL AS BLOB)',
    'id',
    'name',
    'city',
    'customers.id',
  ],
] as const;

const texts = examples();

/** An example in which values are others. */
function withOtherValues(r: Random): string {
  const tokens = [...(r.of(texts).match(TOKEN) ?? [])];
  const spots = tokens.flatMap((token, i) => (/^(\w+|'.*')$/.test(token) ? [i] : []));
  if (spots.length === 0) return tokens.join('');
  for (let n = r.chance(0.7) ? 1 : 2; n > 0; n--) tokens[r.of(spots)] = r.of(VALUES);
  return tokens.join('');
}

async function check(text: string): Promise<void> {
  const engine = new Engine({ attach: { shop: 'shop.db' } });
  const faults = await engine.check({ name: 'mutated.ssql', text });
  engine.close();
  for (const { code, message, span, label, help } of faults) {
    const said = [message, label ?? '', ...(help ?? [])].join('\n');
    expect([text, code, said]).not.toEqual([text, 'E0999', said]);
    expect(said).not.toMatch(/undefined|\[object|\bNaN\b|\n\s+at /);
    if (span !== undefined) expect(span.end).toBeGreaterThanOrEqual(span.start);
  }
}

test.each(seeds(500))('seed %i', (seed) => check(mutated(random(seed))));

test.each(seeds(100))('examples of the language with other values, seed %i', async (seed) => {
  const r = random(seed);
  for (let n = 0; n < 20; n++) await check(withOtherValues(r));
});
