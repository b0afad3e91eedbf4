// Assembly between C++ and generated code.
//
// Stacks: generated code runs on the thread's wasm stack, everything else on the thread's own stack. `wn_enter`
// remembers where the thread's own stack ends (c_sp); every stub that leaves generated code saves its stack pointer in
// the thread (wasm_sp) and continues at c_sp. No C++ frame is ever jumped over: C++ returns to its stub, and the stub
// lands. Whatever needs JavaScript leaves wn_enter altogether and comes back by wn_resume (see x64/thunks.cc).
//
// Registers in generated code: x28 = vmctx, x27 = memory base, both preserved by everything, like x19 to x26 and x29.
// x8 to x15 are free at every call boundary; at a call through an entry x17 has its address and x16 the code's. A call
// destroys all vector registers, so wn_enter keeps those that C++ wants kept.

#include "../thunks.h"
#include "../assembly.h"

#define S_(x) #x
#define S(x) S_(x)
// The place of a helper's stub in wn_helper_stubs. In the order of their numbers: the assembler does not go back.
#define STUB(NAME, name) ".org wn_helper_stubs + 8 * " S(WN_HELPER_##NAME) "\n.xword wn_stub_" #name "\n"

asm(WN_DIRECTIVES R"(
.text

.macro WN_SAVE
  sub sp, sp, #160
  .cfi_adjust_cfa_offset 160
  stp x29, x30, [sp]
  .cfi_rel_offset x29, 0
  .cfi_rel_offset x30, 8
  stp x19, x20, [sp, #16]
  .cfi_rel_offset x19, 16
  .cfi_rel_offset x20, 24
  stp x21, x22, [sp, #32]
  .cfi_rel_offset x21, 32
  .cfi_rel_offset x22, 40
  stp x23, x24, [sp, #48]
  .cfi_rel_offset x23, 48
  .cfi_rel_offset x24, 56
  stp x25, x26, [sp, #64]
  .cfi_rel_offset x25, 64
  .cfi_rel_offset x26, 72
  stp x27, x28, [sp, #80]
  .cfi_rel_offset x27, 80
  .cfi_rel_offset x28, 88
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
.endm

.macro WN_RESTORE
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  ldp x29, x30, [sp]
  add sp, sp, #160
.endm

# void wn_enter(Thread* x0, buffer x1, Activation* x2, funcref record x3). x29 carries the activation through generated code, which preserves it: the way back is looked up there, because another frame (of
# wn_resume) may have taken this one's place. A function that returns ends its activation here; every other way out goes on in wn_left. The entry stub finds and leaves x19 = buffer.
.p2align 4
WN_FUNCTION wn_enter
  .cfi_startproc
  WN_SAVE
  mov x10, sp
  str x10, [x2, #)" S(WN_ACTIVATION_SP) R"(]
  str x10, [x0, #)" S(WN_THREAD_C_SP) R"(]
  ldr x28, [x3, #)" S(WN_FUNCREF_VMCTX) R"(]
  ldr x16, [x3, #)" S(WN_FUNCREF_CODE) R"(]
  ldr x9, [x3, #)" S(WN_FUNCREF_ENTRY_STUB) R"(]
  ldr x10, [x2, #)" S(WN_ACTIVATION_START) R"(]
  mov x19, x1
  mov x29, x2
  ldr x27, [x28, #)" S(WN_VM_MEM_BASE) R"(]
  mov sp, x10
  blr x9
  ldr x9, [x29, #)" S(WN_ACTIVATION_THREAD) R"(]
  ldr x10, [x29, #)" S(WN_ACTIVATION_SP) R"(]
  mov sp, x10
  ldr x11, [x29, #)" S(WN_ACTIVATION_WASM_SP) R"(]
  ldr x12, [x29, #)" S(WN_ACTIVATION_PREV) R"(]
  str wzr, [x19, #)" S(WN_CONTROL_OUTCOME * 4) R"(]
  str x11, [x9, #)" S(WN_THREAD_WASM_SP) R"(]
  str x12, [x9, #)" S(WN_THREAD_TOP) R"(]
  ldr w10, [x9, #)" S(WN_THREAD_STATE) R"(]
  WN_RESTORE
  tst w10, #)" S(WN_STATE_AT_END) R"(
  b.ne 1f
  ret
1:
  mov x0, x9
  b wn_ended
  .cfi_endproc
WN_END wn_enter

# Back to generated code from the departure frame at wasm_sp; x0 = Activation, then its value.
.macro WN_BACK_TO_WASM
  WN_SAVE
  ldr x9, [x0, #)" S(WN_ACTIVATION_THREAD) R"(]
  mov x10, sp
  str x10, [x0, #)" S(WN_ACTIVATION_SP) R"(]
  str x10, [x9, #)" S(WN_THREAD_C_SP) R"(]
  ldr x10, [x9, #)" S(WN_THREAD_WASM_SP) R"(]
  mov sp, x10
  ldp x28, x19, [sp]
  ldp x20, x21, [sp, #16]
  ldp x22, x23, [sp, #32]
  ldp x24, x25, [sp, #48]
  ldr x26, [sp, #64]
  ldp x29, x30, [sp, #)" S(WN_DEPARTURE_FRAME) R"(]
  add sp, sp, #)" S(WN_DEPARTURE_AREA) R"(
  ldr x27, [x28, #)" S(WN_VM_MEM_BASE) R"(]
  ldr x0, [x0, #)" S(WN_ACTIVATION_VALUE) R"(]
.endm

# void wn_resume(Activation* x0): goes on after JavaScript did what was asked, from the departure frame at wasm_sp, with the activation's value as the helper's result. Returns as wn_enter does.
.p2align 4
WN_FUNCTION wn_resume
  .cfi_startproc
  WN_BACK_TO_WASM
  ret
  .cfi_endproc
WN_END wn_resume

# A helper that preserves all registers (Helper.OBJECT_NEW) returns x0 in x16: the thread has kept those that C++ does not.
.macro WN_TAKE_REGISTERS
  mov x16, x0
  ldr x17, [x28, #)" S(WN_VM_THREAD) R"(]
  add x17, x17, #)" S(WN_THREAD_REGISTERS) R"(
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  ldr x\k, [x17, #8 * \k]
  .endr
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
  ldr q\k, [x17, #128 + 16 * \k]
  .endr
.endm

# void wn_resume_whole(Activation* x0): wn_resume for such a helper.
.p2align 4
WN_FUNCTION wn_resume_whole
  .cfi_startproc
  WN_BACK_TO_WASM
  WN_TAKE_REGISTERS
  ret
  .cfi_endproc
WN_END wn_resume_whole

# void wn_land(Activation* x0, Landing* x1): goes on at a landing pad instead. Returns as wn_enter does.
.p2align 4
WN_FUNCTION wn_land
  .cfi_startproc
  WN_SAVE
  ldr x9, [x0, #)" S(WN_ACTIVATION_THREAD) R"(]
  mov x10, sp
  str x10, [x0, #)" S(WN_ACTIVATION_SP) R"(]
  str x10, [x9, #)" S(WN_THREAD_C_SP) R"(]
  mov x0, x1
# x0 = Landing.
WN_PLACE .Lwn_land
  ldr x10, [x0, #)" S(WN_LANDING_SP) R"(]
  mov sp, x10
  ldr x28, [x0, #)" S(WN_LANDING_VM) R"(]
  ldp x19, x20, [x0, #)" S(WN_LANDING_SAVED) R"(]
  ldp x21, x22, [x0, #)" S(WN_LANDING_SAVED + 16) R"(]
  ldp x23, x24, [x0, #)" S(WN_LANDING_SAVED + 32) R"(]
  ldp x25, x26, [x0, #)" S(WN_LANDING_SAVED + 48) R"(]
  ldr x29, [x0, #)" S(WN_LANDING_SAVED + 64) R"(]
  ldr x27, [x28, #)" S(WN_VM_MEM_BASE) R"(]
  ldr x16, [x0, #)" S(WN_LANDING_PC) R"(]
  ldr x0, [x0, #)" S(WN_LANDING_RECORD) R"(]
# A return may go where generated code has no landing pad for jumps.
  ret x16
  .cfi_endproc
WN_END wn_land

# x0 = Activation, which was unwound. Generated code changes no control word.
WN_PLACE wn_landing
  mov w1, #1
WN_PLACE .Lwn_leave
  ldr x10, [x0, #)" S(WN_ACTIVATION_SP) R"(]
  mov sp, x10
  WN_RESTORE
  b wn_left

# x0 = Activation, which waits for JavaScript.
WN_PLACE .Lwn_wait
  mov w1, #0
  b .Lwn_leave

.p2align 4
WN_FUNCTION wn_signal_landing
  bl wn_raise_signal
  b wn_landing
WN_END wn_signal_landing

# A departure: stores what may hold references (the externref sweep scans the wasm stack) and the vmctx (backtraces), then takes the thread's stack. x29 keeps the way back, `thread` is the thread.
.macro WN_DEPART_BY thread
  sub sp, sp, #)" S(WN_DEPARTURE_AREA) R"(
  stp x28, x19, [sp]
  stp x20, x21, [sp, #16]
  stp x22, x23, [sp, #32]
  stp x24, x25, [sp, #48]
  stp x26, x17, [sp, #64]
  stp x29, x30, [sp, #)" S(WN_DEPARTURE_FRAME) R"(]
  mov x29, sp
  ldr \thread, [x28, #)" S(WN_VM_THREAD) R"(]
  str x29, [\thread, #)" S(WN_THREAD_WASM_SP) R"(]
.endm
.macro WN_DEPART
  WN_DEPART_BY x9
  ldr x10, [x9, #)" S(
    WN_THREAD_C_SP) R"(]
  mov sp, x10
.endm

# Saves every register that C++ or JavaScript may change and leaves as for a host call, so that JavaScript looks whether the thread is being terminated; goes on where it was. The return address of
# this departure is in no function: backtraces end here. The last step of the way back takes a register beside all of those: x18, which generated code does not use; or, where that is the platform's, an
# instruction that there is not, after which the fault handler sets pc and sp (leave_safepoint).
.p2align 4
WN_FUNCTION wn_safepoint
  sub sp, sp, #672
  stp x0, x1, [sp]
  stp x2, x3, [sp, #16]
  stp x4, x5, [sp, #32]
  stp x6, x7, [sp, #48]
  stp x8, x9, [sp, #64]
  stp x10, x11, [sp, #80]
  stp x12, x13, [sp, #96]
  stp x14, x15, [sp, #112]
  stp x16, x17, [sp, #128]
  mrs x9, nzcv
  stp x30, x9, [sp, #144]
  stp q0, q1, [sp, #160]
  stp q2, q3, [sp, #192]
  stp q4, q5, [sp, #224]
  stp q6, q7, [sp, #256]
  stp q8, q9, [sp, #288]
  stp q10, q11, [sp, #320]
  stp q12, q13, [sp, #352]
  stp q14, q15, [sp, #384]
  stp q16, q17, [sp, #416]
  stp q18, q19, [sp, #448]
  stp q20, q21, [sp, #480]
  stp q22, q23, [sp, #512]
  stp q24, q25, [sp, #544]
  stp q26, q27, [sp, #576]
  stp q28, q29, [sp, #608]
  stp q30, q31, [sp, #640]
  adr x30, .Lwn_safepoint_back
  WN_DEPART
  mov x0, x28
  bl wn_wait_for_poll
  b .Lwn_wait
WN_PLACE .Lwn_safepoint_back
  ldp q0, q1, [sp, #160]
  ldp q2, q3, [sp, #192]
  ldp q4, q5, [sp, #224]
  ldp q6, q7, [sp, #256]
  ldp q8, q9, [sp, #288]
  ldp q10, q11, [sp, #320]
  ldp q12, q13, [sp, #352]
  ldp q14, q15, [sp, #384]
  ldp q16, q17, [sp, #416]
  ldp q18, q19, [sp, #448]
  ldp q20, q21, [sp, #480]
  ldp q22, q23, [sp, #512]
  ldp q24, q25, [sp, #544]
  ldp q26, q27, [sp, #576]
  ldp q28, q29, [sp, #608]
  ldp q30, q31, [sp, #640]
  ldp x30, x9, [sp, #144]
  msr nzcv, x9
  ldp x0, x1, [sp]
  ldp x2, x3, [sp, #16]
  ldp x4, x5, [sp, #32]
  ldp x6, x7, [sp, #48]
  ldp x8, x9, [sp, #64]
  ldp x10, x11, [sp, #80]
  ldp x12, x13, [sp, #96]
  ldp x14, x15, [sp, #112]
  ldp x16, x17, [sp, #128]
)"
#ifdef WN_PLATFORM_HAS_X18
                    R"(
WN_LABEL wn_safepoint_end
  .inst 0
)"
#else
                    R"(
  ldr x18, [sp, #672]
  add sp, sp, #688
  ret x18
)"
#endif
                    R"(
WN_END wn_safepoint

.p2align 4
WN_FUNCTION wn_trap_stub
  WN_DEPART
  mov x3, x1
  mov x2, x0
  mov x1, x28
  mov x0, x9
  bl wn_raise_explicit
  b wn_landing
WN_END wn_trap_stub

.p2align 4
WN_FUNCTION wn_disposed_stub
  WN_DEPART
  mov x1, x28
  mov x0, x9
  bl wn_raise_disposed
  b wn_landing
WN_END wn_disposed_stub

# A helper: arguments stay where they are (the C convention has them in the same registers), x5 = vmctx.
.macro WN_HELPER name, stub
.p2align 4
WN_LOCAL wn_stub_\stub
  WN_DEPART
  mov x5, x28
  bl wn_helper_\name
  cbnz w1, .Lwn_helper_raise
  .ifc \stub, memory_grow
  ldr x27, [x28, #)" S(WN_VM_MEM_BASE) R"(]
  .endif
  .ifc \stub, memory_grow_of
  ldr x27, [x28, #)" S(WN_VM_MEM_BASE) R"(]
  .endif
  mov sp, x29
  ldp x29, x30, [sp, #)" S(WN_DEPARTURE_FRAME) R"(]
  add sp, sp, #)" S(WN_DEPARTURE_AREA) R"(
  ret
WN_END wn_stub_\stub
.endm

WN_HELPER memory_grow, memory_grow
WN_HELPER memory_fill, memory_fill_long
WN_HELPER memory_copy, memory_copy_long
WN_HELPER memory_init, memory_init
WN_HELPER data_drop, data_drop
WN_HELPER table_get, table_get
WN_HELPER table_set, table_set
WN_HELPER table_grow, table_grow
WN_HELPER table_fill, table_fill
WN_HELPER table_copy, table_copy
WN_HELPER table_init, table_init
WN_HELPER elem_drop, elem_drop
WN_HELPER ref_func, ref_func
WN_HELPER throw, throw
WN_HELPER throw_ref, throw_ref
WN_HELPER atomic_wait32, atomic_wait32
WN_HELPER atomic_wait64, atomic_wait64
WN_HELPER atomic_notify, atomic_notify
WN_HELPER array_fill, array_fill
WN_HELPER array_copy, array_copy
WN_HELPER array_init, array_init
WN_HELPER array_new_segment, array_new_segment
WN_HELPER ref_test, ref_test
WN_HIDDEN wn_stub_memory_copy_long, wn_stub_memory_fill_long
WN_HIDDEN wn_stub_memory_copy, wn_stub_memory_fill
WN_HELPER memory_grow_of, memory_grow_of
WN_HELPER memory_fill_of, memory_fill_of
WN_HELPER memory_copy_of, memory_copy_of
WN_HELPER memory_init_of, memory_init_of

# A new object (Helper.OBJECT_NEW): w17 = type index, x16 = length of an array; the object in x16. All other registers but x17 and the flags are as before, and so that the collector sees what is in them they are
# kept in the thread.
.p2align 4
WN_LOCAL wn_stub_object_new
  WN_DEPART_BY x30
  add x30, x30, #)" S(WN_THREAD_REGISTERS) R"(
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  str x\k, [x30, #8 * \k]
  .endr
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
  str q\k, [x30, #128 + 16 * \k]
  .endr
  ldur x10, [x30, #)" S(WN_THREAD_C_SP - WN_THREAD_REGISTERS) R"(]
  mov sp, x10
  mov w0, w17
  mov x1, x16
  mov x5, x28
  bl wn_helper_object_new
  cbnz w1, .Lwn_helper_raise
  WN_TAKE_REGISTERS
  mov sp, x29
  ldp x29, x30, [sp, #)" S(WN_DEPARTURE_FRAME) R"(]
  add sp, sp, #)" S(WN_DEPARTURE_AREA) R"(
  ret
WN_END wn_stub_object_new

# w1 = funcref. The activation waits for that host function: what wn_left does, without C++.
.p2align 4
WN_LOCAL wn_stub_host_call
  WN_DEPART
  ldr x10, [x9, #)" S(WN_THREAD_TOP) R"(]
  ldur x11, [x28, #)" S(WN_VM_ARGUMENTS) R"(]
  ldr w12, [x10, #)" S(WN_ACTIVATION_LEVEL) R"(]
  str w1, [x10, #)" S(WN_ACTIVATION_WAITS_FOR) R"(]
  str x28, [x10, #)" S(WN_ACTIVATION_WAITING_VM) R"(]
  str w12, [x11, #)" S(WN_CONTROL_LEVEL * 4) R"(]
  ldr x13, [x9, #)" S(WN_THREAD_DEEP_SP) R"(]
  cmp x29, x13
  cset w14, lo
  str w1, [x11, #)" S(WN_CONTROL_OUTCOME * 4) R"(]
  str w14, [x11, #)" S(WN_CONTROL_DEEP * 4) R"(]
  ldr x10, [x10, #)" S(WN_ACTIVATION_SP) R"(]
  mov sp, x10
  WN_RESTORE
  ret
WN_END wn_stub_host_call

# x0 = value, w1 = status.
WN_PLACE .Lwn_helper_raise
  cmp w1, #)" S(WN_ASK_JAVASCRIPT) R"(
  b.eq .Lwn_wait
  cmp w1, #)" S(WN_LAND) R"(
  b.eq .Lwn_land
  cmp w1, #)" S(WN_LEAVE) R"(
  b.eq wn_landing
  mov x3, x0
  mov x2, x28
  ldr x0, [x28, #)" S(WN_VM_THREAD) R"(]
  bl wn_raise_helper
  b wn_landing

# Switch thunk: x17 = call entry. Finds the funcref record, takes the callee's vmctx and memory base, calls. The caller's memory may have moved meanwhile: its base comes from the vmctx again.
# A tail call comes here with the return address of its function's caller. If that is a thunk, the frame that switches back is there already, and with it an area: the callee takes it over. So functions of different
# instances that call each other last need no more stack. x10 = funcref record.
.macro WN_REUSE_SWITCH
  ldr w10, [x17, #)" S(WN_ENTRY_FUNCREF) R"(]
  ldr x11, [x28, #)" S(WN_VM_FUNCREFS) R"(]
  add x10, x11, x10, lsl #)" S(WN_FUNCREF_SHIFT) R"(
  adr x9, wn_switch_thunk
  adr x11, .Lwn_switch_thunks_end
  cmp x30, x9
  ccmp x30, x11, #2, hs
  b.lo .Lwn_switch_only
.endm

# To the callee's vmctx and memory base; x16 = its code.
.macro WN_SWITCH
  ldr x28, [x10, #)" S(WN_FUNCREF_VMCTX) R"(]
  ldr x16, [x10, #)" S(WN_FUNCREF_CODE) R"(]
  ldr x27, [x28, #)" S(WN_VM_MEM_BASE) R"(]
.endm

.p2align 4
WN_FUNCTION wn_switch_thunk
  WN_REUSE_SWITCH
  stp x28, x30, [sp, #-16]!
  WN_SWITCH
  blr x16
WN_LABEL wn_switch_thunk_returned
  ldp x28, x30, [sp], #16
  ldr x27, [x28, #)" S(WN_VM_MEM_BASE) R"(]
  ret
WN_END wn_switch_thunk

WN_PLACE .Lwn_switch_only
  WN_SWITCH
  br x16

# The same for signatures with an outgoing area, which is copied down for the callee and up again after it (it carries the results 1, 2, ...). Frame, from x29 downwards: the caller's x29 (its return address
# above it), its vmctx, the bytes that go up again, the area, which may be larger than they are.
.p2align 4
WN_FUNCTION wn_switch_thunk_area
  WN_REUSE_SWITCH
  stp x29, x30, [sp, #-16]!
  mov x29, sp
  ldr w11, [x10, #)" S(WN_FUNCREF_OUT_BYTES) R"(]
  stp x11, x28, [sp, #-16]!
  sub sp, sp, x11
  add x12, x29, #16
  mov x13, sp
1:
  subs x11, x11, #16
  ldr q16, [x12, x11]
  str q16, [x13, x11]
  b.ne 1b
  WN_SWITCH
  blr x16
WN_LABEL wn_switch_thunk_area_returned
  ldur x11, [x29, #-16]
  cbz x11, 3f
  add x12, x29, #16
  mov x13, sp
2:
  subs x11, x11, #16
  ldr q16, [x13, x11]
  str q16, [x12, x11]
  b.ne 2b
3:
  ldur x28, [x29, #-8]
  mov sp, x29
  ldp x29, x30, [sp], #16
  ldr x27, [x28, #)" S(WN_VM_MEM_BASE) R"(]
  ret
WN_END wn_switch_thunk_area
WN_PLACE .Lwn_switch_thunks_end

# Tail call of a function whose area is larger than what its caller's caller has made (Helper.TAIL_CALL of abi/vmctx.ts): sp = the area, x9 = address of three numbers, x16 = the callee's code, x17 = its entry.
# The frame of wn_switch_thunk_area has room for any: if there is one that is large enough below the return address, the area moves there; else a new one is made in place of the caller's frame. Each is larger
# than the one above it, so chains of tail calls need a bounded number of them.
.p2align 4
WN_LOCAL wn_stub_tail_call
  ldp w10, w11, [x9]
  ldr w12, [x9, #8]
  mov x9, sp
  add x10, x9, x10
  ldr x30, [x10]
# x9 = area, x11 = its bytes, x10 = where the return address is. x15 = where the area goes.
  adr x13, wn_switch_thunk_area_returned
  cmp x13, x30
  b.ne 1f
  sub x14, x29, #24
  sub x14, x14, x10
  add x15, x10, #8
  cmp x14, x11
  b.hs 3f
1:
# The return address stays, the frame comes below it. Nothing is kept below the stack pointer.
  sub x15, x10, #24
  sub x15, x15, x11
  cmp x15, x9
  b.hi 3f
  mov sp, x15
  mov x14, #0
2:
  ldr q16, [x9, x14]
  str q16, [x15, x14]
  add x14, x14, #16
  cmp x14, x11
  b.lo 2b
  b 4f
3:
  subs x11, x11, #16
  ldr q16, [x9, x11]
  str q16, [x15, x11]
  b.ne 3b
4:
  cmp x15, x10
  b.hi 5f
  stur x29, [x10, #-8]
  stur x28, [x10, #-16]
  stur x12, [x10, #-24]
  sub x29, x10, #8
  mov x30, x13
5:
  mov sp, x15
  br x16
WN_END wn_stub_tail_call

WN_ADDRESSES
.p2align 3
WN_LABEL wn_helper_stubs
)" STUB(MEMORY_GROW, memory_grow) STUB(MEMORY_FILL, memory_fill) STUB(MEMORY_COPY, memory_copy)
                        STUB(MEMORY_INIT, memory_init) STUB(DATA_DROP, data_drop) STUB(TABLE_GET, table_get)
                            STUB(TABLE_SET, table_set) STUB(TABLE_GROW, table_grow) STUB(TABLE_FILL, table_fill)
                                STUB(TABLE_COPY, table_copy) STUB(TABLE_INIT, table_init) STUB(ELEM_DROP, elem_drop)
                                    STUB(REF_FUNC, ref_func) STUB(HOST_CALL, host_call) STUB(THROW, throw)
                                        STUB(THROW_REF, throw_ref) STUB(TAIL_CALL, tail_call)
                                            STUB(ATOMIC_WAIT32, atomic_wait32) STUB(ATOMIC_WAIT64, atomic_wait64)
                                                STUB(ATOMIC_NOTIFY, atomic_notify) STUB(MEMORY_GROW_OF, memory_grow_of)
                                                    STUB(MEMORY_FILL_OF, memory_fill_of)
                                                        STUB(MEMORY_COPY_OF, memory_copy_of) STUB(MEMORY_INIT_OF,
                                                                                                  memory_init_of)
                                                            STUB(OBJECT_NEW, object_new) STUB(ARRAY_FILL, array_fill)
                                                                STUB(ARRAY_COPY, array_copy)
                                                                    STUB(ARRAY_INIT, array_init)
                                                                        STUB(ARRAY_NEW_SEGMENT, array_new_segment)
                                                                            STUB(REF_TEST, ref_test)
                                                                                R"(
.org wn_helper_stubs + 8 * )" S(WN_HELPER_COUNT) R"(
.text
)");
