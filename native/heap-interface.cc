// The heap of WebAssembly's objects as JavaScript's part of the runtime uses it (src-ts/binding.ts).

#include <string.h>

#include "heap.h"

namespace wn {

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
  h->note_write(ref, offset, u64{bytes} * count);
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
  register_heap_types(env, exports);
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
