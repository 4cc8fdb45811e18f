// What each law gains: `node test/bench/laws.mjs [--lines 500000] [--runs 5]`. The queries of queries/laws/ run over data
// that is larger than the samples, with the law and without it, in turn; both have to give the same. Prints the medians
// and how many times faster the law makes the query: without the time that `SELECT 1` takes, and with it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeSamples } from '../../queries/make-data.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const LINES = option('--lines', 500_000);
const RUNS = option('--runs', 5);

/** A folder with so many lines. */
function dataOf(lines) {
  const folder = join(here, 'data', `laws-${lines}`);
  if (!existsSync(join(folder, 'dist/samples/shop.db')))
    makeSamples(join(folder, 'dist/samples'), { lines, orders: lines * 2 });
  return folder;
}

/**
 * By file: settings of the side with the law, of the one without it, and how many times faster it has to be. Of queries
 * that take little longer than their start, that is told by three times the lines.
 */
const laws = {
  'filter-below-a-command': { law: 'F1', without: ['optimizer=off'], target: 20 },
  dictionary: { law: 'K1', without: ['optimizer=off'], target: 4 },
  fusion: { law: 'X2', without: ['optimizer=off'], target: 1.8, more: 3 },
  'two-copies': { law: 'A1', with: ['parallelism=2'], without: [], target: 1.6 },
  'prefix-into-sqlite': { law: 'Q2', without: ['pushdown=off'], target: 5 },
  'semi-join': { law: 'K2', without: ['optimizer=off'], target: 5, more: 3 },
};
const wanted = process.argv.slice(2).filter((name) => name in laws);

let failed = 0;
const results = [];
for (const [name, { law, with: on = [], without: off, target, more = 1 }] of Object.entries(laws)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (law === 'A1' && availableParallelism() < 2) {
    console.log(`${law}  ${name}  SKIPPED: one core`);
    continue;
  }
  const query = readFileSync(join(root, 'queries/laws', `${name}.ssql`), 'utf8');
  const folder = dataOf(LINES * more);
  const timed = (text, settings) => run(folder, text, settings);
  const [a, b] = [timed(query, on), timed(query, off)];
  if (a.out !== b.out) {
    console.error(`${law}: the two sides differ:\n${a.out.slice(0, 500)}\n---\n${b.out.slice(0, 500)}`);
    failed++;
    continue;
  }
  const [mine, other, starts] = [[], [], []];
  for (let i = 0; i < RUNS; i++) {
    mine.push(timed(query, on).ms);
    other.push(timed(query, off).ms);
    starts.push(timed('SELECT 1', []).ms);
  }
  const [ms, without] = [median(mine), median(other)];
  const start = median(starts);
  const gain = (without - start) / Math.max(1, ms - start);
  results.push({
    law,
    name,
    ms: Math.round(ms),
    without_ms: Math.round(without),
    gain: Number(gain.toFixed(2)),
    whole: Number((without / ms).toFixed(2)),
    target,
  });
  console.log(
    `${law.padEnd(4)}${name.padEnd(24)} with it ${String(Math.round(ms)).padStart(6)} ms  without ${String(Math.round(without)).padStart(6)} ms  ${gain.toFixed(2)} times (${(without / ms).toFixed(2)} with the start)  target ${target} ${gain >= target ? 'met' : 'NOT MET'}`,
  );
}
writeFileSync(
  join(here, 'laws.json'),
  `${JSON.stringify({ node: process.version, lines: LINES, results }, null, 2)}\n`,
);
process.exitCode = failed > 0 ? 1 : 0;

function run(folder, query, settings) {
  const flags = settings.flatMap((setting) => ['--set', setting]);
  const start = performance.now();
  const args = [join(root, 'dist/cli.js'), '--mode', 'csv', '-q', ...flags, '-c', query];
  const done = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
  const ms = performance.now() - start;
  if (done.status !== 0) throw new Error(`${args.join(' ')} failed:\n${done.stderr}`);
  return { out: done.stdout, ms };
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
