// The bytes of loaded artefacts. Threads that load the same artefact share them: a program that sends one module to its
// workers has its code in memory once, and copies and hashes it once.
#pragma once

#include "code-map.h"
#include "common.h"
#include "image.h"

namespace wn {

// An artefact in three parts: what comes before the code section, that one (executable memory), what comes after.
struct Artefact {
  u64 file_size = 0;
  u64 text_offset = 0;
  u64 tail_offset = 0;
  char* head = nullptr;
  u64 head_mapped = 0;  // bytes of a mapping; 0: it is small and in the heap
  char* text = nullptr;
  u64 text_size = 0;
  char* tail = nullptr;
  u64 tail_mapped = 0;  // bytes of a mapping; 0: the tail is small and in the heap
  u8 hash[32] = {};     // of all that was copied
  Image* image = nullptr;
  // Bytes that were given to a memory and are gone from here.
  u64 given_from = 0, given_to = 0;
  u32 refs = 1;
  Users* users = nullptr;  // null: it is one thread's
  ~Artefact();

  // Null: there are no such bytes, or no more.
  const char* at(u64 offset, u64 size) const;
};

// Those with this hash and these sizes, with a place for a thread that has none there; null when nobody has loaded
// them.
Artefact* find_artefact(const u8 hash[32], u64 file_size, u64 text_offset, u64 text_size, u64 thread_token, int* place);
// Other threads may find them from now on, if they are large enough to be worth it. A place for this one, or -1.
int offer_artefact(Artefact* artefact, u64 thread_token);
void release_artefact(Artefact* artefact);
// These whole pages as an image for memories, or null. One for each artefact.
Image* image_of(Artefact* artefact, u64 offset, u64 size);
// Moves these whole pages over pages of a memory that are zeros; false when that cannot be, or others may want them.
bool give_image(Artefact* artefact, u64 offset, u64 size, char* to);

}  // namespace wn
