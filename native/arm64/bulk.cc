// memory.copy and memory.fill of few bytes, which are most of them: checked and done here, on the wasm stack.
// Everything is loaded before anything is stored, so overlapping does not matter, and after the check nothing can
// fault. Longer and failing ones go on to C++ (thunks.cc).
//
// In: x0 = destination, x1 = source or value, x2 = bytes, zero-extended; x28 = vmctx, x27 = base of memory 0. Only
// registers that calls may change are used; stack pointer and x30 stay as they are (interrupt.cc).

#include "../assembly.h"
#include "../thunks.h"

#define S_(x) #x
#define S(x) S_(x)

asm(WN_DIRECTIVES R"(
.text

.p2align 4
WN_LABEL wn_leaves_begin
WN_FUNCTION wn_stub_memory_copy
  cmp x2, #256
  b.hi 7f
  ldr x9, [x28, #)" S(WN_VM_MEM_BYTES) R"(]
  add x10, x0, x2
  add x11, x1, x2
  cmp x10, x9
  b.hi 7f
  cmp x11, x9
  b.hi 7f
  add x0, x0, x27
  add x1, x1, x27
  add x10, x10, x27
  add x11, x11, x27
  cmp w2, #16
  b.lo 3f
  cmp w2, #32
  b.hi 1f
  ldr q0, [x1]
  ldur q1, [x11, #-16]
  str q0, [x0]
  stur q1, [x10, #-16]
  ret
1:
  cmp w2, #64
  b.hi 1f
  ldp q0, q1, [x1]
  ldp q2, q3, [x11, #-32]
  stp q0, q1, [x0]
  stp q2, q3, [x10, #-32]
  ret
1:
  cmp w2, #128
  b.hi 1f
  ldp q0, q1, [x1]
  ldp q2, q3, [x1, #32]
  ldp q4, q5, [x11, #-64]
  ldp q6, q7, [x11, #-32]
  stp q0, q1, [x0]
  stp q2, q3, [x0, #32]
  stp q4, q5, [x10, #-64]
  stp q6, q7, [x10, #-32]
  ret
1:
  ldp q0, q1, [x1]
  ldp q2, q3, [x1, #32]
  ldp q4, q5, [x1, #64]
  ldp q6, q7, [x1, #96]
  ldp q16, q17, [x11, #-128]
  ldp q18, q19, [x11, #-96]
  ldp q20, q21, [x11, #-64]
  ldp q22, q23, [x11, #-32]
  stp q0, q1, [x0]
  stp q2, q3, [x0, #32]
  stp q4, q5, [x0, #64]
  stp q6, q7, [x0, #96]
  stp q16, q17, [x10, #-128]
  stp q18, q19, [x10, #-96]
  stp q20, q21, [x10, #-64]
  stp q22, q23, [x10, #-32]
  ret
3:
  cmp w2, #8
  b.lo 4f
  ldr x8, [x1]
  ldur x9, [x11, #-8]
  str x8, [x0]
  stur x9, [x10, #-8]
  ret
4:
  cmp w2, #4
  b.lo 5f
  ldr w8, [x1]
  ldur w9, [x11, #-4]
  str w8, [x0]
  stur w9, [x10, #-4]
  ret
5:
  cbz w2, 6f
  lsr w12, w2, #1
  ldrb w8, [x1]
  ldrb w9, [x1, x12]
  ldurb w13, [x11, #-1]
  strb w8, [x0]
  strb w9, [x0, x12]
  sturb w13, [x10, #-1]
6:
  ret
# Not every object format has conditional branches to other files.
7:
  b wn_stub_memory_copy_long
WN_END wn_stub_memory_copy

.p2align 4
WN_FUNCTION wn_stub_memory_fill
  cmp x2, #512
  b.hi 7f
  ldr x9, [x28, #)" S(WN_VM_MEM_BYTES) R"(]
  add x10, x0, x2
  cmp x10, x9
  b.hi 7f
  add x0, x0, x27
  add x10, x10, x27
  dup v0.16b, w1
  cmp w2, #16
  b.lo 3f
  sub x9, x10, #16
  str q0, [x9]
1:
  str q0, [x0], #16
  cmp x0, x9
  b.lo 1b
  ret
3:
  cmp w2, #8
  b.lo 4f
  str d0, [x0]
  stur d0, [x10, #-8]
  ret
4:
  cmp w2, #4
  b.lo 5f
  str s0, [x0]
  stur s0, [x10, #-4]
  ret
5:
  cbz w2, 6f
  lsr w9, w2, #1
  strb w1, [x0]
  strb w1, [x0, x9]
  sturb w1, [x10, #-1]
6:
  ret
# Not every object format has conditional branches to other files.
7:
  b wn_stub_memory_fill_long
WN_END wn_stub_memory_fill
WN_LABEL wn_leaves_end
)");
