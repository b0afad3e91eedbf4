// Instances: creation from a descriptor, destruction, segments.

#include "instance.h"

#include <errno.h>
#include <stdlib.h>

#include "code.h"
#include "exception.h"
#include "funcref.h"
#include "heap.h"
#include "global.h"
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
// Global reads take 16 bytes whatever the type.
static constexpr u64 kSlack = 16;

Instance::Instance(Env* e) : Object(e), thread(e->thread) { e->live_instances.insert(this); }

Instance::~Instance() {
  env->live_instances.erase(this);
  for (u32 ref : funcs) {
    if (ref != 0) funcref_release(ref);
  }
  for (u32 ref : hosts) free_host(field<HostFunction*>(funcref_record(ref), WN_FUNCREF_HOST));
  for (Table* t : tables) {
    if (t != nullptr) t->remove_user(this);
    if (t != nullptr && t->closed == this) t->closed = nullptr;
    release(t);
  }
  if (memory != nullptr) {
    for (size_t i = 0; i < memory->users.size(); i++) {
      if (memory->users[i] != this) continue;
      memory->users[i] = memory->users.back();
      memory->users.pop_back();
      break;
    }
    release(memory);
  }
  for (Global* g : imported_globals) release(g);
  for (Tag* g : tags) release(g);
  for (Instance* d : dependencies) release(d);
  if (vm != nullptr) {
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
  field<const Env*>(r, WN_FUNCREF_ENV) = env;
  field<u32>(r, WN_FUNCREF_TYPE_ID) = code->type_ids[row.type];
  field<u32>(r, WN_FUNCREF_FUNC_INDEX) = func;
  u32 stub = code->entry_stubs[row.type];
  field<void*>(r, WN_FUNCREF_ENTRY_STUB) = stub == kNoStub ? nullptr : code->text + stub;
  field<u32>(r, WN_FUNCREF_OUT_BYTES) = code->out_bytes[row.type];
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
  if (src + n > e.items.size() || dst + n > t->length) return WN_TRAP_TABLE_OUT_OF_BOUNDS;
  for (u64 i = 0; i < n; i++) {
    u32 item = e.items[src + i];
    u32 ref = !e.functions ? item : item == 0xffffffffu ? 0 : funcref(item);
    t->set(dst + i, ref);
    // A closed table is called without rax: an imported function needs its import stub.
    if (t->closed != nullptr && e.functions && item < imports.size()) {
      u32 stub = code->import_stubs[item];
      field<void*>(t->base + (dst + i) * WN_ENTRY_SIZE, WN_ENTRY_CODE) = stub == kNoStub ? nullptr : code->text + stub;
    }
  }
  return 0;
}

u32 Instance::data_init(u32 segment, u64 dst, u64 src, u64 n) {
  if (memory == nullptr || segment >= datas.size()) return WN_TRAP_MEMORY_OUT_OF_BOUNDS;
  const DataSegment& d = datas[segment];
  if (src + n > d.size || !memory->reaches(dst + n)) return WN_TRAP_MEMORY_OUT_OF_BOUNDS;
  if (n > 0) memcpy(memory->base + dst, d.bytes + src, n);
  return 0;
}

// ---- creation ----

static bool read_offsets(Reader& r, const char* name, std::vector<u32>* out) {
  u32* p = nullptr;
  size_t n = 0;
  bool ok = r.array(name, &p, &n);
  if (ok) out->assign(p, p + n);
  free(p);
  return ok;
}

struct Descriptor {
  std::vector<u32> tables, table_sizes, globals, kinds, functions, data;
  std::vector<u32> view_offsets, closed_offsets, long_types, tags, tag_offsets;
  u32 memory = 0, elems = 0;
  double dispatch = -1;
};

static bool read_descriptor(Reader& r, Instance* i, Descriptor* d) {
  napi_value layout = r.get("layout");
  if (!r.ok) return false;
  Reader l{r.napi, layout};
  if (!read_offsets(l, "globals", &i->global_offsets) || !read_offsets(l, "tables", &d->view_offsets) ||
      !read_offsets(l, "closedTables", &d->closed_offsets) || !read_offsets(l, "imports", &i->import_offsets) ||
      !read_offsets(l, "longTypes", &d->long_types) || !read_offsets(l, "tags", &d->tag_offsets))
    return false;
  i->vm_size = static_cast<u32>(l.number("size"));
  d->dispatch = l.number("dispatch");
  d->memory = static_cast<u32>(r.number("memory"));
  d->elems = static_cast<u32>(r.number("elems"));
  return l.ok && r.ok && read_offsets(r, "tables", &d->tables) && read_offsets(r, "tableSizes", &d->table_sizes) &&
         read_offsets(r, "globals", &d->globals) && read_offsets(r, "globalKinds", &d->kinds) &&
         read_offsets(r, "functions", &d->functions) && read_offsets(r, "tags", &d->tags) &&
         read_offsets(r, "data", &d->data);
}

// A quarter of what displacements in generated code reach.
static constexpr u32 kMaxVmBytes = 1u << 30;

// Numbers from the artefact's layout may not reach outside the vmctx, and lists must have matching lengths. Null, or
// what is wrong.
static const char* check_descriptor(const Instance* i, const Descriptor& d) {
  auto inside = [i](u32 at, u64 size) { return at >= WN_VM_MODULE && at + size <= i->vm_size; };
  if (i->vm_size < WN_VM_MODULE || i->vm_size > kMaxVmBytes) return "size";
  size_t n = d.view_offsets.size();
  if (d.closed_offsets.size() != n || d.tables.size() != n || d.table_sizes.size() != n) return "tables";
  for (size_t k = 0; k < n; k++) {
    if (!inside(d.view_offsets[k], WN_VIEW_SIZE)) return "tables";
    if (d.tables[k] == 0 && !inside(d.closed_offsets[k], u64{d.table_sizes[k]} * WN_ENTRY_SIZE)) return "closedTables";
  }
  if (d.globals.size() > i->global_offsets.size() || d.kinds.size() != i->global_offsets.size()) return "globals";
  for (u32 at : i->global_offsets) {
    if (!inside(at, 8)) return "globals";
  }
  if (d.functions.size() != i->code->imported_funcs || i->import_offsets.size() != d.functions.size())
    return "functions";
  for (u32 at : i->import_offsets) {
    if (!inside(at, WN_ENTRY_SIZE)) return "imports";
  }
  if (d.long_types.size() > i->code->type_ids.size()) return "longTypes";
  for (u32 at : d.long_types) {
    if (at != 0xffffffffu && !inside(at, 4)) return "longTypes";
  }
  if (d.tags.size() != d.tag_offsets.size()) return "tags";
  for (u32 at : d.tag_offsets) {
    if (!inside(at, 8)) return "tags";
  }
  if (i->code->dispatch_count > 0 && !(d.dispatch >= 0 && d.dispatch <= i->vm_size &&
                                       inside(static_cast<u32>(d.dispatch), u64{8} * i->code->dispatch_count)))
    return "dispatch";
  if (d.data.size() % 2 != 0) return "data";
  for (size_t k = 0; k < d.data.size(); k += 2) {
    if (i->code->at(d.data[k], d.data[k + 1]) == nullptr) return "data";
  }
  return nullptr;
}

// Objects are made by modules that have types of them.
static bool make_heap(Instance* i) {
  Env* e = i->env;
  for (size_t k = 0; e->heap == nullptr && k < i->code->type_ids.size(); k++) {
    const GcType* t = gc_type(i->code->type_ids[k]);
    if (t == nullptr || t->kind == kGcFunction) continue;
    Heap* h = new Heap(e);
    if (!h->reserve()) {
      delete h;
      return false;
    }
    e->heap = h;
  }
  return true;
}

static bool allocate_vmctx(Instance* i) {
  u64 size = align_up(kHelperArea + i->vm_size + kSlack, 64);
  i->allocation = static_cast<char*>(aligned_alloc(64, size));
  if (i->allocation == nullptr) return false;
  memset(i->allocation, 0, size);
  i->vm = i->allocation + kHelperArea;
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

// Fills the vmctx; takes references on everything imported. Null, or what is wrong.
static const char* link(Instance* i, const Descriptor& d) {
  Env* e = i->env;
  if (i->memory != nullptr) {
    i->memory->users.push_back(i);
    field<char*>(i->vm, WN_VM_MEM_BASE) = i->memory->base;
    i->set_memory_bytes(i->memory->bound());
    if (i->memory->shared) {
      // Those that compare with the bound themselves could fault behind it.
      field<void*>(i->vm, -8 * (WN_HELPER_MEMORY_COPY + 1)) = reinterpret_cast<void*>(&wn_stub_memory_copy_long);
      field<void*>(i->vm, -8 * (WN_HELPER_MEMORY_FILL + 1)) = reinterpret_cast<void*>(&wn_stub_memory_fill_long);
    }
  }
  for (size_t k = 0; k < d.tables.size(); k++) {
    Table* t;
    if (d.tables[k] == 0) {
      t = new Table(e, true);
      t->closed = i;
      t->base = i->vm + d.closed_offsets[k];
      t->length = t->max = d.table_sizes[k];
    } else {
      t = retain(e->tables.get(d.tables[k]));
      if (t == nullptr) return "no such table";
    }
    i->tables.push_back(t);
    t->add_user(i, d.view_offsets[k]);
  }
  i->global_kinds.assign(d.kinds.begin(), d.kinds.end());
  for (size_t k = 0; k < d.globals.size(); k++) {
    Global* g = retain(e->globals.get(d.globals[k]));
    if (g == nullptr) return "no such global";
    i->imported_globals.push_back(g);
    field<char*>(i->vm, i->global_offsets[k]) = g->cell;
  }
  for (size_t k = 0; k < d.functions.size(); k++) {
    u32 ref = d.functions[k];
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
    write_entry(i->vm + i->import_offsets[k], ref, i);
  }
  for (size_t k = 0; k < d.long_types.size(); k++) {
    if (d.long_types[k] != 0xffffffffu) field<u32>(i->vm, d.long_types[k]) = i->code->type_ids[k];
  }
  for (size_t k = 0; k < d.tags.size(); k++) {
    Tag* g = retain(e->tags.get(d.tags[k]));
    if (g == nullptr) return "no such tag";
    i->tags.push_back(g);
    field<Tag*>(i->vm, d.tag_offsets[k]) = g;
  }
  for (u32 k = 0; k < i->code->dispatch_count; k++)
    field<char*>(i->vm, static_cast<int>(d.dispatch) + 8 * static_cast<int>(k)) = i->code->text + i->code->dispatch[k];
  i->funcs.assign(i->code->row_count, 0);
  i->elems.resize(d.elems);
  for (size_t k = 0; k < d.data.size(); k += 2)
    i->datas.push_back({i->code->at(d.data[k], d.data[k + 1]), d.data[k + 1]});
  return nullptr;
}

static napi_value instance_create(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Reader r{env, a.v[0]};
  Env* e = a.env;
  double code = r.number("code");
  if (!r.ok) return nullptr;
  Instance* i = new Instance(e);
  Descriptor d;
  const char* wrong = nullptr;
  int status = 0;
  i->code = retain(e->codes.get(Args::to_u32(code)));
  if (i->code == nullptr) {
    wrong = "no such code";
  } else if (read_descriptor(r, i, &d)) {
    wrong = check_descriptor(i, d);
    if (wrong == nullptr && d.memory != 0) {
      i->memory = retain(e->memories.get(d.memory));
      if (i->memory == nullptr)
        wrong = "no such memory";
      else if (i->code->needs_guard && !i->memory->guard)
        status = -EINVAL;
    }
    if (wrong == nullptr && status == 0) {
      if (funcref_base() == nullptr || !make_heap(i) || !allocate_vmctx(i))
        status = -ENOMEM;
      else
        wrong = link(i, d);
    }
  }
  if (wrong != nullptr) napi_throw_type_error(env, nullptr, wrong);
  if (wrong != nullptr || !r.ok || status != 0) {
    // The host functions are still the caller's.
    for (u32 ref : i->hosts) field<HostFunction*>(funcref_record(ref), WN_FUNCREF_HOST)->owner = nullptr;
    i->hosts.clear();
    release(i);
    return status != 0 ? make_number(env, status) : nullptr;
  }
  i->id = e->instances.add(i);
  i->weigh(sizeof(Instance) + kHelperArea + i->vm_size);
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

static napi_value instance_global(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  u32 k = a.u32_at(1);
  if (!a.ok) return nullptr;
  if (k >= i->global_offsets.size()) {
    a.fail("instanceGlobal: no such global");
    return nullptr;
  }
  Global* g = k < i->imported_globals.size() ? retain(i->imported_globals[k])
                                             : new_inline_global(i, i->vm + i->global_offsets[k], i->global_kinds[k]);
  return make_number(env, a.env->globals.add(g));
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
    bool good = functions ? p[k] == 0xffffffffu || p[k] < i->imports.size() + i->funcs.size() : true;
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
  u32 table = a.u32_at(1), segment = a.u32_at(2), dst = a.u32_at(3), src = a.u32_at(4), n = a.u32_at(5);
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
  u32 segment = a.u32_at(1), dst = a.u32_at(2), src = a.u32_at(3), n = a.u32_at(4);
  if (!a.ok) return nullptr;
  if (i->memory != nullptr && i->memory->reservation == nullptr) i->memory->refresh();
  return make_number(env, i->data_init(segment, dst, src, n));
}

static napi_value instance_data_drop(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Instance* i = instance_arg(a);
  u32 s = a.u32_at(1);
  if (a.ok && s < i->datas.size()) i->datas[s].size = 0;
  return nullptr;
}

void register_instance(napi_env env, napi_value exports) {
  define(env, exports, "instanceCreate", instance_create);
  define(env, exports, "instanceFree", instance_free);
  define(env, exports, "instanceDispose", instance_dispose);
  define(env, exports, "instanceFunc", instance_func);
  define(env, exports, "instanceGlobal", instance_global);
  define(env, exports, "instanceElemFuncs", instance_elem_funcs);
  define(env, exports, "instanceElemRefs", instance_elem_refs);
  define(env, exports, "instanceTableInit", instance_table_init);
  define(env, exports, "instanceElemDrop", instance_elem_drop);
  define(env, exports, "instanceDataInit", instance_data_init);
  define(env, exports, "instanceDataDrop", instance_data_drop);
}

}  // namespace wn
