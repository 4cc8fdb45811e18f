// Whole commands against their peers, both in one run: `npm run bench [-- S1 S4] [-- --lines 200000]`.
// Prints ratios (ours / theirs; medians of five interleaved runs after a warm-up) and writes test/bench/results.json.
// A peer that is not on this machine is skipped visibly; both sides must give the same answer before they are timed.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessLog } from '../../queries/make-data.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const cli = join(root, 'dist', 'cli.js');
const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const LINES = option('--lines', 2_000_000);
const RUNS = option('--runs', 5);
const wanted = process.argv.slice(2).filter((a) => /^S\d/.test(a));

const log = logFile(LINES);
const slowLog = logFile(Math.min(LINES, 400_000));
/** About 30 us a line: what a look-up in a table takes. */
const SLOW = String.raw`sed -E 's/(.*)(.)(.*)\2(.*)\2/\1-\3-\4/; s/^(.*)(.*)\.\1\2$/same \1/'`;
const slowQuery = `FROM (SELECT split_part(line, ' ', 1) AS ip, CAST(split_part(line, ' ', 9) AS INTEGER) AS status, CAST(split_part(line, ' ', 10) AS INTEGER) AS bytes FROM read_lines('${slowLog}'))
  |> SHELL $$${SLOW}$$ READS (ip) WRITES (net TEXT) AS MAP
  |> WHERE status = 500 AND bytes > 37000 |> AGGREGATE count(*) AS n, count(DISTINCT net) AS nets`;

/** What is measured: our command, the peer's, the program that the peer needs, the target of this step and of the road. */
const benches = [
  {
    id: 'S1',
    what: `count per status over ${LINES.toLocaleString('en-US')} lines`,
    ours: ssql(
      `SELECT split_part(line, ' ', 9) AS status, count(*) AS n FROM read_lines('${log}') GROUP BY 1 ORDER BY 1`,
    ),
    peer: ['mawk', `mawk '{c[$9]++} END {for (s in c) print s "," c[s]}' ${log} | sort`],
    target: 1.0,
    goal: 0.7,
    answer: (text) => text.replace(/^status,n\r?\n/, ''),
  },
  {
    id: 'S2',
    what: 'file |> SHELL grep -F |> count',
    ours: ssql(`FROM read_lines('${log}') |> SHELL 'grep -F x' AS FILTER |> AGGREGATE count(*) AS n`),
    peer: ['grep', `LC_ALL=C grep -F x ${log} | wc -l`],
    target: 1.3,
    goal: 1.2,
    answer: (text) => text.replace(/^n\r?\n/, '').trim(),
  },
  {
    id: 'S4',
    what: '1 % filter above a slow MAP command',
    ours: ssql(slowQuery),
    peer: ['sed', [...ssql(slowQuery), '--set', 'optimizer=off']],
    target: 1 / 15,
    goal: 1 / 20,
    answer: (text) => text,
  },
  {
    id: 'S8',
    what: "cold start: ssql -c 'SELECT 1'",
    ours: ssql('SELECT 1'),
    peer: ['node', [process.execPath, '-e', '0']],
    target: 3,
    goal: 2.5,
    answer: () => '',
    runs: 15,
  },
];

const results = [];
for (const bench of benches) {
  if (wanted.length > 0 && !wanted.includes(bench.id)) continue;
  const [program, peer] = bench.peer;
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) {
    console.log(`${bench.id}  SKIPPED: ${program} is not on this machine`);
    continue;
  }
  const theirs = Array.isArray(peer) ? peer : ['sh', '-c', peer];
  const [a, b] = [run(bench.ours), run(theirs)];
  if (bench.answer(a.out) !== bench.answer(b.out)) {
    console.error(
      `${bench.id}: the two sides differ:\n--- ours\n${a.out.slice(0, 500)}\n--- peer\n${b.out.slice(0, 500)}`,
    );
    process.exitCode = 1;
    continue;
  }
  const [mine, other] = [[], []];
  for (let i = 0; i < (bench.runs ?? RUNS); i++) {
    mine.push(run(bench.ours));
    other.push(run(theirs));
  }
  const ours = median(mine.map((r) => r.ms));
  const peers = median(other.map((r) => r.ms));
  const result = {
    id: bench.id,
    what: bench.what,
    ours_ms: Math.round(ours),
    peer_ms: Math.round(peers),
    ratio: Number((ours / peers).toFixed(3)),
    target: Number(bench.target.toFixed(3)),
    met: ours / peers <= bench.target,
    goal: Number(bench.goal.toFixed(3)),
    ours_mb: Math.max(...mine.map((r) => r.mb)),
    peer: program,
  };
  results.push(result);
  console.log(
    `${result.id.padEnd(4)}${result.what.padEnd(46)} ours ${String(result.ours_ms).padStart(6)} ms (${result.ours_mb} MB)  ${program} ${String(result.peer_ms).padStart(6)} ms  ratio ${result.ratio}  target ${result.target} ${result.met ? 'met' : 'NOT MET'} (goal ${result.goal})`,
  );
}
writeFileSync(
  join(here, 'results.json'),
  `${JSON.stringify({ node: process.version, lines: LINES, results }, null, 2)}\n`,
);

function ssql(sql) {
  return [cli, '--mode', 'csv', '-q', '-c', sql];
}

/** One run: what it printed, how long it took, and its peak memory where GNU time is there to tell. */
function run([command, ...args]) {
  const timed = existsSync('/usr/bin/time');
  const start = performance.now();
  const done = timed
    ? spawnSync('/usr/bin/time', ['-f', '%M', command, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })
    : spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const ms = performance.now() - start;
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${done.stderr}`);
  return { out: done.stdout, ms, mb: timed ? Math.round(Number(done.stderr.trim().split('\n').at(-1)) / 1024) : 0 };
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The log of that many lines, made once; kept between runs. */
function logFile(lines) {
  const folder = join(here, 'data');
  const file = join(folder, `access-${lines}.log`);
  if (existsSync(file) && statSync(file).size > 0) return file;
  mkdirSync(folder, { recursive: true });
  const fd = openSync(file, 'w');
  let text = '';
  for (const line of accessLog(lines, { seconds: 1 })) {
    text += `${line}\n`;
    if (text.length > 1 << 22) {
      writeSync(fd, text);
      text = '';
    }
  }
  writeSync(fd, text);
  closeSync(fd);
  return file;
}
