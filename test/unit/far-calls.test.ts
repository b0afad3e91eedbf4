/** Calls that do not reach their functions, as with more than 128 MiB of code for AArch64: the reach is lowered here. */
import { afterEach, expect, it } from 'vitest';
import { Architecture } from '../../src-ts/abi/architectures.js';
import { compileSync } from '../../src-ts/aot/compile.js';
import { disassemblerFor } from '../../src-ts/aot/disassembly.js';
import { ARM64_MACHINE } from '../../src-ts/arm64/machine.js';
import { ArtefactView } from '../../src-ts/cli/artefact.js';
import { newWat } from '../support/new-wat.js';

const machine = ARM64_MACHINE as { callReach: number };
const { callReach } = machine;
afterEach(() => {
  machine.callReach = callReach;
});

/** Each function calls the ones before and behind it, the first and the last, some of them last. */
const COUNT = 40;
const body = (k: number): string => {
  const near = [k - 1, k + 1, 0, COUNT - 1].filter((f) => f >= 0 && f < COUNT);
  const calls = near.map((f) => `(drop (call $f${f} (i32.const ${f})))`).join(' ');
  return `(func $f${k} (param i32) (result i32) ${calls} (return_call $f${(k + 7) % COUNT} (local.get 0)))`;
};
const wasm = newWat(`(module ${Array.from({ length: COUNT }, (_, k) => body(k)).join('\n')})`);

/** Where each call and tail call of function `index` leads in the end, in order; how many of them by a veneer. */
function targets(view: ArtefactView, index: number): { to: number[]; veneers: number } {
  const { offset, bytes } = view.functions[index];
  const code = view.code.slice(offset, offset + bytes);
  const dv = new DataView(code.buffer, code.byteOffset, code.length);
  const { disassembleLines } = disassemblerFor(Architecture.AARCH64);
  const to: number[] = [];
  let veneers = 0;
  for (const { text } of disassembleLines(code, offset)) {
    const call = /^bl? #(0x)?([0-9a-f]+)$/.exec(text);
    if (call === null) continue;
    let at = parseInt(call[2], 16);
    if (at > offset && at < offset + bytes) {
      // bti c; movz w16; movk w16; adr x17; add; br
      const word = (k: number): number => (dv.getUint32(at - offset + 4 * k, true) >>> 5) & 0xffff;
      at += 12 + (word(1) | (word(2) << 16));
      veneers++;
    }
    to.push(view.functions.findIndex((f) => f.offset === at));
  }
  return { to, veneers };
}

it.each([callReach, 2048, 512, 64])('reach of %i bytes', (reach) => {
  machine.callReach = reach;
  const view = new ArtefactView(compileSync(wasm, { target: 'aarch64' }), 'far');
  let veneers = 0;
  for (let k = 0; k < COUNT; k++) {
    const found = targets(view, k);
    veneers += found.veneers;
    const near = [k - 1, k + 1, 0, COUNT - 1].filter((f) => f >= 0 && f < COUNT);
    expect(found.to, `function ${k}`).toEqual([...near, (k + 7) % COUNT]);
  }
  if (reach === callReach) expect(veneers).toBe(0);
  else expect(veneers).toBeGreaterThan(reach === 64 ? 3 * COUNT : 20);
});
