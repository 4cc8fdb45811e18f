#!/usr/bin/env -S node --single-threaded-gc
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

// What `ssql` starts: the program beside it, with the code that V8 compiled when it was built. Parsing and compiling it
// anew takes longer than most small queries. A cache of another version of V8 is refused by V8 itself, and only that is
// lost. The build makes the cache by running a query with SSQL_MAKE_CACHE set; V8 compiles for its flags, so each set of
// them has a cache of its own. The flag above: other cores are for the commands, and our heap is small.
const url = new URL('./main.cjs', import.meta.url);
const filename = fileURLToPath(url);
const cache = `${filename}${process.execArgv.join('')}.cache`;

const script = new Script(`(function (exports, require, module, __url) {${readFileSync(filename, 'utf8')}\n})`, {
  filename,
  ...cached(),
});
const program: { exports: { done?: Promise<void> } } = { exports: {} };
(script.runInThisContext() as (...parts: unknown[]) => void)(program.exports, createRequire(url), program, url.href);
await program.exports.done;
if (process.env['SSQL_MAKE_CACHE'] !== undefined) writeFileSync(cache, script.createCachedData());
// All is written and all processes are gone. Left to itself, Node would give back its heap piece by piece first.
process.exit();

function cached(): { cachedData?: Buffer } {
  try {
    return { cachedData: readFileSync(cache) };
  } catch {
    return {};
  }
}
