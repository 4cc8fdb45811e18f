// Rows through commands, and how long it takes to start one: `node test/bench/shell.mjs [--lines 1000000] [--runs 5]`.
// A million lines go through RECORD commands, as a query and as the bare pipe `cat file | command | wc -l`, in turn: lines
// of a file, which the command is handed as it is, and rows that a filter has looked at, which come through us. The
// rate of a query is without its start (the time of the same query over one line): it is rows that are measured here.
// Prints the rates as shares of that of the bare pipe (target 0.8), then what starting a command from a process of 1.5 GB
// takes with and without the shell host (target 10 ms), as medians.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const LINES = option('--lines', 1_000_000);
const RUNS = option('--runs', 5);

const folder = mkdtempSync(join(tmpdir(), 'ssql-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const commands = [
  ['sed', `sed s/item/thing/`, 'WRITES (out TEXT) AS MAP'],
  ['grep', `grep -F 7`, 'AS FILTER'],
  ['awk', `awk '{ print $1, $3 }'`, 'WRITES (out TEXT) AS MAP'],
  ['python3', `python3 -c 'import sys\nfor l in sys.stdin: sys.stdout.write(l.upper())'`, 'WRITES (out TEXT) AS MAP'],
];

const many = join(folder, 'many');
const one = join(folder, 'one');
const line = (i) => `GET /api/v1/item/${(i * 7919) % 1000003} some user agent text ${i} xxxxxxxxxxxxxxxxxxxxxxxx\n`;
writeFileSync(many, Array.from({ length: LINES }, (_, i) => line(i)).join(''));
writeFileSync(one, line(7));

/** The commands are really started, and nothing is known of them but what is said here. */
const asDeclared = ['trust=declared', 'native=off'].flatMap((setting) => ['--set', setting]);

for (const [name, command, clauses] of commands) {
  const bare = (file) => timed('sh', ['-c', `cat ${file} | LC_ALL=C ${command} | wc -l`]);
  const ways = {
    file: (file) => `read_lines('${file}')`,
    rows: (file) => `(SELECT line FROM read_lines('${file}') WHERE line <> '')`,
  };
  const ours = (way, file) => {
    const query = `FROM ${ways[way](file)} |> SHELL $$${command}$$ ${clauses} |> AGGREGATE count(*) AS n`;
    return timed(join(root, 'dist', 'cli.js'), ['--mode', 'csv', '-q', ...asDeclared, '-c', query]);
  };
  const times = { pipe: [], file: [], rows: [], 'start of file': [], 'start of rows': [] };
  for (let i = 0; i < RUNS; i++) {
    const { out, ms } = bare(many);
    times.pipe.push(ms);
    for (const way of Object.keys(ways)) {
      const all = ours(way, many);
      if (all.out !== `n\n${out}`) throw new Error(`${name}: ${all.out} rows here, ${out} there`);
      times[way].push(all.ms);
      times[`start of ${way}`].push(ours(way, one).ms);
    }
  }
  const pipe = median(times.pipe);
  const rate = (ms) => `${(LINES / ms / 1000).toFixed(2)} M rows/s`;
  const shown = Object.keys(ways).map((way) => {
    const ms = median(times[way]) - median(times[`start of ${way}`]);
    return `${way} ${rate(ms)}: ${(pipe / ms).toFixed(2)} ${pipe / ms >= 0.8 ? 'met' : 'NOT MET'}`;
  });
  console.log(`${name.padEnd(8)} pipe ${rate(pipe)}, ${shown.join(', ')}`);
}

const program = join(root, 'dist', 'spawn-bench.mjs');
process.on('exit', () => rmSync(program, { force: true }));
buildSync({
  stdin: { contents: starter(), resolveDir: root, loader: 'ts' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: program,
  logLevel: 'error',
});
for (const megabytes of [0, 1500])
  for (const host of ['never', 'always'])
    process.stdout.write(timed(process.execPath, [program, host, String(megabytes)]).out);

/** Starts `cat` again and again: until the call returns, and until what was sent has come back. */
function starter() {
  return `
    import { supervisor } from './src/process/supervisor.ts';
    const [host, megabytes] = [process.argv[2] as 'never' | 'always', Number(process.argv[3])];
    const ballast = Buffer.alloc(megabytes * 1e6, 1);
    const held: number[] = [], answered: number[] = [];
    for (let i = 0; i < 31; i++) {
      const begun = performance.now();
      const command = supervisor.start({ host, stages: [{ command: 'cat', env: {} }], stdin: 'pipe', onStderr: () => undefined });
      held.push(performance.now() - begun);
      void command.write(Buffer.from('a'));
      await command.output.next(0);
      answered.push(performance.now() - begun);
      command.endInput();
      await command.ended;
    }
    const median = (list: number[]) => list.slice(1).sort((a, b) => a - b)[list.length >> 1]!.toFixed(1);
    const mb = (process.memoryUsage.rss() / 1e6).toFixed(0);
    console.log('spawn from ' + mb + ' MB, shell host ' + host + ': held up for ' + median(held) + ' ms, answered after ' + median(answered) + ' ms');
    await supervisor.closeAll();
    if (ballast.length < 0) throw new Error();`;
}

function timed(command, args) {
  const begun = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`);
  return { out: stdout, ms: performance.now() - begun };
}

function median(list) {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
}
