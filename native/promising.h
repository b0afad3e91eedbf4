// Calls that may be put aside until a promise settles: `WebAssembly.promising` and `WebAssembly.Suspending`. A
// promising call has an activation of its own. While it is suspended, its frames are not on the wasm stack but in a
// copy, so thousands of suspended calls need no stack each, and the stack stays last in, first out. They come back to
// the same addresses (frames hold addresses of the stack), which are free again whenever no other call goes deeper than
// they do.
#pragma once

#include <memory>
#include <vector>

#include "env.h"
#include "stack.h"

namespace wn {

struct PromisingCall : Object {
  explicit PromisingCall(Env* e);
  ~PromisingCall();

  Activation activation{};
  // Where its frames belong: [low, high) of the wasm stack, and their bytes while it is suspended.
  char* low = nullptr;
  char* high = nullptr;
  std::unique_ptr<char[]> frames;
  bool suspended = false;
  u64 frame_bytes() const { return suspended ? static_cast<u64>(high - low) : 0; }
  int32_t waits_for = 0;
  // Number of its latest suspension; the one whose frames were last looked at and whose references JavaScript knows;
  // and the indices of the externrefs in it (lifetimes.cc).
  u32 suspension = 0, scanned = 0, known = 0;
  std::vector<u32> externs;
};

void register_promising(napi_env env, napi_value exports);

}  // namespace wn
