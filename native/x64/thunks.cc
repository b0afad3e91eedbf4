// Assembly between C++ and generated code.
//
// Stacks: generated code runs on the thread's wasm stack, everything else on the thread's own stack. `wn_enter`
// remembers where the thread's own stack ends (c_sp); every stub that leaves generated code saves its rsp in the thread
// (wasm_sp) and continues at c_sp. No C++ frame is ever jumped over: C++ returns to its stub, and the stub lands.
// Whatever needs JavaScript (a host function, growing a memory that has a buffer, looking whether the thread is being
// terminated) leaves wn_enter altogether and comes back by wn_resume: JavaScript does it in between, with no C++ on the
// stack. So nothing below wn_enter touches V8, which is what fast calls (fast-call.cc) ask for.
//
// Registers in generated code: r14 = vmctx, r15 = memory base, both preserved by everything, like rbx, rbp, r12, r13.
// rax, r10, r11 are free at every call boundary.

#include "../thunks.h"
#include "../assembly.h"

#define S_(x) #x
#define S(x) S_(x)
// The place of a helper's stub in wn_helper_stubs. In the order of their numbers: the assembler does not go back.
#define STUB(NAME, name) ".org wn_helper_stubs + 8 * " S(WN_HELPER_##NAME) "\n.quad wn_stub_" #name "\n"

asm(WN_DIRECTIVES R"(
.intel_syntax noprefix
.text

.macro WN_SAVE
  push rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset rbp, 0
  push rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset rbx, 0
  push r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r12, 0
  push r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r13, 0
  push r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r14, 0
  push r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r15, 0
.endm

.macro WN_RESTORE
  pop r15
  pop r14
  pop r13
  pop r12
  pop rbx
  pop rbp
.endm

# void wn_enter(Thread* rdi, buffer rsi, Activation* rdx, funcref record rcx). rbp carries the activation through generated code, which preserves it: the way back is looked up there, because another frame (of
# wn_resume) may have taken this one's place. A function that returns ends its activation here; every other way out goes on in wn_left. The entry stub finds and leaves rbx = buffer.
.p2align 4
WN_FUNCTION wn_enter
  .cfi_startproc
  WN_SAVE
  lea rax, [rsp - 8]
  mov [rdx + )" S(WN_ACTIVATION_SP) R"(], rsp
  mov [rdi + )" S(WN_THREAD_C_SP) R"(], rax
  mov r14, [rcx + )" S(WN_FUNCREF_VMCTX) R"(]
  mov r11, [rcx + )" S(WN_FUNCREF_CODE) R"(]
  mov rbx, rsi
  mov rbp, rdx
  mov r15, [r14 + )" S(WN_VM_MEM_BASE) R"(]
  # From here on the CFA is found by the activation: 56 above what it remembers (DW_CFA_def_cfa_expression: breg6 SP, deref, plus_uconst 56).
  .cfi_escape 0x0f, 5, 0x76, )" S(WN_ACTIVATION_SP) R"(, 0x06, 0x23, 56
  mov rsp, [rdx + )" S(WN_ACTIVATION_START) R"(]
  call [rcx + )" S(WN_FUNCREF_ENTRY_STUB) R"(]
  mov r10, [rbp + )" S(WN_ACTIVATION_THREAD) R"(]
  mov rsp, [rbp + )" S(WN_ACTIVATION_SP) R"(]
  mov rax, [rbp + )" S(WN_ACTIVATION_WASM_SP) R"(]
  mov rcx, [rbp + )" S(WN_ACTIVATION_PREV) R"(]
  mov dword ptr [rbx + )" S(WN_CONTROL_OUTCOME * 4) R"(], 0
  mov [r10 + )" S(WN_THREAD_WASM_SP) R"(], rax
  mov [r10 + )" S(WN_THREAD_TOP) R"(], rcx
  test byte ptr [r10 + )" S(WN_THREAD_STATE) R"(], )" S(WN_STATE_AT_END) R"(
  jnz 1f
  WN_RESTORE
  ret
1:
  WN_RESTORE
  mov rdi, r10
  jmp wn_ended
  .cfi_endproc
WN_END wn_enter

# From C++ to the departure frame at wasm_sp of the activation in rdi: rax = its value, r10 = the thread; the return address is on top.
.macro WN_BACK_TO_WASM
  WN_SAVE
  mov r10, [rdi + )" S(WN_ACTIVATION_THREAD) R"(]
  lea rax, [rsp - 8]
  mov [rdi + )" S(WN_ACTIVATION_SP) R"(], rsp
  mov [r10 + )" S(WN_THREAD_C_SP) R"(], rax
  mov rsp, [r10 + )" S(WN_THREAD_WASM_SP) R"(]
  pop r14
  pop r13
  pop r12
  pop rbx
  pop rbp
  mov r15, [r14 + )" S(WN_VM_MEM_BASE) R"(]
  mov rax, [rdi + )" S(WN_ACTIVATION_VALUE) R"(]
.endm

# void wn_resume(Activation* rdi): goes on after JavaScript did what was asked, from the departure frame at wasm_sp, with the activation's value as the helper's result. Returns as wn_enter does.
.p2align 4
WN_FUNCTION wn_resume
  .cfi_startproc
  WN_BACK_TO_WASM
  pop r11
  jmp r11
  .cfi_endproc
WN_END wn_resume

# A helper that preserves all registers (Helper.OBJECT_NEW) returns: r10 = the thread, which kept those that C++ does not.
.macro WN_TAKE_REGISTERS
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  movups xmm\k, [r10 + )" S(WN_THREAD_REGISTERS) R"( + 64 + 16 * \k]
  .endr
  mov rcx, [r10 + )" S(WN_THREAD_REGISTERS) R"(]
  mov rdx, [r10 + )" S(WN_THREAD_REGISTERS + 8) R"(]
  mov rsi, [r10 + )" S(WN_THREAD_REGISTERS + 16) R"(]
  mov rdi, [r10 + )" S(WN_THREAD_REGISTERS + 24) R"(]
  mov r8, [r10 + )" S(WN_THREAD_REGISTERS + 32) R"(]
  mov r9, [r10 + )" S(WN_THREAD_REGISTERS + 40) R"(]
  mov r11, [r10 + )" S(WN_THREAD_REGISTERS + 48) R"(]
  mov r10, [r10 + )" S(WN_THREAD_REGISTERS + 56) R"(]
.endm

# void wn_resume_whole(Activation* rdi): wn_resume for such a helper.
.p2align 4
WN_FUNCTION wn_resume_whole
  .cfi_startproc
  WN_BACK_TO_WASM
  WN_TAKE_REGISTERS
  ret
  .cfi_endproc
WN_END wn_resume_whole

# void wn_land(Activation* rdi, Landing* rsi): goes on at a landing pad instead. Returns as wn_enter does.
.p2align 4
WN_FUNCTION wn_land
  .cfi_startproc
  WN_SAVE
  mov r10, [rdi + )" S(WN_ACTIVATION_THREAD) R"(]
  lea rax, [rsp - 8]
  mov [rdi + )" S(WN_ACTIVATION_SP) R"(], rsp
  mov [r10 + )" S(WN_THREAD_C_SP) R"(], rax
  mov rax, rsi
# rax = Landing.
WN_PLACE .Lwn_land
  cld
  mov rsp, [rax + )" S(WN_LANDING_SP) R"(]
  mov r14, [rax + )" S(WN_LANDING_VM) R"(]
  mov rbx, [rax + )" S(WN_LANDING_SAVED) R"(]
  mov rbp, [rax + )" S(WN_LANDING_SAVED + 8) R"(]
  mov r12, [rax + )" S(WN_LANDING_SAVED + 16) R"(]
  mov r13, [rax + )" S(WN_LANDING_SAVED + 24) R"(]
  mov r15, [r14 + )" S(WN_VM_MEM_BASE) R"(]
  mov rcx, [rax + )" S(WN_LANDING_PC) R"(]
  mov rax, [rax + )" S(WN_LANDING_RECORD) R"(]
  jmp rcx
  .cfi_endproc
WN_END wn_land

# rax = Activation, which was unwound. Generated code changes no control word; whoever interrupted it may have.
WN_PLACE wn_landing
  mov rsp, [rax + )" S(WN_ACTIVATION_SP) R"(]
  cld
  ldmxcsr [rip + .Lwn_mxcsr]
  fldcw [rip + .Lwn_x87]
  WN_RESTORE
  mov rdi, rax
  mov esi, 1
  jmp wn_left

.p2align 4
WN_FUNCTION wn_signal_landing
  cld
  call wn_raise_signal
  jmp wn_landing
WN_END wn_signal_landing

# Saves every register that C++ or JavaScript may change and leaves as for a host call, so that JavaScript looks whether the thread is being terminated; goes on where it was. The return address of
# this departure is in no function: backtraces end here.
.p2align 4
WN_FUNCTION wn_safepoint
  pushfq
  push rax
  push rcx
  push rdx
  push rbx
  push rbp
  push rsi
  push rdi
  push r8
  push r9
  push r10
  push r11
  push r12
  push r13
  mov rbp, rsp
  sub rsp, 512
  and rsp, -16
  fxsave64 [rsp]
  mov rbx, rsp
  lea rax, [rip + .Lwn_safepoint_back]
  push rax
  push rbp
  push rbx
  push r12
  push r13
  push r14
  cld
  mov r10, [r14 + )" S(WN_VM_THREAD) R"(]
  mov [r10 + )" S(WN_THREAD_WASM_SP) R"(], rsp
  mov rsp, [r10 + )" S(WN_THREAD_C_SP) R"(]
  mov rdi, r14
  call wn_wait_for_poll
  jmp .Lwn_wait
WN_PLACE .Lwn_safepoint_back
  fxrstor64 [rbx]
  mov rsp, rbp
  pop r13
  pop r12
  pop r11
  pop r10
  pop r9
  pop r8
  pop rdi
  pop rsi
  pop rbp
  pop rbx
  pop rdx
  pop rcx
  pop rax
  popfq
  ret 128
WN_END wn_safepoint

# A departure: pushes what may hold references (the externref sweep scans the wasm stack) and the vmctx (backtraces), then takes the thread's stack. rbp keeps the way back, r10 is the thread.
.macro WN_LEAVE_FRAME
  .cfi_startproc
  push rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  mov rbp, rsp
  .cfi_def_cfa_register rbp
  push rbx
  push r12
  push r13
  push r14
  mov r10, [r14 + )" S(WN_VM_THREAD) R"(]
  mov [r10 + )" S(WN_THREAD_WASM_SP) R"(], rsp
.endm
.macro WN_DEPART
  WN_LEAVE_FRAME
  mov rsp, [r10 + )" S(WN_THREAD_C_SP) R"(]
.endm

.p2align 4
WN_FUNCTION wn_trap_stub
  WN_DEPART
  mov rdi, r10
  mov rsi, r14
  mov rdx, rax
  call wn_raise_explicit
  jmp wn_landing
  .cfi_endproc
WN_END wn_trap_stub

.p2align 4
WN_FUNCTION wn_disposed_stub
  WN_DEPART
  mov rdi, r10
  mov rsi, r14
  call wn_raise_disposed
  jmp wn_landing
  .cfi_endproc
WN_END wn_disposed_stub

# A helper: arguments stay where they are (the C convention has them in the same registers), r9 = vmctx.
.macro WN_HELPER name, stub
.p2align 4
WN_LOCAL wn_stub_\stub
  WN_DEPART
  mov r9, r14
  call wn_helper_\name
  test edx, edx
  jnz .Lwn_helper_raise
  .ifc \stub, memory_grow
  mov r15, [r14 + )" S(WN_VM_MEM_BASE) R"(]
  .endif
  .ifc \stub, memory_grow_of
  mov r15, [r14 + )" S(WN_VM_MEM_BASE) R"(]
  .endif
  mov rsp, rbp
  pop rbp
  .cfi_def_cfa rsp, 8
  ret
  .cfi_endproc
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
WN_HELPER array_copy, array_copy_long
WN_HELPER array_init, array_init
WN_HELPER array_new_segment, array_new_segment
WN_HELPER ref_test, ref_test
WN_HIDDEN wn_stub_memory_copy_long, wn_stub_memory_fill_long
WN_HIDDEN wn_stub_memory_copy, wn_stub_memory_fill, wn_stub_array_copy
WN_HIDDEN wn_stub_array_copy_long
WN_HELPER memory_grow_of, memory_grow_of
WN_HELPER memory_fill_of, memory_fill_of
WN_HELPER memory_copy_of, memory_copy_of
WN_HELPER memory_init_of, memory_init_of

# A new object (Helper.OBJECT_NEW): eax = type index, edx = length of an array. All registers but rax are as before, and so that the collector sees what is in them they are kept in the thread.
.p2align 4
WN_LOCAL wn_stub_object_new
  .cfi_startproc
  push rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  mov rbp, rsp
  .cfi_def_cfa_register rbp
  push rbx
  push r12
  push r13
  push r14
  push r10
  mov r10, [r14 + )" S(WN_VM_THREAD) R"(]
  mov [r10 + )" S(WN_THREAD_REGISTERS) R"(], rcx
  mov [r10 + )" S(WN_THREAD_REGISTERS + 8) R"(], rdx
  mov [r10 + )" S(WN_THREAD_REGISTERS + 16) R"(], rsi
  mov [r10 + )" S(WN_THREAD_REGISTERS + 24) R"(], rdi
  mov [r10 + )" S(WN_THREAD_REGISTERS + 32) R"(], r8
  mov [r10 + )" S(WN_THREAD_REGISTERS + 40) R"(], r9
  mov [r10 + )" S(WN_THREAD_REGISTERS + 48) R"(], r11
  pop rcx
  mov [r10 + )" S(WN_THREAD_REGISTERS + 56) R"(], rcx
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  movups [r10 + )" S(WN_THREAD_REGISTERS) R"( + 64 + 16 * \k], xmm\k
  .endr
  mov edi, eax
  mov esi, edx
  mov [r10 + )" S(WN_THREAD_WASM_SP) R"(], rsp
  mov rsp, [r10 + )" S(WN_THREAD_C_SP) R"(]
  mov r9, r14
  call wn_helper_object_new
  test edx, edx
  jnz .Lwn_helper_raise
  mov r10, [r14 + )" S(WN_VM_THREAD) R"(]
  WN_TAKE_REGISTERS
  mov rsp, rbp
  pop rbp
  .cfi_def_cfa rsp, 8
  ret
  .cfi_endproc
WN_END wn_stub_object_new

# esi = funcref. The activation waits for that host function: what wn_left does, without C++. It leaves by a jump, and so does the host stub when it goes on: as returns both would be mispredicted, because the latest call before
# each of them is one of the other stack's (four fifths of what such a change of stacks costs: `npm run bench -- floors`). What the CPU then expects of outer returns is wrong, as it is after mispredicted ones.
.p2align 4
WN_LOCAL wn_stub_host_call
  WN_LEAVE_FRAME
  mov rax, [r10 + )" S(WN_THREAD_TOP) R"(]
  mov rcx, [r14 + )" S(WN_VM_ARGUMENTS) R"(]
  mov edx, [rax + )" S(WN_ACTIVATION_LEVEL) R"(]
  mov [rax + )" S(WN_ACTIVATION_WAITS_FOR) R"(], esi
  mov [rax + )" S(WN_ACTIVATION_WAITING_VM) R"(], r14
  mov [rcx + )" S(WN_CONTROL_LEVEL * 4) R"(], edx
  xor edx, edx
  cmp rsp, [r10 + )" S(WN_THREAD_DEEP_SP) R"(]
  setb dl
  mov [rcx + )" S(WN_CONTROL_OUTCOME * 4) R"(], esi
  mov [rcx + )" S(WN_CONTROL_DEEP * 4) R"(], edx
  mov rsp, [rax + )" S(WN_ACTIVATION_SP) R"(]
  WN_RESTORE
  pop rcx
  jmp rcx
  .cfi_endproc
WN_END wn_stub_host_call

# rax = Activation, which waits for JavaScript.
WN_PLACE .Lwn_wait
  mov rsp, [rax + )" S(WN_ACTIVATION_SP) R"(]
  WN_RESTORE
  mov rdi, rax
  xor esi, esi
  jmp wn_left

WN_PLACE .Lwn_helper_raise
  cmp edx, )" S(WN_ASK_JAVASCRIPT) R"(
  je .Lwn_wait
  cmp edx, )" S(WN_LAND) R"(
  je .Lwn_land
  cmp edx, )" S(WN_LEAVE) R"(
  je wn_landing
  mov rdi, [r14 + )" S(WN_VM_THREAD) R"(]
  mov rsi, rdx
  mov rdx, r14
  mov rcx, rax
  call wn_raise_helper
  jmp wn_landing

# Switch thunk: rax = call entry. Finds the funcref record, takes the callee's vmctx and memory base, calls. The caller's memory may have moved meanwhile: its base comes from the vmctx again.
# A tail call comes here with the return address of its function's caller. If that is a thunk, the frame that switches back is there already, and with it an area: the callee takes it over. So functions of different
# instances that call each other last need no more stack.
.macro WN_REUSE_SWITCH
  mov r11, [rsp]
  lea r10, [rip + wn_switch_thunk]
  sub r11, r10
  mov r10d, [rax + )" S(WN_ENTRY_FUNCREF) R"(]
  shl r10, )" S(WN_FUNCREF_SHIFT) R"(
  add r10, [r14 + )" S(WN_VM_FUNCREFS) R"(]
  # A difference of labels as an immediate: clang takes it in this syntax only.
.att_syntax prefix
  cmpq $(.Lwn_switch_thunks_end - wn_switch_thunk), %r11
.intel_syntax noprefix
  jb .Lwn_switch_only
.endm

.p2align 5
WN_FUNCTION wn_switch_thunk
  WN_REUSE_SWITCH
  push r14
  sub rsp, 16
  mov r14, [r10 + )" S(WN_FUNCREF_VMCTX) R"(]
  mov r15, [r14 + )" S(WN_VM_MEM_BASE) R"(]
  call [r10 + )" S(WN_FUNCREF_CODE) R"(]
WN_LABEL wn_switch_thunk_returned
  add rsp, 16
  pop r14
  mov r15, [r14 + )" S(WN_VM_MEM_BASE) R"(]
  ret
WN_END wn_switch_thunk

WN_PLACE .Lwn_switch_only
  mov r14, [r10 + )" S(WN_FUNCREF_VMCTX) R"(]
  mov r15, [r14 + )" S(WN_VM_MEM_BASE) R"(]
  jmp [r10 + )" S(WN_FUNCREF_CODE) R"(]

# The same for signatures with an outgoing area, which is copied down for the callee and up again after it (it carries the results 1, 2, ...). Frame, from rbp downwards: the caller's rbp, its vmctx, the
# bytes that go up again, the area, which may be larger than they are.
.p2align 5
WN_FUNCTION wn_switch_thunk_area
  WN_REUSE_SWITCH
  push rbp
  mov rbp, rsp
  push r14
  mov r11d, [r10 + )" S(WN_FUNCREF_OUT_BYTES) R"(]
  push r11
  sub rsp, r11
1:
  sub r11, 16
  movups xmm8, [rbp + r11 + 16]
  movups [rsp + r11], xmm8
  jnz 1b
  mov r14, [r10 + )" S(WN_FUNCREF_VMCTX) R"(]
  mov r15, [r14 + )" S(WN_VM_MEM_BASE) R"(]
  call [r10 + )" S(WN_FUNCREF_CODE) R"(]
WN_LABEL wn_switch_thunk_area_returned
  mov r11, [rbp - 16]
  test r11, r11
  jz 3f
2:
  sub r11, 16
  movups xmm8, [rsp + r11]
  movups [rbp + r11 + 16], xmm8
  jnz 2b
3:
  lea rsp, [rbp - 8]
  pop r14
  mov r15, [r14 + )" S(WN_VM_MEM_BASE) R"(]
  pop rbp
  ret
WN_END wn_switch_thunk_area
WN_PLACE .Lwn_switch_thunks_end

# Tail call of a function whose area is larger than what its caller's caller has made (Helper.TAIL_CALL of abi/vmctx.ts). The frame of wn_switch_thunk_area has room for any: if there is one that is large enough
# below the return address, the area moves there; else a new one is made in place of the caller's frame. Each is larger than the one above it, so chains of tail calls need a bounded number of them.
.p2align 4
WN_LOCAL wn_stub_tail_call
  mov [rsp - 72], rsi
  mov [rsp - 80], rdi
  mov [rsp - 88], rcx
  mov [rsp - 96], r8
  mov [rsp - 104], rax
  mov eax, [r10]
  mov ecx, [r10 + 4]
  mov r8d, [r10 + 8]
  lea r10, [rsp + rax]
# rsp = area, rcx = its bytes, r10 = where the return address is. rdi = where the area goes.
  lea rsi, [rip + wn_switch_thunk_area_returned]
  cmp rsi, [r10]
  jne 1f
  lea rax, [rbp - 24]
  sub rax, r10
  lea rdi, [r10 + 8]
  cmp rax, rcx
  jae 3f
1:
# The return address stays, the frame comes below it, at most 16 bytes lower than the caller's.
  lea rdi, [r10 - 24]
  sub rdi, rcx
  cmp rdi, rsp
  ja 3f
  xor eax, eax
2:
  movups xmm8, [rsp + rax]
  movups [rdi + rax], xmm8
  add rax, 16
  cmp rax, rcx
  jb 2b
  jmp 4f
3:
  sub rcx, 16
  movups xmm8, [rsp + rcx]
  movups [rdi + rcx], xmm8
  jnz 3b
4:
  cmp rdi, r10
  ja 5f
  mov [r10 - 8], rbp
  mov [r10 - 16], r14
  mov [r10 - 24], r8
  lea rbp, [r10 - 8]
  lea r10, [rdi - 8]
  mov [r10], rsi
5:
  mov rsi, [rsp - 72]
  mov rdi, [rsp - 80]
  mov rcx, [rsp - 88]
  mov r8, [rsp - 96]
  mov rax, [rsp - 104]
  mov rsp, r10
  jmp r11
WN_END wn_stub_tail_call

WN_CONSTANTS
.p2align 3
.Lwn_mxcsr: .long 0x1f80
.Lwn_x87: .word 0x037f
.p2align 3

WN_ADDRESSES
.p2align 3
WN_LABEL wn_helper_stubs
)" STUB(MEMORY_GROW, memory_grow) STUB(MEMORY_FILL, memory_fill) STUB(MEMORY_COPY, memory_copy)
        STUB(MEMORY_INIT, memory_init) STUB(DATA_DROP, data_drop) STUB(TABLE_GET, table_get) STUB(TABLE_SET, table_set)
            STUB(TABLE_GROW, table_grow) STUB(TABLE_FILL, table_fill) STUB(TABLE_COPY, table_copy)
                STUB(TABLE_INIT, table_init) STUB(ELEM_DROP, elem_drop) STUB(REF_FUNC, ref_func)
                    STUB(HOST_CALL, host_call) STUB(THROW, throw) STUB(THROW_REF, throw_ref) STUB(TAIL_CALL, tail_call)
                        STUB(ATOMIC_WAIT32, atomic_wait32) STUB(ATOMIC_WAIT64, atomic_wait64)
                            STUB(ATOMIC_NOTIFY, atomic_notify) STUB(MEMORY_GROW_OF, memory_grow_of)
                                STUB(MEMORY_FILL_OF, memory_fill_of) STUB(MEMORY_COPY_OF, memory_copy_of)
                                    STUB(MEMORY_INIT_OF, memory_init_of) STUB(OBJECT_NEW, object_new)
                                        STUB(ARRAY_FILL, array_fill) STUB(ARRAY_COPY, array_copy)
                                            STUB(ARRAY_INIT, array_init) STUB(ARRAY_NEW_SEGMENT, array_new_segment)
                                                STUB(REF_TEST, ref_test)
                                                    R"(
.org wn_helper_stubs + 8 * )" S(WN_HELPER_COUNT) R"(
.text
.att_syntax prefix
)");
