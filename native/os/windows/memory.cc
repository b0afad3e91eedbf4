// Memory by VirtualAlloc. What is accessible counts against the system's limit from then on, used or not.

#include "../memory.h"

#include <errno.h>
#include <windows.h>

namespace wn::os {

static char* allocate_pages(void* at, u64 size, DWORD how, DWORD protection) {
  return static_cast<char*>(VirtualAlloc(at, size, how, protection));
}

char* reserve(u64 size) { return allocate_pages(nullptr, size, MEM_RESERVE, PAGE_NOACCESS); }
char* reserve_at(char* at, u64 size) { return allocate_pages(at, size, MEM_RESERVE, PAGE_NOACCESS); }
void release(char* at, u64) { VirtualFree(at, 0, MEM_RELEASE); }

bool commit(char* at, u64 size) { return allocate_pages(at, size, MEM_COMMIT, PAGE_READWRITE) != nullptr; }
bool clear(char* at, u64 size) { return VirtualFree(at, size, MEM_DECOMMIT) != 0; }
bool withdraw(char* at, u64 size) { return clear(at, size); }
// There is no way that leaves zeros and cannot fail half-way.
bool give_back(char*, u64) { return false; }

char* allocate(u64 size) { return allocate_pages(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE); }

char* allocate_whole(u64 size, u64) { return allocate(size); }
bool move(char*, char*, u64) { return false; }

char* reallocate(char* at, u64 size, u64 new_size) {
  char* moved = allocate(new_size);
  if (moved == nullptr) return nullptr;
  memcpy(moved, at, size < new_size ? size : new_size);
  release(at, size);
  return moved;
}

bool open_sparse(char*, u64) { return true; }
// Of pages that are accessible already nothing changes.
bool touch(void* at, u64 size) { return commit(static_cast<char*>(at), size); }

char* reserve_code(u64 size) { return reserve(size); }
char* open_code(char* at, u64 size) { return commit(at, size) ? at : nullptr; }
void drop_code(char*, u64) {}
void require_landing_pads(char*, u64) {}
bool clear_code(char* at, u64 size) { return clear(at, size); }

int close_code(char* at, char*, u64 size) {
  DWORD before;
  if (VirtualProtect(at, size, PAGE_EXECUTE_READ, &before) == 0) return EPERM;
  FlushInstructionCache(GetCurrentProcess(), at, size);
  return 0;
}

// A stack is accessible as a whole.
void use_small_pages(char*, u64) {}
// Large pages want a right that programs do not have, and are made at once.
void use_large_pages(char*, u64) {}

// ---- memory of others ----

static MEMORY_BASIC_INFORMATION region_of(const void* at) {
  MEMORY_BASIC_INFORMATION region{};
  if (VirtualQuery(at, &region, sizeof region) == 0) region.State = MEM_FREE;
  return region;
}

bool lend(char* page) {
  return region_of(page).State == MEM_RESERVE && allocate_pages(page, kOsPage, MEM_COMMIT, PAGE_READONLY) != nullptr;
}
bool take_back(char* page) { return clear(page, kOsPage); }

static bool readable(const MEMORY_BASIC_INFORMATION& region) {
  return region.State == MEM_COMMIT && (region.Protect & (PAGE_NOACCESS | PAGE_GUARD)) == 0;
}

bool is_readable(const char* page) { return readable(region_of(page)); }

bool is_reserved(u64 from, u64 to) {
  while (from < to) {
    MEMORY_BASIC_INFORMATION region = region_of(reinterpret_cast<void*>(from));
    if (region.State == MEM_FREE || readable(region)) return false;
    from = reinterpret_cast<u64>(region.BaseAddress) + region.RegionSize;
  }
  return true;
}

}  // namespace wn::os
