// Helpers that make objects of WebAssembly's heap, copy between them, and look at their types (Helper in
// src-ts/abi/vmctx.ts). Null was checked in generated code.

#include <string.h>

#include <algorithm>

#include "code.h"
#include "funcref.h"
#include "heap.h"
#include "instance.h"
#include "interrupt.h"
#include "stack.h"
#include "thunks.h"
#include "waiting.h"

using namespace wn;

static Instance* instance_of(char* vm) { return field<Instance*>(vm, WN_VM_INSTANCE); }
static HelperResult trap(u64 code) { return {0, code}; }
static HelperResult done(char* vm, u64 value = 0) {
  return interrupted(field<Thread*>(vm, WN_VM_THREAD)) ? trap(WN_TRAP_INTERRUPT) : HelperResult{value, 0};
}
static GcType* type_at(const Instance* i, u64 index) { return gc_type(i->code->type_ids[index]); }
// A full heap may be full of what V8 has yet to collect.
static HelperResult no_room(u64 code, char* vm, HelperFunction again, const u64 (&arguments)[5], bool whole) {
  if (code != WN_TRAP_HEAP_EXHAUSTED || !ask_for_room(vm, again, arguments, whole)) return trap(code);
  return {reinterpret_cast<u64>(field<Thread*>(vm, WN_VM_THREAD)->top), WN_ASK_JAVASCRIPT};
}
// Bytes of a copy between looks at the interrupt flag.
static constexpr u64 kChunk = u64{4} << 20;

static u32 make_array(Instance* i, const GcType* t, u64 length, u64* error) {
  if ((length << t->shift) > kGcMaxObject) {
    *error = WN_TRAP_ARRAY_TOO_LARGE;
    return 0;
  }
  u32 ref = i->env->heap->make_array(t, length);
  if (ref == 0) *error = WN_TRAP_HEAP_EXHAUSTED;
  return ref;
}

// Elements of an array from an index on; null when they are not all there.
static char* elements(Instance* i, u64 array, u64 at, u64 n) {
  Heap* h = i->env->heap;
  u32 ref = static_cast<u32>(array);
  if (at + n > h->length_of(ref)) return nullptr;
  return h->base + ref + kGcElements + (at << h->type_of(ref)->shift);
}

// n elements are about to be written.
static void note_write(Instance* i, const char* to, const GcType* t, u64 n) {
  Heap* h = i->env->heap;
  if (is_followed(t->element)) h->note_write(static_cast<u64>(to - h->base), n << t->shift);
}

// From a segment into elements that are there; 0 or a trap.
static u64 from_segment(Instance* i, char* to, const GcType* t, u64 from, u64 n, u64 segment) {
  if (t->element == kNoReference) {
    const DataSegment& d = i->datas[segment];
    if (from + (n << t->shift) > d.size) return WN_TRAP_MEMORY_OUT_OF_BOUNDS;
    if (n > 0) memcpy(to, d.bytes + from, n << t->shift);
    return 0;
  }
  const ElemSegment& e = i->elems[segment];
  if (from + n > e.items.size()) return WN_TRAP_TABLE_OUT_OF_BOUNDS;
  for (u64 k = 0; k < n; k++) {
    u32 item = e.items[from + k];
    field<u32>(to, static_cast<int>(4 * k)) = !e.functions ? item : item == kNullItem ? 0 : i->funcref(item);
  }
  return 0;
}

// n elements of a type, all the same, a piece at a time.
template <class T>
static bool fill(Instance* i, char* to, u64 n, T value) {
  constexpr u64 kPiece = kChunk / sizeof(T);
  T* at = reinterpret_cast<T*>(to);
  for (u64 done = 0; done < n; done += kPiece) {
    std::fill_n(at + done, std::min(n - done, kPiece), value);
    if (interrupted(i->thread)) return false;
  }
  return true;
}

static bool fill_elements(Instance* i, char* to, u32 shift, u64 n, u64 value, u64 high) {
  switch (shift) {
    case 0:
      return fill(i, to, n, static_cast<u8>(value));
    case 1:
      return fill(i, to, n, static_cast<uint16_t>(value));
    case 2:
      return fill(i, to, n, static_cast<u32>(value));
    case 3:
      return fill(i, to, n, value);
    default: {
      struct Vector {
        u64 low, high;
      };
      return fill(i, to, n, Vector{value, high});
    }
  }
}

extern "C" {

WN_GENERATED HelperResult wn_helper_object_new(u64 type, u64 length, u64, u64, u64, char* vm) {
  Instance* i = instance_of(vm);
  const GcType* t = type_at(i, type);
  Heap* h = i->env->heap;
  u64 error = WN_TRAP_HEAP_EXHAUSTED;
  h->registers_kept = true;
  u32 ref = t->kind == kGcStruct ? h->make_struct(t) : make_array(i, t, length, &error);
  h->registers_kept = false;
  return ref == 0 ? no_room(error, vm, &wn_helper_object_new, {type, length, 0, 0, 0}, true) : done(vm, ref);
}

WN_GENERATED HelperResult wn_helper_array_fill(u64 array, u64 at, u64 n, u64 value, u64 high, char* vm) {
  Instance* i = instance_of(vm);
  char* to = elements(i, array, at, n);
  if (to == nullptr) return trap(WN_TRAP_ARRAY_OUT_OF_BOUNDS);
  const GcType* t = i->env->heap->type_of(static_cast<u32>(array));
  note_write(i, to, t, n);
  return fill_elements(i, to, t->shift, n, value, high) ? done(vm) : trap(WN_TRAP_INTERRUPT);
}

WN_GENERATED HelperResult wn_helper_array_copy(u64 to, u64 from, u64 bytes, u64 references, u64, char* vm) {
  char* t = reinterpret_cast<char*>(to);
  Heap* h = instance_of(vm)->env->heap;
  if (references != 0) h->note_write(static_cast<u64>(t - h->base), bytes);
  const char* p = reinterpret_cast<char*>(from);
  bool up = t <= p;
  for (u64 done_bytes = 0; done_bytes < bytes; done_bytes += kChunk) {
    u64 size = bytes - done_bytes < kChunk ? bytes - done_bytes : kChunk;
    u64 offset = up ? done_bytes : bytes - done_bytes - size;
    memmove(t + offset, p + offset, size);
    if (interrupted(field<Thread*>(vm, WN_VM_THREAD))) return trap(WN_TRAP_INTERRUPT);
  }
  return done(vm);
}

WN_GENERATED HelperResult wn_helper_array_init(u64 array, u64 at, u64 from, u64 n, u64 segment, char* vm) {
  Instance* i = instance_of(vm);
  char* to = elements(i, array, at, n);
  if (to == nullptr) return trap(WN_TRAP_ARRAY_OUT_OF_BOUNDS);
  const GcType* t = i->env->heap->type_of(static_cast<u32>(array));
  note_write(i, to, t, n);
  u64 error = from_segment(i, to, t, from, n, segment);
  return error != 0 ? trap(error) : done(vm);
}

WN_GENERATED HelperResult wn_helper_array_new_segment(u64 type, u64 from, u64 n, u64 segment, u64, char* vm) {
  Instance* i = instance_of(vm);
  const GcType* t = type_at(i, type);
  // The segment is too short for what no heap has room for: that is looked at first.
  bool inside = t->element == kNoReference ? from + (n << t->shift) <= i->datas[segment].size
                                           : from + n <= i->elems[segment].items.size();
  if (!inside) return trap(t->element == kNoReference ? WN_TRAP_MEMORY_OUT_OF_BOUNDS : WN_TRAP_TABLE_OUT_OF_BOUNDS);
  u64 error = 0;
  u32 ref = make_array(i, t, n, &error);
  if (ref == 0) return no_room(error, vm, &wn_helper_array_new_segment, {type, from, n, segment, 0}, false);
  from_segment(i, i->env->heap->base + ref + kGcElements, t, from, n, segment);
  return done(vm, ref);
}

static bool is_of_type(Instance* i, u32 ref, u32 type) {
  if (ref == 0) return (type & WN_TYPE_NON_NULL) == 0;
  u32 heap_type = type & (WN_TYPE_NON_NULL - 1);
  if (heap_type == WN_TYPE_CONCRETE) {
    u32 id = i->code->type_ids[type >> WN_TYPE_INDEX];
    const GcType* wanted = gc_type(id);
    if (wanted == nullptr || wanted->kind == kGcFunction) {
      u32 actual = field<u32>(funcref_record(ref), WN_FUNCREF_TYPE_ID);
      const GcType* t = gc_type(actual);
      return actual == id || (t != nullptr && t->is(id));
    }
    return (ref & 7) == 0 && i->env->heap->type_of(ref)->is(id);
  }
  bool object = (ref & 7) == 0;
  switch (heap_type) {
    case WN_TYPE_ANYREF:
    case WN_TYPE_EXTERNREF:
    case WN_TYPE_FUNCREF:
    case WN_TYPE_EXNREF:
      return true;
    case WN_TYPE_EQREF:
      return object || (ref & 1) != 0;
    case WN_TYPE_I31REF:
      return (ref & 1) != 0;
    case WN_TYPE_STRUCTREF:
      return object && i->env->heap->type_of(ref)->kind == kGcStruct;
    case WN_TYPE_ARRAYREF:
      return object && i->env->heap->type_of(ref)->kind == kGcArray;
    default:
      return false;
  }
}

WN_GENERATED HelperResult wn_helper_ref_test(u64 reference, u64 type, u64, u64, u64, char* vm) {
  return done(vm, is_of_type(instance_of(vm), static_cast<u32>(reference), static_cast<u32>(type)) ? 1 : 0);
}

}  // extern "C"
