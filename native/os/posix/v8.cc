#include "../v8.h"

#include <dlfcn.h>

#include "../../machine.h"

// As in system.cc.
#ifdef __GLIBC__
asm(".symver dlsym, dlsym@" WN_GLIBC_BASE);
#endif

namespace wn::os {

// v8::Local, v8::MaybeLocal: a pointer, passed as one.
using Local = void*;

namespace {

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

}  // namespace

bool has_v8() { return v8().complete; }

void make_function_info(FunctionInfo* info, const TypeInfo& result, unsigned count, const TypeInfo* arguments) {
  v8().make_info(info, result, count, arguments, 0);
}

void* make_fast_function(void (*slow)(const void*), const CFunction& fast) {
  void* isolate = v8().current_isolate();
  Local made = v8().make_template(isolate, slow, nullptr, nullptr, 0, 0, 0, &fast, 0, 0, 0);
  return made == nullptr ? nullptr : v8().make_function(made, v8().current_context(isolate));
}

bool set_v8_flags(const char* flags) {
  void (*set)(const char*) = nullptr;
  if (!find(&set, "_ZN2v82V818SetFlagsFromStringEPKc")) return false;
  set(flags);
  return true;
}

}  // namespace wn::os
