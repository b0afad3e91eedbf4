// What native code knows of strings (src-ts/abi/strings.ts): a cell for each externref, copies of their code units.
#pragma once

#include <memory>

#include "env.h"

namespace wn {

// V8 moves its strings, and has them in several forms. So those that wasm reads are copied, once, to where assembly
// reads them. A copy may go at any time when no wasm runs: the next reader has it made again.
class Strings {
 public:
  explicit Strings(Env* e) : env(e) {}
  // Between the making of new cells and their use anything may happen to the old ones, so what they know is forgotten.
  void forget_all();
  // Memory for so many cells, zero. The single characters come into it, and the empty string behind them.
  void begin_cells(char* to, u32 count, u32 first);
  // Copies the code units of a string; false when there is no memory.
  bool copy(u32 index, napi_value text, size_t units);
  // The externrefs without mark were freed.
  void sweep(const u8* marks, size_t n);
  bool has_cell(u32 index) const;

 private:
  struct Copy {
    std::unique_ptr<char16_t[]> units;
    u32 length = 0;
  };
  char* cell(u32 index) const;
  void forget(u32 index);

  Env* env;
  std::vector<Copy> copies;
  u64 all_units = 0;
};

// The builtin's assembly (`StringLeaf`), or null where this machine has none.
void* string_leaf(u32 leaf);

void register_strings(napi_env env, napi_value exports);

}  // namespace wn
