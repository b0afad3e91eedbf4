#include "artefact.h"

#include <stdlib.h>
#include <string.h>

#include <mutex>
#include <vector>

#include "executable.h"
#include "os/memory.h"

namespace wn {

// Smaller ones are copied as fast as they are found.
static constexpr u64 kShareFrom = 64 << 10;

// Of what is shared: the list, its counts, its images.
static std::mutex mutex;
static std::vector<Artefact*>& offered() {
  static auto* all = new std::vector<Artefact*>();
  return *all;
}

Artefact::~Artefact() {
  if (users != nullptr) unmap_shared(text, text_size, users);
  if (text != nullptr) free_executable(text, text_size);
  if (tail_mapped > 0)
    os::release(tail, tail_mapped);
  else
    free(tail);
  if (head_mapped > 0)
    os::release(head, head_mapped);
  else
    free(head);
  if (image != nullptr) release_image(image);
}

const char* Artefact::at(u64 offset, u64 size) const {
  if (offset > file_size || size > file_size - offset) return nullptr;
  if (offset < given_to && offset + size > given_from) return nullptr;
  if (offset + size <= text_offset) return head + offset;
  if (offset >= text_offset + text_size) return tail + (offset - tail_offset);
  if (offset < text_offset || offset - text_offset + size > text_size) return nullptr;
  return text + (offset - text_offset);
}

Artefact* find_artefact(const u8 hash[32], u64 file_size, u64 text_offset, u64 text_size, u64 thread_token,
                        int* place) {
  std::lock_guard<std::mutex> lock(mutex);
  for (Artefact* p : offered()) {
    if (p->file_size != file_size || p->text_offset != text_offset || p->text_size != text_size || p->given_to > 0 ||
        memcmp(p->hash, hash, sizeof p->hash) != 0)
      continue;
    *place = add_user(p->users, thread_token);
    if (*place < 0) continue;
    p->refs++;
    return p;
  }
  return nullptr;
}

int offer_artefact(Artefact* p, u64 thread_token) {
  if (p->text_size == 0 || p->file_size < kShareFrom) return -1;
  std::lock_guard<std::mutex> lock(mutex);
  if (!attempt([] { offered().reserve(offered().size() + 1); })) return -1;
  p->users = map_shared(p->text, p->text_size);
  if (p->users == nullptr) return -1;
  offered().push_back(p);
  return add_user(p->users, thread_token);
}

void release_artefact(Artefact* p) {
  std::lock_guard<std::mutex> lock(mutex);
  if (--p->refs > 0) return;
  std::vector<Artefact*>& all = offered();
  for (size_t k = 0; k < all.size(); k++) {
    if (all[k] == p) {
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(k));
      break;
    }
  }
  delete p;
}

Image* image_of(Artefact* p, u64 offset, u64 size) {
  std::lock_guard<std::mutex> lock(mutex);
  const char* bytes = p->at(offset, size);
  if (p->image == nullptr && bytes != nullptr) {
    p->image = store_image(bytes, size);
    // The file's pages instead of a copy of them; not under the eyes of other threads.
    if (p->image != nullptr && p->refs == 1 && p->tail_mapped > 0 && reinterpret_cast<u64>(bytes) % kOsPage == 0)
      map_image(p->image, 0, size, const_cast<char*>(bytes));
  }
  return p->image != nullptr && p->image->size == size ? p->image : nullptr;
}

bool give_image(Artefact* p, u64 offset, u64 size, char* to) {
  std::lock_guard<std::mutex> lock(mutex);
  const char* bytes = p->at(offset, size);
  if (bytes == nullptr || p->tail_mapped == 0 || offset < p->tail_offset || p->image != nullptr || p->refs > 1 ||
      reinterpret_cast<u64>(bytes) % kOsPage != 0 || !os::move(const_cast<char*>(bytes), to, size))
    return false;
  p->given_from = offset;
  p->given_to = offset + size;
  return true;
}

}  // namespace wn
