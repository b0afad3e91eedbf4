// The registers of a stopped thread as each system keeps them.
#pragma once

#ifdef __APPLE__
#include <sys/ucontext.h>
#else
#include <ucontext.h>
#endif

#include "../common.h"

namespace wn {

#ifdef __APPLE__

using Word = __uint64_t;

// x0 to x28, the frame register and the link register stand behind each other.
inline Word& numbered_register(void* context, u32 number) {
  return reinterpret_cast<Word*>(&static_cast<ucontext_t*>(context)->uc_mcontext->__ss)[number];
}
inline Word& sp_register(void* context) { return numbered_register(context, 31); }
inline Word& pc_register(void* context) { return numbered_register(context, 32); }
static_assert(offsetof(_STRUCT_ARM_THREAD_STATE64, __sp) == 31 * 8 &&
                  offsetof(_STRUCT_ARM_THREAD_STATE64, __pc) == 32 * 8,
              "the registers");

#else

using Word = decltype(mcontext_t::pc);

inline mcontext_t& machine_context(void* context) { return static_cast<ucontext_t*>(context)->uc_mcontext; }
inline Word& numbered_register(void* context, u32 number) { return machine_context(context).regs[number]; }
inline Word& sp_register(void* context) { return machine_context(context).sp; }
inline Word& pc_register(void* context) { return machine_context(context).pc; }

#endif

}  // namespace wn
