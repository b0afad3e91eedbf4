// Counters of instrumented code, and where samples of code lead.

#include "counters.h"

#include "code.h"
#include "instance.h"

namespace wn {
namespace {

// code → [its number, address of the code section]. Frames of samples name code by its number.
napi_value profile_code(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Code* c = a.handle(0, a.env->codes, "wamr-native addon: no such code");
  if (c == nullptr) return nullptr;
  c->make_order();
  if (!c->wrap_runs && c->wrap_count > 0) c->wrap_runs.reset(new std::atomic<u32>[c->wrap_count]());
  napi_value result = nullptr;
  napi_create_array_with_length(env, 2, &result);
  napi_set_element(env, result, 0, make_number(env, c->number));
  napi_set_element(env, result, 1, make_number(env, static_cast<double>(reinterpret_cast<u64>(c->text))));
  return result;
}

// code → copy of how often each row of WRAPS has wrapped since `profileCode`, as an ArrayBuffer of u32.
napi_value profile_wraps(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Code* c = a.handle(0, a.env->codes, "wamr-native addon: no such code");
  if (c == nullptr) return nullptr;
  u32 n = c->wrap_runs ? c->wrap_count : 0;
  napi_value buffer = nullptr;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, n * sizeof(u32), &data, &buffer) != napi_ok) return nullptr;
  for (u32 i = 0; i < n; i++) static_cast<u32*>(data)[i] = c->wrap_runs[i].load(std::memory_order_relaxed);
  return buffer;
}

// (instance, offset in the vmctx, number of counters) → copy as an ArrayBuffer of u64.
napi_value instance_counters(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = a.handle(0, a.env->instances, "wamr-native addon: no such instance");
  double offset = a.number(1), count = a.number(2);
  if (!a.ok || i == nullptr) return nullptr;
  if (!(offset >= 0) || !(count >= 0) || offset + 8 * count > i->shape->vm_size) {
    a.fail("instanceCounters: outside the vmctx");
    return nullptr;
  }
  napi_value buffer = nullptr;
  void* data = nullptr;
  size_t bytes = static_cast<size_t>(count) * 8;
  if (napi_create_arraybuffer(env, bytes, &data, &buffer) != napi_ok) return nullptr;
  memcpy(data, i->vm + static_cast<size_t>(offset), bytes);
  return buffer;
}

// (code, offset in the vmctx, number of counters) → their sums over all instances there are and, since the first call,
// there were: an ArrayBuffer of u64.
napi_value code_counters(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Code* c = a.handle(0, a.env->codes, "wamr-native addon: no such code");
  double offset = a.number(1), count = a.number(2);
  if (!a.ok || c == nullptr) return nullptr;
  if (!(offset >= 0) || !(count >= 0) || (c->shape != nullptr && offset + 8 * count > c->shape->vm_size)) {
    a.fail("codeCounters: outside the vmctx");
    return nullptr;
  }
  if (!c->past_counters) c->past_counters.reset(new PastCounters{static_cast<u32>(offset), {}});
  c->past_counters->sums.resize(static_cast<size_t>(count));
  napi_value buffer = nullptr;
  void* data = nullptr;
  size_t n = c->past_counters->sums.size();
  if (napi_create_arraybuffer(env, n * 8, &data, &buffer) != napi_ok) return nullptr;
  u64* sums = static_cast<u64*>(data);
  if (n > 0) memcpy(sums, c->past_counters->sums.data(), n * 8);
  for (const Instance* i : a.env->live_instances) {
    if (i->code == c && i->vm != nullptr) c->past_counters->add(i->vm, sums);
  }
  return buffer;
}

}  // namespace

void register_counters(napi_env env, napi_value exports) {
  define<profile_code>(env, exports, "profileCode");
  define<profile_wraps>(env, exports, "profileWraps");
  define<instance_counters>(env, exports, "instanceCounters");
  define<code_counters>(env, exports, "codeCounters");
}

}  // namespace wn
