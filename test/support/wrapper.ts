/**
 * A wasm module that calls an imported function with arguments taken from memory and stores the results there. It
 * carries exact bits (NaN payloads, v128), which numbers of JavaScript don't. References: arguments are null, of
 * results only `ref.is_null` is stored.
 */
import type { Engine } from './engine.js';
import type { Signature } from './wasm-sig.js';

/** Results are stored from here; arguments lie from 0. Both 16 bytes apart. */
export const RESULTS_AT = 32768;
export const SLOT = 16;

const CODE: Record<string, number> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
};
const LOAD: Record<string, number[]> = {
  i32: [0x28, 2],
  i64: [0x29, 3],
  f32: [0x2a, 2],
  f64: [0x2b, 3],
  v128: [0xfd, 0, 4],
};
const STORE: Record<string, number[]> = {
  i32: [0x36, 2],
  i64: [0x37, 3],
  f32: [0x38, 2],
  f64: [0x39, 3],
  v128: [0xfd, 11, 4],
};

/** References that JavaScript cannot have at all. */
const INSIDE: Record<string, number> = { exnref: 0x69, nullexnref: 0x74 };
const codeOf = (type: string): number => CODE[type] ?? INSIDE[type];

/** Whether the signature has values that only the wrapper can look at. */
export const hasInside = (s: Signature): boolean => [...s.params, ...s.results].some((t) => t in INSIDE);

/** Whether the wrapper can be made for this signature. */
export function isWrappable(s: Signature): boolean {
  return [...s.params, ...s.results].every((t) => t in CODE) && s.params.length < 2000 && s.results.length < 2000;
}

function leb(n: number): number[] {
  const out: number[] = [];
  do {
    const b = n & 0x7f;
    n >>>= 7;
    out.push(n !== 0 ? b | 0x80 : b);
  } while (n !== 0);
  return out;
}

const section = (id: number, body: number[]): number[] => [id, ...leb(body.length), ...body];
const string = (s: string): number[] => [...leb(s.length), ...Buffer.from(s)];

/** The module: imports `t.f`, exports its memory as `m` and the call as `r`. */
function wrapperBytes({ params, results }: Signature): Uint8Array {
  const types = [
    2,
    0x60,
    ...leb(params.length),
    ...params.map(codeOf),
    ...leb(results.length),
    ...results.map(codeOf),
    0x60,
    0,
    0,
  ];
  const imports = [1, ...string('t'), ...string('f'), 0, 0];
  const body: number[] = [...leb(results.length)];
  for (const r of results) body.push(1, codeOf(r));
  params.forEach((t, i) => {
    if (LOAD[t]) body.push(0x41, 0, ...LOAD[t], ...leb(SLOT * i));
    else body.push(0xd0, codeOf(t));
  });
  body.push(0x10, 0);
  for (let i = results.length - 1; i >= 0; i--) body.push(0x21, ...leb(i));
  results.forEach((t, i) => {
    const at = leb(RESULTS_AT + SLOT * i);
    if (STORE[t]) body.push(0x41, 0, 0x20, ...leb(i), ...STORE[t], ...at);
    else body.push(0x41, 0, 0x20, ...leb(i), 0xd1, ...STORE.i32, ...at);
  });
  body.push(0x0b);
  return new Uint8Array([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, types),
    ...section(2, imports),
    ...section(3, [1, 1]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...string('m'), 2, 0, ...string('r'), 0, 1]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

const compiled = new WeakMap<Engine, Map<string, object>>();

/** The wrapper for a signature, compiled by the engine once. */
export function wrapperModule(engine: Engine, s: Signature): object {
  let bySignature = compiled.get(engine);
  if (!bySignature) compiled.set(engine, (bySignature = new Map()));
  const key = `${s.params}>${s.results}`;
  let module = bySignature.get(key);
  if (!module) bySignature.set(key, (module = engine.compile(wrapperBytes(s))));
  return module;
}
