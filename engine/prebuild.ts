/** Compiles the runtime into `objects/` beside the bundles: part of the build, so that a first run need not. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContentCache } from './toolchain/cache.js';
import { Compiler } from './toolchain/compiler.js';
import { Toolchain } from './toolchain/build.js';

const here = new URL('.', import.meta.url);
const folder = fileURLToPath(new URL('objects', here));
using compiler = new Compiler(new URL('compiler.worker.js', here));
const toolchain = new Toolchain(compiler, new ContentCache(folder), fileURLToPath(new URL('runtime', here)));
const wanted = new Set(await toolchain.compileAhead());
for (const name of await readdir(folder)) if (!wanted.has(name)) await rm(join(folder, name));
