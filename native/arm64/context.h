// The registers of a thread that a signal interrupted, and what AArch64 code leaves on the stack: all that signal
// handlers and backtraces have to know about the processor.
#pragma once

#include <ucontext.h>

#include "../common.h"

// Oldest glibc that this machine has: symbols are bound to this version.
#define WN_GLIBC_BASE "GLIBC_2.17"

// What a helper stub stores at its departure, from `wasm_sp` on: vmctx, x19 to x26, x17 as it was (see `link` of
// Fault), x29, the return address.
#define WN_DEPARTURE_VM 0
#define WN_DEPARTURE_LINK 72
#define WN_DEPARTURE_FRAME 80
#define WN_DEPARTURE_RETURN 88
// What lies right above: the outgoing area of the function that called the helper.
#define WN_DEPARTURE_AREA 96
// What a switch thunk leaves: where the caller's vmctx and the caller's return address are. The one with an outgoing
// area has an area of any size below that: there the places are relative to its frame register.
#define WN_SWITCH_VM 0
#define WN_SWITCH_RETURN 8
#define WN_SWITCH_AREA_VM (-8)
#define WN_SWITCH_AREA_RETURN 8

namespace wn {

// The machine whose code this addon runs.
constexpr u32 kArchitecture = WN_ARCHITECTURE_AARCH64;
// Frameless code has its return address in x30 and not on the stack.
constexpr bool kLinkRegister = true;
// Callee-saved registers in the order in which prologues save them, the first right below the return address: x19 to
// x26, x29. Which of them a function saves is in its row of the function table.
constexpr u32 kSavedRegisters = 9;
// The number of the one that host stubs and some thunks keep their frame in.
constexpr u32 kFrameRegister = 8;
// The registers that a departure at `sp` has saved.
inline void departed_registers(char* sp, u64* saved) {
  for (u32 k = 0; k < 8; k++) saved[k] = field<u64>(sp, 8 + 8 * k);
  saved[kFrameRegister] = field<u64>(sp, WN_DEPARTURE_FRAME);
}
// A frame of the function table (src-ts/abi/artefact.ts): bytes from the stack pointer to the return address, and the
// callee-saved registers.
inline u32 frame_bytes_of(u32 word) {
  u32 units = word & ((1u << WN_FUNCTION_ROW_FRAME_BITS_AARCH64) - 1);
  return units == 0 ? 0 : 16 * units - 8;
}
inline u32 saved_registers_of(u32 word) { return word >> WN_FUNCTION_ROW_FRAME_BITS_AARCH64; }

inline mcontext_t& machine_context(void* context) { return static_cast<ucontext_t*>(context)->uc_mcontext; }
inline char* context_pc(void* context) { return reinterpret_cast<char*>(machine_context(context).pc); }
inline char* context_sp(void* context) { return reinterpret_cast<char*>(machine_context(context).sp); }
// In generated code only.
inline char* context_vmctx(void* context) { return reinterpret_cast<char*>(machine_context(context).regs[28]); }
// The frame of a host stub, when the pc is in one.
inline char* context_frame(void* context) { return reinterpret_cast<char*>(machine_context(context).regs[29]); }
// The return address of frameless code.
inline char* context_link(void* context) { return reinterpret_cast<char*>(machine_context(context).regs[30]); }
// Where a helper that stays on the wasm stack returns to (thunks.h), and the stack pointer then.
inline char* leaf_return(void* context, char**) { return context_link(context); }

// A general register by its number in instructions.
inline u64 context_register(void* context, u32 number) { return machine_context(context).regs[number]; }

// Where in the instruction the trap table has the access that faulted at this address: the second one of a pair
// (ldp t, t2, [n, #distance]) is in its middle.
inline u32 access_within(void* context, u64 address) {
  mcontext_t& m = machine_context(context);
  u32 w = *reinterpret_cast<const u32*>(m.pc);
  if ((w & 0x3bc00000) != 0x29400000) return 0;
  bool vector = (w >> 26 & 1) != 0;
  u32 size = vector ? 4u << (w >> 30) : 4u << (w >> 31);
  u32 n = w >> 5 & 31;
  int64_t distance = static_cast<int32_t>(w << 10) >> 25;
  u64 first = (n == 31 ? m.sp : m.regs[n]) + static_cast<u64>(distance * static_cast<int64_t>(size));
  return address >= first + size ? 2 : 0;
}

// The thread goes on at `pc` of generated code with another value in one register.
inline void continue_context(void* context, char* pc, u32 number, u64 value) {
  machine_context(context).regs[number] = value;
  machine_context(context).pc = reinterpret_cast<u64>(pc);
}

// The thread goes on at `to` with this stack pointer and first argument.
inline void redirect_context(void* context, void (*to)(), char* sp, void* argument) {
  mcontext_t& m = machine_context(context);
  m.pc = reinterpret_cast<u64>(to);
  m.sp = reinterpret_cast<u64>(sp);
  m.regs[0] = reinterpret_cast<u64>(argument);
}

// The thread goes on at `to`, which finds the interrupted pc at the stack pointer. There is no red zone.
inline void call_from_context(void* context, void (*to)()) {
  char* slot = context_sp(context) - 16;
  field<char*>(slot, 0) = context_pc(context);
  machine_context(context).sp = reinterpret_cast<u64>(slot);
  machine_context(context).pc = reinterpret_cast<u64>(to);
}

}  // namespace wn
