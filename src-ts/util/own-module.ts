/**
 * Loads a bundle into a realm of its own, so that nothing that a program does to its built-ins reaches it (as
 * util/realm.ts does for the engine). Its objects are of that realm: who calls it makes the program's own of them.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { nodeModule } from './builtin.js';

/** What Node adds to a realm and the bundle uses, as far as the realm of this file has it. */
const FROM_NODE = ['process', 'Buffer', 'TextDecoder', 'TextEncoder', 'console', 'setTimeout'] as const;

const { hrtime } = process;
/** Milliseconds, as the global of this name has them, which loads more than a compilation does. */
const performance = {
  now: (): number => {
    const time = hrtime();
    return time[0] * 1e3 + time[1] / 1e6;
  },
};

/** Makes the script that the text of a file is between two others; null: as usual. */
type MakeScript = (file: string, before: string, after: string, options: vm.ScriptOptions) => vm.Script | null;

/** `here`: no program is in this process, so this realm is as good as one of its own. */
const scripts: { make: MakeScript; here: boolean } = { make: () => null, here: false };

/** From now on scripts are made like this: the command line has V8's code of them (aot/compiler-code.ts). */
export function useScripts(make: MakeScript): void {
  scripts.make = make;
}

/** For processes that are ours alone, which save the realm. */
export function loadHere(): void {
  scripts.here = true;
}

/** What a CommonJS file exports. Where Node cannot make a realm with an ordinary global object, of this realm. */
export function loadInOwnRealm<T>(file: string): T {
  const require = nodeModule().createRequire(file);
  // Since Node 20.18 and 22.8. The older kind of context asks an interceptor for every global, which compiling feels.
  const ordinary: unknown = vm.constants.DONT_CONTEXTIFY;
  if (ordinary === undefined) return require(file) as T;
  const context = scripts.here ? null : vm.createContext(ordinary as never);
  const names = ['exports', 'require', 'module', '__filename', '__dirname', 'performance', ...FROM_NODE];
  const given = [performance, ...FROM_NODE.map((name) => globalThis[name])];
  const load = (bundle: string): unknown => {
    const before = `(function (${names.join(', ')}) {`;
    const after = '\n})';
    const options = { filename: bundle, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
    const script =
      scripts.make(bundle, before, after, options) ??
      new vm.Script(before + readFileSync(bundle, 'utf8') + after, options);
    const module = { exports: {} };
    const run = (context === null ? script.runInThisContext() : script.runInContext(context)) as Function;
    run(module.exports, requireHere, module, bundle, path.dirname(bundle), ...given);
    return module.exports;
  };
  // A bundle beside this one belongs to the same realm.
  const requireHere = (id: string): unknown =>
    id.startsWith('./') ? load(path.join(path.dirname(file), id)) : (require(id) as unknown);
  return load(file) as T;
}
