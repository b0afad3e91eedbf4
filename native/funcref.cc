// Funcref records: allocation, host functions, entries, process-wide ids of long signatures.

#include "funcref.h"

#include <stdlib.h>
#include <string.h>

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>

#include "code.h"
#include "instance.h"
#include "os/memory.h"
#include "os/system.h"
#include "reservation.h"
#include "strings.h"
#include "thunks.h"

namespace wn {

// ---- the array ----

static std::mutex mutex;
// Written once, under the mutex; read without it.
std::atomic<char*> funcref_array{nullptr};
static u32 capacity = 0;                // records that address space is reserved for
static u32 committed = 0;               // records that are accessible
static std::atomic<u32> next_fresh{1};  // record 0 is null
// Freed records, linked by WN_FUNCREF_FUNC_INDEX: what was freed longest ago is used first.
static u32 first_free = 0, last_free = 0;
static u32 in_use = 0;

static constexpr u32 kCommitStep = (1 << 20) / WN_FUNCREF_SIZE;

// Under the mutex; where there is none yet reserves 1 GiB, or less where address space is short, most of which is V8's.
static void reserve_array() {
  const u64 most = os::address_space_left() / 16;
  for (u32 records = 1 << 24; funcref_array_now() == nullptr && records >= 1 << 16; records /= 2) {
    if (records > 1 << 16 && u64{records} * WN_FUNCREF_SIZE > most) continue;
    char* p = os::reserve(u64{records} * WN_FUNCREF_SIZE);
    if (p == nullptr) continue;
    capacity = records;
    funcref_array.store(p, std::memory_order_release);
  }
}

char* funcref_base() {
  char* base = funcref_array.load(std::memory_order_acquire);
  if (WN_LIKELY(base != nullptr)) return base;
  std::lock_guard<std::mutex> lock(mutex);
  reserve_array();
  return funcref_array_now();
}

static void fill_record(u32 ref, int byte) {
  constexpr u32 kBehind = WN_FUNCREF_ENV + sizeof(Env*);
  char* record = funcref_array_now() + u64{ref} * WN_FUNCREF_SIZE;
  memset(record, byte, WN_FUNCREF_ENV);
  funcref_env(record).store(nullptr, std::memory_order_relaxed);
  memset(record + kBehind, byte, WN_FUNCREF_SIZE - kBehind);
}

static u32& next_free(u32 ref) {
  return field<u32>(funcref_array_now() + u64{ref} * WN_FUNCREF_SIZE, WN_FUNCREF_FUNC_INDEX);
}

u32 funcref_allocate() {
  if (funcref_base() == nullptr) return 0;
  std::lock_guard<std::mutex> lock(mutex);
  u32 ref;
  if (first_free != 0) {
    ref = first_free;
    first_free = next_free(ref);
  } else {
    if (next_fresh >= capacity) return 0;
    if (next_fresh >= committed) {
      if (!os::commit(funcref_array_now() + u64{committed} * WN_FUNCREF_SIZE, u64{kCommitStep} * WN_FUNCREF_SIZE))
        return 0;
      committed += kCommitStep;
    }
    ref = next_fresh++;
  }
  in_use++;
  fill_record(ref, 0);
  return ref;
}

static bool poisons() {
  static const bool on = [] {
    const char* v = getenv("WAMR_NATIVE_POISON");
    return v != nullptr && strcmp(v, "1") == 0;
  }();
  return on;
}
static constexpr int kPoison = 0xdb;
static void* const kPoisonedCode = reinterpret_cast<void*>(0xdbdbdbdbdbdbdbdb);

void funcref_release(u32 ref) {
  std::lock_guard<std::mutex> lock(mutex);
  fill_record(ref, poisons() ? kPoison : 0);
  if (!poisons()) {
    (first_free == 0 ? first_free : next_free(last_free)) = ref;
    last_free = ref;
  }
  in_use--;
}

void funcref_bury(u32 ref) {
  char* record = funcref_record(ref);
  field<void*>(record, WN_FUNCREF_CODE) = reinterpret_cast<void*>(&wn_disposed_stub);
  field<void*>(record, WN_FUNCREF_ENTRY_STUB) = nullptr;
}

bool funcref_alive(u32 ref) {
  if (ref == 0 || ref >= next_fresh.load(std::memory_order_acquire)) return false;
  void* code = field<void*>(funcref_record(ref), WN_FUNCREF_CODE);
  return code != nullptr && code != kPoisonedCode;
}

Instance* funcref_owner(const Env* e, u32 ref) {
  if (ref == 0 || ref >= next_fresh.load(std::memory_order_acquire)) return nullptr;
  char* record = funcref_record(ref);
  if (funcref_env(record).load(std::memory_order_relaxed) != e) return nullptr;
  const HostFunction* h = field<HostFunction*>(record, WN_FUNCREF_HOST);
  char* vm = field<char*>(record, WN_FUNCREF_VMCTX);
  return h != nullptr ? h->owner : vm == nullptr ? nullptr : field<Instance*>(vm, WN_VM_INSTANCE);
}

u32 funcrefs_in_use() {
  std::lock_guard<std::mutex> lock(mutex);
  return in_use;
}

// ---- entries ----

void* funcref_entry_code(u32 ref, const Instance* caller) {
  char* record = funcref_record(ref);
  // A host stub works from every instance; it finds its record through the entry.
  const HostFunction* h = field<HostFunction*>(record, WN_FUNCREF_HOST);
  if (h != nullptr) return h->leaf != nullptr ? h->leaf : field<void*>(record, WN_FUNCREF_CODE);
  if (caller != nullptr && field<char*>(record, WN_FUNCREF_VMCTX) == caller->vm)
    return field<void*>(record, WN_FUNCREF_CODE);
  return field<u32>(record, WN_FUNCREF_OUT_BYTES) != 0 ? reinterpret_cast<void*>(&wn_switch_thunk_area)
                                                       : reinterpret_cast<void*>(&wn_switch_thunk);
}

void write_entry(char* entry, u32 ref, const Instance* caller) {
  field<void*>(entry, WN_ENTRY_CODE) = ref == 0 ? nullptr : funcref_entry_code(ref, caller);
  field<u32>(entry, WN_ENTRY_TYPE_ID) = ref == 0 ? 0 : field<u32>(funcref_record(ref), WN_FUNCREF_TYPE_ID);
  field<u32>(entry, WN_ENTRY_FUNCREF) = ref;
}

void write_own_entry(u32 ref) { write_entry(funcref_record(ref) + WN_FUNCREF_ENTRY, ref, nullptr); }

// ---- long signatures ----

// Ids (heap.h) by the signature's text; never forgotten: there are few.
static u32 long_type_id(const std::string& signature) {
  static std::unordered_map<std::string, u32>* ids = new std::unordered_map<std::string, u32>();
  std::lock_guard<std::mutex> lock(mutex);
  return ids->emplace(signature, long_id(static_cast<u32>(ids->size()))).first->second;
}

static napi_value js_long_type_id(napi_env env, napi_callback_info info) {
  Args a(env, info);
  size_t n = 0;
  if (napi_get_value_string_utf8(env, a.v[0], nullptr, 0, &n) != napi_ok) {
    a.fail("longTypeId: a string is expected");
    return nullptr;
  }
  std::string s(n + 1, '\0');
  napi_get_value_string_utf8(env, a.v[0], &s[0], n + 1, &n);
  s.resize(n);
  return make_number(env, long_type_id(s));
}

// ---- host functions ----

static napi_value host_create(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Code* c = a.handle(0, a.env->codes, "hostCreate: no such code");
  u32 type = a.u32_at(1), leaf = a.u32_at(2);
  if (!a.ok) return nullptr;
  if (type >= c->type_ids.size() || c->host_stubs[type] == kNoStub) {
    a.fail("hostCreate: the code has no host stub for this type");
    return nullptr;
  }
  std::unique_ptr<HostFunction> made(new HostFunction{a.env, c, 0, string_leaf(leaf), nullptr});
  a.env->hosts.insert(made.get());
  u32 ref = made->ref = funcref_allocate();
  if (ref == 0) {
    a.env->hosts.erase(made.get());
    a.fail("hostCreate: too many functions");
    return nullptr;
  }
  retain(c);
  HostFunction* h = made.release();
  char* record = funcref_record(ref);
  field<void*>(record, WN_FUNCREF_CODE) = c->text + c->host_stubs[type];
  field<u32>(record, WN_FUNCREF_TYPE_ID) = c->type_ids[type];
  field<u32>(record, WN_FUNCREF_OUT_BYTES) = c->out_bytes[type];
  field<HostFunction*>(record, WN_FUNCREF_HOST) = h;
  funcref_env(record).store(a.env, std::memory_order_relaxed);
  write_own_entry(ref);
  return make_number(env, ref);
}

void free_host(HostFunction* h) {
  h->env->hosts.erase(h);
  funcref_release(h->ref);
  release(h->code);
  delete h;
}

static napi_value host_free(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  HostFunction* h = a.ok && funcref_alive(ref) ? field<HostFunction*>(funcref_record(ref), WN_FUNCREF_HOST) : nullptr;
  if (h == nullptr || h->env != a.env) {
    a.fail("hostFree: no such host function");
    return nullptr;
  }
  if (h->owner != nullptr)
    a.fail("hostFree: it goes with the instance that imports it");
  else
    free_host(h);
  return nullptr;
}

static napi_value funcref_info(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  if (!a.ok || !funcref_alive(ref)) {
    a.fail("funcrefInfo: no such function");
    return nullptr;
  }
  char* record = funcref_record(ref);
  char* vm = field<char*>(record, WN_FUNCREF_VMCTX);
  napi_value o = nullptr;
  napi_create_object(env, &o);
  napi_set_named_property(env, o, "instance",
                          make_number(env, vm == nullptr ? 0 : field<Instance*>(vm, WN_VM_INSTANCE)->id));
  napi_set_named_property(env, o, "func", make_number(env, field<u32>(record, WN_FUNCREF_FUNC_INDEX)));
  napi_set_named_property(env, o, "typeId", make_number(env, field<u32>(record, WN_FUNCREF_TYPE_ID)));
  return o;
}

void register_funcref(napi_env env, napi_value exports) {
  define<js_long_type_id>(env, exports, "longTypeId");
  define<host_create>(env, exports, "hostCreate");
  define<host_free>(env, exports, "hostFree");
  define<funcref_info>(env, exports, "funcrefInfo");
}

}  // namespace wn
