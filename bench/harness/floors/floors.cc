// What crossing between JavaScript and native code costs at least, whatever is on the other side: empty functions
// called by every way that Node and V8 have, and the change of stacks that wasm of its own stack needs. Built and run
// by floors.ts.

#include <dlfcn.h>
#include <node.h>
#include <node_api.h>

#include <cstdint>
#include <cstring>

// Node ships no header for fast calls: what native/fast-call.cc knows of them.
namespace v8 {
struct CTypeInfo {
  uint8_t type, sequence, flags;
};
struct CFunctionInfo {
  uint64_t storage[8];
};
class CFunction {
 public:
  const void* address;
  const CFunctionInfo* info;
};
}  // namespace v8

using v8::Function;
using v8::FunctionCallbackInfo;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::String;
using v8::Value;

namespace {

void slow(const FunctionCallbackInfo<Value>&) {}
void nothing_fast(Local<Object>) {}

napi_value nothing(napi_env, napi_callback_info) { return nullptr; }

// call(f, n): C++ calls JavaScript.
void call(const FunctionCallbackInfo<Value>& info) {
  Isolate* isolate = info.GetIsolate();
  Local<v8::Context> context = isolate->GetCurrentContext();
  Local<Function> f = info[0].As<Function>();
  for (double n = info[1].As<v8::Number>()->Value(); n > 0; n--) {
    v8::HandleScope scope(isolate);
    f->Call(context, context->Global(), 0, nullptr).ToLocalChecked();
  }
}

napi_value call_by_napi(napi_env env, napi_callback_info info) {
  napi_value arguments[2], undefined;
  size_t count = 2;
  double n = 0;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  napi_get_value_double(env, arguments[1], &n);
  napi_get_undefined(env, &undefined);
  for (; n > 0; n--) {
    napi_handle_scope scope;
    napi_open_handle_scope(env, &scope);
    napi_call_function(env, undefined, arguments[0], 0, nullptr, nullptr);
    napi_close_handle_scope(env, scope);
  }
  return nullptr;
}

// Another stack, where a loop calls a function that leaves it: a switch goes there, has the function return to the
// loop, and comes back with the next call, as host calls of wasm do. `ret`: both ways are returns, which the CPU
// expects somewhere else; `jmp`: both are jumps, which leave its list of returns two entries too long.
#define HIDDEN __attribute__((visibility("hidden")))
extern "C" {
char floor_stack[65536] HIDDEN __attribute__((aligned(64)));
char *floor_there HIDDEN, *floor_here HIDDEN;
HIDDEN void floor_switch_ret();
HIDDEN void floor_switch_jmp();
HIDDEN void floor_switch_ret_loop();
HIDDEN void floor_switch_jmp_loop();
}
asm(R"(
.intel_syntax noprefix
.text
.macro SAVE
  push rbp
  push rbx
  push r12
  push r13
  push r14
  push r15
.endm
.macro RESTORE
  pop r15
  pop r14
  pop r13
  pop r12
  pop rbx
  pop rbp
.endm
.macro LEAVE_RET
  ret
.endm
.macro LEAVE_JMP
  pop rcx
  jmp rcx
.endm
.macro COROUTINE name, leave
.globl \name
.hidden \name
\name:
  SAVE
  lea rax, [rip + floor_here]
  mov [rax], rsp
  lea rax, [rip + floor_there]
  mov rsp, [rax]
  \leave
.globl \name\()_loop
.hidden \name\()_loop
\name\()_loop:
  call 1f
  jmp \name\()_loop
1:
  lea rax, [rip + floor_there]
  mov [rax], rsp
  lea rax, [rip + floor_here]
  mov rsp, [rax]
  RESTORE
  \leave
.endm
COROUTINE floor_switch_ret, LEAVE_RET
COROUTINE floor_switch_jmp, LEAVE_JMP
.att_syntax prefix
)");

template <void (*loop)()>
void begin(const FunctionCallbackInfo<Value>&) {
  char* top = floor_stack + sizeof floor_stack - 64;
  *reinterpret_cast<void (**)()>(top) = loop;
  floor_there = top;
}
void switch_ret(Local<Object>) { floor_switch_ret(); }
void switch_jmp(Local<Object>) { floor_switch_jmp(); }

const v8::CFunctionInfo* receiver_only() {
  using Make = void (*)(v8::CFunctionInfo*, const v8::CTypeInfo&, unsigned, const v8::CTypeInfo*, uint8_t);
  static v8::CFunctionInfo info{};
  static const v8::CTypeInfo kVoid{0, 0, 0}, kReceiver{10, 0, 0};
  void* make = dlsym(RTLD_DEFAULT, "_ZN2v813CFunctionInfoC1ERKNS_9CTypeInfoEjPS2_NS0_19Int64RepresentationE");
  if (make == nullptr) make = dlsym(RTLD_DEFAULT, "_ZN2v813CFunctionInfoC1ERKNS_9CTypeInfoEjPS2_");
  reinterpret_cast<Make>(make)(&info, kVoid, 1, &kReceiver, 0);
  return &info;
}

void put(Local<Object> exports, const char* name, v8::FunctionCallback f, void (*fast)(Local<Object>) = nullptr) {
  static const v8::CFunctionInfo* info = receiver_only();
  v8::CFunction c{reinterpret_cast<const void*>(fast), info};
  Isolate* isolate = Isolate::GetCurrent();
  Local<v8::Context> context = isolate->GetCurrentContext();
  Local<v8::FunctionTemplate> made =
      v8::FunctionTemplate::New(isolate, f, {}, {}, 0, v8::ConstructorBehavior::kThrow,
                                v8::SideEffectType::kHasSideEffect, fast == nullptr ? nullptr : &c);
  Local<String> key = String::NewFromUtf8(isolate, name).ToLocalChecked();
  exports->Set(context, key, made->GetFunction(context).ToLocalChecked()).Check();
}

void by_ret(const FunctionCallbackInfo<Value>&) { floor_switch_ret(); }
void by_jmp(const FunctionCallbackInfo<Value>&) { floor_switch_jmp(); }

napi_value init(napi_env env, napi_value exports) {
  napi_value f;
  napi_create_function(env, "napi", NAPI_AUTO_LENGTH, nothing, nullptr, &f);
  napi_set_named_property(env, exports, "napi", f);
  napi_create_function(env, "callByNapi", NAPI_AUTO_LENGTH, call_by_napi, nullptr, &f);
  napi_set_named_property(env, exports, "callByNapi", f);
  Local<Object> object;
  static_assert(sizeof object == sizeof exports, "napi_value");
  memcpy(static_cast<void*>(&object), &exports, sizeof object);
  put(object, "slow", slow);
  put(object, "fast", slow, nothing_fast);
  put(object, "call", call);
  put(object, "beginRet", begin<floor_switch_ret_loop>);
  put(object, "beginJmp", begin<floor_switch_jmp_loop>);
  put(object, "switchRet", by_ret, switch_ret);
  put(object, "switchJmp", by_jmp, switch_jmp);
  return exports;
}

}  // namespace

NAPI_MODULE(floors, init)
