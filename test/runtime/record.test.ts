/** Recording runs of `wamr-native/register`: hot modules are compiled again with their profile, by themselves. */
import { afterAll, describe, expect, it } from 'vitest';
import path from 'node:path';
import { ROOT } from '../support/peers.js';
import { Registered } from '../support/register.js';
import { wat } from '../support/wat.js';

/** A loop that calls a function, which a profile has inlined. */
const LOOP = wat(`(module
  (func $leaf (param i32) (result i32) (i32.xor (i32.mul (local.get 0) (i32.const 3)) (i32.shr_s (local.get 0) (i32.const 3))))
  (func (export "run") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (call $leaf (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))`);
const SCRIPT = `const { internals } = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))});
  const compiled = new WebAssembly.Module(Buffer.from('${Buffer.from(LOOP).toString('base64')}', 'base64'));
  const { run } = new WebAssembly.Instance(compiled).exports;
  const meta = internals.ModuleState.of(internals.env(), compiled)?.meta;
  console.log(JSON.stringify([run(Number(process.argv[2])), meta === undefined ? 'v8' : meta.vm.counters >= 0 ? 'counts' : meta.profiled ? 'profiled' : 'plain']));`;

const r = new Registered();
afterAll(() => r.dispose());

function run(n: number, env: NodeJS.ProcessEnv = {}): unknown {
  const { out, err, code } = r.run(SCRIPT, { args: [String(n)], env });
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
}

describe('WAMR_RECORD=1', () => {
  it('has the next runs execute what was compiled with a profile', async () => {
    const [plain] = run(3_000_000) as [number];
    await r.settle();
    expect(run(3_000_000)).toEqual([plain, 'plain']);
    // Seldom executed: left as it is.
    const record = { WAMR_RECORD: '1' };
    const [few] = run(10, record) as [number];
    await r.settle();
    expect(run(10)).toEqual([few, 'plain']);
    expect(run(3_000_000, record)).toEqual([plain, 'counts']);
    await r.settle();
    expect(run(3_000_000)).toEqual([plain, 'profiled']);
    // From then on another run may be recorded.
    expect(run(3_000_000, record)).toEqual([plain, 'counts']);
    await r.settle();
    expect(run(3_000_000)).toEqual([plain, 'profiled']);
  });
});
