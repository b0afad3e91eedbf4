// The records of exceptions, and their tags: what generated code and both collectors read. exception.cc makes, throws
// and frees them.
#pragma once

#include <string>
#include <vector>

#include "env.h"

namespace wn {

struct Tag : Object {
  explicit Tag(Env* e);
  // Tells tags apart, in this process and for ever.
  u64 serial;
  u32 id = 0;  // its handle, now or once
  // 8-byte slots of the contents (`contentsLayout` of src-ts/abi/vmctx.ts), and their types as JavaScript wrote them.
  u32 slots = 0;
  std::string params;
};

// `ExceptionRecord` of src-ts/abi/vmctx.ts.
struct Exception {
  u32 handle;
  // Externref of the JavaScript object that it leaves wasm as, once there is one.
  u32 object;
  Tag* tag;  // retained
  u64 contents[1];
};
static_assert(offsetof(Exception, handle) == WN_EXCEPTION_HANDLE && offsetof(Exception, tag) == WN_EXCEPTION_TAG &&
                  offsetof(Exception, contents) == WN_EXCEPTION_CONTENTS,
              "abi/vmctx.ts");

// The exceptions of an environment by the number in their handle. A handle is an exnref: numbers that are hardly ever
// anything else, since the wasm stack is searched for them.
struct ExceptionTable {
  std::vector<Exception*> all;
  // There is room in it for the numbers of all of them.
  std::vector<u32> unused;
  u32 sweep_at = 1024;
  // Of all records: a program may keep as many as it likes, in a table or one in the other.
  u64 bytes = 0;
  static constexpr u64 kMostBytes = u64{512} << 20;
  // The one that JavaScript has made last, which nothing else may name until it is thrown.
  u32 latest = 0;

  Exception* get(u32 handle) const {
    u32 index = handle - kFirst;
    return index < all.size() ? all[index] : nullptr;
  }
  static constexpr u32 kFirst = 0x5e000000;
  u32 count() const { return static_cast<u32>(all.size() - unused.size()); }
};

// Calls f(u32) with every word of an exception's contents, and its object: any may be a reference.
template <class F>
void each_exception_reference(Env* e, F f) {
  for (const Exception* x : e->exceptions->all) {
    if (x == nullptr) continue;
    f(x->object);
    for (u32 k = 0; k < x->tag->slots; k++) f(static_cast<u32>(x->contents[k]));
  }
}

}  // namespace wn
