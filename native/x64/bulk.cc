// memory.copy, memory.fill and array.copy of few bytes, which are most of them: checked and done here, on the wasm
// stack. Everything is loaded before anything is stored, so overlapping does not matter, and after the check nothing
// can fault. Longer and failing ones go on to C++ (thunks.cc).
//
// In: rdi = destination, rsi = source or value, rdx = bytes, zero-extended; r14 = vmctx, r15 = base of memory 0. Only
// registers that calls may change are used, and the stack pointer stays at the return address (interrupt.cc).

#include "../thunks.h"
#include "assembly.h"

#define S_(x) #x
#define S(x) S_(x)

asm(WN_DIRECTIVES R"(
.intel_syntax noprefix
.text

.p2align 4
WN_LABEL wn_leaves_begin
WN_FUNCTION wn_stub_memory_copy
  cmp rdx, 256
  ja wn_stub_memory_copy_long
  mov rcx, [r14 + )" S(WN_VM_MEM_BYTES) R"(]
  lea rax, [rdi + rdx]
  lea r8, [rsi + rdx]
  cmp rax, rcx
  ja wn_stub_memory_copy_long
  cmp r8, rcx
  ja wn_stub_memory_copy_long
  add rdi, r15
  add rsi, r15
.Lcopy_short:
  cmp edx, 16
  jb 3f
  cmp edx, 32
  ja 1f
  movups xmm0, [rsi]
  movups xmm1, [rsi + rdx - 16]
  movups [rdi], xmm0
  movups [rdi + rdx - 16], xmm1
  ret
1:
  cmp edx, 64
  ja 1f
  movups xmm0, [rsi]
  movups xmm1, [rsi + 16]
  movups xmm2, [rsi + rdx - 32]
  movups xmm3, [rsi + rdx - 16]
  movups [rdi], xmm0
  movups [rdi + 16], xmm1
  movups [rdi + rdx - 32], xmm2
  movups [rdi + rdx - 16], xmm3
  ret
1:
  cmp edx, 128
  ja 1f
  movups xmm0, [rsi]
  movups xmm1, [rsi + 16]
  movups xmm2, [rsi + 32]
  movups xmm3, [rsi + 48]
  movups xmm4, [rsi + rdx - 64]
  movups xmm5, [rsi + rdx - 48]
  movups xmm6, [rsi + rdx - 32]
  movups xmm7, [rsi + rdx - 16]
  movups [rdi], xmm0
  movups [rdi + 16], xmm1
  movups [rdi + 32], xmm2
  movups [rdi + 48], xmm3
  movups [rdi + rdx - 64], xmm4
  movups [rdi + rdx - 48], xmm5
  movups [rdi + rdx - 32], xmm6
  movups [rdi + rdx - 16], xmm7
  ret
1:
  movups xmm0, [rsi]
  movups xmm1, [rsi + 16]
  movups xmm2, [rsi + 32]
  movups xmm3, [rsi + 48]
  movups xmm4, [rsi + 64]
  movups xmm5, [rsi + 80]
  movups xmm6, [rsi + 96]
  movups xmm7, [rsi + 112]
  movups xmm8, [rsi + rdx - 128]
  movups xmm9, [rsi + rdx - 112]
  movups xmm10, [rsi + rdx - 96]
  movups xmm11, [rsi + rdx - 80]
  movups xmm12, [rsi + rdx - 64]
  movups xmm13, [rsi + rdx - 48]
  movups xmm14, [rsi + rdx - 32]
  movups xmm15, [rsi + rdx - 16]
  movups [rdi], xmm0
  movups [rdi + 16], xmm1
  movups [rdi + 32], xmm2
  movups [rdi + 48], xmm3
  movups [rdi + 64], xmm4
  movups [rdi + 80], xmm5
  movups [rdi + 96], xmm6
  movups [rdi + 112], xmm7
  movups [rdi + rdx - 128], xmm8
  movups [rdi + rdx - 112], xmm9
  movups [rdi + rdx - 96], xmm10
  movups [rdi + rdx - 80], xmm11
  movups [rdi + rdx - 64], xmm12
  movups [rdi + rdx - 48], xmm13
  movups [rdi + rdx - 32], xmm14
  movups [rdi + rdx - 16], xmm15
  ret
3:
  cmp edx, 8
  jb 4f
  mov rax, [rsi]
  mov rcx, [rsi + rdx - 8]
  mov [rdi], rax
  mov [rdi + rdx - 8], rcx
  ret
4:
  cmp edx, 4
  jb 5f
  mov eax, [rsi]
  mov ecx, [rsi + rdx - 4]
  mov [rdi], eax
  mov [rdi + rdx - 4], ecx
  ret
5:
  test edx, edx
  jz 6f
  mov r9d, edx
  shr r9d, 1
  movzx eax, byte ptr [rsi]
  movzx ecx, byte ptr [rsi + r9]
  movzx r8d, byte ptr [rsi + rdx - 1]
  mov [rdi], al
  mov [rdi + r9], cl
  mov [rdi + rdx - 1], r8b
6:
  ret
WN_END wn_stub_memory_copy

# Elements of arrays: rdi, rsi = addresses, which were checked.
.p2align 4
WN_FUNCTION wn_stub_array_copy
  cmp rdx, 256
  jbe .Lcopy_short
  jmp wn_stub_array_copy_long
WN_END wn_stub_array_copy

.p2align 4
WN_FUNCTION wn_stub_memory_fill
  cmp rdx, 512
  ja wn_stub_memory_fill_long
  lea rax, [rdi + rdx]
  cmp rax, [r14 + )" S(WN_VM_MEM_BYTES) R"(]
  ja wn_stub_memory_fill_long
  movzx esi, sil
  imul esi, esi, 0x01010101
  add rdi, r15
  cmp edx, 16
  jb 3f
  movd xmm0, esi
  pshufd xmm0, xmm0, 0
  lea rcx, [rdi + rdx - 16]
  movups [rcx], xmm0
1:
  movups [rdi], xmm0
  add rdi, 16
  cmp rdi, rcx
  jb 1b
  ret
3:
  cmp edx, 4
  jb 5f
  mov [rdi], esi
  mov [rdi + rdx - 4], esi
  cmp edx, 8
  jbe 6f
  mov [rdi + 4], esi
  mov [rdi + rdx - 8], esi
  ret
5:
  test edx, edx
  jz 6f
  mov ecx, edx
  shr ecx, 1
  mov [rdi], sil
  mov [rdi + rcx], sil
  mov [rdi + rdx - 1], sil
6:
  ret
WN_END wn_stub_memory_fill
WN_LABEL wn_leaves_end
.att_syntax prefix
)");
