// Allocation, marking and sweeping. Time of a collection: objects that are alive, those that were made since the one
// before, plus a bit for each 8 bytes that were ever used.

#include "heap.h"

#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <mutex>

#include "exception-table.h"
#include "os/memory.h"
#include "os/system.h"
#include "reservation.h"
#include "roots.h"

namespace wn {

// ---- types ----

static GcType** types = nullptr;
static u32 type_count = 0;  // one past the largest index
static std::mutex mutex;

GcType* gc_type(u32 id) {
  u32 index = index_of_long_id(id);
  return types == nullptr || !is_long_id(id) || index >= kMaxTypes ? nullptr : types[index];
}

// (id, kind, parent's id or 0, bytes, shift, element, references)
static napi_value define_type(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 id = a.u32_at(0), kind = a.u32_at(1), parent = a.u32_at(2), bytes = a.u32_at(3), shift = a.u32_at(4),
      element = a.u32_at(5), index = index_of_long_id(id);
  std::vector<double> refs;
  if (!a.ok || !read_numbers(env, a.v[6], &refs)) return nullptr;
  std::lock_guard<std::mutex> lock(mutex);
  if (types == nullptr) types = reinterpret_cast<GcType**>(os::allocate(kMaxTypes * sizeof(GcType*)));
  if (types == nullptr || !is_long_id(id) || index >= kMaxTypes) {
    a.fail("defineType: too many types");
  } else if (types[index] == nullptr) {
    std::unique_ptr<GcType> t(new GcType{id, static_cast<GcKind>(kind), bytes, shift, element, gc_type(parent), {}});
    for (double r : refs) t->references.push_back(static_cast<u32>(r));
    types[index] = t.release();
    type_count = std::max(type_count, index + 1);
  }
  Heap* h = a.env->heap;
  if (a.ok && h != nullptr && !h->describe(types[index])) a.fail("defineType: too many types");
  return nullptr;
}

// A structure's references are not in its record. Word 0 is the header, so no map has that bit alone.
static constexpr u64 kLongMap = 1;

bool Heap::describe(const GcType* t) {
  u64 below = u64{0} - static_cast<u64>(static_cast<int32_t>(t->id));
  if (below > type_bytes) return false;
  char* record = base - below;
  if (!os::touch(record, WN_TYPE_RECORD_SIZE)) return false;
  field<u32>(record, WN_TYPE_RECORD_KIND) = t->kind;
  field<u32>(record, WN_TYPE_RECORD_BYTES) = t->kind == kGcArray ? t->shift : t->bytes;
  u64 map = 0;
  for (u32 r : t->references) {
    if (!is_followed(reference_kind(r))) continue;
    int word = reference_offset(r) / 4;
    // Those of large structures are looked up.
    map = word < 64 && map != kLongMap ? map | u64{1} << word : kLongMap;
  }
  field<u64>(record, WN_TYPE_RECORD_REFERENCES) = map;
  u32 depth = 0;
  for (const GcType* p = t->parent; p != nullptr; p = p->parent) depth++;
  for (const GcType* p = t; p != nullptr; p = p->parent, depth--) {
    if (depth < WN_TYPE_RECORD_DEPTHS) field<u32>(record, WN_TYPE_RECORD_DISPLAY + 4 * static_cast<int>(depth)) = p->id;
  }
  return true;
}

// ---- address space ----

// A reference has 32 bits, and nothing begins in the last piece.
static constexpr u64 kMost = u64{4} << 30;
static constexpr u64 kLeast = u64{16} << 20;
static constexpr u64 kLast = 65536;
// Nothing is ever here. It can be read: what null would be has no type. Generated code has its window here.
static constexpr u64 kFirst = 65536;
static constexpr u64 kStep = u64{1} << 20;
static constexpr u64 kFirstBudget = u64{4} << 20;
static_assert(WN_HEAP_AT >= WN_TYPE_RECORD_SIZE, "null has a header and, where its type's record would be, no display");

static char* reserve_sparse(u64 bytes) {
  char* at = os::reserve(bytes);
  return at == nullptr || os::open_sparse(at, bytes) ? at : nullptr;
}

bool Heap::reserve() {
  const u64 left = os::address_space_left() / 8;
  // Half of the memory that this process may use: a guest that fills its heap shall not bring the process down.
  const u64 memory = os::memory() / 2;
  for (u64 bytes = kMost; bytes >= kLeast; bytes /= 2) {
    if (bytes > kLeast && (bytes > left || bytes / 2 > memory)) continue;
    // 64 MiB of records for 4 GiB.
    u64 below = bytes / 64;
    char* p = os::reserve(below + bytes);
    if (p == nullptr) continue;
    map = p;
    type_bytes = below;
    base = p + below;
    reserved = bytes;
    starts = reinterpret_cast<u64*>(reserve_sparse(bytes / 64));
    marks = reinterpret_cast<u64*>(reserve_sparse(bytes / 64));
    open = reinterpret_cast<u32*>(reserve_sparse(bytes / 32));
    open_size = bytes / 32 / sizeof(u32);
    if (starts == nullptr || marks == nullptr || open == nullptr || !os::open_sparse(map, type_bytes) ||
        !commit(kFirst))
      return false;
    top = clean = kFirst;
    budget = kFirstBudget;
    std::lock_guard<std::mutex> lock(mutex);
    for (u32 k = 0; k < type_count; k++) {
      // Those that this environment uses are tried again as it defines them.
      if (types[k] != nullptr) describe(types[k]);
    }
    return true;
  }
  return false;
}

Heap::~Heap() {
  if (map != nullptr) os::release(map, type_bytes + reserved);
  if (starts != nullptr) os::release(reinterpret_cast<char*>(starts), reserved / 64);
  if (marks != nullptr) os::release(reinterpret_cast<char*>(marks), reserved / 64);
  if (open != nullptr) os::release(reinterpret_cast<char*>(open), reserved / 32);
}

bool Heap::commit(u64 end) {
  if (end <= committed) return true;
  u64 to = align_up(end, kStep);
  if (to > reserved) to = reserved;
  // Maps have a bit for 8 bytes, and are cleared a word further; the list of open objects has a word for each at most.
  const u64 map_bytes = std::min(to / 64 + 8, reserved / 64);
  if (to < end || !os::commit(base + committed, to - committed) || !os::touch(starts, map_bytes) ||
      !os::touch(marks, map_bytes) || !os::touch(open, std::min(to / 2, reserved / 32)))
    return false;
  committed = to;
  return true;
}

// ---- allocation ----

// A window: small enough for what is cleared to be still in the cache when it is used.
static constexpr u32 kWindow = 32 << 10;
// Objects up to kSmall fit in every run, those up to kMedium in every large one. Shorter runs are not used.
static constexpr u32 kSmall = 256, kMedium = 4096;
// So many large runs are tried for a large object before the heap grows.
static constexpr size_t kTries = 32;

static bool stressed() {
  static const bool on = [] {
    const char* v = getenv("WAMR_NATIVE_GC_STRESS");
    return v != nullptr && strcmp(v, "1") == 0;
  }();
  return on;
}

// Makes free memory zero.
void Heap::clear(u32 from, u32 to) {
  if (from < clean) memset(base + from, 0, std::min<u64>(to, clean) - from);
  clean = std::max<u64>(clean, to);
}

// All objects in it have headers.
void Heap::add_piece(u32 from, u32 to) {
  if (to == from) return;
  Piece p{from, to, false};
  // Without memory for the list it is noted now what is in it.
  if (!attempt([&] { pieces.push_back(p); })) note_starts(&p);
  made += to - from;
}

// One object, without its header yet.
void Heap::add_large(u32 ref, u32 end) {
  if (!attempt([&] { pieces.push_back({ref, end, false}); })) note_start(ref);
  made += end - ref;
}

// A run that there is no memory to note is not used until the next collection.
static void add_run(std::vector<Heap::Run>& runs, u64 from, u64 to) {
  attempt([&] { runs.push_back({static_cast<u32>(from), static_cast<u32>(to)}); });
}

// What was made in the present run so far.
void Heap::close_piece() {
  add_piece(run.at, window_at());
  run.at = window_at();
}

// What is left of the present run is for later.
void Heap::close_run() {
  u32 at = window_at();
  close_piece();
  if (run.end - at >= kMedium)
    add_run(large, at, run.end);
  else if (run.end - at >= kSmall)
    add_run(small, at, run.end);
  run = {0, 0};
  window_at() = window_end() = 0;
}

// The present run becomes one with room for so much, at most kMedium.
bool Heap::next_run(u32 bytes) {
  Run next{0, 0};
  while (bytes <= kSmall && next_small < small.size() && next.end == 0) next = small[next_small++];
  while (next_large < large.size() && next.end - next.at < bytes) next = large[next_large++];
  if (next.end - next.at < bytes) {
    u64 end = std::min(align_up(top + bytes, kStep), reserved - kLast);
    if (top + bytes > end || !commit(end)) return false;
    next = {static_cast<u32>(top), static_cast<u32>(end)};
    top = end;
    if (run.end == next.at) {
      run.end = next.end;
      return true;
    }
  }
  close_run();
  run = next;
  window_at() = window_end() = next.at;
  return true;
}

bool Heap::next_window(u32 bytes) {
  while (run.end - window_at() < bytes) {
    if (!next_run(bytes)) return false;
  }
  close_piece();
  u32 from = window_end();
  u32 to = static_cast<u32>(std::min<u64>(run.end, u64{window_at()} + bytes + kWindow));
  if (to > from) {
    clear(from, to);
    allocated += to - from;
    window_end() = to;
  }
  return true;
}

u32 Heap::take_small(u64 bytes) {
  u32 n = static_cast<u32>(bytes);
  if (window_end() - window_at() < n && !next_window(n)) return 0;
  u32 ref = window_at();
  window_at() += n;
  return ref;
}

u32 Heap::take_large(u64 bytes) {
  u32 ref = 0;
  for (size_t k = next_large; k < large.size() && k < next_large + kTries; k++) {
    if (large[k].end - large[k].at < bytes) continue;
    ref = large[k].at;
    large[k].at += static_cast<u32>(bytes);
    break;
  }
  if (ref == 0) {
    if (top + bytes > reserved - kLast || !commit(top + bytes)) return 0;
    ref = static_cast<u32>(top);
    top += bytes;
  }
  u32 end = ref + static_cast<u32>(bytes);
  clear(ref, end);
  allocated += bytes;
  add_large(ref, end);
  return ref;
}

u32 Heap::allocate(u64 bytes) {
  if (allocated + bytes > budget || stressed()) collect();
  for (int tries = 0;; tries++) {
    u32 ref = bytes <= kMedium ? take_small(bytes) : take_large(bytes);
    if (stressed()) window_end() = window_at();
    if (ref != 0) return ref;
    if (tries == 2) return 0;
    // In a fragmented heap small pieces count too.
    collect(tries == 1);
  }
}

u32 Heap::make_struct(const GcType* t) {
  u32 ref = allocate(t->bytes);
  if (ref != 0) field<u32>(base + ref, WN_GC_TYPE_ID) = t->id;
  return ref;
}

u32 Heap::make_array(const GcType* t, u64 length) {
  u32 ref = allocate((kGcElements + (length << t->shift) + 7) & ~u64{7});
  if (ref == 0) return 0;
  field<u32>(base + ref, WN_GC_TYPE_ID) = t->id;
  field<u32>(base + ref, WN_GC_LENGTH) = static_cast<u32>(length);
  return ref;
}

// ---- where objects are ----

void Heap::note_starts(Piece* p) {
  if (p->noted) return;
  p->noted = true;
  for (u32 ref = p->at; ref < p->end; ref += static_cast<u32>(size_of(ref))) note_start(ref);
}

void Heap::note_starts() {
  close_piece();
  for (Piece& p : pieces) note_starts(&p);
}

// Those of the piece that has this place, if one has it.
void Heap::note_starts_around(u32 ref) {
  auto it = std::upper_bound(pieces.begin(), pieces.end(), ref, [](u32 r, const Piece& p) { return r < p.at; });
  if (it == pieces.begin()) return;
  Piece* p = &*(it - 1);
  if (ref < p->end) note_starts(p);
}

// ---- collection ----

// A reference in an object.
inline void Heap::mark(u32 ref) {
  if ((ref & 7) != 0 || ref == 0 || ref >= top || is_marked(ref)) return;
  marks[ref >> 9] |= u64{1} << (ref >> 3 & 63);
  if (open_count == open_size)
    overflowed = true;
  else
    open[open_count++] = ref;
  __builtin_prefetch(base + ref);
}

// The object that an address is in, if any, is found by the nearest start below.
void Heap::mark_word(u64 word) {
  if (word < top) {
    u32 ref = static_cast<u32>(word);
    if ((ref & 7) != 0 || ref < kFirst) return;
    note_starts_around(ref);
    if (starts_at(ref)) mark(ref);
    return;
  }
  u64 offset = word - reinterpret_cast<u64>(base);
  if (offset < kFirst || offset >= top) return;
  note_starts_around(static_cast<u32>(offset));
  u64 w = offset >> 9;
  u64 bits = starts[w] << (63 - (offset >> 3 & 63)) >> (63 - (offset >> 3 & 63));
  while (bits == 0 && w > kFirst >> 9) bits = starts[--w];
  if (bits == 0) return;
  u32 ref = static_cast<u32>(w << 9 | static_cast<u64>(63 - __builtin_clzll(bits)) << 3);
  if (offset < ref + size_of(ref)) mark(ref);
}

void Heap::mark_words(const char* from, const char* to) {
  for (const char* p = from; p + 8 <= to; p += 8) {
    u64 word;
    memcpy(&word, p, 8);
    if (word == 0) continue;
    mark_word(static_cast<u32>(word));
    if (word >> 32 == 0) continue;
    mark_word(word >> 32);
    mark_word(word);
  }
  root_bytes += static_cast<u64>(to - from);
}

void Heap::mark_references(u32 ref) {
  char* record = record_of(ref);
  char* object = base + ref;
  if (field<u32>(record, WN_TYPE_RECORD_KIND) == kGcStruct) {
    u64 map = field<u64>(record, WN_TYPE_RECORD_REFERENCES);
    if (map != kLongMap) {
      for (; map != 0; map &= map - 1) mark(field<u32>(object, 4 * __builtin_ctzll(map)));
      return;
    }
    for (u32 r : type_of(ref)->references) {
      if (is_followed(reference_kind(r))) mark(field<u32>(object, reference_offset(r)));
    }
  } else if (is_followed(type_of(ref)->element)) {
    const u32* e = &field<u32>(object, static_cast<int>(kGcElements));
    for (u32 k = 0, n = length_of(ref); k < n; k++) mark(e[k]);
  }
}

void Heap::trace() {
  for (;;) {
    while (open_count > 0) mark_references(open[--open_count]);
    if (!overflowed) return;
    overflowed = false;
    for (u64 w = 0; w << 9 < top; w++) {
      for (u64 bits = marks[w]; bits != 0; bits &= bits - 1)
        mark_references(static_cast<u32>(w << 9 | static_cast<u64>(__builtin_ctzll(bits)) << 3));
    }
  }
}

void Heap::mark_roots() {
  root_bytes = 0;
  each_exact_root(env, [this](u32 word) {
    mark_word(word);
    root_bytes += sizeof word;
  });
  each_exception_reference(env, [this](u32 word) { mark_word(word); });
  for (const auto& [ref, e] : exposed) mark_word(ref);
  root_bytes += 64 * exposed.size();
  mark_words(reinterpret_cast<char*>(env->arguments), reinterpret_cast<char*>(env->arguments + kArgumentSlots));
  each_frames(env, [this](const char* from, const char* to) { mark_words(from, to); });
  const Thread* t = env->thread;
  if (registers_kept)
    mark_words(reinterpret_cast<const char*>(t->registers),
               reinterpret_cast<const char*>(t->registers + kThreadRegisters));
}

// What is between the marked objects becomes runs.
void Heap::sweep(u64 least_run) {
  small.clear();
  large.clear();
  next_small = next_large = 0;
  live = 0;
  u64 free = kFirst;
  for (u64 w = 0; w << 9 < top; w++) {
    for (u64 bits = marks[w]; bits != 0; bits &= bits - 1) {
      u64 ref = w << 9 | static_cast<u64>(__builtin_ctzll(bits)) << 3;
      u64 size = size_of(static_cast<u32>(ref));
      live += size;
      if (ref - free >= least_run) add_run(ref - free >= kMedium ? large : small, free, ref);
      free = ref + size;
    }
    starts[w] = marks[w];
  }
  // The rest is new memory again.
  top = free;
}

// Pages that the next collection will not need before it, `before` being what was in use until this one.
void Heap::give_back(u64 before) {
  u64 keep = align_up(top, kStep) + budget;
  if (before > keep) {
    if (os::give_back(base + keep, before - keep)) clean = std::min(clean, keep);
  }
  constexpr u64 kWorth = 256 << 10;
  constexpr u64 kEvery = 8;
  u64 kept = 0;
  for (size_t k = 0; collections % kEvery == 0 && k < large.size(); k++) {
    u64 from = align_up(large[k].at, kOsPage), to = large[k].end & ~(kOsPage - 1);
    if (kept < budget || to < from + kWorth)
      kept += large[k].end - large[k].at;
    else
      os::give_back(base + from, to - from);
  }
}

// `tight`: runs of any length are used.
void Heap::collect(bool tight) {
  u64 before = top;
  close_run();
  std::sort(pieces.begin(), pieces.end(), [](const Piece& x, const Piece& y) { return x.at < y.at; });
  memset(marks, 0, (before >> 9) * 8 + 8);
  mark_roots();
  trace();
  sweep(tight ? 8 : kSmall);
  pieces.clear();
  allocated = 0;
  budget = std::max({kFirstBudget, live, root_bytes});
  collections++;
  give_back(before);
}

// ---- JavaScript ----

static napi_value target(napi_env env, napi_ref ref) {
  napi_value v = nullptr;
  if (ref != nullptr) napi_get_reference_value(env, ref, &v);
  return v;
}

static Heap* heap_of(Args& a) {
  Heap* h = a.env->heap;
  if (h == nullptr) a.fail("there is no heap");
  return h;
}

void Heap::drop_unexposed() {
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env->napi, &scope);
  u32 looked = 0;
  for (auto it = exposed.begin(); it != exposed.end();) {
    Exposed& e = it->second;
    if (e.object != nullptr && target(env->napi, e.object) == nullptr) {
      napi_delete_reference(env->napi, e.object);
      e.object = nullptr;
    }
    it = e.object == nullptr && e.pins == 0 ? exposed.erase(it) : std::next(it);
    if (++looked % 1024 == 0) {
      napi_close_handle_scope(env->napi, scope);
      napi_open_handle_scope(env->napi, &scope);
    }
  }
  napi_close_handle_scope(env->napi, scope);
}

// False where there is no address space for a heap.
static napi_value heap_need(napi_env env, napi_callback_info) {
  Env* e = get_env(env);
  if (e->heap == nullptr) {
    std::unique_ptr<Heap> h(new Heap(e));
    if (h->reserve()) e->heap = h.release();
  }
  return make_bool(env, e->heap != nullptr);
}

static napi_value heap_pin(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  Heap* h = heap_of(a);
  if (a.ok) h->exposed[ref].pins++;
  return nullptr;
}

static napi_value heap_unpin(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  Heap* h = heap_of(a);
  if (!a.ok) return nullptr;
  auto it = h->exposed.find(ref);
  if (it != h->exposed.end() && --it->second.pins == 0 && it->second.object == nullptr) h->exposed.erase(it);
  return nullptr;
}

static napi_value heap_object(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  Heap* h = heap_of(a);
  if (!a.ok) return nullptr;
  auto it = h->exposed.find(ref);
  return it == h->exposed.end() ? nullptr : target(env, it->second.object);
}

static napi_value heap_expose(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  Heap* h = heap_of(a);
  if (!a.ok) return nullptr;
  Heap::Exposed& e = h->exposed[ref];
  napi_ref made = nullptr;
  if (napi_create_reference(env, a.v[1], 0, &made) != napi_ok) {
    a.fail("heapExpose: an object is expected");
    return nullptr;
  }
  if (e.object != nullptr) napi_delete_reference(env, e.object);
  e.object = made;
  return nullptr;
}

static napi_value heap_type(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  Heap* h = heap_of(a);
  return a.ok ? make_number(env, field<u32>(h->base + ref, WN_GC_TYPE_ID)) : nullptr;
}

// (type's id, length of an array) → reference, 0 when the heap is full, -1 for too long an array.
static napi_value heap_make(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const GcType* t = gc_type(a.u32_at(0));
  u32 length = a.u32_at(1);
  Heap* h = heap_of(a);
  if (!a.ok || t == nullptr) return nullptr;
  if (t->kind == kGcStruct) return make_number(env, h->make_struct(t));
  if ((u64{length} << t->shift) > kGcMaxObject) return make_number(env, -1);
  return make_number(env, h->make_array(t, length));
}

// (object, offset, bytes, count): copies from the argument buffer, so many times.
static napi_value heap_write(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0), offset = a.u32_at(1), bytes = a.u32_at(2), count = a.u32_at(3);
  Heap* h = heap_of(a);
  if (!a.ok || bytes > 16 || u64{offset} + u64{bytes} * count > h->size_of(ref)) {
    a.fail("heapWrite: outside of the object");
    return nullptr;
  }
  for (u32 k = 0; k < count; k++) memcpy(h->base + ref + offset + u64{bytes} * k, a.env->arguments, bytes);
  return nullptr;
}

// (array of i16, start, end) → string; null where a bound is beyond the array, or the end before the start.
static napi_value heap_string(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0), start = a.u32_at(1), end = a.u32_at(2);
  Heap* h = heap_of(a);
  if (!a.ok || ref == 0) {
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
  if (!a.ok || ref == 0 || napi_get_value_string_utf16(env, a.v[2], nullptr, 0, &length) != napi_ok) {
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

// Collects; how many bytes are alive.
static napi_value heap_collect(napi_env env, napi_callback_info) {
  Env* e = get_env(env);
  if (e->heap == nullptr) return make_number(env, 0);
  e->heap->drop_unexposed();
  e->heap->collect();
  return make_number(env, static_cast<double>(e->heap->live));
}

static napi_value heap_made(napi_env env, napi_callback_info) {
  Env* e = get_env(env);
  return make_number(env, e->heap == nullptr ? 0 : static_cast<double>(e->heap->bytes_made()));
}

void register_heap(napi_env env, napi_value exports) {
  define<define_type>(env, exports, "defineType");
  define<heap_need>(env, exports, "heapNeed");
  define<heap_pin>(env, exports, "heapPin");
  define<heap_unpin>(env, exports, "heapUnpin");
  define<heap_object>(env, exports, "heapObject");
  define<heap_expose>(env, exports, "heapExpose");
  define<heap_type>(env, exports, "heapType");
  define<heap_make>(env, exports, "heapMake");
  define<heap_write>(env, exports, "heapWrite");
  define<heap_string>(env, exports, "heapString");
  define<heap_take_string>(env, exports, "heapTakeString");
  define<heap_collect>(env, exports, "heapCollect");
  define<heap_made>(env, exports, "heapMade");
}

}  // namespace wn
