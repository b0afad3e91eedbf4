// node.exe exports V8 under the names that MSVC gives its functions. A v8::Local is a class with constructors: as an
// argument it is its pointer, as a result it goes where the caller says ("x64 calling convention", return values),
// which is the first parameter, after `this`.

#include "../v8.h"

#include <windows.h>

namespace wn::os {

using Local = void*;

namespace {

struct V8 {
  void* (*current_isolate)();
  Local* (*current_context)(void* isolate, Local* result);
  void* (*make_info)(FunctionInfo*, const TypeInfo& result, unsigned count, const TypeInfo* arguments,
                     u8 int64_as_number);
  Local* (*make_template)(Local* result, void* isolate, void (*slow)(const void*), Local data, Local signature,
                          int length, int constructor_throws, int has_side_effects, const CFunction*, uint16_t,
                          uint16_t, uint16_t);
  Local* (*make_function)(Local function_template, Local* result, Local context);
  bool complete;
};

template <class F>
bool find(F* f, const char* name) {
  *f = reinterpret_cast<F>(reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(nullptr), name)));
  return *f != nullptr;
}

const V8& v8() {
  static const V8 functions = [] {
    V8 v{};
    v.complete = find(&v.current_isolate, "?GetCurrent@Isolate@v8@@SAPEAV12@XZ") &&
                 find(&v.current_context, "?GetCurrentContext@Isolate@v8@@QEAA?AV?$Local@VContext@v8@@@2@XZ") &&
                 (find(&v.make_info, "??0CFunctionInfo@v8@@QEAA@AEBVCTypeInfo@1@IPEBV21@W4Int64Representation@01@@Z") ||
                  find(&v.make_info, "??0CFunctionInfo@v8@@QEAA@AEBVCTypeInfo@1@IPEBV21@@Z")) &&
                 find(&v.make_template,
                      "?New@FunctionTemplate@v8@@SA?AV?$Local@VFunctionTemplate@v8@@@2@PEAVIsolate@2@P6AXAEBV?"
                      "$FunctionCallbackInfo@VValue@v8@@@2@@ZV?$Local@VValue@v8@@@2@V?$Local@VSignature@v8@@@2@"
                      "HW4ConstructorBehavior@2@W4SideEffectType@2@PEBVCFunction@2@GGG@Z") &&
                 find(&v.make_function,
                      "?GetFunction@FunctionTemplate@v8@@QEAA?AV?$MaybeLocal@VFunction@v8@@@2@V?$Local@VContext@v8@@@2@"
                      "@Z");
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
  Local made = nullptr, context = nullptr, function = nullptr;
  v8().make_template(&made, isolate, slow, nullptr, nullptr, 0, 0, 0, &fast, 0, 0, 0);
  if (made == nullptr) return nullptr;
  v8().current_context(isolate, &context);
  v8().make_function(made, &function, context);
  return function;
}

bool set_v8_flags(const char* flags) {
  void (*set)(const char*) = nullptr;
  if (!find(&set, "?SetFlagsFromString@V8@v8@@SAXPEBD@Z")) return false;
  set(flags);
  return true;
}

}  // namespace wn::os
