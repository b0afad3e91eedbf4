// The registers of a stopped thread as each system keeps them.
#pragma once

#ifdef _WIN32
#include <windows.h>
#else
#include <ucontext.h>
#endif

#include "../common.h"

namespace wn {

// Numbers of general registers in instructions.
constexpr u32 kRsp = 4, kRbp = 5, kRdi = 7, kR14 = 14;

#ifdef _WIN32

using Word = DWORD64;

// A CONTEXT has the general registers in the order of their numbers.
inline Word& numbered_register(void* context, u32 number) {
  return (&static_cast<CONTEXT*>(context)->Rax)[number & 15];
}
inline Word& pc_register(void* context) { return static_cast<CONTEXT*>(context)->Rip; }
inline DWORD& flags_register(void* context) { return static_cast<CONTEXT*>(context)->EFlags; }

#else

using Word = greg_t;

inline Word& machine_register(void* context, int r) { return static_cast<ucontext_t*>(context)->uc_mcontext.gregs[r]; }
inline Word& numbered_register(void* context, u32 number) {
  constexpr int kPlaces[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                               REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  return machine_register(context, kPlaces[number & 15]);
}
inline Word& pc_register(void* context) { return machine_register(context, REG_RIP); }
inline Word& flags_register(void* context) { return machine_register(context, REG_EFL); }

#endif

}  // namespace wn
