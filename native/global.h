// Globals as things that can be imported and exported: a cell of its own, or a cell inside an instance's vmctx.
#pragma once

#include "env.h"

namespace wn {

// `GlobalKind` of src-ts/abi/calls.ts.
enum : u8 {
  kGlobalPlain = WN_GLOBAL_PLAIN,
  kGlobalFuncref = WN_GLOBAL_FUNCREF,
  kGlobalExternref = WN_GLOBAL_EXTERNREF,
};

struct Global : Object {
  Global(Env* e, u8 k) : Object(e), kind(k) {}
  ~Global();

  u8 kind;
  Instance* owner = nullptr;  // whose vmctx has the cell (retained), or null
  char* cell = nullptr;
  u32 number = 0;  // of its own cell
  // A reference in its own cell when it was last looked at, and the one that JavaScript knows (lifetimes.cc).
  u32 scanned = 0, known = 0;
};

Global* new_own_global(Env* e, u8 kind);
Global* new_inline_global(Instance* owner, char* cell, u8 kind);

void register_global(napi_env env, napi_value exports);

}  // namespace wn
