/** What an engine answers, as a script of assertions that another engine can run. */
import type { Engine } from './engine.js';
import { readModuleInfo } from './wasm-sig.js';
import { isWrappable, RESULTS_AT, SLOT, wrapperModule } from './wrapper.js';

const CALLS = 3;
const NUMERIC = new Set(['i32', 'i64', 'f32', 'f64', 'v128']);

/** A string of the text format. */
export const quoted = (bytes: Uint8Array): string =>
  `"${[...bytes].map((b) => `\\${b.toString(16).padStart(2, '0')}`).join('')}"`;
const hex = (x: number): string => `0x${(x >>> 0).toString(16)}`;

/** A constant with these bits. NaNs of the text format have a sign and a payload. */
function constant(type: string, view: DataView, at: number): string {
  const w = (k: number): number => view.getUint32(at + 4 * k, true);
  switch (type) {
    case 'i32':
      return `(i32.const ${hex(w(0))})`;
    case 'i64':
      return `(i64.const 0x${view.getBigUint64(at, true).toString(16)})`;
    case 'v128':
      return `(v128.const i32x4 ${[0, 1, 2, 3].map((k) => hex(w(k))).join(' ')})`;
    case 'f32': {
      const x = view.getFloat32(at, true);
      const sign = w(0) >>> 31 === 1 ? '-' : '';
      if (Number.isNaN(x)) return `(f32.const ${sign}nan:${hex(w(0) & 0x7fffff)})`;
      return `(f32.const ${Number.isFinite(x) ? hexFloat(x) : `${sign}inf`})`;
    }
    default: {
      const bits = view.getBigUint64(at, true);
      const x = view.getFloat64(at, true);
      const sign = bits >> 63n === 1n ? '-' : '';
      if (Number.isNaN(x)) return `(f64.const ${sign}nan:0x${(bits & 0xfffffffffffffn).toString(16)})`;
      return `(f64.const ${Number.isFinite(x) ? hexFloat(x) : `${sign}inf`})`;
    }
  }
}

/** Exactly this number. */
function hexFloat(x: number): string {
  if (Object.is(x, -0)) return '-0.0';
  let exponent = 0;
  let m = Math.abs(x);
  while (!Number.isInteger(m)) {
    m *= 2;
    exponent--;
  }
  return `${x < 0 ? '-' : ''}0x${BigInt(m).toString(16)}p${exponent}`;
}

/** Calls the exported functions on numbers, with arguments of these words; what the engine answers, as assertions. */
export function assertionsOf(
  engine: Engine,
  bytes: Uint8Array,
  exports: Record<string, any>,
  words: readonly number[],
): string[] {
  const lines: string[] = [];
  let state = 0x2545f491;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (const f of readModuleInfo(bytes).exports) {
    if (f.kind !== 'func' || !f.type || !isWrappable(f.type)) continue;
    const { params, results } = f.type;
    if (![...params, ...results].every((t) => NUMERIC.has(t))) continue;
    const wrapper = engine.instantiate(wrapperModule(engine, f.type), { t: { f: exports[f.name] } }).exports;
    for (let c = 0; c < CALLS; c++) {
      const view = new DataView(wrapper.m.buffer as ArrayBuffer);
      for (let at = 0; at < params.length * SLOT; at += 4) view.setUint32(at, words[next() % words.length], true);
      const args = params.map((t, i) => constant(t, view, SLOT * i)).join(' ');
      const call = `(invoke ${quoted(Buffer.from(f.name))} ${args})`;
      try {
        wrapper.r();
        lines.push(
          `(assert_return ${call} ${results.map((t, i) => constant(t, view, RESULTS_AT + SLOT * i)).join(' ')})`,
        );
      } catch (e) {
        if (!engine.isTrap(e)) throw e;
        if (engine.trapKind(e) === 'exhaustion') return lines;
        lines.push(`(assert_trap ${call} "")`);
      }
    }
  }
  return lines;
}
