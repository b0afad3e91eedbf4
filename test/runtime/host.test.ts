/**
 * The package where there is no back end for the machine: the same interface, on V8. Made to believe so by
 * WAMR_ENGINE=host, since there is no other machine.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT } from '../support/peers.js';
import { wat } from '../support/wat.js';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-host-'));
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

const WASM = Buffer.from(
  wat(`(module (import "e" "twice" (func $t (param i32) (result i32))) (memory (export "memory") 1)
  (func (export "f") (param i32) (result i32) (call $t (local.get 0))) (func (export "trap") unreachable))`),
).toString('base64');

/** What a program prints that uses the package on the engine. */
function run(program: string, engine: string): string[] {
  const file = path.join(dir, 'program.cjs');
  fs.writeFileSync(
    file,
    `const w = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))}); const wasm = Buffer.from('${WASM}', 'base64'); const e = { twice: (x) => 2 * x };
     const say = (f) => { try { console.log(f()); } catch (x) { console.log(x.name + ': ' + x.message); } };
     (async () => { ${program} })();`,
  );
  const env = { ...process.env, WAMR_ENGINE: engine, WAMR_CACHE_DIR: path.join(dir, 'cache') };
  return execFileSync(process.execPath, [file], { encoding: 'utf8', env }).trimEnd().split('\n');
}

it('answers alike on both engines', () => {
  const program = `const i = w.instantiate(wasm, { e }); say(() => i.exports.f(4)); say(() => i.invoke('f', 5)); say(() => i.call('f', [6]));
    say(() => i.exports.memory.buffer.byteLength); say(() => i.exports.trap());
    const m = new w.Module(wasm); say(() => JSON.stringify([w.Module.imports(m), w.Module.exports(m)])); say(() => new w.Instance(m, { e }).exports.f(7));
    say(() => i instanceof w.Instance && m instanceof w.Module); 
    // V8 words it in another way in each version.
    say(() => { try { return w.instantiate(wasm, {}); } catch (x) { return x.name; } });
    const { module } = await w.loadCached(wasm); say(() => w.instantiate(module, { e }).exports.f(8));
    say(() => new w.WebAssembly.Instance(new w.WebAssembly.Module(wasm), { e }).exports.f(9)); say(() => new w.Memory({ initial: 2 }).buffer.byteLength);
    say(() => (i.dispose(), 'disposed')); say(() => w.instantiate(Buffer.from('0061736d01000000ff', 'hex')).x);`;
  const [ours, host] = ['', 'host'].map((engine) => run(program, engine));
  expect(host.slice(0, -1)).toEqual(ours.slice(0, -1));
  expect(host.at(-1)).toMatch(/^CompileError: /);
});

it('says where it runs, compiles, and refuses what only this engine can do, with the remedy', () => {
  const program = `console.log(w.engine, new w.Module(wasm).engine); const aot = w.compileSync(wasm); console.log(aot.length > 1000);
    say(() => w.load(aot)); require('node:fs').writeFileSync(${JSON.stringify(path.join(dir, 'a.aot'))}, aot);
    say(() => w.instantiate(${JSON.stringify(path.join(dir, 'a.aot'))})); say(() => w.instantiate(wasm, { e }, { timeoutMs: 5 }));
    say(() => w.load(wasm));`;
  const [where, compiled, load, instantiate, timeout, noArtefact] = run(program, 'host');
  expect([where, compiled]).toEqual(['host host', 'true']);
  expect(load).toMatch(/^AotError: .*give the \.wasm to instantiate\(\)/);
  expect(instantiate).toBe(load);
  expect(timeout).toMatch(/timeoutMs cannot be had/);
  expect(noArtefact).toMatch(/^AotError: not a wamr-native artefact/);
  expect(run(`console.log(w.engine, new w.Module(wasm).engine)`, '')).toEqual(['wamr wamr']);
});
