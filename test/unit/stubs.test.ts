import { expect, test } from 'vitest';
import { ValType } from '../../src-ts/wasm/types.js';
import { disassembleLines } from '../../src-ts/x64/asm/disasm.js';
import { StubEmitter } from '../../src-ts/x64/emit/stubs.js';

const { I32, I64, F32, F64, V128, EXTERNREF } = {
  I32: ValType.I32,
  I64: ValType.I64,
  F32: ValType.F32,
  F64: ValType.F64,
  V128: ValType.V128,
  EXTERNREF: ValType.EXTERNREF,
};
const stubs = new StubEmitter();
const text = (code: Uint8Array | null): string[] => disassembleLines(code!, 0, false).map((l) => l.text);

test('entry stub', () => {
  expect(text(stubs.entry({ params: [I32, F32, I64], results: [F64, I32] }))).toEqual([
    'sub rsp, 0x10',
    'mov edi, [rbx]',
    'movss xmm0, [rbx+8]',
    'mov rsi, [rbx+0x10]',
    'call r11',
    'movsd [rbx], xmm0',
    'mov eax, [rsp]',
    'mov [rbx+8], rax',
    'add rsp, 0x10',
    'ret',
  ]);
  expect(text(stubs.entry({ params: [I32], results: [I32] }))).toEqual([
    'mov edi, [rbx]',
    'call r11',
    'mov [rbx], rax',
    'ret',
  ]);
});

test('leaf stub: a C function; none where values travel by the stack', () => {
  expect(text(stubs.leaf({ params: [I32, F32, I64, F64], results: [I64] }))).toEqual([
    'push r14',
    'push rdi',
    'sub rsp, 8',
    'mov r14, rsi',
    'mov r11, rdx',
    'mov r10, rdi',
    'mov edi, [r10]',
    'movss xmm0, [r10+8]',
    'mov rsi, [r10+0x10]',
    'movsd xmm1, [r10+0x18]',
    'call r11',
    'add rsp, 8',
    'pop rdi',
    'mov [rdi], rax',
    'pop r14',
    'ret',
  ]);
  for (const type of [
    { params: [I32, I32, I32, I32, I32, I32, I32], results: [] },
    { params: [], results: [I32, I32] },
    { params: [V128], results: [] },
  ])
    expect(stubs.leaf(type)).toBe(null);
});

test('host stub: stack argument, several results', () => {
  expect(text(stubs.host({ params: [I64, I32, I32, I32, I32, I32, EXTERNREF, F64], results: [I32, F32] }))).toEqual([
    'push rbp',
    'mov rbp, rsp',
    'mov r10, [r14-0x80]',
    'mov [r10], rdi',
    'mov [r10+8], rsi',
    'mov [r10+0x10], rdx',
    'mov [r10+0x18], rcx',
    'mov [r10+0x20], r8',
    'mov [r10+0x28], r9',
    'mov r11d, [rbp+0x18]',
    'mov [r10+0x30], r11',
    'movsd [r10+0x38], xmm0',
    'mov esi, [rax+0xc]',
    'lea r10, [rip+6]',
    'push r10',
    'jmp qword ptr [r14-0x70]',
    'mov r10, [r14-0x80]',
    'mov eax, [r10]',
    'mov r11d, [r10+8]',
    'mov [rbp+0x10], r11',
    'leave',
    'pop r11',
    'jmp r11',
  ]);
});

test('no arguments, no results', () => {
  expect(text(stubs.host({ params: [], results: [] }))).toEqual([
    'push rbp',
    'mov rbp, rsp',
    'mov esi, [rax+0xc]',
    'lea r10, [rip+6]',
    'push r10',
    'jmp qword ptr [r14-0x70]',
    'leave',
    'pop r11',
    'jmp r11',
  ]);
});

test('a thousand parameters and results', () => {
  const types = Array.from({ length: 1000 }, (_, i) => [I32, I64, F32, F64][i & 3]);
  const entry = text(stubs.entry({ params: types, results: types }));
  // 986 stack arguments (500 integers − 6, 500 floats − 8) and 999 memory results of 8 bytes, rounded up to 16.
  expect(entry).toContain('sub rsp, 0x3e10');
  expect(entry.length).toBe(1 + 14 + 2 * 986 + 1 + 1 + 2 * 999 + 2);
  expect(text(stubs.host({ params: types, results: types }))).toContain('mov [r10+0x1f38], r11');
});

test('v128 does not cross', () => {
  expect(stubs.entry({ params: [V128], results: [] })).toBe(null);
  // The handler throws before it looks.
  expect(text(stubs.host({ params: [I32, V128], results: [V128] }))).toEqual([
    'push rbp',
    'mov rbp, rsp',
    'mov esi, [rax+0xc]',
    'lea r10, [rip+6]',
    'push r10',
    'jmp qword ptr [r14-0x70]',
    'leave',
    'pop r11',
    'jmp r11',
  ]);
});

test('import stub', () => {
  expect(text(stubs.import(0x140))).toEqual(['lea rax, [r14+0x140]', 'jmp qword ptr [rax]']);
});
