/** Modules of small functions for the SIMD tests: what wabt does not write, or not fast enough. */
import { leb, moduleOf, section, string } from './wasm-build.js';

export interface SmallFunction {
  name: string;
  params: number[];
  results: number[];
  /** Types of further locals. */
  locals?: number[];
  /** Operators without the end. A call of -1 (`0x10, -1`) is one of `inner`. */
  body: number[];
  inner?: { params: number[]; results: number[]; body: number[] };
}

/** A module with one page of memory, exported like all functions but the inner ones. */
export function functionModules(fns: readonly SmallFunction[]): Uint8Array {
  const all: { params: number[]; results: number[]; locals?: number[]; body: number[]; name?: string }[] = [];
  for (const f of fns) {
    if (f.inner !== undefined) all.push(f.inner);
    all.push({
      ...f,
      body:
        f.inner === undefined ? f.body : f.body.flatMap((byte) => (byte === -1 ? [...leb(all.length - 1)] : [byte])),
    });
  }
  const list = (items: number[][]): number[] => [...leb(items.length), ...items.flat()];
  const exported = all.flatMap((f, k) => (f.name === undefined ? [] : [[...string(f.name), 0, ...leb(k)]]));
  return moduleOf(
    section(1, ...list(all.map((f) => [0x60, ...list(f.params.map((t) => [t])), ...list(f.results.map((t) => [t]))]))),
    section(3, ...list(all.map((_, k) => [...leb(k)]))),
    section(5, 1, 0, 1),
    section(7, ...list([[...string('memory'), 2, 0], ...exported])),
    section(
      10,
      ...list(
        all.map((f) => {
          const code = [...list((f.locals ?? []).map((t) => [1, t])), ...f.body, 0x0b];
          return [...leb(code.length), ...code];
        }),
      ),
    ),
  );
}
