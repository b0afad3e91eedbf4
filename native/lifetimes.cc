// Lifetimes across the two heaps (docs/traps-and-memory.md, Lifetimes).
//
// Native slots (table entries, cells of globals, element segments, the wasm stack) refer to JavaScript's objects by
// numbers that V8's collector does not see. So every native object that has such slots has a JavaScript object, its
// *state*, and the states hold what their slots hold: the runtime brings that up to date by `scan`, then `scanned`. A
// native object goes when its state has been collected: `scan` frees those first.
//
// Another kind of slot (objects of WebAssembly's own heap, exceptions under way) is one more loop in `scan_owners` when
// it belongs to something that has a state, else in `scan_roots`.

#include "lifetimes.h"

#include <algorithm>

#include "code.h"
#include "exception.h"
#include "funcref.h"
#include "global.h"
#include "heap.h"
#include "instance.h"
#include "memory.h"
#include "promising.h"
#include "roots.h"
#include "stack.h"
#include "strings.h"
#include "table.h"

namespace wn {

namespace {

// A scope for handles: these functions look at many objects in one call.
struct Scope {
  napi_env env;
  napi_handle_scope scope = nullptr;
  explicit Scope(napi_env e) : env(e) { napi_open_handle_scope(env, &scope); }
  ~Scope() { napi_close_handle_scope(env, scope); }
};

// The object of a weak reference; null when there is none or it was collected.
napi_value target(napi_env env, napi_ref ref) {
  napi_value v = nullptr;
  if (ref != nullptr) napi_get_reference_value(env, ref, &v);
  return v;
}

// ---- objects and their states ----

Object* object_of(Env* e, u32 kind, u32 id) {
  switch (kind) {
    case kCodeObject:
      return e->codes.get(id);
    case kMemoryObject:
      return e->memories.get(id);
    case kTableObject:
      return e->tables.get(id);
    case kGlobalObject:
      return e->globals.get(id);
    case kInstanceObject:
      return e->instances.get(id);
    case kTagObject:
      return e->tags.get(id);
    case kPromisingCall:
      return e->promising.get(id);
    default:
      return nullptr;
  }
}

double pressure_of_birth(Env* e);

napi_value watch(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Object* o = object_of(a.env, a.u32_at(0), a.u32_at(1));
  // A tag outlives its state in exceptions, and gets another one when such an exception comes to JavaScript.
  if (o != nullptr && o->state != nullptr && target(env, o->state) == nullptr) {
    napi_delete_reference(env, o->state);
    o->state = nullptr;
  }
  if (o == nullptr || o->state != nullptr || napi_create_reference(env, a.v[2], 0, &o->state) != napi_ok)
    a.fail("watch: no such object, or it has a state");
  return make_number(env, pressure_of_birth(a.env));
}

napi_value state(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Object* o = object_of(a.env, a.u32_at(0), a.u32_at(1));
  return o == nullptr ? nullptr : target(env, o->state);
}

napi_value funcref_state(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  Instance* i = funcref_owner(a.env, ref);
  if (i != nullptr)
    reinterpret_cast<u32*>(a.env->arguments)[WN_CONTROL_FUNCTION] =
        field<u32>(funcref_record(ref), WN_FUNCREF_FUNC_INDEX);
  return i == nullptr ? nullptr : target(env, i->state);
}

template <class T>
void free_collected(napi_env env, Handles<T>* handles) {
  std::vector<u32> dead;
  Scope scope(env);
  u32 looked = 0;
  for (const auto& [id, o] : handles->map) {
    if (o->state != nullptr && target(env, o->state) == nullptr) dead.push_back(id);
    if (++looked % 1024 == 0) {
      napi_close_handle_scope(env, scope.scope);
      napi_open_handle_scope(env, &scope.scope);
    }
  }
  for (u32 id : dead) handles->remove(id);
}

size_t count_objects(const Env* e) {
  return e->instances.map.size() + e->globals.map.size() + e->tables.map.size() + e->memories.map.size() +
         e->codes.map.size() + e->tags.map.size() + e->promising.map.size();
}

// Asks whether V8 has collected since it was asked last. (It may do so while the next sentinel is made.)
void look_for_collection(Env* e) {
  Scope scope(e->napi);
  if (target(e->napi, e->sentinel) != nullptr) return;
  const bool first = e->sentinel == nullptr;
  if (!first) napi_delete_reference(e->napi, e->sentinel);
  e->sentinel = nullptr;
  napi_value o = nullptr;
  if (napi_create_object(e->napi, &o) == napi_ok) napi_create_reference(e->napi, o, 0, &e->sentinel);
  e->collections++;
  if (first) e->measured_after++;
}

// Whose states are gone. In this order, what refers to others first. Returns how many were looked at.
size_t free_collected(Env* e) {
  size_t looked = count_objects(e);
  e->freed_after = e->collections;
  free_collected(e->napi, &e->promising);
  free_collected(e->napi, &e->instances);
  free_collected(e->napi, &e->globals);
  free_collected(e->napi, &e->tables);
  free_collected(e->napi, &e->memories);
  free_collected(e->napi, &e->codes);
  free_collected(e->napi, &e->tags);
  return looked;
}

// Looking at a state costs as much as looking at so many slots.
constexpr u64 kCostOfState = 32;

// ---- scanning ----

constexpr u8 kOwned = WN_MARK_OWNED, kRoot = WN_MARK_ROOT;

// What a scan finds, as binding.ts describes it.
struct Scan {
  Env* e;
  u8* marks;
  size_t count;
  std::vector<u32> rows;
  u64 work = 0;

  // The row of the object that is being looked at.
  std::vector<u32> externs, instances;
  u32 stamp = 0;

  u32 mark(u32 handle, u8 how) {
    if ((handle & 3) != WN_EXTERNREF_TAG) return 0;
    u32 index = (handle >> 2) * WN_EXTERNREF_GATHER & 0x3fffffff;
    if (index == 0 || index >= count) return 0;
    marks[index] |= how;
    return index;
  }
  void add_extern(u32 handle) {
    if (u32 index = mark(handle, kOwned)) externs.push_back(index);
  }
  void add_instance(Instance* i) {
    if (i == nullptr || i->stamp == stamp || i->id == 0) return;
    i->stamp = stamp;
    instances.push_back(i->id);
  }
  void add_funcref(u32 ref) {
    if (ref != 0) add_instance(funcref_owner(e, ref));
  }
  void begin() {
    externs.clear();
    instances.clear();
    stamp = ++e->stamp;
  }
  void end(u32 kind, u32 id) {
    work += 16 + 8 * externs.size();
    rows.push_back(kind);
    rows.push_back(id);
    rows.push_back(static_cast<u32>(externs.size()));
    rows.insert(rows.end(), externs.begin(), externs.end());
    rows.push_back(static_cast<u32>(instances.size()));
    rows.insert(rows.end(), instances.begin(), instances.end());
  }
};

void scan_table(Scan* s, u32 id, Table* t) {
  bool changed = t->version != t->known;
  t->scanned = t->version;
  if (!changed && t->funcref) return;
  s->work += t->length;
  if (!changed) {
    for (u64 i = 0; i < t->length; i++) s->mark(t->get(i), kOwned);
    return;
  }
  s->begin();
  u32 last = 0;
  for (u64 i = 0; i < t->length; i++) {
    u32 reference = t->get(i);
    if (reference == 0 || (t->funcref && reference == last)) continue;
    last = reference;
    if (t->funcref)
      s->add_funcref(reference);
    else
      s->add_extern(reference);
  }
  s->end(kTableObject, id);
}

void scan_global(Scan* s, u32 id, Global* g) {
  // Cells inside of an instance are looked at with the instance.
  if (g->kind == kGlobalPlain || g->owner != nullptr) return;
  g->scanned = field<u32>(g->cell, 0);
  s->work++;
  if (g->scanned == g->known) {
    if (g->kind == kGlobalExternref) s->mark(g->scanned, kOwned);
    return;
  }
  s->begin();
  if (g->kind == kGlobalExternref)
    s->add_extern(g->scanned);
  else
    s->add_funcref(g->scanned);
  s->end(kGlobalObject, id);
}

void scan_instance(Scan* s, Instance* i) {
  const u32 id = i->id;
  if (s->e->instances.get(id) != i) return;
  i->scanned.clear();
  i->each_slot([&](u32 reference, bool) { i->scanned.push_back(reference); });
  s->work += 1 + i->scanned.size();
  bool changed = i->scanned != i->known;
  if (changed) s->begin();
  i->each_slot([&](u32 reference, bool function) {
    if (!changed && !function)
      s->mark(reference, kOwned);
    else if (changed && !function)
      s->add_extern(reference);
    else if (changed)
      s->add_funcref(reference);
  });
  if (changed) s->end(kInstanceObject, id);
}

// Any word of frames may be a reference, and the vmctx of an instance says that it runs.
template <class F>
void each_word(Scan* s, char* p, char* end, F reference) {
  Thread* t = s->e->thread;
  for (; p < end; p += 4) {
    u32 word = field<u32>(p, 0);
    if (word == 0) continue;
    reference(word);
    s->add_funcref(word);
    if ((reinterpret_cast<u64>(p) & 7) != 0) continue;
    char* vm = field<char*>(p, 0);
    if ((reinterpret_cast<u64>(vm) & 63) != 0 || !t->vmctxs.has(vm)) continue;
    Instance* i = field<Instance*>(vm, WN_VM_INSTANCE);
    if (i->env == s->e) s->add_instance(i);
  }
}

// A suspended call holds what its frames do, as long as its own state lives: nobody changes them.
void scan_promising(Scan* s, u32 id, PromisingCall* c) {
  if (!c->suspended) return;
  c->scanned = c->suspension;
  if (c->scanned == c->known) {
    for (u32 index : c->externs) {
      if (index < s->count) s->marks[index] |= kOwned;
    }
    s->work += c->externs.size();
    return;
  }
  s->begin();
  char* p = c->frames.get();
  each_word(s, p, p + c->frame_bytes(), [s](u32 word) { s->add_extern(word); });
  s->work += c->frame_bytes() / 4;
  c->externs = s->externs;
  s->end(kPromisingCall, id);
}

void scan_owners(Scan* s) {
  for (const auto& [id, t] : s->e->tables.map) scan_table(s, id, t);
  for (const auto& [id, g] : s->e->globals.map) scan_global(s, id, g);
  for (Instance* i : s->e->holding) scan_instance(s, i);
  for (const auto& [id, c] : s->e->promising.map) scan_promising(s, id, c);
}

// What a call under way holds: arguments and results in flight, and the wasm stack. Departures have put the
// callee-saved registers there.
void scan_roots(Scan* s, bool idle) {
  s->begin();
  for (u32 i = 0; !idle && i < kArgumentSlots; i++) {
    u32 word = static_cast<u32>(s->e->arguments[i]);
    s->mark(word, kRoot);
    s->add_funcref(word);
  }
  sweep_exceptions(s->e);
  each_exception_reference(s->e, [s](u32 word) {
    s->mark(word, kRoot);
    s->add_funcref(word);
    s->work++;
  });
  // What objects of the heap refer to. The collector sees no cycle that leads through JavaScript.
  if (Heap* h = s->e->heap) {
    h->drop_unexposed();
    if (idle || h->since_full > h->live / 2) h->collect();
    h->each_outside_reference([s](GcReference kind, u32 word) {
      if (kind == kGcAny) s->mark(word, kRoot);
      if (kind == kGcFunc) s->add_funcref(word);
      s->work++;
    });
    s->work += h->walk_cost() + 8 * h->exposed.size();
  }
  Thread* t = s->e->thread;
  each_frames_of_thread(t, [s](char* from, char* to) {
    each_word(s, from, to, [s](u32 word) { s->mark(word, kRoot); });
    s->work += static_cast<u64>(to - from) / 4;
  });
  s->work += kArgumentSlots;
  s->end(0, 0);
}

napi_value scan(napi_env env, napi_callback_info info) {
  Args a(env, info);
  napi_typedarray_type type;
  Scan s{a.env, nullptr, 0, {}, 0, {}, {}, 0};
  void* data = nullptr;
  if (napi_get_typedarray_info(env, a.v[0], &type, &s.count, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    a.fail("scan: a Uint8Array is expected");
    return nullptr;
  }
  bool idle = a.boolean(1);
  if (!a.ok) return nullptr;
  s.marks = static_cast<u8*>(data);
  look_for_collection(a.env);
  auto free_some = [&] {
    if (a.env->freed_after != a.env->collections) s.work = kCostOfState * free_collected(a.env);
  };
  if (!attempt(free_some)) return nullptr;
  if (!attempt([&] {
        s.rows.push_back(0);
        scan_owners(&s);
        scan_roots(&s, idle);
      }))
    return nullptr;
  s.rows[0] = static_cast<u32>(std::min<u64>(s.work, 0xffffffffu));
  napi_value buffer = nullptr, array = nullptr;
  size_t bytes = s.rows.size() * 4;
  if (napi_create_arraybuffer(env, bytes, &data, &buffer) != napi_ok) return nullptr;
  memcpy(data, s.rows.data(), bytes);
  napi_create_typedarray(env, napi_uint32_array, s.rows.size(), buffer, 0, &array);
  return array;
}

napi_value scanned(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Env* e = a.env;
  napi_typedarray_type type;
  size_t n = 0;
  void* marks = nullptr;
  napi_get_typedarray_info(env, a.v[0], &type, &n, &marks, nullptr, nullptr);
  for (size_t k = 0; k < n && k < e->weak_externs.size(); k++) {
    napi_ref& weak = e->weak_externs[k];
    if (weak == nullptr || static_cast<u8*>(marks)[k] != 0) continue;
    napi_delete_reference(env, weak);
    weak = nullptr;
  }
  if (e->strings != nullptr) e->strings->sweep(static_cast<u8*>(marks), n);
  for (const auto& [id, t] : e->tables.map) t->known = t->scanned;
  for (const auto& [id, g] : e->globals.map) g->known = g->scanned;
  for (Instance* i : e->holding) i->known.swap(i->scanned);
  for (const auto& [id, c] : e->promising.map) c->known = c->scanned;
  return nullptr;
}

// ---- values of externrefs ----

napi_value extern_weaken(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 index = a.u32_at(0);
  if (!a.ok) return nullptr;
  std::vector<napi_ref>& weak = a.env->weak_externs;
  if (index >= weak.size()) weak.resize(index + index / 2 + 64, nullptr);
  if (weak[index] == nullptr && napi_create_reference(env, a.v[1], 0, &weak[index]) != napi_ok)
    a.fail("externWeaken: an object is expected");
  return nullptr;
}

napi_value extern_value(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 index = a.u32_at(0);
  return index < a.env->weak_externs.size() ? target(env, a.env->weak_externs[index]) : nullptr;
}

// ---- pressure ----

// A scavenge or a collection is worth looking at so many slots; of bytes that were allocated, so many allow one.
constexpr double kCollectionIsWorth = WN_COLLECTION_IS_WORTH, kBytesForOne = 32;

// Tells V8 what has changed; the bytes outside of its heap that it knows then.
int64_t tell(Env* e, int64_t more = 0) {
  int64_t total = 0;
  napi_adjust_external_memory(e->napi, e->untold + more, &total);
  e->untold = -more;
  return total;
}

double measure_pressure(Env* e) {
  look_for_collection(e);
  double worth = e->collections != e->measured_after ? kCollectionIsWorth : 0;
  e->measured_after = e->collections;
  int64_t total = tell(e);
  if (total > e->external_bytes) worth += static_cast<double>(total - e->external_bytes) / kBytesForOne;
  e->external_bytes = total;
  return worth;
}

napi_value pressure(napi_env env, napi_callback_info) { return make_number(env, measure_pressure(get_env(env))); }

// Asking costs as much as making a small object: once for a few of them, or for what is large.
double pressure_of_birth(Env* e) {
  constexpr u32 kFew = 8;
  constexpr int64_t kLarge = 65536;
  bool asks = ++e->births % kFew == 0 || e->untold > kLarge || e->untold < -kLarge;
  return asks ? measure_pressure(e) : 0;
}

// weighNothing(): objects made from now on weigh nothing.
napi_value weigh_nothing(napi_env env, napi_callback_info) {
  get_env(env)->weighs = false;
  return nullptr;
}

napi_value collect(napi_env env, napi_callback_info) {
  Env* e = get_env(env);
  collect_garbage(e);
  size_t looked = free_collected(e);
  return make_number(env, static_cast<double>(looked - count_objects(e)));
}

}  // namespace

// V8 collects at once when it is told of more bytes than it would ever hold.
void collect_garbage(Env* e) {
  tell(e, int64_t{1} << 40);
  e->external_bytes = tell(e);
}

void register_lifetimes(napi_env env, napi_value exports) {
  define<watch>(env, exports, "watch");
  define<state>(env, exports, "state");
  define<funcref_state>(env, exports, "funcrefState");
  define<scan>(env, exports, "scan");
  define<scanned>(env, exports, "scanned");
  define<extern_weaken>(env, exports, "externWeaken");
  define<extern_value>(env, exports, "externValue");
  define<pressure>(env, exports, "pressure");
  define<weigh_nothing>(env, exports, "weighNothing");
  define<collect>(env, exports, "collect");
}

}  // namespace wn
