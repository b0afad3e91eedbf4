// The registers of a thread that a signal interrupted, and what AArch64 code leaves on the stack: all that signal
// handlers and backtraces have to know about the processor.
#pragma once

#include "../assembly.h"
#include "../common.h"
#include "registers.h"

#ifdef __APPLE__
// The system may change x18 at any time.
#define WN_PLATFORM_HAS_X18
#endif

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
// A call leaves the stack pointer so far from a multiple of 16.
#define WN_ENTRY_GAP 0
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
// What a thread keeps while a helper runs that preserves all registers: x0 to x15, then v0 to v30.
constexpr u32 kThreadRegisters = 16 + 2 * 31;
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

inline char* context_pc(void* context) { return reinterpret_cast<char*>(pc_register(context)); }
inline char* context_sp(void* context) { return reinterpret_cast<char*>(sp_register(context)); }
// In generated code only.
inline char* context_vmctx(void* context) { return reinterpret_cast<char*>(numbered_register(context, 28)); }
// The frame of a host stub, when the pc is in one.
inline char* context_frame(void* context) { return reinterpret_cast<char*>(numbered_register(context, 29)); }
// The return address of frameless code.
inline char* context_link(void* context) { return reinterpret_cast<char*>(numbered_register(context, 30)); }
// Where a helper that stays on the wasm stack returns to (thunks.h), and the stack pointer then.
inline char* leaf_return(void* context, char**) { return context_link(context); }

// A return address as frames have it without its signature (target features, PAC). On processors that sign nothing the
// instruction is a no-operation.
inline char* plain_return(char* address) {
  register char* x30 __asm__("x30") = address;
  __asm__("hint #7" : "+r"(x30));  // xpaclri
  return x30;
}

// A general register by its number in instructions.
inline u64 context_register(void* context, u32 number) { return numbered_register(context, number); }

// Where in the instruction the trap table has the access that faulted at this address: the second one of a pair
// (ldp t, t2, [n, #distance]) is in its middle.
inline u32 access_within(void* context, u64 address) {
  u32 w = *reinterpret_cast<const u32*>(pc_register(context));
  if ((w & 0x3bc00000) != 0x29400000) return 0;
  bool vector = (w >> 26 & 1) != 0;
  u32 size = vector ? 4u << (w >> 30) : 4u << (w >> 31);
  u32 n = w >> 5 & 31;
  int64_t distance = static_cast<int32_t>(w << 10) >> 25;
  u64 first = n == 31 ? sp_register(context) : numbered_register(context, n);
  first += static_cast<u64>(distance * static_cast<int64_t>(size));
  return address >= first + size ? 2 : 0;
}

// The thread goes on at `pc` of generated code with another value in one register.
inline void continue_context(void* context, char* pc, u32 number, u64 value) {
  numbered_register(context, number) = value;
  pc_register(context) = reinterpret_cast<u64>(pc);
}

// The thread goes on at `to` with this stack pointer and first argument.
inline void redirect_context(void* context, void (*to)(), char* sp, void* argument) {
  pc_register(context) = reinterpret_cast<u64>(to);
  sp_register(context) = reinterpret_cast<u64>(sp);
  numbered_register(context, 0) = reinterpret_cast<u64>(argument);
}

// The thread goes on at `to`, which finds the interrupted pc at the stack pointer. There is no red zone.
inline void call_from_context(void* context, void (*to)()) {
  char* slot = context_sp(context) - 16;
  field<char*>(slot, 0) = context_pc(context);
  sp_register(context) = reinterpret_cast<u64>(slot);
  pc_register(context) = reinterpret_cast<u64>(to);
}

}  // namespace wn

#ifdef WN_PLATFORM_HAS_X18
extern "C" void wn_safepoint_end() WN_SYMBOL(wn_safepoint_end);
#endif

namespace wn {

// Whether a fault is the end of wn_safepoint (thunks.cc): then the thread goes on where it was interrupted.
inline bool leave_safepoint(void* context) {
#ifdef WN_PLATFORM_HAS_X18
  if (context_pc(context) != reinterpret_cast<char*>(&wn_safepoint_end)) return false;
  char* saved = context_sp(context);
  pc_register(context) = field<u64>(saved, 672);
  sp_register(context) = reinterpret_cast<u64>(saved + 688);
  return true;
#else
  static_cast<void>(context);
  return false;
#endif
}

}  // namespace wn
