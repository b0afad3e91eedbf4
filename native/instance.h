// Instances: the vmctx and all that it refers to.
#pragma once

#include <vector>

#include "env.h"

namespace wn {

// An element segment: function indices (resolved when used) or references. Empty after elem.drop.
constexpr u32 kNullItem = static_cast<u32>(WN_NULL_ITEM);
struct ElemSegment {
  std::vector<u32> items;
  bool functions = false;  // items are function indices, or kNullItem
  bool externs = false;    // items are externrefs
};

// A data segment: bytes of the artefact. Empty after data.drop.
struct DataSegment {
  const char* bytes;
  u64 size;
};

// What all instances of a module have in common: numbers of the artefact, read and checked once.
struct Shape {
  u32 vm_size = 0, imported_globals = 0, elems = 0;
  double dispatch = -1;
  bool holds = false;  // instances have slots of their own for references (each_slot)
  // Places in the vmctx, by index.
  std::vector<u32> memory_offsets;  // of memory 0 not in use
  std::vector<u32> global_offsets, view_offsets, closed_offsets, import_offsets, tag_offsets, long_types;
  std::vector<u32> guarded, global_kinds, table_sizes;
  // By data segment: where it is in the artefact, and its size.
  std::vector<u32> data;
};

struct Instance : Object {
  explicit Instance(Env* e);
  ~Instance();

  u32 id = 0;
  bool disposed = false;  // calls of its functions trap
  u32 stamp = 0;          // of the latest list that it is in (lifetimes.cc)
  Thread* thread = nullptr;
  Code* code = nullptr;
  std::vector<Memory*> memories;
  char* vm = nullptr;            // what r14 holds
  char* allocation = nullptr;    // starts with the helper area
  const Shape* shape = nullptr;  // of its code

  // Size and base of a memory, as generated code sees them.
  void set_memory_bytes(u32 index, u64 n) {
    u64 limit = n < WN_MEM_MARGIN ? 0 : n - WN_MEM_MARGIN + 1;
    std::ptrdiff_t view = shape->memory_offsets[index];
    field<u64>(vm, index == 0 ? WN_VM_MEM_BYTES : view + WN_MEMORY_VIEW_BYTES) = n;
    field<u64>(vm, index == 0 ? WN_VM_MEM_LIMIT : view + WN_MEMORY_VIEW_LIMIT) = limit;
  }
  void set_memory_base(u32 index, char* at) {
    std::ptrdiff_t view = shape->memory_offsets[index];
    field<char*>(vm, index == 0 ? WN_VM_MEM_BASE : view + WN_MEMORY_VIEW_BASE) = at;
  }

  std::vector<Table*> tables;
  std::vector<Tag*> tags;
  std::vector<Global*> imported_globals;
  std::vector<u32> imports;             // funcrefs
  std::vector<Instance*> dependencies;  // owners of imported functions
  std::vector<u32> hosts;               // imported functions that are JavaScript's
  // As of Global, by cell: defined globals that hold references, and the references of element segments.
  std::vector<u32> scanned, known;
  std::vector<u32> funcs;  // funcref of each defined function, 0 = not made yet
  std::vector<ElemSegment> elems;
  std::vector<DataSegment> datas;

  // Funcref of any function of the index space; 0 when there is no such function or no record left.
  u32 funcref(u32 func);
  // From now on calls of its functions trap, wherever references to them are. Frames on the stack go on.
  void dispose();
  // Trap code or 0.
  u32 table_init(u32 table, u32 segment, u64 dst, u64 src, u64 n);
  u32 data_init(u32 memory, u32 segment, u64 dst, u64 src, u64 n);

  // Calls f(reference, whether to a function) with every slot of its own that has references: globals that it defines,
  // element segments.
  template <class F>
  void each_slot(F f) const {
    for (size_t k = imported_globals.size(); k < shape->global_kinds.size(); k++) {
      u32 kind = shape->global_kinds[k];
      if (kind != WN_GLOBAL_PLAIN) f(field<u32>(vm, shape->global_offsets[k]), kind == WN_GLOBAL_FUNCREF);
    }
    for (const ElemSegment& e : elems) {
      for (size_t k = 0; !e.functions && k < e.items.size(); k++) f(e.items[k], !e.externs);
    }
  }
};

void register_instance(napi_env env, napi_value exports);

}  // namespace wn
