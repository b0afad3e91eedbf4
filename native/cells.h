// Cells: 16 bytes that JavaScript sees too, without a call: what it would ask for too often (the value of a global, the
// length of a table). They are parts of ArrayBuffers of V8's, which live as long as the environment.
#pragma once

#include <vector>

#include "common.h"

namespace wn {

class Cells {
 public:
  // Number of a cell, all zero; `at` is where it is.
  u32 take(napi_env env, char** at);
  // (`take` has made room for all of them.)
  void give_back(u32 cell) { free_.push_back(cell); }
  // The buffer of cells [block * kPerBlock, …); null when there is none.
  napi_value block(napi_env env, u32 block) const;

 private:
  static constexpr u32 kPerBlock = WN_CELLS_PER_BLOCK, kBytes = WN_CELLS_BYTES;
  struct Block {
    char* base;
    napi_ref buffer;
  };
  std::vector<Block> blocks_;
  std::vector<u32> free_;
};

void register_cells(napi_env env, napi_value exports);

}  // namespace wn
