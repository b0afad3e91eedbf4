/**
 * The macros of x64/emit/float.ts as text, in both encodings. What they compute is tested in
 * test/runtime/float-ops.test.ts.
 */
import { X64 } from '../../src-ts/x64/facts.js';
import { expect, test } from 'vitest';
import { Trap } from '../../src-ts/abi/trap-codes.js';
import { Func } from '../../src-ts/ir/func.js';
import { HW, Reg } from '../../src-ts/x64/abi.js';
import { ENABLED } from '../support/phases.js';
import { emitFloat, emitFloatCold } from '../../src-ts/x64/emit/float.js';
import { MachEmitter } from '../../src-ts/x64/emit/emitter.js';
import { Assembler } from '../../src-ts/x64/asm/encode.js';
import { Feature } from '../../src-ts/x64/features.js';
import { Round } from '../../src-ts/x64/asm/insts.js';
import { AddrKind, type Allocation, Form, MachFunc } from '../../src-ts/codegen/mach.js';
import { FOp } from '../../src-ts/x64/machops-float.js';
import { decode } from './encode-oracle.js';

const IS_GPR_DEF = (op: number): boolean => (op >= FOp.TRUNC && op < FOp.BITS_TO_FLOAT32) || op >= FOp.BITS_OF_FLOAT32;
const IS_GPR_USE = (op: number): boolean =>
  (op >= FOp.FROM_I32_32 && op <= FOp.FROM_U64_64) || op === FOp.BITS_TO_FLOAT32 || op === FOp.BITS_TO_FLOAT64;

/**
 * One instruction with these registers (numbers below rsp, so that allocator and hardware agree), as text; trap calls
 * as `trap CODE`. The memory operand is [r14+8].
 */
function emit(
  op: FOp,
  def: number,
  uses: number[],
  { form = Form.R, cond = 0, avx = false }: { form?: Form; cond?: number; avx?: boolean } = {},
): string[] {
  const asm = new Assembler(avx ? Feature.AVX : 0);
  const mf = new MachFunc();
  mf.machine = X64;
  mf.func = new Func();
  for (const [column, x] of [
    [mf.op, op],
    [mf.form, form],
    [mf.cond, cond],
    [mf.pos, 77],
    [mf.addr, AddrKind.VMCTX],
    [mf.disp, 8],
  ] as const)
    column.push(x);
  mf.useAt.push(0);
  mf.useAt.push(uses.length);
  const allocation = {
    useReg: Int8Array.from(uses, (r) => (IS_GPR_USE(op) ? r : Reg.XMM0 + r)),
    defReg: Int8Array.of(IS_GPR_DEF(op) ? def : Reg.XMM0 + def),
    temps: Int8Array.of(Reg.RBX),
    tempAt: Int32Array.of(0),
  } as unknown as Allocation;
  const e = new MachEmitter(ENABLED);
  e.features = asm.features;
  e.start(mf, allocation, asm, true, HW);
  e.at(0);
  emitFloat(e);
  asm.ret();
  e.flushCold({ coldInstruction: () => emitFloatCold(e), coldEdge() {}, outOfBounds() {} });
  const f = asm.finish();
  for (let k = 0; k < f.traps.length; k += 3) expect(f.traps[k + 2]).toBe(77);
  const code = (end: number): number => f.traps[f.traps.indexOf(end) + 1];
  const lines = decode(f.code.subarray(0, f.codeBytes));
  return lines.map(([at, text], i) => {
    if (text.startsWith('j')) return text;
    if (text.startsWith('call')) return `${at.toString(16)}: trap ${code(lines[i + 1]?.[0] ?? f.codeBytes)}`;
    return `${at.toString(16)}: ${text}`;
  });
}

test('arithmetic', () => {
  expect(emit(FOp.ADD64, 2, [2, 3])[0]).toBe('0: addsd xmm2, xmm3');
  expect(emit(FOp.ADD64, 3, [2, 3])[0]).toBe('0: addsd xmm3, xmm2');
  expect(emit(FOp.SUB32, 2, [2, 2])[0]).toBe('0: subss xmm2, xmm2');
  expect(emit(FOp.DIV32, 2, [2], { form: Form.RM })[0]).toBe('0: divss xmm2, dword ptr [r14+8]');
  expect(emit(FOp.DIV64, 1, [2, 3], { avx: true })[0]).toBe('0: vdivsd xmm1, xmm2, xmm3');
  expect(emit(FOp.MUL32, 1, [2], { form: Form.RM, avx: true })[0]).toBe('0: vmulss xmm1, xmm2, dword ptr [r14+8]');
});

test('the old destination is no dependency', () => {
  expect(emit(FOp.SQRT64, 2, [3]).slice(0, 2)).toEqual(['0: xorps xmm2, xmm2', '3: sqrtsd xmm2, xmm3']);
  expect(emit(FOp.SQRT64, 2, [2])[0]).toBe('0: sqrtsd xmm2, xmm2');
  expect(emit(FOp.SQRT32, 2, [3], { avx: true })[0]).toBe('0: vsqrtss xmm2, xmm3, xmm3');
  expect(emit(FOp.ROUND32, 2, [3], { cond: Round.CEIL }).slice(0, 2)).toEqual([
    '0: xorps xmm2, xmm2',
    '3: roundss xmm2, xmm3, 0xa',
  ]);
  expect(emit(FOp.ROUND64, 2, [3], { cond: Round.TRUNC, avx: true })[0]).toBe('0: vroundsd xmm2, xmm3, xmm3, 0xb');
  expect(emit(FOp.FROM_I32_64, 2, [1]).slice(0, 2)).toEqual(['0: xorps xmm2, xmm2', '3: cvtsi2sd xmm2, ecx']);
  expect(emit(FOp.FROM_I64_32, 2, [], { form: Form.M }).slice(0, 2)).toEqual([
    '0: xorps xmm2, xmm2',
    '3: cvtsi2ss xmm2, qword ptr [r14+8]',
  ]);
  expect(emit(FOp.PROMOTE, 2, [], { form: Form.M, avx: true }).slice(0, 2)).toEqual([
    '0: vxorps xmm2, xmm2, xmm2',
    '4: vcvtss2sd xmm2, xmm2, dword ptr [r14+8]',
  ]);
  expect(emit(FOp.DEMOTE, 2, [4]).slice(0, 2)).toEqual(['0: xorps xmm2, xmm2', '3: cvtsd2ss xmm2, xmm4']);
});

test('minimum: one branch in the common case', () => {
  expect(emit(FOp.MIN64, 2, [2, 3])).toEqual([
    '0: ucomisd xmm2, xmm3',
    'je 0xb',
    '6: minsd xmm2, xmm3',
    'a: ret',
    'jp 0x12',
    'd: orps xmm2, xmm3',
    'jmp 0xa',
    '12: addsd xmm2, xmm3',
    'jmp 0xa',
  ]);
  expect(emit(FOp.MAX32, 3, [2, 3]).filter((l) => /max|andps/.test(l))).toEqual([
    '5: maxss xmm3, xmm2',
    'c: andps xmm3, xmm2',
  ]);
  expect(emit(FOp.MAX32, 3, [2, 3], { avx: true }).filter((l) => /max|andps/.test(l))).toEqual([
    '6: vmaxss xmm3, xmm2, xmm3',
    'd: vandps xmm3, xmm2, xmm3',
  ]);
});

test('with AVX nothing is in legacy encoding', () => {
  for (let op: number = FOp.ADD32; op <= FOp.BITS_OF_FLOAT64; op++) {
    if (op === FOp.OR + 1) continue;
    for (const line of emit(op, 2, [2, 2], { avx: true })) {
      const mnemonic = line.split(/[: ]+/)[line.startsWith('j') ? 0 : 1];
      expect(mnemonic, line).toMatch(/^(v.*|j.*|mov|cmp|test|ret|btc|xor|or|shr|trap)$/);
    }
  }
});

test('trapping truncation', () => {
  // The last jump was `jae overflow; jmp 9`.
  expect(emit(FOp.TRUNC + 2, 1, [2])).toEqual([
    '0: cvttsd2si ecx, xmm2',
    '4: cmp ecx, 1',
    'jo 0xa',
    '9: ret',
    'a: ucomisd xmm2, xmm2',
    'jp 0x29',
    '10: ucomisd xmm2, qword ptr [rip+0x18]',
    'jbe 0x25',
    '1a: xorps xmm15, xmm15',
    '1e: ucomisd xmm2, xmm15',
    'jb 9',
    `25: trap ${Trap.CONVERSION_OVERFLOW}`,
    `29: trap ${Trap.INVALID_CONVERSION}`,
  ]);
});

test('saturating truncation to u64 uses the upper half of the range', () => {
  const lines = emit(FOp.TRUNC_SAT + 7, 2, [2]);
  expect(lines.filter((l) => /btc|mov rdx|xor edx/.test(l)).map((l) => l.split(': ')[1])).toEqual([
    'btc rdx, 0x3f',
    'mov rdx, 0xffffffffffffffff',
    'xor edx, edx',
  ]);
});
