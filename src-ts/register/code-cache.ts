/**
 * Loads the engine's bundle with V8's code cache: compiling its JavaScript anew costs a start some milliseconds, which a
 * program with a small module feels. The first run that has none leaves one in the cache folder, for its version of Node
 * and its bundle. (Node's own `enableCompileCache` came with Node 22.)
 */
import fs from 'node:fs';
import { createRequire, Module } from 'node:module';
import path from 'node:path';
import type { NativeBinding } from '../binding.js';
import { findCached, storeCached } from '../cache/cache.js';
import { builtin } from '../util/builtin.js';

const DIGEST = 32;

/** `require(file)` of a CommonJS bundle. */
export function requireFast(native: NativeBinding, file: string): unknown {
  const require = createRequire(file);
  const known = require.cache[file];
  if (known !== undefined) return known.exports;
  const digest = (bytes: Uint8Array): Buffer => {
    // The hash is that of artefacts, which leaves out a part of its first bytes.
    const padded = new Uint8Array(512 + bytes.length);
    padded.set(bytes, 512);
    return Buffer.from(native.hash(padded) as ArrayBuffer);
  };
  const source = fs.readFileSync(file, 'utf8');
  const { mtimeMs } = fs.statSync(file);
  const name = ['code', process.version, process.versions.v8, process.execArgv.join(' '), file, source.length, mtimeMs];
  const key = digest(Buffer.from(name.join('\0'))).toString('hex');
  const stored = readCode(key, digest);
  const vm = builtin<typeof import('node:vm')>('node:vm');
  const script = new vm.Script(Module.wrap(source), { filename: file, cachedData: stored });
  const module = new Module(file);
  module.filename = file;
  require.cache[file] = module;
  try {
    (script.runInThisContext() as Function).call(
      module.exports,
      module.exports,
      require,
      module,
      file,
      path.dirname(file),
    );
  } catch (e) {
    delete require.cache[file];
    throw e;
  }
  module.loaded = true;
  // At the end, when the functions that a program uses have been compiled.
  if (stored === undefined || script.cachedDataRejected)
    process.once('exit', () => {
      const code = script.createCachedData();
      storeCached(key, Buffer.concat([digest(code), code]));
    });
  return module.exports;
}

/** Code of an earlier run; undefined without, or when it is damaged: V8 believes what it is given. */
function readCode(key: string, digest: (bytes: Uint8Array) => Buffer): Buffer | undefined {
  const found = findCached(key);
  if (found === null) return undefined;
  let bytes: Uint8Array;
  if ('bytes' in found) bytes = found.bytes;
  else {
    bytes = fs.readFileSync(found.fd);
    fs.closeSync(found.fd);
  }
  const code = Buffer.from(bytes.buffer, bytes.byteOffset + DIGEST, bytes.length - DIGEST);
  return digest(code).equals(bytes.subarray(0, DIGEST)) ? code : undefined;
}
