// Tables. A table that one instance uses has direct code addresses of that instance's functions in its entries; when a
// second instance comes (or the last but one goes) all entries are rewritten. Growth may move the entries: every view
// in every vmctx is updated, generated code reads the view at each use.

#include "table.h"

#include <errno.h>

#include "funcref.h"
#include "instance.h"
#include "os/memory.h"
#include "os/system.h"
#include "reservation.h"

namespace wn {

Table::Table(Env* e, bool func) : Object(e), funcref(func) { e->live_tables.insert(this); }

Table::~Table() {
  env->live_tables.erase(this);
  if (cell != nullptr) env->cells.give_back(cell_number);
  if (capacity_bytes > 0) os::release(base, capacity_bytes);
}

const Instance* Table::direct() const {
  if (closed != nullptr) return closed;
  if (users.empty()) return nullptr;
  for (const TableUser& u : users) {
    if (u.instance != users[0].instance) return nullptr;
  }
  return users[0].instance;
}

void Table::set(u64 i, u32 ref) {
  wrote();
  if (funcref)
    write_entry(base + i * WN_ENTRY_SIZE, ref, direct());
  else
    field<u64>(base, static_cast<std::ptrdiff_t>(i * 8)) = ref;
}

void Table::rewrite_entries() {
  if (!funcref) return;
  const Instance* caller = direct();
  for (u64 i = 0; i < length; i++) {
    u32 ref = get(i);
    if (ref != 0) write_entry(base + i * WN_ENTRY_SIZE, ref, caller);
  }
}

void Table::update_views() {
  for (const TableUser& u : users) {
    field<char*>(u.instance->vm, u.view_offset + WN_VIEW_BASE) = base;
    field<u64>(u.instance->vm, u.view_offset + WN_VIEW_LENGTH) = length;
  }
}

void Table::add_user(Instance* i, u32 view_offset) {
  const Instance* before = direct();
  users.push_back({i, view_offset});
  update_views();
  if (direct() != before) rewrite_entries();
}

void Table::remove_user(const Instance* i) {
  // Entries stay as they are: thunks and host stubs work for one user as for many. Only direct entries of the instance
  // itself may remain, and when that is freed, nothing can reach a table that holds them (lifetimes.cc).
  for (size_t k = users.size(); k-- > 0;) {
    if (users[k].instance == i) users.erase(users.begin() + static_cast<std::ptrdiff_t>(k));
  }
}

// A mapping of so many bytes and more leaves V8 what it needs.
static constexpr u64 kManyBytes = 65536;

// Makes room for `n` elements; the mapping doubles, new bytes are zero (null entries).
static bool reserve(Table* t, u64 n) {
  u64 need = align_up(n * t->element_size(), kOsPage);
  if (need <= t->capacity_bytes) return true;
  u64 size = need > 2 * t->capacity_bytes ? need : 2 * t->capacity_bytes;
  if (size >= kManyBytes && os::address_space_left() < size - t->capacity_bytes + kLeastLeft) return false;
  char* p = t->capacity_bytes == 0 ? os::allocate(size) : os::reallocate(t->base, t->capacity_bytes, size);
  if (p == nullptr) return false;
  t->base = p;
  t->capacity_bytes = size;
  t->weigh(sizeof(Table) + size);
  return true;
}

int64_t Table::grow(u64 delta, u32 ref) {
  u64 old = length;
  if (closed != nullptr || delta > max || old + delta > max || !reserve(this, old + delta)) return -1;
  length = old + delta;
  if (cell != nullptr) cell[WN_TABLECELL_LENGTH] = static_cast<double>(length);
  if (ref != 0) {
    for (u64 i = old; i < length; i++) set(i, ref);
  }
  update_views();
  return static_cast<int64_t>(old);
}

void Table::copy_from(const Table* from, u64 dst, u64 src, u64 n) {
  // Entries of one table are valid in another only when both are called by the same instance.
  if (!funcref || this == from) {
    wrote();
    memmove(base + dst * element_size(), from->base + src * element_size(), n * element_size());
    return;
  }
  for (u64 i = 0; i < n; i++) set(dst + i, from->get(src + i));
}

// ---- JavaScript ----

static napi_value table_create(napi_env env, napi_callback_info info) {
  Args a(env, info);
  bool func = a.boolean(0);
  u64 min = a.u32_at(1), max = a.u32_at(2);
  if (!a.ok) return nullptr;
  Owned<Table> t(new Table(a.env, func));
  t->max = max > kMaxTable ? kMaxTable : max;
  char* cell = nullptr;
  t->cell_number = a.env->cells.take(env, &cell);
  t->cell = reinterpret_cast<double*>(cell);
  if (t->grow(min, 0) < 0) return make_number(env, -ENOMEM);
  a.env->arguments[0] = t->cell_number;
  return make_number(env, a.env->tables.add(t.release()));
}

static Table* table_arg(Args& a) { return a.handle(0, a.env->tables, "wamr-native addon: no such table"); }

static bool good_reference(Args& a, const Table* t, u32 ref) {
  if (t->funcref && ref != 0 && !funcref_alive(ref)) a.fail("wamr-native addon: no such function");
  return a.ok;
}

static napi_value table_get(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Table* t = table_arg(a);
  double i = a.number(1);
  if (!a.ok) return nullptr;
  return make_number(env, i >= 0 && i < static_cast<double>(t->length) ? t->get(static_cast<u64>(i)) : 0);
}

static napi_value table_set(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Table* t = table_arg(a);
  double i = a.number(1);
  u32 ref = a.u32_at(2);
  if (!a.ok || !good_reference(a, t, ref)) return nullptr;
  if (i >= 0 && i < static_cast<double>(t->length)) t->set(static_cast<u64>(i), ref);
  return nullptr;
}

static napi_value table_grow(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Table* t = table_arg(a);
  double delta = a.number(1);
  u32 ref = a.u32_at(2);
  if (!a.ok || !good_reference(a, t, ref)) return nullptr;
  return make_number(env, delta >= 0 && delta <= static_cast<double>(kMaxTable)
                              ? static_cast<double>(t->grow(static_cast<u64>(delta), ref))
                              : -1);
}

static napi_value table_free(napi_env env, napi_callback_info info) {
  Args a(env, info);
  if (!a.env->tables.remove(a.u32_at(0))) a.fail("tableFree: no such table");
  return nullptr;
}

// As fast calls: table, index and reference are in slots 0, 1 and 2, and so is what comes of it, in slot 2. What is
// misused answers as null does: nothing may be thrown here.

static Table* table_in_slot(Env* e) { return e->tables.get(static_cast<u32>(e->arguments[WN_TABLE_SLOT_TABLE])); }

void table_get_now(Thread*, Env* e) {
  const Table* t = table_in_slot(e);
  u32 i = static_cast<u32>(e->arguments[WN_TABLE_SLOT_INDEX]);
  e->arguments[WN_TABLE_SLOT_REFERENCE] = t != nullptr && i < t->length ? t->get(i) : 0;
}

void table_set_now(Thread*, Env* e) {
  Table* t = table_in_slot(e);
  u32 i = static_cast<u32>(e->arguments[WN_TABLE_SLOT_INDEX]);
  u32 ref = static_cast<u32>(e->arguments[WN_TABLE_SLOT_REFERENCE]);
  if (t != nullptr && i < t->length && (!t->funcref || ref == 0 || funcref_alive(ref))) t->set(i, ref);
}

void register_table(napi_env env, napi_value exports) {
  define<table_create>(env, exports, "tableCreate");
  define<table_get>(env, exports, "tableGet");
  define<table_set>(env, exports, "tableSet");
  define<table_grow>(env, exports, "tableGrow");
  define<table_free>(env, exports, "tableFree");
}

}  // namespace wn
