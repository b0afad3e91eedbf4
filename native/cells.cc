// Cells: see cells.h.

#include "cells.h"

#include "env.h"

namespace wn {

u32 Cells::take(napi_env env, char** at) {
  if (free_.empty()) {
    napi_value buffer = nullptr;
    void* base = nullptr;
    Block block{nullptr, nullptr};
    blocks_.reserve(blocks_.size() + 1);
    free_.reserve((blocks_.size() + 1) * kPerBlock);
    // Fails only in a thread that is being terminated: nobody will look at these cells.
    if (napi_create_arraybuffer(env, kPerBlock * kBytes, &base, &buffer) == napi_ok)
      napi_create_reference(env, buffer, 1, &block.buffer);
    else
      base = calloc(kPerBlock, kBytes);
    if (base == nullptr) throw std::bad_alloc();
    block.base = static_cast<char*>(base);
    u32 first = static_cast<u32>(blocks_.size()) * kPerBlock;
    blocks_.push_back(block);
    for (u32 k = kPerBlock; k-- > 0;) free_.push_back(first + k);
  }
  u32 cell = free_.back();
  free_.pop_back();
  *at = blocks_[cell / kPerBlock].base + (cell % kPerBlock) * kBytes;
  memset(*at, 0, kBytes);
  return cell;
}

napi_value Cells::block(napi_env env, u32 block) const {
  napi_value buffer = nullptr;
  if (block < blocks_.size() && blocks_[block].buffer != nullptr)
    napi_get_reference_value(env, blocks_[block].buffer, &buffer);
  return buffer;
}

static napi_value cell_block(napi_env env, napi_callback_info info) {
  Args a(env, info);
  return a.env->cells.block(env, a.u32_at(0));
}

void register_cells(napi_env env, napi_value exports) { define<cell_block>(env, exports, "cellBlock"); }

}  // namespace wn
