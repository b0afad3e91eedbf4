// Tables of funcrefs (16-byte call entries) and externrefs (8-byte handles).
#pragma once

#include <vector>

#include "env.h"

namespace wn {

// An instance's view of a table: the vmctx slots to keep up to date.
struct TableUser {
  Instance* instance;
  u32 view_offset;
};

struct Table : Object {
  Table(Env* e, bool func);
  ~Table();

  bool funcref;
  char* base = nullptr;
  u64 length = 0;
  u64 max = 0;
  u64 capacity_bytes = 0;      // of our own mapping; 0 for a closed table
  Instance* closed = nullptr;  // the instance whose vmctx holds the entries
  std::vector<TableUser> users;
  // Counts writes; and its values when the references were last looked at, and when JavaScript last knew them all
  // (lifetimes.cc).
  u64 version = 0, scanned = 0, known = 0;
  // What JavaScript sees of it: version and length. A closed table has none.
  double* cell = nullptr;
  u32 cell_number = 0;

  u32 element_size() const { return funcref ? WN_ENTRY_SIZE : 8; }
  // The one instance that calls through this table, or null: its own functions are entered directly, all others through
  // the switch thunk.
  const Instance* direct() const;
  u32 get(u64 i) const {
    return funcref ? field<u32>(base + i * WN_ENTRY_SIZE, WN_ENTRY_FUNCREF) : field<u32>(base + i * 8, 0);
  }
  void set(u64 i, u32 ref);
  // To be called whenever an entry was written.
  void wrote() {
    version++;
    if (cell != nullptr) cell[WN_TABLECELL_VERSION] = static_cast<double>(version);
  }
  // Old length or -1.
  int64_t grow(u64 delta, u32 ref);
  // [dst, dst + n) of this from [src, src + n) of another (or the same); bounds were checked.
  void copy_from(const Table* from, u64 dst, u64 src, u64 n);
  void add_user(Instance* i, u32 view_offset);
  void remove_user(const Instance* i);

 private:
  void rewrite_entries();
  void update_views();
};

constexpr u64 kMaxTable = WN_MAX_TABLE;

void table_get_now(Thread*, Env* e);
void table_set_now(Thread*, Env* e);
void register_table(napi_env env, napi_value exports);

}  // namespace wn
