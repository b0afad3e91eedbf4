// Allocation, marking and sweeping. Time of a collection: objects that are alive, plus a bit for each 8 bytes that were
// ever used.

#include "heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <mutex>

#include "exception-table.h"
#include "reservation.h"
#include "roots.h"

namespace wn {

// ---- types ----

static constexpr u32 kMaxTypes = 1 << 24;
static constexpr u32 kLongId = WN_LONG_TYPE_ID;
static GcType** types = nullptr;
static std::mutex mutex;

GcType* gc_type(u32 id) {
  return types == nullptr || (id & kLongId) == 0 || id - kLongId >= kMaxTypes ? nullptr : types[id - kLongId];
}

// (id, kind, parent's id or 0, bytes, shift, element, references)
static napi_value define_type(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 id = a.u32_at(0), kind = a.u32_at(1), parent = a.u32_at(2), bytes = a.u32_at(3), shift = a.u32_at(4),
      element = a.u32_at(5);
  double* refs = nullptr;
  size_t n = 0;
  if (!a.ok || !read_numbers(env, a.v[6], &refs, &n)) return nullptr;
  std::lock_guard<std::mutex> lock(mutex);
  if (types == nullptr) {
    void* p = mmap(nullptr, kMaxTypes * sizeof(GcType*), PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p != MAP_FAILED) types = static_cast<GcType**>(p);
  }
  if (types == nullptr || (id & kLongId) == 0 || id - kLongId >= kMaxTypes) {
    a.fail("defineType: too many types");
  } else if (types[id - kLongId] == nullptr) {
    GcType* t = new GcType{id, static_cast<GcKind>(kind), bytes, shift, element, gc_type(parent), {}};
    for (size_t k = 0; k < n; k++) t->references.push_back(static_cast<u32>(refs[k]));
    types[id - kLongId] = t;
  }
  free(refs);
  return nullptr;
}

// ---- address space ----

static constexpr u64 kMost = u64{4} << 30;
static constexpr u64 kLeast = u64{16} << 20;
// Nothing is ever here, and it can be read: what null would be.
static constexpr u64 kFirst = 65536;
static constexpr u64 kStep = u64{1} << 20;
static constexpr u64 kFirstBudget = u64{8} << 20;

static void* map_reserved(u64 bytes, int protection) {
  void* p = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

bool Heap::reserve() {
  const u64 left = address_space_left() / 8;
  for (u64 bytes = kMost; bytes >= kLeast; bytes /= 2) {
    if (bytes > kLeast && bytes > left) continue;
    base = static_cast<char*>(map_reserved(bytes, PROT_NONE));
    if (base == nullptr) continue;
    starts = static_cast<u64*>(map_reserved(bytes / 64, PROT_READ | PROT_WRITE));
    marks = static_cast<u64*>(map_reserved(bytes / 64, PROT_READ | PROT_WRITE));
    reserved = bytes;
    if (starts != nullptr && marks != nullptr && commit(kFirst)) {
      top = kFirst;
      budget = kFirstBudget;
      return true;
    }
    break;
  }
  return false;
}

Heap::~Heap() {
  if (base != nullptr) munmap(base, reserved);
  if (starts != nullptr) munmap(starts, reserved / 64);
  if (marks != nullptr) munmap(marks, reserved / 64);
}

bool Heap::commit(u64 end) {
  if (end <= committed) return true;
  u64 to = align_up(end, kStep);
  if (to > reserved) to = reserved;
  if (to < end || mprotect(base + committed, to - committed, PROT_READ | PROT_WRITE) != 0) return false;
  committed = to;
  return true;
}

// ---- allocation ----

static bool stressed() {
  static const bool on = [] {
    const char* v = getenv("WAMR_NATIVE_GC_STRESS");
    return v != nullptr && strcmp(v, "1") == 0;
  }();
  return on;
}

u64 Heap::size_of(u32 ref) const {
  const GcType* t = type_of(ref);
  if (t->kind == kGcStruct) return t->bytes;
  return (kGcElements + (u64{length_of(ref)} << t->shift) + 7) & ~u64{7};
}

// From the present run, a later one or new memory; 0 where there is none.
u32 Heap::take(u64 bytes) {
  while (run.end - run.at < bytes) {
    if (next_run < runs.size()) {
      run = runs[next_run++];
      continue;
    }
    u64 end = align_up(top + bytes, kStep);
    if (end >= reserved) end = reserved - 8;
    if (top + bytes > end || !commit(end)) return 0;
    run = {static_cast<u32>(top), static_cast<u32>(end)};
    top = end;
  }
  u32 ref = run.at;
  run.at += static_cast<u32>(bytes);
  return ref;
}

u32 Heap::allocate(u64 bytes, bool may_collect) {
  if (may_collect && (allocated + bytes > budget || stressed())) collect();
  u32 ref = take(bytes);
  if (ref == 0 && may_collect) {
    collect();
    ref = take(bytes);
  }
  if (ref == 0) return 0;
  allocated += bytes;
  memset(base + ref, 0, bytes);
  starts[ref >> 9] |= u64{1} << (ref >> 3 & 63);
  return ref;
}

u32 Heap::make_struct(const GcType* t, bool may_collect) {
  u32 ref = allocate(t->bytes, may_collect);
  if (ref != 0) field<u32>(base + ref, WN_GC_TYPE_ID) = t->id;
  return ref;
}

u32 Heap::make_array(const GcType* t, u64 length, bool may_collect) {
  u32 ref = allocate((kGcElements + (length << t->shift) + 7) & ~u64{7}, may_collect);
  if (ref == 0) return 0;
  field<u32>(base + ref, WN_GC_TYPE_ID) = t->id;
  field<u32>(base + ref, WN_GC_LENGTH) = static_cast<u32>(length);
  return ref;
}

// ---- collection ----

void Heap::mark(u32 ref) {
  if (!holds(ref) || is_marked(ref)) return;
  marks[ref >> 9] |= u64{1} << (ref >> 3 & 63);
  open.push_back(ref);
}

void Heap::trace() {
  while (!open.empty()) {
    u32 ref = open.back();
    open.pop_back();
    const GcType* t = type_of(ref);
    if (t->kind == kGcStruct) {
      for (u32 r : t->references) {
        if (reference_kind(r) == kGcAny) mark(field<u32>(base + ref, reference_offset(r)));
      }
    } else if (t->element == kGcAny) {
      const u32* e = &field<u32>(base + ref, static_cast<int>(kGcElements));
      for (u32 k = 0, n = length_of(ref); k < n; k++) mark(e[k]);
    }
  }
}

void Heap::mark_roots() {
  auto each = [this](u32 word) { mark(word); };
  each_root(env, each);
  each_exception_reference(env, each);
  for (const auto& [ref, n] : pins) mark(ref);
  for (u32 i = 0; i < kArgumentSlots; i++) mark(static_cast<u32>(env->arguments[i]));
}

// What is between the marked objects becomes runs.
void Heap::sweep() {
  runs.clear();
  live = 0;
  u64 free = kFirst;
  for (u64 w = 0; w << 9 < top; w++) {
    for (u64 bits = marks[w]; bits != 0; bits &= bits - 1) {
      u64 ref = w << 9 | static_cast<u64>(__builtin_ctzll(bits)) << 3;
      u64 size = size_of(static_cast<u32>(ref));
      live += size;
      if (ref > free) runs.push_back({static_cast<u32>(free), static_cast<u32>(ref)});
      free = ref + size;
    }
    starts[w] = marks[w];
  }
  // The rest is new memory again.
  top = free;
  next_run = 0;
  run = {0, 0};
}

void Heap::collect() {
  u64 before = top;
  memset(marks, 0, (before >> 9) * 8 + 8);
  mark_roots();
  trace();
  sweep();
  u64 keep = align_up(top, kStep) + kFirstBudget;
  if (before > keep) madvise(base + keep, before - keep, MADV_DONTNEED);
  allocated = 0;
  budget = live > kFirstBudget ? live : kFirstBudget;
  collections++;
}

// ---- JavaScript ----

static Heap* heap_of(Args& a) {
  Heap* h = a.env->heap;
  if (h == nullptr) a.fail("there is no heap");
  return h;
}

static napi_value heap_pin(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  Heap* h = heap_of(a);
  if (a.ok) h->pins[ref]++;
  return nullptr;
}

static napi_value heap_unpin(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  Heap* h = heap_of(a);
  if (!a.ok) return nullptr;
  auto it = h->pins.find(ref);
  if (it != h->pins.end() && --it->second == 0) h->pins.erase(it);
  return nullptr;
}

static napi_value heap_type(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  Heap* h = heap_of(a);
  return a.ok && h->holds(ref) ? make_number(env, field<u32>(h->base + ref, WN_GC_TYPE_ID)) : nullptr;
}

// (type's id, length of an array) → reference, 0 when the heap is full, -1 for too long an array. Collects nothing:
// what a constant expression has made so far is nowhere where the collector looks.
static napi_value heap_make(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const GcType* t = gc_type(a.u32_at(0));
  u32 length = a.u32_at(1);
  Heap* h = heap_of(a);
  if (!a.ok || t == nullptr) return nullptr;
  if (t->kind == kGcStruct) return make_number(env, h->make_struct(t, false));
  if ((u64{length} << t->shift) > kGcMaxObject) return make_number(env, -1);
  return make_number(env, h->make_array(t, length, false));
}

// (object, offset, bytes): copies from the argument buffer.
static napi_value heap_write(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0), offset = a.u32_at(1), bytes = a.u32_at(2);
  Heap* h = heap_of(a);
  if (!a.ok || !h->holds(ref) || bytes > 16 || u64{offset} + bytes > h->size_of(ref))
    a.fail("heapWrite: outside of the object");
  else
    memcpy(h->base + ref + offset, a.env->arguments, bytes);
  return nullptr;
}

// (array of i16, start, end) → string; null where a bound is beyond the array, or the end before the start.
static napi_value heap_string(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0), start = a.u32_at(1), end = a.u32_at(2);
  Heap* h = heap_of(a);
  if (!a.ok || !h->holds(ref)) {
    a.fail("heapString: no array");
    return nullptr;
  }
  napi_value result = nullptr;
  if (start > end || end > h->length_of(ref)) {
    napi_get_null(env, &result);
    return result;
  }
  const auto* units = reinterpret_cast<const char16_t*>(h->base + ref + kGcElements) + start;
  if (napi_create_string_utf16(env, units, end - start, &result) != napi_ok)
    napi_throw_range_error(env, nullptr, "Invalid string length");
  return result;
}

// (array of i16, start, string) → whether the string fits; then its code units are in the array.
static napi_value heap_take_string(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0), start = a.u32_at(1);
  Heap* h = heap_of(a);
  size_t length = 0;
  if (!a.ok || !h->holds(ref) || napi_get_value_string_utf16(env, a.v[2], nullptr, 0, &length) != napi_ok) {
    a.fail("heapTakeString: no array, or no string");
    return nullptr;
  }
  bool fits = u64{start} + length <= h->length_of(ref);
  if (fits && length > 0) {
    // N-API ends what it writes with a zero, for which the array may have no room.
    std::vector<char16_t> units(length + 1);
    napi_get_value_string_utf16(env, a.v[2], units.data(), length + 1, &length);
    memcpy(h->base + ref + kGcElements + 2 * u64{start}, units.data(), 2 * length);
  }
  return make_bool(env, fits);
}

static napi_value heap_collect(napi_env env, napi_callback_info) {
  Env* e = get_env(env);
  if (e->heap == nullptr) return make_number(env, 0);
  e->heap->collect();
  return make_number(env, static_cast<double>(e->heap->live));
}

void register_heap(napi_env env, napi_value exports) {
  define(env, exports, "defineType", define_type);
  define(env, exports, "heapPin", heap_pin);
  define(env, exports, "heapUnpin", heap_unpin);
  define(env, exports, "heapType", heap_type);
  define(env, exports, "heapMake", heap_make);
  define(env, exports, "heapWrite", heap_write);
  define(env, exports, "heapString", heap_string);
  define(env, exports, "heapTakeString", heap_take_string);
  define(env, exports, "heapCollect", heap_collect);
}

}  // namespace wn
