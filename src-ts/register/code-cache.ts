/**
 * Loads the package's bundles with V8's code cache: compiling their JavaScript anew costs a start some milliseconds, which
 * a program with a small module feels. The first run that has no code of a bundle leaves it in the cache folder, for its
 * version of Node and its options. (Node's own `enableCompileCache` came with Node 22.)
 */
import { dirname } from 'node:path';
import type * as NodeVm from 'node:vm';
import type { NativeBinding } from '../binding.js';
import { cacheDir } from '../cache/place.js';
import { builtin, nodeModule } from '../util/builtin.js';

/** What makes a CommonJS bundle a function, as Node does. */
const BEFORE = '(function (exports, require, module, __filename, __dirname) { ';
const AFTER = '\n})';

export class CodeCache {
  /** Puts code into the cache folder: cache/cache.ts, which is in one of the bundles. */
  store: ((key: string, contents: Uint8Array) => unknown) | null = null;

  constructor(private readonly native: NativeBinding) {}

  /** `require(file)` of a CommonJS bundle of ASCII. */
  require(file: string): unknown {
    const { createRequire, Module } = nodeModule();
    const require = createRequire(file);
    const known = require.cache[file];
    if (known !== undefined) return known.exports;
    const { version, versions, execArgv } = process;
    const about = `${version} ${versions.v8} ${execArgv.join(' ')}`;
    // V8 believes what it is given: the addon has checked whose the code is, and that it is whole.
    const read = this.native.readBundle(file, BEFORE, AFTER, cacheDir() ?? '', about);
    if (read === undefined) return require(file);
    const [source, key, code] = read;
    const script = new (builtin<typeof NodeVm>('node:vm').Script)(source, {
      filename: file,
      cachedData: code && new Uint8Array(code),
    });
    const module = new Module(file);
    module.filename = file;
    require.cache[file] = module;
    try {
      const run = script.runInThisContext() as Function;
      run.call(module.exports, module.exports, require, module, file, dirname(file));
    } catch (e) {
      delete require.cache[file];
      throw e;
    }
    module.loaded = true;
    // At the end, when the functions that a program uses have been compiled.
    if (code === undefined || script.cachedDataRejected)
      process.once('exit', () => this.keep(key, script.createCachedData()));
    return module.exports;
  }

  private keep(key: string, code: Buffer): void {
    this.store?.(key, Buffer.concat([new Uint8Array(this.native.codeDigest(code)), code]));
  }
}
