// Loaded artefacts: machine code, trap table, function table.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "artefact.h"
#include "env.h"
#include "machine.h"

namespace wn {

// `FunctionRow` of src-ts/abi/artefact.ts.
struct FunctionRow {
  u32 offset;
  u32 size;
  u32 type_word;
  u32 frame;

  u32 type() const { return type_word & ~static_cast<u32>(WN_FUNCTION_ROW_LEAF); }
  bool is_leaf() const { return (type_word & static_cast<u32>(WN_FUNCTION_ROW_LEAF)) != 0; }
  u32 frame_bytes() const { return frame_bytes_of(frame); }
  // Of the callee-saved ones: bit k stands for the k-th that prologues save.
  u32 saved_registers() const { return saved_registers_of(frame); }
};

// An access of linear memory whose folded address may have wrapped at 2^32 (`WrapRow` of src-ts/abi/artefact.ts).
struct WrapRow {
  u32 pc;
  int32_t add;
  u32 place;  // hardware register of the index | log2(scale) << 8
  u32 copy;   // where it continues with a corrected index
};

static_assert(offsetof(FunctionRow, offset) == WN_FUNCTION_ROW_OFFSET &&
                  offsetof(FunctionRow, size) == WN_FUNCTION_ROW_BYTES &&
                  offsetof(FunctionRow, type_word) == WN_FUNCTION_ROW_TYPE &&
                  offsetof(FunctionRow, frame) == WN_FUNCTION_ROW_FRAME &&
                  sizeof(FunctionRow) == WN_FUNCTION_ROW_SIZE && offsetof(WrapRow, pc) == WN_WRAP_ROW_PC &&
                  offsetof(WrapRow, add) == WN_WRAP_ROW_ADD && offsetof(WrapRow, place) == WN_WRAP_ROW_PLACE &&
                  offsetof(WrapRow, copy) == WN_WRAP_ROW_COPY && sizeof(WrapRow) == WN_WRAP_ROW_SIZE,
              "abi/artefact.ts");

constexpr u32 kNoStub = WN_NO_STUB;
constexpr u32 kNoOffset = WN_NO_OFFSET;

struct Shape;

// Counters of instrumented code (counters.cc): where they are in a vmctx, and their sums over the instances that are no
// more.
struct PastCounters {
  u32 offset;
  std::vector<u64> sums;
  // Adds what is in a vmctx to as many sums.
  void add(const char* vm, u64* to) const {
    for (size_t k = 0; k < sums.size(); k++) to[k] += field<u64>(const_cast<char*>(vm), offset + 8 * k);
  }
};

struct Code : Object {
  explicit Code(Env* e);
  ~Code();

  Shape* shape = nullptr;  // of its instances; owned, null before `instanceShape`

  Artefact* artefact = nullptr;
  char* text = nullptr;  // of the parts
  int user = -1;         // this thread's place among those that share them
  bool needs_guard = true;
  bool needs_low_guard = false;  // some of WRAPS may be below the base
  const u32 number;              // in this process, from 1 on: what samples call it

  const u32* trap_pcs = nullptr;
  const u32* trap_offsets = nullptr;
  const u8* trap_codes = nullptr;
  u32 traps = 0;
  const FunctionRow* rows = nullptr;
  u32 row_count = 0;
  // Offsets in the code that every instance holds as addresses.
  const u32* dispatch = nullptr;
  u32 dispatch_count = 0;
  const WrapRow* wraps = nullptr;
  u32 wrap_count = 0;
  // By row: how often it has wrapped. Counted only while a profile is taken (profileCode).
  std::unique_ptr<std::atomic<u32>[]> wrap_runs;
  // Null unless they are asked for (codeCounters).
  std::unique_ptr<PastCounters> past_counters;
  u32 imported_funcs = 0;
  // Pairs, ascending: return address of a call that may throw, landing pad.
  const u32* handlers = nullptr;
  u32 handler_count = 0;
  // By type index.
  std::vector<u32> type_ids, out_bytes, entry_stubs, leaf_stubs, host_stubs;
  // By imported function index.
  std::vector<u32> import_stubs;
  // Row numbers by ascending code offset; made at the first backtrace.
  std::vector<u32> order;

  bool contains(const char* pc) const { return static_cast<u64>(pc - text) < artefact->text_size; }
  // Index of the trap table's row with exactly this pc, or -1. A pc may be both a return address and a faulting
  // instruction: `fault` says which is meant. Safe in signal handlers.
  int find_trap(u32 offset, bool fault = false) const;
  // Whether the instruction there takes memory for an object, or gives it its header. Async-signal-safe.
  bool in_allocation(u32 offset) const;
  // The row of an access with exactly this pc, or null. Safe in signal handlers.
  const WrapRow* find_wrap(u32 offset) const;
  // The function that covers an offset, or -1. Safe in signal handlers (linear until `order` is made).
  int find_function(u32 offset) const;
  void make_order();
  // Where an exception goes that comes out of the call with this return address, or null.
  char* find_landing_pad(const char* return_address) const;
};

void register_code(napi_env env, napi_value exports);

}  // namespace wn
