/** Loads and stores of vectors and lanes against V8: what they read and write, and where they trap. */
import { describe, expect, test } from 'vitest';
import { Imm } from '../../src-ts/wasm/opcodes.js';
import { OP_IMM, OP_N } from '../../src-ts/wasm/op-tables.js';
import { functionModules } from '../support/simd-build.js';
import { SIMD_ROWS, RESULT, get, v128Load, v128Const, opcode, store, named } from '../support/simd-code.js';
import { TARGETS, here, inV8 } from '../support/simd-compare.js';
import { VALUES } from '../support/simd-values.js';
import { thrownBy } from '../support/thrown.js';
import { leb, sleb } from '../support/wasm-build.js';

/** Where lane loads read. */
const LOADED = 0x4000;

describe('memory', () => {
  const cases = SIMD_ROWS.filter(([op]) => OP_IMM[op] === Imm.MEMARG || OP_IMM[op] === Imm.MEMARG_LANE);
  /** The operator at address parameter 0 + offset, its vector (if any) from address 16. */
  const access = ([op, , signature]: (typeof SIMD_ROWS)[number], offset: number, lane: number): number[] => {
    const immediates = [0, ...leb(offset), ...(OP_IMM[op] === Imm.MEMARG_LANE ? [lane] : [])];
    const vector = signature.startsWith('iv') ? [0x41, 16, ...v128Load()] : [];
    const code = [...get(0), ...vector, ...opcode(op), ...immediates];
    return signature.endsWith('v') ? [0x41, ...sleb(BigInt(RESULT)), ...code, ...store('v')] : code;
  };

  test('what is read and written', () => {
    const names: string[] = [];
    const module = functionModules(
      cases.flatMap((row) =>
        (OP_IMM[row[0]] === Imm.MEMARG_LANE ? Array.from({ length: 16 >> OP_N[row[0]] }, (_, l) => l) : [0]).map(
          (lane) => {
            names.push(`${row[1]} ${lane}`);
            return { name: names.at(-1)!, params: [0x7f], results: [], body: access(row, 3, lane) };
          },
        ),
      ),
    );
    const v8 = inV8(module);
    for (const options of TARGETS) {
      const ours = here(module, options);
      for (const e of [v8, ours])
        for (let k = 0; k < 0x6000; k++) new Uint8Array(e.memory.buffer)[k] = k * 37 + (k >> 5);
      for (const name of names)
        for (const at of [LOADED, LOADED + 1, LOADED + 77]) {
          v8[name](at);
          ours[name](at);
          expect(Buffer.compare(Buffer.from(ours.memory.buffer), Buffer.from(v8.memory.buffer)), `${name} ${at}`).toBe(
            0,
          );
        }
    }
  });

  /** Where in the module the error came up. */
  const placeOf = (error: unknown): string | undefined =>
    /wasm-function\[\d+\]:0x[0-9a-f]+/.exec((error as Error).stack ?? '')?.[0];

  // The last place that an access fits in, and the first where it does not, by the address and by the offset.
  test.each(cases.map((row) => [row[1], row] as const))('%s at the end of memory', (_, row) => {
    const size = 1 << OP_N[row[0]];
    const offsets = [0, 1000, 65536 - size, 65536 - size + 1, 70000, 0x7fffffff, 0x80000000, 0xffffffff];
    const module = functionModules(
      offsets.map((offset) => ({
        name: `${offset}`,
        params: [0x7f],
        results: [],
        body: access(row, offset, (16 >> OP_N[row[0]]) - 1),
      })),
    );
    const v8 = inV8(module);
    for (const options of TARGETS) {
      const ours = here(module, options);
      const before = Buffer.from(ours.memory.buffer.slice(0));
      for (const offset of offsets) {
        for (const end of [65536, 65537, 65536 + size, 0x100000000 + size]) {
          const address = end - size - offset;
          if (address < 0 || address > 0xffffffff) continue;
          const text = `${row[1]} at ${address} + ${offset}, ${JSON.stringify(options)}`;
          if (end === 65536) {
            ours[`${offset}`](address | 0);
            continue;
          }
          const error = thrownBy(() => ours[`${offset}`](address | 0));
          expect(error.message, text).toBe('memory access out of bounds');
          expect(error.address, text).toBe(Math.max(65536, end - size));
          expect(error.memoryBytes, text).toBe(65536);
          expect(placeOf(error), text).toBe(placeOf(thrownBy(() => v8[`${offset}`](address | 0))));
        }
      }
      // A store that does not fit writes nothing (those that fit wrote zeros over zeros).
      expect(Buffer.compare(before, Buffer.from(ours.memory.buffer))).toBe(0);
    }
  });

  test('a load that became an operand traps where it stands', () => {
    const zero = v128Const(VALUES[0]);
    const load = [...get(0), ...v128Load()];
    const bodies = [
      [...zero, ...load, ...named('i32x4.add')],
      [...load, ...load, ...named('f32x4.mul')],
      [...load, ...named('f64x2.sqrt')],
      [...get(0), 0x2d, 0, 0, ...named('i8x16.splat')],
      [...get(0), 0x2a, 0, 0, ...named('f32x4.splat')],
      [...load, ...get(0), 0x2b, 0, 0, ...named('f64x2.replace_lane', 1)],
      [...zero, ...get(0), 0x28, 0, 0, ...named('i32x4.replace_lane', 2)],
      [...load, ...named('i8x16.neg'), ...load, ...named('i8x16.max_u')],
    ];
    const module = functionModules(
      bodies.map((body, k) => ({ name: `${k}`, params: [0x7f], results: [], body: [...body, 0x1a] })),
    );
    const v8 = inV8(module);
    for (const options of TARGETS) {
      const ours = here(module, options);
      for (let k = 0; k < bodies.length; k++)
        expect(placeOf(thrownBy(() => ours[`${k}`](65536)))).toBe(placeOf(thrownBy(() => v8[`${k}`](65536))));
    }
  });
});
