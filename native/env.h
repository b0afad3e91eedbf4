// State of one environment (a JavaScript context of a thread): handles, live objects, the argument buffer.
#pragma once

// node-addon-api reads arguments (types, strings, bytes) and does no more. What makes or changes JavaScript objects
// fails in a thread that is being terminated, and node-addon-api ends the process then (it calls napi_fatal_error when
// the error cannot be thrown): that is plain N-API, whose status is checked.
#include <napi.h>

#include <cstdlib>
#include <new>
#include <vector>

#include "artefact-copy.h"
#include "cells.h"
#include "common.h"
#include "flat-table.h"

// Where there is no memory: containers and `new` throw. What JavaScript calls lets that through, and `define` makes a
// RangeError of it; an object that is being made is `Owned` until it has its handle. Nothing else may throw: what
// generated code calls, destructors, finalisers, what V8 calls past N-API, other threads. They have taken before what
// they need, or `attempt` it and do with less.
namespace wn {

// Objects of an environment are reference counted, by handles and by each other; single-threaded, so plain counters.
struct Object {
  Env* env;
  u32 refs = 1;
  napi_ref state = nullptr;  // weak: the JavaScript object with whose collection the handle goes
  u64 weight = 0;
  explicit Object(Env* e);
  ~Object();
  // Bytes outside of V8's heap that go with the JavaScript object: what V8's collector is to know about it.
  void weigh(u64 bytes);
};

template <class T>
inline T* retain(T* o) {
  if (o != nullptr) o->refs++;
  return o;
}
template <class T>
inline void release(T* o) {
  if (o != nullptr && --o->refs == 0) delete o;
}

struct Release {
  template <class T>
  void operator()(T* o) const {
    release(o);
  }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

// Positive integers → objects. Numbers are never reused, so a stale handle is always noticed.
template <class T>
struct Handles {
  struct Entry {
    u32 id = 0;
    T* object = nullptr;
  };
  struct KeyOf {
    u64 operator()(const Entry& e) const { return e.id; }
  };
  FlatTable<Entry, KeyOf> map;
  u32 next = 1;
  // The reference is the handle's now, or gone.
  u32 add(T* o) {
    Owned<T> held(o);
    map.add({next, o});
    held.release();
    return next++;
  }
  T* get(u32 id) const {
    const Entry* e = map.at(id);
    return e == nullptr ? nullptr : e->object;
  }
  bool remove(u32 id) {
    T* o = get(id);
    if (o == nullptr) return false;
    map.remove(id);
    release(o);
    return true;
  }
  void clear() {
    FlatTable<Entry, KeyOf> all;
    std::swap(all, map);
    for (const Entry& e : all) release(e.object);
  }
};

struct Env {
  napi_env napi;
  Thread* thread;
  u64* arguments = nullptr;
  napi_ref arguments_ref = nullptr;
  napi_ref nothing = nullptr;  // () => {}
  bool closing = false;        // the clean-up hook ran: no N-API calls any more
  u32 objects = 0;             // objects alive; the environment goes after the last

  Cells cells;
  // Artefacts that are read by other threads until they are asked for.
  std::vector<std::unique_ptr<ArtefactCopy>> ahead;
  Handles<Code> codes;
  Handles<Memory> memories;
  Handles<Table> tables;
  Handles<Global> globals;
  Handles<Instance> instances;
  Handles<Tag> tags;
  Handles<PromisingCall> promising;
  ExceptionTable* exceptions = nullptr;
  Strings* strings = nullptr;  // made for the first module with string builtins
  Heap* heap = nullptr;        // made for the first instance of a module with references to its objects

  // Whether V8 is told how large objects are, so that it looks for those that nobody uses.
  bool weighs = true;
  // What it is not told yet of changes of weights.
  int64_t untold = 0;
  // By index of an externref (lifetimes.cc): weak reference to its value, or null.
  std::vector<napi_ref> weak_externs;
  // By level of an activation that is `watched`: weak reference to its token.
  std::vector<napi_ref> tokens;
  napi_ref sentinel = nullptr;  // weak, to an object that the next collection takes
  // Of V8's collections: how many were seen, at the latest measure of pressure, and when what has no state was freed.
  u32 collections = 1, measured_after = 1, freed_after = 0;
  int64_t external_bytes = 0;  // as V8 counted at the latest look
  u32 stamp = 0;
  u32 births = 0;  // of objects that have states

  // Everything alive, with or without handle: for lifetimes.cc, statistics, growth of adopted memories.
  PointerSet<Table> live_tables;
  PointerSet<Global> live_globals;
  PointerSet<Instance> live_instances;
  PointerSet<Instance> holding;  // of those the ones with slots for references
  PointerSet<Memory> adopted;
  // How often a memory moved that an instance has as another than memory 0: generated code may hold its base.
  u64 bases_moved = 0;
  PointerSet<HostFunction> hosts;

  // Whether entries must look at adopted memories first, which takes N-API.
  bool refreshes() const { return !adopted.empty(); }
};

Env* get_env(napi_env env);

// ---- N-API plumbing ----

// Arguments of a native function. Wrong ones throw and make `ok` false: every function returns at once then.
struct Args {
  static constexpr size_t kMax = 8;
  napi_env napi;
  Env* env;
  napi_value v[kMax];
  size_t count = kMax;
  void* data = nullptr;
  bool ok = true;

  Args(napi_env n, napi_callback_info info);
  void fail(const char* what);
  double number(size_t i);
  u32 u32_at(size_t i) { return to_u32(number(i)); }
  // Of any number up to 2^53; ~0 for others.
  u64 u64_at(size_t i) {
    double d = number(i);
    return d >= 0 && d <= 9007199254740992.0 ? static_cast<u64>(d) : ~u64{0};
  }
  bool boolean(size_t i);
  template <class T>
  T* handle(size_t i, const Handles<T>& h, const char* what) {
    T* o = h.get(u32_at(i));
    if (o == nullptr) fail(what);
    return o;
  }
  static u32 to_u32(double d) { return d >= 0 && d < 4294967296.0 ? static_cast<u32>(d) : 0xffffffffu; }
};

// Whether the value is a Uint8Array (a Buffer is one).
inline bool is_bytes(const Napi::Value& v) {
  return v.IsTypedArray() && v.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
}
napi_value make_number(napi_env env, double d);
napi_value make_bool(napi_env env, bool b);
void throw_no_memory(napi_env env);
void define_function(napi_env env, napi_value exports, const char* name, napi_callback cb);
// An export, which throws a RangeError where `f` finds no memory.
template <napi_callback f>
void define(napi_env env, napi_value exports, const char* name) {
  define_function(env, exports, name, [](napi_env caller, napi_callback_info info) -> napi_value {
    try {
      return f(caller, info);
    } catch (const std::exception&) {
      throw_no_memory(caller);
      return nullptr;
    }
  });
}

// Reads properties of descriptor objects; a missing or wrong one throws and clears `ok`.
struct Reader {
  napi_env napi;
  napi_value object;
  bool ok = true;
  napi_value get(const char* name);
  double number(const char* name);
  bool boolean(const char* name);
  // Elements of an array or typed array (numbers outside of 32 bits wrap as in a typed array).
  bool array(const char* name, std::vector<u32>* out);
};

// Contents of any array of numbers; false (thrown) when it is none.
bool read_numbers(napi_env env, napi_value array, std::vector<double>* out);

}  // namespace wn
