// Memory of macOS. Nothing is accounted for in advance, so sparse memory is like any other.
//
// Code: what may be executed is mapped with MAP_JIT, and on arm64 each thread says when it writes to such pages and
// when it executes them. Others may not write meanwhile, so code is written elsewhere and copied by one thread.

#include "../memory.h"

#include <errno.h>
#include <libkern/OSCacheControl.h>
#include <mach/mach.h>
#include <mach/vm_map.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

namespace wn::os {

static char* map(void* at, u64 size, int protection, int flags) {
  void* p = mmap(at, size, protection, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE | flags, -1, 0);
  return p == MAP_FAILED ? nullptr : static_cast<char*>(p);
}

char* reserve(u64 size) { return map(nullptr, size, PROT_NONE, 0); }

char* reserve_at(char* at, u64 size) {
  char* p = map(at, size, PROT_NONE, 0);
  if (p == at || p == nullptr) return p;
  munmap(p, size);
  return nullptr;
}

void release(char* at, u64 size) { munmap(at, size); }

bool commit(char* at, u64 size) { return mprotect(at, size, PROT_READ | PROT_WRITE) == 0; }
bool withdraw(char* at, u64 size) { return mprotect(at, size, PROT_NONE) == 0; }
bool clear(char* at, u64 size) { return map(at, size, PROT_NONE, MAP_FIXED) != nullptr; }
// MADV_DONTNEED promises no zeros here.
bool give_back(char* at, u64 size) { return map(at, size, PROT_READ | PROT_WRITE, MAP_FIXED) != nullptr; }

char* allocate(u64 size) { return map(nullptr, size, PROT_READ | PROT_WRITE, 0); }

char* allocate_whole(u64 size, u64) { return allocate(size); }
bool move(char*, char*, u64) { return false; }

char* reallocate(char* at, u64 size, u64 new_size) {
  char* p = allocate(new_size);
  if (p == nullptr) return nullptr;
  memcpy(p, at, size < new_size ? size : new_size);
  release(at, size);
  return p;
}

bool open_sparse(char* at, u64 size) { return commit(at, size); }
bool touch(void*, u64) { return true; }

char* reserve_code(u64 size) { return map(nullptr, size, PROT_NONE, MAP_JIT); }

char* open_code(char*, u64 size) { return allocate(size); }

static void write_code(bool begin) {
#ifdef __aarch64__
  pthread_jit_write_protect_np(begin ? 0 : 1);
#else
  static_cast<void>(begin);
#endif
}

int close_code(char* at, char* written, u64 size) {
  int error = 0;
  if (mprotect(at, size, PROT_READ | PROT_WRITE | PROT_EXEC) == 0) {
    write_code(true);
    memcpy(at, written, size);
    write_code(false);
    sys_icache_invalidate(at, size);
#ifndef __aarch64__
    if (mprotect(at, size, PROT_READ | PROT_EXEC) != 0) error = EPERM;
#endif
  } else {
    error = errno == ENOMEM ? ENOMEM : EPERM;
  }
  drop_code(written, size);
  return error;
}

void drop_code(char* written, u64 size) { release(written, size); }
void require_landing_pads(char*, u64) {}

// MAP_FIXED cannot be had with MAP_JIT: the contents stay until others are written there, inaccessible.
bool clear_code(char* at, u64 size) {
  madvise(at, size, MADV_FREE);
  return mprotect(at, size, PROT_NONE) == 0;
}

// The system has no pages for a stack that it was not told of.
void use_small_pages(char*, u64) {}
void use_large_pages(char*, u64) {}

// Fails where nothing is mapped.
bool lend(char* page) { return mprotect(page, kOsPage, PROT_READ) == 0; }
bool take_back(char* page) { return mprotect(page, kOsPage, PROT_NONE) == 0; }

bool is_readable(const char* page) {
  char byte;
  vm_size_t n = 0;
  return vm_read_overwrite(mach_task_self(), reinterpret_cast<vm_address_t>(page), 1,
                           reinterpret_cast<vm_address_t>(&byte), &n) == KERN_SUCCESS;
}

bool is_reserved(u64 from, u64 to) {
  while (from < to) {
    vm_address_t low = from;
    vm_size_t size = 0;
    vm_region_basic_info_data_64_t info;
    mach_msg_type_number_t count = VM_REGION_BASIC_INFO_COUNT_64;
    mach_port_t object = MACH_PORT_NULL;
    kern_return_t done = vm_region_64(mach_task_self(), &low, &size, VM_REGION_BASIC_INFO_64,
                                      reinterpret_cast<vm_region_info_t>(&info), &count, &object);
    if (done != KERN_SUCCESS || low > from || info.protection != VM_PROT_NONE) return false;
    from = low + size;
  }
  return true;
}

}  // namespace wn::os
