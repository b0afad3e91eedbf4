// The heap of WebAssembly's own objects (structures and arrays) of one environment, and its collector. Layout and
// references: src-ts/abi/gc-layout.ts.
//
// Objects never move. Those that were made since the latest collection are *young*, the others *old*: most collections
// look at young ones alone (heap-collect.cc). What the collector leaves free are *runs*; generated code takes small
// objects one after the other from a *window*, a cleared piece of the present run, and asks for the next window when it
// is used up (Helper.OBJECT_NEW). Signals leave it alone from taking the memory until the object has its header
// (interrupt.cc). So where objects begin that were made since the latest collection can be found out by walking them
// from header to header
// (`note_starts`), and is where a word that may be a reference leads among them.
//
// Roots are exact in tables, globals, segments, exceptions and what JavaScript holds, and conservative on the wasm
// stack, in frames put aside and in the argument buffer: a word that is the number of an object keeps it, and so does
// an address inside of one.
#pragma once

#include <vector>

#include "env.h"
#include "funcref.h"

namespace wn {

enum GcKind : u32 { kGcFunction = WN_GC_KIND_FUNCTION, kGcStruct = WN_GC_KIND_STRUCT, kGcArray = WN_GC_KIND_ARRAY };
// What a reference in an object may be to: an object or an i31; those and JavaScript's values; functions; exceptions.
enum GcReference : u32 {
  kNoReference = 0,
  kGcAny = WN_GC_REFERENCE_ANY,
  kGcFunc = WN_GC_REFERENCE_FUNC,
  kGcExn = WN_GC_REFERENCE_EXN,
  kGcObject = WN_GC_REFERENCE_OBJECT,
};

// A type of the process, by its id (longTypeId); never freed.
struct GcType {
  u32 id;
  GcKind kind;
  u32 bytes;    // of a structure
  u32 shift;    // log2 of the bytes of an array's element
  u32 element;  // GcReference of an array's elements
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
// Whether the collector follows it.
inline bool is_followed(u32 kind) { return kind == kGcObject || kind == kGcAny; }

// Null for the id of a plain function type.
GcType* gc_type(u32 id);

// A structure's references are not in its record. Word 0 is the header, so no map has that bit alone.
constexpr u64 kLongMap = 1;

// Objects up to kSmall fit in every run, those up to kMedium in every large one. Shorter runs are not used.
constexpr u32 kSmall = 256, kMedium = 4096;

// WAMR_NATIVE_GC_STRESS: a collection before every object.
bool gc_stressed();

constexpr u32 kGcElements = WN_GC_ELEMENTS;
// The most bytes of an array's elements; V8's bound.
constexpr u64 kGcMaxObject = WN_MAX_ARRAY;

struct Heap {
  explicit Heap(Env* e) : env(e) {}
  ~Heap();
  // False where there is no address space.
  bool reserve();
  // Makes objects of the type known to generated code. False where there is no room for so many types.
  bool describe(const GcType* t);
  void describe_all();

  Env* env;
  char* base = nullptr;

  // A new object, all zero but for its header; 0 when the heap is full. All references must be where the collector
  // finds them.
  u32 make_struct(const GcType* t);
  u32 make_array(const GcType* t, u64 length);
  // The record of an object's type.
  char* record_of(u32 ref) const { return base + static_cast<int32_t>(field<u32>(base + ref, WN_GC_TYPE_ID)); }
  GcType* type_of(u32 ref) const { return gc_type(field<u32>(base + ref, WN_GC_TYPE_ID)); }
  u64 size_of(u32 ref) const {
    char* record = record_of(ref);
    u64 bytes = field<u32>(record, WN_TYPE_RECORD_BYTES);
    if (field<u32>(record, WN_TYPE_RECORD_KIND) != kGcArray) return bytes;
    return (kGcElements + (u64{length_of(ref)} << bytes) + 7) & ~u64{7};
  }
  u32 length_of(u32 ref) const { return field<u32>(base + ref, WN_GC_LENGTH); }

  // What is collected: what young objects leave, or all; kTight: and runs of any length are used.
  enum Collection { kYoung, kFull, kTight };
  void collect(Collection what = kFull);
  // About to be written: references, other than the first ones of a new object, into elements or fields of `ref`.
  void note_write(u32 ref, u64 offset, u64 bytes) {
    note_write(ref, 1);
    note_write(ref + offset, bytes);
  }
  void note_write(u64 at, u64 bytes) {
    if (bytes > 0) memset(card(at), 0, static_cast<size_t>(card(at + bytes - 1) - card(at)) + 1);
  }
  // Calls f(GcReference, number) for every reference to something outside of the heap in an object that the latest
  // collection found alive or that was made since.
  template <class F>
  void each_outside_reference(F f);
  // About what a walk over all objects costs, in slots.
  u64 walk_cost() const { return top / 64; }

  // JavaScript's objects for objects of the heap, by reference: weak references (napi), null for a pin.
  struct Exposed {
    napi_ref object = nullptr;
    u32 pins = 0;
  };
  std::unordered_map<u32, Exposed> exposed;
  // Lets go the objects that JavaScript no longer has. Calls N-API.
  void drop_unexposed();

  // The thread's `registers` are what generated code has.
  bool registers_kept = false;
  // Bytes of all objects that were ever made.
  u64 bytes_made() {
    close_piece();
    return made;
  }
  u64 collections = 0, full_collections = 0;
  u64 live = 0;        // bytes, at the latest collection; after one of young objects, of dead old ones too
  u64 since_full = 0;  // bytes allocated since the latest collection of all objects, in whole windows

  struct Run {
    u32 at, end;
  };

 private:
  // Of bytes that were written to since the latest collection, by offset. Each is a word of `marks`.
  char* card(u64 at) const { return base + (at >> WN_HEAP_CARD_SHIFT); }
  static_assert(WN_HEAP_CARD_SHIFT == 9, "a card is a word of `marks`");

  // Objects that were made one behind the other since the latest collection. `noted`: their starts are.
  struct Piece {
    u32 at, end;
    bool noted;
  };
  u32 allocate(u64 bytes);
  u32 take_small(u64 bytes);
  u32 take_large(u64 bytes);
  bool next_window(u32 bytes);
  bool next_run(u32 bytes);
  bool commit(u64 end);
  void clear(u32 from, u32 to);
  void close_piece();
  void close_run();
  void add_run(std::vector<Run>& runs, u64 from, u64 to);
  void count_allocated(u64 bytes) {
    allocated += bytes;
    since_full += bytes;
  }
  void add_piece(u32 from, u32 to);
  void add_large(u32 ref, u32 end);
  void note_start(u32 ref) { starts[ref >> 9] |= u64{1} << (ref >> 3 & 63); }

  void note_starts();
  void note_starts(Piece* p);
  void note_starts_around(u32 ref);
  void mark(u32 ref);
  // A word that may be a reference or an address.
  void mark_word(u64 word);
  void mark_words(const char* from, const char* to);
  void mark_roots();
  void mark_references(u32 ref);
  void mark_elements(u32 ref, u64 from, u64 to);
  void look_at_written(bool follow);
  void mark_card(u64 card, u32 before);
  void trace();
  void verify();
  void sweep();
  u64 sweep_young(std::vector<Run>* gaps);
  void merge_runs(const std::vector<Run>& gaps);
  void give_back(bool inside);
  bool is_full_due() const;
  void judge(u64 young, u64 kept);
  void plan();
  bool starts_at(u32 ref) const { return (starts[ref >> 9] >> (ref >> 3 & 63) & 1) != 0; }
  bool is_marked(u32 ref) const { return (marks[ref >> 9] >> (ref >> 3 & 63) & 1) != 0; }
  u32& window_at() { return field<u32>(base, WN_HEAP_AT); }
  u32& window_end() { return field<u32>(base, WN_HEAP_END); }

  char* map = nullptr;
  u64 type_bytes = 0;  // below the base
  u64 reserved = 0;    // from the base on
  u64 first = 0;       // no object is below
  u64 committed = 0;
  u64 top = 0;    // no object was made from here on since the latest collection
  u64 clean = 0;  // from here on memory is zero
  // One bit for each 8 bytes: an object starts there (`note_starts`); a collection found it, so it is old.
  u64* starts = nullptr;
  u64* marks = nullptr;
  // Free since the latest collection, in order: those for small objects, and those that large ones fit in. What was not
  // used of one: `rest`.
  std::vector<Run> small, large, rest;
  size_t next_small = 0, next_large = 0;
  u64 least_run = kSmall;
  Run run{0, 0};              // the present one: objects that are in no piece yet, up to window_at, and what is free
  std::vector<Piece> pieces;  // in order while the collector runs
  bool unlisted = false;      // there are young objects that are in no piece
  u64 allocated = 0;          // bytes since the latest collection, in whole windows
  u64 budget = kLeastBudget;  // when so many were, it is time to collect
  u64 root_bytes = 0, written_bytes = 0;
  // When to collect what (`judge`, `plan`). Bytes: of young objects between collections; alive after the latest
  // collection of all objects; taken by objects that were young since, with what is too short to be used between them.
  // And which part of what was allocated the latter were at the latest collection.
  u64 nursery = kLeastBudget;
  u64 live_at_full = 0;
  u64 kept_since_full = 0;
  double kept_part = 1;
  bool pays_young = false;  // to collect them alone
  u64 made = 0;
  static constexpr u64 kLeastBudget = u64{4} << 20;
  static constexpr u64 kStep = u64{2} << 20;  // the heap grows by: a large page
  // References still to be followed; objects that did not fit are found by their marks.
  u32* open = nullptr;
  u64 open_count = 0;
  u64 open_size = 0;
  bool overflowed = false;
};

template <class F>
void Heap::each_outside_reference(F f) {
  note_starts();
  for (u64 w = first >> 9; w << 9 < top; w++) {
    for (u64 bits = starts[w]; bits != 0; bits &= bits - 1) {
      u32 ref = static_cast<u32>(w << 9 | static_cast<u64>(__builtin_ctzll(bits)) << 3);
      const GcType* t = type_of(ref);
      if (t->kind == kGcStruct) {
        for (u32 r : t->references) {
          if (reference_kind(r) != kGcObject) f(reference_kind(r), field<u32>(base + ref, reference_offset(r)));
        }
      } else if (t->element != kNoReference && t->element != kGcObject) {
        const u32* e = &field<u32>(base + ref, static_cast<int>(kGcElements));
        for (u32 k = 0; k < length_of(ref); k++) f(static_cast<GcReference>(t->element), e[k]);
      }
    }
  }
}

void register_heap(napi_env env, napi_value exports);
void register_heap_types(napi_env env, napi_value exports);

}  // namespace wn
