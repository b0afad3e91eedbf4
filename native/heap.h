// The heap of WebAssembly's own objects (structures and arrays) of one environment, and its collector. Layout and
// references: src-ts/abi/gc-layout.ts.
//
// Objects never move. What the collector leaves free are *runs*, from which new objects are taken one after the other.
// Roots are exact in tables, globals, segments, exceptions and what JavaScript holds, and conservative on the wasm
// stack and in the argument buffer: a word that is the number of an object keeps it.
#pragma once

#include <vector>

#include "env.h"

namespace wn {

enum GcKind : u32 { kGcFunction = WN_GC_KIND_FUNCTION, kGcStruct = WN_GC_KIND_STRUCT, kGcArray = WN_GC_KIND_ARRAY };
// What a reference in an object is to.
enum GcReference : u32 {
  kGcAny = WN_GC_REFERENCE_ANY,
  kGcFunc = WN_GC_REFERENCE_FUNC,
  kGcExn = WN_GC_REFERENCE_EXN,
};

// A type of the process, by its id (longTypeId); never freed.
struct GcType {
  u32 id;
  GcKind kind;
  u32 bytes;    // of a structure
  u32 shift;    // log2 of the bytes of an array's element
  u32 element;  // GcReference of an array's elements, or 0
  GcType* parent;
  std::vector<u32> references;  // of a structure: GcReference | offset << WN_GC_REFERENCE_BITS

  bool is(u32 other) const {
    for (const GcType* t = this; t != nullptr; t = t->parent) {
      if (t->id == other) return true;
    }
    return false;
  }
};

// Of an entry of `GcType::references`.
inline GcReference reference_kind(u32 r) { return static_cast<GcReference>(r & ((1 << WN_GC_REFERENCE_BITS) - 1)); }
inline int reference_offset(u32 r) { return static_cast<int>(r >> WN_GC_REFERENCE_BITS); }

// Null for the id of a plain function type.
GcType* gc_type(u32 id);

constexpr u32 kGcElements = WN_GC_ELEMENTS;
// The most bytes of an array's elements; V8's bound.
constexpr u64 kGcMaxObject = WN_MAX_ARRAY;

struct Heap {
  explicit Heap(Env* e) : env(e) {}
  ~Heap();
  // False where there is no address space.
  bool reserve();

  Env* env;
  char* base = nullptr;

  // A new object, all zero but for its header; 0 when the heap is full. `may_collect`: all references are where the
  // collector finds them.
  u32 make_struct(const GcType* t, bool may_collect);
  u32 make_array(const GcType* t, u64 length, bool may_collect);
  // Whether a number is that of an object.
  bool holds(u32 ref) const {
    return ref != 0 && (ref & 7) == 0 && ref < top && (starts[ref >> 9] >> (ref >> 3 & 63) & 1) != 0;
  }
  GcType* type_of(u32 ref) const { return gc_type(field<u32>(base + ref, WN_GC_TYPE_ID)); }
  u64 size_of(u32 ref) const;
  u32 length_of(u32 ref) const { return field<u32>(base + ref, WN_GC_LENGTH); }

  void collect();
  // Calls f(GcReference, number) for every reference in an object that the latest collection found alive, or that was
  // made since.
  template <class F>
  void each_reference(F f) const;

  // By object: how many JavaScript objects stand for it.
  std::unordered_map<u32, u32> pins;
  u64 collections = 0;
  u64 live = 0;  // bytes, at the latest collection

 private:
  struct Run {
    u32 at, end;
  };
  u32 allocate(u64 bytes, bool may_collect);
  u32 take(u64 bytes);
  bool commit(u64 end);
  void mark(u32 ref);
  void mark_roots();
  void trace();
  void sweep();
  bool is_marked(u32 ref) const { return (marks[ref >> 9] >> (ref >> 3 & 63) & 1) != 0; }

  u64 reserved = 0;
  u64 committed = 0;
  u64 top = 0;  // no object was ever made from here on
  // One bit for each 8 bytes: an object starts there; the latest collection found it.
  u64* starts = nullptr;
  u64* marks = nullptr;
  std::vector<Run> runs;
  size_t next_run = 0;
  Run run{0, 0};
  u64 allocated = 0;  // bytes since the latest collection
  u64 budget = 0;     // when so many are, it is time for the next
  std::vector<u32> open;
};

template <class F>
void Heap::each_reference(F f) const {
  for (u64 w = 0; w << 9 < top; w++) {
    for (u64 bits = starts[w]; bits != 0; bits &= bits - 1) {
      u32 ref = static_cast<u32>(w << 9 | static_cast<u64>(__builtin_ctzll(bits)) << 3);
      const GcType* t = type_of(ref);
      if (t->kind == kGcStruct) {
        for (u32 r : t->references) f(reference_kind(r), field<u32>(base + ref, reference_offset(r)));
      } else if (t->element != 0) {
        const u32* e = &field<u32>(base + ref, static_cast<int>(kGcElements));
        for (u32 k = 0; k < length_of(ref); k++) f(static_cast<GcReference>(t->element), e[k]);
      }
    }
  }
}

void register_heap(napi_env env, napi_value exports);

}  // namespace wn
