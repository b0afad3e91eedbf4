/**
 * Jest with WebAssembly on this engine:
 *
 *     const { withWamr } = require('wamr-native/jest'); // module.exports = withWamr({ testEnvironment: 'node' })
 *
 * `import` and `require` of a `.wasm` file give an instance's exports; its module is compiled ahead, through the cache.
 * `expect` has `toTrap`, and snapshots of traps and of WebAssembly's objects do not depend on who compiled them.
 *
 * @module wamr-native/jest
 */
import { type Check, checkOptions } from '../util/check-options.js';
import { COVERAGE, countingFolder, type CoverageOptions } from './coverage.js';
import { packageFile } from '../util/package-files.js';
import type { TrapExpectation } from './matchers.js';

export type { CoverageOptions, TrapExpectation };

/** What of a configuration is changed. */
export interface JestConfig {
  /** Transforms by pattern. */
  transform?: Record<string, unknown>;
  /** Run before each test file. */
  setupFiles?: string[];
  /** Run when the test framework is there. */
  setupFilesAfterEnv?: string[];
  /** What tells of the run. */
  reporters?: unknown[];
  /** All others. */
  [option: string]: unknown;
}

/** Jest's own, which naming a `transform` replaces. */
const BABEL = { '\\.[jt]sx?$': 'babel-jest' };

/** Options of `withWamr`. */
export interface JestOptions {
  /** Count which lines of WebAssembly the tests execute, and write an lcov file. Default: false. */
  coverage?: boolean | CoverageOptions;
}

const OPTIONS: Readonly<Record<keyof JestOptions, Check>> = { coverage: COVERAGE };

/** A configuration with what this package adds. */
export function withWamr<C extends object>(config: C, options: JestOptions = {}): C & JestConfig {
  if (typeof config !== 'object' || config === null)
    throw new TypeError("withWamr(): Argument 0 must be Jest's configuration");
  checkOptions('withWamr()', options, OPTIONS);
  const { coverage = false } = options;
  const { transform = BABEL, setupFiles = [], setupFilesAfterEnv = [] } = config as JestConfig;
  return {
    ...config,
    ...(coverage === false ? {} : counting(config as JestConfig, coverage === true ? {} : coverage)),
    transform: { ...transform, '\\.wasm$': packageFile('jest-transform.js') },
    setupFiles: [packageFile('jest-register.js'), ...setupFiles],
    setupFilesAfterEnv: [packageFile('jest-setup.js'), ...setupFilesAfterEnv],
  };
}

/** Tests inherit the environment; the report is a reporter's. */
function counting({ reporters = ['default'] }: JestConfig, options: CoverageOptions): JestConfig {
  const folder = countingFolder();
  Object.assign(process.env, { WAMR_COVERAGE: folder });
  return { reporters: [...reporters, [packageFile('jest-coverage.js'), { ...options, folder }]] };
}

declare global {
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Jest's own parameters
    interface Matchers<R, T = {}> {
      /** A WebAssembly trap: of a function that is called, or of an error. */
      toTrap(expected?: TrapExpectation): R;
    }
  }
}
