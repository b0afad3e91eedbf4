import { defineConfig } from 'vitest/config';

/**
 * Test areas, each a folder of test/. `vitest run --project unit` runs one. Areas in BUILT test the product as it is shipped (dist/ and the addon) and get
 * a fresh build first; the others import the sources. Forks, not threads: the addon handles signals, and a crash must not take the runner along.
 */
const BUILT = ['spec', 'runtime', 'fuzz', 'cli', 'component', 'package', 'packages', 'arm64', 'windows'];
const area = (name: string, include: string[], extra: object = {}) => ({
  // No process stays behind a test that did not ask for it.
  test: { name, include, pool: 'forks' as const, testTimeout: 30_000, env: { WAMR_COMPILE_SERVER: 'off' }, ...extra },
});

// A sanitizer (scripts/test-sanitized.cjs) is for the processes that run tests; Vitest's own is this one, whose bundler
// does not get on under ThreadSanitizer.
if (process.env.WAMR_TEST_PRELOAD !== undefined) process.env.LD_PRELOAD = process.env.WAMR_TEST_PRELOAD;

export default defineConfig({
  test: {
    projects: [
      area('unit', ['test/**/*.test.ts'], { exclude: BUILT.map((name) => `test/${name}/**`) }),
      ...BUILT.map((name) =>
        area(name, [`test/${name}/**/*.test.ts`], {
          testTimeout: name === 'arm64' || name === 'windows' ? 3_600_000 : 600_000,
          hookTimeout: 600_000,
          globalSetup: [`test/support/${name === 'package' ? 'packed' : 'global-setup'}.ts`],
        }),
      ),
    ],
  },
});
