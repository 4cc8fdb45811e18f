// Builds what is shipped: dist/cli.js and dist/index.js (bundles: start-up is ten times faster than unbundled), types,
// and the JSON schema of plan files. `npm ci` runs it through the `prepare` script.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const nodeRequire = createRequire(import.meta.url);

// `--bundles`: what tests run, without types, schema and samples that are there already.
const bundlesOnly = process.argv.includes('--bundles') && existsSync('dist/samples/shop.db');
if (!bundlesOnly) rmSync('dist', { recursive: true, force: true });

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['better-sqlite3'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  splitting: true,
  outdir: 'dist',
  entryNames: '[name]',
  chunkNames: 'chunk-[hash]',
  // Bundled CommonJS packages ask for `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

// What the parser decides by is worked out here once, not at each start; see grammar/decisions.ts.
const decisionsKnown = {
  name: 'decisions-known',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/known-decisions\.ts$/ }, () => ({
      contents: `export const known = JSON.parse(${JSON.stringify(decisions)})`,
    })),
};
const [{ text: working }] = (
  await build({
    ...common,
    ...{ banner: {}, format: 'cjs', splitting: false, write: false },
    stdin: {
      contents: `import { decisionsOf } from './grammar/decisions.ts';
        import { StreamSql } from './grammar/streamsql.ts';
        module.exports = JSON.stringify(decisionsOf(new StreamSql()));`,
      resolveDir: import.meta.dirname,
    },
  })
).outputFiles;
const made = {};
new Function('module', 'require', working)(made, nodeRequire);
const decisions = made.exports;

await build({
  ...common,
  plugins: [decisionsKnown],
  entryPoints: { cli: 'src/cli/launch.ts', index: 'src/index.ts', schema: 'src/plan/schema.ts' },
});
chmodSync('dist/cli.js', 0o755);
// The program itself is CommonJS, the one form for which V8 takes compiled code from a file; see src/cli/launch.ts.
const { banner, splitting, outdir, entryNames, chunkNames, ...single } = common;
const program = {
  ...single,
  minifyIdentifiers: true,
  format: 'cjs',
  define: { 'import.meta.url': '__url' },
};
// Half of all code is the schema of plan files, which only `ssql run plan.json` asks for: a file of its own.
const schemaApart = {
  name: 'schema-apart',
  setup: ({ onResolve }) => onResolve({ filter: /\/schema\.ts$/ }, () => ({ path: './schema.cjs', external: true })),
};
// The tables of Unicode behind the width of a text take a third of all start-up time, and only tables and help need it.
const widthLater = {
  name: 'width-later',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ resolveDir, namespace }) =>
      namespace === 'later' ? undefined : { path: resolveDir, namespace: 'later' },
    );
    onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => ({
      contents: `let width; export default (...text) => (width ??= require('string-width').default)(...text);`,
      resolveDir: path,
    }));
  },
};
// Modules of Node itself that a query need not meet, a twentieth of all start-up time. Each of their names is looked up when
// it is used; but yargs asserts something at every start, for which the module is wanted only where it does not hold.
const nodeLater = {
  name: 'node-later',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(assert|node:(child_process|crypto|zlib))$/ }, ({ path, namespace }) =>
      namespace === 'node-later' ? { path, external: true } : { path, namespace: 'node-later' },
    );
    onLoad({ filter: /node:/, namespace: 'node-later' }, ({ path }) => ({
      contents: `for (const name of ${JSON.stringify(Object.keys(nodeRequire(path)))})
        Object.defineProperty(exports, name, { enumerable: true, get: () => require('${path}')[name] });`,
    }));
    onLoad({ filter: /assert/, namespace: 'node-later' }, () => ({
      contents: `exports.strictEqual = (a, b, text) => Object.is(a, b) || require('assert').strictEqual(a, b, text);
        exports.notStrictEqual = (a, b, text) => !Object.is(a, b) || require('assert').notStrictEqual(a, b, text);`,
    }));
  },
};
await build({ ...program, entryPoints: ['src/plan/schema.ts'], outfile: 'dist/schema.cjs' });
await build({
  ...program,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/main.cjs',
  plugins: [decisionsKnown, schemaApart, widthLater, nodeLater],
  supported: { 'dynamic-import': false },
});
if (/[^\0-\x7f]/.test(readFileSync('dist/main.cjs', 'latin1')))
  throw new Error('dist/main.cjs is not ASCII: a regular expression in it should write \\u....');
// The process that starts commands for a large one; see src/process/host-link.ts.
await build({ ...program, entryPoints: ['src/process/shell-host.ts'], outfile: 'dist/shell-host.cjs' });
// V8 tells a cache of other code by the length of the source alone, so one of an earlier build must not be there.
for (const name of readdirSync('dist')) if (name.endsWith('.cache')) rmSync(`dist/${name}`);
const caching = { env: { ...process.env, SSQL_MAKE_CACHE: '1' } };
execFileSync('dist/cli.js', ['-c', 'SELECT 1'], caching);
execFileSync(process.execPath, ['dist/cli.js', '-c', 'SELECT 1'], caching);
if (!bundlesOnly) {
  const { planJsonSchema } = await import('./dist/schema.js');
  writeFileSync('dist/plan.schema.json', `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
  const { makeSamples } = await import('./queries/make-data.mjs');
  makeSamples('dist/samples');
}
