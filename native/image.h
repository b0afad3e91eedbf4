// Images of linear memory: initial contents that instances share until they write to them.
#pragma once

#include <atomic>

#include "common.h"

namespace wn {

// Pages of the process's image file. Counted: by the code they come from, and by every reservation that maps them.
struct Image {
  u64 offset;
  u64 size;
  std::atomic<u32> refs{1};
};

// Stores whole pages; null: there is no such file to be had, or no room in it.
Image* store_image(const char* bytes, u64 size);
inline Image* retain_image(Image* image) {
  image->refs++;
  return image;
}
void release_image(Image* image);
// Maps `size` bytes of an image from `from` on, private and writable, over `at`; all of them multiples of the page.
bool map_image(const Image* image, u64 from, u64 size, char* at);

}  // namespace wn
