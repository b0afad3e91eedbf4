/**
 * Profiles that nobody measured: counts drawn at random for the blocks, edges and call targets that the compiler finds
 * in a module. Whatever a profile says, code must mean the same; random ones make the compiler inline, reorder and
 * split what a measured one would leave alone.
 */
import { compileSync } from '../../src-ts/aot/compile.js';
import { DebugInfo } from '../../src-ts/aot/debug-info.js';
import { bytesSource, readArtefact, Section } from '../../src-ts/aot/format.js';
import { closedElements, computeVmLayout } from '../../src-ts/abi/vmctx.js';
import { FORMAT, type StoredProfile, VERSION } from '../../src-ts/profile/stored.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { validateModule } from '../../src-ts/wasm/validate.js';

/**
 * A profile for the module with random counts; equal for equal seeds. Throws CompileError when the module is refused.
 */
export function madeUpProfile(wasm: Uint8Array, seed: number): StoredProfile {
  let x = seed >>> 0 || 1;
  const random = (): number => (x = (Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) + 0x297a2d39) >>> 0) / 2 ** 32;
  // Zero, once, or anything up to a million.
  const executions = (): number => (random() < 0.3 ? 0 : Math.floor(10 ** (6 * random())));
  return profileOf(wasm, executions, (elements) => elements[Math.floor(random() * elements.length)]);
}

/** A profile in which everything was executed a thousand times and all indirect calls went to element `element`. */
export const hotProfile = (wasm: Uint8Array, element = 0): StoredProfile =>
  profileOf(
    wasm,
    () => 1000,
    () => element,
  );

function profileOf(wasm: Uint8Array, executions: () => number, element: (all: number[]) => number): StoredProfile {
  const artefact = readArtefact(bytesSource(compileSync(wasm, { count: true })), null);
  const debug = new DebugInfo(artefact.read(Section.DEBUG));
  const module = decodeModule(wasm);
  const elements = closedElements(module, computeVmLayout(module, validateModule(module).mutatedTables)).flatMap(
    (e) => [...(e?.keys() ?? [])],
  );
  const functions: StoredProfile['functions'] = {};
  for (let d = 0; d < debug.functions; d++) {
    const r = debug.record(d);
    const place = (b: number): number => r.blockPos[b] - r.bodyStart;
    const all = Array.from({ length: r.nb }, (_, b) => b).sort((a, b) => place(a) - place(b) || r.part[a] - r.part[b]);
    const divided = new Set(all.filter((b) => r.part[b] !== 0).map(place));
    functions[r.hash] = {
      name: '',
      calls: Math.max(1, executions()),
      blocks: all.filter((b) => r.part[b] === 0).map((b): [number, number] => [place(b), executions()]),
      parts: all
        .filter((b) => divided.has(place(b)))
        .map((b): [number, number, number, number] => [place(b), r.part[b], executions(), executions()]),
      edges: Array.from(r.edgeFrom, (from, e): [number, number, number] => [
        place(from),
        place(r.edgeTo[e]),
        executions(),
      ]).sort((a, b) => a[0] - b[0] || a[1] - b[1]),
      targets: [...r.votes].flatMap((pos, k): [number, number, number][] =>
        k % 2 === 0 && elements.length > 0 ? [[pos - r.bodyStart, element(elements), executions()]] : [],
      ),
    };
  }
  return { format: FORMAT, version: VERSION, functions };
}
