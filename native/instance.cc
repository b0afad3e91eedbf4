// Instances: creation from a descriptor, destruction, segments.

#include "instance.h"

#include <errno.h>
#include <stdlib.h>

#include "code.h"
#include "exception.h"
#include "funcref.h"
#include "global.h"
#include "heap.h"
#include "memory.h"
#include "stack.h"
#include "table.h"
#include "thunks.h"

namespace wn {

// Room for the helper pointers below r14, with WN_VM_MEM_LIMIT and WN_VM_ARGUMENTS between them; a multiple of 64, so
// that the vmctx header starts a cache line.
static constexpr u64 kHelperArea = (WN_HELPER_COUNT * 8 + 63) & ~63;
// Where helpers 14 and 15 would be.
static_assert(WN_VM_MEM_LIMIT == -8 * (14 + 1) && WN_VM_ARGUMENTS == -8 * (15 + 1), "layout.ts");
// In the list of closed tables.
static constexpr u32 kNotClosed = 0xffffffff;
// Global reads take 16 bytes whatever the type.
static constexpr u64 kSlack = 16;

Instance::Instance(Env* e) : Object(e), thread(e->thread) { e->live_instances.insert(this); }

Instance::~Instance() {
  env->live_instances.erase(this);
  env->holding.erase(this);
  for (u32 ref : funcs) {
    if (ref != 0) funcref_release(ref);
  }
  for (u32 ref : hosts) free_host(field<HostFunction*>(funcref_record(ref), WN_FUNCREF_HOST));
  for (Table* t : tables) {
    if (t != nullptr) t->remove_user(this);
    if (t != nullptr && t->closed == this) t->closed = nullptr;
    release(t);
  }
  for (u32 k = 0; k < memories.size(); k++) {
    memories[k]->remove_user(this, k);
    release(memories[k]);
  }
  for (Global* g : imported_globals) release(g);
  for (Tag* g : tags) release(g);
  for (Instance* d : dependencies) release(d);
  if (vm != nullptr) {
    if (code != nullptr && code->past_counters) code->past_counters->add(vm, code->past_counters->sums.data());
    if (!env->closing) thread->vmctxs.erase(vm);
    free(allocation);
  }
  release(code);
}

u32 Instance::funcref(u32 func) {
  if (func < imports.size()) return imports[func];
  u32 defined = func - static_cast<u32>(imports.size());
  if (defined >= funcs.size()) return 0;
  if (funcs[defined] != 0) return funcs[defined];
  u32 ref = funcref_allocate();
  if (ref == 0) return 0;
  const FunctionRow& row = code->rows[defined];
  char* r = funcref_record(ref);
  field<char*>(r, WN_FUNCREF_VMCTX) = vm;
  funcref_env(r).store(env, std::memory_order_relaxed);
  field<u32>(r, WN_FUNCREF_TYPE_ID) = code->type_ids[row.type()];
  field<u32>(r, WN_FUNCREF_FUNC_INDEX) = func;
  u32 entry = code->entry_stubs[row.type()], leaf = row.is_leaf() ? code->leaf_stubs[row.type()] : kNoStub;
  field<char*>(r, WN_FUNCREF_ENTRY_STUB) = leaf != kNoStub    ? code->text + leaf + kLeafStub
                                           : entry != kNoStub ? code->text + entry
                                                              : nullptr;
  field<u32>(r, WN_FUNCREF_OUT_BYTES) = code->out_bytes[row.type()];
  field<void*>(r, WN_FUNCREF_CODE) = code->text + row.offset;
  write_own_entry(ref);
  if (disposed) funcref_bury(ref);
  return funcs[defined] = ref;
}

void Instance::dispose() {
  disposed = true;
  for (u32 ref : funcs) {
    if (ref != 0) funcref_bury(ref);
  }
  // Its own tables may have addresses of its code in them.
  for (Table* t : tables) {
    for (u64 k = 0; t->funcref && k < t->length; k++) {
      u32 ref = t->get(k);
      if (ref != 0 && field<char*>(funcref_record(ref), WN_FUNCREF_VMCTX) == vm)
        write_entry(t->base + k * WN_ENTRY_SIZE, ref, t->direct());
    }
  }
}

u32 Instance::table_init(u32 table, u32 segment, u64 dst, u64 src, u64 n) {
  Table* t = table < tables.size() ? tables[table] : nullptr;
  if (t == nullptr || segment >= elems.size()) return WN_TRAP_TABLE_OUT_OF_BOUNDS;
  const ElemSegment& e = elems[segment];
  if (!fits(src, n, e.items.size()) || !fits(dst, n, t->length)) return WN_TRAP_TABLE_OUT_OF_BOUNDS;
  for (u64 i = 0; i < n; i++) {
    u32 item = e.items[src + i];
    u32 ref = !e.functions ? item : item == kNullItem ? 0 : funcref(item);
    t->set(dst + i, ref);
    // A closed table is called without rax: an imported function needs its import stub.
    if (t->closed != nullptr && e.functions && item < imports.size()) {
      u32 stub = code->import_stubs[item];
      field<void*>(t->base + (dst + i) * WN_ENTRY_SIZE, WN_ENTRY_CODE) = stub == kNoStub ? nullptr : code->text + stub;
    }
  }
  return 0;
}

u32 Instance::data_init(u32 memory, u32 segment, u64 dst, u64 src, u64 n) {
  if (memory >= memories.size() || segment >= datas.size()) return WN_TRAP_MEMORY_OUT_OF_BOUNDS;
  const DataSegment& d = datas[segment];
  Memory* m = memories[memory];
  if (!fits(src, n, d.size) || !m->has(dst, n)) return WN_TRAP_MEMORY_OUT_OF_BOUNDS;
  if (n > 0) memcpy(m->base + dst, d.bytes + src, n);
  return 0;
}

// ---- creation ----

static bool read_shape(napi_env env, napi_value descriptor, Shape* s) {
  Reader r{env, descriptor};
  napi_value layout = r.get("layout");
  if (!r.ok) return false;
  Reader l{env, layout};
  if (!l.array("globals", &s->global_offsets) || !l.array("memories", &s->memory_offsets) ||
      !l.array("tables", &s->view_offsets) || !l.array("closedTables", &s->closed_offsets) ||
      !l.array("imports", &s->import_offsets) || !l.array("longTypes", &s->long_types) ||
      !l.array("tags", &s->tag_offsets))
    return false;
  s->vm_size = static_cast<u32>(l.number("size"));
  s->dispatch = l.number("dispatch");
  s->imported_globals = static_cast<u32>(r.number("importedGlobals"));
  s->elems = static_cast<u32>(r.number("elems"));
  return l.ok && r.ok && r.array("guarded", &s->guarded) && r.array("tableSizes", &s->table_sizes) &&
         r.array("globalKinds", &s->global_kinds) && r.array("data", &s->data);
}

// A quarter of what displacements in generated code reach.
static constexpr u32 kMaxVmBytes = 1u << 30;

// Numbers from the artefact's layout may not reach outside the vmctx, and lists must have matching lengths. Null, or
// what is wrong.
static const char* check_shape(const Code* code, const Shape& s) {
  auto inside = [&s](u32 at, u64 size) { return at >= WN_VM_MODULE && at + size <= s.vm_size; };
  if (s.vm_size < WN_VM_MODULE || s.vm_size > kMaxVmBytes) return "size";
  if (s.guarded.size() != s.memory_offsets.size()) return "memories";
  for (size_t k = 1; k < s.memory_offsets.size(); k++) {
    if (!inside(s.memory_offsets[k], WN_MEMORY_VIEW_SIZE)) return "memories";
  }
  size_t n = s.view_offsets.size();
  if (s.closed_offsets.size() != n || s.table_sizes.size() != n) return "tables";
  for (size_t k = 0; k < n; k++) {
    if (!inside(s.view_offsets[k], WN_VIEW_SIZE)) return "tables";
    u32 closed = s.closed_offsets[k];
    if (closed != kNotClosed && !inside(closed, u64{s.table_sizes[k]} * WN_ENTRY_SIZE)) return "closedTables";
  }
  if (s.imported_globals > s.global_offsets.size() || s.global_kinds.size() != s.global_offsets.size())
    return "globals";
  for (u32 at : s.global_offsets) {
    if (!inside(at, 8)) return "globals";
  }
  if (s.import_offsets.size() != code->imported_funcs) return "functions";
  for (u32 at : s.import_offsets) {
    if (!inside(at, WN_ENTRY_SIZE)) return "imports";
  }
  if (s.long_types.size() > code->type_ids.size()) return "longTypes";
  for (u32 at : s.long_types) {
    if (at != 0xffffffffu && !inside(at, 4)) return "longTypes";
  }
  for (u32 at : s.tag_offsets) {
    if (!inside(at, 8)) return "tags";
  }
  if (code->dispatch_count > 0 && !(s.dispatch >= 0 && s.dispatch <= s.vm_size &&
                                    inside(static_cast<u32>(s.dispatch), u64{8} * code->dispatch_count)))
    return "dispatch";
  if (s.data.size() % 2 != 0) return "data";
  for (size_t k = 0; k < s.data.size(); k += 2) {
    if (code->artefact->at(s.data[k], s.data[k + 1]) == nullptr) return "data";
  }
  return nullptr;
}

static bool allocate_vmctx(Instance* i) {
  // Aligned by hand: aligned_alloc is several times as slow.
  constexpr u64 kLine = 64;
  i->allocation = static_cast<char*>(calloc(1, kHelperArea + i->shape->vm_size + kSlack + kLine));
  if (i->allocation == nullptr) return false;
  i->vm = reinterpret_cast<char*>(align_up(reinterpret_cast<u64>(i->allocation), kLine)) + kHelperArea;
  for (int h = 0; h < WN_HELPER_COUNT; h++) field<void*>(i->vm, -8 * (h + 1)) = wn_helper_stubs[h];
  field<u64*>(i->vm, WN_VM_ARGUMENTS) = i->env->arguments;
  field<char*>(i->vm, WN_VM_STACK_LIMIT) = i->thread->stack_limit;
  field<void*>(i->vm, WN_VM_TRAP) = reinterpret_cast<void*>(&wn_trap_stub);
  field<char*>(i->vm, WN_VM_FUNCREFS) = funcref_base();
  field<Thread*>(i->vm, WN_VM_THREAD) = i->thread;
  field<char*>(i->vm, WN_VM_HEAP) = i->env->heap == nullptr ? nullptr : i->env->heap->base;
  field<Instance*>(i->vm, WN_VM_INSTANCE) = i;
  i->thread->vmctxs.insert(i->vm);
  return true;
}

// Handles of what an instance is made of, one list after the other.
struct Parts {
  const u32 *memories, *tables, *globals, *functions, *tags;
  Parts(const Shape& s, const u32* handles)
      : memories(handles),
        tables(memories + s.memory_offsets.size()),
        globals(tables + s.view_offsets.size()),
        functions(globals + s.imported_globals),
        tags(functions + s.import_offsets.size()) {}
  static size_t count(const Shape& s) {
    return s.memory_offsets.size() + s.view_offsets.size() + s.imported_globals + s.import_offsets.size() +
           s.tag_offsets.size();
  }
};

// Room for all that `link` puts into lists, so that nothing is lost in between.
static void make_room(Instance* i) {
  const Shape& s = *i->shape;
  i->memories.reserve(s.memory_offsets.size());
  i->tables.reserve(s.view_offsets.size());
  i->imported_globals.reserve(s.imported_globals);
  for (std::vector<u32>* list : {&i->imports, &i->hosts}) list->reserve(s.import_offsets.size());
  i->dependencies.reserve(s.import_offsets.size());
  i->tags.reserve(s.tag_offsets.size());
  i->funcs.assign(i->code->row_count, 0);
  i->elems.resize(s.elems);
  if (s.holds) i->env->holding.insert(i);
  i->datas.reserve(s.data.size() / 2);
}

// Fills the vmctx; takes references on everything imported. Null, or what is wrong.
static const char* link(Instance* i, const Parts& parts) {
  Env* e = i->env;
  const Shape& s = *i->shape;
  for (u32 k = 0; k < i->memories.size(); k++) {
    Memory* m = i->memories[k];
    m->users.push_back({i, k});
    i->set_memory_base(k, m->base);
    i->set_memory_bytes(k, m->bound());
    if (k == 0 && m->shared) {
      // Those that compare with the bound themselves could fault behind it.
      field<void*>(i->vm, -8 * (WN_HELPER_MEMORY_COPY + 1)) = reinterpret_cast<void*>(&wn_stub_memory_copy_long);
      field<void*>(i->vm, -8 * (WN_HELPER_MEMORY_FILL + 1)) = reinterpret_cast<void*>(&wn_stub_memory_fill_long);
    }
  }
  for (size_t k = 0; k < s.view_offsets.size(); k++) {
    Table* t;
    if (parts.tables[k] == 0 && s.closed_offsets[k] != kNotClosed) {
      t = new Table(e, true);
      t->closed = i;
      t->base = i->vm + s.closed_offsets[k];
      t->length = t->max = s.table_sizes[k];
    } else {
      t = retain(e->tables.get(parts.tables[k]));
      if (t == nullptr) return "no such table";
    }
    i->tables.push_back(t);
    t->add_user(i, s.view_offsets[k]);
  }
  for (u32 k = 0; k < s.imported_globals; k++) {
    Global* g = retain(e->globals.get(parts.globals[k]));
    if (g == nullptr) return "no such global";
    i->imported_globals.push_back(g);
    field<char*>(i->vm, s.global_offsets[k]) = g->cell;
  }
  for (size_t k = 0; k < s.import_offsets.size(); k++) {
    u32 ref = parts.functions[k];
    if (!funcref_alive(ref)) return "no such function";
    Instance* owner = funcref_owner(e, ref);
    HostFunction* host = field<HostFunction*>(funcref_record(ref), WN_FUNCREF_HOST);
    if (owner != nullptr && owner != i)
      i->dependencies.push_back(retain(owner));
    else if (host != nullptr && owner == nullptr) {
      host->owner = i;
      i->hosts.push_back(ref);
    }
    i->imports.push_back(ref);
    write_entry(i->vm + s.import_offsets[k], ref, i);
  }
  for (size_t k = 0; k < s.long_types.size(); k++) {
    if (s.long_types[k] != 0xffffffffu) field<u32>(i->vm, s.long_types[k]) = i->code->type_ids[k];
  }
  for (size_t k = 0; k < s.tag_offsets.size(); k++) {
    Tag* g = retain(e->tags.get(parts.tags[k]));
    if (g == nullptr) return "no such tag";
    i->tags.push_back(g);
    field<Tag*>(i->vm, s.tag_offsets[k]) = g;
  }
  for (u32 k = 0; k < i->code->dispatch_count; k++)
    field<char*>(i->vm, static_cast<int>(s.dispatch) + 8 * static_cast<int>(k)) = i->code->text + i->code->dispatch[k];
  for (size_t k = 0; k < s.data.size(); k += 2)
    i->datas.push_back({i->code->artefact->at(s.data[k], s.data[k + 1]), s.data[k + 1]});
  return nullptr;
}

static napi_value instance_shape(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Code* code = a.handle(0, a.env->codes, "no such code");
  if (!a.ok) return nullptr;
  std::unique_ptr<Shape> shape(new Shape());
  const char* wrong = nullptr;
  if (code->shape != nullptr) wrong = "instanceShape: it has one";
  bool ok = wrong == nullptr && read_shape(env, a.v[1], shape.get());
  shape->holds = shape->elems > 0;
  for (size_t k = shape->imported_globals; k < shape->global_kinds.size(); k++)
    shape->holds = shape->holds || shape->global_kinds[k] != WN_GLOBAL_PLAIN;
  if (ok) wrong = check_shape(code, *shape);
  if (wrong != nullptr) a.fail(wrong);
  if (ok && wrong == nullptr) code->shape = shape.release();
  return nullptr;
}

// A list of numbers: a Uint32Array, or so many of them in the argument buffer (arrays are slow to look into). Null, and
// thrown, for anything else.
static u32* list_arg(Args& a, size_t at, size_t* n) {
  napi_valuetype kind = napi_undefined;
  napi_typedarray_type type = napi_int8_array;
  void* data = nullptr;
  napi_typeof(a.napi, a.v[at], &kind);
  if (kind == napi_number) {
    *n = a.u32_at(at);
    data = *n <= 2 * size_t{kArgumentSlots} ? a.env->arguments : nullptr;
  } else if (napi_get_typedarray_info(a.napi, a.v[at], &type, n, &data, nullptr, nullptr) != napi_ok ||
             type != napi_uint32_array) {
    a.fail("wamr-native addon: a Uint32Array, or a number of numbers in the argument buffer is expected");
  }
  return a.ok ? static_cast<u32*>(data) : nullptr;
}

// Null, or what is wrong; `status` is a negative errno where something cannot be had.
static const char* make(Instance* i, const Parts& parts, int* status) {
  const Code* code = i->code;
  make_room(i);
  for (size_t k = 0; k < i->shape->memory_offsets.size(); k++) {
    Memory* m = retain(i->env->memories.get(parts.memories[k]));
    if (m == nullptr) return "no such memory";
    i->memories.push_back(m);
    if (!code->needs_guard) continue;
    u32 guard = i->shape->guarded[k];
    if (guard == WN_MEMORY_GUARD_ALL && (!m->guard || (code->needs_low_guard && !m->low_guard))) *status = -EINVAL;
    // Ours have a fence.
    if (guard == WN_MEMORY_GUARD_FENCE && m->reservation == nullptr) *status = -EINVAL;
  }
  if (*status == 0 && (funcref_base() == nullptr || !allocate_vmctx(i))) *status = -ENOMEM;
  return *status == 0 ? link(i, parts) : nullptr;
}

static napi_value instance_create(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Env* e = a.env;
  Code* code = a.handle(0, e->codes, "no such code");
  size_t n = 0;
  const u32* handles = code == nullptr ? nullptr : list_arg(a, 1, &n);
  if (!a.ok) return nullptr;
  if (code->shape == nullptr || n != Parts::count(*code->shape)) {
    a.fail("instanceCreate: code with a shape, and handles of all its parts are expected");
    return nullptr;
  }
  Owned<Instance> i(new Instance(e));
  i->code = retain(code);
  i->shape = code->shape;
  Parts parts(*code->shape, handles);
  const char* wrong = nullptr;
  int status = 0;
  auto make_all = [&] {
    wrong = make(i.get(), parts, &status);
    if (wrong == nullptr && status == 0) i->id = e->instances.add(retain(i.get()));
  };
  if (!attempt(make_all)) status = -ENOMEM;
  if (wrong != nullptr) a.fail(wrong);
  if (wrong != nullptr || status != 0) {
    // The host functions are still the caller's.
    for (u32 ref : i->hosts) field<HostFunction*>(funcref_record(ref), WN_FUNCREF_HOST)->owner = nullptr;
    i->hosts.clear();
    return status != 0 ? make_number(env, status) : nullptr;
  }
  i->weigh(sizeof(Instance) + kHelperArea + i->shape->vm_size);
  return make_number(env, i->id);
}

// ---- JavaScript ----

static Instance* instance_arg(Args& a) { return a.handle(0, a.env->instances, "wamr-native addon: no such instance"); }

static napi_value instance_free(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  if (i != nullptr) a.env->instances.remove(i->id);
  return nullptr;
}

static napi_value instance_dispose(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  if (i != nullptr) i->dispose();
  return nullptr;
}

static napi_value instance_func(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  u32 func = a.u32_at(1);
  if (!a.ok) return nullptr;
  u32 ref = i->funcref(func);
  if (ref == 0) a.fail("instanceFunc: no such function");
  return make_number(env, ref);
}

// The same for many: the indices of the list become funcrefs.
static napi_value instance_funcs(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  size_t n = 0;
  u32* funcs = a.ok ? list_arg(a, 1, &n) : nullptr;
  for (size_t k = 0; k < n && a.ok; k++) {
    funcs[k] = i->funcref(funcs[k]);
    if (funcs[k] == 0) a.fail("instanceFuncs: no such function");
  }
  return nullptr;
}

static napi_value instance_global(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  u32 k = a.u32_at(1);
  if (!a.ok) return nullptr;
  if (k >= i->shape->global_offsets.size()) {
    a.fail("instanceGlobal: no such global");
    return nullptr;
  }
  Global* g = k < i->imported_globals.size() ? retain(i->imported_globals[k])
                                             : new_inline_global(i, i->vm + i->shape->global_offsets[k],
                                                                 static_cast<u8>(i->shape->global_kinds[k]));
  return make_number(env, a.env->globals.add(g));
}

static napi_value instance_view(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  napi_value buffer = nullptr;
  if (i != nullptr) napi_create_external_arraybuffer(env, i->vm, i->shape->vm_size & ~7u, nullptr, nullptr, &buffer);
  return buffer;
}

static napi_value set_elem(napi_env env, napi_callback_info info, bool functions) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  u32 s = a.u32_at(1);
  napi_typedarray_type type;
  size_t n = 0;
  void* data = nullptr;
  if (!a.ok) return nullptr;
  if (s >= i->elems.size() || napi_get_typedarray_info(env, a.v[2], &type, &n, &data, nullptr, nullptr) != napi_ok ||
      type != (functions ? napi_int32_array : napi_uint32_array)) {
    a.fail("instanceElem…: a segment and an array of 32-bit numbers are expected");
    return nullptr;
  }
  const u32* p = static_cast<const u32*>(data);
  for (size_t k = 0; k < n; k++) {
    bool good = functions ? p[k] == kNullItem || p[k] < i->imports.size() + i->funcs.size() : true;
    if (!good) {
      a.fail("instanceElemFuncs: no such function");
      return nullptr;
    }
  }
  i->elems[s].items.assign(p, p + n);
  i->elems[s].functions = functions;
  if (!functions) i->elems[s].externs = a.boolean(3);
  return nullptr;
}

static napi_value instance_elem_funcs(napi_env env, napi_callback_info info) { return set_elem(env, info, true); }
static napi_value instance_elem_refs(napi_env env, napi_callback_info info) { return set_elem(env, info, false); }

static napi_value instance_table_init(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  u32 table = a.u32_at(1), segment = a.u32_at(2);
  u64 dst = a.u64_at(3);
  u32 src = a.u32_at(4), n = a.u32_at(5);
  return a.ok ? make_number(env, i->table_init(table, segment, dst, src, n)) : nullptr;
}

static napi_value instance_elem_drop(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  u32 s = a.u32_at(1);
  if (a.ok && s < i->elems.size()) std::vector<u32>().swap(i->elems[s].items);
  return nullptr;
}

static napi_value instance_data_init(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  u32 memory = a.u32_at(1), segment = a.u32_at(2);
  u64 dst = a.u64_at(3);
  u32 src = a.u32_at(4), n = a.u32_at(5);
  if (!a.ok) return nullptr;
  bool seen = memory >= i->memories.size() || i->memories[memory]->refresh();
  return make_number(env, seen ? i->data_init(memory, segment, dst, src, n) : u32{WN_TRAP_STACK_OVERFLOW});
}

static napi_value instance_data_drop(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  u32 s = a.u32_at(1);
  if (a.ok && s < i->datas.size()) i->datas[s].size = 0;
  return nullptr;
}

void register_instance(napi_env env, napi_value exports) {
  define<instance_shape>(env, exports, "instanceShape");
  define<instance_create>(env, exports, "instanceCreate");
  define<instance_free>(env, exports, "instanceFree");
  define<instance_dispose>(env, exports, "instanceDispose");
  define<instance_func>(env, exports, "instanceFunc");
  define<instance_funcs>(env, exports, "instanceFuncs");
  define<instance_global>(env, exports, "instanceGlobal");
  define<instance_view>(env, exports, "instanceView");
  define<instance_elem_funcs>(env, exports, "instanceElemFuncs");
  define<instance_elem_refs>(env, exports, "instanceElemRefs");
  define<instance_table_init>(env, exports, "instanceTableInit");
  define<instance_elem_drop>(env, exports, "instanceElemDrop");
  define<instance_data_init>(env, exports, "instanceDataInit");
  define<instance_data_drop>(env, exports, "instanceDataDrop");
}

}  // namespace wn
