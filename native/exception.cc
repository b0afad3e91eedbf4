// Exceptions.
//
// Throwing costs nothing where nothing is thrown: the artefact lists the landing pads by the return addresses of the
// calls that may throw to them, and the frame walker of backtraces finds the innermost frame that has one. On the way
// it takes the callee-saved registers out of the frames that it passes, so that the function with the landing pad finds
// them as its call would have left them. No frame of C++ is ever passed: an activation has generated code, stubs and
// thunks only. What no frame of the activation catches leaves it as a trap does, and goes on in JavaScript.
//
// Records are this environment's own. An exnref is found in tables, globals, element segments, other exceptions'
// contents, and, conservatively, on the wasm stack; besides, each activation keeps the exception that landed last in
// it, whose record generated code may be reading.

#include "exception.h"

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <new>

#include "code.h"
#include "heap.h"
#include "instance.h"
#include "interrupt.h"
#include "os/system.h"
#include "reservation.h"
#include "roots.h"
#include "thunks.h"
#include "waiting.h"
#include "walk.h"

namespace wn {

Tag::Tag(Env* e) : Object(e) {
  static std::atomic<u64> next{1};
  serial = next++;
}

// ---- records ----

static u64 record_bytes(const Tag* tag) { return sizeof(Exception) + 8 * u64{tag->slots}; }
// What one takes, with its place in the table.
static u64 weight(const Tag* tag) { return record_bytes(tag) + 32; }

static void free_exception(ExceptionTable* x, u32 index) {
  Exception* gone = x->all[index];
  x->bytes -= weight(gone->tag);
  x->all[index] = nullptr;
  x->unused.push_back(index);
  release(gone->tag);
  free(gone);
}

// Whether there is a number for one more; null is at it then.
static bool have_number(ExceptionTable* x) {
  if (!x->unused.empty()) return true;
  return attempt([x] {
    const size_t n = x->all.size();
    if (n == x->all.capacity()) {
      const size_t more = (2 * n + 64) * (sizeof x->all[0] + sizeof x->unused[0]);
      if (n != 0 && os::address_space_left() < more + kLeastLeft) throw std::bad_alloc();
      x->unused.reserve(2 * n + 64);
      x->all.reserve(2 * n + 64);
    }
    x->all.push_back(nullptr);
    x->unused.push_back(static_cast<u32>(n));
  });
}

Exception* new_exception(Env* e, Tag* tag) {
  ExceptionTable* x = e->exceptions;
  const u64 more = weight(tag);
  if (x->count() >= x->sweep_at || x->bytes + more > ExceptionTable::kMostBytes) {
    sweep_exceptions(e);
    x->sweep_at = 1024 + 2 * x->count();
  }
  if (x->bytes + more > ExceptionTable::kMostBytes) return nullptr;
  // A look for each 64 KiB.
  if ((x->bytes ^ (x->bytes + more)) >> 16 != 0 && os::address_space_left() < kLeastLeft) return nullptr;
  if (!have_number(x)) return nullptr;
  Exception* made = static_cast<Exception*>(calloc(1, record_bytes(tag)));
  if (made == nullptr) return nullptr;
  x->bytes += more;
  u32 index = x->unused.back();
  x->unused.pop_back();
  x->all[index] = made;
  made->handle = ExceptionTable::kFirst + index;
  made->tag = retain(tag);
  return made;
}

namespace {
struct Marker {
  ExceptionTable* table;
  std::vector<u8> marks;
  std::vector<Exception*> open;
  void mark(u32 handle) {
    Exception* x = table->get(handle);
    if (x == nullptr || marks[handle - ExceptionTable::kFirst] != 0) return;
    marks[handle - ExceptionTable::kFirst] = 1;
    open.push_back(x);
  }
  void follow() {
    while (!open.empty()) {
      Exception* x = open.back();
      open.pop_back();
      for (u32 k = 0; k < x->tag->slots; k++) mark(static_cast<u32>(x->contents[k]));
    }
  }
};
}  // namespace

static void mark_exceptions(Env* e, Marker& m) {
  m.marks.resize(m.table->all.size());
  each_root(e, [&m](u32 word) { m.mark(word); });
  if (e->heap != nullptr) {
    e->heap->each_outside_reference([&m](GcReference kind, u32 word) {
      if (kind == kGcExn) m.mark(word);
    });
  }
  Thread* t = e->thread;
  m.mark(t->thrown);
  m.mark(m.table->latest);
  for (const Activation* a = t->top; a != nullptr; a = a->prev) m.mark(a->exception);
  for (const auto& [id, c] : e->promising.map) m.mark(c->activation.exception);
  m.follow();
}

void sweep_exceptions(Env* e) {
  ExceptionTable* x = e->exceptions;
  if (x->count() == 0) return;
  Marker m{x, {}, {}};
  if (!attempt([&] { mark_exceptions(e, m); })) return;
  for (u32 i = 0; i < x->all.size(); i++) {
    if (x->all[i] != nullptr && m.marks[i] == 0) free_exception(x, i);
  }
}

void free_exceptions(Env* e) {
  ExceptionTable* x = e->exceptions;
  for (u32 i = 0; i < x->all.size(); i++) {
    if (x->all[i] != nullptr) free_exception(x, i);
  }
  e->exceptions = nullptr;
  delete x;
}

// ---- unwinding ----

bool find_landing(Thread* t, char* sp, char* top, Landing* out) {
  FrameWalk w(sp, top, true);
  for (bool some = w.from_departure(sp); some; some = w.next()) {
    if (w.row() == nullptr) continue;
    char* pad = w.code()->find_landing_pad(w.pc());
    if (pad == nullptr) continue;
    if (!t->vmctxs.has(w.vm())) return false;
    out->pc = pad;
    out->sp = w.sp();
    out->vm = w.vm();
    memcpy(out->saved, w.saved(), sizeof out->saved);
    return true;
  }
  return false;
}

// Throws x at the latest departure.
static HelperResult throw_here(Thread* t, Exception* x) {
  if (interrupted(t)) return {0, WN_TRAP_INTERRUPT};
  Activation* a = t->top;
  a->keep(x->handle);
  if (find_landing(t, t->wasm_sp, a->stack_top(), &t->landing)) {
    t->landing.record = reinterpret_cast<char*>(x);
    return {reinterpret_cast<u64>(&t->landing), WN_LAND};
  }
  t->thrown = x->handle;
  return {reinterpret_cast<u64>(a), WN_LEAVE};
}

}  // namespace wn

using namespace wn;

extern "C" {

WN_GENERATED HelperResult wn_helper_throw(u64 tag, u64, u64, u64, u64, char* vm) {
  Instance* i = field<Instance*>(vm, WN_VM_INSTANCE);
  Thread* t = i->thread;
  Exception* x = new_exception(i->env, i->tags[tag]);
  if (x == nullptr && ask_for_room(vm, &wn_helper_throw, {tag, 0, 0, 0, 0}, false))
    return {reinterpret_cast<u64>(t->top), WN_ASK_JAVASCRIPT};
  if (x == nullptr) return {0, WN_TRAP_HEAP_EXHAUSTED};
  memcpy(x->contents, t->wasm_sp + WN_DEPARTURE_AREA, 8 * u64{x->tag->slots});
  return throw_here(t, x);
}

WN_GENERATED HelperResult wn_helper_throw_ref(u64 exception, u64, u64, u64, u64, char* vm) {
  Instance* i = field<Instance*>(vm, WN_VM_INSTANCE);
  Exception* x = i->env->exceptions->get(static_cast<u32>(exception));
  if (x == nullptr) return {0, WN_TRAP_NULL_EXCEPTION};
  return throw_here(i->thread, x);
}

}  // extern "C"

namespace wn {

// ---- JavaScript ----

static Tag* tag_arg(Args& a) { return a.handle(0, a.env->tags, "wamr-native addon: no such tag"); }

static napi_value tag_create(napi_env env, napi_callback_info info) {
  Args a(env, info);
  char params[2048];
  size_t n = 0;
  if (napi_get_value_string_utf8(env, a.v[0], params, sizeof params, &n) != napi_ok) a.fail("tagCreate: types");
  u32 slots = a.u32_at(1);
  if (!a.ok) return nullptr;
  Owned<Tag> tag(new Tag(a.env));
  tag->params.assign(params, n);
  tag->slots = slots;
  Tag* made = tag.release();
  return make_number(env, made->id = a.env->tags.add(made));
}

static napi_value tag_serial(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Tag* tag = tag_arg(a);
  return tag == nullptr ? nullptr : make_number(env, static_cast<double>(tag->serial));
}

// The contents from a slot on, as many as the argument buffer has.
static void fill_exception(Env* e, Exception* x, u32 from) {
  u32 n = std::min(x->tag->slots - from, kArgumentSlots);
  memcpy(x->contents + from, e->arguments, 8 * u64{n});
}

static napi_value exception_create(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Tag* tag = tag_arg(a);
  u32 object = a.u32_at(1);
  if (!a.ok) return nullptr;
  Exception* x = new_exception(a.env, tag);
  if (x == nullptr) return make_number(env, 0);
  fill_exception(a.env, x, 0);
  x->object = object;
  a.env->exceptions->latest = x->handle;
  return make_number(env, x->handle);
}

static napi_value exception_fill(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Exception* x = a.env->exceptions->get(a.u32_at(0));
  u32 from = a.u32_at(1);
  if (x == nullptr || from > x->tag->slots) a.fail("exceptionFill: no such exception, or no such slot");
  if (a.ok) fill_exception(a.env, x, from);
  return nullptr;
}

static napi_value exception_take(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Exception* x = a.env->exceptions->get(a.env->thread->thrown);
  napi_value o = nullptr, params = nullptr, buffer = nullptr;
  if (x == nullptr) {
    napi_get_null(env, &o);
    return o;
  }
  void* data = nullptr;
  size_t bytes = 8 * size_t{x->tag->slots};
  if (napi_create_arraybuffer(env, bytes, &data, &buffer) != napi_ok) return nullptr;
  if (bytes > 0) memcpy(data, x->contents, bytes);
  napi_create_object(env, &o);
  napi_create_string_utf8(env, x->tag->params.data(), x->tag->params.size(), &params);
  napi_set_named_property(env, o, "handle", make_number(env, x->handle));
  napi_set_named_property(env, o, "object", make_number(env, x->object));
  napi_set_named_property(env, o, "serial", make_number(env, static_cast<double>(x->tag->serial)));
  napi_set_named_property(env, o, "params", params);
  napi_set_named_property(env, o, "contents", buffer);
  a.env->thread->thrown = 0;
  return o;
}

static napi_value exception_tag(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Exception* x = a.env->exceptions->get(a.u32_at(0));
  if (x == nullptr) return make_number(env, 0);
  Tag* tag = x->tag;
  if (a.env->tags.get(tag->id) != tag) tag->id = a.env->tags.add(retain(tag));
  return make_number(env, tag->id);
}

static napi_value exception_object(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Exception* x = a.env->exceptions->get(a.u32_at(0));
  u32 object = a.u32_at(1);
  if (a.ok && x != nullptr) x->object = object;
  return nullptr;
}

void register_exceptions(napi_env env, napi_value exports) {
  define<tag_create>(env, exports, "tagCreate");
  define<tag_serial>(env, exports, "tagSerial");
  define<exception_create>(env, exports, "exceptionCreate");
  define<exception_fill>(env, exports, "exceptionFill");
  define<exception_take>(env, exports, "exceptionTake");
  define<exception_tag>(env, exports, "exceptionTag");
  define<exception_object>(env, exports, "exceptionObject");
}

}  // namespace wn
