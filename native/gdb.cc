// GDB's interface for code that was not in a file
// (https://sourceware.org/gdb/current/onlinedocs/gdb.html/JIT-Interface.html): object files in memory, in a list that
// the debugger finds by its name, and a function that it has a breakpoint in. LLDB reads the same.

#include "gdb.h"

#include <cstdlib>
#include <cstring>
#include <mutex>

// Names and layouts are the interface's.
extern "C" {
struct jit_code_entry {
  jit_code_entry* next_entry;
  jit_code_entry* prev_entry;
  const char* symfile_addr;
  uint64_t symfile_size;
};
struct jit_descriptor {
  uint32_t version;
  uint32_t action_flag;
  jit_code_entry* relevant_entry;
  jit_code_entry* first_entry;
};
__attribute__((visibility("default"), used, noinline)) void __jit_debug_register_code() {
  asm volatile("" ::: "memory");
}
__attribute__((visibility("default"), used)) jit_descriptor __jit_debug_descriptor = {1, 0, nullptr, nullptr};
}

namespace wn {

namespace {

constexpr uint32_t kRegister = 1;

// The list is the process's; threads load code at the same time.
std::mutex list_lock;

// (Uint8Array: an object file): copies it and tells the debugger, if there is one. For good.
napi_value debug_register(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Napi::Value v(env, a.v[0]);
  if (!a.ok || !is_bytes(v)) {
    a.fail("debugRegister: bytes are expected");
    return nullptr;
  }
  auto bytes = v.As<Napi::Uint8Array>();
  auto* entry = static_cast<jit_code_entry*>(malloc(sizeof(jit_code_entry) + bytes.ByteLength()));
  if (entry == nullptr) return make_bool(env, false);
  char* file = reinterpret_cast<char*>(entry + 1);
  memcpy(file, bytes.Data(), bytes.ByteLength());
  std::lock_guard<std::mutex> hold(list_lock);
  *entry = {__jit_debug_descriptor.first_entry, nullptr, file, bytes.ByteLength()};
  if (entry->next_entry != nullptr) entry->next_entry->prev_entry = entry;
  __jit_debug_descriptor.first_entry = __jit_debug_descriptor.relevant_entry = entry;
  __jit_debug_descriptor.action_flag = kRegister;
  __jit_debug_register_code();
  return make_bool(env, true);
}

}  // namespace

void register_gdb(napi_env env, napi_value exports) { define<debug_register>(env, exports, "debugRegister"); }

}  // namespace wn
