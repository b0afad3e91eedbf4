// Types of WebAssembly's objects: one numbering for the process, and in each heap what generated code knows of them.

#include <algorithm>
#include <mutex>

#include "heap.h"
#include "os/memory.h"

namespace wn {

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

void Heap::describe_all() {
  std::lock_guard<std::mutex> lock(mutex);
  for (u32 k = 0; k < type_count; k++) {
    // Those that this environment uses are tried again as it defines them.
    if (types[k] != nullptr) describe(types[k]);
  }
}

void register_heap_types(napi_env env, napi_value exports) { define<define_type>(env, exports, "defineType"); }

}  // namespace wn
