// A tree by address, as the processor's own page tables: each of the last level's slots stands for a page. A look-up
// takes three loads, however many modules there are. Nodes are never freed, so that a signal handler may be in any of
// them: what stays is 16 KiB for each 4 MiB of addresses that ever had code.

#include "code-map.h"

#include <atomic>
#include <mutex>
#include <new>

#include "stack.h"

namespace wn {

// Never freed, like nodes: a signal handler may look at them when the pages have gone. A thread finds its own token only,
// and what is at that place it has written itself.
struct Users {
  static constexpr int kMost = 32;
  std::atomic<u64> tokens[kMost];
  std::atomic<Code*> codes[kMost];
  Users* next;  // of those that can be used again
};

namespace {

constexpr u32 kPageBits = 12, kLeafBits = 10, kMiddleBits = 12, kRootBits = 13;
constexpr u32 kAddressBits = kPageBits + kLeafBits + kMiddleBits + kRootBits;  // what Linux gives unasked

constexpr u64 kShared = 1;

template <class T, u32 bits>
struct Node {
  std::atomic<T*> below[1 << bits];
};
struct Page {
  // A Code, or Users with kShared.
  std::atomic<u64> code;
  // Written last and cleared first: who finds its own token here has written the other word itself. Tokens are never
  // used twice.
  std::atomic<u64> thread_token;
};
struct Leaf {
  Page pages[1 << kLeafBits];
};
using Middle = Node<Leaf, kMiddleBits>;

Node<Middle, kRootBits> root;
Users* free_users;  // under the mutex
std::mutex mutex;

// Bits of an address that choose among the slots of a node.
template <u32 from, u32 bits>
u32 slot(u64 address) {
  return static_cast<u32>(address >> from) & ((1u << bits) - 1);
}

template <class T>
T* load_or_make(std::atomic<T*>* at, bool make) {
  T* node = at->load(std::memory_order_acquire);
  if (node != nullptr || !make) return node;
  node = new (std::nothrow) T();
  at->store(node, std::memory_order_release);
  return node;
}

// Making nodes takes the mutex.
Page* page_of(u64 address, bool make) {
  if (address >> kAddressBits != 0) return nullptr;
  Middle* m = load_or_make(&root.below[slot<kPageBits + kLeafBits + kMiddleBits, kRootBits>(address)], make);
  if (m == nullptr) return nullptr;
  Leaf* leaf = load_or_make(&m->below[slot<kPageBits + kLeafBits, kMiddleBits>(address)], make);
  return leaf == nullptr ? nullptr : &leaf->pages[slot<kPageBits, kLeafBits>(address)];
}

u64 end_of(const char* text, u64 size) { return align_up(reinterpret_cast<u64>(text) + size, kOsPage); }

// Under the mutex.
bool map_pages(const char* text, u64 size, u64 thread_token, u64 code) {
  for (u64 at = reinterpret_cast<u64>(text); at < end_of(text, size); at += kOsPage) {
    if (page_of(at, true) == nullptr) return false;
  }
  for (u64 at = reinterpret_cast<u64>(text); at < end_of(text, size); at += kOsPage) {
    Page* page = page_of(at, false);
    page->code.store(code, std::memory_order_release);
    page->thread_token.store(thread_token, std::memory_order_release);
  }
  return true;
}

void unmap_pages(const char* text, u64 size) {
  for (u64 at = reinterpret_cast<u64>(text); at < end_of(text, size); at += kOsPage) {
    Page* page = page_of(at, false);
    if (page == nullptr) return;
    page->thread_token.store(0, std::memory_order_release);
    page->code.store(0, std::memory_order_relaxed);
  }
}

}  // namespace

bool map_code(const char* text, u64 size, u64 thread_token, Code* code) {
  std::lock_guard<std::mutex> lock(mutex);
  return map_pages(text, size, thread_token, reinterpret_cast<u64>(code));
}

void unmap_code(const char* text, u64 size) {
  std::lock_guard<std::mutex> lock(mutex);
  unmap_pages(text, size);
}

Users* map_shared(const char* text, u64 size) {
  std::lock_guard<std::mutex> lock(mutex);
  Users* users = free_users;
  if (users != nullptr)
    free_users = users->next;
  else
    users = new (std::nothrow) Users();
  if (users == nullptr || map_pages(text, size, 0, reinterpret_cast<u64>(users) | kShared)) return users;
  users->next = free_users;
  free_users = users;
  return nullptr;
}

void unmap_shared(const char* text, u64 size, Users* users) {
  std::lock_guard<std::mutex> lock(mutex);
  unmap_pages(text, size);
  users->next = free_users;
  free_users = users;
}

int add_user(Users* users, u64 thread_token) {
  int place = -1;
  for (int k = 0; k < Users::kMost; k++) {
    u64 token = users->tokens[k].load(std::memory_order_relaxed);
    if (token == thread_token) return -1;
    if (token == 0 && place < 0) place = k;
  }
  if (place < 0) return -1;
  users->codes[place].store(nullptr, std::memory_order_relaxed);
  users->tokens[place].store(thread_token, std::memory_order_release);
  return place;
}

void set_user(Users* users, int place, Code* code) { users->codes[place].store(code, std::memory_order_release); }

void remove_user(Users* users, int place) {
  users->codes[place].store(nullptr, std::memory_order_relaxed);
  users->tokens[place].store(0, std::memory_order_release);
}

Code* find_code(const char* pc) { return find_code(pc, current_thread()); }

Code* find_code(const char* pc, const Thread* t) {
  const Page* page = page_of(reinterpret_cast<u64>(pc), false);
  if (page == nullptr || t == nullptr) return nullptr;
  const bool mine = page->thread_token.load(std::memory_order_acquire) == t->token;
  const u64 code = page->code.load(std::memory_order_acquire);
  if (mine) return reinterpret_cast<Code*>(code);
  if ((code & kShared) == 0) return nullptr;
  const Users* users = reinterpret_cast<const Users*>(code - kShared);
  for (int k = 0; k < Users::kMost; k++) {
    if (users->tokens[k].load(std::memory_order_acquire) == t->token)
      return users->codes[k].load(std::memory_order_acquire);
  }
  return nullptr;
}

}  // namespace wn
