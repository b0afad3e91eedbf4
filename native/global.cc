// Globals. Values travel through slots 0 and 1 of the argument buffer.

#include "global.h"

#include "instance.h"

namespace wn {

Global* new_own_global(Env* e, u8 kind) {
  Owned<Global> g(new Global(e, kind));
  g->number = e->cells.take(e->napi, &g->cell);
  e->live_globals.insert(g.get());
  return g.release();
}

Global* new_inline_global(Instance* owner, char* cell, u8 kind) {
  Global* g = new Global(owner->env, kind);
  g->owner = retain(owner);
  g->cell = cell;
  return g;
}

Global::~Global() {
  env->live_globals.erase(this);
  if (owner == nullptr && cell != nullptr) env->cells.give_back(number);
  release(owner);
}

static Global* global_arg(Args& a) { return a.handle(0, a.env->globals, "wamr-native addon: no such global"); }

static napi_value global_create(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 kind = a.u32_at(0);
  if (!a.ok) return nullptr;
  Global* g = new_own_global(a.env, static_cast<u8>(kind));
  a.env->arguments[0] = g->number;
  return make_number(env, a.env->globals.add(g));
}

static napi_value global_read(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Global* g = global_arg(a);
  // An inline scalar has 8 bytes only; the second half is whatever follows it, which is ours too (the vmctx is padded
  // to 16 bytes and has slack).
  if (g != nullptr) memcpy(a.env->arguments, g->cell, 16);
  return nullptr;
}

static napi_value global_write(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Global* g = global_arg(a);
  bool v128 = false;
  if (a.count > 1) napi_get_value_bool(env, a.v[1], &v128);
  if (g == nullptr) return nullptr;
  // Cells of references and i32 are read with 32 bits by generated code and by the sweep; the upper half is kept zero.
  memcpy(g->cell, a.env->arguments, v128 ? 16 : 8);
  if (g->kind != kGlobalPlain) field<u64>(g->cell, 0) = field<u32>(g->cell, 0);
  return nullptr;
}

static napi_value global_free(napi_env env, napi_callback_info info) {
  Args a(env, info);
  if (!a.env->globals.remove(a.u32_at(0))) a.fail("globalFree: no such global");
  return nullptr;
}

void register_global(napi_env env, napi_value exports) {
  define<global_create>(env, exports, "globalCreate");
  define<global_read>(env, exports, "globalRead");
  define<global_write>(env, exports, "globalWrite");
  define<global_free>(env, exports, "globalFree");
}

}  // namespace wn
