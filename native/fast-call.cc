// `invoke`, `resume` and access to tables as V8 fast API functions, which optimised JavaScript calls as it calls C,
// past everything that N-API puts in between (os/v8.h).
//
// A fast call must not touch V8's heap, call JavaScript or throw: these don't. It is given nothing
// that says which environment calls, so environments have functions of their own.
//
// V8's flags are set by a function that is looked up in the same way.

#include "fast-call.h"

#include <utility>

#include "invoke.h"
#include "os/v8.h"
#include "stack.h"
#include "table.h"

namespace wn {

namespace {

constexpr os::TypeInfo kVoid{0, 0, 0}, kReceiver{10, 0, 0};

using Operation = void (*)(Thread*, Env*);

// The fast function (called with the receiver) and the one for code that is not optimised (called with a
// FunctionCallbackInfo) of an environment.
template <Operation operation, u32 index>
void call(const void*) {
  Thread* t = current_thread();
  operation(t, t->fast_envs[index]);
}

using Call = void (*)(const void*);

template <Operation operation, u32... index>
Call call_of(u32 wanted, std::integer_sequence<u32, index...>) {
  static constexpr Call calls[] = {&call<operation, index>...};
  return calls[wanted];
}

template <Operation operation>
Call call_of(u32 index) {
  return call_of<operation>(index, std::make_integer_sequence<u32, kFastEnvs>());
}

bool put(napi_env env, napi_value object, const char* name, Call call) {
  static const os::FunctionInfo info = [] {
    os::FunctionInfo f{};
    os::make_function_info(&f, kVoid, 1, &kReceiver);
    return f;
  }();
  void* function = os::make_fast_function(call, {reinterpret_cast<const void*>(call), &info});
  return function != nullptr &&
         napi_set_named_property(env, object, name, static_cast<napi_value>(function)) == napi_ok;
}

napi_value fast_calls(napi_env env, napi_callback_info) {
  Env* e = get_env(env);
  u32 index = 0;
  while (index < kFastEnvs && e->thread->fast_envs[index] != nullptr) index++;
  if (index == kFastEnvs || !os::has_v8()) return nullptr;
  napi_value object = nullptr;
  napi_create_object(env, &object);
  if (!put(env, object, "invoke", call_of<&invoke_quickly>(index)) ||
      !put(env, object, "resume", call_of<&resume_quickly>(index)) ||
      !put(env, object, "tableGet", call_of<&table_get_now>(index)) ||
      !put(env, object, "tableSet", call_of<&table_set_now>(index)))
    return nullptr;
  e->thread->fast_envs[index] = e;
  return object;
}

// setV8Flags(flags): whether V8 could be told, as node:v8 does, which takes 4 ms to load.
napi_value set_v8_flags(napi_env env, napi_callback_info info) {
  Args a(env, info);
  char flags[512];
  size_t length = 0;
  bool good = napi_get_value_string_utf8(env, a.v[0], flags, sizeof flags, &length) == napi_ok &&
              length + 1 < sizeof flags && os::set_v8_flags(flags);
  return make_bool(env, good);
}

}  // namespace

void register_fast_calls(napi_env env, napi_value exports) {
  define<fast_calls>(env, exports, "fastCalls");
  define<set_v8_flags>(env, exports, "setV8Flags");
}

}  // namespace wn
