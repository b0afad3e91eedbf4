/**
 * Loads the package's bundles with V8's code cache: compiling their JavaScript anew costs a start some milliseconds, which
 * a program with a small module feels, and a cold compilation fifty. The first run that has no code of a bundle leaves it
 * in the cache folder, for its version of Node and its options. (Node's own `enableCompileCache` came with Node 22.)
 */
import { dirname } from 'node:path';
import type * as NodeVm from 'node:vm';
import type { NativeBinding } from '../binding.js';
import { builtin, files, nodeModule } from '../util/builtin.js';
import { cacheDir } from './place.js';

/** What makes a CommonJS bundle a function, as Node does. */
const BEFORE = '(function (exports, require, module, __filename, __dirname) { ';
const AFTER = '\n})';

/** Whether there is such a folder to write to, or could be one. */
function isWritable(folder: string | null): boolean {
  const { accessSync, constants } = files();
  for (let at = folder; at !== null; at = dirname(at)) {
    try {
      accessSync(at, constants.W_OK);
      return true;
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'ENOENT' || at === dirname(at)) return false;
    }
  }
  return false;
}

export class CodeCache {
  /** Puts code into the cache folder: cache/cache.ts, which is in one of the bundles. */
  store: ((key: string, contents: Uint8Array) => unknown) | null = null;

  private keepsAtExit = false;
  /** Scripts that there was no code of, and its keys. */
  private readonly wanting: { script: NodeVm.Script; key: string }[] = [];

  /**
   * @param flags what the process has told V8 beside its command line; code is good for the same flags only.
   * @param folder of the cache; null: there is to be none.
   */
  constructor(
    private readonly native: NativeBinding,
    private readonly flags = '',
    private readonly folder: () => string | null = cacheDir,
  ) {}

  /** The script that a bundle of ASCII is between two texts; null where it cannot be read. */
  script(file: string, before: string, after: string, options: NodeVm.ScriptOptions = {}): NodeVm.Script | null {
    const { version, versions, execArgv } = process;
    const about = `${version} ${versions.v8} ${execArgv.join(' ')} ${this.flags}`;
    // V8 believes what it is given: the addon has checked whose the code is, and that it is whole.
    const read = this.native.readBundle(file, before, after, this.folder() ?? '', about);
    if (read === undefined) return null;
    const [source, key, code] = read;
    const { Script } = builtin<typeof NodeVm>('node:vm');
    const script = new Script(source, { ...options, filename: file, cachedData: code && new Uint8Array(code) });
    if (code === undefined || script.cachedDataRejected === true) this.wanting.push({ script, key });
    return script;
  }

  /** Leaves the code that was not there: once the functions that a program uses have been compiled. */
  keep(): void {
    const { store, wanting } = this;
    // V8 takes milliseconds for it, at every end where nothing can be left.
    if (store === null || wanting.length === 0 || !isWritable(this.folder())) return;
    for (const { script, key } of wanting) {
      const code = script.createCachedData();
      store(key, Buffer.concat([new Uint8Array(this.native.codeDigest(code)), code]));
    }
    wanting.length = 0;
  }

  /** `require(file)` of a CommonJS bundle of ASCII. */
  require(file: string): unknown {
    const { createRequire, Module } = nodeModule();
    const require = createRequire(file);
    const known = require.cache[file];
    if (known !== undefined) return known.exports;
    const script = this.script(file, BEFORE, AFTER);
    if (script === null) return require(file);
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
    this.keepAtExit();
    return module.exports;
  }

  /** The value of a script of ASCII. */
  evaluate(file: string): unknown {
    const script = this.script(file, '', '');
    if (script === null) throw new Error(`${file} cannot be read`);
    const value: unknown = script.runInThisContext();
    this.keepAtExit();
    return value;
  }

  /** At the end, when the functions that a program uses have been compiled. */
  private keepAtExit(): void {
    if (this.wanting.length > 0 && !this.keepsAtExit) process.once('exit', () => this.keep());
    this.keepsAtExit ||= this.wanting.length > 0;
  }
}
