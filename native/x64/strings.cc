// Functions of `wasm:js-string` whose answer is in the cells of strings (strings.h), on the wasm stack. What an
// instance that imports one calls is here; where the answer is not in the cells, the call goes on to the host stub of
// the function's type, as of any other import, and JavaScript answers (runtime/string-builtins.ts).
//
// In: arguments in rdi, rsi, rdx, zero-extended; rax = call entry; r14 = vmctx. Only registers that calls may change
// are used, arguments and rax stay until the answer is known, and so does the stack pointer (interrupt.cc).

#include "../strings.h"
#include "../thunks.h"
#include "assembly.h"

#define S_(x) #x
#define S(x) S_(x)

asm(WN_DIRECTIVES R"(
.intel_syntax noprefix
.text

.macro WN_LEAF name
.p2align 4
WN_LOCAL wn_string_\name
  mov r10, [r14 + )" S(WN_VM_ARGUMENTS) R"(]
.endm

# \cell = address of the cell of the externref \ref; \index is \cell in 32 bits. r10 = argument buffer.
.macro WN_CELL ref, index, cell
  lea \index, [\ref - )" S(WN_EXTERNREF_TAG) R"(]
  test \index, 3
  jnz .Lstring_host
  shr \index, 2
  imul \index, \index, )" S(WN_EXTERNREF_GATHER) R"(
  and \index, 0x3fffffff
  cmp \index, [r10 + 4 * )" S(WN_CONTROL_STRING_CELL_COUNT) R"(]
  jae .Lstring_host
  shl \cell, )" S(WN_STRING_CELL_SHIFT) R"(
  add \cell, [r10 + 4 * )" S(WN_CONTROL_STRING_CELLS) R"(]
.endm

# \length = length of the string that the cell is about.
.macro WN_LENGTH cell, length
  mov \length, [\cell + )" S(WN_STRING_CELL_KIND) R"(]
  sub \length, )" S(WN_STRING_KIND_STRING) R"(
  jb .Lstring_host
.endm

.p2align 4
WN_LABEL wn_string_leaves_begin
.Lstring_host:
  mov r10d, [rax + )" S(WN_ENTRY_FUNCREF) R"(]
  shl r10, )" S(WN_FUNCREF_SHIFT) R"(
  add r10, [r14 + )" S(WN_VM_FUNCREFS) R"(]
  jmp [r10 + )" S(WN_FUNCREF_CODE) R"(]

WN_LEAF cast
  WN_CELL rdi, r11d, r11
  WN_LENGTH r11, r9d
  mov eax, edi
  ret

WN_LEAF test
  WN_CELL rdi, r11d, r11
  mov r11d, [r11 + )" S(WN_STRING_CELL_KIND) R"(]
  test r11d, r11d
  jz .Lstring_host
  xor eax, eax
  cmp r11d, )" S(WN_STRING_KIND_STRING) R"(
  setae al
  ret

WN_LEAF length
  WN_CELL rdi, r11d, r11
  WN_LENGTH r11, r9d
  mov eax, r9d
  ret

WN_LEAF char_code_at
  WN_CELL rdi, r11d, r11
  cmp esi, [r11 + )" S(WN_STRING_CELL_UNITS) R"(]
  jae .Lstring_host
  mov r11, [r11 + )" S(WN_STRING_CELL_CONTENTS) R"(]
  movzx eax, word ptr [r11 + 2 * rsi]
  ret

WN_LEAF code_point_at
  WN_CELL rdi, r11d, r11
  mov r9d, [r11 + )" S(WN_STRING_CELL_UNITS) R"(]
  cmp esi, r9d
  jae .Lstring_host
  mov r11, [r11 + )" S(WN_STRING_CELL_CONTENTS) R"(]
  movzx eax, word ptr [r11 + 2 * rsi]
  lea ecx, [rax - 0xd800]
  cmp ecx, 0x400
  jae 1f
  lea edx, [rsi + 1]
  cmp edx, r9d
  jae 1f
  movzx edx, word ptr [r11 + 2 * rdx]
  sub edx, 0xdc00
  cmp edx, 0x400
  jae 1f
  shl ecx, 10
  lea eax, [rcx + rdx + 0x10000]
1:
  ret

WN_LEAF equals
  WN_CELL rdi, r11d, r11
  WN_CELL rsi, r9d, r9
  WN_LENGTH r11, ecx
  WN_LENGTH r9, edx
  cmp ecx, edx
  jne 2f
  cmp edi, esi
  je 3f
  cmp ecx, [r11 + )" S(WN_STRING_CELL_UNITS) R"(]
  jne .Lstring_host
  cmp ecx, [r9 + )" S(WN_STRING_CELL_UNITS) R"(]
  jne .Lstring_host
  mov r11, [r11 + )" S(WN_STRING_CELL_CONTENTS) R"(]
  mov r9, [r9 + )" S(WN_STRING_CELL_CONTENTS) R"(]
  add ecx, ecx
  jz 3f
  xor edx, edx
1:
  movups xmm0, [r11 + rdx]
  movups xmm1, [r9 + rdx]
  pcmpeqb xmm0, xmm1
  pmovmskb eax, xmm0
  xor eax, 0xffff
  jnz 2f
  add edx, 16
  cmp edx, ecx
  jb 1b
3:
  mov eax, 1
  ret
2:
  xor eax, eax
  ret

# Behind the end there are zeros: the shorter string is the smaller one there, too, unless the other goes on with zeros.
WN_LEAF compare
  WN_CELL rdi, r11d, r11
  WN_CELL rsi, r9d, r9
  WN_LENGTH r11, ecx
  WN_LENGTH r9, edx
  cmp ecx, [r11 + )" S(WN_STRING_CELL_UNITS) R"(]
  jne .Lstring_host
  cmp edx, [r9 + )" S(WN_STRING_CELL_UNITS) R"(]
  jne .Lstring_host
  mov r11, [r11 + )" S(WN_STRING_CELL_CONTENTS) R"(]
  mov r9, [r9 + )" S(WN_STRING_CELL_CONTENTS) R"(]
  cmp ecx, edx
  mov r8d, ecx
  cmova r8d, edx
  add r8d, r8d
  jz 2f
  xor r10d, r10d
1:
  movups xmm0, [r11 + r10]
  movups xmm1, [r9 + r10]
  pcmpeqw xmm0, xmm1
  pmovmskb eax, xmm0
  xor eax, 0xffff
  jnz 3f
  add r10d, 16
  cmp r10d, r8d
  jb 1b
2:
  xor eax, eax
  cmp ecx, edx
  seta al
  sbb eax, 0
  ret
3:
  bsf eax, eax
  add r10d, eax
  movzx ecx, word ptr [r11 + r10]
  movzx edx, word ptr [r9 + r10]
  jmp 2b

# r11d = character or what is behind them: its reference.
.Lstring_single:
  mov r9d, [r10 + 4 * )" S(WN_CONTROL_SINGLE_CHARACTERS) R"(]
  test r9d, r9d
  jz .Lstring_host
  add r11d, r9d
  imul r11d, r11d, )" S(WN_EXTERNREF_SCATTER) R"(
  lea eax, [4 * r11 + )" S(WN_EXTERNREF_TAG) R"(]
  ret

WN_LEAF from_char_code
  movzx r11d, di
  cmp r11d, )" S(WN_STRING_SINGLE_CHARACTERS) R"(
  jb .Lstring_single
  jmp .Lstring_host

WN_LEAF from_code_point
  mov r11d, edi
  cmp r11d, )" S(WN_STRING_SINGLE_CHARACTERS) R"(
  jb .Lstring_single
  jmp .Lstring_host

WN_LEAF substring
  WN_CELL rdi, r11d, r11
  WN_LENGTH r11, ecx
  cmp edx, ecx
  mov r8d, edx
  cmova r8d, ecx
  cmp esi, ecx
  ja 2f
  sub r8d, esi
  jbe 2f
  cmp r8d, ecx
  je 1f
  cmp r8d, 1
  jne 3f
  cmp esi, [r11 + )" S(WN_STRING_CELL_UNITS) R"(]
  jae .Lstring_host
  mov r11, [r11 + )" S(WN_STRING_CELL_CONTENTS) R"(]
  movzx r11d, word ptr [r11 + 2 * rsi]
  cmp r11d, )" S(WN_STRING_SINGLE_CHARACTERS) R"(
  jb .Lstring_single
  jmp .Lstring_host
1:
  mov eax, edi
  ret
2:
  mov r11d, )" S(WN_STRING_SINGLE_CHARACTERS) R"(
  jmp .Lstring_single
3:
  cmp dword ptr [r10 + 4 * )" S(WN_CONTROL_FRESH_STRING_COUNT) R"(], 0
  je .Lstring_host
  sub r11, [r10 + 4 * )" S(WN_CONTROL_STRING_CELLS) R"(]
  shr r11, )" S(WN_STRING_CELL_SHIFT) R"(
  or r11d, )" S(WN_STRING_PART) R"(
  mov r9d, esi
  mov ecx, r8d

# A string of ecx code units that JavaScript makes when it sees it; r11d, r9d = what of.
.Lstring_made:
  mov edx, [r10 + 4 * )" S(WN_CONTROL_FRESH_STRING_COUNT) R"(]
  dec edx
  mov [r10 + 4 * )" S(WN_CONTROL_FRESH_STRING_COUNT) R"(], edx
  mov edx, [r10 + 4 * rdx + 4 * )" S(WN_CONTROL_FRESH_STRINGS) R"(]
  imul eax, edx, )" S(WN_EXTERNREF_SCATTER) R"(
  lea eax, [4 * rax + )" S(WN_EXTERNREF_TAG) R"(]
  shl rdx, )" S(WN_STRING_CELL_SHIFT) R"(
  add rdx, [r10 + 4 * )" S(WN_CONTROL_STRING_CELLS) R"(]
  add ecx, )" S(WN_STRING_KIND_STRING) R"(
  mov [rdx + )" S(WN_STRING_CELL_CONTENTS) R"(], r11d
  mov [rdx + )" S(WN_STRING_CELL_CONTENTS + 4) R"(], r9d
  mov [rdx + )" S(WN_STRING_CELL_KIND) R"(], ecx
  ret

WN_LEAF concat
  WN_CELL rdi, r11d, r11
  WN_CELL rsi, r9d, r9
  WN_LENGTH r11, ecx
  WN_LENGTH r9, edx
  mov r8d, edi
  test edx, edx
  jz 1f
  mov r8d, esi
  test ecx, ecx
  jz 1f
  add ecx, edx
  cmp ecx, )" S(WN_STRING_MAX_MADE) R"(
  ja .Lstring_host
  cmp dword ptr [r10 + 4 * )" S(WN_CONTROL_FRESH_STRING_COUNT) R"(], 0
  je .Lstring_host
  mov r8, [r10 + 4 * )" S(WN_CONTROL_STRING_CELLS) R"(]
  sub r11, r8
  shr r11, )" S(WN_STRING_CELL_SHIFT) R"(
  sub r9, r8
  shr r9, )" S(WN_STRING_CELL_SHIFT) R"(
  jmp .Lstring_made
1:
  mov eax, r8d
  ret

WN_LABEL wn_string_leaves_end

WN_ADDRESSES
.p2align 3
wn_string_leaves:
.quad 0
.org wn_string_leaves + 8 * )" S(WN_STRING_LEAF_CAST) R"(
.quad wn_string_cast, wn_string_test, wn_string_length, wn_string_char_code_at, wn_string_code_point_at
.org wn_string_leaves + 8 * )" S(WN_STRING_LEAF_EQUALS) R"(
.quad wn_string_equals, wn_string_compare, wn_string_from_char_code, wn_string_from_code_point, wn_string_substring, wn_string_concat
.org wn_string_leaves + 8 * )" S(WN_STRING_LEAF_COUNT) R"(
.text
.att_syntax prefix
)");

extern "C" void* const wn_string_leaves[WN_STRING_LEAF_COUNT];

namespace wn {

void* string_leaf(u32 leaf) { return leaf < WN_STRING_LEAF_COUNT ? wn_string_leaves[leaf] : nullptr; }

}  // namespace wn
