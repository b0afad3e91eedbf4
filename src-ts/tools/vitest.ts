/**
 * Plug-in for Vitest: tests run their WebAssembly on this engine, in every pool.
 *
 *     import wamr from 'wamr-native/vitest'; // export default defineConfig({ plugins: [wamr()] })
 *
 * `import { add } from './a.wasm'` is an instance; its module is compiled ahead, through the cache. `expect` has `toTrap`,
 * and snapshots of traps and of WebAssembly's objects do not depend on who compiled them.
 *
 * @module wamr-native/vitest
 */
import fs from 'node:fs';
import { COVERAGE, countingFolder, type CoverageOptions, writeReport } from './coverage.js';
import { compileAhead } from '../register/compile-wanted.js';
import { ENV } from '../options.js';
import { packageFile } from '../util/package-files.js';
import { hostReason } from '../host/engine.js';
import type { TrapExpectation } from './matchers.js';
import { instanceModule, INSTANCE, linksOf, resolveInstance, valuesModule, wasmFile } from './stand-in.js';
import type { Resolved, RollupPlugin } from './vite.js';
import { type Check, checkOptions, oneOf } from '../util/check-options.js';

export type { CoverageOptions, Resolved, RollupPlugin, TrapExpectation };

/** Options of the plug-in. */
export interface RunnerOptions {
  /**
   * WAMR_REGISTER of the tests (register/): `always` (default) compiles what the cache has not and waits; `cached` leaves
   * it to V8 for now; `off`.
   */
  register?: 'always' | 'cached' | 'off';
  /** Count which lines of WebAssembly the tests execute, and write an lcov file (Vitest 3.1). Default: false. */
  coverage?: boolean | CoverageOptions;
}

const OPTIONS: Readonly<Record<keyof RunnerOptions, Check>> = {
  register: oneOf('always', 'cached', 'off'),
  coverage: COVERAGE,
};

/** As much of a Vitest plug-in as this is. */
export interface VitestPlugin extends RollupPlugin {
  /** What it adds to the configuration. */
  config(): object;
  /** Called when Vitest has its configuration. */
  configureVitest(context: { vitest: VitestRun }): void;
}

/** As much of Vitest as is needed here. */
interface VitestRun {
  config: { root: string };
  onClose(then: () => void): void;
}

/** The plug-in. */
export function wamr(options: RunnerOptions = {}): VitestPlugin {
  checkOptions('wamr()', options, OPTIONS);
  const { register = 'always', coverage = false } = options;
  const folder = coverage === false ? null : countingFolder();
  return {
    name: 'wamr-native',
    enforce: 'pre',
    config: () => ({
      test: {
        setupFiles: [packageFile('vitest-setup.mjs')],
        env: {
          WAMR_REGISTER: ENV.register || register,
          ...(folder === null ? {} : { WAMR_COVERAGE: folder }),
        },
      },
    }),
    configureVitest({ vitest }) {
      const options = typeof coverage === 'object' ? coverage : {};
      if (folder !== null) vitest.onClose(() => writeReport(folder, vitest.config.root, options));
    },
    resolveId(id, importer, options) {
      return resolveInstance(this, id, importer, options);
    },
    async load(id) {
      const wanted = wasmFile(id);
      if (wanted === null) return null;
      const { file } = wanted;
      const wasm = fs.readFileSync(file);
      const links = linksOf(file, wasm);
      if (!wanted.instance) return valuesModule(links, file + INSTANCE);
      // With counters it is another artefact, which the tests make.
      if (register !== 'off' && folder === null && hostReason() === null) await compileAhead(wasm);
      const make = `new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(${JSON.stringify(file)})), imports)`;
      return instanceModule(links, `import fs from 'node:fs';`, make);
    },
  };
}

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Vitest's own parameter
  interface Matchers<T = any> {
    /** A WebAssembly trap: of a function that is called, or of an error. */
    toTrap(expected?: TrapExpectation): void;
  }
}
