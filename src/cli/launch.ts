#!/usr/bin/env -S node --single-threaded-gc
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

// What `ssql` starts: the program beside it, with the code that V8 compiled when it was built. Parsing and compiling it
// anew takes longer than most small queries. A cache of another version of V8 is refused by V8 itself, and only that is
// lost. The build makes the cache by running a query with SSQL_MAKE_CACHE set; V8 compiles for its flags, so each set of
// them has a cache of its own. Its text is ASCII, which the build sees to: so it needs no decoding. The flag above: other cores are for the commands, and our heap is small.
const url = new URL('./main.cjs', import.meta.url);
const filename = fileURLToPath(url);
const cache = `${filename}${process.execArgv.join('')}.cache`;

const script = new Script(`(function (exports, require, module, __url) {${readFileSync(filename, 'latin1')}\n})`, {
  filename,
  ...cached(),
});
const isMaking = process.env['SSQL_MAKE_CACHE'] !== undefined;
// A pattern that tries too many ways (`(a+)+$`) is gone on with by a method that needs one pass. Set when the code is
// there, for it is a flag that makes a cache another one.
if (!isMaking) setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
const program: { exports: { done?: Promise<void> } } = { exports: {} };
(script.runInThisContext() as (...parts: unknown[]) => void)(program.exports, createRequire(url), program, url.href);
await program.exports.done;
if (isMaking) writeFileSync(cache, script.createCachedData());
// All is written and all processes are gone. Left to itself, Node would give back its heap piece by piece first.
process.exit();

function cached(): { cachedData?: Buffer } {
  try {
    return { cachedData: readFileSync(cache) };
  } catch {
    return {};
  }
}
