/**
 * The official specification suite on our engine, in this process: every command whose module stays within WebAssembly
 * 2.0 and the proposals that we have. WAMR_TEST_ENGINE=v8 runs it on V8 (which tests the runner),
 * WAMR_TEST_OWN_SUITE=1 ignores ../shared and converts the suite.
 */
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  deterministicEngine,
  edition2Engine,
  engineUnderTest,
  explicitEngine,
  nativeEngine,
  profiledEngine,
  v8Engine,
} from '../support/engine.js';
import { specSuite } from '../support/peers.js';
import { runSpecScript } from '../support/spec-runner.js';
import { findScripts, isEdition2 } from '../support/spec-scripts.js';

let suite: string[] = [];
let missing: string | undefined;
try {
  suite = specSuite();
} catch (e) {
  missing = String(e);
}

describe('specification suite', () => {
  it('is there', () => {
    // Not skipped: a run without the suite proves nothing and must not look like one that does.
    expect(missing).toBeUndefined();
  });

  const engine = engineUnderTest();
  let passed = 0;
  let skipped = 0;
  for (const folder of suite) {
    for (const file of findScripts(folder)) {
      it(path.relative(folder, path.dirname(file)), () => {
        const r = runSpecScript(engine !== v8Engine && isEdition2(file) ? edition2Engine() : engine, file);
        passed += r.passed;
        skipped += r.skipped;
        expect(r.failures.slice(0, 20), `${r.failures.length} failures`).toEqual([]);
      });
    }
  }
  afterAll(() =>
    console.log(
      `specification suite on ${engine.name}: ${passed} commands passed, ${skipped} skipped (they need other features or the text format)`,
    ),
  );
});

/** Scripts with more than a few branches and calls. */
const ABOUT_CODE =
  /simd_(const|splat|lane|load|bitwise|boolean|linking)|block|br|call|if|loop|func|local|global|return|select|switch|table|elem|labels|nop|unreachable|unwind|stack|fac|forward|left-to-right|trap|start|names/;

// Random counts inline, reorder and split these modules in ways that no measured profile would.
describe.skipIf(process.env.WAMR_TEST_ENGINE === 'v8' || process.env.WAMR_TEST_QUICK === '1')(
  'whatever a profile says',
  () => {
    for (const folder of suite) {
      for (const file of findScripts(folder).filter((f) => ABOUT_CODE.test(path.relative(folder, path.dirname(f))))) {
        it(path.relative(folder, path.dirname(file)), () => {
          const r = runSpecScript(profiledEngine(file.length, isEdition2(file)), file);
          expect(r.failures.slice(0, 20), `${r.failures.length} failures`).toEqual([]);
        });
      }
    }
  },
);

describe.skipIf(process.env.WAMR_TEST_ENGINE === 'v8')('relaxed SIMD and floats with FMA, and deterministic', () => {
  for (const folder of suite) {
    for (const file of findScripts(folder).filter((f) =>
      /relaxed|f(32|64)x|\/f(32|64)|float/.test(path.relative(folder, f)),
    )) {
      if (isEdition2(file)) continue;
      for (const engine of [nativeEngine(), deterministicEngine()])
        it(`${path.relative(folder, path.dirname(file))} on ${engine.name}`, () => {
          const r = runSpecScript(engine, file);
          expect(r.failures.slice(0, 20), `${r.failures.length} failures`).toEqual([]);
        });
    }
  }
});

/** Scripts in which memory is what matters, and those of ways to leave a function that both modes must go. */
const ABOUT_MEMORY =
  /threads|tail-call|exceptions|memory|address|align|load|store|data|bulk|endianness|stack|float_exprs|left-to-right/;

describe.skipIf(process.env.WAMR_TEST_ENGINE === 'v8')('explicit bounds checks', () => {
  let passed = 0;
  for (const folder of suite) {
    for (const file of findScripts(folder).filter((f) => ABOUT_MEMORY.test(path.relative(folder, path.dirname(f))))) {
      it(path.relative(folder, path.dirname(file)), () => {
        const r = runSpecScript(explicitEngine(isEdition2(file)), file);
        passed += r.passed;
        expect(r.failures.slice(0, 20), `${r.failures.length} failures`).toEqual([]);
      });
    }
  }
  it('were many', () => expect(passed).toBeGreaterThan(5000));
});
