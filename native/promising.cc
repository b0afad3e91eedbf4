// Suspending and resuming promising calls: see promising.h.

#include "promising.h"

#include <errno.h>
#include <string.h>

#include <new>

#include "interrupt.h"
#include "invoke.h"
#include "os/system.h"
#include "reservation.h"
#include "thunks.h"

namespace wn {

static char* aligned_down(char* p) { return reinterpret_cast<char*>(reinterpret_cast<u64>(p) & ~u64{15}); }

PromisingCall::PromisingCall(Env* e) : Object(e) { activation.thread = e->thread; }

// Its state was collected, so no JavaScript goes on with it: what it has left on the stack is dead too.
PromisingCall::~PromisingCall() {
  Thread* t = env->thread;
  if (suspended) t->suspended--;
  drop_activation(t, &activation);
  while (Activation* inner = activation.next) {
    activation.next = inner->next;
    delete inner;
  }
}

static PromisingCall* call_arg(Args& a) {
  PromisingCall* c = a.handle(0, a.env->promising, "wamr-native addon: no such promising call");
  return c;
}

static napi_value create(napi_env env, napi_callback_info info) {
  Args a(env, info);
  return make_number(env, a.env->promising.add(new PromisingCall(a.env)));
}

static napi_value enter(napi_env env, napi_callback_info info) {
  Args a(env, info);
  PromisingCall* c = call_arg(a);
  if (c == nullptr) return nullptr;
  if (c->high != nullptr) {
    a.fail("promisingEnter: it was called before");
    return nullptr;
  }
  char* here = static_cast<char*>(__builtin_frame_address(0));
  drop_stale(a.env->thread, here);
  c->high = aligned_down(a.env->thread->wasm_sp);
  invoke_in(a.env, &c->activation);
  return nullptr;
}

// The copy of so many bytes and more leaves V8 this much address space, and half of what there is.
static constexpr u64 kManyBytes = 65536, kLeastForV8 = u64{512} << 20;

static std::unique_ptr<char[]> copy_of(const char* from, u64 bytes) {
  bool room = bytes < kManyBytes || os::address_space_left() / 2 > bytes + kLeastForV8;
  std::unique_ptr<char[]> copy(room ? new (std::nothrow) char[bytes] : nullptr);
  if (copy != nullptr) memcpy(copy.get(), from, bytes);
  return copy;
}

static napi_value suspend(napi_env env, napi_callback_info info) {
  Args a(env, info);
  PromisingCall* c = call_arg(a);
  if (c == nullptr) return nullptr;
  Thread* t = a.env->thread;
  if (t->top != &c->activation || c->activation.waits_for <= 0) return make_number(env, -EBUSY);
  c->low = t->wasm_sp;
  c->frames = copy_of(c->low, static_cast<u64>(c->high - c->low));
  if (c->frames == nullptr) return make_number(env, -ENOMEM);
  c->waits_for = c->activation.waits_for;
  c->suspended = true;
  c->suspension++;
  c->weigh(sizeof(PromisingCall) + c->frame_bytes());
  t->suspended++;
  drop_activation(t, &c->activation);
  wn_ended(t);
  return make_number(env, 0);
}

// The level of the activation, which waits as before; 0 while another call is where its frames belong.
static napi_value restore(napi_env env, napi_callback_info info) {
  Args a(env, info);
  PromisingCall* c = call_arg(a);
  if (c == nullptr) return nullptr;
  if (!c->suspended) {
    a.fail("promisingRestore: it is not suspended");
    return nullptr;
  }
  Thread* t = a.env->thread;
  char* here = static_cast<char*>(__builtin_frame_address(0));
  drop_stale(t, here);
  if (t->wasm_sp < c->high) return make_number(env, 0);
  Activation* x = &c->activation;
  memcpy(c->low, c->frames.get(), c->frame_bytes());
  c->frames = nullptr;
  c->weigh(sizeof(PromisingCall));
  c->suspended = false;
  t->suspended--;
  x->wasm_sp = t->wasm_sp;
  t->wasm_sp = c->low;
  x->sp = here;
  x->waits_for = c->waits_for;
  x->watched = false;
  push_activation(t, x);
  return make_number(env, x->level);
}

static napi_value end(napi_env env, napi_callback_info info) {
  Args a(env, info);
  if (call_arg(a) != nullptr) a.env->promising.remove(a.u32_at(0));
  return nullptr;
}

void register_promising(napi_env env, napi_value exports) {
  define<create>(env, exports, "promisingCreate");
  define<enter>(env, exports, "promisingEnter");
  define<suspend>(env, exports, "promisingSuspend");
  define<restore>(env, exports, "promisingRestore");
  define<end>(env, exports, "promisingEnd");
}

}  // namespace wn
