// `invoke`, `resume` and access to tables as V8 fast API functions, which optimised JavaScript calls as it calls C,
// past everything that N-API puts in between.
//
// N-API has no such functions, so the few of V8's own that make them are looked up by name at run time, and the addon
// stays one binary for all versions of Node. A mangled name says what the function takes, so a V8 with another
// interface has no fast calls and is not broken by them; what names do not say (the numbers of CTypeInfo::Type, that a
// CTypeInfo is three bytes) was verified for the versions in addon.ts, and no other gets here.
//
// V8's flags are set by a function that is looked up in the same way.
//
// A fast call must not touch V8's heap, call JavaScript or throw: these don't. It is given nothing
// that says which environment calls, so environments have functions of their own.

#include "../../fast-call.h"

#include <dlfcn.h>

#include <utility>

#include "../../invoke.h"
#include "../../stack.h"
#include "../../table.h"

// As in system.cc.
#ifdef __GLIBC__
asm(".symver dlsym, dlsym@" WN_GLIBC_BASE);
#endif

namespace wn {

namespace {

// v8::Local, v8::MaybeLocal: a pointer, passed as one; napi_value is the same pointer.
using Local = void*;

struct TypeInfo {
  u8 type, sequence, flags;
};
constexpr TypeInfo kVoid{0, 0, 0}, kReceiver{10, 0, 0};

// More room than the class has taken in any version; V8's constructor fills it.
struct FunctionInfo {
  u64 storage[8];
};

struct CFunction {
  const void* address;
  const FunctionInfo* info;
};

// The functions of V8. Parameters that only newer versions have are passed to all: older ones do not look at the
// register.
struct V8 {
  void* (*current_isolate)();
  Local (*current_context)(void* isolate);
  void (*make_info)(FunctionInfo*, const TypeInfo& result, unsigned count, const TypeInfo* arguments,
                    u8 int64_as_number);
  Local (*make_template)(void* isolate, void (*slow)(const void*), Local data, Local signature, int length,
                         int constructor_throws, int has_side_effects, const CFunction*, uint16_t, uint16_t, uint16_t);
  Local (*make_function)(Local function_template, Local context);
  bool complete;
};

template <class F>
bool find(F* f, const char* name) {
  *f = reinterpret_cast<F>(dlsym(RTLD_DEFAULT, name));
  return *f != nullptr;
}

const V8& v8() {
  static const V8 functions = [] {
    V8 v{};
    v.complete = find(&v.current_isolate, "_ZN2v87Isolate10GetCurrentEv") &&
                 find(&v.current_context, "_ZN2v87Isolate17GetCurrentContextEv") &&
                 (find(&v.make_info, "_ZN2v813CFunctionInfoC1ERKNS_9CTypeInfoEjPS2_NS0_19Int64RepresentationE") ||
                  find(&v.make_info, "_ZN2v813CFunctionInfoC1ERKNS_9CTypeInfoEjPS2_")) &&
                 find(&v.make_template,
                      "_ZN2v816FunctionTemplate3NewEPNS_7IsolateEPFvRKNS_20FunctionCallbackInfoINS_5ValueEEEENS_"
                      "5LocalIS4_EENSA_INS_9SignatureEEEiNS_19ConstructorBehaviorENS_"
                      "14SideEffectTypeEPKNS_9CFunctionEttt") &&
                 find(&v.make_function, "_ZN2v816FunctionTemplate11GetFunctionENS_5LocalINS_7ContextEEE");
    return v;
  }();
  return functions;
}

using Operation = void (*)(Env*, char*);

// The fast function (called with the receiver) and the one for code that is not optimised (called with a
// FunctionCallbackInfo) of an environment.
template <Operation operation, u32 index>
void call(const void*) {
  Env* e = current_thread()->fast_envs[index];
  // Not constexpr: for g++ with -fsanitize=undefined the comparison is no constant.
  const bool enters = operation == &invoke_now || operation == &resume_now;
  if (enters && WN_UNLIKELY(e->refreshes()))
    set_outcome(e, kDeclined);
  else
    operation(e, static_cast<char*>(__builtin_frame_address(0)));
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
  static const FunctionInfo info = [] {
    FunctionInfo f{};
    v8().make_info(&f, kVoid, 1, &kReceiver, 0);
    return f;
  }();
  void* isolate = v8().current_isolate();
  CFunction fast{reinterpret_cast<const void*>(call), &info};
  Local made = v8().make_template(isolate, call, nullptr, nullptr, 0, 0, 0, &fast, 0, 0, 0);
  Local function = made == nullptr ? nullptr : v8().make_function(made, v8().current_context(isolate));
  return function != nullptr &&
         napi_set_named_property(env, object, name, static_cast<napi_value>(function)) == napi_ok;
}

napi_value fast_calls(napi_env env, napi_callback_info) {
  Env* e = get_env(env);
  u32 index = 0;
  while (index < kFastEnvs && e->thread->fast_envs[index] != nullptr) index++;
  if (index == kFastEnvs || !v8().complete) return nullptr;
  napi_value object = nullptr;
  napi_create_object(env, &object);
  if (!put(env, object, "invoke", call_of<&invoke_now>(index)) ||
      !put(env, object, "resume", call_of<&resume_now>(index)) ||
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
  void (*set)(const char*) = nullptr;
  bool good = napi_get_value_string_utf8(env, a.v[0], flags, sizeof flags, &length) == napi_ok &&
              length + 1 < sizeof flags && find(&set, "_ZN2v82V818SetFlagsFromStringEPKc");
  if (good) set(flags);
  return make_bool(env, good);
}

}  // namespace

void register_fast_calls(napi_env env, napi_value exports) {
  define<fast_calls>(env, exports, "fastCalls");
  define<set_v8_flags>(env, exports, "setV8Flags");
}

}  // namespace wn
