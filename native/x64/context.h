// The registers of a thread that a signal interrupted, and what x86-64 code leaves on the stack: all that signal
// handlers and backtraces have to know about the processor.
#pragma once

#include "../common.h"
#include "registers.h"

// Oldest glibc that this machine has: symbols are bound to this version.
#define WN_GLIBC_BASE "GLIBC_2.2.5"

// What a helper stub pushes below its return address: rbp rbx r12 r13 r14. The return address is this far above
// `wasm_sp`.
#define WN_DEPARTURE_RETURN 40
#define WN_DEPARTURE_FRAME 32
#define WN_DEPARTURE_LINK 0  // none
#define WN_DEPARTURE_VM 0
// What lies right above: the outgoing area of the function that called the helper.
#define WN_DEPARTURE_AREA 48
// A call leaves the stack pointer so far from a multiple of 16.
#define WN_ENTRY_GAP 8
// What a switch thunk leaves between its own return address and its caller's: where the caller's vmctx and the
// caller's return address are. The one with an outgoing area has an area of any size below that: there the places are
// relative to its frame register, where the caller's frame register is.
#define WN_SWITCH_VM 16
#define WN_SWITCH_RETURN 24
#define WN_SWITCH_AREA_VM (-8)
#define WN_SWITCH_AREA_RETURN 8

namespace wn {

// The machine whose code this addon runs.
constexpr u32 kArchitecture = WN_ARCHITECTURE_X86_64;
// Signal handlers leave this many bytes below the stack pointer alone; frameless code has values there.
constexpr u64 kRedZone = 128;
// Callee-saved registers in the order in which prologues save them, the first right below the return address: rbx, rbp,
// r12, r13. Which of them a function saves is in its row of the function table.
constexpr u32 kSavedRegisters = 4;
// What a thread keeps while a helper runs that preserves all registers: the general ones that calls may change, but
// rax, and the vector registers.
constexpr u32 kThreadRegisters = 8 + 2 * 16;
// The number of the one that host stubs and some thunks keep their frame in.
constexpr u32 kFrameRegister = 1;
// No register holds return addresses.
constexpr bool kLinkRegister = false;
// The registers that a departure at `sp` has saved.
inline void departed_registers(char* sp, u64* saved) {
  saved[0] = field<u64>(sp, 24);
  saved[1] = field<u64>(sp, 32);
  saved[2] = field<u64>(sp, 16);
  saved[3] = field<u64>(sp, 8);
}

// A frame of the function table (src-ts/abi/artefact.ts): bytes from the stack pointer to the return address, and the
// callee-saved registers.
inline u32 frame_bytes_of(u32 word) { return word & ((1u << WN_FUNCTION_ROW_FRAME_BITS) - 1); }
inline u32 saved_registers_of(u32 word) { return word >> WN_FUNCTION_ROW_FRAME_BITS; }

inline char* context_pc(void* context) { return reinterpret_cast<char*>(pc_register(context)); }
inline char* context_sp(void* context) { return reinterpret_cast<char*>(numbered_register(context, kRsp)); }
// In generated code only.
inline char* context_vmctx(void* context) { return reinterpret_cast<char*>(numbered_register(context, kR14)); }
// The frame of a host stub, when the pc is in one.
inline char* context_frame(void* context) { return reinterpret_cast<char*>(numbered_register(context, kRbp)); }

// Nothing signs return addresses.
inline char* plain_return(char* address) { return address; }

// Of machines that have a register for return addresses.
inline char* context_link(void*) { return nullptr; }
// Where a helper that stays on the wasm stack returns to (thunks.h), and the stack pointer then.
inline char* leaf_return(void* context, char** sp) {
  *sp = context_sp(context) + 8;
  return field<char*>(*sp, -8);
}

// Where in the instruction the trap table has the access that faulted at this address.
inline u32 access_within(void*, u64) { return 0; }

// A general register by its number in instructions.
inline u64 context_register(void* context, u32 number) { return static_cast<u64>(numbered_register(context, number)); }

// The thread goes on at `pc` of generated code with another value in one register.
inline void continue_context(void* context, char* pc, u32 number, u64 value) {
  numbered_register(context, number) = static_cast<Word>(value);
  pc_register(context) = reinterpret_cast<Word>(pc);
}

// The thread goes on at `to` with this stack pointer and first argument.
inline void redirect_context(void* context, void (*to)(), char* sp, void* argument) {
  pc_register(context) = reinterpret_cast<Word>(to);
  numbered_register(context, kRsp) = reinterpret_cast<Word>(sp);
  numbered_register(context, kRdi) = reinterpret_cast<Word>(argument);
  flags_register(context) &= ~0x500;  // DF, TF
}

// The thread goes on at `to` as if the interrupted instruction had called it: the interrupted pc is the return address,
// below the red zone.
inline void call_from_context(void* context, void (*to)()) {
  char* slot = context_sp(context) - kRedZone - 8;
  field<char*>(slot, 0) = context_pc(context);
  numbered_register(context, kRsp) = reinterpret_cast<Word>(slot);
  pc_register(context) = reinterpret_cast<Word>(to);
}

// Of machines that need the fault handler for it.
inline bool leave_safepoint(void*) { return false; }

}  // namespace wn
